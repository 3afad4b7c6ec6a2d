"""A thin wrapper of HiGHS: rows over bounded columns, one objective after another, no unread status.

The solver's answer is floating point and proves nothing by itself: callers round and check in whole numbers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import highspy
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
INFINITY = float(highspy.kHighsInf)
SEED = 0
PRIMAL, DUAL = 4, 1
UNREADABLE = (highspy.HighsModelStatus.kUnknown, highspy.HighsModelStatus.kSolveError)


class SolverError(RuntimeError):
    """The engine stopped without an answer that may be read."""


class BudgetError(RuntimeError):
    """The time given ran out before an answer."""


class Outcome(Enum):
    """What a solve established."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Answer:
    """One solve: `values` by column and the `objective`, both meaningless unless `outcome` is OPTIMAL.

    Of a search that was STOPPED they are the best found so far; without `values` there is nothing yet.
    """

    outcome: Outcome
    values: Vector
    objective: float


@dataclass(frozen=True)
class Row:
    """`lower <= sum(coefficient * column) <= upper`."""

    terms: tuple[tuple[int, int], ...]
    lower: float
    upper: float


@dataclass(frozen=True)
class Matrix:
    """Rows over columns, stored by column: entries of column n lie from starts[n] to starts[n + 1]."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    values: Vector
    least: Vector
    most: Vector

    @staticmethod
    def of(rows: Sequence[Row], columns: int) -> Matrix:
        """From rows."""
        entries = sorted((c, n, v) for n, row in enumerate(rows) for c, v in row.terms)
        table = np.array(entries, dtype=np.int64).reshape(-1, 3)
        return Matrix(
            starts=np.searchsorted(table[:, 0], np.arange(columns + 1)),
            rows=table[:, 1],
            values=table[:, 2].astype(float),
            least=np.array([row.lower for row in rows], float),
            most=np.array([row.upper for row in rows], float),
        )

    @staticmethod
    def dense(values: Vector, least: Vector, most: Vector) -> Matrix:
        """From a row of coefficients for each inequality."""
        columns, rows = np.nonzero(values.T)
        starts = np.searchsorted(columns, np.arange(values.shape[1] + 1))
        return Matrix(starts, rows, values.T[columns, rows], least, most)

    def select(self, columns: NDArray[np.int64]) -> Matrix:
        """These columns alone, and the rows that they touch (so that the others stand still)."""
        sizes = self.starts[columns + 1] - self.starts[columns]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        at = np.arange(starts[-1]) + np.repeat(self.starts[columns] - starts[:-1], sizes)
        touched, rows = np.unique(self.rows[at], return_inverse=True)
        return Matrix(starts, rows, self.values[at], self.least[touched], self.most[touched])

    def mirrored(self) -> Matrix:
        """Each column once as it is and, after all of those, once with its sign turned."""
        return Matrix(
            starts=np.concatenate([self.starts, self.starts[1:] + self.starts[-1]]),
            rows=np.concatenate([self.rows, self.rows]),
            values=np.concatenate([self.values, -self.values]),
            least=self.least,
            most=self.most,
        )


class Deadline:
    """A moment on the monotonic clock; asking after it raises BudgetError."""

    def __init__(self, seconds: float) -> None:
        """Start a budget of this many seconds."""
        self._at = time.monotonic() + seconds

    def part(self, share: float) -> Deadline:
        """An earlier moment: after this share of the time that is left."""
        return Deadline(share * self.remaining())

    def remaining(self) -> float:
        """Seconds left; raises BudgetError when there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise BudgetError("the time budget is used up")
        return left


