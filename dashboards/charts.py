"""Charts as plotly figures, made from the cells of a view and nothing else.

Figures are built from Python lists (never arrays, whose base64 no text scan could read), and every number
in one is a released value, or fixed by the layout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.breaks import Break
from dashboards.lettering import in_lines, width
from dashboards.model import Cell
from dashboards.views import View

Json = dict[str, Any]
PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25")
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up")
TEXT, GRID, QUIET, PAPER = "#0b0c0c", "#d9dcdf", "#505a5f", "#ffffff"
CLEAR = "rgba(0,0,0,0)"
FONT = "Arial, Helvetica, sans-serif"
SIZE, SIZE_NARROW = 16, 14
BLOCK = 0.09
PANEL_HEAD = 40
STRIP_LINE, LABEL_LINE = 22, 20
EDGE = 0.4
MOST_LEVELS = 6
NAME_ROOM, NAME_ROOM_NARROW = 190, 140
END_ROOM, END_ROOM_NARROW = 150, 84
LEAST_WIDTH, LEAST_WIDTH_NARROW = 580, 290
TICK_GAP = 8
AXIS: Mapping[str, Any] = {
    "fixedrange": True,
    "showline": True,
    "linecolor": TEXT,
    "gridcolor": GRID,
    "zeroline": False,
    "ticks": "",
    "tickangle": 0,
    "tickfont": {"color": TEXT},
}
VALUES: Mapping[str, Any] = {
    **AXIS,
    "showticklabels": False,
    "showgrid": False,
    "showline": False,
    "zeroline": True,
    "zerolinecolor": TEXT,
}
NAMES: Mapping[str, Any] = {
    **AXIS,
    "type": "category",
    "dtick": 1,
    "autorange": "reversed",
    "showgrid": False,
    "showline": False,
    "ticks": "outside",
    "ticklen": 5,
    "tickcolor": CLEAR,
}


@dataclass(frozen=True)
class Chart:
    """A figure in two widths: plotly's JSON, and the heights in pixels that the page keeps free for it."""

    wide: Json
    narrow: Json
    height_wide: int
    height_narrow: int


def chart(view: View, breaks: Sequence[Break] = ()) -> Chart:
    """Draw a view.

    Args:
        view: what to draw; its `chart` says how.
        breaks: the breaks in the series, for line charts.

    Raises:
        KeyError: the view asks for a kind of chart that there is not.
    """
    return {"line": _line_chart, "bars": _bar_chart}[view.chart](view, breaks)


def _figure(data: Sequence[Json], layout: Json) -> Json:
    """Have plotly check the figure, and give it as plain JSON without a template.

    Raises:
        ValueError: plotly knows no such attribute or value.
    """
    import plotly.graph_objects as go

    content: Json = go.Figure(data=list(data), layout=layout).to_plotly_json()
    content["layout"].pop("template", None)
    return content


# --- lines ---


def _line_chart(view: View, breaks: Sequence[Break]) -> Chart:
    data = [_line(view, column, i) for i, column in enumerate(view.charted)]
    strip = _columns_with_gaps(view)
    wide, narrow = (_line_layout(view, breaks, strip, is_narrow) for is_narrow in (False, True))
    return Chart(_figure(data, wide), _figure(data, narrow), wide["height"], narrow["height"])


def _columns_with_gaps(view: View) -> list[int]:
    return [c for c in view.charted if any(view.grid[r][c].value is None for r in view.plotted_rows)]


def _line(view: View, column: int, position: int) -> Json:
    cells = [view.grid[row][column] for row in view.plotted_rows]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": view.columns[column].label,
        "x": [_axis_position(view, row) for row in view.plotted_rows],
        "y": [cell.value for cell in cells],
        "connectgaps": False,
        "line": {"color": PALETTE[position], "width": 3, "dash": DASHES[position]},
        "marker": {"symbol": SYMBOLS[position], "size": 9, "color": PALETTE[position]},
        "text": [cell.text for cell in cells],
        "hovertext": [view.rows[row].label for row in view.plotted_rows],
        "hovertemplate": "%{fullData.name}, %{hovertext}: %{text}<extra></extra>",
    }


