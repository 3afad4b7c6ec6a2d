"""How the cost of protection grows with cells, dimensions and the share of small counts, on random tables."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

from bench.disclosure import THRESHOLD, TOTAL, Result, measure
from disclosure.instance import Cell, Equation, Instance

SHARE = 0.2
DASHED = ' stroke-dasharray="4"'
WIDTH, HEIGHT, EDGE = 300, 220, 50
LARGE = (6, 9, 14, 22, 35, 60, 140)


@dataclass(frozen=True)
class Point:
    """One table in release mode."""

    at: float
    cells: int
    result: Result

    @property
    def seconds(self) -> float:
        """CPU seconds to protect and prove."""
        return self.result.protect_s + self.result.prove_s


@dataclass(frozen=True)
class Series:
    """Points by one thing that grows."""

    name: str
    points: tuple[Point, ...]

    def text(self) -> str:
        """One line a point."""
        rows = [
            f"{self.name} {p.at:g}: {p.cells:,} cells, {p.result.besides:,} withheld besides, "
            f"{p.seconds:.2f} s, {p.result.status}"
            for p in self.points
        ]
        return "\n".join(rows)


def table(shape: Sequence[int], share: float, seed: int = 1) -> Instance:
    """A random table with all its totals, in release mode; about this share of inner counts is small."""
    chance = random.Random(seed)
    values: Counter[tuple[str, ...]] = Counter()
    codes = [[str(n) for n in range(size)] for size in shape]
    for leaf in itertools.product(*codes):
        count = chance.randint(1, THRESHOLD - 1) if chance.random() < share else chance.choice(LARGE)
        for key in itertools.product(*((code, TOTAL) for code in leaf)):
            values[key] += count
    ids = {key: n for n, key in enumerate(sorted(values))}
    cells = tuple(Cell(ids[key], "|".join(key), values[key]) for key in ids)
    equations = tuple(
        Equation(ids[key], tuple(ids[(*key[:n], code, *key[n + 1 :])] for code in codes[n]))
        for key in ids
        for n in range(len(key))
        if key[n] == TOTAL
    )
    return replace(Instance(cells, equations), threshold=THRESHOLD, key="growth", budget_s=600.0)


def grow() -> tuple[Series, ...]:
    """Three series around a table of three dimensions."""
    cells = [(4, 4, 3), (6, 5, 3), (7, 6, 4), (8, 6, 5), (10, 8, 5)]
    dimensions = [(14, 13), (6, 5, 4), (4, 3, 3, 2), (3, 2, 2, 2, 2)]
    shares = (0.05, 0.1, 0.2, 0.3, 0.4)
    return (
        _series("cells", [(table(s, SHARE), None) for s in cells], lambda t: len(t.cells)),
        _series("dimensions", [(table(s, SHARE), len(s)) for s in dimensions], len),
        _series("share of small counts", [(table((8, 6, 4), s), s) for s in shares], len),
    )


def _series(
    name: str, tables: Sequence[tuple[Instance, float | None]], at: Callable[[Instance], int]
) -> Series:
    points = [
        Point(float(at(one)) if place is None else place, len(one.cells), measure(one))
        for one, place in tables
    ]
    return Series(name, tuple(points))


def draw(series: Sequence[Series]) -> str:
    """One panel a series: seconds in full, the share withheld besides dashed, each up to its own largest."""
    panels = "".join(_panel(one, n * (WIDTH + EDGE)) for n, one in enumerate(series))
    width, height = len(series) * (WIDTH + EDGE) + EDGE, HEIGHT + 2 * EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12"><title>What protection costs as tables grow</title>{panels}</svg>\n'
    )


def _panel(series: Series, left: int) -> str:
    places = [p.at for p in series.points]
    seconds = [p.seconds for p in series.points]
    shares = [p.result.besides / p.cells for p in series.points]
    across = [left + EDGE + _part(v, min(places), max(places)) * (WIDTH - EDGE) for v in places]
    words = f"up to {max(seconds):.1f} s (line), {max(shares):.0%} withheld besides (dashed)"
    ends = (
        f'<text x="{across[0]:.0f}" y="{HEIGHT + 18}">{min(places):g}</text>'
        f'<text x="{across[-1]:.0f}" y="{HEIGHT + 18}" text-anchor="end">{max(places):g}</text>'
    )
    return (
        f'<text x="{left + EDGE}" y="20">{escape(series.name)}</text>'
        f'<text x="{left + EDGE}" y="{HEIGHT + 36}">{escape(words)}</text>{ends}'
        f"{_line(across, seconds, '')}{_line(across, shares, DASHED)}"
    )


def _line(across: Sequence[float], values: Sequence[float], style: str) -> str:
    points = " ".join(
        f"{x:.0f},{HEIGHT - _part(v, 0.0, max(values)) * (HEIGHT - EDGE):.0f}"
        for x, v in zip(across, values, strict=True)
    )
    return f'<polyline fill="none" stroke="black"{style} points="{points}"/>'


def _part(value: float, least: float, most: float) -> float:
    return (value - least) / (most - least) if most > least else 0.0
