"""How the cost of protection grows with cells, dimensions and the share of small counts, on random tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from bench.disclosure_tables import Result, at_random, measure
from disclosure.instance import Instance

SHARE = 0.2
WIDTH, HEIGHT = 300, 220
LEFT, RIGHT, TOP, BOTTOM = 70, 70, 100, 60
NEAR = 40
"""Marks on the axis stand at least so far apart."""
SECONDS, BESIDES = "CPU seconds to protect and prove", "withheld besides the small, % of cells"
FIRST, SECOND = 'stroke="#1d4e89" fill="#1d4e89"', 'stroke="#b3541e" fill="#b3541e" stroke-dasharray="5 3"'


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


def grow() -> tuple[Series, ...]:
    """Three series around a table of three dimensions."""
    cells = [(4, 4, 3), (6, 5, 3), (7, 6, 4), (8, 6, 5), (10, 8, 5), (12, 9, 6), (14, 11, 7)]
    dimensions = [(14, 13), (6, 5, 4), (4, 3, 3, 2), (3, 2, 2, 2, 2)]
    shares = (0.05, 0.1, 0.2, 0.3, 0.4)
    larger = [at_random(size, SHARE) for size in cells]
    return (
        _series("cells, totals included", [(len(one.cells), one) for one in larger]),
        _series(
            "dimensions (210 to 324 cells)", [(len(size), at_random(size, SHARE)) for size in dimensions]
        ),
        _series(
            "small counts, % of inner cells", [(100 * some, at_random((8, 6, 4), some)) for some in shares]
        ),
    )


def _series(name: str, tables: Sequence[tuple[float, Instance]]) -> Series:
    return Series(name, tuple(Point(at, len(one.cells), measure(one)) for at, one in tables))


def draw(series: Sequence[Series]) -> str:
    """One panel a series: CPU seconds (solid, left) and what is withheld besides (dashed, right)."""
    each, height = LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM
    panels = "".join(_panel(one, n * each + LEFT) for n, one in enumerate(series))
    title = "What protection costs as tables grow (random tables, release mode)"
    head = _text(LEFT, 28, title, more='font-weight="bold" font-size="17"')
    legend = "".join(
        f'<path d="M{x} 52h36" stroke-width="2" {style}/>{_text(x + 44, 56, words)}'
        for x, style, words in ((LEFT, FIRST, SECONDS), (LEFT + 320, SECOND, BESIDES))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(series) * each} {height}" '
        f'font-family="sans-serif" font-size="13"><title>{title}</title><rect width="100%" height="100%" '
        f'fill="white"/>{head}{legend}{panels}</svg>\n'
    )


def _panel(series: Series, left: int) -> str:
    places = [p.at for p in series.points]
    across = [left + _part(v, min(places), max(places)) * WIDTH for v in places]
    seconds = [p.seconds for p in series.points]
    shares = [100 * p.result.besides / p.cells for p in series.points]
    bottom, right, middle = TOP + HEIGHT, left + WIDTH, left + WIDTH / 2
    frame = f'<path d="M{left} {TOP}V{bottom}H{right}V{TOP}" fill="none" stroke="gray"/>'
    marks = "".join(_text(x, bottom + 20, f"{at:g}", "middle") for x, at in _apart(across, places))
    return (
        frame
        + marks
        + _text(middle, bottom + 44, series.name, "middle")
        + _scale(left, _round(max(seconds)), -8, "end", "CPU seconds")
        + _scale(right, _round(max(shares)), 8, "start", "% of cells")
        + _line(across, seconds, FIRST)
        + _line(across, shares, SECOND)
    )


def _apart(across: Sequence[float], places: Sequence[float]) -> Iterator[tuple[float, float]]:
    """The marks that do not run into the one before."""
    last = across[0] - NEAR
    for x, at in zip(across, places, strict=True):
        if x - last >= NEAR:
            yield x, at
            last = x


def _scale(x: float, most: float, gap: int, anchor: str, unit: str) -> str:
    """From nothing at the bottom to a round number at the top, the unit above."""
    marks = [_text(x + gap, TOP + HEIGHT * (1 - n / 4) + 4, f"{most * n / 4:g}", anchor) for n in range(5)]
    return "".join((*marks, _text(x, TOP - 14, unit, "start" if gap < 0 else "end")))


def _text(x: float, y: float, words: str, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {more}>{escape(words)}</text>'


def _line(across: Sequence[float], values: Sequence[float], style: str) -> str:
    heights = [TOP + HEIGHT - _part(v, 0.0, _round(max(values))) * HEIGHT for v in values]
    places = " ".join(f"{x:.0f},{y:.0f}" for x, y in zip(across, heights, strict=True))
    dots = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3.5"/>' for x, y in zip(across, heights, strict=True)
    )
    return f'<g {style}><polyline style="fill:none" stroke-width="2" points="{places}"/>{dots}</g>'


def _round(most: float) -> float:
    """A number no smaller, of which a quarter is easily read."""
    tens = 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
    return next(step * tens for step in (1, 2, 4, 6, 8, 10) if step * tens >= most)


def _part(value: float, least: float, most: float) -> float:
    return (value - least) / (most - least) if most > least else 0.0
