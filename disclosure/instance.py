"""One linked system of counts: cells, the equations and constraints that tie them, and what is already known.

The format is that of `python -m disclosure`; `parse` reads it strictly, `Instance.to_payload` writes it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

VERSION = 1
DEFAULT_BUDGET_S = 60.0
LEAST_WIDTH, MOST_WIDTH = 2, 20


class InstanceError(ValueError):
    """The input is malformed or contradicts itself; one line that names the field and the id."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A count. `published` False: never shown, free; `public`: fixed by public knowledge alone, shown."""

    id: int
    code: str = ""
    value: int | None = None
    published: bool = True
    public: bool = False
    lower: int | None = None
    upper: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    """`total` is the sum of `parts` (cell ids)."""

    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """`sum(coefficient * cell) sense rhs`, sense one of `<=`, `>=`, `==`."""

    terms: tuple[tuple[int, int], ...]
    sense: str
    rhs: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Singleton:
    """A withheld cell of one person, who knows it and the cells `knows`."""

    cell: int
    knows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Instance:
    """A linked system. `primary` None: every published count of 1 to threshold - 1 is primary.

    `width`: so many different counts must be possible for each withheld cell (P1).
    """

    cells: tuple[Cell, ...]
    equations: tuple[Equation, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    threshold: int | None = None
    zeros_published: bool = True
    width: int = LEAST_WIDTH
    primary: tuple[int, ...] | None = None
    known: Mapping[int, int] = field(default_factory=dict)
    singletons: tuple[Singleton, ...] = ()
    never_hide: frozenset[int] = frozenset()
    must_hide: frozenset[int] = frozenset()
    must_prove: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    key: str | None = None
    budget_s: float = DEFAULT_BUDGET_S

    @cached_property
    def by_id(self) -> Mapping[int, Cell]:
        """The cells by their id."""
        return {cell.id: cell for cell in self.cells}

    @property
    def fixed_by_knowledge(self) -> dict[int, int]:
        """What everybody knows before the release: `public` cells and `known` values."""
        public = {cell.id: cell.value for cell in self.cells if cell.public and cell.value is not None}
        return public | dict(self.known)

    def below(self, totals: Iterable[int]) -> set[int]:
        """These cells and all that they are made of."""
        found = rim = set(totals)
        while rim:
            rim = {part for e in self.equations if e.total in rim for part in e.parts} - found
            found = found | rim
        return found

    def with_following(self, zeros: Iterable[int]) -> set[int]:
        """These zeros and all that follow from them: the parts of a 0, and totals of nothing but zeros."""
        found, size = set(zeros), -1
        while len(found) > size:
            size = len(found)
            for equation in self.equations:
                if equation.total in found:
                    found.update(equation.parts)
                elif found.issuperset(equation.parts):
                    found.add(equation.total)
        return found

    def with_hidden(self, hidden: Iterable[int], lower: Mapping[int, int] | None = None) -> Instance:
        """The same system with these cells withheld and these lower bounds set, as in a `Protection`."""
        bounds = lower or {}
        cells = tuple(replace(c, lower=bounds[c.id]) if c.id in bounds else c for c in self.cells)
        return replace(self, cells=cells, hidden=frozenset(hidden))

    def to_payload(self) -> dict[str, Any]:
        """The JSON object that `parse` reads; defaults are left out."""
        payload: dict[str, Any] = {"version": VERSION}
        if self.threshold is not None:
            payload["threshold"] = self.threshold
        payload["zeros_published"] = self.zeros_published
        if self.width != LEAST_WIDTH:
            payload["width"] = self.width
        payload["cells"] = [_cell_payload(cell) for cell in self.cells]
        payload["equations"] = [{"total": e.total, "parts": list(e.parts)} for e in self.equations]
        payload["constraints"] = [_constraint_payload(c) for c in self.constraints]
        payload["known"] = {str(i): v for i, v in sorted(self.known.items())}
        payload["singletons"] = [{"cell": s.cell, "knows": list(s.knows)} for s in self.singletons]
        for name in ("never_hide", "must_hide", "must_prove", "hidden"):
            payload[name] = sorted(getattr(self, name))
        if self.primary is not None:
            payload["primary"] = list(self.primary)
        payload["key"] = self.key
        payload["budget_s"] = self.budget_s
        return payload


@dataclass(frozen=True, slots=True)
class Protection:
    """The answer of `secondary.protect`. Unless `proven`, `hidden` is everything that may be hidden."""

    status: str
    hidden: tuple[int, ...]
    secondary: tuple[int, ...]
    unprotectable: tuple[int, ...]
    lower: Mapping[int, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Proof:
    """Indices into `Audit.witnesses`: so many that differ in the cell (P1), one at the threshold (P2)."""

    p1: tuple[int, ...]
    p2: int | None


@dataclass(frozen=True, slots=True)
class Audit:
    """The answer of `audit.audit`; `intervals` are outer bounds in whole numbers (None: no limit).

    `exact`: withheld cells with one consistent value; `narrow`: with fewer than the width asked;
    `below_threshold`: whose largest value is below it; `zero_lines`: totals of lines that may be small and
    show a zero (P3); `singletons`: cells that one person could work out, and `insiders` the cells of those
    who could; `exempt`: withheld cells that public knowledge alone fixes.
    """

    status: str
    exact: tuple[int, ...] = ()
    narrow: tuple[int, ...] = ()
    below_threshold: tuple[int, ...] = ()
    intervals: Mapping[int, tuple[int, int | None]] = field(default_factory=dict)
    zero_lines: tuple[int, ...] = ()
    singletons: tuple[int, ...] = ()
    insiders: tuple[int, ...] = ()
    exempt: tuple[int, ...] = ()
    witnesses: tuple[Mapping[int, int], ...] = ()
    proofs: Mapping[int, Proof] = field(default_factory=dict)


def _cell_payload(cell: Cell) -> dict[str, Any]:
    out: dict[str, Any] = {"id": cell.id, "code": cell.code, "value": cell.value}
    if not cell.published:
        out["published"] = False
    if cell.public:
        out["public"] = True
    for name in ("lower", "upper", "cost"):
        if getattr(cell, name) is not None:
            out[name] = getattr(cell, name)
    return out


def _constraint_payload(constraint: Constraint) -> dict[str, Any]:
    terms = [list(term) for term in constraint.terms]
    return {"terms": terms, "sense": constraint.sense, "rhs": constraint.rhs, "why": constraint.why}
