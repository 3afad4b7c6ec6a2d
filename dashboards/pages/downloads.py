"""Downloads: the files of the release, and how to cite them."""

from __future__ import annotations

from dashboards.columns import columns
from dashboards.model import Release
from dashboards.page import ABOUT, Page, Prose, say


def page(release: Release) -> Page:
    """The page of files."""
    tables = tuple(release.tables.values())
    described = {column.name: column for table in tables for column in columns(table)}
    context = {"tables": tables, "columns": tuple(described.values())}
    return Page(
        slug="downloads",
        name="Downloads",
        tab="Downloads",
        group=ABOUT,
        order=3,
        question="Where are the files?",
        answer=say("Each table is here as CSV and Parquet; all of them as spreadsheet and database."),
        sections=(Prose("pages/downloads.html", context),),
    )
