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


@dataclass(frozen=True)
class Witness:
    """Changes of inner counts by position."""

    changes: Mapping[tuple[int, ...], int]


@dataclass(frozen=True)
class MarginProtection:
    """What is withheld, where a withheld count could be 0, and a witness for every small cell; private."""

    status: str
    hidden: frozenset[Cell]
    required: frozenset[Cell]
    lower: Mapping[Cell, int]
    witnesses: tuple[Witness, ...]
    unprotectable: tuple[Cell, ...] = ()
