"""Tables of a release that no page was written for: they get one, so that nothing released stays unseen."""

from __future__ import annotations

from collections.abc import Iterable

from dashboards.model import Release, Table
from dashboards.page import FIGURES, Exhibit, Page, say
from dashboards.views import readable

# Pages that hold every table anyway do not count as the page of one.
HOLD_ALL = ("explore",)


def further(release: Release, pages: Iterable[Page]) -> list[Page]:
    """The page of tables that stand on none of the given pages; no page where there is no such table."""
    placed = {
        name
        for page in pages
        if page.slug not in HOLD_ALL
        for e in page.exhibits
        for name in e.view.table_ids
    }
    left = [table for table in release.tables.values() if table.table_id not in placed]
    if not left:
        return []
    return [
        Page(
            slug="further",
            name="Further tables",
            tab="Further",
            group=FIGURES,
            order=50,
            question="Which other tables does this release hold?",
            answer=say("The tables below are part of this release; each is titled with what it answers."),
            sections=tuple(Exhibit(readable(_name(table))(table)) for table in left),
            cannot_tell=("Anything by crossing them: only the combinations in a table were released.",),
        )
    ]


def _name(table: Table) -> str:
    return f"further-{table.table_id.replace('_', '-')}"
