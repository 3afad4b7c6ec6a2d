"""Moves: whole-number changes of the caller's own table that an attacker could not tell from the truth.

A withheld cell is protected when a move over withheld and unpublished cells alone changes it enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from disclosure.instance import Instance, InstanceError
from disclosure.lp import INFINITY, Deadline, Matrix, Outcome, Program, Row, Vector

Whole = NDArray[np.int64]
Indices = NDArray[np.int64]
TOLERANCE = 1e-6
MOVE_CAP = 1e6
CHEAP = 1e-3
ANY = 1e6
ROUNDING = 1e-4
TRIES = 3
WEIGHTS = (0.0, 0.1, 0.5)
GAP = 0.2
NEAR = (120, 500)
PATIENCE = 20
LARGE = 2_000


@dataclass(frozen=True)
class Sheet:
    """The table by column, in canonical order: how far counts may fall and rise, and rows over changes."""

    ids: tuple[int, ...]
    values: Whole
    down: Vector
    up: Vector
    rows: tuple[Row, ...]
    matrix: Matrix
    free: frozenset[int]
    constant: frozenset[int]


@dataclass(frozen=True)
class Move:
    """A change of the table by column, zero where not named."""

    changes: Mapping[int, int]


def sheet(instance: Instance, lower: Mapping[int, int], fixed: Iterable[int]) -> Sheet:
    """Lay out the table; `lower` overrides least values where withheld, `fixed` ids never move.

    Raises:
        InstanceError: a count is missing.
    """
    cells = sorted(instance.cells, key=lambda cell: (cell.code, cell.id))
    missing = [cell.id for cell in cells if cell.value is None and cell.id not in instance.known]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InstanceError(f"cell {missing[0]}: protect needs its value{more}")
    column = {cell.id: n for n, cell in enumerate(cells)}
    values = np.array([instance.known.get(c.id, c.value or 0) for c in cells], dtype=np.int64)
    least = np.array([lower.get(c.id, _least(instance, c.published, c.lower)) for c in cells])
    most = np.array([INFINITY if c.upper is None else c.upper for c in cells])
    still = {column[i] for i in fixed}
    rows = tuple(_rows(instance, column, values))
    return Sheet(
        ids=tuple(cell.id for cell in cells),
        values=values,
        down=np.maximum(values - least, 0).astype(float),
        up=most - values,
        rows=rows,
        matrix=Matrix.of(rows, len(cells)),
        free=frozenset(n for n, cell in enumerate(cells) if not cell.published and n not in still),
        constant=frozenset(still),
    )


def _least(instance: Instance, published: bool, lower: int | None) -> int:
    return lower if lower is not None else int(published and instance.zeros_published)


def _rows(instance: Instance, column: Mapping[int, int], values: Whole) -> Iterable[Row]:
    rows = {
        Row(tuple(sorted([(column[e.total], -1), *((column[i], 1) for i in e.parts)])), 0, 0)
        for e in instance.equations
    }
    for constraint in instance.constraints:
        terms = tuple(sorted((column[i], v) for i, v in constraint.terms if v))
        slack = constraint.rhs - sum(v * int(values[n]) for n, v in terms)
        rows.add(
            Row(
                terms,
                -INFINITY if constraint.sense == "<=" else slack,
                INFINITY if constraint.sense == ">=" else slack,
            )
        )
    return sorted(rows, key=lambda row: (row.terms, row.lower, row.upper))


class Mover:
    """Finds moves inside what is withheld, and the cheapest cells to withhold where there is none.

    Each count rises and falls in two columns, so that a change costs either way and no change costs nothing:
    then only bounds differ between questions and every answer starts from the one before.
    """

    def __init__(self, table: Sheet, costs: Vector, deadline: Deadline) -> None:
        """Costs of withholding by column; only unpublished cells move yet, and no cell moves without end."""
        table = replace(table, up=np.minimum(table.up, MOVE_CAP))
        self.table = table
        self.movable: set[int] = set()
        self._size = len(table.ids)
        self._costs = costs
        self._deadline = deadline
        self._checker = _Checker(table)
        self._matrix = table.matrix.mirrored()
        self._near = _Neighbours(table)
        self._tried, self._helped = Counter[int](), Counter[int]()
        self._inside = self._program(np.ones(self._size), sorted(table.constant | self._shown(table.free)))
        self._outside: Program | None = None
        self._even: Program | None = None
        self.release(table.free)

    def _shown(self, withheld: Iterable[int]) -> set[int]:
        return set(range(self._size)) - set(withheld)

    def _program(self, costs: Vector, still: list[int]) -> Program:
        up, down = self.table.up.copy(), self.table.down.copy()
        up[still] = down[still] = 0.0
        ends = np.concatenate([up, down])
        program = Program(np.zeros(2 * self._size), ends, self._matrix, self._deadline, fresh=True)
        program.price(np.concatenate([costs, costs]))
        return program

    def release(self, columns: Iterable[int]) -> None:
        """Let these cells move: they are withheld (or unpublished)."""
        new = sorted(set(columns) - self.movable)
        self.movable.update(new)
        self._room(self._inside, new, list(self.table.up[new]), list(self.table.down[new]))

    def hold(self, columns: Iterable[int]) -> None:
        """Cells that are shown again: they may not move."""
        old = sorted(set(columns) & self.movable)
        self.movable.difference_update(old)
        self._room(self._inside, old, [0.0] * len(old), [0.0] * len(old))

    def _both(self, columns: list[int]) -> list[int]:
        return [*columns, *(n + self._size for n in columns)]

    def _room(self, program: Program, columns: list[int], up: list[float], down: list[float]) -> None:
        program.bound(self._both(columns), [0.0] * (2 * len(columns)), [*up, *down])

    def within(self, column: int, change: int, barred: Sequence[int] = ()) -> Move | None:
        """A move of this cell by `change` over withheld and unpublished cells, none of them `barred`."""
        if column in barred or abs(change) > self._room_of(column, change):
            return None
        for limit in (n for n in NEAR if self._helps(n)):
            near = self._near.of(column, self.movable.difference(barred), limit)
            move = self._local(near, column, change)
            self._tried[limit] += 1
            self._helped[limit] += move is not None
            if move is not None or len(near) < limit:
                return move
        alike = np.ones(self._size)
        if self._size > LARGE and abs(change) > 1:
            still = self._shown(self.movable).union(barred)
            return next(self._in_steps(column, change, still, alike, [abs(change)]), None)
        return self._whole_move(self._inside, alike, column, change, barred)[0]

    def _helps(self, limit: int) -> bool:
        """Whether looking among so many neighbours has paid so far."""
        return self._tried[limit] < PATIENCE or self._helped[limit] * PATIENCE > self._tried[limit]

    def _room_of(self, column: int, change: int) -> float:
        return float(self.table.up[column] if change > 0 else self.table.down[column])

    def _local(self, near: Indices, column: int, change: int) -> Move | None:
        """A whole move over these columns alone (the first is the one to move), or none."""
        size = len(near)
        least, most = np.zeros(2 * size), np.concatenate([self.table.up[near], self.table.down[near]])
        least[[0, size]] = most[[0, size]] = [max(change, 0), max(-change, 0)]
        program = Program(least, most, self.table.matrix.select(near).mirrored(), self._deadline, fresh=True)
        program.price(np.ones(2 * size))
        answer = program.minimise()
        if answer.outcome is not Outcome.OPTIMAL:
            return None
        values = np.zeros(self._size)
        values[near] = answer.values[:size] - answer.values[size:]
        return self._checker.move(values)

    def cheapest(self, column: int, change: int, barred: Sequence[int] = ()) -> tuple[float, Move] | None:
        """Cost and move of the cheapest cells to withhold so that this cell can move by `change`."""
        found: list[tuple[float, Move]] = []
        if self._size > LARGE and abs(change) > 1:
            still, costs = self.table.constant.union(barred), self._outside_costs()
            found = [self._priced(m) for m in self._in_steps(column, change, still, costs, [abs(change), 1])]
        return min(found, key=lambda one: one[0], default=None) or self._uneven(column, change, barred)

    def _uneven(self, column: int, change: int, barred: Sequence[int]) -> tuple[float, Move] | None:
        """As `cheapest`, where each cell may change by another amount.

        Fractions are of no use, so withheld cells get dearer step by step: short moves are whole more often.
        """
        costs, step = self._outside_costs(), float(np.median(self._costs))
        for weight in WEIGHTS:
            found = self._whole_move(self._outside_program(), costs + weight * step, column, change, barred)
            if found[0] is not None:
                return self._priced(found[0])
            if not found[1]:
                return None
        return None

    def _in_steps(
        self, column: int, change: int, still: Collection[int], costs: Vector, sizes: Iterable[int]
    ) -> Iterator[Move]:
        """For large tables: moves by this change in steps of each of these sizes, each step the cheapest.

        In a step every cell rises or falls by its size or not at all, and only where it has room: then bounds
        hardly matter, the answer is whole almost always, and it is found many times quicker.
        """
        for size in () if column in still else sizes:
            done: Vector | None = np.zeros(self._size)
            while done is not None and abs(done[column]) < abs(change):
                done = self._step(column, change, size, done, still, costs)
            move = None if done is None else self._checker.move(done)
            if move is not None:
                yield move

    def _step(
        self, column: int, change: int, size: int, done: Vector, still: Collection[int], costs: Vector
    ) -> Vector | None:
        """One step further, as often as there is room; what moves already is taken for withheld."""
        up, down = self.table.up - done, self.table.down + done
        ends = np.concatenate([up >= size, down >= size]).astype(float)
        least, pair, held = np.zeros(len(ends)), [column, column + self._size], sorted(still)
        ends[[*held, *(n + self._size for n in held)]] = 0.0
        least[pair] = ends[pair] = np.minimum(ends[pair], [change > 0, change < 0])
        if not least.any():
            return None
        program = self._even_program()
        program.bound(range(len(ends)), least, ends)
        program.price(np.tile(np.where(done != 0, np.minimum(costs, CHEAP), costs), 2))
        answer = program.minimise()
        if answer.outcome is not Outcome.OPTIMAL:
            return None
        step = size * (answer.values[: self._size] - answer.values[self._size :])
        moving = np.abs(step) > TOLERANCE
        room = np.where(step > 0, up, down)[moving] / np.abs(step[moving])
        left = abs(change - done[column]) / size
        return np.asarray(done + step * max(1.0, np.floor(min(left, room.min()))))

    def _even_program(self) -> Program:
        if self._even is None:
            self._even = self._program(self._costs, [])
        return self._even

    def whole(self, column: int, change: int, barred: Sequence[int] = ()) -> tuple[float, Move] | None:
        """As `cheapest`, by whole numbers from the start; small steps first, they are far quicker."""
        costs = np.tile(self._outside_costs(), 2)
        for most in (abs(change), 4 * abs(change), INFINITY):
            up, down = np.minimum(self.table.up, most), np.minimum(self.table.down, most)
            still = sorted(self.table.constant.union(barred) - {column})
            up[still] = down[still] = 0.0
            ends = np.concatenate([up, down])
            least = np.zeros(2 * self._size)
            pair = [column, column + self._size]
            least[pair] = ends[pair] = [max(change, 0), max(-change, 0)]
            program = Program(least, ends, self._matrix, self._deadline, gap=GAP)
            program.price(costs)
            program.whole_numbers(True)
            answer = program.minimise()
            if answer.outcome is Outcome.OPTIMAL:
                move = self._checker.move(answer.values[: self._size] - answer.values[self._size :])
                return None if move is None else self._priced(move)
        return None

    def _whole_move(
        self, program: Program, costs: Vector, column: int, change: int, barred: Sequence[int]
    ) -> tuple[Move | None, bool]:
        """A move, and whether there is at least one in fractions: another corner is tried a few times."""
        for attempt in range(-1, TRIES if program is self._outside else 1):
            noise = np.random.default_rng(attempt).uniform(0.3, 3.0, self._size) if attempt >= 0 else 1.0
            program.price(np.concatenate([costs * noise, costs * noise]))
            values = self._push(program, column, change, barred)
            if values is None:
                return None, False
            move = self._checker.move(values)
            if move is not None:
                return move, True
        return None, True

    def _outside_costs(self) -> Vector:
        costs = self._costs.copy()
        costs[sorted(self.movable)] = CHEAP
        return costs

    def _priced(self, move: Move) -> tuple[float, Move]:
        new = sorted(move.changes.keys() - self.movable)
        return float(self._costs[new].sum()), move

    def _outside_program(self) -> Program:
        if self._outside is None:
            self._outside = self._program(self._costs, sorted(self.table.constant))
        return self._outside

    def _push(self, program: Program, column: int, change: int, barred: Sequence[int]) -> Vector | None:
        if abs(change) > self._room_of(column, change) or column in barred:
            return None
        still = list(barred)
        self._room(program, still, [0.0] * len(still), [0.0] * len(still))
        rise, fall = max(change, 0), max(-change, 0)
        program.bound([column, column + self._size], [rise, fall], [rise, fall])
        answer = program.minimise()
        self._restore(program, [*still, column])
        if answer.outcome is not Outcome.OPTIMAL:
            return None
        return answer.values[: self._size] - answer.values[self._size :]

    def _restore(self, program: Program, columns: list[int]) -> None:
        still = self.table.constant if program is self._outside else self._shown(self.movable)
        up = [0.0 if n in still else float(self.table.up[n]) for n in columns]
        down = [0.0 if n in still else float(self.table.down[n]) for n in columns]
        self._room(program, columns, up, down)


class _Neighbours:
    """Which columns share rows."""

    def __init__(self, table: Sheet) -> None:
        self._columns = [tuple(n for n, _ in row.terms) for row in table.rows]
        self._rows: list[list[int]] = [[] for _ in table.ids]
        for number, columns in enumerate(self._columns):
            for column in columns:
                self._rows[column].append(number)

    def of(self, column: int, movable: set[int], limit: int) -> Indices:
        """About `limit` movable columns by their distance from this one along rows, this one first."""
        seen, queue, met = {column}, [column], set[int]()
        for one in queue:
            if len(queue) >= limit:
                break
            for row in self._rows[one]:
                if row not in met:
                    met.add(row)
                    new = [n for n in self._columns[row] if n in movable and n not in seen]
                    seen.update(new)
                    queue.extend(new)
        return np.array(queue, dtype=np.int64)


class _Checker:
    """Exact check of a rounded move against rooms and rows."""

    def __init__(self, table: Sheet) -> None:
        self._table = table
        self._starts = np.cumsum([0] + [len(row.terms) for row in table.rows])[:-1]
        self._columns = np.array([c for row in table.rows for c, _ in row.terms], dtype=np.int64)
        self._coefficients = np.array([v for row in table.rows for _, v in row.terms], dtype=np.int64)
        self._least = np.array([row.lower for row in table.rows])
        self._most = np.array([row.upper for row in table.rows])

    def move(self, values: Vector) -> Move | None:
        whole = np.rint(values).astype(np.int64)
        if np.abs(whole - values).max() > ROUNDING or not self._has_room(whole):
            return None
        if len(self._starts):
            sums = np.add.reduceat(self._coefficients * whole[self._columns], self._starts)
            if (sums < self._least).any() or (sums > self._most).any():
                return None
        return Move({int(n): int(whole[n]) for n in np.flatnonzero(whole)})

    def _has_room(self, whole: Whole) -> bool:
        return not ((whole < -self._table.down).any() or (whole > self._table.up).any())
