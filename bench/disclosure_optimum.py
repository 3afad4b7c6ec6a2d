"""Bench mode beside the optimum: `python -m bench.disclosure_optimum [--cases N] [--seconds S]`.

Random tables of the shapes that the test suites of other tools have: two to four dimensions, groups of codes,
linked tables, zeros shown or not, with a threshold or without. The fewest cells and the least value to
withhold come from a search that shares no code with the protector: what is withheld must break every
inequality by which shown counts hold a withheld one still. It allows fractions of counts, so what it finds
may be less than will really do, never more. Where time ends first, the bound so far stands for the optimum.
"""

from __future__ import annotations

import argparse
import itertools
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray

from bench.disclosure_systems import of_tests
from disclosure.instance import Instance
from disclosure.secondary import protect

Vector = NDArray[np.float64]
FAR, HALF, NEARLY = 1e4, 0.5, 1e-6
THRESHOLD = 3


@dataclass(frozen=True)
class Shape:
    """Codes by dimension, how many of them make a group (0: no groups), and linked tables over some."""

    sizes: tuple[int, ...]
    groups: tuple[int, ...] = ()
    tables: tuple[tuple[int, ...], ...] = ()


SHAPES = (
    Shape((3, 3)), Shape((5, 4)), Shape((6, 6)), Shape((8, 5)), Shape((10, 10)), Shape((3, 3, 3)),
    Shape((4, 3, 3)), Shape((5, 4, 3)), Shape((3, 3, 2, 2)), Shape((6, 4), (2, 0)), Shape((6, 6), (3, 2)),
    Shape((9, 5), (3, 0)), Shape((4, 4, 3), (2, 0, 0)), Shape((5, 4, 3), (), ((0, 1), (0, 2))),
    Shape((6, 4, 3), (2, 0, 0), ((0, 1), (0, 2), (1, 2))),
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What is withheld beside the small counts: by us, and what will do at least; value with one a cell."""

    words: str
    cells: int
    fewest: float
    value: float
    cheapest: float
    seconds: float

    @property
    def ratios(self) -> tuple[float, float]:
        """By cells and by value; 1 where nothing need be withheld and nothing is."""
        return (self.cells + NEARLY) / (self.fewest + NEARLY), (self.value + NEARLY) / (
            self.cheapest + NEARLY
        )

    def row(self) -> str:
        """One line of the table."""
        cells, value = self.ratios
        return (
            f"| {self.words} | {self.cells} | {self.fewest:g} | {cells:.2f} | {self.value:g} "
            f"| {self.cheapest:g} | {value:.2f} | {self.seconds:.1f} |"
        )


def sample(number: int) -> Instance:
    """A random table; shapes take turns, and so do zeros shown or not, a threshold or none."""
    chance, shape = random.Random(number), SHAPES[number % len(SHAPES)]
    systems, turn = of_tests("solver_systems"), number // len(SHAPES) % 4
    groups = shape.groups or (0,) * len(shape.sizes)
    codes = [[f"{'abcd'[n]}{m}" for m in range(size)] for n, size in enumerate(shape.sizes)]
    dimensions = [
        systems.Dimension("abcd"[n], tuple(some), dict(_grouped(some, each)))
        for n, (some, each) in enumerate(zip(codes, groups, strict=True))
    ]
    share = chance.choice((0.05, 0.15, 0.3))
    choices = ((5, 8, 12, 15, 20, 25, 35, 40, 60, 90), (0, 1, 2, 2))
    counts = {leaf: chance.choice(choices[chance.random() < share]) for leaf in itertools.product(*codes)}
    whole: Instance = systems.linked(dimensions, counts, shape.tables or None)
    small = tuple(c.id for c in whole.cells if 0 < (c.value or 0) < THRESHOLD)
    threshold = THRESHOLD if turn == 1 else None
    return replace(whole, primary=small, zeros_published=turn != 2, threshold=threshold, budget_s=600.0)


def _grouped(codes: Sequence[str], each: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    for start in range(0, len(codes) if each else 0, each or 1):
        yield f"g{codes[start]}", tuple(codes[start : start + each])


def measure(number: int, limit_s: float) -> Found | None:
    """One table; None where it has nothing to protect or cannot be protected."""
    instance = sample(number)
    start = time.process_time()
    found = protect(instance)
    seconds = time.process_time() - start
    if found.status != "proven" or not instance.primary:
        return None
    zeros = {c.id for c in instance.cells if instance.zeros_published and not c.value}
    partners = set(found.secondary) - zeros
    required = set(found.hidden) - partners
    values = {c.id: float(c.value or 0) + 1 for c in instance.cells}
    shape = SHAPES[number % len(SHAPES)]
    words = "x".join(map(str, shape.sizes)) + (" groups" if shape.groups else "")
    words += " linked" if shape.tables else ""
    words += f" {len(instance.cells)} cells {len(required)} needed"
    optimum = Optimum(instance, required, found.lower, limit_s)
    fewest = optimum.least(dict.fromkeys(values, 1.0))
    value, cheapest = sum(values[i] for i in partners), optimum.least(values)
    return Found(words, len(partners), fewest, value, cheapest, seconds)


class Optimum:
    """The least to withhold beside the required cells of one table, by inequalities as patterns fail."""

    def __init__(
        self, instance: Instance, required: set[int], lower: Mapping[int, int], limit_s: float
    ) -> None:
        """`lower` are least values of withheld cells; `limit_s` bounds the whole search for one price."""
        self._ids = [c.id for c in instance.cells]
        place = {i: n for n, i in enumerate(self._ids)}
        values = np.array([c.value or 0 for c in instance.cells], float)
        zeros = instance.zeros_published
        plain = [int(zeros) if c.lower is None else c.lower for c in instance.cells]
        least = np.array([lower.get(c.id, n) for c, n in zip(instance.cells, plain, strict=True)], float)
        most = np.array([FAR if c.upper is None else c.upper - (c.value or 0) for c in instance.cells])
        still = [zeros and not c.value and c.id not in required for c in instance.cells]
        self._fall = np.where(still, 0.0, np.maximum(values - least, 0.0))
        self._rise = np.where(still, 0.0, np.minimum(most, FAR))
        self._required = [place[i] for i in sorted(required)]
        self._needs = [self._need(int(values[n]), instance.threshold) for n in self._required]
        self._limit_s = limit_s
        self._still = np.array(still)
        self._cuts = [line for e in instance.equations for line in self._alone(place, (e.total, *e.parts))]
        self._engine = _quiet()
        for n in range(len(self._ids)):
            self._engine.addCol(0.0, -self._fall[n], self._rise[n], 0, [], [])
        for e in instance.equations:
            columns = [place[e.total], *(place[i] for i in e.parts)]
            self._engine.addRow(0.0, 0.0, len(columns), columns, [-1.0] + [1.0] * len(e.parts))

    def _alone(self, place: Mapping[int, int], line: Sequence[int]) -> Iterator[Vector]:
        """Whoever moves in a line that adds up does not move alone."""
        moving = [n for n in (place[i] for i in line) if not self._still[n]]
        for n in moving:
            cut: Vector = np.zeros(len(self._ids))
            cut[moving], cut[n] = 1.0, -1.0
            yield cut

    def _need(self, value: int, threshold: int | None) -> tuple[float, float]:
        """How far a required cell must be able to rise, or else fall."""
        return (threshold - value, 0.0) if threshold and value < threshold else (1.0, 1.0)

    def least(self, prices: dict[int, float]) -> float:
        """The lowest price of a pattern that will do in fractions, or a bound of it when time ends."""
        price = np.array([prices[i] for i in self._ids])
        end = time.monotonic() + self._limit_s
        while True:
            bound, hidden = self._cover(price, max(end - time.monotonic(), 1.0))
            cuts = self._failed(hidden)
            if not cuts or time.monotonic() > end:
                return bound
            self._cuts += cuts

    def _failed(self, hidden: Vector) -> list[Vector]:
        """An inequality for each required cell that this pattern holds still."""
        size = len(self._ids)
        columns = np.arange(size, dtype=np.int32)
        self._engine.changeColsBounds(size, columns, -self._fall * hidden, self._rise * hidden)
        cuts = (self._cut(n, need, hidden) for n, need in zip(self._required, self._needs, strict=True))
        return [cut for cut in cuts if cut is not None]

    def _cut(self, column: int, need: tuple[float, float], hidden: Vector) -> Vector | None:
        """Weights of cells to withhold that must reach 1 for this cell to move; None where it does."""
        weights: Vector = np.zeros(len(self._ids))
        for sign, far in zip((1.0, -1.0), need, strict=True):
            if not far:
                continue
            reached, pull = self._push(column, sign)
            if reached >= far - NEARLY:
                return None
            reach = np.where(pull < 0, -pull * self._rise, pull * self._fall)
            reach[self._required] = 0.0
            weights = np.maximum(weights, np.minimum(reach / (far - reached + float(reach @ hidden)), 1.0))
        weights[weights < NEARLY] = 0.0
        weights[column] = -1.0
        return weights

    def _push(self, column: int, sign: float) -> tuple[float, Vector]:
        """How far the cell can go, and the prices of the bounds that stop it."""
        self._engine.changeColCost(column, -sign)
        self._engine.run()
        if self._engine.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"the search for the optimum stopped: {self._engine.getModelStatus()}")
        reached, pull = self._engine.getInfo().objective_function_value, self._engine.getSolution().col_dual
        self._engine.changeColCost(column, 0.0)
        return -reached, np.array(pull)

    def _cover(self, price: Vector, seconds: float) -> tuple[float, Vector]:
        """The cheapest choice that meets every inequality so far, and the lower bound of its price."""
        model = _quiet()
        model.setOptionValue("time_limit", seconds)
        size = len(self._ids)
        for n in range(size):
            free, movable = n not in self._required, n in self._required or not self._still[n]
            model.addCol(price[n] * free, float(not free), float(movable), 0, [], [])
        columns = np.arange(size, dtype=np.int32)
        model.changeColsIntegrality(size, columns, np.full(size, highspy.HighsVarType.kInteger))
        for cut in self._cuts:
            used = np.flatnonzero(cut).astype(np.int32)
            model.addRow(0.0, highspy.kHighsInf, len(used), used, cut[used])
        model.run()
        hidden = np.rint(np.array(model.getSolution().col_value))
        hidden[self._required] = 1.0
        return float(model.getInfo().mip_dual_bound), hidden


def _quiet() -> highspy.Highs:
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("threads", 1)
    return engine


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row a table, then the worst and the mean ratios; nothing is judged, for bounds may be loose."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--from", type=int, default=0, dest="first")
    chosen = parser.parse_args(arguments)
    print("| table | cells | fewest | ratio | value | least | ratio | CPU s |\n" + "|---" * 8 + "|")
    found = []
    for number in range(chosen.first, chosen.first + chosen.cases):
        one = measure(number, chosen.seconds)
        if one is not None:
            found.append(one)
            print(f"{one.row()} {number}", flush=True)
    cells, values = (np.array(some) for some in zip(*(one.ratios for one in found), strict=True))
    print(
        f"{len(found)} tables: cells worst {cells.max():.3f}, mean {cells.mean():.3f}; "
        f"value worst {values.max():.3f}, mean {values.mean():.3f}; beside lower bounds"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
