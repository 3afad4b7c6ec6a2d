"""One object a view: its grid of cells makes the chart, the table, the alt text and the file alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from dashboards.model import TOTAL, Cell, Release, Table, long_date, period_label, periods_label

TIME = "time"
MOST_SERIES = 4
LONG_LIST = 8
FEW_PERIODS = 5
BREAK = " [b]"
NOT_TABULATED = Cell(None, "x", reason="this combination is not tabulated")
UNIT_WORDS = {
    "allegations": "allegations",
    "officers": "officers (distinct in the {period})",
    "cases": "cases",
    "officers_in_case": "officers in a case",
}


def span_of(period: Sequence[int]) -> str:
    """Years as one value: `2010-2013`, or `2017` for a single year."""
    return "-".join(str(year) for year in dict.fromkeys(period))


def code_of(dimension: str, code: str) -> str:
    """A category as one value without a space: `action_path:formal`."""
    return f"{dimension}:{code}".replace(" ", "_")


@dataclass(frozen=True)
class Step:
    """One row or column of a view: its words and which cells it selects."""

    label: str
    definition: str = ""
    period: tuple[int, int] | None = None
    codes: tuple[tuple[str, str], ...] = ()
    is_total: bool = False
    is_broken: bool = False
    stands_from: str = ""

    @property
    def heading(self) -> str:
        """The words at the head of the row or column, with a `[b]` where a break lies within its years."""
        return self.label + BREAK if self.is_broken else self.label

    @property
    def lines(self) -> tuple[str, ...]:
        """The heading in parts that a narrow column keeps whole: `2010 to`, `2013 [b]`."""
        return tuple(self.heading.replace(" to ", " to\n").split("\n")) if self.period else (self.heading,)

    @property
    def span(self) -> str:
        """The years of the step as `2010-2013` or `2017`; empty where it is not one of time."""
        return span_of(self.period or ())

    @property
    def kinds(self) -> str:
        """The categories of the step, as the page of all tables names them; empty for totals and years."""
        return " ".join(code_of(name, code) for name, code in self.codes if code != TOTAL)


@dataclass(frozen=True)
class View:
    """A grid of released cells with its words; `grid[row][column]`.

    `chart` is `line` (rows along the axis, a line a column), `bars` (a panel a column, a bar a row) or empty.
    `charted` are the columns that the chart draws, by position. `subject` is what is told of the units.
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
    subject: str = "Number"

    @property
    def is_stated(self) -> bool:
        """Whether it holds shares and medians rather than counts."""
        return self.subject != "Number"

    @property
    def older(self) -> tuple[tuple[str, str], ...]:
        """The years whose figures stand from an earlier day than the rest, with that day."""
        return tuple((s.label, s.stands_from) for s in (*self.rows, *self.columns) if s.stands_from)

    @property
    def has_break(self) -> bool:
        """Whether a break in the series lies within a row or column."""
        return any(step.is_broken for step in (*self.rows, *self.columns))

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The years of its rows and columns, totals left out where there are others, each once."""
        dated = [step for step in (*self.rows, *self.columns) if step.period]
        parts = [step for step in dated if not step.is_total] or dated
        return tuple(dict.fromkeys(step.period for step in parts if step.period))

    @property
    def span(self) -> tuple[int, int]:
        """First and last year of what is shown."""
        years = [year for step in (*self.rows, *self.columns) for year in step.period or ()]
        return min(years), max(years)

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
        """The rows that the chart draws: no total beside its parts, and of a long list nothing all zero."""
        every = tuple(range(len(self.rows)))
        parts = tuple(i for i in every if not self.rows[i].is_total) or every
        if len(parts) <= LONG_LIST or any(self.rows[i].period for i in parts):
            return parts
        return tuple(i for i in parts if any(self.grid[i][c].value != 0 for c in self.charted)) or parts

    @property
    def alt(self) -> str:
        """What the chart shows, in words and released figures only."""
        kind = {"line": "Line chart", "bars": "Bar chart"}.get(self.chart, "Picture")
        series = " ".join(self._series_words(column) for column in self.charted)
        return f"{kind}: {self.title}. {series} The table below holds the same figures."

    def _series_words(self, column: int) -> str:
        points = [f"{self.rows[i].label}: {self.grid[i][column].text}" for i in self.plotted_rows]
        return f"{self.columns[column].label}. " + "; ".join(points) + "."

    def records(self) -> list[list[str]]:
        """The table as lines of text, headings first: plain figures, markers in square brackets."""
        body = [
            [step.heading, *(cell.text.replace(",", "") for cell in cells)]
            for step, cells in zip(self.rows, self.grid, strict=True)
        ]
        return [[self.row_heading, *(step.heading for step in self.columns)], *body]


@dataclass(frozen=True)
class Column:
    """A column taken from one table by fixed codes."""

    label: str
    table: Table
    codes: Mapping[str, str]
    definition: str = ""


def unit_words(units: Iterable[str], period: str = "period") -> str:
    """The units as a reader's words; an officer counts once in what `period` names."""
    return " and ".join(UNIT_WORDS.get(unit, unit).format(period=period) for unit in units)


