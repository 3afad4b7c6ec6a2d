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


@pytest.mark.parametrize(
    ("table", "name", "code"),
    [
        ("officers_by_year", "officer_sex", "Total"),
        ("proceedings_by_year", "has_proceedings", "yes"),
        ("outcomes_by_year", "action_path", "formal"),
        ("outcomes_by_year", "action_path", "informal"),
        ("outcomes_by_year", "action_path", "left_before_outcome"),
        ("allegations_by_year", "officer_sex", "male"),
        ("allegations_by_year", "officer_sex", "female"),
    ],
)
def test_the_questions_are_answered_over_the_decade_in_some_band(
    table: str, name: str, code: str, example: Publication
) -> None:
    """Together the shown periods of a question, years, bands or all, cover the decade or nearly all of it."""
    own = [row for row in rows(example, table) if row[name] == code and row["value"] is not None]
    years = {year for row in own for year in range(row["year_from"], row["year_to"] + 1)}
    assert len(years) >= 8


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
