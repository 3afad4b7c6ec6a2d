"""The way from allegation to exit as a static picture, drawn from the cells of its table and nothing else.

How the groups of one step split over those of the next is not released, so the picture joins steps, never
groups: a line between two groups would claim a number that nobody was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboards.model import Cell
from dashboards.views import View

INK, QUIET, PAPER, BAR, FAINT = "#0b0c0c", "#505a5f", "#ffffff", "#12436D", "#f3f5f7"
FONT = "Arial, Helvetica, sans-serif"
HEAD, PITCH, BAR_HEIGHT, EDGE, LINE = 40, 64, 12, 12, 17
BLOCK = 0.18
LETTER = 7.2
STEP_WIDE, GAP_WIDE = 176, 26
STEP_NARROW, GAP_NARROW = 340, 34
HATCH = (
    '<defs><pattern id="withheld" width="6" height="6" patternUnits="userSpaceOnUse">'
    f'<rect width="6" height="6" fill="{PAPER}"/><path d="M0 6L6 0" stroke="{QUIET}" stroke-width="1.2"/>'
    "</pattern></defs>"
)


@dataclass(frozen=True)
class Stage:
    """One step of the way: its name, and the rows of the view that are its groups."""

    name: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Box:
    """Where a step lies, in pixels."""

    x: int
    y: int
    width: int
    height: int


def picture(view: View, stages: Sequence[Stage], narrow: bool) -> str:
    """The picture as SVG: steps side by side, or one under the other where `narrow`.

    A bar is as long as its released value; a withheld one is a hatched block of one fixed length; a group
    that is zero is left out. The same view gives the same text.
    """
    shown = [Stage(stage.name, _drawn(view, stage)) for stage in stages]
    boxes = _stacked(shown) if narrow else _side_by_side(shown)
    width = max(box.x + box.width for box in boxes) + 1
    height = max(box.y + box.height for box in boxes) + 1
    longest = _longest(view, shown)
    steps = "".join(_step(view, *pair, longest) for pair in zip(shown, boxes, strict=True))
    arrows = "".join(_arrow(box, narrow) for box in boxes[:-1])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-family="{FONT}" font-size="14" fill="{INK}">'
        f"<title>{escape(view.title)}</title>{HATCH}"
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>{steps}{arrows}</svg>\n'
    )


def _drawn(view: View, stage: Stage) -> tuple[int, ...]:
    return tuple(row for row in stage.rows if view.grid[row][0].value != 0)


def _longest(view: View, stages: Sequence[Stage]) -> float:
    values = [view.grid[row][0].value or 0 for stage in stages for row in stage.rows]
    return max(values, default=0) or 1


def _room(stage: Stage) -> int:
    return HEAD + PITCH * max(1, len(stage.rows))


def _side_by_side(stages: Sequence[Stage]) -> list[Box]:
    height = max(_room(stage) for stage in stages)
    return [Box(i * (STEP_WIDE + GAP_WIDE), 0, STEP_WIDE, height) for i in range(len(stages))]


def _stacked(stages: Sequence[Stage]) -> list[Box]:
    boxes, y = [], 0
    for stage in stages:
        boxes.append(Box(0, y, STEP_NARROW, _room(stage)))
        y += _room(stage) + GAP_NARROW
    return boxes


def _step(view: View, stage: Stage, box: Box, longest: float) -> str:
    groups = "".join(
        _group(view, row, box.x + EDGE, box.y + HEAD + PITCH * i, box.width - 2 * EDGE, longest)
        for i, row in enumerate(stage.rows)
    )
    nothing = _text("None", box.x + EDGE, box.y + HEAD + LINE) if not stage.rows else ""
    return (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" fill="{FAINT}"/>'
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="4" fill="{BAR}"/>'
        + _text(stage.name, box.x + EDGE, box.y + 26, weight=700)
        + groups
        + nothing
    )


def _group(view: View, row: int, x: int, y: int, width: int, longest: float) -> str:
    """One group: its words, its bar and its figure behind the bar."""
    cell = view.grid[row][0]
    lines = in_lines(_short(view.rows[row].label), width)
    words = "".join(_text(line, x, y + 13 + i * LINE) for i, line in enumerate(lines))
    top = y + 13 + (len(lines) - 1) * LINE + 7
    # Half of a narrow step would be lost to the figure; four letters are enough room for it.
    length = _length(cell, longest, width - 44)
    return words + _bar(cell, x, top, length) + _text(cell.text, x + length + 5, top + 11, weight=700)


def _short(label: str) -> str:
    """The name of a group without the step, which stands above it."""
    return label.partition(": ")[2] or label


def _length(cell: Cell, longest: float, room: int) -> float:
    """In pixels; the same for every withheld value, whatever it is."""
    if cell.is_withheld:
        return round(BLOCK * room, 1)
    return round(room * (cell.value or 0) / longest, 1)


def _bar(cell: Cell, x: int, y: int, length: float) -> str:
    paint = f'fill="url(#withheld)" stroke="{QUIET}"' if cell.is_withheld else f'fill="{BAR}"'
    return f'<rect x="{x}" y="{y}" width="{length}" height="{BAR_HEIGHT}" {paint}/>'


def in_lines(text: str, width: int) -> list[str]:
    """The words in at most two lines of that many pixels."""
    first, rest = "", text.split()
    while rest and len(f"{first} {rest[0]}") * LETTER <= width:
        first = f"{first} {rest.pop(0)}".strip()
    return [line for line in (first, " ".join(rest)) if line]


def _text(text: str, x: float, y: float, weight: int = 400) -> str:
    return f'<text x="{round(x, 1):g}" y="{round(y, 1):g}" font-weight="{weight}">{escape(text)}</text>'


def _arrow(box: Box, narrow: bool) -> str:
    """An arrow from a step to the next one."""
    if narrow:
        x, y = box.x + 24, box.y + box.height + 9
        return f'<path d="M{x} {y}v14m-7 -7l7 7l7 -7" fill="none" stroke="{INK}" stroke-width="2"/>'
    x, y = box.x + box.width + 5, box.y + 21
    return f'<path d="M{x} {y}h15m-7 -7l7 7l-7 7" fill="none" stroke="{INK}" stroke-width="2"/>'
