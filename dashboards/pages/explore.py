"""Explore: every table of the release, with a choice of table and years."""

from __future__ import annotations

from dashboards.model import Release, period_label
from dashboards.page import ANSWERS, Exhibit, Filter, Page, say
from dashboards.views import whole_of


def page(release: Release) -> Page:
    """The page that holds all tables; new tables of a release appear here by themselves."""
    tables = tuple(release.tables.values())
    spans = sorted({span for table in tables for span in table.periods}, key=lambda s: (s[1] - s[0], s))
    chosen = Filter(
        tables=tuple((table.table_id, table.title) for table in tables),
        years=tuple(("-".join(str(y) for y in dict.fromkeys(span)), period_label(*span)) for span in spans),
    )
    exhibits = (Exhibit(view) for view in whole_of(release))
    return Page(
        slug="explore",
        name="Explore the tables",
        tab="Explore",
        group=ANSWERS,
        order=4,
        question="Which tables and years do you want to see?",
        answer=say("All released tables are on this page; choose a table or years to see less of them."),
        sections=(chosen, *exhibits),
        cannot_tell=("Combinations that were not released: nothing here can be crossed with anything else.",),
    )
