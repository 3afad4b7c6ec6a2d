"""Partners: which further counts to withhold so that no withheld one can be worked out.

Elimination gives a start, a linear attack finds what bounds still give away, the cheapest cells repair it,
and what is not needed is shown again. Under a key the costs depend on public attributes and the key alone.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from disclosure.gauss import withheld
from disclosure.instance import Instance, Protection
from disclosure.lp import BudgetError, Deadline, SolverError, Vector
from disclosure.moves import Move, Mover, Sheet, sheet
from disclosure.primary import primary
from disclosure.zeros import lowered, small_lines, zeros_of

LEVEL_FACTOR = 4.0


@dataclass
class _Pattern:
    """The work in progress: what must be withheld, what is, and a move that shows why each cell is safe."""

    required: set[int]
    hidden: set[int]
    moves: dict[int, Move] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)


def protect(instance: Instance) -> Protection:
    """Choose partners until every withheld cell can take another value (P1) and reach the threshold (P2).

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
    """Solve, then withhold the zeros of lines that may be small, until no such line shows one (P3)."""
    deadline.remaining()
    hidden, lines = small, frozenset[int]()
    while True:
        more = small_lines(instance, hidden, deadline) if instance.threshold is not None else frozenset()
        if more <= lines and hidden is not small:
            return "proven", hidden, frozenset(), lowered(instance, hidden, lines)
        lines |= more
        zeros = zeros_of(instance, lines)
        table = sheet(
            instance, lowered(instance, _everything(instance), lines), _still(instance, small, zeros)
        )
        pattern = _solve(instance, table, small | zeros, hidden, deadline)
        if pattern.lost:
            lost = frozenset(table.ids[n] for n in pattern.lost)
            return "unprotectable", _everything(instance), lost, {}
        hidden = frozenset(table.ids[n] for n in pattern.hidden)


def _still(instance: Instance, small: frozenset[int], zeros: frozenset[int]) -> set[int]:
    """What never moves: public knowledge, cells that may not be withheld, and shown zeros."""
    still = set(instance.fixed_by_knowledge) | (set(instance.never_hide) - small - zeros)
    if instance.zeros_published:
        shown = {c.id for c in instance.cells if c.published and c.value == 0}
        still |= shown - small - zeros
    return still


def _solve(
    instance: Instance, table: Sheet, required: frozenset[int], start: frozenset[int], deadline: Deadline
) -> _Pattern:
    costs = _costs(instance, table)
    mover = Mover(table, costs, deadline)
    needed = {n for n, i in enumerate(table.ids) if i in required}
    pattern = _Pattern(needed, {n for n, i in enumerate(table.ids) if i in start} | needed)
    pattern.hidden |= _by_elimination(table, costs, pattern.hidden)
    mover.release(pattern.hidden)
    _repair(mover, pattern, instance.threshold)
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


def _repair(mover: Mover, pattern: _Pattern, threshold: int | None) -> None:
    """Give every cell that must be withheld a move; where none is left, withhold the cheapest further cells.

    A partner that no move uses is shown again; one that a move uses is safe by that move, or is small itself.
    """
    waiting = sorted(pattern.required)
    while waiting:
        for column in waiting:
            if column not in pattern.moves and not _rescue(mover, pattern, column, threshold):
                pattern.lost.add(column)
        used = {n for move in pattern.moves.values() for n in move.changes}
        idle = pattern.hidden - pattern.required - used
        mover.hold(idle)
        pattern.hidden -= idle
        waiting = sorted(pattern.hidden - pattern.moves.keys() - pattern.lost)


def _rescue(mover: Mover, pattern: _Pattern, column: int, threshold: int | None) -> bool:
    if _cover(mover, pattern, column, threshold):
        return True
    for search in (mover.cheapest, mover.whole):
        options = [search(column, change) for change in _changes(mover, column, threshold)]
        found = [option for option in options if option is not None]
        if found:
            move = min(found, key=lambda option: (option[0], sorted(option[1].changes)))[1]
            new = move.changes.keys() - mover.movable
            pattern.hidden |= new
            mover.release(new)
            _record(mover, pattern, move, threshold)
            return True
    return False


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
