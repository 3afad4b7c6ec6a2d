"""Publish blocks, policy and register are read strictly: every finding at once, nearest names given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from disclosure.policy import Policy, PolicyError, default_policy, recorded_policy
from disclosure.publish import Publish, PublishError
from disclosure.register import Register, RegisterError

BLOCK: dict[str, Any] = {
    "table_id": "outcomes",
    "title": "Outcomes",
    "unit": "allegations",
    "measures": ["n_allegations"],
    "dimensions": ["recorded_year", "action_path"],
    "categories": {"action_path": ["formal", "informal", "live"]},
}

FIGURE = """
[[figure]]
force = "Force"
scope = "domestic abuse"
population = "officers"
unit = "allegations"
time_basis = "recorded"
as_at = 2021-06-30
years = [2017, 2020]
dimensions = { action_path = "formal" }
value = 19
wording = "formal action"
source = "FOI"
source_ref = "S1"
"""


def test_a_block_is_read() -> None:
    block = Publish.parse(BLOCK | {"bands": {"recorded_year": [[2010, 2013]]}})
    assert block.bands == {"recorded_year": ((2010, 2013),)}
    assert block.order == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dimension": ["a"]}, "unknown key `dimension`, did you mean `dimensions`?"),
        ({"unit": "allegation"}, "did you mean `allegations`?"),
        ({"categories": {}}, "dimension `action_path` has no `categories`"),
        ({"categories": {"action_pth": ["x"]}}, "did you mean `action_path`?"),
        ({"bands": {"action_path": [[1, 2]]}}, "`bands` are for `recorded_year`, not `action_path`"),
        ({"bands": {"recorded_year": [[2013, 2010]]}}, "[first, last]"),
        ({"merge": {"action_path": {"x": ["formal", "life"]}}}, "holds `life`, did you mean `live`?"),
        ({"merge": {"action_path": {"x": ["formal"], "y": ["formal"]}}}, "overlap"),
        ({"merge": {"action_path": {"live": ["formal"]}}}, "has the name of a category"),
        ({"show": {"recorded_year": ["leafs"]}}, "did you mean `leaves`?"),
        ({"within": {"action_path": "formal"}}, "is a dimension and also in `within`"),
        ({"measures": ["a", "b"]}, "more than one measure"),
        ({"structural_zero": [{"year": 2010}]}, "`year` is no dimension"),
        ({"structural_zero": [{"recorded_year": ["to 2011"]}]}, "`to 2011` is no year"),
        ({"structural_zero": [{"action_path": ["formall"]}]}, "`formall`, did you mean `formal`?"),
        ({"never_hide": "total"}, 'a list of "total"'),
        ({"alternatives": [{"unit": "officers"}]}, "`bands`, `merge`, `show` or `never_hide`"),
        ({"alternatives": [{"bands": {"action_path": [[1, 2]]}}]}, "alternative 1: `bands` are for"),
        ({"core": "yes"}, "must be true or false"),
    ],
)
def test_a_wrong_block_says_where(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PublishError) as raised:
        Publish.parse(BLOCK | change)
    assert "outcomes" in str(raised.value)
    assert message in str(raised.value)


def test_all_findings_of_a_block_come_at_once() -> None:
    with pytest.raises(PublishError) as raised:
        Publish.parse({"table_id": "t", "titel": "x", "unit": "people"})
    assert len(raised.value.findings) == 5


def test_the_policy_gives_a_reason_and_a_reference_for_every_value() -> None:
    policy = Policy.read(default_policy())
    assert policy.threshold == 5
    assert policy.reasons.keys() == policy.references.keys()
    assert all(policy.reasons.values())
    assert all(policy.references.values())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[threshold]\nvalue = 5", "[threshold]\nvalue = 4", "`[threshold]` value must be one of 3, 5, 10"),
        (
            "[p1_values]\nvalue = 2",
            "[p1_values]\nvalue = 1",
            "`[p1_values]` value must be a whole number from 2",
        ),
        ("[p1_values]\nvalue = 2", '[p1_values]\nvalue = "3"', "`[p1_values]` value must be a whole number"),
        ("[threshold]\nvalue = 5", "[threshold]\nvalue = 5.0", "`[threshold]` value must be one of 3, 5, 10"),
        ("[threshold]", "[treshold]", "unknown entry `treshold`, did you mean `threshold`?"),
        ("[collusion]\nvalue", "[collusion]\nvaleu", "unknown key `valeu`"),
        ('[order]\nvalue = 3\nreason = "', '[order]\nvalue = 3\nraeson = "', "`[order]` needs a `reason`"),
        ("[marker]", "[marker", "is no TOML"),
    ],
)
def test_a_wrong_policy_says_where(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    text = default_policy().read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError) as raised:
        Policy.read(path)
    assert message in str(raised.value)


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(default_policy().read_bytes() + b"\n")
    assert Policy.read(path).sha256 != Policy.read(default_policy()).sha256


def test_the_newest_decision_record_that_names_a_policy_counts(tmp_path: Path) -> None:
    assert recorded_policy(tmp_path) is None
    (tmp_path / "0005-policy.md").write_text(f"policy sha256: {'a' * 64}\n")
    (tmp_path / "0009-policy.md").write_text(f"Policy SHA256: `{'b' * 64}`\n")
    (tmp_path / "0010-other.md").write_text("nothing about it\n")
    assert recorded_policy(tmp_path) == "b" * 64


def test_the_policy_in_force_is_recorded() -> None:
    decisions = Path(__file__).parents[3] / "docs" / "decisions"
    assert recorded_policy(decisions) == Policy.read(default_policy()).sha256


def test_a_register_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert Register.read(tmp_path / "register.toml").figures == ()


def test_a_figure_binds_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "register.toml"
    path.write_text(FIGURE)
    (figure,) = Register.read(path).figures
    assert figure.key.code.endswith("unit=allegations|time=recorded:2017-2020|action_path=formal")
    assert figure.value == 19


def test_an_interval_binds_from_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "register.toml"
    path.write_text(FIGURE.replace("value = 19", "interval = [306, 308]"))
    (figure,) = Register.read(path).figures
    assert figure.value is None
    assert [(r.sense, r.rhs) for r in figure.relations] == [(">=", 306), ("<=", 308)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("wording", "wordings", "unknown field `wordings`, did you mean `wording`?"),
        ("value = 19", "value = -1", "`value` must be a whole number"),
        ("value = 19", "", "needs either `value` or `interval`"),
        ("value = 19", "interval = [9, 3]", "`interval` must be [least, most]"),
        ("years = [2017, 2020]", "years = 2017", "`years` must be [first, last]"),
        ("as_at = 2021-06-30", 'as_at = "June"', "`as_at` must be a date"),
        ("[[figure]]", "[[figures]]", "unknown key `figures`"),
    ],
)
def test_a_wrong_register_says_where(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "register.toml"
    path.write_text(FIGURE.replace(old, new, 1))
    with pytest.raises(RegisterError) as raised:
        Register.read(path)
    assert message in str(raised.value)
