"""Leavers: officers who retired or resigned before or after a finding."""

from __future__ import annotations

from dashboards.model import Release, Table
from dashboards.page import FIGURES, Page, Section, Sentence, of_latest, show
from dashboards.views import Column, View, beside, readable, single


def page(release: Release) -> Page:
    """The page on officers who left."""
    return Page(
        slug="leavers",
        name="Officers who left",
        tab="Leavers",
        group=FIGURES,
        order=8,
        question="How many allegations ended because the officer had left?",
        answer=_answer(release.table("outcomes_by_year")),
        sections=(
            _before_outcome(release),
            _within_formal(release),
            show(release, "exit_routes_by_year", "Retired or resigned", readable("exit-routes")),
        ),
        cannot_tell=(
            "Whether someone left to avoid proceedings: the files hold the day of leaving, not the reason.",
            "How an officer who would have been dismissed had left, beside what was alleged: the two have "
            "been published apart, and joining them would identify people.",
        ),
    )


def _answer(table: Table | None) -> Sentence:
    return of_latest(
        table,
        "This release holds no count of allegations by outcome.",
        "{left} ended because the officer retired or resigned before an outcome.",
        "action_path",
        left="left_before_outcome",
    )


def _before_outcome(release: Release) -> Section:
    title = "Retired or resigned before an outcome"

    def draw(table: Table) -> View:
        return single(
            table, "left-before-outcome", title, "Allegations", "bars", action_path="left_before_outcome"
        )

    return show(release, "outcomes_by_year", title, draw)


def _within_formal(release: Release) -> Section:
    title = "Left after being referred to proceedings"

    def draw(table: Table) -> View:
        columns = [
            Column("Left before a finding", table, {"sanction": "left_before_finding"}),
            Column("Would have been dismissed", table, {"sanction": "would_have_been_dismissed"}),
        ]
        return beside("left-within-formal", title, columns, table.periods)

    return show(release, "sanctions_in_detail", title, draw)
