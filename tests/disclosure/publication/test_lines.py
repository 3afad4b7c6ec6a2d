"""A line is judged by what is tabulated: groups that nobody sees and tables without a record say nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from disclosure.publication import Publication

Protect = Callable[..., Publication]
CODES = ["a", "b", "c", "d", "e", "f"]
PAIRS = {"first": ["a", "b"], "second": ["c", "d"]}


def mart(decade: ModuleType, counts: Mapping[tuple[str, str], int], **block: Any) -> Any:
    return decade.by_path(counts, CODES, **block)


def shown_zeros(publication: Publication, year: int) -> set[str]:
    rows = [row for table in publication.protected["tables"] for row in table["rows"]]
    return {row["action_path"] for row in rows if row["year_to"] == year and row["value"] == 0}


def test_zeros_of_a_small_line_are_withheld_whatever_groups_are_declared_and_not_shown(
    decade: ModuleType, protect: Protect
) -> None:
    counts = {("2019", "c"): 2, ("2019", "d"): 1, **{("2020", c): 20 + n for n, c in enumerate(CODES)}}
    context = decade.context((2019, 2020))
    grouped = mart(decade, counts, merge={"action_path": PAIRS})
    for one in (mart(decade, counts), grouped):
        answer = protect([one], context=context)
        assert answer.status == "proven"
        assert not shown_zeros(answer, 2019)


LATER = {("2020", c): 20 + n for n, c in enumerate(CODES)}
PART: dict[str, Any] = {"dimensions": ["recorded_year"], "categories": {}, "within": {"action_path": "a"}}


def dropped(decade: ModuleType, protect: Protect, counts: Mapping[tuple[str, str], int], **part: Any) -> Any:
    none = replace(mart(decade, {("2019", "a"): 1}, table_id="part", **PART | part), rows=())
    answer = protect([mart(decade, counts), none], context=decade.context((2019, 2020)))
    return {d.table_id: d.reason for d in answer.dropped}


def test_a_table_without_a_record_is_judged_like_any_other(decade: ModuleType, protect: Protect) -> None:
    others = {key: n for key, n in LATER.items() if key[1] != "a"}
    reasons = dropped(decade, protect, {("2019", "c"): 2, ("2019", "d"): 1, **others})
    assert "records" not in reasons.get("part", "")


def test_what_the_records_lack_is_no_zero(decade: ModuleType, protect: Protect) -> None:
    counts = {("2019", "c"): 2, ("2019", "d"): 1, **LATER}
    assert dropped(decade, protect, counts) == {"part": "the records do not tell it"}
    other = {"categories": {}, "within": {"sanction": "none"}}
    assert dropped(decade, protect, counts, **other) == {"part": "the records do not tell it"}


def test_without_any_record_nothing_is_published(decade: ModuleType, protect: Protect) -> None:
    answer = protect(
        [replace(mart(decade, {("2019", "a"): 9}), rows=())], context=decade.context((2019, 2020))
    )
    assert answer.status == "refused"
    assert "no records" in answer.findings[0]
