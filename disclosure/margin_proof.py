"""Prove protected margins privately: witnesses are laid over the true cube and margins added up again.

Shares only the containers of `cube` with the protector.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from disclosure.cube import Axes, Cell, Cube, Whole, Witness, cells_where, inside

Marks = dict[Axes, NDArray[np.bool_]]


@dataclass(frozen=True)
class MarginAudit:
    """What stands unproven.

    Small counts that are shown; zeros of small lines; withheld cells; refused witnesses; small cells that
    somebody who is alone in another cell could work out.
    """

    status: str
    shown: tuple[Cell, ...] = ()
    zero_lines: tuple[Cell, ...] = ()
    unproven: tuple[Cell, ...] = ()
    refused: tuple[int, ...] = ()
    singletons: tuple[Cell, ...] = ()


def prove_margins(
    cube: Cube,
    threshold: int,
    hidden: Collection[Cell],
    witnesses: Iterable[Witness],
    alone: Collection[Cell] | None = None,
) -> MarginAudit:
    """P1, P2 and P3 for every withheld cell, each by a whole-number cube that shows the same margins.

    A withheld count may be a 0 where its line's total is withheld or small (zeros are shown in other lines).
    Who is alone in a cell (`alone`; None: the counts of 1) knows all inner counts of it; every other small
    cell must keep P1 for that person too.
    """
    people = frozenset(cube.alone() if alone is None else alone)
    release = _Release.of(cube, threshold, hidden, people)
    refused = tuple(n for n, one in enumerate(witnesses) if not release.lay(one))
    truth, marks = release.truth, release.marks
    shown = _where({a: (v > 0) & (v < threshold) & ~marks[a] for a, v in truth.items()})
    zeros = _where({a: (v == 0) & (release.least[a] == 0) & ~marks[a] for a, v in truth.items()})
    below = _where({a: marks[a] & (v < release.least[a]) for a, v in truth.items()})
    unproven = _where({a: marks[a] & ~(release.moved[a] & release.large[a]) for a in truth})
    seen = release.seen()
    safe = not (shown or zeros or below or unproven or seen)
    return MarginAudit("proven" if safe else "disclosive", shown, zeros, (*unproven, *below), refused, seen)


@dataclass(frozen=True)
class _Release:
    """The margins, what is withheld of them, least values, and what witnesses have shown so far.

    `same` holds for each cell that has moved those alone whose own inner counts changed every time.
    """

    cube: Cube
    threshold: int
    truth: dict[Axes, Whole]
    marks: Marks
    least: dict[Axes, Whole]
    moved: Marks
    large: Marks
    alone: frozenset[Cell]
    same: dict[Cell, frozenset[Cell]] = field(default_factory=dict)

    @classmethod
    def of(cls, cube: Cube, threshold: int, hidden: Collection[Cell], alone: frozenset[Cell]) -> _Release:
        truth = cube.margins()
        marks = {axes: np.zeros(v.shape, dtype=bool) for axes, v in truth.items()}
        for axes, index in hidden:
            marks[axes][index] = True
        least = {a: np.where(_open(a, truth, marks, threshold), 0, 1) for a in truth}
        moved = {axes: np.zeros(v.shape, dtype=bool) for axes, v in truth.items()}
        large = {axes: np.array(v >= threshold) for axes, v in truth.items()}
        return cls(cube, threshold, truth, marks, least, moved, large, alone)

    def lay(self, witness: Witness) -> bool:
        """Lay the changes over the cube; if nothing shown changes, remember what withheld cells became."""
        if any(self.cube.inner[p] + change < 0 for p, change in witness.changes.items()):
            return False
        sums = self._sums(witness.changes)
        became = {cell: int(self.truth[cell[0]][cell[1]]) + v for cell, v in sums.items() if v}
        if any(not self.marks[a][i] or value < self.least[a][i] for (a, i), value in became.items()):
            return False
        touched = self.alone.intersection(self._sums({p: abs(v) for p, v in witness.changes.items() if v}))
        for (axes, index), value in became.items():
            self.same[axes, index] = self.same.get((axes, index), touched) & touched
            self.moved[axes][index] = True
            if value >= self.threshold:
                self.large[axes][index] = True
        return True

    def seen(self) -> tuple[Cell, ...]:
        """Small cells that moved only with the inner counts of somebody who is alone in another cell.

        Cells inside that cell do not count: whoever is alone knows them anyway.
        """
        return tuple(
            (axes, index)
            for (axes, index), people in sorted(self.same.items())
            if 0 < self.truth[axes][index] < self.threshold
            and any(not inside((axes, index), one) for one in people)
        )

    def _sums(self, changes: Mapping[tuple[int, ...], int]) -> Counter[Cell]:
        """What these inner changes add up to in each margin."""
        sums: Counter[Cell] = Counter()
        for axes in self.truth:
            for position, change in changes.items():
                sums[axes, tuple(position[n] for n in axes)] += change
        return sums


def _open(axes: Axes, truth: dict[Axes, Whole], marks: Marks, threshold: int) -> NDArray[np.bool_]:
    """The parts of lines whose total is withheld or small."""
    found = np.zeros(truth[axes].shape, dtype=bool)
    for axis in axes:
        total = tuple(n for n in axes if n != axis)
        small = (truth[total] > 0) & (truth[total] < threshold)
        found |= np.expand_dims(marks[total] | small, axes.index(axis))
    return found


def _where(marks: Marks) -> tuple[Cell, ...]:
    return tuple(cell for axes, found in marks.items() for cell in cells_where(axes, found))
