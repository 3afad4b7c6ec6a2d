"""Allegation type and case type: how allegations came up, and what kind they were."""

from __future__ import annotations

from dashboards.model import Release, Table
from dashboards.page import FIGURES, Page, Section, Sentence, of_latest, show
from dashboards.views import TIME, readable, view

TABLE = "case_type_by_year"


def page(release: Release) -> Page:
    """The page on kinds of case and of allegation."""
    return Page(
        slug="kinds",
        name="Allegation type and case type",
        tab="Kinds",
        group=FIGURES,
        order=11,
        question="Did members of the public complain, or did the police raise the matter?",
        answer=_answer(release.table(TABLE)),
        sections=(_cases(release), _kinds(release)),
        cannot_tell=(
            "What an allegation was about: its words are never published, and its type only where that "
            "points to nobody.",
            "Who complained, or whether the person harmed did.",
        ),
    )


def _answer(table: Table | None) -> Sentence:
    return of_latest(
        table,
        "This release holds no count by the kind of case.",
        "{public} came up as public complaints; the police raised {conduct} as conduct matters and "
        "{recordable} as recordable conduct matters.",
        "case_type",
        public="public_complaint",
        conduct="conduct_matter",
        recordable="recordable_conduct_matter",
    )


def _cases(release: Release) -> Section:
    title = "Allegations by kind of case"
    return show(
        release, TABLE, title, lambda table: view(table, "case-types", title, "case_type", TIME, "bars")
    )


def _kinds(release: Release) -> Section:
    title = "Allegations by type"
    return show(release, "allegation_types_by_year", title, readable("allegation-types"))
