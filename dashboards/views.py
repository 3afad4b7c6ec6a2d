"""One object a view: its grid of cells makes the chart, the table, the alt text and the file alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboards.model import TOTAL, Cell, Table, period_label

TIME = "time"
YEAR = "Year recorded"
MOST_SERIES = 4
BREAK = " [b]"
NOT_TABULATED = Cell(None, "x", reason="this combination is not tabulated")
UNIT_WORDS = {
    "allegations": "allegations",
    "officers": "officers (distinct in the period)",
    "cases": "cases",
    "officers_in_case": "officers in a case",
}


@dataclass(frozen=True)
class Step:
    """One row or column of a view: its words and which cells it selects."""

    label: str
    definition: str = ""
    period: tuple[int, int] | None = None
    codes: tuple[tuple[str, str], ...] = ()
    is_total: bool = False


@dataclass(frozen=True)
class View:
    """A grid of released cells with its words; `grid[row][column]`.

    `chart` is `line` (rows along the axis, a line a column), `bars` (a panel a column, a bar a row) or empty.
    `charted` are the columns that the chart draws, by position.
    """

    view_id: str
    title: str
    units: tuple[str, ...]
    time_basis: str
    as_at: str
    table_ids: tuple[str, ...]
    row_heading: str
    rows: tuple[Step, ...]
    columns: tuple[Step, ...]
    grid: tuple[tuple[Cell, ...], ...]
    within: tuple[str, ...] = ()
    chart: str = ""
    charted: tuple[int, ...] = ()

    @property
    def row_labels(self) -> tuple[str, ...]:
        """The words at the head of each row, with a `[b]` where a break lies within its years."""
        return tuple(_heading(step, cells) for step, cells in zip(self.rows, self.grid, strict=True))

    @property
    def column_labels(self) -> tuple[str, ...]:
        """The words at the head of each column, with a `[b]` where a break lies within its years."""
        return tuple(
            _heading(step, cells)
            for step, cells in zip(self.columns, zip(*self.grid, strict=True), strict=True)
        )

    @property
    def has_break(self) -> bool:
        """Whether a break in the series lies within a row or column."""
        return any(label.endswith(BREAK) for label in (*self.row_labels, *self.column_labels))

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells of the grid, row by row."""
        return tuple(cell for row in self.grid for cell in row)

    @property
    def markers(self) -> tuple[str, ...]:
        """The markers that stand in the grid."""
        return tuple(sorted({cell.marker for cell in self.cells if cell.marker}))

    @property
    def has_already_public(self) -> bool:
        """Whether a value of the grid was public before this release."""
        return any(cell.is_already_public for cell in self.cells)

    @property
    def definitions(self) -> tuple[tuple[str, str], ...]:
        """The words of rows and columns that have a definition."""
        return tuple((step.label, step.definition) for step in (*self.rows, *self.columns) if step.definition)

    @property
    def plotted_rows(self) -> tuple[int, ...]:
        """The rows that the chart draws: all but totals."""
        return tuple(i for i, step in enumerate(self.rows) if not step.is_total)

    @property
    def alt(self) -> str:
        """What the chart shows, in words and released figures only."""
        kind = {"line": "Line chart", "bars": "Bar chart"}.get(self.chart, "Table")
        series = [self._series_words(column) for column in self.charted]
        return f"{kind}: {self.title}. " + " ".join(series) + " The table below holds the same figures."

    def _series_words(self, column: int) -> str:
        points = [f"{self.rows[i].label}: {self.grid[i][column].text}" for i in self.plotted_rows]
        return f"{self.columns[column].label}. " + "; ".join(points) + "."

    def records(self) -> list[list[str]]:
        """The table as lines of text, headings first: plain figures, markers in square brackets."""
        body = [
            [label, *(cell.text.replace(",", "") for cell in cells)]
            for label, cells in zip(self.row_labels, self.grid, strict=True)
        ]
        return [[self.row_heading, *self.column_labels], *body]


@dataclass(frozen=True)
class Column:
    """A column taken from one table by fixed codes."""

    label: str
    table: Table
    codes: Mapping[str, str]
    definition: str = ""


def unit_words(units: Iterable[str]) -> str:
    """The units as a reader's words."""
    return " and ".join(UNIT_WORDS.get(unit, unit) for unit in units)