def _line_layout(view: View, breaks: Sequence[Break], strip: Sequence[int], narrow: bool) -> Json:
    positions = [_axis_position(view, row) for row in view.plotted_rows]
    marks = _break_marks(breaks, positions, _is_yearly(view))
    foot = STRIP_LINE * len(strip)
    height = (320 if narrow else 380) + foot
    levels = _levels(_headroom(view))
    margin = {"l": _room_for(levels, narrow) + 12, "t": 30, "b": 40 + foot}
    ends = _end_labels(view, narrow, height - margin["t"] - margin["b"])
    names = [view.columns[column].label for column in strip]
    right = _room_for([item["text"] for item in ends] + names, narrow) + 16
    labels = [view.rows[row].label for row in view.plotted_rows]
    every = _every(labels, margin["l"] + right, narrow)
    ticks = {"tickvals": positions[::every], "ticktext": labels[::every]}
    across = {"range": [positions[0] - EDGE, positions[-1] + EDGE], "showgrid": False}
    scale = {"range": [0, _headroom(view)], "tickvals": [int(x.replace(",", "")) for x in levels]}
    return _layout(height, narrow) | {
        "margin": {**margin, "r": right},
        "xaxis": {**AXIS, **across, **ticks},
        "yaxis": {**AXIS, **scale, "ticktext": levels},
        "shapes": [shape for shape, _ in marks],
        "annotations": [label for _, label in marks] + ends + _strip(view, strip),
    }


def _every(labels: Sequence[str], margins: int, narrow: bool) -> int:
    """Each how many-th label of the axis has room on the least wide screen."""
    room = (LEAST_WIDTH_NARROW if narrow else LEAST_WIDTH) - margins
    return max(1, math.ceil(len(labels) * (_room_for(labels, narrow) + TICK_GAP) / max(room, 1)))


def _levels(top: float) -> list[str]:
    """The round numbers of an axis that ends at `top`: steps of 1, 2 or 5 and a power of ten."""
    steps = (step * 10**power for power in range(12) for step in (1, 2, 5))
    step = next(step for step in steps if top / step < MOST_LEVELS)
    return [f"{value:,}" for value in range(0, int(top) + 1, step)]


def _room_for(texts: Sequence[str], narrow: bool) -> int:
    """The pixels that the widest line of the texts takes."""
    size = SIZE_NARROW if narrow else SIZE
    lines = [line for text in texts for line in text.split("<br>")]
    return round(max((width(line, size) for line in lines), default=0))


def _is_yearly(view: View) -> bool:
    spans = [view.rows[row].period for row in view.plotted_rows]
    return all(span is not None and span[0] == span[1] for span in spans)


def _axis_position(view: View, row: int) -> int:
    span = view.rows[row].period
    return span[0] if _is_yearly(view) and span is not None else row


def _headroom(view: View) -> float:
    """Where the axis ends: a little above the largest value that is drawn."""
    values = [cell.value for cell in _drawn(view) if cell.value is not None]
    return 1.12 * max(values, default=0) or 1


def _drawn(view: View) -> list[Cell]:
    return [view.grid[row][column] for row in view.plotted_rows for column in view.charted]


def _end_labels(view: View, narrow: bool, height: int) -> list[Json]:
    """The last shown value of each line, none over another; named where the table has more columns."""
    ends = []
    for column in view.charted:
        shown = [row for row in view.plotted_rows if view.grid[row][column].value is not None]
        if shown:
            cell, name = view.grid[shown[-1]][column], view.columns[column].label
            text = cell.text if len(view.columns) == 1 else _end_words(f"{name} {cell.text}", narrow)
            ends.append((_axis_position(view, shown[-1]), cell.value or 0, text))
    room = LABEL_LINE * max((text.count("<br>") + 1 for *_, text in ends), default=1)
    places = [value / _headroom(view) * height for _, value, _ in ends]
    return [
        _label(text, x, value, xanchor="left", xshift=10, yshift=shift)
        for (x, value, text), shift in zip(ends, _apart(places, room), strict=True)
    ]


