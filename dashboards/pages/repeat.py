"""Repeat allegations: officers with more than one, or what can be told of them."""

from __future__ import annotations

from dashboards.model import Release, when
from dashboards.page import FIGURES, Exhibit, Page, Section, Sentence, absent, say, show
from dashboards.views import Column, beside, readable

TABLE = "repeat_officers"
DISTINCT = "Distinct in the year: an officer is counted once, however many allegations were recorded."


def page(release: Release) -> Page:
    """The page on officers with several allegations."""
    return Page(
        slug="repeat",
        name="Repeat allegations",
        tab="Repeat",
        group=FIGURES,
        order=12,
        question="How many officers had more than one allegation?",
        answer=_answer(release),
        sections=(
            show(release, TABLE, "Officers by number of allegations", readable("repeat")),
            _side_by_side(release),
        ),
        cannot_tell=(
            "Whether the same officers return year after year: officers are counted afresh in each year.",
            "How many people complained: several allegations may come from one complaint.",
        ),
    )


def _answer(release: Release) -> Sentence:
    allegations, officers = release.table("allegations_by_year"), release.table("officers_by_year")
    if allegations is None or officers is None:
        return say("This release does not tell.")
    period = officers.parts[-1]
    return say(
        f"how many is not published; {when(period)}, {{allegations:allegations}} were recorded against "
        "{officers:officers}."
        if release.table(TABLE) is None
        else f"{when(period)}, {{allegations:allegations}} were recorded against {{officers:officers}}; the "
        "table below tells how many had more than one.",
        allegations=allegations.cell(period),
        officers=officers.cell(period),
    )


def _side_by_side(release: Release) -> Section:
    title = "Allegations and officers, side by side"
    allegations, officers = release.table("allegations_by_year"), release.table("officers_by_year")
    if allegations is None or officers is None:
        return absent(release, "allegations_by_year" if allegations is None else "officers_by_year", title)
    columns = [Column("Allegations", allegations, {}), Column("Officers", officers, {}, DISTINCT)]
    notes = ("Where a year has more allegations than officers, some officer had more than one in that year.",)
    return Exhibit(beside("allegations-and-officers", title, columns, officers.parts, "line"), notes=notes)
