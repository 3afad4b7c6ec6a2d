"""Data quality and method, in words that need no training."""

from __future__ import annotations

from collections import Counter

from dashboards.breaks import lettered
from dashboards.model import Release, Table
from dashboards.page import ABOUT, Page, Prose, say, show
from dashboards.views import readable


def page(release: Release) -> Page:
    """The page on how figures are made, protected and to be read."""
    context = {
        "breaks": lettered(release),
        "header": release.header,
        "shown": [_shown(table) for table in release.tables.values()],
        "dropped": release.dropped,
        "definitions": _definitions(release),
    }
    return Page(
        slug="method",
        name="Data quality and method",
        tab="Method",
        group=ABOUT,
        order=1,
        question="How are these figures made, and how far can they be trusted?",
        answer=say(
            "Every figure is a count of allegations or officers from the force's yearly extracts; none is "
            "rounded, estimated or altered, and small ones are withheld so that nobody can work them out."
        ),
        sections=(
            Prose("pages/method.html", context),
            show(
                release,
                "data_quality_by_year",
                "How often the records tell the outcome",
                readable("data-quality"),
            ),
        ),
        cannot_tell=(
            "How good the records are: that an outcome is told does not say that it was recorded rightly.",
        ),
    )


def _shown(table: Table) -> dict[str, object]:
    """How many cells of a table are shown, withheld, or neither: counted in what is released."""
    markers = Counter(row.cell.marker for row in table.rows)
    return {
        "title": table.title,
        "shown": markers[""],
        "withheld": markers["c"],
        "other": markers["z"] + markers["x"],
    }


def _definitions(release: Release) -> list[tuple[str, str]]:
    found = {
        category.label: category.definition
        for table in release.tables.values()
        for dimension in table.categorical
        for category in dimension.categories
        if category.definition
    }
    return sorted(found.items())
