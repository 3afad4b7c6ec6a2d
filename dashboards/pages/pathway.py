"""Pathway: from allegation over proceedings and sanction to exit, from released cells of one period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboards.model import Release, Table, period_label, when
from dashboards.page import FIGURES, Absent, Exhibit, Page, Section, Sentence, say
from dashboards.pathway import Stage
from dashboards.views import Column, beside, turned

TITLE = "From allegation to exit, step by step"
LEAVERS = (
    "dismissal_without_notice",
    "dismissal_with_notice",
    "requirement_to_resign",
    "would_have_been_dismissed",
    "left_before_finding",
)
Group = tuple[str, Table, dict[str, str]]


def page(release: Release) -> Page:
    """The page of the pathway."""
    return Page(
        slug="pathway",
        name="Pathway",
        tab="Pathway",
        group=FIGURES,
        order=6,
        question="How does an allegation go from the record to an outcome, or to the officer’s exit?",
        answer=_answer(release),
        sections=(_way(release),),
        cannot_tell=(
            "How many of one group went on to a group of the next step: each step is counted by itself, and "
            "the crossing of two steps is not released.",
            "Why an officer left. Leaving before an outcome is a way out of the process, not an admission.",
        ),
    )


def _span(release: Release) -> tuple[int, int] | None:
    """The latest period for which every step of the way has its table."""
    found = [
        release.table(name) for name in ("outcomes_by_year", "proceedings_by_year", "sanctions_in_detail")
    ]
    tables = [table for table in found if table is not None]
    shared = (
        set.intersection(*(set(table.periods) for table in tables)) if len(tables) == len(found) else set()
    )
    return max(shared, default=None)


def _answer(release: Release) -> Sentence:
    span = _span(release)
    outcomes, proceedings = release.table("outcomes_by_year"), release.table("proceedings_by_year")
    if span is None or outcomes is None or proceedings is None:
        return say("This release does not hold all steps of the way for the same years.")
    return say(
        f"of {{total:allegations}} recorded {when(span)}, {{faced}} went to proceedings and {{formal}} to "
        "formal action; {left} ended because the officer left before an outcome.",
        total=outcomes.cell(span),
        faced=proceedings.cell(span, has_proceedings="yes"),
        formal=outcomes.cell(span, action_path="formal"),
        left=outcomes.cell(span, action_path="left_before_outcome"),
    )


def _way(release: Release) -> Section:
    span = _span(release)
    if span is None:
        return Absent(TITLE, "The steps of the way were not released for the same years.")
    steps = _steps(release.tables, span)
    columns = [column for _, group in steps for column in group]
    drawn = turned(beside("pathway", TITLE, columns, [span]), "Step", chart="")
    notes = (
        f"Allegations recorded {when(span)}, counted anew at each step; groups that are zero are left out of "
        "the picture. A hatched block stands for a withheld number; its length says nothing.",
    )
    return Exhibit(
        replace(drawn, columns=tuple(replace(step, label=period_label(*span)) for step in drawn.columns)),
        notes=notes,
        stages=_stages(steps),
    )


def _stages(steps: Sequence[tuple[str, list[Column]]]) -> tuple[Stage, ...]:
    stages, start = [], 0
    for name, group in steps:
        stages.append(Stage(name, tuple(range(start, start + len(group)))))
        start += len(group)
    return tuple(stages)


def _steps(tables: Mapping[str, Table], span: tuple[int, int]) -> list[tuple[str, list[Column]]]:
    """The steps with the cells that are their groups, each taken from one released table."""
    outcomes, proceedings = tables["outcomes_by_year"], tables["proceedings_by_year"]
    details = tables["sanctions_in_detail"]
    groups = tables.get("sanctions_by_year")
    sanctions = groups if groups is not None and span in groups.periods else details
    left: list[Group] = [("Left before an outcome", outcomes, {"action_path": "left_before_outcome"})]
    found: list[tuple[str, list[Group]]] = [
        ("Allegation", [("Recorded", outcomes, {})]),
        ("Proceedings", _all_of(proceedings, "has_proceedings")),
        ("Outcome", _all_of(outcomes, "action_path")),
        ("Sanction", _all_of(sanctions, "sanction")),
        ("Exit", left + [item for item in _all_of(details, "sanction") if item[2]["sanction"] in LEAVERS]),
    ]
    return [
        (name, [Column(f"{name}: {words}", table, codes) for words, table, codes in items])
        for name, items in found
    ]


def _all_of(table: Table, dimension: str) -> list[Group]:
    """Every category that a table shows, with the words for readers."""
    return [
        (_words(dimension, table.dimension(dimension).label_of(code)), table, {dimension: code})
        for code in table.codes_shown(dimension)
    ]


def _words(dimension: str, label: str) -> str:
    """Yes and no say nothing without their question."""
    return {"Yes": "Held", "No": "Not held"}.get(label, label) if dimension == "has_proceedings" else label
