"""Cover every withheld cell with a move: withhold the cheapest further cells where none is left.

An obligation is a cell that must be able to move, perhaps while others (that one person knows) stand still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from disclosure.instance import LEAST_WIDTH
from disclosure.lp import Vector
from disclosure.moves import Move, Mover, Sheet

PRUNING_WORK = 200_000


@dataclass(frozen=True, order=True)
class Obligation:
    """A column must move by one of `changes` while `barred` columns stand still.

    More, with the same sign, will do unless it must be `exact`.
    """

    column: int
    changes: tuple[int, ...]
    barred: tuple[int, ...] = ()
    exact: bool = False

    def met_by(self, move: Move) -> bool:
        """Whether this move will do."""
        change = move.changes.get(self.column, 0)
        if change == 0 or any(n in move.changes for n in self.barred):
            return False
        if self.exact:
            return change in self.changes
        return any(change >= c if c > 0 else change <= c for c in self.changes)


@dataclass
class Pattern:
    """The work in progress: what must be withheld, what is, and the move that meets each obligation."""

    required: frozenset[int]
    hidden: set[int]
    moves: dict[Obligation, Move] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)


def own(table: Sheet, column: int, threshold: int, width: int = LEAST_WIDTH) -> tuple[Obligation, ...]:
    """What a withheld cell must be able to do: reach the threshold, or take another value; `width` in all."""
    value = int(table.values[column])
    first = (threshold - value,) if value < threshold else (1, -1)
    return (Obligation(column, first), *wide(table, column, width))


def wide(table: Sheet, column: int, width: int, barred: tuple[int, ...] = ()) -> Iterator[Obligation]:
    """Above the least width: a count at each distance on either side, so that no two are the same.

    Where there is no room above for all of them, some must be above and the others below.
    """
    if width > LEAST_WIDTH:
        most = int(min(table.up[column], width))
        above, below = range(1, min(most, width - 1) + 1), range(1, width - most)
        changes: list[tuple[int, ...]] = [(n,) for n in (*above, *(-n for n in below))]
        if not below:
            changes = [(n, -n) for n in above]
        yield from (Obligation(column, change, barred, exact=True) for change in changes)


class Repairer:
    """Brings a pattern to the point where every obligation is met, and no cell is withheld for nothing."""

    def __init__(
        self, mover: Mover, pattern: Pattern, costs: Vector, extra: Iterable[Obligation], t: int, width: int
    ) -> None:
        """`extra` obligations beside those of each withheld cell; `t` the threshold, 0 for none."""
        self.mover, self.pattern, self._costs, self._threshold = mover, pattern, costs, t
        self._width = width
        self._work = 0
        self._extra = tuple(sorted(extra))
        mover.release(pattern.hidden)

    def own(self, column: int) -> tuple[Obligation, ...]:
        """What a withheld cell must be able to do."""
        return own(self.mover.table, column, self._threshold, self._width)

    def obligations(self) -> list[Obligation]:
        """Those of the cells withheld now, in a fixed order."""
        hidden = self.pattern.hidden
        return sorted(
            {o for n in hidden for o in self.own(n)} | {o for o in self._extra if o.column in hidden}
        )

    def run(self) -> None:
        """Meet what must be met, then show again what is not needed."""
        self._repair()
        if not self.pattern.lost:
            self._prune()

    def _repair(self) -> None:
        waiting = [o for o in self.obligations() if o.column in self.pattern.required]
        while waiting:
            for one in waiting:
                if one not in self.pattern.moves and not (self._cover(one) or self._rescue(one)):
                    self.pattern.lost.add(one.column)
            self._drop_idle()
            waiting = self._unmet()

    def _unmet(self) -> list[Obligation]:
        lost = self.pattern.lost
        return [o for o in self.obligations() if o not in self.pattern.moves and o.column not in lost]

    def _drop_idle(self) -> None:
        """Show a partner again that no move uses; one that a move uses is safe by it, unless small itself."""
        pattern = self.pattern
        used = {n for move in pattern.moves.values() for n in move.changes}
        idle = pattern.hidden - pattern.required - used
        self.mover.hold(idle)
        pattern.hidden -= idle
        pattern.moves = {o: m for o, m in pattern.moves.items() if o.column in pattern.hidden}

    def _cover(self, one: Obligation) -> bool:
        self._work += len(self.pattern.hidden)
        for change in one.changes:
            move = self.mover.within(one.column, change, one.barred)
            if move is not None:
                self._record(move)
                return True
        return False

    def _rescue(self, one: Obligation) -> bool:
        for search in (self.mover.cheapest, self.mover.whole):
            options = [search(one.column, change, one.barred) for change in one.changes]
            found = [option for option in options if option is not None]
            if found:
                move = min(found, key=lambda option: (option[0], sorted(option[1].changes)))[1]
                new = move.changes.keys() - self.mover.movable
                self.pattern.hidden |= new
                self.mover.release(new)
                self._record(move)
                return True
        return False

    def _record(self, move: Move) -> None:
        pattern = self.pattern
        own = [one for n in move.changes if n in pattern.hidden for one in self.own(n)]
        for one in (*own, *self._extra):
            if one.column in pattern.hidden and one not in pattern.moves and one.met_by(move):
                pattern.moves[one] = move

    def _prune(self) -> None:
        """Show again, dearest first, what no withheld cell needs; a fixed amount of work, not of time."""
        self._work = 0
        partners = self.pattern.hidden - self.pattern.required
        for column in sorted(partners, key=lambda n: (-self._costs[n], n)):
            if self._work < PRUNING_WORK:
                self._try_showing(column)

    def _try_showing(self, column: int) -> bool:
        pattern = self.pattern
        before = dict(pattern.moves)
        self.mover.hold([column])
        pattern.hidden.discard(column)
        pattern.moves = {o: m for o, m in before.items() if o.column != column and column not in m.changes}
        for orphan in self._unmet():
            if orphan not in pattern.moves and not self._cover(orphan):
                self.mover.release([column])
                pattern.hidden.add(column)
                pattern.moves = before
                return False
        return True