def _end_words(words: str, narrow: bool) -> str:
    room, size = (END_ROOM_NARROW, SIZE_NARROW) if narrow else (END_ROOM, SIZE)
    return "<br>".join(in_lines(words, room, size))


def _apart(places: Sequence[float], room: float) -> list[int]:
    """How far up each label must move so that labels of that height neither overlap nor touch the axis."""
    shifts, free = [0] * len(places), 0.0
    for i in sorted(range(len(places)), key=lambda i: places[i]):
        moved = max(places[i], free + room / 2)
        shifts[i], free = round(moved - places[i]), moved + room / 2
    return shifts


def _strip(view: View, columns: Sequence[int]) -> list[Json]:
    """The markers of what is not shown, under the axis: one row a series."""
    marks = []
    for line, column in enumerate(columns):
        shift = -46 - STRIP_LINE * line
        name = view.columns[column].label
        marks.append(_label(name, 1, 0, xref="paper", yref="paper", yshift=shift, xanchor="left", xshift=10))
        marks += [
            _label(view.grid[row][column].text, _axis_position(view, row), 0, yref="paper", yshift=shift)
            for row in view.plotted_rows
            if view.grid[row][column].value is None
        ]
    return marks


def _break_marks(breaks: Sequence[Break], positions: Sequence[int], yearly: bool) -> list[tuple[Json, Json]]:
    """A dashed line and its letter for each break that lies within the years shown."""
    placed = [(item, _date_position(date.fromisoformat(item.on))) for item in breaks if yearly]
    return [
        (_upright(x), _label(item.letter, x, 1, yref="paper", yshift=14, bold=True))
        for item, x in placed
        if positions[0] - EDGE < x < positions[-1] + EDGE
    ]


def _upright(x: float) -> Json:
    line = {"color": QUIET, "width": 1.5, "dash": "dash"}
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": line,
        "layer": "below",
    }


def _date_position(on: date) -> float:
    """The place of a day on an axis where a year's count stands in the middle of its year."""
    share = (on - date(on.year, 1, 1)).days / 365
    return round(on.year - 0.5 + share, 2)


# --- bars ---


def _bar_chart(view: View, _: Sequence[Break]) -> Chart:
    wide, narrow = (_bar_figure(view, is_narrow) for is_narrow in (False, True))
    return Chart(wide, narrow, wide["layout"]["height"], narrow["layout"]["height"])


def _bar_figure(view: View, narrow: bool) -> Json:
    names = _names(view, narrow)
    longest = _headroom(view)
    data = [trace for i, column in enumerate(view.charted) for trace in _bars(view, column, i, names)]
    return _figure(data, _bar_layout(view, names, longest, narrow))


def _names(view: View, narrow: bool) -> list[str]:
    """The words beside the bars, in lines."""
    room, size = (NAME_ROOM_NARROW, SIZE_NARROW) if narrow else (NAME_ROOM, SIZE)
    return ["<br>".join(in_lines(view.rows[row].label, room, size)) for row in view.plotted_rows]


def _bar_room(names: Sequence[str], narrow: bool) -> int:
    """The height of one bar in pixels: enough for the longest label."""
    lines = max(name.count("<br>") + 1 for name in names)
    size = SIZE_NARROW if narrow else SIZE
    return max(2 * size, round(1.3 * size * lines) + 5)


