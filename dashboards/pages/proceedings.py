"""Proceedings: how many allegations faced them, of which kind, and whether there was a case to answer."""

from __future__ import annotations

from dashboards.model import Release, Table
from dashboards.page import FIGURES, Page, Section, Sentence, of_latest, show
from dashboards.views import TIME, readable, view

TABLE = "proceedings_by_year"


def page(release: Release) -> Page:
    """The page on meetings and hearings."""
    return Page(
        slug="proceedings",
        name="Proceedings",
        tab="Proceedings",
        group=FIGURES,
        order=4,
        question="How many allegations went to disciplinary proceedings, and of which kind?",
        answer=_answer(release.table(TABLE)),
        sections=(
            _faced(release),
            show(release, "proceedings_by_type", "Meetings and hearings", readable("proceedings-by-type")),
            show(release, "case_to_answer_by_year", "Case to answer", readable("case-to-answer")),
        ),
        cannot_tell=(
            "Whether an allegation was proven: proceedings may end as not proven, or with no sanction.",
            "How long proceedings took, or who sat on them.",
        ),
    )


def _answer(table: Table | None) -> Sentence:
    return of_latest(
        table,
        "This release holds no count of proceedings.",
        "{faced} went to disciplinary proceedings.",
        "has_proceedings",
        faced="yes",
    )


def _faced(release: Release) -> Section:
    title = "Allegations by whether proceedings were held"
    return show(
        release,
        TABLE,
        title,
        lambda table: view(table, "proceedings", title, "has_proceedings", TIME, "bars"),
    )
