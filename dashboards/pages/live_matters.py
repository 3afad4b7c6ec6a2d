"""Live matters: what is still being considered, and how long things take."""

from __future__ import annotations

from dashboards.model import Release, Table, long_date
from dashboards.page import FIGURES, Page, Section, Sentence, of_latest, show
from dashboards.views import TIME, readable, single, view


def page(release: Release) -> Page:
    """The page on live matters and timeliness."""
    return Page(
        slug="live",
        name="Live matters and time taken",
        tab="Live",
        group=FIGURES,
        order=9,
        question="How many allegations are still being considered, and how long do they take?",
        answer=_answer(release.table("outcomes_by_year")),
        sections=(
            _live(release),
            _ages(release),
            _finalised(release),
        ),
        cannot_tell=(
            "What a live matter will come to. It is counted as live on the day of the figures, and may "
            "have an outcome in a later release.",
            "How long a live matter has been open where its dates do not say, or say another year than the "
            "one that it is counted in. Its age is not known.",
        ),
    )


def _answer(table: Table | None) -> Sentence:
    day = long_date(table.as_at) if table else ""
    return of_latest(
        table,
        "This release holds no count of live allegations.",
        f"{{live}} were still being considered on {day}.",
        "action_path",
        live="live",
    )


def _live(release: Release) -> Section:
    title = "Allegations still being considered"
    return show(
        release,
        "outcomes_by_year",
        title,
        lambda table: single(table, "live-allegations", title, "Allegations", "bars", action_path="live"),
    )


def _ages(release: Release) -> Section:
    title = f"How long they had been open on {long_date(release.header.as_at)}"
    return show(
        release,
        "live_by_age",
        title,
        lambda table: view(table, "live-by-age", title, "live_age", TIME, "bars"),
    )


def _finalised(release: Release) -> Section:
    title = "Time from record to outcome"
    return show(release, "outcomes_by_finalised_year", title, readable("finalised"))
