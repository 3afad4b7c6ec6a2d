"""Questions of oversight: where each is answered, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.model import MARKERS, Cell, Release, Table, period_label
from dashboards.page import ANSWERS, Page, Prose, Sentence, say

FEW = 5
"""The most figures that an answer in the list tells; the page holds the rest."""


@dataclass(frozen=True)
class Question:
    """One question: the page that answers it or says why not, and its table where it needs one.

    `codes` are the categories that answer it, where not all of the table do.
    """

    words: str
    table_id: str
    href: str
    place: str
    codes: tuple[str, ...] = ()


QUESTIONS = (
    Question("Which proceedings were held?", "proceedings_by_type", "proceedings.html", "Proceedings"),
    Question(
        "How many allegations faced proceedings?",
        "proceedings_by_year",
        "proceedings.html",
        "Proceedings",
        ("yes",),
    ),
    Question("Which sanctions followed?", "sanctions_by_year", "outcomes.html", "Outcomes and sanctions"),
    Question(
        "How many were not proven?",
        "sanctions_in_detail",
        "outcomes.html",
        "Outcomes and sanctions",
        ("not_proven",),
    ),
    Question(
        "Did officers leave before a finding?",
        "sanctions_in_detail",
        "leavers.html",
        "Officers who left",
        ("left_before_finding",),
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
    rows = [(question, answered(release, question)) for question in QUESTIONS]
    return Page(
        slug="oversight",
        name="Questions of oversight",
        tab="More questions",
        group=ANSWERS,
        order=2,
        question="What else do oversight bodies ask, and where is it answered?",
        answer=say(
            "Each question below has its figures for the latest years, or why this release has none, and "
            "leads to its page."
        ),
        sections=(Prose("pages/oversight.html", {"rows": rows}),),
    )


def answered(release: Release, question: Question) -> Sentence:
    """The figures of the latest years that answer a question, or why there are none; empty for a page."""
    if not question.table_id:
        return Sentence("")
    table = release.table(question.table_id)
    if table is None:
        return Sentence(f"Not in this release. {release.why_absent(question.table_id)}")
    return _figures(table, question.codes)


def _figures(table: Table, codes: tuple[str, ...]) -> Sentence:
    """`Recorded 2017 to 2020: hearing 11, misconduct meeting 8.`; nothing where that would be a table."""
    if len(table.categorical) != 1:
        return Sentence("")
    span, dimension = table.parts[-1], table.categorical[0]
    wanted = codes or table.codes_shown(dimension.name)
    found = {code: cell for code in wanted if (cell := table.cell(span, **{dimension.name: code}))}
    told = {code: cell for code, cell in found.items() if codes or cell.value != 0}
    if not told or len(told) > FEW:
        return Sentence("")
    words = "; ".join(f"{_inside(dimension.label_of(code))} {_told(cell)}" for code, cell in told.items())
    return Sentence(f"{table.time_basis} {period_label(*span)}: {words}.", tuple(told.values()))


def _told(cell: Cell) -> str:
    """A figure inside a sentence, where a marker would need its key."""
    return f"({MARKERS[cell.marker]})" if cell.marker else cell.text


def _inside(label: str) -> str:
    """A label as it stands inside a sentence."""
    return label[:1].lower() + label[1:]
