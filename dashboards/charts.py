"""Charts as plotly figures, made from the cells of a view and nothing else.

Figures are built from Python lists (never arrays, whose base64 no text scan could read), and every number
in one is a released value, or fixed by the layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.breaks import Break
from dashboards.model import Cell
from dashboards.views import View

Json = dict[str, Any]
PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25")
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up")
TEXT, GRID, QUIET, PAPER = "#0b0c0c", "#d9dcdf", "#505a5f", "#ffffff"
FONT = "Arial, Helvetica, sans-serif"
BLOCK = 0.09
NEAR_AXIS = 0.05
PANEL_HEAD = 40
STRIP_LINE = 22
EDGE = 0.4
MOST_TICKS, MOST_TICKS_NARROW = 14, 6
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
    "ticklen": 7,
    "tickcolor": PAPER,
    "automargin": True,
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
    every = -(-len(positions) // (MOST_TICKS_NARROW if narrow else MOST_TICKS))
    labels = [view.rows[row].label for row in view.plotted_rows][::every]
    marks = _break_marks(breaks, positions, _is_yearly(view))
    foot = STRIP_LINE * len(strip)
    right = 48 if len(view.charted) == 1 and not strip else (84 if narrow else 140)
    across = {"range": [positions[0] - EDGE, positions[-1] + EDGE]}
    return _layout((340 if narrow else 380) + foot, narrow) | {
        "margin": {"l": 44, "r": right, "t": 34, "b": 46 + foot},
        "xaxis": {**AXIS, **across, "showgrid": False, "tickvals": positions[::every], "ticktext": labels},
        "yaxis": {**AXIS, "nticks": 6, "range": [0, _headroom(view)], "tickformat": ",d", "automargin": True},
        "shapes": [shape for shape, _ in marks],
        "annotations": [label for _, label in marks] + _end_labels(view, narrow) + _strip(view, strip),
    }


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


def _end_labels(view: View, narrow: bool) -> list[Json]:
    """The last shown value of each line, with its name where there are several lines."""
    labels = []
    for column in view.charted:
        shown = [row for row in view.plotted_rows if view.grid[row][column].value is not None]
        if shown:
            cell, name = view.grid[shown[-1]][column], view.columns[column].label
            text = cell.text if len(view.charted) == 1 else f"{name}{'<br>' if narrow else ' '}{cell.text}"
            x = _axis_position(view, shown[-1])
            above_axis = 9 if (cell.value or 0) < NEAR_AXIS * _headroom(view) else 0
            labels.append(_label(text, x, cell.value, xanchor="left", xshift=10, yshift=above_axis))
    return labels


def _strip(view: View, columns: Sequence[int]) -> list[Json]:
    """The markers of what is not shown, under the axis: one row a series."""
    marks = []
    for line, column in enumerate(columns):
        shift = -34 - STRIP_LINE * line
        name = view.columns[column].label
        marks.append(_label(name, 1, 0, xref="paper", yref="paper", yshift=shift, xanchor="left", xshift=6))
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
    panels, bars, each = len(view.charted), len(view.plotted_rows), _bar_room(view)
    wide_height = 38 + each * bars
    narrow_height = panels * (PANEL_HEAD + each * bars) + 8
    longest = _headroom(view)
    data = [trace for i, column in enumerate(view.charted) for trace in _bars(view, column, i, longest)]
    wide = _figure(data, _bar_layout(view, longest, wide_height, narrow=False))
    narrow = _figure(data, _bar_layout(view, longest, narrow_height, narrow=True))
    return Chart(wide, narrow, wide_height, narrow_height)


def _bar_room(view: View) -> int:
    """The height of one bar in pixels: enough for the longest label."""
    lines = max(_in_lines(view.rows[row].label).count("<br>") + 1 for row in view.plotted_rows)
    return {1: 32, 2: 44}.get(lines, 20 * lines + 6)


def _bars(view: View, column: int, panel: int, longest: float) -> list[Json]:
    """The bars of one panel: those with a value, and those whose marker stands in its place."""
    cells = [view.grid[row][column] for row in view.plotted_rows]
    base = {
        "type": "bar",
        "orientation": "h",
        "name": view.columns[column].label,
        "y": [_in_lines(view.rows[row].label) for row in view.plotted_rows],
        "xaxis": f"x{_axis_number(panel)}",
        "yaxis": f"y{_axis_number(panel)}",
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"size": 15, "color": TEXT},
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
        "x": [_block(cell, longest) for cell in cells],
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


def _bar_layout(view: View, longest: float, height: int, narrow: bool) -> Json:
    layout = _layout(height, narrow) | {"barmode": "overlay", "bargap": 0.34, "annotations": []}
    layout["margin"] = {"l": 8, "r": 8, "t": 8 if narrow else 30, "b": 0 if narrow else 8}
    panels = len(view.charted)
    head = panels * PANEL_HEAD / (height - 8)
    for panel, column in enumerate(view.charted):
        axis = _axis_number(panel)
        across, down = _stacked(panel, panels, head) if narrow else _side_by_side(panel, panels)
        values = {"domain": across, "anchor": f"y{axis}", "range": [0, 1.18 * longest]}
        names = {"domain": down, "anchor": f"x{axis}", "showticklabels": narrow or panel == 0}
        layout[f"xaxis{axis}"] = {**VALUES, **values}
        layout[f"yaxis{axis}"] = {**NAMES, **names}
        title = _label(view.columns[column].label, across[0], down[1], "paper", "paper", "left", bold=True)
        layout["annotations"].append(title | {"yanchor": "bottom", "yshift": 4})
    return layout


def _side_by_side(panel: int, panels: int) -> tuple[list[float], list[float]]:
    gap = 0.03
    each = (1 - gap * (panels - 1)) / panels
    return [round(panel * (each + gap), 4), round(panel * (each + gap) + each, 4)], [0.0, 1.0]


def _stacked(panel: int, panels: int, head: float) -> tuple[list[float], list[float]]:
    """One above the other; `head` is the share of the height that all panel titles take together."""
    top = 1 - panel / panels - head / panels
    return [0.0, 1.0], [round(1 - (panel + 1) / panels, 4), round(top, 4)]


def _in_lines(label: str) -> str:
    """A label broken into lines where it is long."""
    lines = [""]
    for word in label.split():
        if len(lines[-1]) + len(word) > 22 and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


# --- both ---


def _layout(height: int, narrow: bool) -> Json:
    return {
        "height": height,
        "autosize": True,
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"family": FONT, "size": 14 if narrow else 16, "color": TEXT},
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
    return {"text": text, "showarrow": False, "align": "left", "font": font, "xanchor": xanchor} | place
