"""The FOI questions a to g: each by year where it can be shown, else by band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dashboards.model import TOTAL, Cell, Release, Table, when
from dashboards.page import ANSWERS, Absent, Exhibit, Page, Prose, Section, Sentence, absent, say
from dashboards.views import TIME, Column, Step, View, beside, share, turned, view

PATHS = (
    ("c", "Formal action", "formal"),
    ("d", "Informal action", "informal"),
    ("e", "Retired or resigned before an outcome", "left_before_outcome"),
    ("f", "Still being considered", "live"),
)


def page(release: Release) -> Page:
    """The page of the questions that were asked under the Freedom of Information Act."""
    return Page(
        slug="questions",
        name="The FOI questions a to g",
        tab="Questions",
        group=ANSWERS,
        order=1,
        question="What are the answers to the questions asked under the Freedom of Information Act?",
        answer=_answer(release),
        sections=(Prose("pages/questions.html"), _alleged(release), _ended(release), _sexes(release)),
        cannot_tell=(
            "Questions b to f year by year: the yearly numbers are so small that they would point to "
            "people, so years are taken together.",
            "Officers by outcome: an officer may have several allegations with several outcomes, so b to f "
            "count allegations.",
        ),
    )


def _answer(release: Release) -> Sentence:
    outcomes, proceedings = release.table("outcomes_by_year"), release.table("proceedings_by_year")
    if outcomes is None:
        return say("This release answers only some of the questions; the others say why not.")
    latest = outcomes.parts[-1]
    return say(
        f"of {{total:allegations}} recorded {when(latest)}, {{faced}} led to proceedings, {{formal}} to "
        "formal action and {informal} to informal action; {left} ended because the officer retired or "
        "resigned, and {live} were still being considered.",
        total=outcomes.cell(latest),
        faced=proceedings.cell(latest, has_proceedings="yes") if proceedings else None,
        formal=outcomes.cell(latest, action_path="formal"),
        informal=outcomes.cell(latest, action_path="informal"),
        left=outcomes.cell(latest, action_path="left_before_outcome"),
        live=outcomes.cell(latest, action_path="live"),
    )


def _alleged(release: Release) -> Section:
    title = "Question a: allegations, and officers they were made against"
    allegations, officers = release.table("allegations_by_year"), release.table("officers_by_year")
    if allegations is None:
        return absent(release, "allegations_by_year", title)
    columns = [Column("Allegations", allegations, {})]
    notes: tuple[str, ...] = ()
    if officers is not None:
        columns.append(Column("Officers, distinct in the year", officers, {}))
    else:
        notes = (f"Officers are not counted here. {release.why_absent('officers_by_year')}",)
    return Exhibit(beside("question-a", title, columns, allegations.parts), notes=notes)


def _ended(release: Release) -> Section:
    title = "Questions b to f: how the allegations ended"
    outcomes, proceedings = release.table("outcomes_by_year"), release.table("proceedings_by_year")
    if outcomes is None:
        return absent(release, "outcomes_by_year", title)
    columns: list[Column] = []
    if proceedings is not None and proceedings.periods == outcomes.periods:
        columns.append(Column("b. Faced proceedings", proceedings, {"has_proceedings": "yes"}))
    columns += [
        Column(f"{letter}. {words}", outcomes, {"action_path": code}) for letter, words, code in PATHS
    ]
    columns.append(Column("All allegations", outcomes, {"action_path": TOTAL}))
    shown = turned(beside("questions-b-to-f", title, columns, outcomes.periods), "Question")
    rows = (*shown.rows[:-1], replace(shown.rows[-1], is_total=True))
    return Exhibit(replace(shown, rows=rows))


def _sexes(release: Release) -> Section:
    title = "Question g: share of accused officers who were men and women"
    for table_id in ("officers_by_year", "allegations_by_year"):
        table = release.table(table_id)
        if table is not None:
            return _shares(table, title)
    return absent(release, "officers_by_year", title)


def _shares(table: Table, title: str) -> Section:
    if "officer_sex" not in {dimension.name for dimension in table.categorical}:
        return Absent(title, "The sexes are not tabulated in this release.")
    counts = view(table, "question-g", title, rows=TIME, columns="officer_sex")
    codes = [dict(step.codes)["officer_sex"] for step in counts.columns]
    if not {"male", "female", TOTAL} <= set(codes):
        return Absent(title, "The sexes are not tabulated in this release.")
    whole, every = codes.index(TOTAL), f"All {table.unit}"
    shares = [_percentages(counts, codes, code) for code in ("male", "female")]
    grid = tuple(zip(*shares, [row[whole] for row in counts.grid], strict=True))
    columns = (Step("Men, per cent"), Step("Women, per cent"), replace(counts.columns[whole], label=every))
    notes = (
        f"Shares are of {every.lower()}, those whose sex is not known among them. A share is given only "
        "where men, women and all are shown; the page on men and women has their numbers.",
    )
    return Exhibit(replace(counts, columns=columns, grid=grid), notes=notes)


def _percentages(counts: View, codes: Sequence[str], code: str) -> list[Cell]:
    other = "female" if code == "male" else "male"
    wanted = [codes.index(name) for name in (code, other, TOTAL)]
    return [share(*(row[i] for i in wanted)) for row in counts.grid]