def basis(view: View, release: Release) -> str:
    """What a view counts, of whom, by which year and as at which day."""
    header = release.header
    return (
        f"{counted(view)}: {header.scope}, {header.population}, {header.force}, "
        f"as at {long_date(view.as_at)}."
    )


def counted(view: View) -> str:
    """What a view counts: `Number of allegations (formal action), by year recorded, 2017 to 2020`.

    Bands of different lengths are told by their years, so that nobody takes a longer one for a rise.
    """
    inside = f" ({', '.join(view.within).lower()})" if view.within else ""
    lengths = [last - first + 1 for first, last in view.spans]
    what = f"{view.subject} of {unit_words(view.units, 'year' if set(lengths) == {1} else 'period')}{inside}"
    return f"{what}, by year {view.time_basis}, {periods_label(view.spans)}{_unlike(lengths)}"


def _unlike(lengths: Sequence[int]) -> str:
    """The lengths of bands in years where they differ: `, in bands of 4, 3 and 4 years`."""
    if len(set(lengths)) < 2:
        return ""
    if len(lengths) > FEW_PERIODS:
        return ", in bands of different lengths"
    return f", in bands of {', '.join(map(str, lengths[:-1]))} and {lengths[-1]} years"


def year_heading(table: Table) -> str:
    """The words over the years of a table: `Year recorded`, or `Year finalised`."""
    return f"Year {table.time_basis}"


def steps(table: Table, axis: str, periods: Sequence[tuple[int, int]] | None = None) -> tuple[Step, ...]:
    """The rows or columns that a table has along `time`, or along one of its other dimensions."""
    if axis == TIME:
        spans = table.periods if periods is None else periods
        return tuple(_period(table, span) for span in spans)
    dimension = table.dimension(axis)
    leaves = [
        Step(category.label, category.definition, codes=((axis, category.code),))
        for category in dimension.categories
        if category.code in table.codes_shown(axis)
    ]
    has_total = any(row.fields[axis] == TOTAL for row in table.rows)
    return tuple(leaves + ([Step("Total", codes=((axis, TOTAL),), is_total=True)] if has_total else []))


def view(table: Table, view_id: str, title: str, rows: str, columns: str, chart: str = "") -> View:
    """A view of one table: one axis down, one across (`time`, or the name of a dimension).

    A table that came without one of the two is shown whole.
    """
    if {rows, columns} - {TIME, *(dimension.name for dimension in table.categorical)}:
        return replace(readable(view_id)(table), title=title)
    heading = year_heading(table) if rows == TIME else table.dimension(rows).label
    made = _blank(table, view_id, title, heading)
    return charted(_filled(made, table, steps(table, rows), steps(table, columns)), chart)


