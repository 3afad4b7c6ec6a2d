"""How the cost of protection grows with cells, dimensions and the share of small counts, on random tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from bench.disclosure_tables import Result, at_random, measure
from disclosure.instance import Instance

SHARE = 0.2
DASHED = ' stroke-dasharray="4"'
WIDTH, HEIGHT, EDGE, TOP = 300, 220, 50, 60


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
    return (
        _series("cells", [(at_random(s, SHARE), None) for s in cells], lambda t: len(t.cells)),
        _series("dimensions", [(at_random(s, SHARE), len(s)) for s in dimensions], len),
        _series("share of small counts", [(at_random((8, 6, 4), s), s) for s in shares], len),
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
    """One panel a series: CPU seconds (line, left scale), share withheld besides (dashed, right scale)."""
    panels = "".join(_panel(one, n * (WIDTH + 2 * EDGE) + EDGE) for n, one in enumerate(series))
    width, height = len(series) * (WIDTH + 2 * EDGE), HEIGHT + 3 * EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12"><title>What protection costs as tables grow</title>'
        f'<rect width="{width}" height="{height}" fill="white"/>{panels}</svg>\n'
    )


def _panel(series: Series, left: int) -> str:
    places = [p.at for p in series.points]
    across = [left + _part(v, min(places), max(places)) * WIDTH for v in places]
    seconds = [p.seconds for p in series.points]
    shares = [p.result.besides / p.cells for p in series.points]
    bottom, right = TOP + HEIGHT, left + WIDTH
    frame = f'<path d="M{left} {TOP}V{bottom}H{right}V{TOP}" fill="none" stroke="gray"/>'
    names = (
        _text(left, TOP - 30, f"by {series.name}", "start", "bold")
        + _text(left, TOP - 10, "CPU seconds", "start")
        + _text(right, TOP - 10, "share withheld besides (dashed)", "end")
        + "".join(_text(x, bottom + 18, f"{p:g}", "middle") for x, p in zip(across, places, strict=True))
    )
    scales = _scale(left - 6, max(seconds), "end", "{:.1f}") + _scale(
        right + 6, max(shares), "start", "{:.0%}"
    )
    return frame + names + scales + _line(across, seconds, "") + _line(across, shares, DASHED)


def _scale(x: float, most: float, anchor: str, form: str) -> str:
    """From nothing at the bottom to the largest value at the top."""
    ends = ((TOP + HEIGHT, 0.0), (TOP + HEIGHT / 2, most / 2), (TOP, most))
    return "".join(_text(x, y + 4, form.format(value), anchor) for y, value in ends)


def _text(x: float, y: float, words: str, anchor: str, weight: str = "normal") -> str:
    style = f'text-anchor="{anchor}" font-weight="{weight}"'
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{escape(words)}</text>'


def _line(across: Sequence[float], values: Sequence[float], style: str) -> str:
    heights = [TOP + HEIGHT - _part(v, 0.0, max(values)) * HEIGHT for v in values]
    places = [f"{x:.0f},{y:.0f}" for x, y in zip(across, heights, strict=True)]
    dots = "".join(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3"/>' for x, y in zip(across, heights, strict=True))
    return f'<polyline fill="none" stroke="black"{style} points="{" ".join(places)}"/>{dots}'


def _part(value: float, least: float, most: float) -> float:
    return (value - least) / (most - least) if most > least else 0.0
