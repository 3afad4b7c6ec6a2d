"""Outcomes and sanctions: how allegations ended, and what formal action led to."""

from __future__ import annotations

from dashboards.model import Release, Table
from dashboards.page import FIGURES, Page, Section, Sentence, of_latest, show
from dashboards.views import TIME, view


def page(release: Release) -> Page:
    """The page of outcome paths and sanctions."""
    return Page(
        slug="outcomes",
        name="Outcomes and sanctions",
        tab="Outcomes",
        group=FIGURES,
        order=3,
        question="How did the allegations end, and what were the sanctions?",
        answer=_answer(release.table("outcomes_by_year")),
        sections=(
            _bars(release, "outcomes_by_year", "action_path", "Allegations by outcome"),
            _bars(release, "sanctions_by_year", "sanction", "Formal action by sanction, grouped"),
            _bars(release, "sanctions_in_detail", "sanction", "Formal action by sanction, in detail"),
        ),
        cannot_tell=(
            "That formal action means a finding: it is a route, and some of it ends as not proven.",
            "What a live case will come to: it is counted as live until it has an outcome, and moves in a "
            "later release.",
        ),
    )


def _answer(table: Table | None) -> Sentence:
    return of_latest(
        table,
        "This release holds no count of allegations by outcome.",
        "{none} ended in no action, {formal} led to formal action and {informal} to informal action; {left} "
        "ended because the officer left before an outcome, and {live} were still being considered.",
        "action_path",
        none="no_action",
        formal="formal",
        informal="informal",
        left="left_before_outcome",
        live="live",
    )


def _bars(release: Release, table_id: str, dimension: str, title: str) -> Section:
    name = table_id.replace("_", "-")
    return show(
        release, table_id, title, lambda table: view(table, name, title, dimension, TIME, chart="bars")
    )
