"""Damaged files: never a traceback, the balance kept, each row in one place, a finding for each damage.

One property over all kinds of damage, 100 files; `python -m bench.ingest` tries 2,000.
"""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import ingest
from ingest.canonical import MAPPABLE

SEEDS = Path(__file__).resolve().parents[2] / "dbt" / "seeds"
WIDTH, ROWS = len(MAPPABLE), 8
LIMIT = 4_000_000
CELLS = st.sampled_from(
    [
        *("", " ", "=1+1", '=HYPERLINK("http://x")', "+CMD", "-1", "@x", "42798", "42798.5", "1e308", "NaN"),
        *("2017-02-30", "03/04/2017", "#N/A", '"', '""', '"""', 'a "quoted" b', '"a ""b"" c', "a,b;c"),
        *("'; DROP TABLE cells; --", "{'a': 1}", '{"a": 1}', "line\nbreak", "line\r\nbreak", "tab\there"),
        *(
            "\x00",
            "\ufffd",
            "\u202e",
            "Ünïcödé",
            "Total",
            "Notes: none",
            "case_ref",
            "9" * 400,
            "x" * 100_000,
        ),
        *("No case to answer; written warning", "written warning/management advice", "WRITTEN WARNING "),
    ]
)
ROW, COLUMN = st.integers(0, ROWS - 1), st.integers(0, WIDTH - 1)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp037"]


@dataclass(frozen=True)
class Damaged:
    """A file, the keys of its entry, and how many rows it is known to have (None: the damage hides it)."""

    kind: str
    name: str
    content: bytes
    keys: tuple[str, ...] = ()
    rows: int | None = None


def good() -> list[list[str]]:
    """A heading and rows that nothing is wrong with."""
    fixed = {"case_ref": "C1", "sex": "Male", "recorded_date": "2017-03-04", "result": "no case to answer"}
    body = [
        [(fixed | {"allegation_ref": f"A{n}", "officer_key": f"P{n}"}).get(name, "") for name in MAPPABLE]
        for n in range(ROWS)
    ]
    return [list(MAPPABLE), *body]


def as_csv(rows: list[list[str]], quote: bool = True, delimiter: str = ",") -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quote else text

    return "".join(delimiter.join(cell(text) for text in row) + "\n" for row in rows)


def as_xlsx(rows: list[list[Any]], merged: tuple[int, ...] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([_plain(cell) for cell in row])
    if merged is not None:
        top, left, down, across = merged
        book.active.merge_cells(None, top, left, top + down, left + across)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(cell: Any) -> Any:
    return "".join(c for c in cell if c >= " ")[:30_000] if isinstance(cell, str) else cell


@st.composite
def exchanged(draw: Any) -> list[list[str]]:
    """Good rows with a few cells exchanged."""
    rows = good()
    for row, column, cell in draw(st.lists(st.tuples(ROW, COLUMN, CELLS), max_size=6)):
        rows[row + 1][column] = cell
    return rows


@st.composite
def cells_and_rows(draw: Any) -> Damaged:
    """Cells exchanged, columns swapped, rows doubled, cut or ragged, quoted or not."""
    rows = draw(exchanged())
    left, right = draw(COLUMN), draw(COLUMN)
    for row in rows[draw(st.sampled_from([1, 0, len(rows)])) :]:
        row[left], row[right] = row[right], row[left]
    for row, length in draw(st.lists(st.tuples(ROW, st.integers(0, WIDTH + 3)), max_size=2)):
        rows[row + 1] = (rows[row + 1] + ["x"] * 3)[:length]
    rows += draw(st.lists(st.sampled_from(rows[1:]), max_size=2))
    quote = draw(st.booleans())
    content = as_csv(rows, quote).encode("utf-8", errors="replace")
    return Damaged("cells", "a.csv", content, rows=len(rows) if quote else None)


@st.composite
def flipped(draw: Any) -> Damaged:
    """Bytes flipped, and the end cut off, in plain, packed and workbook files."""
    rows = draw(exchanged())
    name = draw(st.sampled_from(["a.csv", "a.csv.gz", "a.xlsx"]))
    text = as_csv(rows).encode("utf-8", errors="replace")
    content = bytearray(
        {"a.csv": text, "a.csv.gz": gzip.compress(text)}.get(name) or as_xlsx(list(map(list, rows)))
    )
    for place, byte in draw(
        st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8)
    ):
        content[int(place * len(content))] = byte
    cut = draw(st.floats(0, 1))
    return Damaged(
        "flipped", name, bytes(content[: len(content) if cut > 0.5 else int(len(content) * cut * 2)])
    )


