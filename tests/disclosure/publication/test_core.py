"""The example shows most of its core list, and answers the questions at the root of the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import pytest

from disclosure.publication import Publication
from disclosure.register import Register

Protect = Callable[..., Publication]
CORE = (
    "allegations_by_year",
    "officers_by_year",
    "outcomes_by_year",
    "sanctions_by_year",
    "proceedings_by_year",
)
THREE = {"a": ["a1", "a2"], "b": ["b1", "b2"]}


def rows(publication: Publication, table_id: str) -> list[Mapping[str, Any]]:
    tables = publication.protected["tables"]
    return [row for table in tables if table["table_id"] == table_id for row in table["rows"]]


def test_most_of_the_core_list_that_is_not_already_public_is_shown(example: Publication) -> None:
    """With register, officers and single officers on: of the counts that are not zero."""
    truth = example.private.values
    cells = {row["cell"]: row for table in CORE for row in rows(example, table) if row["marker"] != "z"}
    news = [row for code, row in cells.items() if truth[code] and row["reason"] != "already public"]
    assert sum(row["value"] is not None for row in news) / len(news) >= 0.8


QUESTIONS = {
    "a: officers": ("officers_by_year", "officer_sex", "Total"),
    "b: proceedings": ("proceedings_by_year", "has_proceedings", "yes"),
    "c: formal action": ("outcomes_by_year", "action_path", "formal"),
    "d: informal action": ("outcomes_by_year", "action_path", "informal"),
    "e: retired or resigned": ("outcomes_by_year", "action_path", "left_before_outcome"),
    "g: men": ("officers_by_year", "officer_sex", "male"),
    "g: women": ("officers_by_year", "officer_sex", "female"),
}
"""What is asked of each year, cases still open (f) apart: too few of some years are."""
ASKED = [{"action_path": code} for code in ("formal", "informal", "left_before_outcome")]


@pytest.fixture(scope="module")
def answering(decade: ModuleType, protect: Protect, register: Register) -> list[Publication]:
    """The example under several secrets, where what is asked for may not be withheld for something else."""
    blocks = dict(decade.BLOCKS)
    blocks["outcomes_by_year"] = {**blocks["outcomes_by_year"], "never_hide": ASKED}
    marts = decade.marts(decade.records(), blocks)
    return [protect(marts, register=register, key=bytes([n]) * 32) for n in range(3)]


def told(publication: Publication, question: str) -> set[int]:
    """The years that the shown periods of a question cover: years, bands or all."""
    table, name, code = QUESTIONS[question]
    own = [row for row in rows(publication, table) if row[name] == code and row["value"] is not None]
    return {year for row in own for year in range(row["year_from"], row["year_to"] + 1)}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_questions_are_answered_over_the_whole_decade(
    question: str, answering: list[Publication], decade: ModuleType
) -> None:
    assert all(told(publication, question) == set(decade.YEARS) for publication in answering)
    assert all(not publication.dropped for publication in answering)


def test_what_is_asked_for_does_not_cost_a_cell_more(
    answering: list[Publication], example: Publication
) -> None:
    def withheld(publication: Publication) -> int:
        return len(publication.system["hidden"])

    assert {withheld(publication) for publication in answering} == {withheld(example)}


# --- the choice among declared groupings


def grouped(decade: ModuleType, counts: Mapping[str, int], **block: Any) -> Any:
    found = [
        decade.Record(year, f"{year}-{code}-{n}", "male", code, "", "no")
        for year in ("2019", "2020")
        for code, count in counts.items()
        for n in range(count)
    ]
    given = {
        "title": "Groups", "unit": "allegations", "measures": ["n"],
        "dimensions": ["recorded_year", "action_path"],
        "categories": {"action_path": [leaf for leaves in THREE.values() for leaf in leaves]},
        "show": {"recorded_year": ["leaves"], "action_path": ["leaves", "total"]},
    }  # fmt: skip
    return decade.mart(found, "groups", given | block)


MERGED = {
    "merge": {"action_path": THREE},
    "show": {"recorded_year": ["leaves"], "action_path": ["merge", "total"]},
}
BY_PERIOD = {"show": {"recorded_year": ["total"], "action_path": ["leaves", "total"]}}


def shown(publication: Publication) -> int:
    return sum(row["value"] not in (None, 0) for row in rows(publication, "groups"))


def test_the_grouping_that_shows_most_is_chosen(decade: ModuleType, protect: Protect) -> None:
    """Leaves can be proven, but hardly any would be shown: the merged categories show more."""
    counts = {"a1": 2, "a2": 3, "b1": 2, "b2": 4}
    context = decade.context((2019, 2020))
    alone = [protect([grouped(decade, counts, **one)], context=context) for one in ({}, MERGED, BY_PERIOD)]
    best = protect([grouped(decade, counts, alternatives=[MERGED, BY_PERIOD])], context=context)
    assert shown(best) == max(shown(one) for one in alone if one.status == "proven")
    assert shown(best) > shown(alone[0])


def test_without_small_counts_the_finest_grouping_stands(decade: ModuleType, protect: Protect) -> None:
    counts = {"a1": 12, "a2": 9, "b1": 13, "b2": 11}
    context = decade.context((2019, 2020))
    best = protect([grouped(decade, counts, alternatives=[MERGED, BY_PERIOD])], context=context)
    assert {row["action_path"] for row in rows(best, "groups")} == {"a1", "a2", "b1", "b2", "Total"}


def test_two_breakdowns_that_cannot_keep_the_promise_are_named_and_not_tabulated(
    decade: ModuleType, protect: Protect, register: Register
) -> None:
    blocks = dict(decade.BLOCKS)
    yearly = {"show": {"recorded_year": ["leaves", "total"]}, "core": False}
    for name, title in (("outcomes_each_year", "Each year"), ("left_each_year", "Left each year")):
        blocks[name] = {**blocks["outcomes_by_year"], **yearly, "title": title}
    blocks["left_each_year"]["show"] = {"recorded_year": ["leaves"], "action_path": ["leaves"]}
    answer = protect(decade.marts(decade.records(), blocks), register=register)
    assert {d.table_id for d in answer.dropped} == {"outcomes_each_year", "left_each_year"}
    assert all("public figure" in d.words and not d.words.startswith(" ") for d in answer.dropped)
    assert {t["table_id"] for t in answer.protected["tables"]} == set(decade.BLOCKS)
