"""Rates and medians: what each one shown says about the counts behind it, as inequalities of the system.

A rate whose counts are shown says nothing more. One of a withheld count is left out, or by policy given as a
band of whole per cents. A median says at each published breakpoint which half it lies in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from disclosure.counts import CountError, Mart, MartRow
from disclosure.policy import Policy
from disclosure.publish import TOTAL
from disclosure.system import Definition, Position, Relation

RATE, MEDIAN = "rate", "median"
DECIMALS = 1

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Statement:
    """A figure that is no count. `numerator` are the cells below a rate or up to each breakpoint.

    `least` and `most` bound a rate in per cent or a median in days; equal bounds are the figure itself.
    """

    table_id: str
    name: str
    kind: str
    numerator: tuple[tuple[str, ...], ...]
    denominator: str
    breakpoints: tuple[int, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def relations(self) -> tuple[Relation, ...]:
        """What it tells about counts that are not shown."""
        if self.least is None or self.most is None:
            return ()
        if self.kind == MEDIAN:
            return tuple(self._halves(self.least, self.most))
        if self.least == self.most:
            return ()
        terms = dict.fromkeys(self.numerator[0], 100)
        return (
            _relation(terms | {self.denominator: -int(self.least)}, ">=", RATE),
            _relation(terms | {self.denominator: -int(self.most)}, "<=", RATE),
        )

    def _halves(self, least: float, most: float) -> Iterator[Relation]:
        for days, cells in zip(self.breakpoints, self.numerator, strict=True):
            terms = dict.fromkeys(cells, 2) | {self.denominator: -1}
            if days < least:
                yield _relation(terms, "<=", MEDIAN)
            elif days >= most:
                yield _relation(terms, ">=", MEDIAN)

    @property
    def payload(self) -> dict[str, Any]:
        """The statement as `protected.json` holds it."""
        known = {"numerator": [list(cells) for cells in self.numerator], "denominator": self.denominator}
        bounds = {"least": self.least, "most": self.most, "marker": "c" if self.least is None else None}
        points = {"breakpoints": list(self.breakpoints)} if self.kind == MEDIAN else {}
        return {"name": self.name, "kind": self.kind, **known, **points, **bounds}

    @classmethod
    def read(cls, table_id: str, entry: Mapping[str, Any]) -> Statement:
        """The statement that `payload` wrote."""
        cells = tuple(tuple(one) for one in entry["numerator"])
        points = tuple(entry.get("breakpoints", ()))
        bounds = entry["least"], entry["most"]
        return cls(table_id, entry["name"], entry["kind"], cells, entry["denominator"], points, *bounds)


def rate_of(numerator: int, denominator: int) -> float:
    """In per cent, to one decimal."""
    return round(100 * numerator / denominator, DECIMALS)


@dataclass(frozen=True)
class Known:
    """What decides how a statement is given: the counts shown, the true ones, the policy."""

    shown: Mapping[str, int]
    truth: Mapping[str, int]
    policy: Policy


def statements(mart: Mart, definition: Definition, known: Known) -> Iterator[Statement]:
    """All that the mart declares, line by line: exact where all counts are shown, else by the policy."""
    for name, rate in mart.publish.rates.items():
        for position in _lines(definition, rate["dimension"]):
            part, total = (
                _code(definition, position, rate["dimension"], c) for c in (rate["category"], TOTAL)
            )
            bounds = _rate_bounds(part, total, known)
            yield Statement(definition.table_id, name, RATE, ((part,),), total, (), *bounds)
    for name, declared in mart.publish.medians.items():
        axis = str(declared["dimension"])
        _refuse_misplaced(mart, axis, declared["breakpoints"])
        for position in _lines(definition, axis):
            cells = tuple(_upto(definition, position, axis, code) for code in declared["breakpoints"])
            bounds = _median_bounds(mart.rows, definition, position, known.policy)
            total = _code(definition, position, axis, TOTAL)
            points = tuple(declared["breakpoints"].values())
            yield Statement(definition.table_id, name, MEDIAN, cells, total, points, *bounds)


def _refuse_misplaced(mart: Mart, dimension: str, breakpoints: Mapping[str, int]) -> None:
    """Days must lie where their category says, or the median would contradict the counts."""
    leaves = mart.publish.categories[dimension]
    least = 0
    for code in leaves:
        most = breakpoints.get(code)
        days = [d for row in mart.rows if row.dimensions[dimension] == code for d in row.values]
        if any(d < least or (most is not None and d > most) for d in days):
            raise CountError(
                f"mart of {mart.publish.table_id}: days of `{code}` lie outside the breakpoints of its "
                "publish block: correct the mart's categories or the breakpoints"
            )
        least = least if most is None else most + 1


def statements_in(protected: Mapping[str, Any]) -> tuple[Statement, ...]:
    """The rates and medians of a `protected.json`, table by table."""
    return tuple(
        Statement.read(table["table_id"], entry)
        for table in protected["tables"]
        for entry in table.get("statements", ())
    )


def without(statement: Statement) -> Statement:
    """The same, withheld."""
    return replace(statement, least=None, most=None)


def _relation(terms: Mapping[str, int], sense: str, why: str) -> Relation:
    return Relation(tuple(sorted(terms.items())), sense, 0, why)


def _rate_bounds(part: str, total: str, known: Known) -> Bounds:
    shown, truth, policy = known.shown, known.truth, known.policy
    if not shown.get(total):
        return None, None
    if part in shown:
        exact = rate_of(shown[part], shown[total])
        return exact, exact
    if policy.rates == "withheld":
        return None, None
    width = int(policy.rates)
    low = min(100 - width, width * int(100 * truth[part] / truth[total] / width))
    return low, low + width


def _median_bounds(
    rows: tuple[MartRow, ...], definition: Definition, position: Position, policy: Policy
) -> Bounds:
    inside = [row for row in rows if _inside(row, definition, position)]
    values = [value for row in inside for value in row.values]
    officers = frozenset[str]().union(*(row.officers or () for row in inside))
    complete = len(values) == sum(row.n for row in inside)
    if len(officers) < policy.median_officers or not complete:
        return None, None
    rounded = policy.median_days * round(median(values) / policy.median_days)
    return rounded - policy.median_days / 2, rounded + policy.median_days / 2


def _inside(row: MartRow, definition: Definition, position: Position) -> bool:
    pairs = zip(definition.axes, position, strict=True)
    return all(row.dimensions[axis.name] in axis.members[code] for axis, code in pairs)


def _lines(definition: Definition, dimension: str) -> Iterator[Position]:
    """The tabulated positions of this vintage where the dimension is totalled."""
    at = [axis.name for axis in definition.axes].index(dimension)
    new = (p for p in definition.rows() if definition.row_key(p) == definition.key(p))
    return (position for position in new if position[at] == TOTAL)


def _code(definition: Definition, position: Position, dimension: str, code: str) -> str:
    at = [axis.name for axis in definition.axes].index(dimension)
    return definition.key((*position[:at], code, *position[at + 1 :])).code


def _upto(definition: Definition, position: Position, dimension: str, last: str) -> tuple[str, ...]:
    """The cells from the first category to this one."""
    leaves = next(axis.leaves for axis in definition.axes if axis.name == dimension)
    return tuple(_code(definition, position, dimension, c) for c in leaves[: leaves.index(last) + 1])
