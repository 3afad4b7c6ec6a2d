"""Boxes of alternating signs under the inner counts of a cube, and what they would have to withhold.

A box over the axes of a margin, at fixed codes of all other axes, changes the cells of that margin at its
corners and, where the margin has less than the highest order, those of the margins above it; all others add
up as before. So a box that fits under the inner counts is a whole-number witness.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from disclosure.cube import Axes, Cell, Cube, Whole, cells_where
from disclosure.lp import Vector

T = TypeVar("T")
Mask = NDArray[np.bool_]


@dataclass
class Change:
    """Changes of inner counts by position, and of published ones."""

    inner: Counter[tuple[int, ...]] = field(default_factory=Counter)
    outer: Counter[Cell] = field(default_factory=Counter)

    def settled(self) -> Change:
        """Without what stays as it is in the end."""
        return Change(_changed(self.inner), _changed(self.outer))


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


class Counts:
    """The counts as changes leave them, which of them are withheld (`uses`), and which may be 0 (`open`)."""

    def __init__(self, cube: Cube, prices: Mapping[Axes, Vector]) -> None:
        """`prices` of withholding a cell; infinite where it must stay shown."""
        self._cube, self._prices = cube, prices
        self._inner = cube.inner.copy()
        self.truth = cube.margins()
        self._values = {axes: counts.copy() for axes, counts in self.truth.items()}
        self.uses = {axes: np.zeros(counts.shape, dtype=np.int64) for axes, counts in self.truth.items()}
        self.open = {axes: np.zeros(counts.shape, dtype=bool) for axes, counts in self.truth.items()}

    def open_lines(self) -> Iterator[Cell]:
        """Open the lines whose total is withheld, since it may be small; their zeros (P3)."""
        for axes, uses in self.uses.items():
            rest = set(range(self._inner.ndim)) - set(axes) if len(axes) < self._cube.order else set[int]()
            for axis in sorted(rest):
                above = tuple(sorted((*axes, axis)))
                inside = np.expand_dims(uses > 0, above.index(axis))
                self.open[above] |= inside
                yield from cells_where(above, inside & (self.truth[above] == 0))

    def hidden(self) -> frozenset[Cell]:
        """All that is withheld now."""
        return frozenset(c for axes, uses in self.uses.items() for c in cells_where(axes, uses > 0))

    def count(self, change: Change, sign: int) -> None:
        """Count the cells a witness uses; a withheld total stays withheld, for its lines are open by it."""
        for axes, index in change.outer:
            if sign > 0 or len(axes) == self._cube.order:
                self.uses[axes][index] += sign

    def apply(self, change: Change, sign: int) -> None:
        """Let the counts stand as after the change, or (sign -1) as before it."""
        for position, by in change.inner.items():
            self._inner[position] += sign * by
        for (axes, index), by in change.outer.items():
            self._values[axes][index] += sign * by

    def add_box(self, change: Change, cell: Cell, amount: int, still: Mask | None = None) -> bool:
        """Add the cheapest box that raises the cell, and let the counts stand as after it.

        Inner counts marked `still` do not move. A box over fewer axes reaches margins of lower order: where
        those are shown it is a last resort.
        """
        codes = dict(zip(*cell, strict=True))
        best: _Box | None = None
        for size in range(len(codes), -1, -1):
            if best is not None and best.price == 0:
                break
            choices = itertools.combinations(cell[0], size)
            sought = [axes for axes in choices if best is None or self._hidden_from(axes, codes)]
            boxes = (best, *(self._best(axes, codes, amount, still) for axes in sought))
            best = min((b for b in boxes if b is not None), key=lambda b: b.price, default=None)
        if best is not None:
            self._put(change, best)
        return best is not None

    def _hidden_from(self, axes: Axes, codes: Mapping[int, int]) -> bool:
        """Whether the margins from these axes to all of the codes are withheld at them."""
        rest = [n for n in codes if n not in axes]
        added = (more for size in range(len(rest) + 1) for more in itertools.combinations(rest, size))
        above = (tuple(sorted((*axes, *more))) for more in added)
        return all(self.uses[a][tuple(codes[n] for n in a)] > 0 for a in above)

    def _best(self, axes: Axes, codes: Mapping[int, int], amount: int, still: Mask | None) -> _Box | None:
        """The cheapest box over these axes that raises the cell with these codes."""
        index = tuple(codes[n] for n in axes)
        others = tuple(n for n in range(self._inner.ndim) if n not in axes)
        ranges = [
            range(codes[n], codes[n] + 1) if n in codes else range(self._inner.shape[n]) for n in others
        ]
        pinned = (*[slice(None)] * len(axes), *(slice(r.start, r.stop) for r in ranges))

        def turned(counts: NDArray[Any]) -> NDArray[Any]:
            cut = counts.transpose((*axes, *others))[pinned]
            return cut.reshape((*cut.shape[: len(axes)], -1))

        room = _room(turned(self._inner), index, None if still is None else turned(still))
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
        hidden = self.uses[axes] > 0
        shown_zero = (self.truth[axes] == 0) & ~hidden
        rise = np.where(hidden, 0.0, np.where(shown_zero, np.inf, self._prices[axes]))
        least = np.where(self.open[axes], 0, 1)
        return np.where(self._values[axes] - amount >= least, rise, np.inf), rise

    def _put(self, change: Change, box: _Box) -> None:
        piece = Change()
        for codes, by in box.corners():
            piece.inner[tuple(codes[n] for n in range(self._inner.ndim))] += by
            for extra in range(self._cube.order - len(box.axes) + 1):
                for more in itertools.combinations(box.others, extra):
                    above = tuple(sorted((*box.axes, *more)))
                    piece.outer[above, tuple(codes[n] for n in above)] += by
        self.apply(piece, 1)
        change.inner.update(piece.inner)
        change.outer.update(piece.outer)


def _room(turned: Whole, index: tuple[int, ...], still: Mask | None) -> Whole:
    """How far a box to each opposite corner can go at each place: the least count at a minus corner."""
    room = np.full(turned.shape, np.iinfo(np.int32).max, dtype=np.int64)
    for corner in itertools.product((False, True), repeat=len(index)):
        if sum(corner) % 2:
            room = np.minimum(room, _corner(turned, index, corner))
        if still is not None:
            room = np.where(_corner(still, index, corner), 0, room)
    return room


def _corner(counts: NDArray[Any], index: tuple[int, ...], corner: tuple[bool, ...]) -> NDArray[Any]:
    """The counts at this corner of the boxes to every opposite corner; every axis is kept."""
    at = tuple(slice(None) if far else slice(code, code + 1) for code, far in zip(index, corner, strict=True))
    return counts[at]


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
