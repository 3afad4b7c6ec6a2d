"""Outcomes by regime: what came of allegations under each set of rules, or why that is not told."""

from __future__ import annotations

from dashboards.breaks import lettered
from dashboards.model import TOTAL, Release, Table
from dashboards.page import FIGURES, Page, Prose, Section, Sentence, say, show
from dashboards.views import Column, View, beside, readable

PATHS = (("No action", "no_action"), ("Formal action", "formal"), ("Informal action", "informal"))


def page(release: Release) -> Page:
    """The page on outcomes and the rules of their time."""
    return Page(
        slug="rules",
        name="Outcomes by regime",
        tab="Rules",
        group=FIGURES,
        order=10,
        question="What came of allegations under each set of rules?",
        answer=_answer(release),
        sections=(
            Prose("pages/regimes.html", {"breaks": lettered(release)}),
            _by_regime(release),
            _beside_breaks(release),
        ),
        cannot_tell=(
            "Which rules an allegation fell under from its year: the rules that count are those of the day "
            "on which the matter came to the force’s attention, so two sets of rules overlap for years.",
            "Whether a change of rules caused a change of outcomes.",
        ),
    )


def _answer(release: Release) -> Sentence:
    if release.table("outcomes_by_regime") is not None:
        return say("The table below counts outcomes by the rules that each allegation was dealt with under.")
    if not release.breaks:
        return say("No change of the rules that breaks the series is known for this force.")
    if not lettered(release):
        return say("No count by set of rules is published, and no change of the rules lies in these years.")
    return say(
        "No count by set of rules is published; the outcomes by year below are marked where the rules "
        "changed within the years."
    )


def _by_regime(release: Release) -> Section:
    title = "Outcomes under each set of rules"
    return show(release, "outcomes_by_regime", title, readable("outcomes-by-regime"))


def _beside_breaks(release: Release) -> Section:
    title = "Outcomes by years, with the changes of the rules"

    def draw(table: Table) -> View:
        columns = [Column(words, table, {"action_path": code}) for words, code in PATHS]
        columns.append(Column("All", table, {"action_path": TOTAL}))
        return beside("outcomes-beside-rules", title, columns, table.parts)

    return show(release, "outcomes_by_year", title, draw)
