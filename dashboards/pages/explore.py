"""Explore: every table of the release, with a choice of table, years and category."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.model import Release, Table, period_label
from dashboards.page import ANSWERS, Exhibit, Filter, Page, say
from dashboards.views import code_of, span_of, whole_of

Choices = tuple[tuple[str, str], ...]


def page(release: Release) -> Page:
    """The page that holds all tables; new tables of a release appear here by themselves."""
    tables = tuple(release.tables.values())
    views = whole_of(release)
    chosen = Filter(
        tables=tuple((table.table_id, table.title) for table in tables),
        years=_years(tables),
        groups=_groups(tables),
        views=tuple((view.view_id, view.title) for view in views),
    )
    return Page(
        slug="explore",
        name="Explore the tables",
        tab="Explore",
        group=ANSWERS,
        order=4,
        question="Which tables, years and categories do you want to see?",
        answer=say("All released tables are on this page; choose a table, years or a category to see less."),
        sections=(chosen, *(Exhibit(view) for view in views)),
        cannot_tell=("Combinations that were not released: nothing here can be crossed with anything else.",),
    )


def _years(tables: Sequence[Table]) -> Choices:
    """The periods of all tables, single years first."""
    spans = sorted({span for table in tables for span in table.periods}, key=lambda s: (s[1] - s[0], s))
    return tuple((span_of(span), period_label(*span)) for span in spans)


def _groups(tables: Sequence[Table]) -> tuple[tuple[str, Choices], ...]:
    """The categories that any table shows, by dimension."""
    found: dict[str, dict[str, str]] = {}
    for table in tables:
        for dimension in table.categorical:
            known = found.setdefault(dimension.label, {})
            for code in table.codes_shown(dimension.name):
                known[code_of(dimension.name, code)] = dimension.label_of(code)
    return tuple((label, tuple(known.items())) for label, known in found.items())
