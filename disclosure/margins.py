"""Protect the margins of a large cube whose inner cells stay unpublished, by boxes of alternating signs.

The corners of a box (see `boxes`) are the partners of the cell that it moves. Costs are value-blind and keyed
as in `secondary`. Whoever is alone in a cell knows all inner counts of it: every other small cell must move
by a witness that leaves those as they are.

Two things hinder telling from the pattern what was small (P4). By the key some counts are treated as if they
were small (decoys): nobody can tell that the pattern needed one. And a small count has room for one more than
the threshold: where it is at the threshold, its partners are still at least 2, so nobody new is alone, for
whom the method would have withheld more, and the same box still fits.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from disclosure.boxes import Change, Counts, Mask
from disclosure.cube import Axes, Cell, Cube, MarginProtection, Witness, cells_where, inside
from disclosure.lp import BudgetError, Deadline, Vector

LEVEL_FACTOR = 4.0
DECOY_ODDS = 1 / 512
SLACK = 1
PIECES, ROUNDS = 6, 1
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Draw:
    """What the key decides: prices of withholding, and decoys, which are treated as if they were small."""

    prices: Mapping[Axes, Vector]
    decoys: frozenset[Cell]

    @classmethod
    def of(cls, cube: Cube, key: str) -> Draw:
        """Higher margins are dearer and have more decoys; among equals the key decides, never a count.

        A decoy that is 0 is none: zeros are shown unless their line is small.
        """
        margins = cube.margins()
        levels = {axes: LEVEL_FACTOR ** (cube.order - len(axes)) for axes in margins}
        chances = {axes: _chances(v.shape, axes, key) for axes, v in margins.items()}
        prices = {axes: levels[axes] * (1 + chance[0]) for axes, chance in chances.items()}
        drawn = {axes: chance[1] < DECOY_ODDS / levels[axes] for axes, chance in chances.items()}
        decoys = (c for axes, v in margins.items() for c in cells_where(axes, drawn[axes] & (v > 0)))
        return cls(prices, frozenset(decoys))


def protect_margins(
    cube: Cube,
    threshold: int,
    key: str,
    budget_s: float,
    alone: Collection[Cell] | None = None,
    progress: Progress = lambda _: None,
) -> MarginProtection:
    """Withhold small counts and zeros of lines that may be small, with partners for each (P1 to P3).

    `alone` are the cells of one person; None: the counts of 1.
    """
    return protect_drawn(cube, threshold, Draw.of(cube, key), budget_s, alone, progress)


def protect_drawn(
    cube: Cube,
    threshold: int,
    draw: Draw,
    budget_s: float,
    alone: Collection[Cell] | None = None,
    progress: Progress = lambda _: None,
) -> MarginProtection:
    """The same once the key has decided."""
    people = frozenset(cube.alone() if alone is None else alone)
    work = _Work(cube, threshold, draw.prices, people, Deadline(budget_s), progress)
    try:
        lost = work.run(draw.decoys, SLACK)
    except BudgetError:
        return MarginProtection("budget", work.everything(), frozenset(), {}, ())
    if lost:
        return MarginProtection("unprotectable", work.everything(), work.required, {}, (), lost)
    hidden = work.counts.hidden()
    lower = {(axes, index): int(not work.counts.open[axes][index]) for axes, index in sorted(hidden)}
    return MarginProtection("proven", hidden, work.required, lower, work.witnesses())


def find_witnesses(
    cube: Cube,
    threshold: int,
    hidden: Collection[Cell],
    budget_s: float,
    alone: Collection[Cell] | None = None,
    progress: Progress = lambda _: None,
) -> tuple[Witness, ...]:
    """Witnesses over what is withheld already, for all cells for which there are any; they prove themselves.

    Raises:
        BudgetError: the time ended first.
    """
    prices = {axes: np.full(counts.shape, np.inf) for axes, counts in cube.margins().items()}
    people = frozenset(cube.alone() if alone is None else alone)
    work = _Work(cube, threshold, prices, people, Deadline(budget_s), progress)
    work.search(frozenset(hidden))
    return work.witnesses()


class _Work:
    """The pattern in progress: what must be withheld, and the witnesses found."""

    def __init__(
        self,
        cube: Cube,
        threshold: int,
        prices: Mapping[Axes, Vector],
        alone: frozenset[Cell],
        deadline: Deadline,
        progress: Progress,
    ) -> None:
        self.counts = Counts(cube, prices)
        self.required: frozenset[Cell] = frozenset()
        self._cube, self._threshold = cube, threshold
        self._deadline, self._progress = deadline, progress
        self._small = frozenset(
            c for a, v in self.counts.truth.items() for c in cells_where(a, (v > 0) & (v < threshold))
        )
        self._alone, self._slack = alone, 0
        self._found: dict[Cell, Change] = {}
        self._apart: dict[tuple[Cell, Cell], Change] = {}

    def run(self, decoys: frozenset[Cell], slack: int) -> tuple[Cell, ...]:
        """Protect what must be withheld and the decoys; the cells that cannot be protected."""
        self._progress("looking for partners of small counts")
        self._slack = slack
        self._require(self._small | decoys)
        lost = self._settle()
        self._progress("choosing once more, now that all have chosen")
        for cell in sorted(self._found) * (0 if lost else ROUNDS):
            self._again(cell)
        self._require(self._must())
        return lost or self._settle() or self._set_apart()

    def search(self, hidden: frozenset[Cell]) -> None:
        """Look for witnesses inside what is withheld."""
        self._progress("looking for other counts that fit what is shown")
        self._require(hidden)
        tuple(self.counts.open_lines())
        moved = set[Cell]()
        for cell in sorted(hidden, key=lambda c: (c not in self._small, len(c[0]), c)):
            if cell not in moved and self._protect(cell):
                moved |= self._found[cell].outer.keys()
        self._set_apart()

    def witnesses(self) -> tuple[Witness, ...]:
        """Every one that is still needed."""
        return tuple(Witness(dict(change.inner)) for change in self._changes())

    def everything(self) -> frozenset[Cell]:
        """All that can be withheld."""
        return frozenset(c for axes, v in self.counts.truth.items() for c in cells_where(axes, v >= 0))

    def _changes(self) -> Iterator[Change]:
        yield from (change for _, change in sorted(self._found.items()))
        yield from (change for _, change in sorted(self._apart.items()))

    def _settle(self) -> tuple[Cell, ...]:
        """Until no further zero must be withheld and every withheld cell moves."""
        while waiting := self._waiting():
            lost = tuple(cell for cell in waiting if not self._protect(cell))
            if lost:
                return lost
            self._require(self._must())
        return ()

    def _must(self) -> Iterable[Cell]:
        """Zeros of small lines, and what is withheld but moves in no witness."""
        return (*self.counts.open_lines(), *(self.counts.hidden() - self._moved()))

    def _moved(self) -> set[Cell]:
        return {cell for change in self._changes() for cell in change.outer}

    def _again(self, cell: Cell) -> None:
        """Choose again for this cell, now that the others have chosen."""
        old = self._found.pop(cell)
        self.counts.count(old, -1)
        if not self._protect(cell):
            self._found[cell] = old
            self.counts.count(old, 1)

    def _require(self, cells: Iterable[Cell]) -> None:
        new = frozenset(cells) - self.required
        self.required |= new
        for axes, index in new:
            self.counts.uses[axes][index] += 1

    def _waiting(self) -> list[Cell]:
        """Cells without a witness; those of the lowest margins first, since theirs reach into others.

        Large ones come last: any witness of another that moves them will do.
        """
        waiting = self.required.difference(self._found)
        below = {(a, i) for a, i in waiting if self.counts.truth[a][i] < self._threshold}
        return sorted(below or waiting - self._moved(), key=lambda c: (len(c[0]), c))

    def _protect(self, cell: Cell) -> bool:
        """Find a witness in which the cell passes the threshold, in a few pieces if need be."""
        self._deadline.remaining()
        axes, index = cell
        rest = max(self._threshold + self._slack - int(self.counts.truth[axes][index]), 1)
        change = Change()
        for _ in range(PIECES):
            for amount in dict.fromkeys((rest, math.ceil(rest / 2), 1)):
                if rest > 0 and self.counts.add_box(change, cell, amount):
                    rest -= amount
                    break
        self.counts.apply(change, -1)
        if rest == 0:
            self._found[cell] = change.settled()
            self.counts.count(self._found[cell], 1)
        return rest == 0

    def _set_apart(self) -> tuple[Cell, ...]:
        """Witnesses for small cells that somebody who is alone elsewhere could work out otherwise."""
        self._progress("looking at who is alone in a cell")
        while seen := self._seen():
            lost = tuple(cell for cell, person in sorted(seen) if not self._move_without(cell, person))
            if lost:
                return lost
            self._require(self._must())
            lost = self._settle()
            if lost:
                return lost
        return ()

    def _seen(self) -> set[tuple[Cell, Cell]]:
        """Small cells with those alone elsewhere whose counts change in every witness for the cell."""
        seen: dict[Cell, frozenset[Cell]] = {}
        for change in self._changes():
            touched = self._touched(change)
            for cell in self._small.intersection(change.outer):
                seen[cell] = seen.get(cell, touched) & touched
        return {(cell, one) for cell, people in seen.items() for one in people if not inside(cell, one)}

    def _touched(self, change: Change) -> frozenset[Cell]:
        """Those alone whose own inner counts change."""
        every = tuple(self._cube.axes())
        places = ((axes, tuple(p[n] for n in axes)) for p in change.inner for axes in every)
        return self._alone.intersection(places)

    def _move_without(self, cell: Cell, person: Cell) -> bool:
        """Let the cell move while all inner counts of that person's cell stand still."""
        self._deadline.remaining()
        axes, index = person
        still: Mask = np.zeros(self._cube.inner.shape, dtype=bool)
        codes = dict(zip(axes, index, strict=True))
        still[tuple(codes.get(n, slice(None)) for n in range(still.ndim))] = True
        change = Change()
        if not self.counts.add_box(change, cell, 1, still):
            return False
        self.counts.apply(change, -1)
        self._apart[cell, person] = change.settled()
        self.counts.count(self._apart[cell, person], 1)
        return True


def _chances(shape: tuple[int, ...], axes: Axes, key: str) -> Vector:
    """Two numbers from 0 to 1 for each cell, which only whoever has the key can tell."""
    secret = key.encode("utf-8", "surrogatepass")
    drawn = [
        struct.unpack_from(">QQ", hmac.digest(secret, repr((axes, index)).encode(), hashlib.sha256))
        for index in np.ndindex(shape)
    ]
    return np.array(drawn).T.reshape((2, *shape)) / 2**64
