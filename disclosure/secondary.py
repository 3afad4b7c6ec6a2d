"""Partners: which further counts to withhold so that no withheld one can be worked out.

Elimination gives a start, a linear attack finds what bounds still give away, the cheapest cells repair it,
and what is not needed is shown again. Under a key the costs depend on public attributes and the key alone,
and by the key some counts are withheld as if they were small (decoys): nobody can tell that one was needed.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from graphlib import TopologicalSorter

import numpy as np

from disclosure.exact import Duties, Search
from disclosure.gauss import withheld
from disclosure.instance import Instance, Protection
from disclosure.lp import BudgetError, Deadline, SolverError, Vector
from disclosure.moves import Move, Mover, Sheet, sheet
from disclosure.primary import fixed_alone, primary
from disclosure.repair import Obligation, Pattern, Repairer, own, wide
from disclosure.zeros import lines_with, lowered, small_lines, zeros_of

LEVEL_FACTOR = 4.0
DECOY_ODDS = 1 / 512
TRIES = 14
TRY_WORK = 250_000
EXACT_SIZE, EXACT_WORK, EXACT_SHARE = 800, 40_000, 0.6
BETTER_SHARE = 0.6
FEWEST_SIZE, ALIKE, EACH_CELL = 400, 0.02, (1.0, 3.0)
MORE_CELLS = 1.15


def protect(instance: Instance, escalate: bool = False) -> Protection:
    """Choose partners until every withheld cell can take another value (P1) and reach the threshold (P2).

    With `escalate` the zeros of lines in which a cell cannot be protected otherwise are withheld as well.

    Raises:
        InstanceError: a count is missing.
    """
    started = time.monotonic()
    small = primary(instance)
    decoys = _decoys(instance) - small if small else frozenset()
    try:
        deadline = Deadline(instance.budget_s)
        found = _protect(instance, small | decoys, escalate, deadline)
        if decoys and found.status != "proven":
            found = _protect(instance, small, escalate, deadline)
    except (BudgetError, SolverError) as error:
        status = "budget" if isinstance(error, BudgetError) else "solver_error"
        every = _everything(instance)
        found = _Outcome(status, every, lower=_least(instance, every, range(len(instance.equations))))
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


def _protect(instance: Instance, small: frozenset[int], escalate: bool, deadline: Deadline) -> _Outcome:
    """Solve; then withhold the zeros of lines that may be small, until no such line shows one (P3)."""
    deadline.remaining()
    asked = small | instance.must_prove
    open_lines = lines_with(instance, asked & _zeros(instance))
    hidden, lines, settled = asked - instance.never_hide, frozenset[int](), False
    public, zeros = frozenset[int](), frozenset[int]()
    moves: Mapping[Obligation, Move] = {}
    while True:
        more, found = _zero_lines(instance, hidden, lines, open_lines, deadline)
        zeros = (zeros | found) - public
        if settled and more == lines and zeros <= hidden:
            least = _least(instance, hidden, lines | open_lines)
            return _Outcome("proven", hidden | (small & public - instance.never_hide), lower=least)
        lines = more
        required = (asked | zeros) - public
        least = _least(instance, _everything(instance) | required, lines | open_lines)
        table = sheet(instance, least, _still(instance, required) | public)
        shown = required & instance.never_hide - instance.fixed_by_knowledge.keys()
        pattern = _solve(instance, table, required - shown, hidden - public, moves, deadline)
        moves = pattern.moves
        hidden = frozenset(table.ids[n] for n in pattern.hidden - table.free)
        lost = frozenset(table.ids[n] for n in pattern.lost) | shown
        settled = not lost
        if lost:
            fixed = fixed_alone(instance, lost, deadline)
            public |= fixed
            more = _further_zeros(instance, asked | hidden, lost - fixed) if escalate else frozenset()
            if lost - fixed and more <= asked:
                zero = _zeros(instance)
                every = _everything(instance) - (zero - required)
                least = _least(instance, every, lines | open_lines)
                return _Outcome("unprotectable", every, lost - fixed, least)
            asked |= more
            open_lines |= lines_with(instance, more)


def _further_zeros(instance: Instance, hidden: frozenset[int], lost: frozenset[int]) -> frozenset[int]:
    """The zeros that could still be withheld in lines of these cells; in all lines where there are none."""
    if not lost:
        return frozenset()
    near = {n for n, e in enumerate(instance.equations) if not lost.isdisjoint((e.total, *e.parts))}
    choices = (zeros_of(instance, hidden, lines) - hidden for lines in (near, range(len(instance.equations))))
    return next((c for zeros in choices if (c := zeros - instance.never_hide)), frozenset())


def _zeros(instance: Instance) -> frozenset[int]:
    return frozenset(c.id for c in instance.cells if c.published and c.value == 0)


def _least(instance: Instance, hidden: frozenset[int], lines: Collection[int]) -> dict[int, int]:
    """Least value 0 for what is withheld in these lines, and for every 0 that is."""
    found = lowered(instance, hidden, lines)
    if instance.zeros_published:
        cells = instance.by_id
        found |= {i: 0 for i in sorted(hidden & _zeros(instance)) if cells[i].lower is None}
    return dict(sorted(found.items()))


def _zero_lines(
    instance: Instance,
    hidden: frozenset[int],
    lines: frozenset[int],
    open_lines: frozenset[int],
    deadline: Deadline,
) -> tuple[frozenset[int], frozenset[int]]:
    """Lines that may be small and the zeros to withhold there: a withheld 0 makes its own line small."""
    while instance.threshold is not None:
        zeros = zeros_of(instance, hidden, lines)
        more = lines | small_lines(instance, hidden | zeros, deadline, lines, open_lines)
        if more == lines:
            return lines, zeros
        lines = more
    return lines, frozenset()


def _still(instance: Instance, required: frozenset[int]) -> set[int]:
    """What never moves: public knowledge, cells that may not be withheld, and shown zeros."""
    still = set(instance.fixed_by_knowledge) | instance.never_hide
    if instance.zeros_published:
        still |= _zeros(instance) - required
    return still


def _solve(
    instance: Instance,
    table: Sheet,
    required: frozenset[int],
    start: frozenset[int],
    moves: Mapping[Obligation, Move],
    deadline: Deadline,
) -> Pattern:
    """A pattern that keeps every obligation; in bench mode the best of several.

    `moves` were found with fewer zeros withheld; they stand.
    """
    costs = _costs(instance, table)
    column = {identity: n for n, identity in enumerate(table.ids)}
    needed = frozenset(column[i] for i in required) - table.constant
    first = needed | frozenset(column[i] for i in start)
    extra = tuple(_extra(instance, table, column))

    def attempt(until: Deadline, hidden: Collection[int], prices: Vector) -> Pattern:
        known = {o: m for o, m in moves.items() if m.changes.keys() <= set(hidden) | table.free}
        pattern = Pattern(needed, set(hidden), known)
        mover, threshold = Mover(table, prices, until), instance.threshold or 0
        Repairer(mover, pattern, prices, extra, threshold, instance.width).run()
        return pattern

    best = attempt(deadline, first | _by_elimination(table, costs, first), costs)
    if best.lost or instance.key is not None:
        return best
    priced = any(c.cost is not None and c.cost != c.value for c in instance.cells)

    @cache
    def duties(n: int) -> Sequence[Obligation]:
        mine = own(table, n, instance.threshold or 0, instance.width)
        return (*mine, *(o for o in extra if o.column == n))

    until, patterns, counts = deadline.part(BETTER_SHARE), [best], list[int]()
    try:
        for columns, prices in _exact(table, costs, priced, needed, duties, until):
            counts.append(len(columns - needed))
            patterns.append(attempt(until, columns, prices))
        for one in () if counts else _varied(best, costs, first, partial(attempt, until)):
            patterns.append(one)
    except (BudgetError, SolverError):
        pass  # What is found by now protects as well, with more cells.
    return _chosen([p for p in patterns if not p.lost], costs, priced, counts)


Try = Callable[[Collection[int], Vector], Pattern]


def _exact(
    table: Sheet,
    costs: Vector,
    priced: bool,
    needed: frozenset[int],
    duties: Duties,
    deadline: Deadline,
) -> Iterable[tuple[frozenset[int], Vector]]:
    """The cheapest columns and the prices; unless `priced` by the caller, some of fewer cells as well."""
    if len(table.ids) > EXACT_SIZE:
        return
    search = Search(table, needed, duties, deadline.part(EXACT_SHARE), EXACT_WORK)
    cheapest = search.cheapest(costs)
    if cheapest is None:
        return
    yield cheapest, costs
    beside = sorted(cheapest - needed)
    if priced or not beside:
        return
    others = _fewest if len(table.ids) <= FEWEST_SIZE else _fewer
    yield from others(search, costs, beside, needed)


def _fewest(
    search: Search, costs: Vector, beside: Sequence[int], needed: frozenset[int]
) -> Iterable[tuple[frozenset[int], Vector]]:
    """The fewest cells; and the cheapest of few, where the cheapest of all, `beside` the needed, are many."""
    alike = costs**ALIKE
    fewest = search.cheapest(alike)
    if fewest is None:
        return
    yield fewest, alike
    most = MORE_CELLS * len(fewest - needed)
    few = search.cheapest(costs, most) if len(beside) > most else None
    if few is not None:
        yield few, costs


def _fewer(
    search: Search, costs: Vector, beside: Sequence[int], _: frozenset[int]
) -> Iterable[tuple[frozenset[int], Vector]]:
    """For larger tables: a cell costs more beside its own price, which is nearly as quick as the cheapest."""
    for times in EACH_CELL:
        prices = costs + times * float(costs[beside].mean())
        found = search.cheapest(prices)
        if found is None:
            return
        yield found, prices


def _varied(best: Pattern, costs: Vector, first: frozenset[int], attempt: Try) -> Iterable[Pattern]:
    """Other starts and prices: more of them where the table is small and a try is quick."""
    for number in range(min(TRIES, TRY_WORK // (len(costs) * (len(best.required) + 1)))):
        chance = np.random.default_rng(number)
        kept = _some(best.hidden - best.required, chance) if number % 2 else set()
        prices = costs * chance.uniform(0.7, 1.4, len(costs)) if number > 1 else costs
        other = attempt(first | kept, prices)
        if not other.lost:
            yield other
            best = min(best, other, key=lambda p: _price(p, costs))


def _chosen(patterns: Sequence[Pattern], costs: Vector, priced: bool, counts: Sequence[int]) -> Pattern:
    """The cheapest where costs were given; else, of those with few cells, one of few cells and little price.

    `counts` are of what was found in fractions: no whole-number pattern is much below.
    """
    if priced:
        return min(patterns, key=lambda p: (_price(p, costs), len(p.hidden)))
    fewest = min(map(_partners, patterns))
    most = max(fewest, MORE_CELLS * min(counts, default=fewest))
    few = [p for p in patterns if _partners(p) <= most]
    return min(few, key=lambda p: (_partners(p) ** 2 * _price(p, costs), _partners(p)))


def _partners(pattern: Pattern) -> int:
    return len(pattern.hidden - pattern.required)


def _some(columns: Collection[int], chance: np.random.Generator) -> set[int]:
    """About two thirds of them."""
    return {n for n in sorted(columns) if chance.random() < 2 / 3}


def _price(pattern: Pattern, costs: Vector) -> float:
    return float(costs[sorted(pattern.hidden - pattern.required)].sum())


def _extra(instance: Instance, table: Sheet, column: Mapping[int, int]) -> Iterable[Obligation]:
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
                yield from wide(table, column[cell.id], instance.width, barred)


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
    key = instance.key.encode("utf-8", "surrogatepass")
    return np.array(
        [LEVEL_FACTOR ** levels[i] * (1 + _jitter(key, cells[i].code or str(i))) for i in table.ids]
    )


def _decoys(instance: Instance) -> frozenset[int]:
    """Counts that the key alone has withheld, fewer among totals; never a 0, nor in bench mode."""
    if instance.key is None:
        return frozenset()
    key, levels = instance.key.encode("utf-8", "surrogatepass"), _levels(instance)
    may = _everything(instance) - _zeros(instance)
    odds = {i: DECOY_ODDS / LEVEL_FACTOR ** levels[i] for i in may}
    codes = {c.id: c.code or str(c.id) for c in instance.cells}
    return frozenset(i for i in may if _jitter(key, f"decoy|{codes[i]}") < odds[i])


def _jitter(key: bytes, code: str) -> float:
    digest = hmac.new(key, code.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) / 2**64


def _levels(instance: Instance) -> dict[int, int]:
    """Height above the innermost cells: inner cells go first, the grand total last."""
    parts: dict[int, set[int]] = {}
    for equation in instance.equations:
        parts.setdefault(equation.total, set()).update(equation.parts)
    levels: dict[int, int] = {}
    for identity in TopologicalSorter(parts).static_order():
        levels[identity] = max((levels[i] + 1 for i in parts.get(identity, ())), default=0)
    return {cell.id: levels.get(cell.id, 0) for cell in instance.cells}
