"""The cheapest pattern of all, for small tables in bench mode: never under a key, where it would tell (P4).

What is withheld must break every inequality by which shown cells hold an obligation still. Those of lines are
known from the start: nothing is withheld alone in one. The others are found as patterns fail, by prices of
bounds; the cheapest cells that break all found so far are the next pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from disclosure.lp import INFINITY, Answer, BudgetError, Deadline, Matrix, Outcome, Program, Row, Vector
from disclosure.moves import Sheet
from disclosure.repair import Obligation

HALF, TOLERANCE, DIGITS = 0.5, 1e-4, 9
NODES, GAP = 500, 0.03
LITTLE, PATIENCE = 1e-3, (3, 12)
REACH = 2
Columns = frozenset[int]
Duties = Callable[[int], Sequence[Obligation]]


class Search:
    """Inequalities of one table, found by linear programmes over changes of it."""

    def __init__(
        self, table: Sheet, needed: Columns, duties: Duties, deadline: Deadline, work: float
    ) -> None:
        """`needed` columns are withheld, and whatever is withheld must be able to meet its `duties`.

        `work` bounds the steps of one search, `deadline` is the time after which there is no answer. What
        was found for one price serves the next.
        """
        self._table, self._needed, self._duties, self._work = table, needed, duties, work
        self._left = 0.0
        size = len(table.ids)
        self._given = needed | table.free | table.constant
        self._open = [n for n in range(size) if n not in self._given]
        self._changes = Program(np.zeros(size), np.zeros(size), table.matrix, deadline)
        self._choice = self._lines(deadline)

    def cheapest(self, costs: Vector, most: float = INFINITY) -> Columns | None:
        """The cheapest columns to withhold, the needed ones among them, so that each can meet its duties.

        In fractions, at most so many beside the needed ones; no other cell moves by much more than a duty
        asks of its own. Where the work is used up, or nothing gets dearer any more, duties may be left unmet.
        None where there is nothing, or the time ends.
        """
        prices = costs.copy()
        prices[sorted(self._given)] = 0.0
        self._choice.price(prices)
        self._choice.confine(0, 0.0, most)
        self._left = self._work
        try:
            return self._settled()
        except BudgetError:
            return None

    def _lines(self, deadline: Deadline) -> Program:
        """What to choose from: in a line that adds up, whatever is withheld is so beside another cell."""
        size, table = len(self._table.ids), self._table
        rows = set[Row]()
        for row in (r for r in table.rows if r.lower == r.upper == 0):
            line = [n for n, _ in row.terms if n not in table.constant]
            if table.free.isdisjoint(line):
                rows |= {_beside(n, line) for n in line}
        least, most = np.zeros(size), np.ones(size)
        least[sorted(self._needed | table.free)] = 1.0
        most[sorted(table.constant - self._needed)] = 0.0
        count = Row(tuple((n, 1) for n in self._open), 0, INFINITY)
        matrix = Matrix.of([count, *sorted(rows, key=lambda row: row.terms)], size)
        return Program(least, most, matrix, deadline, gap=GAP, nodes=NODES, grows=True)

    def _settled(self) -> Columns | None:
        """Cover, and cover again with what fails: in fractions first, which is quick, then whole columns."""
        found: Columns | None = None
        for whole, patience in zip((False, True), PATIENCE, strict=True):
            self._choice.whole_numbers(whole)
            found = self._rounds(whole, patience)
            if found is None:
                return None
        return found

    def _rounds(self, whole: bool, patience: int) -> Columns | None:
        """Until nothing fails, or in so many rounds nothing gets dearer, or the work is used up."""
        dearest, still = 0.0, 0
        while True:
            answer = self._choice.minimise()
            self._left -= self._choice.steps + whole * self._choice.rows
            if answer.outcome not in (Outcome.OPTIMAL, Outcome.STOPPED) or not len(answer.values):
                return None
            shares = np.clip(np.rint(answer.values) if whole else answer.values, 0.0, 1.0)
            failed = self._failed(shares)
            still = still + 1 if answer.objective <= dearest * (1 + LITTLE) else 0
            dearest = max(dearest, answer.objective)
            if not failed or still > patience or self._left <= 0:
                return frozenset(np.flatnonzero(shares > HALF).tolist()) - self._table.free

    def _failed(self, shares: Vector) -> int:
        """Break what holds withheld cells still, by a new inequality each; how many there are."""
        seen, failed = _Seen(len(shares)), 0
        withheld = [n for n in self._open if shares[n] > TOLERANCE]
        for column in (*sorted(self._needed), *withheld):
            for one in self._duties(column):
                weights = None if seen.meets(one, shares) else self._cut(one, shares, seen)
                if weights is not None and float(weights @ shares) < shares[column] - TOLERANCE:
                    columns = np.flatnonzero(weights)
                    self._choice.demand([*columns, column], [*weights[columns], -1.0], 0.0)
                    failed += 1
        return failed

    def _cut(self, one: Obligation, shares: Vector, seen: _Seen) -> Vector | None:
        """Weights of columns that must make 1 for this duty; None where it can be met."""
        weights: Vector = np.zeros(len(shares))
        for change in one.changes:
            if one.column in one.barred or abs(change) > self._room(one.column, change):
                continue
            reach = self._reach(one, change, shares, seen)
            if reach is None:
                return None
            weights = np.maximum(weights, reach)
        weights[one.column] = 0.0
        return np.round(weights, DIGITS)

    def _reach(self, one: Obligation, change: int, shares: Vector, seen: _Seen) -> Vector | None:
        """By column, the part of what is missing that withholding it could give; None where nothing is."""
        answer, up, down = self._push(one, change, shares)
        if answer.outcome is not Outcome.OPTIMAL:
            return np.ones(len(up))
        seen.add(answer.values)
        wanted = abs(change) * float(shares[one.column])
        if -answer.objective >= wanted - TOLERANCE:
            return None
        pull = self._changes.pulls()
        reach = np.where(pull < 0, -pull * up, pull * down)
        reach[[one.column, *self._given]] = 0.0
        missing = abs(change) + answer.objective + float(reach @ shares)
        return np.minimum(reach / missing, 1.0)

    def _push(self, one: Obligation, change: int, shares: Vector) -> tuple[Answer, Vector, Vector]:
        """Move the cell as far as what is withheld allows; and how far each cell could rise and fall."""
        table, size = self._table, len(self._table.ids)
        most = REACH * abs(change)
        up, down = np.minimum(table.up, most), np.minimum(table.down, most)
        up[list(one.barred)] = down[list(one.barred)] = 0.0
        self._changes.bound(range(size), -down * shares, up * shares)
        answer = self._changes.minimise({one.column: -1.0 if change > 0 else 1.0})
        self._left -= self._changes.steps
        return answer, up, down

    def _room(self, column: int, change: int) -> float:
        return float(self._table.up[column] if change > 0 else self._table.down[column])


class _Seen:
    """How far each cell went in changes that what is withheld allows: what one shows serves for others."""

    def __init__(self, size: int) -> None:
        self._up, self._down = np.zeros(size), np.zeros(size)

    def add(self, values: Vector) -> None:
        self._up, self._down = np.maximum(self._up, values), np.maximum(self._down, -values)

    def meets(self, one: Obligation, shares: Vector) -> bool:
        """Whether the cell went far enough; who bars others must be looked at alone."""
        far = shares[one.column] - TOLERANCE
        ends = ((self._up if c > 0 else self._down)[one.column] >= abs(c) * far for c in one.changes)
        return not one.barred and any(ends)


def _beside(column: int, line: Iterable[int]) -> Row:
    return Row(tuple(sorted((n, -1 if n == column else 1) for n in line)), 0, INFINITY)
