"""Charts as plotly figures, made from the cells of a view and nothing else.

Figures are built from Python lists (never arrays, whose base64 no text scan could read), and every number in one
is a released value, or fixed by the layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.breaks import Break
from dashboards.model import Cell
from dashboards.views import View

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25")
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up")
TEXT, GRID, QUIET = "#0b0c0c", "#d9dcdf", "#505a5f"
FONT = "Arial, Helvetica, sans-serif"
BLOCK = 0.09


@dataclass(frozen=True)
class Chart:
    """A figure in two widths: plotly's JSON, and the heights in pixels that the page keeps free for it."""

    wide: Mapping[str, Any]
    narrow: Mapping[str, Any]
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


def plotly_json(data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> dict[str, Any]:
    """Have plotly check the figure, and give it as plain JSON without a template.

    Raises:
        ValueError: plotly knows no such attribute or value.
    """
    import plotly.graph_objects as go

    content: dict[str, Any] = go.Figure(data=list(data), layout=dict(layout), skip_invalid=False).to_plotly_json()
    content["layout"].pop("template", None)
    return content


# --- lines -----------------------------------------------------------------------------------------------------


def _line_chart(view: View, breaks: Sequence[Break]) -> Chart:
    strip = [c for c in view.charted if any(view.grid[r][c].value is None for r in view.plotted_rows)]
    foot = 46 + 22 * len(strip)
    layouts = [_line_layout(view, breaks, strip, height, narrow) for height, narrow in ((380, False), (340, True))]
    data = [_line(view, column, i) for i, column in enumerate(view.charted)]
    for layout in layouts:
        layout["margin"]["b"] = foot
        layout["height"] += 22 * len(strip)
    wide, narrow = (plotly_json(data, layout) for layout in layouts)
    return Chart(wide, narrow, layouts[0]["height"], layouts[1]["height"])


def _line(view: View, column: int, position: int) -> dict[str, Any]:
    cells = [view.grid[row][column] for row in view.plotted_rows]
    name = view.columns[column].label
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [_axis_position(view, row) for row in view.plotted_rows],
        "y": [cell.value for cell in cells],
        "connectgaps": False,
        "line": {"color": PALETTE[position], "width": 3, "dash": DASHES[position]},
        "marker": {"symbol": SYMBOLS[position], "size": 9, "color": PALETTE[position]},
        "text": [f"{view.rows[row].label}: {view.grid[row][column].text}" for row in view.plotted_rows],
        "hovertemplate": f"{name}<br>%{{text}}<extra></extra>",
    }


def _line_layout(
    view: View, breaks: Sequence[Break], strip: Sequence[int], height: int, narrow: bool
) -> dict[str, Any]:
    positions = [_axis_position(view, row) for row in view.plotted_rows]
    every = 2 if narrow and len(positions) > 6 else 1
    ticks = positions[::every]
    labels = [view.rows[row].label for row in view.plotted_rows][::every]
    marks = _break_marks(breaks, positions, _is_yearly(view))
    return _layout(height, narrow) | {
        "margin": {"l": 44, "r": 74 if narrow else 130, "t": 34, "b": 40},
        "xaxis": _axis(showgrid=False, tickvals=ticks, ticktext=labels, range=[positions[0] - 0.4, positions[-1] + 0.4]),
        "yaxis": _axis(rangemode="tozero", nticks=6, range=[0, _headroom(view)]),
        "shapes": [mark["shape"] for mark in marks],
        "annotations": [mark["label"] for mark in marks] + _end_labels(view, narrow) + _strip(view, strip),
    }


def _is_yearly(view: View) -> bool:
    spans = [view.rows[row].period for row in view.plotted_rows]
    return all(span is not None and span[0] == span[1] for span in spans)


def _axis_position(view: View, row: int) -> int:
    span = view.rows[row].period
    return span[0] if _is_yearly(view) and span is not None else row


def _headroom(view: View) -> float:
    values = [cell.value for cell in _drawn(view) if cell.value is not None]
    return 1.12 * max(values, default=0) or 1


def _drawn(view: View) -> list[Cell]:
    return [view.grid[row][column] for row in view.plotted_rows for column in view.charted]


def _end_labels(view: View, narrow: bool) -> list[dict[str, Any]]:
    labels = []
    for position, column in enumerate(view.charted):
        shown = [row for row in view.plotted_rows if view.grid[row][column].value is not None]
        if shown:
            cell = view.grid[shown[-1]][column]
            words = view.columns[column].label
            text = f"<b>{cell.text}</b><br>{words}" if narrow else f"<b>{cell.text}</b> {words}"
            labels.append(
                _label(text, x=_axis_position(view, shown[-1]), y=cell.value, xanchor="left", xshift=10, align="left")
                | {"name": f"end-{position}"}
            )
    return labels


def _strip(view: View, columns: Sequence[int]) -> list[dict[str, Any]]:
    marks = []
    for line, column in enumerate(columns):
        shift = -34 - 22 * line
        name = view.columns[column].label
        marks.append(_label(name, x=1, xref="paper", y=0, yref="paper", yshift=shift, xanchor="left"))
        marks += [
            _label(view.grid[row][column].text, x=_axis_position(view, row), y=0, yref="paper", yshift=shift)
            for row in view.plotted_rows
            if view.grid[row][column].value is None
        ]
    return marks


