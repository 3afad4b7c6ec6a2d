"""Lines that a person may paste into sources.toml or a code list; never applied by us."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path

import duckdb

from ingest.canonical import DATES, MAPPABLE
from ingest.codelists import ANY, CodeLists, SeedRow, normal, seed_of
from ingest.findings import Finding, nearest
from ingest.headings import fold
from ingest.labels import UnknownLabel, unknown_labels
from ingest.landing import Landing, SourceEntry, wanted_headings
from ingest.readers import read_cells
from ingest.sql import literal
from ingest.table import Table

EXCEL, SERIAL = "excel", re.compile(r"[2-5]\d{4}(\.\d+)?")
FORMATS = (
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d/%m/%y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y-%m-%dT%H:%M:%S",
)
"""Formats met in extracts, day before month where both could be meant."""
LABELS = 50
EVIDENCE = 200
OPEN = 4
"""From so many columns without a heading on, those that the file may lack are told as one line."""
ALIKE = 0.85
"""Labels of another vocabulary are compared more strictly than our own: they are evidence from elsewhere."""


def strange_labels(
    con: duckdb.DuckDBPyConnection, quarantine: Path, closed: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[UnknownLabel, int, int]]:
    """Each unknown label of a quarantine file with the first row that has it, and how many have."""
    for column in sorted(closed):
        rows = con.execute(
            f"SELECT {column}, min(source_row), count(*) FROM read_parquet({literal(str(quarantine))}) "
            f"WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 LIMIT {LABELS}"
        ).fetchall()
        found = {label: (first, many) for label, first, many in rows}
        for strange in unknown_labels(column, found, closed[column]):
            if strange.code == "unknown_label":
                yield strange, *found[strange.label]


def seed_row(code_lists: CodeLists, vocabulary: str, column: str, label: str) -> str:
    """A row for the code list of the column, like that of the nearest label; '?' is for a person to fill."""
    seed = seed_of(column)
    rows = [
        row
        for row in code_lists.rows.get(seed, ())
        if row["vocabulary"] in (vocabulary, ANY) and row.get("column_name", column) == column
    ]
    likely = nearest(label, [row["label"] for row in rows], n=1)
    like = [row for row in rows if likely and row["label"] == likely[0]]
    every = code_lists.rows.get(seed, ())
    filled = [_filled(row, vocabulary, label) for row in like] or [_blank(every, vocabulary, column, label)]
    why = f"as {likely[0]!r}, the nearest known" if like else _elsewhere(every, column, label)
    heading = "" if like or not every else f" under {','.join(every[0])}"
    return f"if you agree add to {seed}{heading} ({why}): {' and '.join(_csv_line(row) for row in filled)}"


def _elsewhere(rows: Sequence[SeedRow], column: str, label: str) -> str:
    """What another force's list says about a label like this: evidence, and no more."""
    others = {row["label"]: row for row in rows if row.get("column_name", column) == column}
    close = [
        name
        for name in nearest(label, others, n=1)
        if SequenceMatcher(None, name, normal(label)).ratio() > ALIKE
    ]
    if not close:
        return "no known label is like it"
    row = others[close[0]]
    meaning = row.get("action_path") or row.get("code") or "nothing by itself"
    return f"{row['vocabulary']} has {close[0]!r} as {meaning}; yours may differ"


def _filled(row: SeedRow, vocabulary: str, label: str) -> SeedRow:
    open_ones = {name: "?" for name in ("decided_by", "source") if name in row}
    return {**row, "vocabulary": vocabulary, "label": normal(label), **open_ones}


def _blank(rows: Sequence[SeedRow], vocabulary: str, column: str, label: str) -> SeedRow:
    names = list(rows[0]) if rows else ["vocabulary", "label", "source"]
    known = {"vocabulary": vocabulary, "label": normal(label), "column_name": column}
    return {name: known.get(name, "?") for name in names}


def _csv_line(row: SeedRow) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(row.values())
    return out.getvalue()


def strange_dates(
    con: duckdb.DuckDBPyConnection, quarantine: Path
) -> Iterator[tuple[str, int, str, tuple[str, ...]]]:
    """Date columns with texts that are no dates: (column, first row, its text, formats that read all)."""
    for column in DATES:
        rows = con.execute(
            f"SELECT {column}, min(source_row) FROM read_parquet({literal(str(quarantine))}) "
            f"WHERE {column} IS NOT NULL AND TRY_CAST({column} AS DATE)::VARCHAR IS DISTINCT FROM {column} "
            f"GROUP BY 1 ORDER BY 2 LIMIT 1000"
        ).fetchall()
        if rows:
            texts = [text for text, _ in rows]
            fits = tuple(pattern for pattern in FORMATS if all(_reads(text, pattern) for text in texts))
            fits = fits or ((EXCEL,) if all(SERIAL.fullmatch(text) for text in texts) else ())
            yield column, rows[0][1], texts[0], fits


