"""Every option of the policy works, and what another policy would cost can be tried without publishing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.policy import Policy
from disclosure.publication import Publication
from disclosure.publish import Publish, PublishError
from disclosure.register import Register
from disclosure.trial import OPTIONS, Option, try_options, try_policy
from disclosure.verify import verify

Protect = Callable[..., Publication]
CODES = ["a", "b", "c", "d"]
COUNTS = {
    ("2019", "a"): 4, ("2019", "b"): 0, ("2019", "c"): 18, ("2019", "d"): 21,
    ("2020", "a"): 7, ("2020", "b"): 16, ("2020", "c"): 19, ("2020", "d"): 28,
}  # fmt: skip
BLOCK: dict[str, Any] = {
    "title": "Small",
    "unit": "allegations",
    "measures": ["n"],
    "dimensions": ["recorded_year", "action_path"],
    "categories": {"action_path": CODES},
}


def mart(decade: ModuleType, counts: Mapping[tuple[str, str], int], people: int = 1000, **block: Any) -> Any:
    """A mart of one table; the first `people` allegations of a cell have an officer each."""
    found = [
        decade.Record(year, f"{year}-{code}-{n % people}", "male", code, "", "no")
        for (year, code), count in counts.items()
        for n in range(count)
    ]
    return decade.mart(found, block.pop("table_id", "small"), BLOCK | block)


def cells(publication: Publication) -> dict[tuple[str, int, int, str], Any]:
    return {
        (t["table_id"], r["year_from"], r["year_to"], r.get("action_path", "")): r["value"]
        for t in publication.protected["tables"]
        for r in t["rows"]
    }


@pytest.fixture
def run(decade: ModuleType, protect: Protect, folders: ModuleType, tmp_path: Path) -> Protect:
    """Protect, and prove offline whatever is published."""

    def protected(marts: Any, **changes: Any) -> Publication:
        answer = protect(marts, context=decade.context((2019, 2020)), **changes)
        if answer.status == "proven":
            assert verify(folders.release(answer, tmp_path / "release")) == ()
        return answer

    return protected


@pytest.mark.parametrize(("threshold", "hidden"), [(3, False), (5, True), (10, True)])
def test_the_threshold_decides_what_is_small(
    threshold: int, hidden: bool, decade: ModuleType, run: Protect, policy: Policy
) -> None:
    answer = run([mart(decade, COUNTS)], policy=replace(policy, threshold=threshold))
    assert (cells(answer)["small", 2019, 2019, "a"] is None) == hidden
    if threshold == 10:
        assert cells(answer)["small", 2020, 2020, "a"] is None


@pytest.mark.parametrize(("primary", "hidden"), [("officers", True), ("allegations", False)])
def test_people_or_allegations_are_counted_as_small(
    primary: str, hidden: bool, decade: ModuleType, run: Protect, policy: Policy
) -> None:
    counts = {key: count + 10 for key, count in COUNTS.items()}
    answer = run([mart(decade, counts, people=3)], policy=replace(policy, primary=primary))
    assert (cells(answer).get(("small", 2019, 2019, "a")) is None) == hidden


def test_a_true_zero_of_a_large_line_is_shown(decade: ModuleType, run: Protect) -> None:
    assert cells(run([mart(decade, {**COUNTS, ("2019", "a"): 14})]))["small", 2019, 2019, "b"] == 0


def test_zeros_withheld_need_partners_like_small_counts(
    decade: ModuleType, run: Protect, policy: Policy
) -> None:
    answer = run([mart(decade, {**COUNTS, ("2019", "a"): 14})], policy=replace(policy, zeros="withheld"))
    assert cells(answer)["small", 2019, 2019, "b"] is None
    assert 0 not in cells(answer).values()
    assert answer.system["zeros_published"] is False


@pytest.mark.parametrize("declared", [{}, {"full_lines": "drop"}])
def test_full_lines_may_drop_a_table_by_policy_or_by_declaration(
    declared: dict[str, str], decade: ModuleType, run: Protect, policy: Policy
) -> None:
    counts = {("2019", "a"): 30, **{("2020", code): 20 for code in CODES}}
    other = policy if declared else replace(policy, full_lines="drop")
    years = mart(decade, counts, table_id="years", dimensions=["recorded_year"], categories={})
    answer = run([mart(decade, counts, **declared), years], policy=other)
    assert [d.table_id for d in answer.dropped] == ["small"]
    assert "in one category" in answer.dropped[0].reason


def test_full_lines_may_be_merged_by_a_declared_alternative(decade: ModuleType, run: Protect) -> None:
    """All of 2019 ended in one way: over both years nobody can tell whose matter that was."""
    counts = {("2019", "a"): 30, **{("2020", code): 20 for code in CODES}}
    merged = [{"show": {"recorded_year": ["total"]}}]
    answer = run([mart(decade, counts, full_lines="merge", alternatives=merged)])
    assert not answer.dropped
    assert {(first, last) for _, first, last, _ in cells(answer)} == {(2019, 2020)}


def test_full_lines_that_nothing_merges_are_no_declaration() -> None:
    with pytest.raises(PublishError, match="no `alternatives` that merge"):
        Publish.parse({"table_id": "t", **BLOCK, "full_lines": "merge"})


def _with_officers(decade: ModuleType) -> list[Any]:
    """Forty allegations a year against thirty-seven and thirty officers."""
    found = [
        decade.Record(year, f"{year}-{n % officers}", "male", "a", "", "no")
        for year, officers in (("2019", 37), ("2020", 30))
        for n in range(40)
    ]
    shape = {"dimensions": ["recorded_year"], "categories": {}, "show": {"recorded_year": ["leaves"]}}
    return [
        decade.mart(found, "allegations", BLOCK | shape),
        decade.mart(found, "officers", BLOCK | shape | {"unit": "officers"}),
    ]


def test_officers_beside_allegations_are_exempt_by_policy(decade: ModuleType, run: Protect) -> None:
    assert None not in cells(run(_with_officers(decade))).values()


def test_officers_beside_allegations_may_be_withheld_instead(
    decade: ModuleType, run: Protect, policy: Policy
) -> None:
    """Three allegations beyond the first of each officer: one of both counts goes."""
    answer = run(_with_officers(decade), policy=replace(policy, allegations_minus_officers="withhold"))
    shown = cells(answer)
    assert None in (shown.get(("allegations", 2019, 2019, "")), shown.get(("officers", 2019, 2019, "")))
    assert answer.system["release"]["excess"] is True


def test_never_hide_keeps_a_cell_from_serving_as_partner(decade: ModuleType, run: Protect) -> None:
    kept = [{"action_path": code} for code in ("b", "c")]
    answer = run([mart(decade, {**COUNTS, ("2019", "b"): 12}, never_hide=["total", *kept])])
    gone = {path for (_, _, _, path), value in cells(answer).items() if value is None}
    assert gone == {"a", "d"}


def test_a_policy_can_be_tried_without_publishing(
    decade: ModuleType, policy: Policy, register: Register
) -> None:
    marts, context = [mart(decade, COUNTS)], decade.context((2019, 2020))
    other = policy.changed({"threshold": 3})
    (cost,) = try_policy(marts, context, policy, other, Register(), (), b"k" * 32, 60.0)
    assert cost.withheld_now > cost.withheld_then == 0
    assert cost.shown_then == cost.shown_now + cost.withheld_now
    assert other.sha256 == ""


def test_each_option_has_its_price_by_table(decade: ModuleType, policy: Policy) -> None:
    marts, context = [mart(decade, COUNTS)], decade.context((2019, 2020))
    prices = try_options(marts, context, policy, OPTIONS, Register(), (), b"k" * 32, 60.0)
    assert prices.keys() == {option.name for option in OPTIONS}
    (three,), (five,), (zeros,) = (prices[n] for n in ("threshold 3", "threshold 5", "zeros withheld"))
    assert three.withheld_then < five.withheld_then == five.withheld_now
    assert zeros.withheld_then > zeros.withheld_now


def test_without_protection_against_single_officers_a_trial_shows_more(
    decade: ModuleType, policy: Policy
) -> None:
    counts = {
        ("2019", "a"): 1, ("2019", "b"): 9, ("2019", "c"): 21, ("2019", "d"): 22,
        ("2020", "a"): 9, ("2020", "b"): 2, ("2020", "c"): 23, ("2020", "d"): 24,
    }  # fmt: skip
    option = Option("alone", singletons=False)
    marts, context = [mart(decade, counts)], decade.context((2019, 2020))
    ((cost,),) = try_options(marts, context, policy, [option], Register(), (), b"k" * 32, 60.0).values()
    assert cost.shown_then > cost.shown_now


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"treshold": 3}, "did you mean `threshold`"),
        ({"threshold": 4}, "`threshold` must be one of 3, 5, 10"),
    ],
)
def test_a_wrong_option_to_try_is_named(values: dict[str, Any], message: str, policy: Policy) -> None:
    with pytest.raises(ValueError, match=message):
        policy.changed(values)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_no_table_crosses_more_attributes_than_the_policy_allows(
    order: int, decade: ModuleType, run: Protect, policy: Policy
) -> None:
    years = mart(decade, COUNTS, table_id="years", dimensions=["recorded_year"], categories={})
    answer = run([mart(decade, COUNTS), years], policy=replace(policy, order=order))
    assert [d.table_id for d in answer.dropped] == (["small"] if order == 1 else [])
