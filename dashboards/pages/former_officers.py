"""Would have been dismissed: findings against officers who had left."""

from __future__ import annotations

from dashboards.model import Release, Table, when
from dashboards.page import FIGURES, Page, Prose, Section, Sentence, say, show
from dashboards.views import View, single

TABLE = "would_have_been_dismissed_by_year"
TITLE = "Allegations with the outcome “would have been dismissed”"


def page(release: Release) -> Page:
    """The page on officers who left before a hearing could dismiss them."""
    return Page(
        slug="former-officers",
        name="Would have been dismissed",
        tab="Former officers",
        group=FIGURES,
        order=5,
        question="How many allegations would have led to dismissal, had the officer not left?",
        answer=_answer(release.table(TABLE)),
        sections=(_by_year(release), Prose("pages/former_officers.html", {"quoted": _quoted(release)})),
        cannot_tell=(
            "What the allegation against an officer who retired or resigned was about: the description and "
            "the way of leaving have been published apart, and joining them would identify people.",
        ),
    )


def _answer(table: Table | None) -> Sentence:
    if table is None:
        return say("This release holds no table that answers this.")
    found = {span: cell for span in table.parts if (cell := table.cell(span)) and cell.value}
    if not found:
        return say("No year that can be shown holds an allegation with this outcome.")
    words = ", ".join(f"{{y{i}}} recorded {when(span)}" for i, span in enumerate(found))
    cells = {f"y{i}": cell for i, cell in enumerate(found.values())}
    return say(
        f"Allegations with this outcome: {words}; every other year is zero, not possible, or withheld.",
        **cells,
    )


def _by_year(release: Release) -> Section:
    return show(release, TABLE, TITLE, _view, notes=_notes(release.table(TABLE)))


def _view(table: Table) -> View:
    return single(table, "would-have-been-dismissed", TITLE, "Allegations", chart="bars")


def _notes(table: Table | None) -> tuple[str, ...]:
    """Why the first years are impossible, where the table has impossible years."""
    if table is None or not any(row.cell.marker == "z" for row in table.rows):
        return ()
    return (
        "The outcome exists since 15 December 2017, for officers who left on or after that day and whose "
        "matter was known after 21 November 2012. So a matter recorded in an earlier year can have it only "
        "if it was still open then, and before 2012 it is impossible, marked [z].",
    )


def _quoted(release: Release) -> list[dict[str, str]]:
    """The public figures of this force on the outcome, where they name their years."""
    words = "would have been dismissed"
    return [
        dict(row)
        for row in release.published_figures
        if row["force"] == release.header.force and row["period_start_year"]
        if words in row["category"] or words in row["measure"]
    ]
