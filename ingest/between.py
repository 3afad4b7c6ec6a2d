"""What the files of a landing folder say of one another: rows sent twice, years sent again without a row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.accept import written
from ingest.canonical import EXTRACT
from ingest.findings import Finding
from ingest.landing import Landing, SourceEntry
from ingest.reports import FileReport, LoadReport
from ingest.summary import NAMED_ROWS, read_sql

ONCE = "it counts once: nothing to do; where both are meant, join a heading that differs in allegation_ref"
TWICE = "both count until one is gone: ask the sender which file holds, or narrow years of an entry"


@dataclass(frozen=True)
class Held:
    """One entry, what its load did, and the Parquet files of its rows."""

    entry: SourceEntry
    report: FileReport
    files: Sequence[Path]

    @property
    def extracts(self) -> frozenset[tuple[str, int]]:
        """The as-at days and years of which it has rows."""
        return frozenset((self.report.as_at, year) for year in self.report.years)


def held_by(landing: Landing, report: LoadReport, raw: Path) -> list[Held]:
    """What a load took, with the entries it took it for."""
    entries = {entry.source_key: entry for entry in landing.sources}
    return [Held(entries[file.source_key], file, written(file, raw)) for file in report.files]


def between_files(held: Sequence[Held]) -> Iterator[Finding]:
    """What no file shows alone: rows that stand in two files, years that a later extract no longer has."""
    yield from _sent_twice(held)
    yield from _left_out(held)


def _sent_twice(held: Sequence[Held]) -> Iterator[Finding]:
    """Allegations against an officer that stand in two files of one year and extract."""
    known = [one for one in held if one.files and one.entry.allegation_ref != "row"]
    many = Counter(extract for one in known for extract in one.extracts)
    sharing = [one for one in known if any(many[extract] > 1 for extract in one.extracts)]
    if not sharing:
        return
    with duckdb.connect(config={"threads": 1}) as con:
        found = con.execute(_sent_twice_sql(sharing)).fetchall()
    for file, row, other, there, same in found:
        where = f"row {there} of {sharing[other].entry.name} too{', cell by cell' if same else ''}"
        message = f"its allegation against its officer stands in {where}"
        name = sharing[file].entry.name
        if same:
            yield Finding("info", "repeated_between_files", name, row, message, ONCE)
        else:
            yield Finding("warning", "repeated_between_files", name, row, message, TWICE)


def _sent_twice_sql(held: Sequence[Held]) -> str:
    rows = " UNION ALL ".join(
        f"SELECT {number} AS file, year, source_row, {', '.join(EXTRACT)} "
        f"FROM {read_sql(one.files)} WHERE exclusion IS NULL"
        for number, one in enumerate(held)
    )
    return (
        f"SELECT max(file), arg_max(source_row, file), min(file), arg_min(source_row, file), "
        f"count(DISTINCT ({', '.join(EXTRACT)})) = 1 FROM ({rows}) "
        f"WHERE allegation_ref IS NOT NULL GROUP BY allegation_ref, officer_key, as_at_date, year "
        f"HAVING count(DISTINCT file) > 1 ORDER BY 1, 2 LIMIT {NAMED_ROWS}"
    )


def _left_out(held: Sequence[Held]) -> Iterator[Finding]:
    """Years that an entry declares, has no row of, and that an earlier extract has rows of."""
    days: dict[int, dict[str, str]] = defaultdict(dict)
    for one in held:
        for day, year in one.extracts:
            days[year].setdefault(day, one.entry.name)
    for one in held:
        for year in one.entry.years.listed():
            older = [day for day in days[year] if day < one.report.as_at]
            if older and not any(day >= one.report.as_at for day in days[year]):
                message = f"declares {year} and has no row of it; the rows of {days[year][max(older)]} stay"
                remedy = (
                    "ask the sender whether the year has no allegation left, or narrow years of the entry"
                )
                yield Finding("warning", "year_left_out", one.entry.name, None, message, remedy)
