"""Questions of oversight: where each is answered, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.model import Release
from dashboards.page import ANSWERS, Page, Prose, say


@dataclass(frozen=True)
class Question:
    """One question: the page that answers it or says why not, and its table where it needs one."""

    words: str
    table_id: str
    href: str
    place: str


QUESTIONS = (
    Question("Which proceedings were held?", "proceedings_by_type", "proceedings.html", "Proceedings"),
    Question(
        "How many allegations faced proceedings?", "proceedings_by_year", "proceedings.html", "Proceedings"
    ),
    Question("Which sanctions followed?", "sanctions_by_year", "outcomes.html", "Outcomes and sanctions"),
    Question("How many were not proven?", "sanctions_in_detail", "outcomes.html", "Outcomes and sanctions"),
    Question(
        "Did officers leave before a finding?", "sanctions_in_detail", "leavers.html", "Officers who left"
    ),
    Question("Did they retire or resign?", "exit_routes_by_year", "leavers.html", "Officers who left"),
    Question("How old are live matters?", "live_by_age", "live.html", "Live matters and time taken"),
    Question(
        "How long from record to outcome?",
        "outcomes_by_finalised_year",
        "live.html",
        "Live matters and time taken",
    ),
    Question(
        "How many officers had more than one allegation?",
        "repeat_officers",
        "repeat.html",
        "Repeat allegations",
    ),
    Question(
        "How often was there a case to answer?", "case_to_answer_by_year", "proceedings.html", "Proceedings"
    ),
    Question(
        "Public complaint or conduct matter?",
        "case_type_by_year",
        "kinds.html",
        "Allegation type and case type",
    ),
    Question(
        "Which kinds of allegation?",
        "allegation_types_by_year",
        "kinds.html",
        "Allegation type and case type",
    ),
    Question(
        "What came of them under each set of rules?", "outcomes_by_regime", "rules.html", "Outcomes by regime"
    ),
    Question(
        "What way do allegations take from record to exit?", "outcomes_by_year", "pathway.html", "Pathway"
    ),
    Question("Why does a figure differ from the release before?", "", "release-log.html", "Release log"),
    Question("How many figures are withheld, and why?", "", "method.html#shown", "Data quality and method"),
    Question(
        "May a trend be read across a change of rules?", "", "method.html#breaks", "Data quality and method"
    ),
)


def page(release: Release) -> Page:
    """The page that leads to the other pages by question."""
    rows = [
        (question, "" if _is_answered(release, question) else release.why_absent(question.table_id))
        for question in QUESTIONS
    ]
    return Page(
        slug="oversight",
        name="Questions of oversight",
        tab="More questions",
        group=ANSWERS,
        order=2,
        question="What else do oversight bodies ask, and where is it answered?",
        answer=say(
            "Each question below leads to the page that answers it, or says why this release does not."
        ),
        sections=(Prose("pages/oversight.html", {"rows": rows}),),
    )


def _is_answered(release: Release, question: Question) -> bool:
    return not question.table_id or release.table(question.table_id) is not None
