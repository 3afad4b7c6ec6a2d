"""The true counts of a mart at every cell of its table, with the officers behind them. Private."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from disclosure.cells import Key
from disclosure.publish import TOTAL, Publish
from disclosure.system import Axis, Definition, Position

MOST_REMEMBERED = 12
"""Officers of a cell are remembered by key up to this number: above every threshold who does not matter."""


@dataclass(frozen=True)
class MartRow:
    """A count at the grain of the mart; `officers` are the keys of those behind it, None where unknown.

    `values` are the days of each one counted, by the median of the publish block that asks for them.
    """

    dimensions: Mapping[str, str]
    n: int
    officers: frozenset[str] | None = None
    values: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Mart:
    """A mart as the warehouse holds it: its publish block, its description, its rows."""

    publish: Publish
    description: str
    rows: tuple[MartRow, ...]


@dataclass(frozen=True)
class Count:
    """A number and the officers behind it: exact up to `MOST_REMEMBERED`, None where unknown."""

    n: int
    officers: frozenset[str] | None

    def plus(self, n: int, officers: frozenset[str] | None) -> Count:
        """With another row added."""
        if self.officers is None or officers is None:
            return Count(self.n + n, None)
        full = len(self.officers) > MOST_REMEMBERED
        return Count(self.n + n, self.officers if full else self.officers | officers)

    def is_primary(self, threshold: int, by_officers: bool) -> bool:
        """Whether the count or the number of people behind it is small."""
        few = by_officers and self.officers is not None and 0 < len(self.officers) < threshold
        return 0 < self.n < threshold or few


class CountError(ValueError):
    """A mart does not fit its publish block; the message names table and code, never a count."""


def counts(definition: Definition, rows: Sequence[MartRow]) -> dict[str, Count]:
    """The count at every position of an additive table, by canonical code.

    Raises:
        CountError: a row with a code that is no category of the table.
    """
    found: dict[Position, Count] = {p: Count(0, frozenset()) for p in definition.positions()}
    above = [_ancestors(axis) for axis in definition.axes]
    for row in rows:
        for position in product(
            *(_above(definition, a, up, row) for a, up in zip(definition.axes, above, strict=True))
        ):
            found[position] = found[position].plus(row.n, row.officers)
    if any(not axis.adds for axis in definition.axes):
        found |= _distinct(definition, rows)
    return {definition.key(p).code: count for p, count in found.items()}


def _above(
    definition: Definition, axis: Axis, ancestors: Mapping[str, Sequence[str]], row: MartRow
) -> Sequence[str]:
    code = row.dimensions.get(axis.name)
    if code is None or code not in ancestors:
        raise CountError(
            f"mart of {definition.table_id}: `{axis.name}` has the code `{code}`, which its publish block "
            "does not list among the categories: add it there or map it"
        )
    return ancestors[code]


def _ancestors(axis: Axis) -> Mapping[str, Sequence[str]]:
    return {leaf: [c for c in axis.levels if leaf in axis.members[c]] for leaf in axis.leaves}


def _distinct(definition: Definition, rows: Sequence[MartRow]) -> dict[Position, Count]:
    """Groups of people who may be in several parts: counted by their keys."""
    grouped = {
        p
        for p in definition.positions()
        if any(not a.adds and c not in a.leaves for a, c in zip(definition.axes, p, strict=True))
    }
    return {p: _people(r.officers for r in rows if covers(definition, p, r)) for p in grouped}


def _people(groups: Iterable[frozenset[str] | None]) -> Count:
    known = [g for g in groups if g is not None]
    people = frozenset[str]().union(*known)
    return Count(len(people), people)


def covers(definition: Definition, position: Position, row: MartRow) -> bool:
    """Whether the cell at a position counts this row."""
    return all(row.dimensions[a.name] in a.members[c] for a, c in zip(definition.axes, position, strict=True))


def value_of(key: Key, sources: Iterable[tuple[Definition, Sequence[MartRow]]]) -> int | None:
    """The true value of any cell, from the first mart that can tell; None where none can."""
    for definition, rows in sources:
        members = _members(key, definition)
        if members is not None:
            inside = [r for r in rows if all(r.dimensions[n] in leaves for n, leaves in members.items())]
            if definition.unit == key.unit and all(
                a.adds or len(members[a.name]) == 1 for a in definition.axes
            ):
                return sum(r.n for r in inside)
            if key.unit == "officers" and inside and all(r.officers is not None for r in inside):
                return _people(r.officers for r in inside).n
    return None


def _members(key: Key, definition: Definition) -> Mapping[str, frozenset[str]] | None:
    """The leaves of every axis that a cell takes from a table; None where it is not inside the table."""
    if (key.scope, key.time_basis) != (definition.scope, definition.time_basis):
        return None
    codes = dict(key.dimensions)
    if any(codes.pop(n, None) != c for n, c in definition.within.items()):
        return None
    years = frozenset(str(y) for y in key.years)
    found = {}
    for axis in definition.axes:
        leaves = years if axis.time else axis.members.get(codes.pop(axis.name, TOTAL))
        if leaves is None or not leaves <= axis.members[TOTAL]:
            return None
        found[axis.name] = leaves
    covers_years = any(a.time for a in definition.axes) or key.years == definition.years
    return found if covers_years and not codes else None