def steps(table: Table, axis: str, periods: Sequence[tuple[int, int]] | None = None) -> tuple[Step, ...]:
    """The rows or columns that a table has along `time`, or along one of its other dimensions."""
    if axis == TIME:
        spans = table.periods if periods is None else periods
        several = len(table.periods) > 1
        return tuple(
            Step(period_label(*span), period=span, is_total=several and span == table.years) for span in spans
        )
    dimension = table.dimension(axis)
    leaves = [
        Step(category.label, category.definition, codes=((axis, category.code),))
        for category in dimension.categories
        if category.code in table.codes_shown(axis)
    ]
    has_total = any(row.fields[axis] == TOTAL for row in table.rows)
    return tuple(leaves + ([Step("Total", codes=((axis, TOTAL),), is_total=True)] if has_total else []))


def view(table: Table, view_id: str, title: str, rows: str, columns: str, chart: str = "") -> View:
    """A view of one table: one axis down, one across (`time`, or the name of a dimension)."""
    down, across = steps(table, rows), steps(table, columns)
    grid = [[_pick(table, row, column) for column in across] for row in down]
    kept = [i for i, cells in enumerate(grid) if any(cell is not None for cell in cells)]
    heading = YEAR if rows == TIME else table.dimension(rows).label
    made = _blank(table, view_id, title, heading)
    shown = tuple(tuple(cell or NOT_TABULATED for cell in grid[i]) for i in kept)
    return charted(replace(made, rows=tuple(down[i] for i in kept), columns=across, grid=shown), chart)


def single(table: Table, view_id: str, title: str, label: str, chart: str = "") -> View:
    """A view of one table by period with one column: the totals of its other dimensions."""
    return beside(view_id, title, [Column(label, table, {})], table.periods, chart)


def beside(
    view_id: str,
    title: str,
    columns: Sequence[Column],
    periods: Iterable[tuple[int, int]],
    chart: str = "",
) -> View:
    """A view by period of columns taken from one or more tables, in the given order."""
    first = columns[0].table
    down = steps(first, TIME, tuple(periods))
    grid = [
        tuple(column.table.cell(_span(step), **column.codes) or NOT_TABULATED for column in columns)
        for step in down
    ]
    made = replace(
        _blank(first, view_id, title, YEAR),
        table_ids=tuple(dict.fromkeys(column.table.table_id for column in columns)),
        units=tuple(dict.fromkeys(column.table.unit for column in columns)),
        rows=down,
        columns=tuple(Step(column.label, column.definition) for column in columns),
        grid=tuple(grid),
    )
    return charted(made, chart)


def turned(subject: View, row_heading: str, chart: str = "bars") -> View:
    """The same view with rows and columns changed round."""
    grid = tuple(zip(*subject.grid, strict=True))
    rows, columns = subject.columns, subject.rows
    return charted(replace(subject, row_heading=row_heading, rows=rows, columns=columns, grid=grid), chart)


def charted(subject: View, chart: str) -> View:
    """The view with a kind of chart: up to four columns, no total beside its parts, none that is all zero."""
    every = list(range(len(subject.columns)))
    parts = [i for i in every if not subject.columns[i].is_total] or every
    filled = [i for i in parts if any(cells[i].value != 0 for cells in subject.grid)] or parts[:1]
    return replace(subject, chart=chart, charted=tuple(filled[-MOST_SERIES:]))


def share(part: Cell, rest: Cell, whole: Cell) -> Cell:
    """The percentage of a whole, given only where part, rest and whole are all shown.

    With all three shown the percentage tells nothing more; with one of them withheld it would give a count
    away.
    """
    if part.value is None or rest.value is None or whole.value is None:
        hidden = next(cell for cell in (part, rest, whole) if cell.value is None)
        return Cell(None, hidden.marker, reason=hidden.reason, exemption=hidden.exemption, is_percentage=True)
    if whole.value == 0:
        return Cell(None, "z", reason="a share of nothing", is_percentage=True)
    return Cell(100 * part.value / whole.value, is_percentage=True)


def _blank(table: Table, view_id: str, title: str, row_heading: str) -> View:
    return View(
        view_id=view_id,
        title=title,
        units=(table.unit,),
        time_basis=table.time_basis,
        as_at=table.as_at,
        table_ids=(table.table_id,),
        row_heading=row_heading,
        rows=(),
        columns=(),
        grid=(),
        within=table.within,
    )


def _heading(step: Step, cells: Sequence[Cell]) -> str:
    broken = step.period is not None and any("b" in cell.notes for cell in cells)
    return step.label + BREAK if broken else step.label


def _pick(table: Table, row: Step, column: Step) -> Cell | None:
    codes = dict((*row.codes, *column.codes))
    return table.cell(row.period or _span(column), **codes)


def _span(step: Step) -> tuple[int, int]:
    if step.period is None:
        raise ValueError(f"{step.label}: neither axis of the view is time")
    return step.period
