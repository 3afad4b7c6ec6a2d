"""Men and women: accused officers and allegations by sex."""

from __future__ import annotations

from dashboards.model import Release, Table, when
from dashboards.page import FIGURES, Absent, Page, Section, Sentence, say, show
from dashboards.views import TIME, view

SEX = "officer_sex"
TOGETHER = (
    "In this release men and women are counted together: told apart, the numbers are so small that most "
    "would be withheld. Trends by year shows the totals."
)


def page(release: Release) -> Page:
    """The page by sex of the officer."""
    return Page(
        slug="men-and-women",
        name="Men and women",
        tab="By sex",
        group=FIGURES,
        order=7,
        question="How many of the accused officers were men, and how many women?",
        answer=_answer(release),
        sections=(
            _by_sex(release, "officers_by_year", "Officers with an allegation, by sex"),
            _by_sex(release, "allegations_by_year", "Allegations, by sex of the officer"),
        ),
        cannot_tell=(
            "Whether men are accused more often than women: that needs the numbers of men and women who "
            "served, which these files do not hold.",
            "Anything about the sex of the person who was harmed.",
        ),
    )


def _answer(release: Release) -> Sentence:
    officers, allegations = release.table("officers_by_year"), release.table("allegations_by_year")
    if officers is not None and _tells(officers):
        return _counts(officers, "officers", "with an allegation recorded")
    if allegations is not None and _tells(allegations):
        return _counts(allegations, "allegations", "recorded")
    return say("This release does not tell men and women apart.")


def _tells(table: Table) -> bool:
    return {"male", "female"} <= set(table.codes_shown(SEX))


def _counts(table: Table, noun: str, words: str) -> Sentence:
    period = table.parts[-1]
    return say(
        f"of {{total:{noun}}} {words} {when(period)}, {{men}} concerned men and {{women}} women."
        if table.unit == "allegations"
        else f"of {{total:{noun}}} {words} {when(period)}, {{men}} were men and {{women}} women.",
        total=table.cell(period),
        men=table.cell(period, officer_sex="male"),
        women=table.cell(period, officer_sex="female"),
    )


def _by_sex(release: Release, table_id: str, title: str) -> Section:
    name = table_id.replace("_by_year", "-by-sex")
    table = release.table(table_id)
    if table is not None and not _tells(table):
        return Absent(title, TOGETHER)
    return show(
        release, table_id, title, lambda table: view(table, name, title, TIME, SEX, "line"), with_breaks=True
    )