def headings(
    landing: Landing, entry: SourceEntry, code_lists: CodeLists, faults: Collection[Finding], cells: Path
) -> Iterator[Finding]:
    """Headings that hold what a column without a heading would hold, with the evidence."""
    unseen = next((fault.row for fault in faults if fault.code == "heading_gone" and fault.row), None)
    settled = {*entry.columns, *entry.constants, *entry.missing, *entry.wide}
    absent = {column for column in MAPPABLE if any(_is_about(fault, column) for fault in faults)}
    absent |= set(MAPPABLE) - settled if unseen else set()
    if not absent:
        return
    cells.parent.mkdir(parents=True, exist_ok=True)
    read = entry.read if unseen is None else replace(entry.read, header_row=unseen)
    table = read_cells(landing.root / read.file, read, wanted_headings(entry), cells)
    used = {fold(heading) for heading in (*entry.columns.values(), *MAPPABLE)}
    free = {number: name for number, name in enumerate(table.headings) if fold(name) not in used}
    texts = _texts(table, free)
    closed = code_lists.closed(landing.vocabulary)
    if len(absent) >= OPEN and len(table.headings) > 1:
        yield _lacking(entry, absent)
    for column in sorted(absent):
        for number, evidence in _evidence(column, texts, closed):
            line = f"{column} = {json.dumps(free[number], ensure_ascii=False)}"
            message = f"the heading {free[number]!r} may be {column}: {evidence}"
            remedy = f"if you agree set {line} in [source.columns] of sources.toml"
            yield Finding("warning", "heading_proposed", entry.name, None, message, remedy)


def _lacking(entry: SourceEntry, absent: Collection[str]) -> Finding:
    """The columns without a heading as one line, to cut down to those that the file really lacks."""
    names = [
        column for column in MAPPABLE if column in (*entry.missing, *absent) and column != "allegation_ref"
    ]
    message = f"{len(absent)} columns have no heading yet"
    line = f"missing = {json.dumps(names)}"
    remedy = f"map those that the file has, and leave in this line those that it lacks: {line}"
    return Finding("warning", "columns_open", entry.name, None, message, remedy)


def _is_about(fault: Finding, column: str) -> bool:
    return fault.code == "heading_gone" and re.search(rf"\bfor {column}\b", fault.message) is not None


def _texts(table: Table, free: Collection[int]) -> dict[int, list[str]]:
    """Up to so many different texts of each column that no entry uses."""
    with duckdb.connect() as con:
        source = f"read_parquet({literal(str(table.cells))})"
        return {
            number: [
                text
                for (text,) in con.execute(
                    f"SELECT c{number} FROM {source} WHERE c{number} IS NOT NULL GROUP BY 1 LIMIT {EVIDENCE}"
                ).fetchall()
            ]
            for number in free
        }


def _evidence(
    column: str, texts: Mapping[int, Sequence[str]], closed: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[int, str]]:
    for number, found in texts.items():
        if column in closed:
            known = [text for text in found if normal(text) in closed[column]]
            if known and 2 * len(known) >= len(found):
                shown = ", ".join(repr(text) for text in sorted(known)[:3])
                yield number, f"{len(known)} of its {len(found)} different texts are labels of it ({shown})"
        elif column in DATES and found:
            fits = [
                pattern for pattern in ("%Y-%m-%d", *FORMATS) if all(_reads(text, pattern) for text in found)
            ]
            if fits:
                yield number, f"all its texts read as dates, by {fits[0]}, like {found[0]!r}"


def _reads(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def date_line(entry: SourceEntry, fits: tuple[str, ...]) -> str:
    """The line of sources.toml that would read the dates, or that none would."""
    if fits == (EXCEL,):
        serials = json.dumps([*entry.date_formats, EXCEL])
        return f"if you agree set date_formats = {serials}: they are day serials"
    if not fits:
        return "no usual format reads them all: correct the dates at source"
    several = f"; {' and '.join(fits)} all read them: ask the sender" if len(fits) > 1 else ""
    formats = json.dumps([*entry.date_formats, fits[0]])
    return f"if you agree set date_formats = {formats}{several}"
