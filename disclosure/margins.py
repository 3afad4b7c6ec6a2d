"""Protect the margins of a large cube whose inner cells stay unpublished, by boxes of alternating signs.

A box over the axes of a margin, at fixed codes of all other axes, changes the cells of that margin at its
corners and, where the margin has less than the highest order, those of the margins above it; all others add
up as before. So a box that fits under the inner counts is a whole-number witness, and its corners are the
partners. Costs are value-blind and keyed as in `secondary`.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from disclosure.cube import Axes, Cell, Cube, MarginProtection, Whole, Witness
from disclosure.lp import BudgetError, Deadline, Vector

T = TypeVar("T")
LEVEL_FACTOR = 4.0
PIECES, ROUNDS = 6, 1


def protect_margins(cube: Cube, threshold: int, key: str, budget_s: float) -> MarginProtection:
    """Withhold small counts and zeros of lines that may be small, with partners for each (P1 to P3)."""
    work = _Work(cube, threshold, key, Deadline(budget_s))
    try:
        lost = work.run()
    except BudgetError:
        return MarginProtection("budget", work.everything(), frozenset(), {}, ())
    if lost:
        return MarginProtection("unprotectable", work.everything(), work.required, {}, (), lost)
    witnesses = tuple(Witness(dict(w.inner)) for _, w in sorted(work.found.items()))
    hidden = work.hidden()
    lower = {cell: work.least(*cell) for cell in sorted(hidden)}
    return MarginProtection("proven", hidden, work.required, lower, witnesses)


@dataclass
class _Found:
    """The changes that protect one cell: of inner counts, and of published ones."""

    inner: Counter[tuple[int, ...]] = field(default_factory=Counter)
    outer: Counter[Cell] = field(default_factory=Counter)


class _Work:
    """The pattern in progress: how often a witness uses each cell."""

    def __init__(self, cube: Cube, threshold: int, key: str, deadline: Deadline) -> None:
        self._cube, self._threshold, self._deadline = cube, threshold, deadline
        self._inner = cube.inner.copy()
        self._values = cube.margins()
        self._truth = {axes: counts.copy() for axes, counts in self._values.items()}
        self._prices = {
            axes: _prices(counts.shape, axes, cube.order, key) for axes, counts in self._values.items()
        }
        self._uses = {axes: np.zeros(counts.shape, dtype=np.int64) for axes, counts in self._values.items()}
        self._open = {axes: np.zeros(counts.shape, dtype=bool) for axes, counts in self._values.items()}
        self.required: frozenset[Cell] = frozenset()
        self.found: dict[Cell, _Found] = {}

    def run(self) -> tuple[Cell, ...]:
        """Protect what must be withheld; the cells that cannot be protected."""
        self._require(c for a, v in self._truth.items() for c in _cells(a, (v > 0) & (v < self._threshold)))
        lost = self._settle()
        for cell in sorted(self.found) * (0 if lost else ROUNDS):
            self._again(cell)
        self._require(self._must())
        return lost or self._settle()

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
        moved = {cell for found in self.found.values() for cell in found.outer}
        return (*self._zeros(), *(self.hidden() - moved))

    def _again(self, cell: Cell) -> None:
        """Choose again for this cell, now that the others have chosen."""
        old = self.found.pop(cell)
        self._count(old, -1)
        if not self._protect(cell):
            self.found[cell] = old
            self._count(old, 1)

    def _require(self, cells: Iterable[Cell]) -> None:
        new = frozenset(cells) - self.required
        self.required |= new
        for axes, index in new:
            self._uses[axes][index] += 1

    def _waiting(self) -> list[Cell]:
        """Cells without a witness; those of the lowest margins first, since theirs reach into others."""
        return sorted((c for c in self.required if c not in self.found), key=lambda c: (len(c[0]), c))

    def _zeros(self) -> list[Cell]:
        """Shown zeros of lines whose total is withheld: such a total may be small (P3)."""
        found: list[Cell] = []
        for axes, uses in self._uses.items():
            for axis in (
                () if len(axes) == self._cube.order else set(range(self._cube.inner.ndim)) - set(axes)
            ):
                above = tuple(sorted((*axes, axis)))
                inside = np.expand_dims(uses > 0, above.index(axis))
                self._open[above] |= inside
                found += _cells(above, inside & (self._truth[above] == 0))
        return found

    def least(self, axes: Axes, index: tuple[int, ...]) -> int:
        """0 where the cell is part of a line that may be small, else 1."""
        return int(not self._open[axes][index])

    def hidden(self) -> frozenset[Cell]:
        """All that is withheld now."""
        return frozenset(c for axes, uses in self._uses.items() for c in _cells(axes, uses > 0))

    def everything(self) -> frozenset[Cell]:
        """All that can be withheld."""
        return frozenset(c for axes, v in self._truth.items() for c in _cells(axes, v >= 0))

    def _protect(self, cell: Cell) -> bool:
        """Find a witness in which the cell reaches the threshold, in a few pieces if need be."""
        self._deadline.remaining()
        axes, index = cell
        rest = max(self._threshold - int(self._truth[axes][index]), 1)
        found = _Found()
        for _ in range(PIECES):
            for amount in dict.fromkeys((rest, math.ceil(rest / 2), 1)):
                if rest > 0 and self._add_box(found, cell, amount):
                    rest -= amount
                    break
        self._apply(found, -1)
        if rest == 0:
            found = _Found(_changed(found.inner), _changed(found.outer))
            self.found[cell] = found
            self._count(found, 1)
        return rest == 0

    def _count(self, found: _Found, sign: int) -> None:
        """Count the cells a witness uses; a withheld total stays withheld, for its lines are open by it."""
        for axes, index in found.outer:
            if sign > 0 or len(axes) == self._cube.order:
                self._uses[axes][index] += sign

    def _apply(self, found: _Found, sign: int) -> None:
        for position, change in found.inner.items():
            self._inner[position] += sign * change
        for (axes, index), change in found.outer.items():
            self._values[axes][index] += sign * change

    def _add_box(self, found: _Found, cell: Cell, amount: int) -> bool:
        """Add the cheapest box that raises the cell, and let the counts stand as after it.

        A box over fewer axes reaches margins of lower order, so it is a last resort.
        """
        codes = dict(zip(*cell, strict=True))
        for size in range(len(codes), -1, -1):
            boxes = [self._best(axes, codes, amount) for axes in itertools.combinations(cell[0], size)]
            best = min((box for box in boxes if box is not None), key=lambda box: box.price, default=None)
            if best is not None:
                self._put(found, best)
                return True
        return False

    def _best(self, axes: Axes, codes: Mapping[int, int], amount: int) -> _Box | None:
        """The cheapest box over these axes that raises the cell with these codes."""
        index = tuple(codes[n] for n in axes)
        others = tuple(n for n in range(self._inner.ndim) if n not in axes)
        ranges = [
            range(codes[n], codes[n] + 1) if n in codes else range(self._inner.shape[n]) for n in others
        ]
        pinned = (*[slice(None)] * len(axes), *(slice(r.start, r.stop) for r in ranges))
        turned = self._inner.transpose((*axes, *others))[pinned]
        room = self._room(turned.reshape((*turned.shape[: len(axes)], -1)), index)
        highest = len(axes) == self._cube.order
        fits = room.sum(axis=-1, keepdims=True) >= amount if highest else room >= amount
        total = np.where(fits, self._price(axes, index, others, ranges, amount), np.inf)
        for place, code in enumerate(index):
            total[(slice(None),) * place + (code,)] = np.inf
        best = np.unravel_index(int(np.argmin(total)), total.shape)
        if not math.isfinite(total[best]):
            return None
        far = tuple(int(n) for n in best[:-1])
        places = _spread(room[far], amount) if highest else {int(best[-1]): amount}
        places_of = [len(r) for r in ranges]
        at = {
            tuple(r[int(n)] for r, n in zip(ranges, np.unravel_index(place, places_of), strict=True)): times
            for place, times in places.items()
        }
        return _Box(axes, index, far, others, at, float(total[best]))

    def _room(self, turned: Whole, index: tuple[int, ...]) -> Whole:
        """How far a box to each opposite corner can go at each place: the least count at a minus corner."""
        room = np.full(turned.shape, np.iinfo(np.int64).max)
        for corner in itertools.product((False, True), repeat=len(index)):
            if sum(corner) % 2:
                room = np.minimum(room, _corner(turned, index, corner))
        return room

    def _price(
        self, axes: Axes, index: tuple[int, ...], others: Axes, ranges: list[range], amount: int
    ) -> Vector:
        """The cost of a box to each opposite corner at each place: the cells to withhold in all margins."""
        total = np.zeros((1,) * (len(axes) + 1))
        for extra in range(self._cube.order - len(axes) + 1):
            for more in itertools.combinations(range(len(others)), extra):
                total = total + self._price_above(axes, index, others, ranges, amount, more)
        return total

    def _price_above(
        self, axes: Axes, index: tuple[int, ...], others: Axes, ranges: list[range], amount: int, more: Axes
    ) -> Vector:
        """The same in the one margin that has some `more` of the other axes."""
        added = tuple(others[n] for n in more)
        above = tuple(sorted((*axes, *added)))
        order = [above.index(n) for n in (*axes, *added)]
        cut = (*[slice(None)] * len(axes), *(slice(ranges[n].start, ranges[n].stop) for n in more))
        minus, plus = (p.transpose(order)[cut] for p in self._cell_prices(above, amount))
        kept = minus.shape[: len(axes)]
        total: Vector = np.zeros((1,) * len(minus.shape))
        for corner in itertools.product((False, True), repeat=len(index)):
            total = total + _corner((minus if sum(corner) % 2 else plus), index, corner)
        if not more:
            return total[..., None]
        spread = [len(ranges[n]) if n in more else 1 for n in range(len(others))]
        whole = [len(r) for r in ranges]
        return np.broadcast_to(total.reshape((*kept, *spread)), (*kept, *whole)).reshape((*kept, -1))

    def _cell_prices(self, axes: Axes, amount: int) -> tuple[Vector, Vector]:
        """By cell, the price of letting it fall and of letting it rise by an amount."""
        hidden = self._uses[axes] > 0
        shown_zero = (self._truth[axes] == 0) & ~hidden
        rise = np.where(hidden, 0.0, np.where(shown_zero, np.inf, self._prices[axes]))
        least = np.where(self._open[axes], 0, 1)
        return np.where(self._values[axes] - amount >= least, rise, np.inf), rise

    def _put(self, found: _Found, box: _Box) -> None:
        piece = _Found()
        for codes, change in box.corners():
            piece.inner[tuple(codes[n] for n in range(self._inner.ndim))] += change
            for extra in range(self._cube.order - len(box.axes) + 1):
                for more in itertools.combinations(box.others, extra):
                    above = tuple(sorted((*box.axes, *more)))
                    piece.outer[above, tuple(codes[n] for n in above)] += change
        self._apply(piece, 1)
        found.inner.update(piece.inner)
        found.outer.update(piece.outer)


@dataclass(frozen=True)
class _Box:
    """From a cell to its opposite corner, at some places of the other axes so many times each."""

    axes: Axes
    index: tuple[int, ...]
    far: tuple[int, ...]
    others: Axes
    places: Mapping[tuple[int, ...], int]
    price: float

    def corners(self) -> Iterator[tuple[dict[int, int], int]]:
        """Code by axis, and change, of every inner count."""
        for place, times in self.places.items():
            at = dict(zip(self.others, place, strict=True))
            for corner in itertools.product((False, True), repeat=len(self.axes)):
                ends = zip(self.axes, self.index, self.far, corner, strict=True)
                codes = {axis: (far if away else near) for axis, near, far, away in ends}
                yield codes | at, (-times if sum(corner) % 2 else times)


def _corner(counts: Whole | Vector, index: tuple[int, ...], corner: tuple[bool, ...]) -> NDArray[Any]:
    """The counts at this corner of the boxes to every opposite corner; every axis is kept."""
    at = tuple(slice(None) if far else slice(code, code + 1) for code, far in zip(index, corner, strict=True))
    return counts[at]


def _cells(axes: Axes, where: NDArray[np.bool_]) -> Iterator[Cell]:
    for index in np.argwhere(where).tolist():
        yield axes, tuple(index)


def _changed(changes: Counter[T]) -> Counter[T]:
    return Counter({cell: change for cell, change in changes.items() if change})


def _spread(room: Whole, amount: int) -> dict[int, int]:
    """Places to put unit boxes at, the roomiest first."""
    places: dict[int, int] = {}
    for place in np.argsort(-room, kind="stable").tolist():
        if amount == 0:
            break
        places[place] = min(amount, int(room[place]))
        amount -= places[place]
    return places


def _prices(shape: tuple[int, ...], axes: Axes, order: int, key: str) -> Vector:
    """Higher margins are dearer; among equals the key decides."""
    secret, level = key.encode(), LEVEL_FACTOR ** (order - len(axes))
    jitter = [
        int.from_bytes(hmac.digest(secret, repr((axes, index)).encode(), hashlib.sha256)[:8]) / 2**64
        for index in np.ndindex(shape)
    ]
    return level * (1 + np.array(jitter).reshape(shape))
