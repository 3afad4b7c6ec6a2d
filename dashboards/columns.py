"""The columns of released tables, described once: for the page, the data package and the database."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.model import Table


@dataclass(frozen=True)
class Column:
    """One column: its name, its type as Table Schema names it, and what it says."""

    name: str
    kind: str
    words: str

    @property
    def sql(self) -> str:
        """The type of the column in the database."""
        return {"integer": "BIGINT", "number": "DOUBLE", "date": "DATE"}.get(self.kind, "VARCHAR")


LEADING = (
    Column("table_id", "string", "Which table the row belongs to."),
    Column("force", "string", "Whose figures they are."),
    Column("scope", "string", "Which allegations are covered."),
    Column("population", "string", "Which people are covered."),
    Column("unit", "string", "What is counted: allegations, cases, officers, or officers in a case."),
    Column("time_basis", "string", "Which year counts: the one of the record, or the one of the end."),
    Column("as_at", "date", "The day of the extract that the figures come from."),
    Column("year_from", "integer", "First year of the row."),
    Column("year_to", "integer", "Last year of the row; the first again for a single year."),
)
TRAILING = (
    Column("measure", "string", "The name of what is counted in the row."),
    Column("value", "integer", "The count; empty exactly where a marker stands."),
    Column("marker", "string", "c withheld for confidentiality, z not applicable, x not available."),
    Column("notes", "string", "Marks beside a value: b break in the series, p provisional, r revised."),
    Column("reason", "string", "Why a value is withheld, or that it was public before."),
    Column("exemption", "string", "The section of the Freedom of Information Act 2000."),
    Column("release_id", "string", "The release that the row belongs to."),
)
STATED = (
    *LEADING,
    Column("categories", "string", "The categories of the row in words; empty where it is of all of them."),
    Column("statement", "string", "The name of the share or median."),
    Column("label", "string", "What is stated, in words."),
    Column("kind", "string", "rate or median."),
    Column("least", "number", "The stated value is no less than this; empty exactly where a marker stands."),
    Column("most", "number", "The stated value is no more than this: the same as least where it is exact."),
    Column("stated_in", "string", "The unit of the stated value, such as per cent or days."),
    *(column for column in TRAILING if column.name in {"marker", "reason", "exemption", "release_id"}),
)
"""The columns of `statements.csv`, which is only there where shares or medians were declared."""


def columns(table: Table) -> tuple[Column, ...]:
    """The columns of a released table in long form; totals are rows whose dimension is `Total`."""
    dimensions = (
        Column(dimension.name, "string", f"{dimension.label}. {dimension.definition}".strip())
        for dimension in table.categorical
    )
    return (*LEADING, *dimensions, *TRAILING)
