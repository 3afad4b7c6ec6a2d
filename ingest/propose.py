"""Lines that a person may paste into sources.toml or a code list; never applied by us."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.canonical import DATES
from ingest.codelists import ANY, CodeLists, SeedRow, normal, seed_of
from ingest.findings import nearest
from ingest.labels import UnknownLabel, unknown_labels
from ingest.landing import SourceEntry
from ingest.sql import literal

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


def strange_labels(
    con: duckdb.DuckDBPyConnection, quarantine: Path, closed: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[UnknownLabel, int]]:
    """Each unknown label of a quarantine file with the first row that has it."""
    for column in sorted(closed):
        rows = con.execute(
            f"SELECT {column}, min(source_row) FROM read_parquet({literal(str(quarantine))}) "
            f"WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 LIMIT {LABELS}"
        ).fetchall()
        first = dict(rows)
        for strange in unknown_labels(column, first, closed[column]):
            if strange.code == "unknown_label":
                yield strange, first[strange.label]


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
    filled = [_filled(row, vocabulary, label) for row in like] or [_blank(rows, vocabulary, column, label)]
    why = f"as {likely[0]!r}, the nearest known" if like else "no known label is like it"
    return f"if you agree add to {seed} ({why}): {' and '.join(_csv_line(row) for row in filled)}"


def _filled(row: SeedRow, vocabulary: str, label: str) -> SeedRow:
    return {**row, "vocabulary": vocabulary, "label": normal(label), "source": "?"}


def _blank(rows: list[SeedRow], vocabulary: str, column: str, label: str) -> SeedRow:
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
            yield column, rows[0][1], texts[0], fits


def _reads(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def date_line(entry: SourceEntry, fits: tuple[str, ...]) -> str:
    """The line of sources.toml that would read the dates, or that none would."""
    if not fits:
        return "no usual format reads them all: correct the dates at source"
    several = f"; {' and '.join(fits)} all read them: ask the sender" if len(fits) > 1 else ""
    formats = json.dumps([*entry.date_formats, fits[0]])
    return f"if you agree set date_formats = {formats}{several}"