def _break_marks(
    breaks: Sequence[Break], positions: Sequence[int], yearly: bool
) -> list[dict[str, dict[str, Any]]]:
    if not yearly:
        return []
    marks = []
    for item in breaks:
        x = _date_position(date.fromisoformat(item.on))
        if positions[0] - 0.4 < x < positions[-1] + 0.4:
            line = {"color": QUIET, "width": 1.5, "dash": "dash"}
            shape = {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line, "layer": "below"}
            marks.append({"shape": shape, "label": _label(f"<b>{item.letter}</b>", x=x, y=1, yref="paper", yshift=14)})
    return marks


def _date_position(on: date) -> float:
    """The place of a day on an axis where a year's count stands in the middle of its year."""
    share = (on - date(on.year, 1, 1)).days / 365
    return round(on.year - 0.5 + share, 2)


# --- bars ------------------------------------------------------------------------------------------------------


def _bar_chart(view: View, _: Sequence[Break]) -> Chart:
    panels, bars = len(view.charted), len(view.plotted_rows)
    wide_height = 60 + 38 * bars
    narrow_height = panels * (44 + 36 * bars)
    longest = _headroom(view)
    data = [trace for i, column in enumerate(view.charted) for trace in _bars(view, column, i, longest)]
    wide = plotly_json(data, _bar_layout(view, longest, wide_height, narrow=False))
    narrow = plotly_json(data, _bar_layout(view, longest, narrow_height, narrow=True))
    return Chart(wide, narrow, wide_height, narrow_height)


def _bars(view: View, column: int, panel: int, longest: float) -> list[dict[str, Any]]:
    axis = "" if panel == 0 else str(panel + 1)
    names = [_short(view.rows[row].label) for row in view.plotted_rows]
    cells = [view.grid[row][column] for row in view.plotted_rows]
    base = {"type": "bar", "orientation": "h", "y": names, "xaxis": f"x{axis}", "yaxis": f"y{axis}"}
    style = {"textposition": "outside", "cliponaxis": False, "textfont": {"size": 15, "color": TEXT}}
    words = [f"{view.rows[row].label}, {view.columns[column].label}" for row in view.plotted_rows]
    hover = {"hovertext": words, "hovertemplate": "%{hovertext}: %{text}<extra></extra>"}
    shown = base | style | hover | {
        "x": [cell.value for cell in cells],
        "text": ["" if cell.value is None else cell.text for cell in cells],
        "marker": {"color": PALETTE[0]},
    }
    hatch = {"shape": "/", "fgcolor": QUIET, "bgcolor": "#ffffff", "size": 6}
    hidden = base | style | hover | {
        "x": [BLOCK * longest if cell.is_withheld else (0 if cell.marker else None) for cell in cells],
        "text": [cell.text if cell.marker else "" for cell in cells],
        "marker": {"color": "#ffffff", "pattern": hatch, "line": {"color": QUIET, "width": 1}},
    }
    return [shown, hidden] if any(cell.marker for cell in cells) else [shown]


def _bar_layout(view: View, longest: float, height: int, narrow: bool) -> dict[str, Any]:
    layout = _layout(height, narrow) | {"barmode": "overlay", "bargap": 0.34, "annotations": []}
    layout["margin"] = {"l": 8, "r": 8, "t": 30, "b": 8}
    panels = len(view.charted)
    for panel, column in enumerate(view.charted):
        axis = "" if panel == 0 else str(panel + 1)
        across, down = _domains(panel, panels, narrow)
        layout[f"xaxis{axis}"] = _axis(
            domain=across, anchor=f"y{axis}", range=[0, 1.18 * longest], showticklabels=False, showgrid=False,
            showline=False, zeroline=True, zerolinecolor=TEXT,
        )
        layout[f"yaxis{axis}"] = _axis(
            domain=down, anchor=f"x{axis}", autorange="reversed", showgrid=False, showline=False, ticks="",
            showticklabels=narrow or panel == 0, automargin=True,
        )
        title = _label(f"<b>{view.columns[column].label}</b>", x=across[0], y=down[1], xref="paper", yref="paper")
        layout["annotations"].append(title | {"xanchor": "left", "yanchor": "bottom", "yshift": 4})
    return layout


def _domains(panel: int, panels: int, narrow: bool) -> tuple[list[float], list[float]]:
    """Where a panel lies: side by side on a wide screen, one above the other on a narrow one."""
    if narrow:
        each = 1 / panels
        return [0.0, 1.0], [round(1 - (panel + 0.86) * each, 4), round(1 - panel * each, 4)]
    gap = 0.03
    each = (1 - gap * (panels - 1)) / panels
    return [round(panel * (each + gap), 4), round(panel * (each + gap) + each, 4)], [0.0, 1.0]


def _short(label: str) -> str:
    """A label on two lines where it is long."""
    words, lines = label.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 22 and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)


# --- both ------------------------------------------------------------------------------------------------------


def _layout(height: int, narrow: bool) -> dict[str, Any]:
    return {
        "height": height,
        "autosize": True,
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "font": {"family": FONT, "size": 14 if narrow else 16, "color": TEXT},
        "hoverlabel": {"bgcolor": TEXT, "font": {"family": FONT, "size": 16, "color": "#ffffff"}},
    }


def _axis(**options: Any) -> dict[str, Any]:
    base = {"fixedrange": True, "showline": True, "linecolor": TEXT, "gridcolor": GRID, "zeroline": False}
    return base | {"ticks": "", "tickangle": 0, "tickfont": {"color": TEXT}} | options


def _label(text: str, **options: Any) -> dict[str, Any]:
    return {"text": text, "showarrow": False, "font": {"color": TEXT}} | options
