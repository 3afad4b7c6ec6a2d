"""Partners: which further counts to withhold so that no withheld one can be worked out.

Elimination gives a start, a linear attack finds what bounds still give away, the cheapest cells repair it,
and what is not needed is shown again. Under a key the costs depend on public attributes and the key alone.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from disclosure.gauss import withheld
from disclosure.instance import Instance, Protection
from disclosure.lp import BudgetError, Deadline, SolverError, Vector
from disclosure.moves import Move, Mover, Sheet, sheet
from disclosure.primary import fixed_alone, primary
from disclosure.repair import Obligation, Pattern, Repairer
from disclosure.zeros import lowered, small_lines, zeros_of

LEVEL_FACTOR = 4.0
TRIES, KEYED_TRIES = 14, 0
TRY_WORK = 250_000


def protect(instance: Instance) -> Protection:
    """Choose partners until every withheld cell can take another value (P1) and reach the threshold (P2).

    Raises:
        InstanceError: a count is missing.
    """
    started = time.monotonic()
    small = primary(instance)
    try:
        found = _protect(instance, small, Deadline(instance.budget_s))
    except (BudgetError, SolverError) as error:
        status = "budget" if isinstance(error, BudgetError) else "solver_error"
        found = _Outcome(status, _everything(instance))
    return Protection(
        status=found.status,
        hidden=tuple(sorted(found.hidden)),
        secondary=tuple(sorted(found.hidden - small)),
        unprotectable=tuple(sorted(found.lost)),
        lower=dict(sorted(found.lower.items())),
        seconds=round(time.monotonic() - started, 3),
    )


def _everything(instance: Instance) -> frozenset[int]:
    """What is withheld when nothing is proven: all that may be."""
    known = instance.fixed_by_knowledge
    return frozenset(
        cell.id
        for cell in instance.cells
        if cell.published and cell.id not in known and cell.id not in instance.never_hide
    )


@dataclass(frozen=True)
class _Outcome:
    """Withheld ids, those that cannot be protected, and least values."""

    status: str
    hidden: frozenset[int]
    lost: frozenset[int] = frozenset()
    lower: Mapping[int, int] = field(default_factory=dict)


def _protect(instance: Instance, small: frozenset[int], deadline: Deadline) -> _Outcome:
    """Solve; then withhold the zeros of lines that may be small, until no such line shows one (P3)."""
    deadline.remaining()
    hidden, lines, settled = small, frozenset[int](), False
    public, zeros = frozenset[int](), frozenset[int]()
    moves: Mapping[Obligation, Move] = {}
    while True:
        more, found = _zero_lines(instance, hidden, lines, deadline)
        zeros = (zeros | found) - public
        if settled and more == lines and zeros <= hidden:
            return _Outcome("proven", hidden | (small & public), lower=lowered(instance, hidden, lines))
        lines = more
        least = lowered(instance, _everything(instance), lines)
        table = sheet(instance, least, _still(instance, small, zeros) | public)
        pattern = _solve(instance, table, (small | zeros) - public, hidden - public, moves, deadline)
        moves = pattern.moves
        hidden = frozenset(table.ids[n] for n in pattern.hidden - table.free)
        lost = frozenset(table.ids[n] for n in pattern.lost)
        settled = not lost
        if lost:
            fixed = fixed_alone(instance, lost, deadline)
            if lost - fixed:
                return _Outcome("unprotectable", _everything(instance), lost - fixed)
            public |= fixed


def _zero_lines(
    instance: Instance, hidden: frozenset[int], lines: frozenset[int], deadline: Deadline
) -> tuple[frozenset[int], frozenset[int]]:
    """Lines that may be small and the zeros to withhold there: a withheld 0 makes its own line small."""
    while instance.threshold is not None:
        zeros = zeros_of(instance, hidden, lines)
        more = lines | small_lines(instance, hidden | zeros, deadline)
        if more == lines:
            return lines, zeros
        lines = more
    return lines, frozenset()


def _still(instance: Instance, small: frozenset[int], zeros: frozenset[int]) -> set[int]:
    """What never moves: public knowledge, cells that may not be withheld, and shown zeros."""
    still = set(instance.fixed_by_knowledge) | (set(instance.never_hide) - small - zeros)
    if instance.zeros_published:
        shown = {c.id for c in instance.cells if c.published and c.value == 0}
        still |= shown - small - zeros
    return still


def _solve(
    instance: Instance,
    table: Sheet,
    required: frozenset[int],
    start: frozenset[int],
    moves: Mapping[Obligation, Move],
    deadline: Deadline,
) -> Pattern:
    """The cheapest pattern of several tries: more of them where the table is small and a try is quick.

    `moves` were found with fewer zeros withheld; they stand.
    """
    costs = _costs(instance, table)
    column = {identity: n for n, identity in enumerate(table.ids)}
    needed = frozenset(column[i] for i in required | instance.must_prove) - table.constant
    first = needed | frozenset(column[i] for i in start)
    extra = tuple(_extra(instance, column))

    def attempt(hidden: Collection[int], prices: Vector) -> Pattern:
        known = {o: m for o, m in moves.items() if m.changes.keys() <= set(hidden) | table.free}
        pattern = Pattern(needed, set(hidden), known)
        Repairer(Mover(table, prices, deadline), pattern, prices, extra, instance.threshold or 0).run()
        return pattern

    best = attempt(first | _by_elimination(table, costs, first), costs)
    tries = min(
        TRIES if instance.key is None else KEYED_TRIES, TRY_WORK // (len(table.ids) * (len(needed) + 1))
    )
    for number in range(tries if not best.lost else 0):
        chance = np.random.default_rng(number)
        kept = _some(best.hidden - needed, chance) if number % 2 else set()
        prices = costs * chance.uniform(0.7, 1.4, len(costs)) if number > 1 else costs
        other = attempt(first | kept, prices)
        if not other.lost and _price(other, costs) < _price(best, costs):
            best = other
    return best


def _some(columns: Collection[int], chance: np.random.Generator) -> set[int]:
    """About two thirds of them."""
    return {n for n in sorted(columns) if chance.random() < 2 / 3}


def _price(pattern: Pattern, costs: Vector) -> float:
    return float(costs[sorted(pattern.hidden - pattern.required)].sum())


def _extra(instance: Instance, column: Mapping[int, int]) -> Iterable[Obligation]:
    """What singletons know must not fix another small cell."""
    cells, small = instance.by_id, primary(instance)
    for one in instance.singletons:
        mine = {one.cell, *one.knows}
        barred = tuple(sorted(column[i] for i in mine))
        for cell in cells.values():
            value = cell.value or 0
            is_small = cell.id in small if instance.threshold is None else 0 < value < instance.threshold
            if is_small and cell.published and cell.id not in mine:
                yield Obligation(column[cell.id], (1, -1), barred)


def _by_elimination(table: Sheet, costs: Vector, hidden: Collection[int]) -> set[int]:
    moving = [n for n in range(len(table.ids)) if n not in table.constant]
    names = set(moving)
    equations = [
        [(n, v) for n, v in row.terms if n in names] for row in table.rows if row.lower == row.upper == 0
    ]
    candidates = sorted(
        (n for n in moving if n not in hidden and n not in table.free), key=lambda n: -costs[n]
    )
    return withheld(equations, frozenset(hidden), candidates)


def _costs(instance: Instance, table: Sheet) -> Vector:
    """The price of withholding a cell, by column: by value, or under a key by level and jitter."""
    cells = instance.by_id
    if instance.key is None:
        prices = [
            cells[i].cost if cells[i].cost is not None else float(v) + 1.0
            for i, v in zip(table.ids, table.values, strict=True)
        ]
        return np.array([max(p or 0.0, 0.01) for p in prices])
    levels = _levels(instance)
    key = instance.key.encode()
    return np.array(
        [LEVEL_FACTOR ** levels[i] * (1 + _jitter(key, cells[i].code or str(i))) for i in table.ids]
    )


def _jitter(key: bytes, code: str) -> float:
    digest = hmac.new(key, code.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) / 2**64


def _levels(instance: Instance) -> dict[int, int]:
    """Height above the innermost cells: inner cells go first, the grand total last."""
    parts: dict[int, set[int]] = {}
    for equation in instance.equations:
        parts.setdefault(equation.total, set()).update(equation.parts)
    levels: dict[int, int] = {}

    def height(identity: int) -> int:
        if identity not in levels:
            levels[identity] = (
                1 + max((height(i) for i in parts[identity]), default=0) if identity in parts else 0
            )
        return levels[identity]

    for cell in instance.cells:
        height(cell.id)
    return levels
