"""Downloads: the files of the release, and how to cite them."""

from __future__ import annotations

from dashboards.model import Release
from dashboards.page import ABOUT, Page, Prose, say


def page(release: Release) -> Page:
    """The page of files."""
    context = {"tables": tuple(release.tables.values())}
    return Page(
        slug="downloads",
        name="Downloads",
        tab="Downloads",
        group=ABOUT,
        order=3,
        question="Where are the files?",
        answer=say("Every table is here as a CSV file, and all of them together as one DuckDB database."),
        sections=(Prose("pages/downloads.html", context),),
    )
