"""Rates and medians are inequalities: one that would give a count away is withheld, and found if forged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.certificate import CertificateError
from disclosure.ledger import read_earlier
from disclosure.policy import Policy
from disclosure.publication import Publication
from disclosure.publish import Publish, PublishError
from disclosure.rates import Known, _rate_bounds
from disclosure.verify import verify

Protect = Callable[..., Publication]
CODES = ["a", "b", "c", "d"]
COUNTS = {
    ("2019", "a"): 3, ("2019", "b"): 9, ("2019", "c"): 18, ("2019", "d"): 20,
    ("2020", "a"): 7, ("2020", "b"): 6, ("2020", "c"): 19, ("2020", "d"): 18,
}  # fmt: skip
RATES = {"share_a": {"dimension": "action_path", "category": "a"}}
MEDIANS = {"days": {"dimension": "action_path", "breakpoints": {"a": 90, "b": 180, "c": 365}}}


def mart(decade: ModuleType, counts: Any = None, **block: Any) -> Any:
    found = [
        decade.Record(year, f"{year}-{code}-{n}", "male", code, "", "no")
        for (year, code), count in (counts or COUNTS).items()
        for n in range(count)
    ]
    given = {
        "title": "Small", "unit": "allegations", "measures": ["n"],
        "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": CODES},
    }  # fmt: skip
    made = decade.mart(found, "small", given | block)
    days = {"a": 60, "b": 150, "c": 300, "d": 500}
    rows = (replace(r, values={"days": (days[r.dimensions["action_path"]],) * r.n}) for r in made.rows)
    return replace(made, rows=tuple(rows))


@pytest.fixture
def run(decade: ModuleType, protect: Protect, folders: ModuleType, tmp_path: Path) -> Protect:
    def protected(*marts: Any, **changes: Any) -> Publication:
        answer = protect(list(marts), context=decade.context((2019, 2020)), **changes)
        assert answer.status == "proven", answer.findings
        assert verify(folders.release(answer, tmp_path / "release")) == ()
        return answer

    return protected


def told(publication: Publication) -> list[Any]:
    return list(publication.protected["tables"][0].get("statements", []))


def values(publication: Publication) -> dict[tuple[int, int, str], Any]:
    rows = publication.protected["tables"][0]["rows"]
    return {(r["year_from"], r["year_to"], r["action_path"]): r["value"] for r in rows}


def test_a_mart_that_declares_none_publishes_none(decade: ModuleType, run: Protect) -> None:
    assert "statements" not in run(mart(decade)).protected["tables"][0]


def test_a_rate_of_shown_counts_is_given_to_a_decimal(decade: ModuleType, run: Protect) -> None:
    counts = {**COUNTS, ("2019", "a"): 13}
    rates = told(run(mart(decade, counts, rates=RATES)))
    assert [(r["least"], r["most"], r["marker"]) for r in rates] == [
        (21.7, 21.7, None), (14.0, 14.0, None), (18.2, 18.2, None),
    ]  # fmt: skip


def test_a_rate_beside_its_total_gives_the_count_away_and_is_withheld(
    decade: ModuleType, run: Protect
) -> None:
    """The attack first: six per cent of fifty are three."""
    answer = run(mart(decade, rates=RATES))
    shown = values(answer)
    assert shown[2019, 2019, "a"] is None
    assert round(6.0 * shown[2019, 2019, "Total"] / 100) == COUNTS["2019", "a"]
    assert (told(answer)[0]["least"], told(answer)[0]["marker"]) == (None, "c")


def test_a_band_of_per_cents_is_given_where_it_leaves_the_count_open(
    decade: ModuleType, run: Protect, policy: Policy
) -> None:
    answer = run(mart(decade, rates=RATES), policy=replace(policy, rates=20))
    first = told(answer)[0]
    assert values(answer)[2019, 2019, "a"] is None
    assert (first["least"], first["most"], first["marker"]) == (0, 20, None)
    assert any(constraint["why"] == "rate" for constraint in answer.system["constraints"])


def test_a_narrow_band_of_a_large_group_is_withheld(decade: ModuleType, run: Protect, policy: Policy) -> None:
    counts = {**COUNTS, ("2019", "d"): 6, ("2019", "c"): 7}
    naive = (int(100 * 3 / 25 / 5) * 5, int(100 * 3 / 25 / 5) * 5 + 5)
    assert [n for n in range(1, 25) if naive[0] * 25 <= 100 * n <= naive[1] * 25] == [3]
    answer = run(mart(decade, counts, rates=RATES), policy=replace(policy, rates=5))
    assert told(answer)[0]["marker"] == "c"


def test_a_median_of_few_officers_is_withheld(decade: ModuleType, run: Protect) -> None:
    counts = {("2019", "a"): 0, ("2019", "b"): 0, ("2019", "c"): 0, ("2019", "d"): 9}
    counts |= {key: n + 5 for key, n in COUNTS.items() if key[0] == "2020"}
    answer = run(mart(decade, counts, medians=MEDIANS))
    assert (told(answer)[0]["least"], told(answer)[0]["marker"]) == (None, "c")
    assert told(answer)[1]["least"] is not None


def test_a_median_is_rounded_and_says_its_half_at_each_breakpoint(decade: ModuleType, run: Protect) -> None:
    answer = run(mart(decade, medians=MEDIANS))
    first = told(answer)[0]
    assert (first["least"], first["most"]) == (285.0, 315.0)
    senses = [c["sense"] for c in answer.system["constraints"] if c["why"] == "median"]
    assert {"<=", ">="} <= set(senses)


BESIDE = {
    ("2019", "a"): 4, ("2019", "b"): 7, ("2019", "c"): 10, ("2019", "d"): 10,
    ("2020", "a"): 7, ("2020", "b"): 6, ("2020", "c"): 19, ("2020", "d"): 18,
}  # fmt: skip
TWO = {
    "rates": {"share_a": RATES["share_a"], "share_b": {"dimension": "action_path", "category": "b"}},
    "never_hide": [{"action_path": "c"}, {"action_path": "d"}],
}


def test_bands_that_give_a_count_away_together_are_withheld_together(
    decade: ModuleType, run: Protect, policy: Policy
) -> None:
    """The attack first: of thirty-one, eleven are left for two, and the second has a fifth or more of all."""
    second = [n for n in range(12) if 20 * 31 <= 100 * n < 40 * 31]
    assert max(11 - n for n in second) < policy.threshold
    answer = run(mart(decade, BESIDE, **TWO), policy=replace(policy, rates=20))
    assert [values(answer)[2019, 2019, code] for code in "ab"] == [None, None]
    first_year = values(answer)[2019, 2019, "Total"]
    assert first_year == 31
    assert [rate["marker"] for rate in told(answer) if "2019" in rate["denominator"].split("..")[0]]


def test_without_the_guard_bands_are_refused_by_the_certificate(
    decade: ModuleType, protect: Protect, folders: ModuleType, policy: Policy, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("disclosure.attempt._Search._beaten_off", lambda *_: True)
    naive = protect(
        [mart(decade, BESIDE, **TWO)], context=decade.context((2019, 2020)), policy=replace(policy, rates=20)
    )
    assert told(naive)[0]["least"] is not None
    with pytest.raises(CertificateError):
        folders.release(naive, tmp_path / "release")


@pytest.mark.parametrize("width", [5, 10, 20])
def test_whether_a_band_is_given_tells_nothing_of_the_count(width: int, policy: Policy) -> None:
    """The attack first: of twenty, bands of a fifth leave too few only in the lowest one."""
    lowest, second = ([n for n in range(20) if low <= 5 * n < low + 20] for low in (0, 20))
    assert max(lowest) < policy.threshold <= max(second)
    by_policy = replace(policy, rates=width)
    for total in range(policy.threshold, 140):
        known = [Known({"all": total}, {"all": total, "part": n}, by_policy) for n in range(1, total)]
        bounds = [_rate_bounds("part", "all", one) for one in known]
        if (None, None) in bounds:
            assert set(bounds) == {(None, None)}
            continue
        for low, high in ((low or 0, high or 0) for low, high in bounds):
            left = [
                n for n in range(total + 1) if low * total <= 100 * n < high * total or n == total == high
            ]
            assert len(left) > 1
            assert max(left) >= policy.threshold


def test_a_band_ends_below_its_upper_end(decade: ModuleType, run: Protect, policy: Policy) -> None:
    """A tenth is told as 10 to 20: who knows that takes 10 out of 0 to 10, and so does the attacker."""
    answer = run(mart(decade, rates=RATES), policy=replace(policy, rates=20))
    bands = [c for c in answer.system["constraints"] if c["why"] == "rate" and c["sense"] == "<="]
    assert {c["rhs"] for c in bands} == {-1}


def test_days_outside_their_category_are_refused_by_name(decade: ModuleType, protect: Protect) -> None:
    wrong = {"days": {"dimension": "action_path", "breakpoints": {"a": 30, "b": 180, "c": 365}}}
    answer = protect([mart(decade, medians=wrong)], context=decade.context((2019, 2020)))
    assert answer.status == "refused"
    assert "days of `a` lie outside the breakpoints" in answer.findings[0]


def test_a_median_that_an_attacker_could_use_is_withheld(
    decade: ModuleType, run: Protect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disclosure.attempt._Search._beaten_off", lambda *_: False)
    answer = run(mart(decade, medians=MEDIANS))
    assert {m["marker"] for m in told(answer)} == {"c"}


def test_what_a_rate_said_is_known_for_ever(
    decade: ModuleType, run: Protect, folders: ModuleType, policy: Policy, tmp_path: Path
) -> None:
    """A later release without the rate still counts with it."""
    wide = replace(policy, rates=20)
    first = run(mart(decade, rates=RATES), policy=wide)
    folders.release(first, tmp_path / "releases" / "first")
    shutil.rmtree(tmp_path / "release")
    second = run(mart(decade), policy=wide, earlier=read_earlier(tmp_path / "releases"))
    assert "statements" not in second.protected["tables"][0]
    assert any(constraint["why"] == "rate" for constraint in second.system["constraints"])


@pytest.mark.parametrize("name", ["least", "most"])
def test_a_forged_rate_is_found(
    name: str, decade: ModuleType, protect: Protect, folders: ModuleType, tmp_path: Path
) -> None:
    counts = {**COUNTS, ("2019", "a"): 13}
    answer = protect([mart(decade, counts, rates=RATES)], context=decade.context((2019, 2020)))
    folder = folders.release(answer, tmp_path / "release")
    folders.change(
        folder, "protected", lambda p: p["tables"][0]["statements"][0].update({name: 30.0, "marker": None})
    )
    assert verify(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rates": {"x": {"dimension": "action_path"}}}, "`dimension` and `category`"),
        ({"rates": {"x": {"dimension": "action_path", "category": "e"}}}, "has no category `e`"),
        ({"medians": {"x": {"dimension": "action_path", "breakpoints": {"a": 9, "b": 3}}}}, "that grow"),
        ({"rates": RATES, "show": {"action_path": ["leaves"]}}, "shows no total of `action_path`"),
    ],
)
def test_a_wrong_declaration_says_where(change: dict[str, Any], message: str) -> None:
    block = {
        "table_id": "t", "title": "T", "unit": "allegations", "measures": ["n"],
        "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": CODES},
    }  # fmt: skip
    with pytest.raises(PublishError, match=message):
        Publish.parse(block | change)
