"""The cheapest pattern of all, for small tables in bench mode: never under a key, where it would tell (P4).

What is withheld must break every inequality by which shown cells hold an obligation still. They are found as
patterns fail, by the prices of bounds; the cheapest cells that break all found so far are the next pattern.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from disclosure.lp import INFINITY, Answer, BudgetError, Deadline, Matrix, Outcome, Program, Vector
from disclosure.moves import Sheet
from disclosure.repair import Obligation

HALF, TOLERANCE, DIGITS = 0.5, 1e-4, 9
NODES, GAP = 60, 0.02
RELAXED, WHOLE = 40, 4
Columns = frozenset[int]


class Search:
    """Inequalities of one table, found by linear programmes over changes of it."""

    def __init__(self, table: Sheet, deadline: Deadline, work: int) -> None:
        """`work` bounds the programmes solved, `deadline` is the time after which there is no answer.

        What was found for one price serves the next.
        """
        self._table, self._deadline, self._work = table, deadline, work
        size = len(table.ids)
        self._cuts: list[Vector] = []
        self._program = Program(np.zeros(size), np.zeros(size), table.matrix, deadline)

    def cheapest(
        self, needed: Columns, duties: Iterable[Obligation], costs: Vector, most: int | None = None
    ) -> Columns | None:
        """The cheapest columns to withhold, `needed` among them, so that in fractions every duty can be met.

        At most `most` beside the needed ones. No cell moves by more than the duty asks of its own. Where the
        work is used up, or a duty can be met upwards and downwards in part, a pattern that meets most duties.
        None where there is none.
        """
        try:
            shares = self._settled(sorted(duties), needed, costs, most)
        except BudgetError:
            return None
        return (
            None if shares is None else frozenset(np.flatnonzero(shares > HALF).tolist()) - self._table.free
        )

    def _settled(
        self, duties: list[Obligation], needed: Columns, costs: Vector, most: int | None
    ) -> Vector | None:
        """Cover, and cover again with what fails: in fractions first, which is quick, then whole columns."""
        shares: Vector | None = None
        for whole, rounds, left in ((False, RELAXED, self._work // 2), (True, self._work, 0)):
            for _ in range(rounds):
                shares = self._cover(needed, costs, most, whole)
                failed = [] if shares is None else self._failed(duties, shares, needed)
                self._cuts += failed
                if not failed or self._work <= left:
                    break
        return shares

    def _failed(self, duties: Iterable[Obligation], shares: Vector, needed: Columns) -> list[Vector]:
        """New inequalities, from the duties that cannot be met."""
        cuts = (self._cut(one, shares, needed) for one in duties)
        return [cut for cut in cuts if cut is not None and float(cut @ shares) < 1 - TOLERANCE]

    def _cut(self, one: Obligation, shares: Vector, needed: Columns) -> Vector | None:
        """Weights of columns that must make 1 for this duty; None where it can be met."""
        weights: Vector = np.zeros(len(shares))
        given = sorted(needed | self._table.free | self._table.constant)
        for change in one.changes:
            if one.column in one.barred or abs(change) > self._room(one.column, change):
                continue
            reach = self._reach(one, change, shares, given)
            if reach is None:
                return None
            weights = np.maximum(weights, reach)
        return np.round(weights, DIGITS)

    def _reach(self, one: Obligation, change: int, shares: Vector, given: list[int]) -> Vector | None:
        """By column, the part of what is missing that withholding it could give; None where nothing is."""
        answer, up, down = self._push(one, change, shares)
        if answer.outcome is not Outcome.OPTIMAL:
            return np.ones(len(up))
        if -answer.objective >= abs(change) - TOLERANCE:
            return None
        pull = self._program.pulls()
        reach = np.where(pull < 0, -pull * up, pull * down)
        reach[given] = 0.0
        missing = abs(change) + answer.objective + float(reach @ shares)
        return np.minimum(reach / missing, 1.0)

    def _push(self, one: Obligation, change: int, shares: Vector) -> tuple[Answer, Vector, Vector]:
        """Move the cell as far as what is withheld allows; and how far each cell could rise and fall."""
        self._work -= 1
        table, size = self._table, len(self._table.ids)
        up, down = np.minimum(table.up, abs(change)), np.minimum(table.down, abs(change))
        up[list(one.barred)] = down[list(one.barred)] = 0.0
        self._program.bound(range(size), -down * shares, up * shares)
        answer = self._program.minimise({one.column: -1.0 if change > 0 else 1.0})
        return answer, up, down

    def _room(self, column: int, change: int) -> float:
        return float(self._table.up[column] if change > 0 else self._table.down[column])

    def _cover(self, needed: Columns, costs: Vector, most: int | None, whole: bool) -> Vector | None:
        """How much of each column to withhold: all of the needed, of the others the cheapest that will do."""
        shares: Vector = np.zeros(len(costs))
        shares[sorted(needed | self._table.free)] = 1.0
        if not self._cuts:
            return shares
        self._work -= WHOLE * len(self._cuts) * whole
        weights = np.array(self._cuts)
        columns = np.flatnonzero(weights.max(axis=0))
        rows = weights[:, columns]
        least, ends = np.ones(len(rows)), np.full(len(rows), INFINITY)
        if most is not None:
            rows = np.vstack([rows, np.ones(len(columns))])
            least, ends = np.append(least, 0.0), np.append(ends, float(most))
        if not len(columns):
            return None
        matrix, zero = Matrix.dense(rows, least, ends), np.zeros(len(columns))
        program = Program(zero, zero + 1.0, matrix, self._deadline, gap=GAP, nodes=NODES)
        program.price(costs[columns])
        program.whole_numbers(whole)
        answer = program.minimise()
        if answer.outcome not in (Outcome.OPTIMAL, Outcome.STOPPED) or not len(answer.values):
            return None
        shares[columns] = np.clip(np.rint(answer.values) if whole else answer.values, 0.0, 1.0)
        return shares