def whole(table: Table, view_id: str) -> View:
    """A view of every row of a table, whatever its dimensions: years down, or across where they are few."""
    names = [dimension.name for dimension in table.categorical]
    if not names:
        return single(table, view_id, table.title, unit_words([table.unit]).capitalize())
    last = names[-1]
    if len(names) == 1 and len(table.periods) <= FEW_PERIODS:
        return view(table, view_id, table.title, rows=last, columns=TIME)
    if len(names) == 1:
        return view(table, view_id, table.title, rows=TIME, columns=last)
    return crossed(table, view_id, names)


def readable(view_id: str) -> Callable[[Table], View]:
    """How to show a table that may have any dimensions: whole, with the chart that fits it.

    Bars where it has few periods, lines where it has many and few categories; of several dimensions a table
    alone.
    """

    def draw(table: Table) -> View:
        shown = whole(table, view_id)
        if len(table.categorical) > 1:
            return shown
        if len(table.periods) <= FEW_PERIODS:
            return charted(shown, "bars")
        series = sum(not step.is_total for step in shown.columns)
        return charted(shown, "line") if series <= MOST_SERIES else shown

    return draw


def crossed(table: Table, view_id: str, names: Sequence[str]) -> View:
    """A view with a row for each period and combination of all dimensions but the last, which lies across."""
    axes = [steps(table, TIME), *(steps(table, name) for name in names[:-1])]
    down = [_joined(combination) for combination in product(*axes)]
    heading = " / ".join([year_heading(table), *(table.dimension(name).label for name in names[:-1])])
    made = _blank(table, view_id, table.title, heading)
    return _filled(made, table, down, steps(table, names[-1]))


def whole_of(release: Release) -> tuple[View, ...]:
    """Every table of a release as one view each."""
    return tuple(whole(table, f"all-{table.table_id.replace('_', '-')}") for table in release.tables.values())


def single(table: Table, view_id: str, title: str, label: str, chart: str = "", **codes: str) -> View:
    """A view of one table by period with one column; dimensions that are not named stand at their total."""
    return beside(view_id, title, [Column(label, table, codes)], table.periods, chart)


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
        _blank(first, view_id, title, year_heading(first)),
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
    # A line needs two points.
    if chart == "line" and sum(not step.is_total for step in subject.rows) < 2:
        chart = "bars"
    filled = [i for i in parts if any(cells[i].value != 0 for cells in subject.grid)] or parts[:1]
    return replace(subject, chart=chart if subject.grid else "", charted=tuple(filled[-MOST_SERIES:]))


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


def _period(table: Table, span: tuple[int, int]) -> Step:
    return Step(
        label=period_label(*span),
        period=span,
        is_total=len(table.periods) > 1 and span == table.years,
        is_broken=any("b" in row.cell.notes for row in table.rows if row.span == span),
        stands_from=min((day for day in _days(table, span) if day < table.as_at), default=""),
    )


def _days(table: Table, span: tuple[int, int]) -> set[str]:
    return {row.fields["as_at"] for row in table.rows if row.span == span}


def _filled(made: View, table: Table, down: Sequence[Step], across: Sequence[Step]) -> View:
    """The view with the cells of a table; rows that the table does not have are left out."""
    grid = [[_pick(table, row, column) for column in across] for row in down]
    kept = [i for i, cells in enumerate(grid) if any(cell is not None for cell in cells)]
    return replace(
        made,
        rows=tuple(down[i] for i in kept),
        columns=tuple(across),
        grid=tuple(tuple(cell or NOT_TABULATED for cell in grid[i]) for i in kept),
    )


def _joined(combination: Sequence[Step]) -> Step:
    return Step(
        label=" / ".join(step.label for step in combination),
        period=combination[0].period,
        codes=tuple(code for step in combination for code in step.codes),
        is_total=any(step.is_total for step in combination),
        is_broken=combination[0].is_broken,
    )


def _pick(table: Table, row: Step, column: Step) -> Cell | None:
    codes = dict((*row.codes, *column.codes))
    return table.cell(row.period or _span(column), **codes)


def _span(step: Step) -> tuple[int, int]:
    if step.period is None:
        raise ValueError(f"{step.label}: neither axis of the view is time")
    return step.period
