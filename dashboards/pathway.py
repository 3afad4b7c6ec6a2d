"""The way from allegation to exit as a static picture, drawn from the cells of its table and nothing else.

How the groups of one step split over those of the next is not released, so the picture joins steps, never
groups: a line between two groups would claim a number that nobody was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboards.drawing import FONT, INK, hatched
from dashboards.lettering import in_lines
from dashboards.model import Cell
from dashboards.views import View

BAR, FAINT = 'class="s1" color="#12436D"', 'class="faint" color="#f3f5f7"'
SIZE = 14
HEAD, FOOT, BAR_HEIGHT, EDGE, LINE = 42, 36, 12, 12, 17
BLOCK = 0.18
ROOM_FOR_FIGURE = 44
STEP_WIDE, GAP_WIDE = 134, 22
STEP_NARROW, GAP_NARROW = 330, 34


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


@dataclass(frozen=True)
class Drawing:
    """The picture as an SVG element, and its size in pixels."""

    svg: str
    width: int
    height: int


def picture(view: View, stages: Sequence[Stage], narrow: bool) -> Drawing:
    """The picture: steps side by side, or one under the other where `narrow`.

    A bar is as long as its released value; a withheld one is a hatched block of one fixed length; a group
    that is zero is left out. The same view gives the same text.
    """
    shown = [Stage(stage.name, _drawn(view, stage)) for stage in stages]
    rooms = [_room(view, stage, STEP_NARROW if narrow else STEP_WIDE) for stage in shown]
    boxes = _stacked(rooms) if narrow else _side_by_side(rooms)
    width = max(box.x + box.width for box in boxes) + 1
    height = max(box.y + box.height for box in boxes) + 1
    longest = _longest(view, shown)
    steps = "".join(_step(view, *pair, longest) for pair in zip(shown, boxes, strict=True))
    arrows = "".join(_arrow(box, narrow) for box in boxes[:-1])
    head = f'class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
    look = f'font-family="{FONT}" font-size="{SIZE}" color="{INK}" fill="currentColor"'
    hidden = 'aria-hidden="true" focusable="false"'
    return Drawing(f'<svg {head} height="{height}" {look} {hidden}>{steps}{arrows}</svg>', width, height)


def _drawn(view: View, stage: Stage) -> tuple[int, ...]:
    return tuple(row for row in stage.rows if view.grid[row][0].value != 0)


def _longest(view: View, stages: Sequence[Stage]) -> float:
    values = [view.grid[row][0].value or 0 for stage in stages for row in stage.rows]
    return max(values, default=0) or 1


def _lines(view: View, row: int, width: int) -> list[str]:
    """The name of a group in the lines that fit a step; the name of the step stands above it."""
    label = view.rows[row].label
    return in_lines(label.partition(": ")[2] or label, width - 2 * EDGE, SIZE)


def _room(view: View, stage: Stage, width: int) -> int:
    """The height that a step needs."""
    return HEAD + sum(LINE * len(_lines(view, row, width)) + FOOT for row in stage.rows)


def _side_by_side(rooms: Sequence[int]) -> list[Box]:
    return [Box(i * (STEP_WIDE + GAP_WIDE), 0, STEP_WIDE, max(rooms)) for i in range(len(rooms))]


def _stacked(rooms: Sequence[int]) -> list[Box]:
    tops = [sum(rooms[:i]) + GAP_NARROW * i for i in range(len(rooms))]
    return [Box(0, top, STEP_NARROW, room) for top, room in zip(tops, rooms, strict=True)]


def _step(view: View, stage: Stage, box: Box, longest: float) -> str:
    drawn, y = [_frame(stage, box)], box.y + HEAD
    for row in stage.rows:
        lines = _lines(view, row, box.width)
        drawn += [_text(line, box.x + EDGE, y + 13 + i * LINE) for i, line in enumerate(lines)]
        drawn.append(_figure(view.grid[row][0], box, y + LINE * len(lines) + 3, longest))
        y += LINE * len(lines) + FOOT
    return "".join(drawn)


def _frame(stage: Stage, box: Box) -> str:
    place = f'x="{box.x}" y="{box.y}" width="{box.width}"'
    ground = f'<g {FAINT}><rect {place} height="{box.height}"/></g><g {BAR}><rect {place} height="4"/></g>'
    return ground + _text(stage.name, box.x + EDGE, box.y + 28, weight=700)


def _figure(cell: Cell, box: Box, y: int, longest: float) -> str:
    """The bar of a group with its figure behind it."""
    x = box.x + EDGE
    length = _length(cell, longest, box.width - 2 * EDGE - ROOM_FOR_FIGURE)
    return _bar(cell, x, y, length) + _text(cell.text, x + length + 5, y + 11, weight=700)


def _length(cell: Cell, longest: float, room: int) -> float:
    """In pixels; the same for every withheld value, whatever it is."""
    if cell.is_withheld:
        return round(BLOCK * room, 1)
    return round(room * (cell.value or 0) / longest, 1)


def _bar(cell: Cell, x: int, y: int, length: float) -> str:
    place = f'x="{x}" y="{y}" width="{length}" height="{BAR_HEIGHT}"'
    return hatched(place, BAR_HEIGHT) if cell.is_withheld else f"<g {BAR}><rect {place}/></g>"


def _text(text: str, x: float, y: float, weight: int = 400) -> str:
    return f'<text x="{round(x, 1):g}" y="{round(y, 1):g}" font-weight="{weight}">{escape(text)}</text>'


def _arrow(box: Box, narrow: bool) -> str:
    """An arrow from a step to the next one."""
    if narrow:
        x, y = box.x + 24, box.y + box.height + 9
        return f'<path d="M{x} {y}v14m-7 -7l7 7l7 -7" fill="none" stroke="currentColor" stroke-width="2"/>'
    x, y = box.x + box.width + 5, box.y + 21
    return f'<path d="M{x} {y}h15m-7 -7l7 7l-7 7" fill="none" stroke="currentColor" stroke-width="2"/>'
