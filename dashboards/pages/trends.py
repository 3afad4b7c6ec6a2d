"""Trends by year: allegations and officers, year by year, with the breaks in the series."""

from __future__ import annotations

from dashboards.model import Release, Table, when
from dashboards.page import FIGURES, Page, Section, Sentence, say, show
from dashboards.views import single


def page(release: Release) -> Page:
    """The page of yearly counts."""
    return Page(
        slug="trends",
        name="Trends by year",
        tab="Trends",
        group=FIGURES,
        order=2,
        question="How has the number of allegations changed over the years?",
        answer=_answer(release.table("allegations_by_year")),
        sections=(
            _line(release, "allegations_by_year", "Allegations by year recorded", "Allegations"),
            _line(release, "officers_by_year", "Officers with an allegation, by year recorded", "Officers"),
        ),
        cannot_tell=(
            "Whether conduct became better or worse: recording practice, reporting and the rules changed as"
            " well.",
            "How many officers there were over several years: an officer counted in two years is one "
            "person, so officers must not be added up over years.",
        ),
    )


def _answer(table: Table | None) -> Sentence:
    if table is None:
        return say("This release holds no yearly count of allegations.")
    first, last = table.parts[0], table.parts[-1]
    others = f" and {{last}} {when(last)}" if last != first else ""
    return say(
        f"{{first:allegations}} were recorded {when(first)}{others}.",
        first=table.cell(first),
        last=table.cell(last),
    )


def _line(release: Release, table_id: str, title: str, label: str) -> Section:
    name = table_id.replace("_", "-")
    return show(
        release,
        table_id,
        title,
        lambda table: single(table, name, title, label, chart="line"),
        with_breaks=True,
    )