def _bars(view: View, column: int, panel: int, names: Sequence[str]) -> list[Json]:
    """The bars of one panel: those with a value, and those whose marker stands in its place."""
    cells = [view.grid[row][column] for row in view.plotted_rows]
    base = {
        "type": "bar",
        "orientation": "h",
        "name": view.columns[column].label,
        "y": list(names),
        "xaxis": f"x{_axis_number(panel)}",
        "yaxis": f"y{_axis_number(panel)}",
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": TEXT},
        "hovertext": [view.rows[row].label for row in view.plotted_rows],
        "hovertemplate": "%{hovertext}, %{fullData.name}: %{text}<extra></extra>",
    }
    shown = {
        "x": [cell.value for cell in cells],
        "text": ["" if cell.marker else cell.text for cell in cells],
        "marker": {"color": PALETTE[0]},
    }
    hatch = {"shape": "/", "fgcolor": QUIET, "bgcolor": PAPER, "size": 6}
    hidden = {
        "x": [_block(cell, _headroom(view)) for cell in cells],
        "text": [cell.text if cell.marker else "" for cell in cells],
        "marker": {"color": PAPER, "pattern": hatch, "line": {"color": QUIET, "width": 1}},
    }
    return [base | shown, base | hidden] if any(cell.marker for cell in cells) else [base | shown]


def _block(cell: Cell, longest: float) -> float | None:
    """The length of what stands for a missing value: the same for every withheld one, none for the rest."""
    if cell.is_withheld:
        return BLOCK * longest
    return 0 if cell.marker else None


def _axis_number(panel: int) -> str:
    return "" if panel == 0 else str(panel + 1)


def _bar_layout(view: View, names: Sequence[str], longest: float, narrow: bool) -> Json:
    panels, room = len(view.charted), _bar_room(names, narrow) * len(names)
    plot = panels * (PANEL_HEAD + room) if narrow else room
    top = 0 if narrow else 34
    layout = _layout(top + plot + 4, narrow) | {"barmode": "overlay", "bargap": 0.34, "annotations": []}
    layout["margin"] = {"l": _room_for(names, narrow) + 10, "r": 4, "t": top, "b": 4}
    for panel, column in enumerate(view.charted):
        axis = _axis_number(panel)
        across, down = _stacked(panel, panels, PANEL_HEAD / plot) if narrow else _side_by_side(panel, panels)
        values = {"domain": across, "anchor": f"y{axis}", "range": [0, 1.18 * longest]}
        shown = {"domain": down, "anchor": f"x{axis}", "showticklabels": narrow or panel == 0}
        layout[f"xaxis{axis}"] = {**VALUES, **values}
        layout[f"yaxis{axis}"] = {**NAMES, **shown}
        place = (across[0], down[1])
        title = _label(view.columns[column].label, *place, "paper", "paper", "left", yshift=14, bold=True)
        layout["annotations"].append(title)
    return layout


def _side_by_side(panel: int, panels: int) -> tuple[list[float], list[float]]:
    gap = 0.03
    each = (1 - gap * (panels - 1)) / panels
    return [round(panel * (each + gap), 4), round(panel * (each + gap) + each, 4)], [0.0, 1.0]


def _stacked(panel: int, panels: int, head: float) -> tuple[list[float], list[float]]:
    """One above the other; `head` is the share of the height that a panel's title takes."""
    top = 1 - panel / panels - head
    return [0.0, 1.0], [round(1 - (panel + 1) / panels, 4), round(top, 4)]


# --- both ---


def _layout(height: int, narrow: bool) -> Json:
    return {
        "height": height,
        "autosize": True,
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"family": FONT, "size": SIZE_NARROW if narrow else SIZE, "color": TEXT},
        "hoverlabel": {"bgcolor": TEXT, "font": {"family": FONT, "size": 16, "color": PAPER}},
    }


def _label(
    text: str,
    x: float,
    y: float | None,
    xref: str = "x",
    yref: str = "y",
    xanchor: str = "center",
    xshift: int = 0,
    yshift: int = 0,
    bold: bool = False,
) -> Json:
    # Weight as a font property: a <b> in the text becomes an inline style, which the strict policy refuses.
    font = {"color": TEXT, "weight": 700 if bold else 400}
    place = {"x": x, "y": y, "xref": xref, "yref": yref, "xshift": xshift, "yshift": yshift}
    look = {"showarrow": False, "align": "left", "font": font, "xanchor": xanchor, "yanchor": "middle"}
    return {"text": text, **look, **place}
