"""Rules on the figures that are shown: none small, all true, adding up, and none that had to be withheld."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from expectations.evidence import STRUCTURAL, WITHHELD, Evidence, Row
from expectations.findings import Rule

Years = tuple[int, int]


def small_counts(evidence: Evidence) -> Iterator[str]:
    """Tables that show a count of 1 to threshold - 1 that is not already public, here or in a release."""
    small, released = range(1, evidence.threshold), set(evidence.private.released)
    for row in evidence.rows:
        known = (row.says_public and row.cell in evidence.public) or row.cell in released
        if _number(row.value) in small and not known:
            yield row.table_id
    for code, cell in evidence.cells.items():
        if _number(cell.get("value")) in small and code not in evidence.public | released:
            yield "system.json"


def _number(value: object) -> float | None:
    """A count however it is written: as text or float, a small one could slip past a whole-number check."""
    try:
        return float(str(value))
    except ValueError:
        return None


def untrue_values(evidence: Evidence) -> Iterator[str]:
    """Tables that show another count than the true one, or one that nothing private stands behind."""
    truth = evidence.private.values
    yield from _mislabelled(evidence)
    for row in evidence.rows:
        if row.marker == STRUCTURAL and truth.get(row.cell, 0) != 0:
            yield f"{row.table_id}: a structural zero that is none"
        if row.value is not None and truth.get(row.cell) != row.value:
            yield row.table_id
    for code, cell in evidence.cells.items():
        if code in truth and cell.get("value") not in (None, truth[code]):
            yield "system.json"


def _mislabelled(evidence: Evidence) -> Iterator[str]:
    """Tables with a row whose years and codes name another cell than the one whose count it shows."""
    for table, rows in evidence.by_table():
        key = evidence.structure(table["table_id"])["key"]
        names = [dimension["name"] for dimension in table["dimensions"] if dimension["kind"] != "time"]
        if any(row.cell != _named(row, names, key) for row in rows):
            yield f"{table['table_id']}: a row names another cell"


def _named(row: Row, names: Iterable[str], key: Mapping[str, Any]) -> str:
    """The canonical key that the words of a row amount to; a correction is of the day that the row states."""
    from disclosure.cells import Key, Scope
    from disclosure.publish import TOTAL

    said, (first, last) = row.content, row.years
    stated = Scope(*(str(said.get(name)) for name in ("force", "scope", "population", "as_at")))
    vintage = replace(stated, as_at=row.vintage)
    scope = vintage if vintage.day == stated.as_at else stated
    codes = {name: str(said.get(name)) for name in names if said.get(name) != TOTAL}
    years = [year for year in key["years"] if first <= year <= last]
    return Key.of(
        scope, str(said.get("unit")), str(said.get("time_basis")), years, codes | key["within"]
    ).code


def shown_primary_cells(evidence: Evidence) -> Iterator[str]:
    """Tables that do not withhold a cell that is small in itself and not already public.

    Small is what the primary rule named, and whatever has a true count below the threshold besides.
    """
    small = {code for code, count in evidence.private.values.items() if 0 < count < evidence.threshold}
    primary = (small | set(evidence.private.primary)) - evidence.public - set(evidence.private.released)
    for row in evidence.rows:
        if row.cell in primary and (row.marker != WITHHELD or row.value is not None):
            yield row.table_id
    if any(evidence.cells[code].get("value") is not None for code in primary & evidence.cells.keys()):
        yield "system.json"


def wrong_totals(evidence: Evidence) -> Iterator[str]:
    """Tables in which a shown total is not what its shown parts allow."""
    for table, rows in evidence.by_table():
        adding = _adding_axes(evidence, table["table_id"])
        for dimension in table["dimensions"]:
            adds = dimension["name"] in adding
            lines = _time_lines(rows) if dimension["kind"] == "time" else _lines(dimension, rows)
            if any(not _adds_up(total, parts, adds) for total, parts in lines):
                yield f"{table['table_id']}: {dimension['name']}"


def _adding_axes(evidence: Evidence, table_id: str) -> set[str]:
    """The dimensions of a table whose parts are disjoint: all of them, or those that tables.json says add."""
    table = evidence.structure(table_id)
    adds = table["rule"] == "add"
    return {axis["name"] for axis in table["dimensions"] if axis.get("adds", adds)}


def _adds_up(total: int | None, parts: Sequence[int | None], adds: bool) -> bool:
    """Whether a total agrees with its parts: the sum if they add, else between the largest and the sum."""
    known = [part for part in parts if part is not None]
    if total is None or not parts:
        return True
    if max(known, default=0) > total or (adds and sum(known) > total):
        return False
    return len(known) < len(parts) or total == sum(known) or (not adds and total < sum(known))


def _lines(
    dimension: Mapping[str, Any], rows: Iterable[Row]
) -> Iterator[tuple[int | None, list[int | None]]]:
    """Total and categories along one dimension, everything else being equal."""
    name, codes = dimension["name"], {category["code"] for category in dimension["categories"]}
    for group in _grouped(rows, {name}):
        counts = {row.content.get(name): row.count for row in group}
        parts = [counts[code] for code in counts if code in codes]
        yield counts.get(dimension.get("total")), parts if len(parts) == len(codes) else [*parts, None]


def _time_lines(rows: Iterable[Row]) -> Iterator[tuple[int | None, list[int | None]]]:
    """Each period with the shown periods that tile it: the widest inside it, and the narrowest."""
    for group in _grouped(rows, {"year_from", "year_to"}):
        counts = {row.years: row.count for row in group}
        for period, total in counts.items():
            inside = [other for other in counts if other != period and _within(other, period)]
            widest = [one for one in inside if not any(one != two and _within(one, two) for two in inside)]
            narrowest = [one for one in inside if not any(one != two and _within(two, one) for two in inside)]
            for parts in (widest, narrowest):
                if _tiles(parts, period):
                    yield total, [counts[part] for part in parts]


def _within(inner: Years, outer: Years) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _tiles(parts: Iterable[Years], period: Years) -> bool:
    covered = [year for first, last in parts for year in range(first, last + 1)]
    return sorted(covered) == list(range(period[0], period[1] + 1))


_FIGURE = {"cell", "value", "marker", "notes", "reason", "exemption"}


def _grouped(rows: Iterable[Row], free: set[str]) -> Iterator[list[Row]]:
    """Rows of one vintage that agree in everything but the figure itself and the free columns."""

    def key(row: Row) -> list[tuple[str, str]]:
        kept = {name: str(value) for name, value in row.content.items() if name not in _FIGURE | free}
        return sorted({**kept, "as_at": row.vintage}.items())

    return (list(group) for _, group in groupby(sorted(rows, key=key), key=key))


RULES: tuple[Rule[Evidence], ...] = (
    Rule(
        "ExpectNoSmallCount",
        "No count of 1 to threshold - 1 is shown, unless public knowledge fixes it already.",
        "Protect again: the cell and its partners must be withheld, or the register must hold the figure.",
        small_counts,
    ),
    Rule(
        "ExpectShownValuesToBeTrue",
        "Every shown figure is the true count of what its row says.",
        "Rebuild the marts and protect again: the protected folder belongs to other data.",
        untrue_values,
    ),
    Rule(
        "ExpectEveryPrimaryCellWithheld",
        "Every cell of too few officers is withheld, unless public knowledge fixes it already.",
        "Protect again: a cell that the primary rule names was left open.",
        shown_primary_cells,
    ),
    Rule(
        "ExpectTotalsToAddUp",
        "Every shown total agrees with its shown parts.",
        "Correct the publish block or the mart: a total and its parts count different things.",
        wrong_totals,
    ),
)
