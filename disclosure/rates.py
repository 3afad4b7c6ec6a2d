"""Rates and medians: what each one shown says about the counts behind it, as inequalities of the system.

A rate whose counts are shown says nothing more. One of a withheld count is left out, or by policy given as a
band of whole per cents, which its upper end is not part of. Whether there is a band depends on the total that
is shown: a band given only where the count allows it would tell of the count. A median says at each
published breakpoint which half it lies in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import floor
from statistics import median
from typing import Any

from disclosure.counts import CountError, Mart, covers
from disclosure.policy import Policy
from disclosure.publish import TOTAL
from disclosure.system import Axis, Definition, Position, Relation

RATE, MEDIAN = "rate", "median"
UNITS = {RATE: "per cent", MEDIAN: "days"}
WITHHELD = "withheld to protect confidentiality"
DECIMALS = 1

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Statement:
    """A figure that is no count. `numerator` are the cells below a rate or up to each breakpoint.

    `denominator` is the cell of the row that it stands beside. `least` and `most` bound a rate in per cent or
    a median in days; equal bounds are the figure itself. `exemption` is cited where there are none.
    """

    table_id: str
    name: str
    kind: str
    numerator: tuple[tuple[str, ...], ...]
    denominator: str
    breakpoints: tuple[int, ...] = ()
    least: float | None = None
    most: float | None = None
    label: str = ""
    definition: str = ""
    exemption: str = ""

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
        # In whole numbers `below` is `at most one less`.
        below = Relation(
            tuple(sorted((terms | {self.denominator: -int(self.most)}).items())),
            "<=",
            -(self.most < 100),
            RATE,
        )
        return _relation(terms | {self.denominator: -int(self.least)}, ">=", RATE), below

    def is_borne_out(self, truth: Mapping[str, int]) -> bool:
        """Whether these counts fit what it says; counts that are not among them are not asked."""
        if self.kind == RATE and self.least is not None and self.least == self.most:
            pair = truth.get(self.numerator[0][0]), truth.get(self.denominator)
            return pair[0] is None or not pair[1] or rate_of(pair[0], pair[1]) == self.least
        return all(r.holds(truth) for r in self.relations if all(code in truth for code, _ in r.terms))

    def _halves(self, least: float, most: float) -> Iterator[Relation]:
        for days, cells in zip(self.breakpoints, self.numerator, strict=True):
            terms = dict.fromkeys(cells, 2) | {self.denominator: -1}
            if days < least:
                yield _relation(terms, "<=", MEDIAN)
            elif days + 1 >= most:
                yield _relation(terms, ">=", MEDIAN)

    @property
    def payload(self) -> dict[str, Any]:
        """The statement as `protected.json` holds it."""
        withheld = self.least is None
        words = {"label": self.label, "definition": self.definition, "unit": UNITS[self.kind]}
        bounds = {"least": self.least, "most": self.most, "marker": "c" if withheld else None}
        why = {"reason": WITHHELD if withheld else "", "exemption": self.exemption if withheld else ""}
        cells = {"numerator": [list(cells) for cells in self.numerator], "denominator": self.denominator}
        points = {"breakpoints": list(self.breakpoints)} if self.kind == MEDIAN else {}
        return {"name": self.name, "kind": self.kind, **words, **bounds, **why, **cells, **points}

    @classmethod
    def read(cls, table_id: str, entry: Mapping[str, Any]) -> Statement:
        """The statement that `payload` wrote."""
        cells = tuple(tuple(one) for one in entry["numerator"])
        points = tuple(entry.get("breakpoints", ()))
        rest = (entry[name] for name in ("least", "most", "label", "definition", "exemption"))
        return cls(table_id, entry["name"], entry["kind"], cells, entry["denominator"], points, *rest)


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
    """All that the mart declares, line by line: exact where all counts are shown, else by the policy.

    Raises:
        CountError: days that lie outside the breakpoints of their category.
    """
    for name, declared in (*mart.publish.rates.items(), *mart.publish.medians.items()):
        is_median = name in mart.publish.medians
        if is_median:
            _refuse_misplaced(mart, name, declared)
        for position in _lines(definition, declared["dimension"]):
            bare = _bare(definition, position, name, declared)
            if known.shown.get(bare.denominator) == 0:
                continue
            bounds = (
                _median_bounds(mart, definition, position, name, known.policy)
                if is_median
                else (_rate_bounds(bare.numerator[0][0], bare.denominator, known))
            )
            yield replace(bare, least=bounds[0], most=bounds[1], exemption=known.policy.exemption({}))


def _bare(definition: Definition, position: Position, name: str, declared: Mapping[str, Any]) -> Statement:
    """The figure of a line without its bounds: which cells it is about, and in which words."""
    axis, days = declared["dimension"], declared.get("breakpoints", {})
    upto = tuple(_upto(definition, position, axis, code) for code in days)
    part = () if days else ((_code(definition, position, axis, declared["category"]),),)
    words = declared.get("label") or name.replace("_", " ").capitalize(), declared.get("definition", "")
    return Statement(
        definition.table_id, name, MEDIAN if days else RATE, upto or part,
        _code(definition, position, axis, TOTAL), tuple(days.values()), None, None, *words,
    )  # fmt: skip


def _refuse_misplaced(mart: Mart, name: str, declared: Mapping[str, Any]) -> None:
    """Days must lie where their category says, or the median would contradict the counts."""
    dimension, breakpoints, least = declared["dimension"], declared["breakpoints"], 0
    for code in mart.publish.categories[dimension]:
        most = breakpoints.get(code)
        rows = (row for row in mart.rows if row.dimensions[dimension] == code)
        days = [d for row in rows for d in row.values.get(name, ())]
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


def belongs(statement: Statement, definition: Definition) -> bool:
    """Whether it is about cells of its table: of one category, or up to the end of each but the last.

    A median that named fewer breakpoints than its table has would tell the attack less than its readers.
    """
    days = [*statement.breakpoints]
    whole = all(type(day) is int for day in days) and days == sorted({*days})
    expected = len(statement.numerator) if statement.kind == MEDIAN else 0
    return whole and len(days) == expected and any(
        statement.denominator == _code(definition, position, axis.name, TOTAL)
        and statement.numerator in _possible(definition, position, axis, statement.kind)
        for axis in definition.axes
        for position in _lines(definition, axis.name)
    )  # fmt: skip


def _possible(
    definition: Definition, position: Position, axis: Axis, kind: str
) -> list[tuple[tuple[str, ...], ...]]:
    if kind == MEDIAN:
        return [tuple(_upto(definition, position, axis.name, code) for code in axis.leaves[:-1])]
    return [((_code(definition, position, axis.name, code),),) for code in axis.levels if kind == RATE]


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
    if width * shown[total] < 100 * (policy.threshold + 1):
        return None, None
    low = min(100 - width, width * (100 * truth[part] // (width * truth[total])))
    return low, low + width


def _median_bounds(
    mart: Mart, definition: Definition, position: Position, name: str, policy: Policy
) -> Bounds:
    """The median to the policy's rounding, halves upwards; its range ends below the upper bound.

    None where few people, or counts without days, are behind it.
    """
    inside = [row for row in mart.rows if covers(definition, position, row)]
    days = [day for row in inside for day in row.values.get(name, ())]
    officers = frozenset[str]().union(*(row.officers or () for row in inside))
    complete = len(days) == sum(row.n for row in inside)
    if len(officers) < policy.median_officers or not complete:
        return None, None
    half = policy.median_days / 2
    rounded = policy.median_days * floor((median(days) + half) / policy.median_days)
    return rounded - half, rounded + half


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