class Program:
    """A linear (or whole-number) programme that is solved again and again with changed costs and bounds."""

    def __init__(
        self,
        lower: Sequence[float] | Vector,
        upper: Sequence[float] | Vector,
        matrix: Matrix,
        deadline: Deadline,
        fresh: bool = False,
        gap: float = 0.0,
        nodes: int | None = None,
        grows: bool = False,
    ) -> None:
        """Columns with these bounds and costs 0.

        Each solve starts from the one before (best when only the objective changes), or with `fresh` from
        nothing by the dual method: best when no change at all is the cheapest answer but for a few bounds.
        One that `grows` gets further rows between solves; the dual method goes on from the one before.
        Whole-number answers are optimal up to the relative `gap`; the search for them stops after `nodes`.
        """
        self._fresh = fresh
        self._deadline = deadline
        self._size = len(lower)
        self._costs: dict[int, float] = {}
        self._whole = False
        self._engine = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", SEED)):
            self._engine.setOptionValue(option, value)
        self._engine.setOptionValue("simplex_strategy", DUAL if fresh or grows else PRIMAL)
        self._engine.setOptionValue("presolve", "off" if fresh else "choose")
        self._engine.setOptionValue("mip_rel_gap", gap)
        if nodes is not None:
            self._engine.setOptionValue("mip_max_nodes", nodes)
        if self._engine.passModel(_model(lower, upper, matrix)) == highspy.HighsStatus.kError:
            raise SolverError("the solver did not take the model")

    def bound(
        self, columns: Sequence[int], lower: Sequence[float] | Vector, upper: Sequence[float] | Vector
    ) -> None:
        """Set the bounds of these columns."""
        self._engine.changeColsBounds(
            len(columns),
            np.asarray(columns, dtype=np.int32),
            np.asarray(lower, dtype=np.float64),
            np.asarray(upper, dtype=np.float64),
        )

    def demand(self, columns: Sequence[int], weights: Sequence[float] | Vector, least: float) -> None:
        """One more row: the weighted sum of these columns is at least so much."""
        indices, values = np.asarray(columns, dtype=np.int32), np.asarray(weights, dtype=np.float64)
        self._engine.addRow(least, INFINITY, len(indices), indices, values)

    def confine(self, row: int, least: float, most: float) -> None:
        """Set the bounds of this row."""
        self._engine.changeRowBounds(row, least, most)

    @property
    def rows(self) -> int:
        """How many rows there are by now."""
        return int(self._engine.getNumRow())

    @property
    def steps(self) -> int:
        """Steps of the simplex method in the last solve: what it cost, on every machine alike."""
        return int(self._engine.getInfo().simplex_iteration_count)

    def cost(self, columns: Sequence[int], costs: Sequence[float]) -> None:
        """Set the cost of these columns."""
        indices = np.asarray(columns, dtype=np.int32)
        self._engine.changeColsCost(len(columns), indices, np.asarray(costs, dtype=np.float64))

    def price(self, costs: Sequence[float] | Vector) -> None:
        """Set the cost of every column; they stay until priced again, `minimise` adds to none of them."""
        self._engine.changeColsCost(self._size, np.arange(self._size, dtype=np.int32), np.asarray(costs))
        self._costs = {}

    def whole_numbers(self, whole: bool, presolve: bool = True) -> None:
        """Ask for whole-number answers from now on, or no longer.

        Presolve is quicker, but has been seen to miss the optimum: answers that are not checked go without.
        """
        if whole != self._whole:
            kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
            columns = np.arange(self._size, dtype=np.int32)
            self._engine.changeColsIntegrality(self._size, columns, np.full(self._size, kind))
            quick = presolve and (whole or not self._fresh)
            self._engine.setOptionValue("presolve", "on" if quick else "off")
            self._whole = whole

    def minimise(self, costs: Mapping[int, float] | None = None) -> Answer:
        """Minimise with these sparse costs (None: the costs as priced); where that fails, from nothing again.

        Raises:
            BudgetError: the deadline passed.
            SolverError: any other status than optimal, infeasible or unbounded.
        """
        if costs is not None:
            for column in self._costs:
                self._engine.changeColCost(column, 0.0)
            for column, cost in costs.items():
                self._engine.changeColCost(column, cost)
            self._costs = dict(costs)
        self._engine.setOptionValue("time_limit", self._engine.getRunTime() + self._deadline.remaining())
        if self._fresh:
            self._engine.clearSolver()
        self._engine.run()
        if self._engine.getModelStatus() in UNREADABLE:
            self._engine.clearSolver()
            self._engine.run()
        return self._answer()

    def pulls(self) -> Vector:
        """The price of each column's bound in the last optimal answer."""
        return np.array(self._engine.getSolution().col_dual)

    def _answer(self) -> Answer:
        status = self._engine.getModelStatus()
        kinds = highspy.HighsModelStatus
        if status == kinds.kOptimal:
            values = np.array(self._engine.getSolution().col_value)
            return Answer(Outcome.OPTIMAL, values, self._engine.getInfo().objective_function_value)
        if status == kinds.kInfeasible:
            return Answer(Outcome.INFEASIBLE, np.empty(0), 0.0)
        if status in (kinds.kUnbounded, kinds.kUnboundedOrInfeasible):
            return Answer(Outcome.UNBOUNDED, np.empty(0), 0.0)
        if status == kinds.kSolutionLimit:
            found = (
                self._engine.getInfo().primal_solution_status
                == highspy.SolutionStatus.kSolutionStatusFeasible
            )
            values = np.array(self._engine.getSolution().col_value) if found else np.empty(0)
            return Answer(Outcome.STOPPED, values, self._engine.getInfo().objective_function_value)
        if status == kinds.kTimeLimit:
            raise BudgetError("the time budget is used up")
        raise SolverError(f"the solver stopped with {self._engine.modelStatusToString(status)}")


def _model(
    lower: Sequence[float] | Vector, upper: Sequence[float] | Vector, matrix: Matrix
) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(lower), len(matrix.least)
    model.col_cost_ = np.zeros(len(lower))
    model.col_lower_, model.col_upper_ = np.asarray(lower, float), np.asarray(upper, float)
    model.row_lower_, model.row_upper_ = matrix.least, matrix.most
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.starts.astype(np.int32)
    model.a_matrix_.index_ = matrix.rows.astype(np.int32)
    model.a_matrix_.value_ = matrix.values
    return model
