"""Damaged files: never a traceback, the balance kept, each row in one place, a finding for each damage."""

from __future__ import annotations

import gzip
import io
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ingest
from ingest.canonical import MAPPABLE

CASES = 35 if settings().max_examples == 100 else settings().max_examples
"""So many damaged files a test; `--hypothesis-profile=many` tries more."""
CELLS = st.sampled_from(
    [
        "",
        " ",
        "=1+1",
        "+CMD",
        "-1",
        "@x",
        "42798",
        "2017-02-30",
        "03/04/2017",
        "#N/A",
        '"',
        '""',
        'a "quoted" b',
        "'; DROP TABLE cells; --",
        "{'a': 1}",
        '{"a": 1}',
        "line\nbreak",
        "tab\there",
        "\x00",
        "\ufffd",
        "\u202e",
        "Ünïcödé",
        "No case to answer; written warning",
        "Total",
        "x" * 100_000,
        "1e308",
        "NaN",
        "2017-03-04",
        "9" * 400,
    ]
)


@st.composite
def cells(draw: Any) -> list[list[str]]:
    """A good file with some cells exchanged, columns swapped, and rows cut, doubled or made ragged."""
    width = len(MAPPABLE)
    good = {"case_ref": "C1", "sex": "Male", "recorded_date": "2017-03-04", "result": "no case to answer"}
    body = [[(good | {"allegation_ref": f"A{n}"}).get(name, "") for name in MAPPABLE] for n in range(8)]
    for row, column, cell in draw(
        st.lists(st.tuples(st.integers(0, 7), st.integers(0, width - 1), CELLS), max_size=6)
    ):
        body[row][column] = cell
    if draw(st.booleans()):
        left, right = draw(st.integers(0, width - 1)), draw(st.integers(0, width - 1))
        for row in body:
            row[left], row[right] = row[right], row[left]
    for row, length in draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, width + 3)), max_size=2)):
        body[row] = (body[row] + ["x"] * 3)[:length]
    return [list(MAPPABLE), *body, *draw(st.lists(st.sampled_from(body), max_size=2))]


def as_csv(rows: list[list[str]], quote: bool) -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quote else text

    return "".join(",".join(cell(text) for text in row) + "\n" for row in rows)


def loaded(base: Path, seeds: Path, name: str, content: bytes, *keys: str) -> ingest.LoadReport | None:
    """The report, or None where the file was refused with findings."""
    landing = base / "landing"
    landing.mkdir()
    (landing / name).write_bytes(content)
    top = 'force = "F"\nscope = "S"\npopulation = "P"\nvocabulary = "mps"\nsynthetic = true\n[[source]]\n'
    entry = [f'file = "{name}"', 'years = "2016-2018"', "as_at = 2021-06-30", *keys]
    (landing / "sources.toml").write_text(top + "\n".join(entry) + "\n")
    lists = ingest.CodeLists.read(seeds)
    now = datetime(2021, 7, 1)
    try:
        return ingest.load(ingest.read_landing(landing, {}), lists, base / "raw", None, now, lambda _: None)
    except ingest.LandingError as fault:
        complete = [finding for finding in fault.findings if finding.message and finding.remedy]
        return None if complete == list(fault.findings) != [] else pytest.fail(str(fault))


def every_row_is_somewhere(report: ingest.LoadReport, raw: Path) -> None:
    (file,) = report.files
    assert file.balanced
    held = sorted((raw / "quarantine").glob("*.parquet"))
    places = [*ingest.written(file, raw), *held]
    rows = [
        row
        for path in places
        for row in pq.read_table(path, columns=["source_row"])["source_row"].to_pylist()
    ]
    assert len(rows) == len(set(rows)) == file.accepted + file.quarantined
    assert all(1 <= row <= file.read for row in rows)
    if file.quarantined:
        assert any(finding.severity == "quarantine" for finding in report.findings)
        reasons = pq.read_table(held[0], columns=["reason_code", "reason", "remedy"]).to_pylist()
        assert all(all(row.values()) for row in reasons)


@pytest.fixture
def seeds(room: Any) -> Path:
    return Path(room.base / "seeds")


quiet = settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, *HealthCheck],
)


@quiet
@given(rows=cells(), quote=st.booleans())
def test_exchanged_cells_and_ragged_rows(seeds: Path, rows: list[list[str]], quote: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        content = as_csv(rows, quote).encode("utf-8", errors="replace")
        report = loaded(base, seeds, "a.csv", content)
        if report is not None:
            every_row_is_somewhere(report, base / "raw")
            if quote:
                assert report.files[0].read == len(rows)


@quiet
@given(
    rows=cells(),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    cut=st.floats(0, 1),
    name=st.sampled_from(["a.csv", "a.csv.gz", "a.xlsx"]),
)
def test_flipped_bytes_and_cut_files(
    seeds: Path, rows: list[list[str]], flips: list[tuple[float, int]], cut: float, name: str
) -> None:
    text = as_csv(rows, True).encode("utf-8", errors="replace")
    made = {
        "a.csv": text,
        "a.csv.gz": gzip.compress(text),
        "a.xlsx": as_xlsx(rows) if name == "a.xlsx" else b"",
    }
    content = bytearray(made[name])
    for place, byte in flips:
        content[int(place * len(content))] = byte
    end = len(content) if cut > 0.5 else int(len(content) * cut * 2)
    with tempfile.TemporaryDirectory() as folder:
        report = loaded(Path(folder), seeds, name, bytes(content[:end]))
        if report is not None:
            every_row_is_somewhere(report, Path(folder) / "raw")


def as_xlsx(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(["".join(c for c in cell if c >= " ")[:30_000] for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@quiet
@given(
    rows=cells(),
    written=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp037"]),
    declared=st.sampled_from(["", "utf-8", "utf-16", "cp1252", "ascii", "utf-7"]),
    delimiter=st.sampled_from([",", ";", "\\t", "a"]),
    quote=st.sampled_from(['"', "'", ""]),
)
def test_encodings_delimiters_and_quotes_that_do_not_fit(
    seeds: Path, rows: list[list[str]], written: str, declared: str, delimiter: str, quote: str
) -> None:
    keys = [f'delimiter = "{delimiter}"', f"quote = '{quote}'" if quote != "'" else 'quote = "\'"']
    keys += [f'encoding = "{declared}"'] if declared else []
    with tempfile.TemporaryDirectory() as folder:
        content = as_csv(rows, True).encode(written, errors="replace")
        report = loaded(Path(folder), seeds, "a.csv", content, *keys)
        if report is not None:
            every_row_is_somewhere(report, Path(folder) / "raw")
