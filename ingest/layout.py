"""Which cell is which canonical column: an entry resolved against the headings that its files really have."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.canonical import MAPPABLE
from ingest.findings import Finding, error
from ingest.headings import fold, gone, likely, position, wide_years
from ingest.landing import FILE_NAME, Join, SourceEntry
from ingest.table import Table


@dataclass(frozen=True)
class Lookup:
    """A join resolved: pairs of (cell of the source, cell of the lookup), and the lookup's cells to take."""

    join: Join
    table: Table
    pairs: tuple[tuple[str, str], ...]
    taken: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """One year of a wide row: what its headings tell as the year, the headings, and its cells by column."""

    year: str
    headings: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """Cells by canonical column; `rest` is every other cell with the name that it keeps in the JSON.

    `only` has the cells that tell which rows are in scope, each with the texts that say so; `year` is the
    cell of `year_heading`.
    `records` are the years of a wide row. `mark` is the cell with the headings that a record stands under,
    `suffix` the cell with what tells the records of a row apart; both are written when rows are expanded.
    """

    columns: Mapping[str, str]
    reference: tuple[str, ...] | None
    rest: tuple[tuple[str, str], ...]
    lookups: tuple[Lookup, ...]
    width: int
    records: tuple[Record, ...] = ()
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    year: str | None = None
    mark: str | None = None
    suffix: str | None = None


def resolve(
    entry: SourceEntry, table: Table, lookups: Sequence[Table], elsewhere: Mapping[str, Sequence[str]]
) -> tuple[Layout, list[Finding]]:
    """The layout of an entry's files, and every heading that is gone or undeclared.

    `elsewhere` has the headings that the landing's entries use for a column, to propose one that is there.
    """
    joined, findings = _lookups(entry, table, lookups)
    records, faults = wide_records(entry, table.headings)
    findings += faults
    taken = {cell for record in records for cell in record.cells}
    names = [(name, cell) for name, cell in _names(table, joined) if cell not in taken]
    columns: dict[str, str] = {}
    for column, heading in entry.columns.items():
        cell = _cell(heading, names)
        if cell is None:
            findings.append(_unmapped(entry, column, heading, names, elsewhere))
        else:
            columns[column] = cell
    reference, faults = _reference(entry, names)
    only, unscoped = _only(entry, names)
    year = None if entry.year_heading is None else _cell(entry.year_heading, names)
    if entry.year_heading is not None and year is None:
        headings = [name for name, _ in names]
        findings.append(gone(entry.name, entry.year_heading, headings, "in year_heading"))
    columns, undeclared = _same_names(entry, names, columns, elsewhere)
    used = {*columns.values()}
    rest = tuple((name, cell) for name, cell in names if cell not in used)
    findings += [*faults, *unscoped, *undeclared]
    undeclared_years = bool(findings) and entry.year_from not in columns and not entry.wide
    wide = wide_years(entry.name, [table.headings]) if undeclared_years else None
    layout = Layout(columns, reference, rest, joined, len(table.headings), only=only, year=year)
    return _widened(layout, entry, records), findings if wide is None else [wide, *findings]


def wide_records(entry: SourceEntry, headings: Sequence[str]) -> tuple[tuple[Record, ...], list[Finding]]:
    """The years of a wide row in the order of the sheet; each has one heading for each column of `wide`."""
    places: dict[str, dict[str, list[int]]] = {}
    for column, pattern in entry.wide.items():
        for place, heading in enumerate(headings):
            match = re.search(pattern, heading)
            if match is not None and match[1]:
                places.setdefault(match[1], {}).setdefault(column, []).append(place)
    faults = [
        _year_columns(entry, column, year, len(found.get(column, ())))
        for year, found in places.items()
        for column in entry.wide
        if len(found.get(column, ())) != 1
    ]
    if entry.wide and not places:
        faults = [_year_columns(entry, column, None, 0) for column in entry.wide]
    if faults:
        return (), faults
    ordered = [(year, [found[column][0] for column in entry.wide]) for year, found in places.items()]
    return tuple(
        Record(year, " + ".join(headings[place] for place in held), tuple(f"c{place}" for place in held))
        for year, held in ordered
    ), []


def _year_columns(entry: SourceEntry, column: str, year: str | None, many: int) -> Finding:
    what = f"for {column}" if year is None else f"for {column} of {year}"
    how = "several headings match" if many else "no heading matches"
    message = f"{how} {entry.wide[column]!r} {what}"
    remedy = f"correct the pattern in [source.wide] of {FILE_NAME}, or ask the sender for the column"
    return error("heading_gone", entry.name, message, remedy)


def _widened(layout: Layout, entry: SourceEntry, records: tuple[Record, ...]) -> Layout:
    """The layout with the cells that each record of a row will have behind those of the sheet."""
    if not records:
        return layout
    held = {column: f"c{layout.width + number}" for number, column in enumerate(entry.wide)}
    width = layout.width + len(held) + 2
    mark, suffix = f"c{width - 2}", f"c{width - 1}"
    columns = {**layout.columns, **held}
    return replace(layout, columns=columns, width=width, records=records, mark=mark, suffix=suffix)


def _names(table: Table, lookups: Sequence[Lookup]) -> list[tuple[str, str]]:
    """Every (name, cell): a lookup's heading that the source has too gets the lookup's file before it."""
    names = [(heading, f"c{number}") for number, heading in enumerate(table.headings)]
    for number, lookup in enumerate(lookups):
        stem = Path(lookup.join.read.file).name.split(".")[0]
        for cell in lookup.taken:
            heading = lookup.table.headings[int(cell[1:])]
            taken = {fold(name) for name, _ in names}
            name = f"{stem}.{heading}" if fold(heading) in taken else heading
            names.append((name, f"j{number}_{cell}"))
    return names


