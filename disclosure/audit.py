"""The attacker: what can be worked out from a release. Shares only the input format with the protector.

A linear programme bounds each withheld cell from outside; a proof is always made of whole-number tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from disclosure.instance import LEAST_WIDTH, Audit, Cell, Instance, InstanceError, Proof, Singleton
from disclosure.knowledge import Block, Knowledge, besides, public_knowledge, published_knowledge, zeros_again
from disclosure.lp import INFINITY, BudgetError, Deadline, SolverError
from disclosure.witness import Explorer, Table

PROVEN, DISCLOSIVE, BUDGET, SOLVER_ERROR = "proven", "disclosive", "budget", "solver_error"


@dataclass
class _Findings:
    """What the attack has established so far."""

    exact: list[int] = field(default_factory=list)
    narrow: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)
    intervals: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    chosen: list[list[Table]] = field(default_factory=list)
    proofs: dict[int, Proof] = field(default_factory=dict)


def audit(instance: Instance) -> Audit:
    """Attack every withheld cell (and every unpublished one in `must_prove`) for P1, P2, P3 and singletons.

    Raises:
        InstanceError: what is shown contradicts itself.
    """
    deadline = Deadline(instance.budget_s)
    try:
        return _attack(instance, deadline)
    except BudgetError:
        return Audit(BUDGET)
    except SolverError:
        return Audit(SOLVER_ERROR)


def _attack(instance: Instance, deadline: Deadline) -> Audit:
    deadline.remaining()
    knowledge = published_knowledge(instance)
    targets = _targets(instance)
    explorers = [Explorer(block, deadline) for block in knowledge.blocks]
    found = _Findings()
    for explorer in explorers:
        _attack_block(explorer, targets, instance, found)
    _add_fixed(knowledge, targets, instance.threshold, found)
    exempt = _exempt(instance, found.exact, deadline)
    exact = tuple(i for i in sorted(found.exact) if i not in exempt)
    narrow = tuple(i for i in sorted(found.narrow) if i not in exempt)
    below = tuple(i for i in sorted(found.below) if i not in exempt)
    zero_lines = _zero_lines(instance, knowledge, explorers, deadline)
    seen = _singletons(instance, targets - set(found.exact), deadline)
    safe = not (exact or narrow or below or zero_lines or seen)
    return Audit(
        status=PROVEN if safe else DISCLOSIVE,
        exact=exact,
        narrow=narrow,
        below_threshold=below,
        intervals=dict(sorted(found.intervals.items())),
        zero_lines=zero_lines,
        singletons=tuple(sorted({i for _, cells in seen for i in cells})),
        insiders=tuple(one for one, _ in seen),
        exempt=tuple(sorted(exempt)),
        witnesses=_whole_tables(knowledge, found.chosen),
        proofs=dict(sorted(found.proofs.items())),
    )


def _targets(instance: Instance) -> set[int]:
    """What must be proven: withheld cells that are not plain public knowledge, and those asked for."""
    withheld = {c.id for c in instance.cells if c.published and not c.public and c.id in instance.hidden}
    return (withheld | instance.must_prove) - set(instance.known)


def _attack_block(explorer: Explorer, targets: set[int], instance: Instance, found: _Findings) -> None:
    threshold, width = instance.threshold, instance.width
    columns = [n for n, i in enumerate(explorer.block.ids) if i in targets]
    for column in columns:
        explorer.span(column)
    for column in columns:
        _settle(explorer, column, threshold)
        if width > LEAST_WIDTH:
            explorer.spread(column, width)
    for column in columns:
        _judge(explorer, column, instance, found)
    proofs, chosen = _choose(explorer, columns, instance)
    found.proofs.update(proofs)
    found.chosen.append(chosen)


def _settle(explorer: Explorer, column: int, threshold: int | None) -> None:
    """Where fractions could not decide, whole numbers do."""
    if explorer.low[column] == explorer.high[column] and explorer.lower[column] < explorer.upper[column]:
        explorer.settle(column)
    if threshold is not None:
        explorer.raise_to(column, threshold)


def _judge(explorer: Explorer, column: int, instance: Instance, found: _Findings) -> None:
    threshold, width = instance.threshold, instance.width
    identity, upper = explorer.block.ids[column], explorer.upper[column]
    limit = None if upper >= INFINITY else int(upper)
    found.intervals[identity] = (int(explorer.lower[column]), limit)
    if explorer.low[column] == explorer.high[column]:
        found.exact.append(identity)
    elif width > LEAST_WIDTH and len(explorer.counts(column)) < width:
        found.narrow.append(identity)
    if threshold is not None and explorer.high[column] < threshold:
        found.below.append(identity)


def _choose(
    explorer: Explorer, columns: Iterable[int], instance: Instance
) -> tuple[dict[int, Proof], list[Table]]:
    """Few tables that prove every cell of the block; proofs point into them."""
    threshold, width = instance.threshold, instance.width
    chosen: list[Table] = [explorer.tables[0]]
    proofs: dict[int, Proof] = {}
    every = np.array(explorer.tables)
    for column in columns:
        counts = every[:, column]
        if len(np.unique(counts)) < width or (threshold is not None and counts.max() < threshold):
            continue
        pick = _differing(chosen, column, width)
        while len(pick) < width:
            other = int(np.argmax(~np.isin(counts, [chosen[n][column] for n in pick])))
            chosen.append(explorer.tables[other])
            pick = (*pick, len(chosen) - 1)
        proofs[explorer.block.ids[column]] = Proof(pick, None)
    if threshold is not None:
        for identity in list(proofs):
            column = explorer.block.ids.index(identity)
            large = next((n for n, table in enumerate(chosen) if table[column] >= threshold), None)
            if large is None:
                large = len(chosen)
                chosen.append(explorer.tables[int(np.argmax(every[:, column]))])
            proofs[identity] = Proof(proofs[identity].p1, large)
    return proofs, chosen


def _differing(tables: list[Table], column: int, width: int) -> tuple[int, ...]:
    """The first tables that differ from each other in this cell, at most so many."""
    first: dict[int, int] = {}
    for n, table in enumerate(tables):
        first.setdefault(int(table[column]), n)
    return tuple(first.values())[:width]


def _add_fixed(knowledge: Knowledge, targets: set[int], threshold: int | None, found: _Findings) -> None:
    for identity in sorted(targets & knowledge.fixed.keys()):
        value = knowledge.fixed[identity]
        found.intervals[identity] = (value, value)
        found.exact.append(identity)
        if threshold is not None and value < threshold:
            found.below.append(identity)


def _exempt(instance: Instance, suspects: Iterable[int], deadline: Deadline) -> set[int]:
    """Cells that the register and structural zeros alone already fix: hiding them achieves nothing."""
    wanted = set(suspects)
    if not wanted or not instance.fixed_by_knowledge:
        return set()
    knowledge = public_knowledge(instance)
    fixed = wanted & knowledge.fixed.keys()
    for block in knowledge.blocks:
        columns = [n for n, i in enumerate(block.ids) if i in wanted]
        explorer = Explorer(block, deadline) if columns else None
        for column in columns:
            if explorer and _is_single(explorer, column):
                fixed.add(block.ids[column])
    return fixed


def _is_single(explorer: Explorer, column: int) -> bool:
    """Whether no two whole tables differ in the cell; those met for other cells are looked at first."""
    for look in (explorer.span, explorer.nudge, explorer.settle):
        if explorer.low[column] == explorer.high[column] and explorer.lower[column] < explorer.upper[column]:
            look(column)
    return bool(explorer.lower[column] == explorer.upper[column])


def _is_narrow(explorer: Explorer, column: int, width: int) -> bool:
    if _is_single(explorer, column):
        return True
    if width > LEAST_WIDTH:
        explorer.spread(column, width)
    return width > LEAST_WIDTH and len(explorer.counts(column)) < width


def _zero_lines(
    instance: Instance, knowledge: Knowledge, explorers: list[Explorer], deadline: Deadline
) -> tuple[int, ...]:
    """Totals of lines that may be small and yet show a zero (P3)."""
    if instance.threshold is None:
        return ()
    places = {i: (explorer, n) for explorer in explorers for n, i in enumerate(explorer.block.ids)}
    shown = _shown_zeros(instance) - zeros_again(instance)
    suspects: dict[int, set[int]] = {}
    for equation in instance.equations:
        zeros = shown.intersection(equation.parts)
        if zeros and _may_be_small(equation.total, instance.threshold, knowledge, places):
            suspects.setdefault(equation.total, set()).update(zeros)
    doubtful = {i for zeros in suspects.values() for i in zeros}
    # A zero that stands because its total does supports nothing.
    doubtful |= shown & instance.below(doubtful)
    telling = _not_following(instance, doubtful - _exempt(instance, doubtful, deadline))
    return tuple(sorted(total for total, zeros in suspects.items() if zeros & telling))


def _not_following(instance: Instance, doubtful: set[int]) -> set[int]:
    """The zeros that others would not tell anyway: those of a 0 that stands, or a sum of zeros that stand."""
    known = instance.fixed_by_knowledge
    standing = _shown_zeros(instance) - doubtful | {i for i, value in known.items() if value == 0}
    size = -1
    while len(standing) > size:
        size = len(standing)
        for equation in instance.equations:
            if equation.total in standing:
                standing.update(equation.parts)
            elif standing.issuperset(equation.parts):
                standing.add(equation.total)
    return doubtful - standing


def _shown_zeros(instance: Instance) -> set[int]:
    known = instance.fixed_by_knowledge
    return {
        cell.id
        for cell in instance.cells
        if cell.published and cell.value == 0 and cell.id not in instance.hidden and cell.id not in known
    }


def _may_be_small(
    total: int, threshold: int, knowledge: Knowledge, places: Mapping[int, tuple[Explorer, int]]
) -> bool:
    if total in knowledge.fixed:
        return 0 < knowledge.fixed[total] < threshold
    explorer, column = places[total]
    explorer.span(column)
    return bool(explorer.lower[column] < threshold)


def _singletons(
    instance: Instance, targets: set[int], deadline: Deadline
) -> tuple[tuple[int, list[int]], ...]:
    """The singletons whose one person could work out small withheld cells with what they know, and which."""
    small = {i for i in targets if _is_small(instance, i)}
    if not small or not instance.singletons:
        return ()
    base = published_knowledge(instance)
    found = ((one.cell, _seen_by(instance, base, one, small, deadline)) for one in instance.singletons)
    return tuple((cell, seen) for cell, seen in found if seen)


def _is_small(instance: Instance, identity: int) -> bool:
    value = instance.by_id[identity].value
    if instance.threshold is None:
        return identity in (instance.primary or ())
    return value is None or 0 < value < instance.threshold


def _seen_by(
    instance: Instance, base: Knowledge, one: Singleton, small: set[int], deadline: Deadline
) -> list[int]:
    cells = instance.by_id
    mine = {one.cell, *one.knows}
    for identity in mine:
        if cells[identity].value is None and identity not in instance.known:
            raise InstanceError(f"singletons: cell {identity} needs a value")
    values = {i: int(cells[i].value or 0) for i in mine}
    # In a block that their knowledge leaves as it is nothing is seen that everybody does not see.
    knowledge = besides(base, values)
    seen = [i for i in small - mine if i in knowledge.fixed]
    width = instance.width
    for block in knowledge.blocks:
        columns = [n for n, i in enumerate(block.ids) if i in small - mine]
        explorer = Explorer(block, deadline, _own_table(cells, block)) if columns else None
        seen += [block.ids[n] for n in columns if explorer and _is_narrow(explorer, n, width)]
    return seen


def _own_table(cells: Mapping[int, Cell], block: Block) -> tuple[int, ...]:
    """The true counts of a block where all are given, as in a private proof: a table that fits by itself."""
    values = [cells[i].value for i in block.ids]
    return tuple(v for v in values if v is not None) if None not in values else ()


def _whole_tables(knowledge: Knowledge, chosen: list[list[Table]]) -> tuple[Mapping[int, int], ...]:
    """Blocks are independent: the n-th tables of all blocks, and what is fixed, make one whole table."""
    count = max((len(tables) for tables in chosen), default=0)
    whole: list[dict[int, int]] = []
    for n in range(count):
        table = dict(knowledge.fixed)
        for block, tables in zip(knowledge.blocks, chosen, strict=True):
            counts = tables[min(n, len(tables) - 1)]
            table.update(zip(block.ids, (int(v) for v in counts), strict=True))
        whole.append(dict(sorted(table.items())))
    return tuple(whole)
