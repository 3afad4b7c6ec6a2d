"""A cube of unpublished inner counts whose margins are published: what protector and attacker share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Axes = tuple[int, ...]
Cell = tuple[Axes, tuple[int, ...]]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Cube:
    """Inner counts by code of each axis; every margin of at most `order` axes is published."""

    inner: Whole
    order: int = 3

    def axes(self) -> Iterator[Axes]:
        """The axes of each published margin."""
        for size in range(self.order + 1):
            yield from itertools.combinations(range(self.inner.ndim), size)

    def margins(self) -> dict[Axes, Whole]:
        """The published counts."""
        every = set(range(self.inner.ndim))
        return {axes: np.array(self.inner.sum(axis=tuple(every.difference(axes)))) for axes in self.axes()}

    def alone(self) -> frozenset[Cell]:
        """The counts of one: whoever it is stands alone in that cell."""
        return frozenset(c for axes, counts in self.margins().items() for c in cells_where(axes, counts == 1))


def cells_where(axes: Axes, marks: NDArray[np.bool_]) -> Iterator[Cell]:
    """The marked cells of one margin, in order."""
    for index in np.argwhere(marks).tolist():
        yield axes, tuple(index)


def inside(cell: Cell, other: Cell) -> bool:
    """Whether all that `cell` counts is counted in `other` as well."""
    codes = dict(zip(*cell, strict=True))
    return all(codes.get(axis) == code for axis, code in zip(*other, strict=True))


@dataclass(frozen=True)
class Witness:
    """Changes of inner counts by position."""

    changes: Mapping[tuple[int, ...], int]


@dataclass(frozen=True)
class MarginProtection:
    """What is withheld, where a withheld count could be 0, and witnesses for every small cell; private."""

    status: str
    hidden: frozenset[Cell]
    required: frozenset[Cell]
    lower: Mapping[Cell, int]
    witnesses: tuple[Witness, ...]
    unprotectable: tuple[Cell, ...] = ()