@st.composite
def misdeclared(draw: Any) -> Damaged:
    """An encoding, delimiter and quote that are not those of the file."""
    content = as_csv(draw(exchanged())).encode(draw(st.sampled_from(ENCODINGS)), errors="replace")
    declared = draw(st.sampled_from(["", "utf-8", "utf-16", "cp1252", "ascii", "utf-7"]))
    quote = draw(st.sampled_from(["'\"'", '"\'"', '""']))
    delimiter = draw(st.sampled_from([",", ";", r"\t", "a"]))
    keys = [f'delimiter = "{delimiter}"', f"quote = {quote}"]
    return Damaged(
        "misdeclared", "a.csv", content, (*keys, *([f'encoding = "{declared}"'] if declared else []))
    )


@st.composite
def workbooks(draw: Any) -> Damaged:
    """Cells merged, numbers and days as such, as text and as serials, formulas without a value."""
    rows: list[list[Any]] = list(map(list, draw(exchanged())))
    typed = st.sampled_from(
        [7, 7.5, True, date(2017, 3, 4), datetime(2017, 3, 4, 5, 6), 42798, "42798", None]
    )
    for row, column, cell in draw(st.lists(st.tuples(ROW, COLUMN, typed), max_size=6)):
        rows[row + 1][column] = cell
    corner = (draw(st.integers(1, ROWS)), draw(st.integers(1, WIDTH - 3)), draw(st.integers(0, 3)), 1)
    merged = draw(st.sampled_from([None, corner]))
    keys = draw(st.sampled_from([(), ('date_formats = ["excel"]',), ('date_formats = ["%d/%m/%Y"]',)]))
    return Damaged("workbook", "a.xlsx", as_xlsx(rows, merged), keys)


@st.composite
def serials(draw: Any) -> Damaged:
    """Days as serials and numbers as text, with the formats declared or not."""
    rows = good()
    for row in rows[1:]:
        row[MAPPABLE.index("recorded_date")] = draw(
            st.sampled_from(
                ["42798", "42798.25", "4.2798E4", "04/03/2017", "3/4/17", "1899", "2958466", "٤٢٧٩٨"]
            )
        )
        row[0] = draw(st.sampled_from(["1", "1.0", "1,000", "1e3", "0001", "١"]))
    keys = draw(
        st.sampled_from([(), ('date_formats = ["excel"]',), ('date_formats = ["excel", "%d/%m/%Y"]',)])
    )
    return Damaged("serials", "a.csv", as_csv(rows).encode(), keys, len(rows))


