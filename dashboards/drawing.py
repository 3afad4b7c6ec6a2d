"""A plotly figure as an SVG picture, without a browser: for the first look, for print, and without scripts.

The picture is drawn from the very figure that plotly.js draws once a reader points at it, so the two cannot
differ. Across, places are percentages of the plot, so that it fits any screen while its letters keep their
size; down, they are pixels. Colours are attributes of groups whose class a style sheet may colour anew, for
dark screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from dashboards.lettering import in_lines

Json = Mapping[str, Any]
COLOURS = {
    "#12436D": "s1",
    "#28A197": "s2",
    "#801650": "s3",
    "#F46A25": "s4",
    "#d9dcdf": "grid",
    "#505a5f": "quiet",
}
DASHES = {"solid": "", "dash": "9 9", "dot": "3 3", "dashdot": "9 3 3 3"}
SYMBOLS = {
    "circle": "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
    "square": "M-4.5 -4.5h9v9h-9z",
    "diamond": "M0 -5.9L5.9 0L0 5.9L-5.9 0z",
    "triangle-up": "M0 -5.6L5.4 3.8H-5.4z",
}
BASELINE = 0.36
LEADING = 1.3
BESIDE_BAR = 5
UNDER_AXIS = 18
HATCH_EVERY = 7
HATCH_PARTS = 160
SHEET, SHEET_EDGE, SHEET_LINE, TITLE_LINE = 800, 20, 21, 28
TITLE, SMALL = 20, 14
FONT = "Arial, Helvetica, sans-serif"
INK, QUIET, PAPER = "#0b0c0c", "#505a5f", "#ffffff"


@dataclass(frozen=True)
class Scale:
    """Where values of an axis lie, as shares of the plot: from its domain and its range."""

    domain: tuple[float, float]
    ends: tuple[float, float]

    def __call__(self, value: float) -> float:
        """The place of a value; 0 is left or bottom, 1 right or top."""
        low, high = self.ends
        return self.domain[0] + (value - low) / (high - low) * (self.domain[1] - self.domain[0])


@dataclass(frozen=True)
class Plot:
    """The figure with the measures that every part of its picture needs."""

    figure: Json

    @property
    def layout(self) -> Json:
        """The layout of the figure."""
        content: Json = self.figure["layout"]
        return content

    @property
    def height(self) -> int:
        """The height of the plot in pixels, without its margins."""
        margin = self.layout["margin"]
        return int(self.layout["height"] - margin["t"] - margin["b"])

    @property
    def size(self) -> float:
        """The size of the letters in pixels."""
        return float(self.layout["font"]["size"])

    def axis(self, reference: str) -> Json:
        """The axis that a trace or label refers to as `x`, `y2` and so on."""
        axis: Json = self.layout[f"{reference[0]}axis{reference[1:]}"]
        return axis

    def scale(self, reference: str) -> Scale:
        """The scale of an axis of numbers; of the whole plot for `paper`."""
        if reference == "paper":
            return Scale((0, 1), (0, 1))
        axis = self.axis(reference)
        domain, ends = axis.get("domain", (0, 1)), axis["range"]
        return Scale((domain[0], domain[1]), (ends[0], ends[1]))

    def across(self, reference: str, value: float) -> str:
        """A place across, in percent."""
        return percent(self.scale(reference)(value))

    def down(self, reference: str, value: float) -> float:
        """A place down, in pixels from the top of the plot."""
        return round((1 - self.scale(reference)(value)) * self.height, 1)


def plot(figure: Json) -> str:
    """The plot without its margins, as an SVG element that fills the width it is given."""
    made = Plot(figure)
    return (
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" width="100%" height="{made.height}" '
        f'overflow="visible" font-family="{FONT}" font-size="{made.size:g}" fill="currentColor" '
        f'aria-hidden="true" focusable="false">{_parts(made)}</svg>'
    )


def sheet(figure: Json, title: str, lines: Sequence[str]) -> str:
    """The whole picture as a file of its own, with a title above it and the words of its source below."""
    made = Plot(figure)
    margin = made.layout["margin"]
    place = f'x="{margin["l"]}" y="{margin["t"]}" height="{made.height}" font-size="{made.size:g}"'
    width = SHEET - 2 * SHEET_EDGE - margin["l"] - margin["r"]
    body = f'<svg {place} width="{width}" overflow="visible">{_parts(made)}</svg>'
    return framed(body, made.layout["height"], title, lines)


def framed(body: str, height: int, title: str, lines: Sequence[str]) -> str:
    """A picture of that height as a file of its own, with a title above it and other words below."""
    room = SHEET - 2 * SHEET_EDGE
    head = in_lines(title, room, TITLE)
    foot = [part for line in lines for part in in_lines(line, room, SMALL)]
    top = SHEET_EDGE + TITLE_LINE * len(head) + 10
    end = top + height + 26
    words = [
        _sheet_line(line, SHEET_EDGE + TITLE + TITLE_LINE * i, TITLE, 700) for i, line in enumerate(head)
    ]
    words += [_sheet_line(line, end + SHEET_LINE * i, SMALL, 400) for i, line in enumerate(foot)]
    whole = end + SHEET_LINE * len(foot) + SHEET_EDGE // 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SHEET} {whole}" width="{SHEET}" '
        f'height="{whole}" role="img" font-family="{FONT}" color="{INK}" fill="currentColor">'
        f'<title>{escape(title)}</title><rect width="{SHEET}" height="{whole}" fill="{PAPER}"/>'
        f'{"".join(words)}<g transform="translate({SHEET_EDGE} {top})">{body}</g></svg>\n'
    )


def percent(share: float) -> str:
    """A share as a percentage without trailing zeros."""
    return f"{round(100 * share, 2):g}%"


def _sheet_line(words: str, y: int, size: int, weight: int) -> str:
    look = f'x="{SHEET_EDGE}" y="{y}" font-size="{size}" font-weight="{weight}"'
    return f"<text {look}>{escape(words)}</text>"


def _parts(made: Plot) -> str:
    draw = {"scatter": _line, "bar": _bars}
    traces = [draw[trace["type"]](made, trace) for trace in made.figure["data"]]
    is_line = made.figure["data"][0]["type"] == "scatter"
    frame = _line_axes(made) if is_line else _bar_axes(made)
    shapes = [_upright(made, shape) for shape in made.layout.get("shapes", ())]
    labels = [_label(made, item) for item in made.layout.get("annotations", ())]
    return "".join([*shapes, *frame, *traces, *labels])


def _in(colour: str, content: str) -> str:
    """Content in a colour of the figure, with the class by which a style sheet may change it."""
    if colour not in COLOURS:
        return content
    return f'<g class="{COLOURS[colour]}" color="{colour}">{content}</g>'


# --- lines ---


def _line(made: Plot, trace: Json) -> str:
    pairs = zip(trace["x"], trace["y"], strict=True)
    points = [None if y is None else (made.scale("x")(x), made.down("y", y)) for x, y in pairs]
    shown = [point for point in points if point is not None]
    symbol = SYMBOLS[trace["marker"]["symbol"]]
    marks = "".join(
        f'<svg x="{percent(x)}" y="{y:g}" overflow="visible"><path d="{symbol}"/></svg>' for x, y in shown
    )
    dash = DASHES[trace["line"]["dash"]]
    stroke = f'stroke-width="{trace["line"]["width"]}"' + (f' stroke-dasharray="{dash}"' if dash else "")
    # Only the line is stretched to the width of the plot; its thickness is not.
    path = (
        f'<svg viewBox="0 0 100 {made.height}" preserveAspectRatio="none" width="100%" '
        f'height="{made.height}" overflow="visible"><path d="{_path(points)}" fill="none" '
        f'stroke="currentColor" vector-effect="non-scaling-stroke" {stroke}/></svg>'
    )
    return _in(trace["line"]["color"], path + marks)


def _path(points: Iterable[tuple[float, float] | None]) -> str:
    """A line through the points, broken where one is missing."""
    steps, pen = [], "M"
    for point in points:
        if point is not None:
            steps.append(f"{pen}{round(100 * point[0], 2):g} {point[1]:g}")
        pen = "M" if point is None else "L"
    return "".join(steps)


def _line_axes(made: Plot) -> list[str]:
    years, values = made.axis("x"), made.axis("y")
    levels = [made.down("y", value) for value in values["tickvals"]]
    grid = "".join(f'<line x2="100%" y1="{y:g}" y2="{y:g}"/>' for y in levels if y < made.height)
    texts = [
        _text(text, "0%", y, made.size, "end", -7) for text, y in zip(values["ticktext"], levels, strict=True)
    ]
    texts += [
        _text(text, made.across("x", x), made.height + UNDER_AXIS, made.size, "middle")
        for text, x in zip(years["ticktext"], years["tickvals"], strict=True)
    ]
    edges = (
        f'<path d="M0 0V{made.height}" stroke="currentColor"/>'
        f'<line x2="100%" y1="{made.height}" y2="{made.height}" stroke="currentColor"/>'
    )
    return [_in(values["gridcolor"], f'<g stroke="currentColor">{grid}</g>'), edges, *texts]


def _upright(made: Plot, shape: Json) -> str:
    x = made.across("x", shape["x0"])
    look = 'stroke="currentColor" stroke-width="1.5" stroke-dasharray="6 5"'
    return _in(shape["line"]["color"], f'<line x1="{x}" x2="{x}" y2="{made.height}" {look}/>')


# --- bars ---


def _bars(made: Plot, trace: Json) -> str:
    names, domain = trace["y"], made.axis(trace["yaxis"]).get("domain", (0, 1))
    each = (domain[1] - domain[0]) * made.height / len(names)
    top = (1 - domain[1]) * made.height
    thick = round(each * (1 - made.layout["bargap"]), 1)
    start = made.across(trace["xaxis"], 0)
    drawn = []
    for i, (value, text) in enumerate(zip(trace["x"], trace["text"], strict=True)):
        if value is None or not text:
            continue
        middle = top + each * (i + 0.5)
        end = made.across(trace["xaxis"], value)
        length = percent(made.scale(trace["xaxis"])(value) - made.scale(trace["xaxis"])(0))
        drawn.append(_bar(trace["marker"], (start, length), middle - thick / 2, thick) if value else "")
        drawn.append(_text(text, end, middle, made.size, "start", BESIDE_BAR))
    return "".join(drawn)


def _bar(marker: Json, place: tuple[str, str], y: float, thick: float) -> str:
    across = f'x="{place[0]}" width="{place[1]}" y="{round(y, 1):g}" height="{thick:g}"'
    return hatched(across, thick) if "pattern" in marker else _in(marker["color"], f"<rect {across}/>")


def hatched(place: str, thick: float) -> str:
    """A hatched block: the same wherever a value is withheld."""
    starts = range(-int(thick), HATCH_PARTS, HATCH_EVERY)
    slant = "".join(f"M{x} {thick:g}l{thick:g} {-thick:g}" for x in starts)
    lines = f'<svg {place}><path d="{slant}" stroke="currentColor"/></svg>'
    return _in(QUIET, f'{lines}<rect {place} fill="none" stroke="currentColor"/>')


def _bar_axes(made: Plot) -> list[str]:
    found = {(trace["xaxis"], trace["yaxis"]): trace["y"] for trace in made.figure["data"]}
    return [part for axes, names in found.items() for part in _bar_axis(made, axes, names)]


def _bar_axis(made: Plot, axes: tuple[str, str], names: Sequence[str]) -> list[str]:
    domain = made.axis(axes[1]).get("domain", (0, 1))
    top, end = ((1 - share) * made.height for share in (domain[1], domain[0]))
    x = made.across(axes[0], 0)
    rule = f'<line x1="{x}" x2="{x}" y1="{round(top, 1):g}" y2="{round(end, 1):g}" stroke="currentColor"/>'
    if not made.axis(axes[1])["showticklabels"]:
        return [rule]
    each = (end - top) / len(names)
    labels = [_text(name, x, top + each * (i + 0.5), made.size, "end", -8) for i, name in enumerate(names)]
    return [rule, *labels]


# --- words ---


def _label(made: Plot, item: Json) -> str:
    x = made.across(item["xref"], item["x"])
    y = made.down(item["yref"], item["y"]) - item["yshift"]
    anchor = {"left": "start", "center": "middle"}[item["xanchor"]]
    return _text(item["text"], x, y, made.size, anchor, item["xshift"], item["font"]["weight"])


def _text(
    words: str, x: str, middle: float, size: float, anchor: str = "start", shift: float = 0, weight: int = 400
) -> str:
    """Words whose middle lies at a height; `<br>` parts lines, as in a figure."""
    lines = words.split("<br>")
    first = middle + BASELINE * size - LEADING * size * (len(lines) - 1) / 2
    look = (f' text-anchor="{anchor}"' if anchor != "start" else "") + (f' dx="{shift:g}"' if shift else "")
    look += f' font-weight="{weight}"' if weight != 400 else ""
    return "".join(
        f'<text x="{x}" y="{round(first + LEADING * size * i, 1):g}"{look}>{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
