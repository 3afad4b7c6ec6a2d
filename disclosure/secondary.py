"""Partners: which further counts to withhold so that no withheld one can be worked out.

Elimination gives a start, a linear attack finds what bounds still give away, the cheapest cells repair it, and what
is not needed is shown again. Under a key the costs depend on public attributes and the key alone.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from disclosure.gauss import withheld
from disclosure.instance import Instance, InstanceError, Protection
from disclosure.lp import BudgetError, Deadline, SolverError, Vector
from disclosure.moves import Move, Mover, Sheet, sheet
from disclosure.primary import primary

LEVEL_FACTOR = 4.0


@dataclass
class _Pattern:
    """The work in progress: what must be withheld, what is, and a move that shows why each cell is safe."""

    required: set[int]
    hidden: set[int]
    moves: dict[int, Move] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)


def protect(instance: Instance) -> Protection:
    """Choose partners until every withheld cell can take another value (P1) and, with a threshold, reach it (P2).

    Raises:
        InstanceError: a count is missing.
    """
    started = time.monotonic()
    small = primary(instance)
    try:
        status, hidden, lost, lower = _protect(instance, small, Deadline(instance.budget_s))
    except (BudgetError, SolverError) as error:
        status = "budget" if isinstance(error, BudgetError) else "solver_error"
        hidden, lost, lower = _everything(instance), frozenset(), {}
    return Protection(
        status=status,
        hidden=tuple(sorted(hidden)),
        secondary=tuple(sorted(hidden - small)),
        unprotectable=tuple(sorted(lost)),
        lower=dict(sorted(lower.items())),
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


def _protect(
    instance: Instance, small: frozenset[int], deadline: Deadline
) -> tuple[str, frozenset[int], frozenset[int], Mapping[int, int]]:
    deadline.remaining()
    hidden: set[int] = set(small)
    lines = _small_lines(instance, hidden)
    while True:
        zeros = _zeros_of(instance, lines)
        lower = _lowered(instance, lines)
        table = sheet(instance, lower, _still(instance, small, zeros))
        pattern = _solve(instance, table, small | zeros, hidden, deadline)
        ids = frozenset(table.ids[n] for n in pattern.hidden)
        if pattern.lost:
            lost = frozenset(table.ids[n] for n in pattern.lost)
            return "unprotectable", _everything(instance), lost, lower
        more = _small_lines(instance, ids) - lines
        if not more:
            return "proven", ids, frozenset(), {i: v for i, v in lower.items() if i in ids}
        lines |= more
        hidden = set(ids)


def _small_lines(instance: Instance, hidden: Iterable[int]) -> set[int]:
    return set()


def _zeros_of(instance: Instance, lines: set[int]) -> frozenset[int]:
    return frozenset()


def _lowered(instance: Instance, lines: set[int]) -> dict[int, int]:
    return {}


def _still(instance: Instance, small: frozenset[int], zeros: frozenset[int]) -> set[int]:
    """What never moves: public knowledge, cells that may not be withheld, and shown zeros."""
    still = set(instance.fixed_by_knowledge) | (set(instance.never_hide) - small - zeros)
    if instance.zeros_published:
        shown = {c.id for c in instance.cells if c.published and c.value == 0}
        still |= shown - small - zeros
    return still


def _solve(
    instance: Instance, table: Sheet, required: frozenset[int], start: set[int], deadline: Deadline
) -> _Pattern:
    costs = _costs(instance, table)
    mover = Mover(table, costs, deadline)
    needed = {n for n, i in enumerate(table.ids) if i in required}
    pattern = _Pattern(needed, {n for n, i in enumerate(table.ids) if i in start} | needed)
    pattern.hidden |= _by_elimination(table, costs, pattern.hidden)
    mover.release(pattern.hidden)
    _repair(mover, pattern, costs, instance.threshold)
    if not pattern.lost:
        _prune(mover, pattern, costs, instance.threshold)
    return pattern


def _by_elimination(table: Sheet, costs: Vector, hidden: set[int]) -> set[int]:
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
    """The price of withholding a cell, by column: by value, or under a key by level and secret jitter alone."""
    cells = instance.by_id
    if instance.key is None:
        prices = [
            cells[i].cost if cells[i].cost is not None else float(v) + 1.0
            for i, v in zip(table.ids, table.values)
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


def _repair(mover: Mover, pattern: _Pattern, costs: Vector, threshold: int | None) -> None:
    """Give every withheld cell a move, withholding the cheapest further cells where none is left."""
    waiting = sorted(pattern.hidden, key=lambda n: (-costs[n], n))
    while waiting:
        column = waiting.pop(0)
        if column in pattern.moves:
            continue
        if _cover(mover, pattern, column, threshold):
            continue
        for whole in (False, True):
            options = [mover.cheapest(column, change, whole) for change in _changes(mover, column, threshold)]
            found = [option for option in options if option is not None]
            if not found:
                break
            new = min(found, key=lambda option: (option[0], sorted(option[1])))[1]
            pattern.hidden |= new
            mover.release(new)
            waiting.extend(sorted(new))
            if _cover(mover, pattern, column, threshold):
                break
        if column not in pattern.moves:
            pattern.lost.add(column)


def _changes(mover: Mover, column: int, threshold: int | None) -> tuple[int, ...]:
    value = int(mover.table.values[column])
    if threshold is not None and value < threshold:
        return (threshold - value,)
    return (1, -1)


def _cover(mover: Mover, pattern: _Pattern, column: int, threshold: int | None) -> bool:
    for change in _changes(mover, column, threshold):
        move = mover.within(column, change)
        if move is not None:
            _record(mover, pattern, move, threshold)
            return True
    return False


def _record(mover: Mover, pattern: _Pattern, move: Move, threshold: int | None) -> None:
    for column, change in move.changes.items():
        if column in pattern.hidden and column not in pattern.moves:
            changes = _changes(mover, column, threshold)
            if len(changes) > 1 or change >= changes[0]:
                pattern.moves[column] = move


def _prune(mover: Mover, pattern: _Pattern, costs: Vector, threshold: int | None) -> None:
    """Show again, dearest first, what no withheld cell needs."""
    for column in sorted(pattern.hidden - pattern.required, key=lambda n: (-costs[n], n)):
        _try_showing(mover, pattern, column, threshold)


def _try_showing(mover: Mover, pattern: _Pattern, column: int, threshold: int | None) -> bool:
    before = dict(pattern.moves)
    mover.hold([column])
    pattern.hidden.discard(column)
    pattern.moves = {n: m for n, m in before.items() if n != column and column not in m.changes}
    for orphan in sorted(pattern.hidden - pattern.moves.keys()):
        if orphan not in pattern.moves and not _cover(mover, pattern, orphan, threshold):
            mover.release([column])
            pattern.hidden.add(column)
            pattern.moves = before
            return False
    return True
