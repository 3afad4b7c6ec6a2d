"""Shares and medians that were declared for a table: shown below it, on its own page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dashboards.columns import STATED
from dashboards.model import TOTAL, Release, Row, Statement, Table, period_label
from dashboards.page import FIGURES, Exhibit, Page, Section
from dashboards.views import NOT_TABULATED, Step, View, year_heading

KINDS = {"rate": "shares", "median": "medians"}
SUMMARY = "index"
BAND = (
    "Where two numbers are given the share lies between them; it is not said where, because the exact share "
    "would give a withheld number away."
)
ROUNDED = (
    "A median is the middle one: half are no longer. It is rounded to what stands in brackets, so that it "
    "points to no single matter; the exact one lies within half of that on either side."
)


def with_statements(release: Release, pages: Iterable[Page]) -> list[Page]:
    """The pages, with the shares and medians of each table below the first view of it on its own page."""
    made = list(pages)
    for table in release.tables.values():
        homes = [i for i, page in enumerate(made) if table.statements and _shows(page, table)]
        if homes:
            home = min(
                homes, key=lambda i: (made[i].slug == SUMMARY, made[i].group != FIGURES, made[i].order)
            )
            made[home] = replace(made[home], sections=_placed(made[home].sections, table))
    return made


def _shows(page: Page, table: Table) -> bool:
    return any(table.table_id in exhibit.view.table_ids for exhibit in page.exhibits)


def _placed(sections: tuple[Section, ...], table: Table) -> tuple[Section, ...]:
    shown = [isinstance(s, Exhibit) and table.table_id in s.view.table_ids for s in sections]
    after = shown.index(True) + 1
    return (*sections[:after], Exhibit(stated(table), notes=_notes(table)), *sections[after:])


def _notes(table: Table) -> tuple[str, ...]:
    bands = any(s.kind == "rate" and s.least != s.most for s in table.statements)
    medians = any(s.kind == "median" and s.least != s.most for s in table.statements)
    return (BAND,) * bands + (ROUNDED,) * medians


def stated(table: Table) -> View:
    """The shares and medians of a table: a row for each of its rows that has one, a column a statement."""
    down = [row for row in table.rows if any(s.row is row for s in table.statements)]
    across = {s.name: Step(s.label, s.definition) for s in table.statements}
    cells = {(id(s.row), s.name): s.cell for s in table.statements}
    kinds = " and ".join(dict.fromkeys(KINDS[s.kind] for s in table.statements)).capitalize()
    return View(
        view_id=f"statements-{table.table_id.replace('_', '-')}",
        title=f"{kinds}: {table.title}",
        subject=kinds,
        units=(table.unit,),
        time_basis=table.time_basis,
        as_at=table.as_at,
        table_ids=(table.table_id,),
        row_heading=year_heading(table),
        rows=tuple(_step(table, row) for row in down),
        columns=tuple(across.values()),
        grid=tuple(tuple(cells.get((id(row), name), NOT_TABULATED) for name in across) for row in down),
        within=table.within,
    )


def all_stated(release: Release) -> tuple[View, ...]:
    """The shares and medians of every table that has any."""
    return tuple(stated(table) for table in release.tables.values() if table.statements)


def _step(table: Table, row: Row) -> Step:
    words = group(table, row)
    return Step(
        label=" / ".join(filter(None, (period_label(*row.span), words))),
        period=row.span,
        is_total=row.span == table.whole and len(table.periods) > 1,
    )


def group(table: Table, row: Row) -> str:
    """The categories of a row other than its totals, in words."""
    codes = [(dimension, row.fields[dimension.name]) for dimension in table.categorical]
    return " / ".join(dimension.label_of(code) for dimension, code in codes if code != TOTAL)


def records(release: Release) -> list[list[str]]:
    """Every share and median as a line of `statements.csv`, headings first; no line where there is none."""
    names = [column.name for column in STATED]
    lines = [
        _record(table, s, release.release_id) for table in release.tables.values() for s in table.statements
    ]
    return [names, *([line[name] for name in names] for line in lines)] if lines else []


def _record(table: Table, statement: Statement, release_id: str) -> dict[str, str]:
    row, cell = statement.row, statement.cell
    return {
        **row.fields,
        "year_from": str(row.year_from),
        "year_to": str(row.year_to),
        "categories": group(table, row),
        "statement": statement.name,
        "label": statement.label,
        "kind": statement.kind,
        "least": _number(statement.least),
        "most": _number(statement.most),
        "stated_in": statement.unit,
        "marker": cell.marker,
        "reason": cell.reason,
        "exemption": cell.exemption,
        "release_id": release_id,
    }


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