@st.composite
def long_cells(draw: Any) -> Damaged:
    """A cell of a million characters."""
    rows = good()
    unit = draw(st.sampled_from(["x", '"', "é", ";", "\n", "Male;", "=1+", "👮"]))
    rows[draw(ROW) + 1][draw(COLUMN)] = unit * (10**6 // len(unit))
    return Damaged("long", "a.csv", as_csv(rows).encode(), rows=len(rows))


@st.composite
def nested_quotes(draw: Any) -> Damaged:
    """Quotes opened, closed and doubled where they should not be."""
    rows = good()
    place = draw(ROW) + 1, draw(COLUMN)
    rows[place[0]][place[1]] = "@@"
    wild = draw(st.text(alphabet='"",a\n', min_size=1, max_size=12))
    return Damaged("quotes", "a.csv", as_csv(rows, draw(st.booleans())).replace("@@", wild).encode())


@st.composite
def bombs(draw: Any) -> Damaged:
    """Files that unpack to far more than their size."""
    size = draw(st.sampled_from([LIMIT // 2, LIMIT * 2, LIMIT * 5]))
    kind = draw(st.sampled_from(["gz", "xlsx", "ods"]))
    filler = draw(st.sampled_from([b"0", b"\n", b",", b'"']))
    if kind == "gz":
        content = gzip.compress(as_csv(good()).encode() + filler * size, compresslevel=1)
        return Damaged("bomb", "a.csv.gz", content, (f"max_bytes = {LIMIT}",))
    out = io.BytesIO(as_xlsx(list(map(list, good()))))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/extra.xml", filler * size)
    return Damaged("bomb", f"a.{kind}", out.getvalue(), (f"max_bytes = {LIMIT}",))


ANY = st.one_of(
    *(cells_and_rows(), flipped(), misdeclared(), workbooks()),
    *(serials(), long_cells(), nested_quotes(), bombs()),
)
RULES = st.sampled_from(
    [
        *((), (), ('several_outcomes = "most_severe"',), ('several_outcomes = "split"',)),
        *(('same_key = "last"',), ('duplicates = "keep"',)),
        ("[source.wide]\nproceedings_type = '^(proceedings)_type$'",),
    ]
)


def loaded(base: Path, file: Damaged, rules: tuple[str, ...]) -> ingest.LoadReport | None:
    """The report, or None where the file was refused with findings that say what and what to do."""
    landing = base / "landing"
    landing.mkdir()
    (landing / file.name).write_bytes(file.content)
    top = 'force = "F"\nscope = "S"\npopulation = "P"\nvocabulary = "mps"\nsynthetic = true\n[[source]]\n'
    entry = [f'file = "{file.name}"', 'years = "2016-2018"', "as_at = 2021-06-30", *file.keys, *rules]
    (landing / "sources.toml").write_text(top + "\n".join(entry) + "\n")
    now = datetime(2021, 7, 1)
    try:
        return ingest.load(
            ingest.read_landing(landing, {}), CODE_LISTS, base / "raw", None, now, lambda _: None
        )
    except ingest.LandingError as fault:
        clear = [finding for finding in fault.findings if finding.code and finding.message and finding.remedy]
        return None if clear == list(fault.findings) != [] else pytest.fail(str(fault))


CODE_LISTS = ingest.CodeLists.read(SEEDS)


def every_row_is_somewhere(report: ingest.LoadReport, raw: Path) -> None:
    (file,) = report.files
    assert file.balanced
    held = sorted((raw / "quarantine").glob("*.parquet"))
    places = [*ingest.written(file, raw), *held]
    found = [pq.ParquetFile(path).read(["source_row", "source_part"]).to_pylist() for path in places]
    rows = [(row["source_row"], row["source_part"]) for part in found for row in part]
    assert len(rows) == len(set(rows)) == file.accepted + file.quarantined
    assert all(1 <= row <= file.read - file.added and part >= 1 for row, part in rows)
    assert bool(held) == bool(file.quarantined)
    if file.quarantined:
        assert any(finding.severity == "quarantine" for finding in report.findings)
        reasons = pq.read_table(held[0], columns=["reason_code", "reason", "remedy"]).to_pylist()
        assert all(all(row.values()) for row in reasons)


@settings(
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(file=ANY, rules=RULES)
def test_a_damaged_file_is_refused_or_every_row_of_it_is_somewhere(
    file: Damaged, rules: tuple[str, ...]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        report = loaded(base, file, rules)
        if report is not None:
            every_row_is_somewhere(report, base / "raw")
            assert file.rows in (None, report.files[0].read - report.files[0].added)


@pytest.mark.parametrize("size", [LIMIT * 2, LIMIT * 5])
def test_a_bomb_is_refused_by_its_size(tmp_path: Path, size: int) -> None:
    packed = gzip.compress(as_csv(good()).encode() + b"0" * size)
    file = Damaged("bomb", "a.csv.gz", packed, (f"max_bytes = {LIMIT}",))
    assert len(packed) < LIMIT // 100
    assert loaded(tmp_path, file, ()) is None


def test_the_property_sees_a_row_that_is_lost_or_held_twice(tmp_path: Path) -> None:
    report = loaded(tmp_path, Damaged("none", "a.csv", as_csv(good()).encode()), ())
    assert report is not None
    every_row_is_somewhere(report, tmp_path / "raw")
    (path,) = ingest.written(report.files[0], tmp_path / "raw")
    table = pq.ParquetFile(path).read()
    for wrong in (table.slice(1), table.take([0, 0, *range(2, table.num_rows)])):
        pq.write_table(wrong, path)
        with pytest.raises(AssertionError):
            every_row_is_somewhere(report, tmp_path / "raw")
