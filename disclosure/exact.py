"""The cheapest pattern of all, for small tables in bench mode: never under a key, where it would tell (P4).

A pattern must break every cut: a set of shown cells that together hold an obligation still. Cuts are found
as patterns fail, and the cheapest cells that break all cuts found so far are the next pattern.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from disclosure.lp import INFINITY, Answer, Deadline, Matrix, Outcome, Program, Row, Vector
from disclosure.moves import Sheet
from disclosure.repair import Obligation

HALF, TOLERANCE = 0.5, 1e-6
NODES = 2_000
Columns = frozenset[int]


class Search:
    """Cuts of one table, found by linear programmes over changes of it."""

    def __init__(self, table: Sheet, deadline: Deadline, work: int) -> None:
        """`work` bounds the linear programmes solved; cuts found for one price serve the next."""
        self._table, self._deadline, self._work = table, deadline, work
        self._cuts: set[Columns] = set()
        size = len(table.ids)
        self._open = sorted(set(range(size)) - table.constant - table.free)
        self._ends = np.concatenate([table.up, table.down])
        still = sorted(table.constant)
        self._ends[[*still, *(n + size for n in still)]] = 0.0
        matrix = table.matrix.mirrored()
        self._program = Program(np.zeros(2 * size), self._ends, matrix, deadline, fresh=True)

    def cheapest(
        self, needed: Columns, duties: Iterable[Obligation], costs: Vector, most: int | None = None
    ) -> Columns | None:
        """The cheapest columns to withhold, `needed` among them, so that in fractions every duty can be met.

        At most `most` beside the needed ones. None where there are none, or the work was used up.
        """
        ordered = sorted(duties)
        hidden = self._cover(needed, costs, most)
        while hidden is not None:
            pattern = hidden
            failed = [cut for one in ordered if (cut := self._cut(one, pattern, costs)) is not None]
            if not failed:
                return pattern
            if self._work <= 0 or not all(failed):
                return None
            self._cuts.update(failed)
            hidden = self._cover(needed, costs, most)
        return None

    def _cut(self, one: Obligation, hidden: Columns, costs: Vector) -> Columns | None:
        """Shown columns of which one must be withheld for this duty; None where it can be met."""
        shown = [n for n in self._open if n not in hidden]
        found: set[int] = set()
        for change in one.changes:
            cut = self._tight(one, change, shown)
            if cut is None:
                return None
            found |= cut
        return frozenset(self._shrink(one, sorted(found, key=lambda n: (costs[n], n))))

    def _tight(self, one: Obligation, change: int, shown: list[int]) -> set[int] | None:
        """Shown columns that hold the duty still, by the prices of rows; None where it can be met."""
        size = len(self._table.ids)
        price = np.zeros(size)
        price[shown] = 1.0
        answer = self._push(one, change, [], np.concatenate([price, price]))
        if answer is None or answer.outcome is not Outcome.OPTIMAL:
            return set()
        if answer.objective < TOLERANCE:
            return None
        pull = self._table.matrix.combined(self._program.duals())
        tight = {n for n in shown if abs(pull[n]) > TOLERANCE}
        return set(shown) if self._can(one, change, sorted(tight)) else tight

    def _shrink(self, one: Obligation, cut: list[int]) -> list[int]:
        """Leave out columns, cheapest first and many at a time, while the others still hold it still."""
        size = max(len(cut) // 2, 1)
        start = 0
        while start < len(cut):
            rest = cut[:start] + cut[start + size :]
            if not any(self._can(one, change, rest) for change in one.changes):
                cut = rest
                continue
            if size > 1:
                size = max(size // 2, 1)
                continue
            start += 1
            size = min(4, max(len(cut) - start, 1))
        return cut

    def _can(self, one: Obligation, change: int, still: list[int]) -> bool:
        answer = self._push(one, change, still, np.zeros(len(self._ends)))
        return answer is not None and answer.outcome is Outcome.OPTIMAL

    def _push(self, one: Obligation, change: int, still: list[int], prices: Vector) -> Answer | None:
        table, size = self._table, len(self._table.ids)
        room = table.up[one.column] if change > 0 else table.down[one.column]
        if abs(change) > room or one.column in one.barred:
            return None
        self._work -= 1
        held = sorted({*still, *one.barred} - {one.column})
        pair = [one.column, one.column + size]
        every = [*held, *(n + size for n in held), *pair]
        ends = [0.0] * (2 * len(held)) + [max(change, 0), max(-change, 0)]
        self._program.bound(every, ends, ends)
        self._program.price(prices)
        answer = self._program.minimise()
        self._program.bound(every, [0.0] * len(every), list(self._ends[every]))
        return answer

    def _cover(self, needed: Columns, costs: Vector, most: int | None) -> Columns | None:
        """The needed columns and the cheapest of the others with at least one of each cut."""
        if not self._cuts:
            return needed
        columns = sorted(set().union(*self._cuts))
        place = {n: m for m, n in enumerate(columns)}
        cuts = sorted(self._cuts, key=sorted)
        rows = [Row(tuple((place[n], 1) for n in sorted(cut)), 1.0, INFINITY) for cut in cuts]
        if most is not None:
            rows.append(Row(tuple((m, 1) for m in range(len(columns))), 0.0, most))
        matrix = Matrix.of(rows, len(columns))
        ends = np.ones(len(columns))
        program = Program(np.zeros(len(columns)), ends, matrix, self._deadline, nodes=NODES)
        program.price(costs[columns])
        program.whole_numbers(True)
        answer = program.minimise()
        if answer.outcome is not Outcome.OPTIMAL:
            return None
        return needed | {n for n in columns if answer.values[place[n]] > HALF}
