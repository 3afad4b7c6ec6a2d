"""Whole-number tables that fit what an attacker knows: each one proves something about many cells at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from disclosure.instance import InstanceError
from disclosure.knowledge import Block
from disclosure.lp import Answer, Deadline, Matrix, Outcome, Program, Row, SolverError

Table = NDArray[np.int64]
TOLERANCE = 1e-6
CORNERS, SLOPES = 4, 12
REACH = 4
LARGE = 1_000


class Explorer:
    """Bounds and witnesses of one block, by column: `lower`, `upper` outside; `low`, `high` attained."""

    def __init__(self, block: Block, deadline: Deadline, first: Sequence[int] = ()) -> None:
        """Find a first table, unless one that fits is given.

        Raises:
            InstanceError: no whole-number table fits.
        """
        self.block = block
        self.lower, self.upper = np.array(block.lower), np.array(block.upper)
        self.tables: list[Table] = []
        self._deadline = deadline
        self._checker = _Checker(block)
        self._whole: _Changes | None = None
        self._steps: Program | None = None
        self.low = np.full(len(block.ids), np.iinfo(np.int64).max)
        self.high = np.full(len(block.ids), -1)
        if first and self._checker.fits(np.array(first)):
            self.keep(np.array(first))
        else:
            self._find()
        self._program = _Changes(block, self.tables[0], deadline)

    def _find(self) -> None:
        """The first table: a corner, or else one searched for among whole numbers."""
        nothing = np.zeros(len(self.block.ids), dtype=np.int64)
        for whole in (False, True):
            answer = _Changes(self.block, nothing, self._deadline, whole).minimise({})
            if answer.outcome is Outcome.OPTIMAL:
                self._learn(answer)
            if self.tables:
                return
        if answer.outcome is Outcome.OPTIMAL:
            raise SolverError("the solver's tables do not fit in whole numbers")
        cell = self.block.ids[0]
        raise InstanceError(f"cell {cell}: no counts of it and the cells tied to it fit what is shown")

    def span(self, column: int) -> None:
        """Push the cell down and up as far as fractions allow; keep whole tables met on the way."""
        if self.low[column] > self.lower[column]:
            self._push(self._program, column, 1)
        if self.high[column] < self.upper[column]:
            self._push(self._program, column, -1)

    def nudge(self, column: int) -> None:
        """Look for another count beside the one met, at corners: quicker than whole-number search."""
        met = int(self.low[column])
        for corner in range(CORNERS):
            for value in (met + 1, met - 1):
                if self.low[column] == self.high[column] and (
                    self.lower[column] <= value <= self.upper[column]
                ):
                    self._lift(column, value, corner)

    def settle(self, column: int) -> None:
        """Push the cell down and up over whole tables: afterwards the bounds are attained (or unlimited).

        In a large block an even step up that is found quickly is answer enough: the cell is not fixed.
        """
        if len(self.lower) > LARGE and self.high[column] < self.upper[column]:
            self._step(column, int(self.high[column]) + 1)
            if self.low[column] < self.high[column]:
                return
        if self.low[column] > self.lower[column]:
            self._push(self._whole_program(), column, 1)
        if self.high[column] < self.upper[column]:
            self._push(self._whole_program(), column, -1)

    def counts(self, column: int) -> list[int]:
        """The different counts that the cell has in the tables found so far."""
        return sorted({int(table[column]) for table in self.tables})

    def spread(self, column: int, width: int) -> None:
        """Look for whole tables until the cell has so many different counts, near known ones first."""
        reach = REACH * width
        above = range(int(self.low[column]), int(min(self.upper[column], self.low[column] + reach)) + 1)
        below = range(
            int(self.low[column]) - 1, int(max(self.lower[column], self.low[column] - reach)) - 1, -1
        )
        for value in (*above, *below):
            counts = self.counts(column)
            if len(counts) >= width:
                return
            if value not in counts:
                self._reach(column, value)

    def _reach(self, column: int, value: int) -> None:
        """Look for a whole table with this very count in the cell."""
        for program in (self._program, self._whole_program()):
            program.bound([column], [value], [value])
            answer = program.minimise({})
            program.bound([column], [self.block.lower[column]], [self.block.upper[column]])
            if answer.outcome is not Outcome.OPTIMAL:
                return
            table = np.rint(answer.values).astype(np.int64)
            if self._checker.fits(table):
                self.tables.append(table)
                self.low, self.high = np.minimum(self.low, table), np.maximum(self.high, table)
                return

    def raise_to(self, column: int, value: int) -> None:
        """Look for a whole table with at least this count in the cell: at corners first, then among all.

        In a large block most are one even step away from a table that is known, and far quicker to find.
        """
        if len(self.lower) > LARGE and self.high[column] < value <= self.upper[column]:
            self._step(column, value)
        for corner in range(CORNERS):
            if self.high[column] < value <= self.upper[column]:
                self._lift(column, value, corner)
        if self.high[column] < value <= self.upper[column]:
            self._push(self._whole_program(), column, -1, at_most=value)

    def _step(self, column: int, value: int) -> None:
        """From the table with most in the cell, every cell moves as far as this one must, or not at all."""
        base = max(self.tables, key=lambda table: int(table[column]))
        size, count = value - int(base[column]), len(base)
        room = np.concatenate([np.array(self.block.upper) - base, base - np.array(self.block.lower)]) >= size
        least, most = np.zeros(2 * count), room.astype(float)
        least[column], most[column + count] = most[column], 0.0
        if self._steps is None:
            still = tuple(replace(row, lower=0, upper=0) for row in self.block.rows)
            matrix = Matrix.of(still, count).mirrored()
            self._steps = Program(least, most, matrix, self._deadline, fresh=True)
            self._steps.price(np.ones(2 * count))
        self._steps.bound(range(2 * count), least, most)
        answer = self._steps.minimise()
        if answer.outcome is Outcome.OPTIMAL and least[column]:
            change = np.rint(size * (answer.values[:count] - answer.values[count:])).astype(np.int64)
            if self._checker.fits(base + change):
                self.keep(base + change)

    def _lift(self, column: int, value: int, corner: int) -> None:
        """A corner of the tables with this count in the cell, in a direction of its own for each corner."""
        program = self._program
        program.bound([column], [value], [value])
        chance = np.random.default_rng((column, corner))
        some = chance.integers(0, len(self.lower), corner * SLOPES).tolist()
        answer = program.minimise(dict(zip(some, chance.uniform(-1.0, 1.0, len(some)).tolist(), strict=True)))
        program.bound([column], [self.block.lower[column]], [self.block.upper[column]])
        if answer.outcome is Outcome.OPTIMAL:
            self._learn(answer)

    def _push(self, program: _Changes, column: int, sign: int, at_most: int | None = None) -> None:
        cap = self._cap(column) if at_most is None else at_most
        answer = program.minimise({column: float(sign)})
        if answer.outcome is Outcome.UNBOUNDED:
            program.bound([column], [self.block.lower[column]], [max(cap, self.block.lower[column])])
            self._learn(program.minimise({column: float(sign)}))
            program.bound([column], [self.block.lower[column]], [self.block.upper[column]])
            return
        self._learn(answer)
        if sign > 0:
            least = math.ceil(answer.objective - TOLERANCE)
            self.lower[column] = max(self.lower[column], least)
        else:
            self.upper[column] = min(self.upper[column], math.floor(-answer.objective + TOLERANCE))

    def _cap(self, column: int) -> int:
        """A count above what has been met: where there is no limit, going this far is proof enough."""
        return 2 * max(int(self.high[column]), int(self.block.lower[column]), 50)

    def _whole_program(self) -> _Changes:
        if self._whole is None:
            self._whole = _Changes(self.block, self.tables[0], self._deadline, whole=True)
        return self._whole

    def _learn(self, answer: Answer) -> None:
        if answer.outcome is Outcome.INFEASIBLE:
            raise SolverError("the solver found no table where one is known")
        if answer.outcome is not Outcome.OPTIMAL:
            return
        table = np.rint(answer.values).astype(np.int64)
        if self._checker.fits(table):
            self.keep(table)

    def keep(self, table: Table) -> None:
        """Add a table that fits."""
        if ((table < self.low) | (table > self.high)).any():
            self.tables.append(table)
            self.low, self.high = np.minimum(self.low, table), np.maximum(self.high, table)


class _Changes:
    """The tables of a block as changes of a base; of one that fits, large counts cost no precision."""

    def __init__(self, block: Block, base: Table, deadline: Deadline, whole: bool = False) -> None:
        self._base = base
        rows = tuple(_from(row, base) for row in block.rows)
        least = [lower - value for lower, value in zip(block.lower, base.tolist(), strict=True)]
        most = [upper - value for upper, value in zip(block.upper, base.tolist(), strict=True)]
        self._program = Program(least, most, Matrix.of(rows, len(base)), deadline)
        self._program.whole_numbers(whole, presolve=False)

    def bound(self, columns: list[int], lower: list[float], upper: list[float]) -> None:
        """Set the least and most counts of these columns."""
        there = self._base[columns]
        self._program.bound(columns, np.array(lower) - there, np.array(upper) - there)

    def minimise(self, costs: Mapping[int, float]) -> Answer:
        """An answer in counts."""
        answer = self._program.minimise(costs)
        if answer.outcome is not Outcome.OPTIMAL:
            return answer
        from_base = sum(cost * int(self._base[column]) for column, cost in costs.items())
        return Answer(answer.outcome, answer.values + self._base, answer.objective + from_base)


def _from(row: Row, base: Table) -> Row:
    """The row over changes of this table."""
    there = sum(value * int(base[column]) for column, value in row.terms)
    return Row(row.terms, row.lower - there, row.upper - there)


class _Checker:
    """Exact check of a whole-number table against bounds and rows."""

    def __init__(self, block: Block) -> None:
        self._lower, self._upper = np.array(block.lower), np.array(block.upper)
        self._starts = np.cumsum([0] + [len(row.terms) for row in block.rows])[:-1]
        self._columns = np.array([c for row in block.rows for c, _ in row.terms], dtype=np.int64)
        self._coefficients = np.array([v for row in block.rows for _, v in row.terms], dtype=np.int64)
        self._least = np.array([row.lower for row in block.rows])
        self._most = np.array([row.upper for row in block.rows])

    def fits(self, table: Table) -> bool:
        if (table < self._lower).any() or (table > self._upper).any():
            return False
        if not len(self._starts):
            return True
        sums = np.add.reduceat(self._coefficients * table[self._columns], self._starts)
        return bool((sums >= self._least).all() and (sums <= self._most).all())