def _cell(heading: str, names: Sequence[tuple[str, str]]) -> str | None:
    index = position(heading, [name for name, _ in names])
    return None if index is None else names[index][1]


def _lookups(
    entry: SourceEntry, table: Table, lookups: Sequence[Table]
) -> tuple[tuple[Lookup, ...], list[Finding]]:
    found: list[Lookup] = []
    findings: list[Finding] = []
    for join, lookup in zip(entry.joins, lookups, strict=True):
        pairs, faults = _pairs(entry, join, _names(table, found), lookup)
        taken, more = _taken(join, lookup, {right for _, right in pairs})
        found.append(Lookup(join, lookup, pairs, taken))
        findings += [*faults, *more]
    return tuple(found), findings


def _pairs(
    entry: SourceEntry, join: Join, names: Sequence[tuple[str, str]], lookup: Table
) -> tuple[tuple[tuple[str, str], ...], list[Finding]]:
    """Cells that must be equal; the left one may come from a lookup before this one."""
    headings = [name for name, _ in names]
    pairs: list[tuple[str, str]] = []
    findings: list[Finding] = []
    for here, there in join.on.items():
        left, right = _cell(here, names), position(there, lookup.headings)
        if left is None:
            findings.append(gone(entry.name, here, headings, f"to join {join.read.file}"))
        if right is None:
            findings.append(gone(join.read.file, there, lookup.headings, f"to join {entry.read.file}"))
        if left is not None and right is not None:
            pairs.append((left, f"c{right}"))
    return tuple(pairs), findings


def _taken(join: Join, lookup: Table, keys: set[str]) -> tuple[tuple[str, ...], list[Finding]]:
    """The lookup's cells that come along: those named in `columns`, else all but the keys."""
    if not join.columns:
        cells = [f"c{number}" for number in range(len(lookup.headings))]
        return tuple(cell for cell in cells if cell not in keys), []
    places = {heading: position(heading, lookup.headings) for heading in join.columns}
    findings = [
        gone(join.read.file, heading, lookup.headings, "in columns of the join")
        for heading, place in places.items()
        if place is None
    ]
    return tuple(f"c{place}" for place in places.values() if place is not None), findings


def _reference(
    entry: SourceEntry, names: Sequence[tuple[str, str]]
) -> tuple[tuple[str, ...] | None, list[Finding]]:
    """The cells that, joined, identify an allegation; () for the row number; None where a column does."""
    if entry.allegation_ref is None:
        return None, []
    if entry.allegation_ref == "row":
        return (), []
    headings = [entry.allegation_ref] if isinstance(entry.allegation_ref, str) else entry.allegation_ref
    cells = [(heading, _cell(heading, names)) for heading in headings]
    findings = [
        gone(entry.name, heading, [name for name, _ in names], "in allegation_ref")
        for heading, cell in cells
        if cell is None
    ]
    return tuple(cell for _, cell in cells if cell is not None), findings


def _only(
    entry: SourceEntry, names: Sequence[tuple[str, str]]
) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], list[Finding]]:
    """The cells that tell whether a row is in scope, with the texts that say so."""
    cells = [(_cell(heading, names), heading, texts) for heading, texts in entry.only.items()]
    headings = [name for name, _ in names]
    findings = [gone(entry.name, heading, headings, "in only") for cell, heading, _ in cells if cell is None]
    return tuple((cell, texts) for cell, _, texts in cells if cell is not None), findings


def _same_names(
    entry: SourceEntry,
    names: Sequence[tuple[str, str]],
    columns: dict[str, str],
    elsewhere: Mapping[str, Sequence[str]],
) -> tuple[dict[str, str], list[Finding]]:
    """A heading that is the canonical name itself needs no mapping; a column in no list is a finding."""
    settled = {*entry.columns, *entry.constants, *entry.missing, *entry.wide}
    findings = []
    for column in MAPPABLE:
        if column in settled or (column == "allegation_ref" and entry.allegation_ref is not None):
            continue
        cell = _cell(column, names)
        if cell is None:
            findings.append(_unmapped(entry, column, None, names, elsewhere))
        else:
            columns = {**columns, column: cell}
    return columns, findings


def _unmapped(
    entry: SourceEntry,
    column: str,
    heading: str | None,
    names: Sequence[tuple[str, str]],
    elsewhere: Mapping[str, Sequence[str]],
) -> Finding:
    """A column without its heading, with the line that would map one that is there."""
    headings = [name for name, _ in names]
    used = [name for name in elsewhere.get(column, ()) if position(name, headings) is not None]
    alike = used or likely(heading or column.replace("_", " "), headings)
    lines = " or ".join(f"{column} = {json.dumps(name, ensure_ascii=False)}" for name in alike)
    what = f"no heading for {column}" if heading is None else f"the heading {heading!r} for {column} is gone"
    hint = f" (nearest known: {', '.join(repr(name) for name in alike)})" if alike else ""
    paste = (
        f"set {lines} in [source.columns] if that is meant, else "
        if lines
        else "map it in [source.columns], "
    )
    remedy = f"in {FILE_NAME} {paste}set it in [source.constants] or list it in missing"
    return error("heading_gone", entry.name, what + hint, remedy)
