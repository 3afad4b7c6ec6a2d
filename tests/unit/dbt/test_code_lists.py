"""The code lists as files: complete, dated, sourced, and never a guess."""

from __future__ import annotations

import csv
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

SEEDS = Path(__file__).parents[3] / "dbt" / "seeds"
REGIMES = {"2004", "2008", "2012", "2020"}
KEYS = {
    "seed_outcome_labels": ("vocabulary", "label", "regime"),
    "seed_value_labels": ("vocabulary", "column_name", "label"),
    "seed_allegation_types": ("vocabulary", "label", "valid_from"),
    "seed_regimes": ("regime",),
    "seed_codes": ("list", "code"),
    "seed_breaks": ("vocabulary", "on"),
    "seed_periods": ("year_from", "year_to"),
}

CHICAGO_OUTCOMES = """\
No Action Taken; Unknown; Reprimand; 1 Day Suspension; Violation Noted; Resigned; 2 Day Suspension; 5 Day
Suspension; 3 Day Suspension; 10 Day Suspension; 15 Day Suspension; Penalty Not Served; 30 Day
Suspension; Separation; 20 Day Suspension; 25 Day Suspension; 7 Day Suspension; 4 Day Suspension; 60 Day
Suspension; 45 Day Suspension; Administrative Termination; 99; 12 Day Suspension; 28 Day Suspension;
Reinstated by Police Board; 6 Day Suspension; 120 Day Suspension; Suspended over 30 Days; 90 Day
Suspension; 999; 150 Day Suspension; 11 Day Suspension; 365; 21 Day Suspension; 40 Day Suspension;
Suspended for 180 Days; 8 Day Suspension; 270 Day Suspension; 365 Day Suspension; 35; 23 Day Suspension;
75 Day Suspension; 29 Day Suspension; 13 Day Suspension; NAF; NS; UN; SU; EX; NC; DIS"""
NEW_ORLEANS_DISPOSITIONS = """Pending; Unfounded; Sustained; Not Sustained; Other; Exonerated; NFIM;
Withdrawn - Mediation; Negotiated Settlement; Resigned under investigation"""


def _seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _labels(vocabulary: str) -> dict[str, dict[str, str]]:
    return {row["label"]: row for row in _seed("seed_outcome_labels") if row["vocabulary"] == vocabulary}


def _codes(code_list: str) -> set[str]:
    return {row["code"] for row in _seed("seed_codes") if row["list"] == code_list}


def _key(label: str) -> str:
    return " ".join(label.casefold().split())


@pytest.mark.parametrize("name", KEYS)
def test_a_list_has_each_key_once(name: str) -> None:
    keys = [tuple(row[column] for column in KEYS[name]) for row in _seed(name)]
    assert len(keys) == len(set(keys)) > 0


def test_every_seed_file_is_known_here() -> None:
    assert {path.stem for path in SEEDS.glob("*.csv")} == set(KEYS)


@pytest.mark.parametrize("name", ["seed_outcome_labels", "seed_value_labels", "seed_allegation_types"])
def test_labels_are_written_as_they_are_compared(name: str) -> None:
    assert [row["label"] for row in _seed(name) if row["label"] != _key(row["label"])] == []


@pytest.mark.parametrize(
    "name", ["seed_outcome_labels", "seed_value_labels", "seed_allegation_types", "seed_regimes"]
)
def test_every_row_says_where_it_comes_from_and_who_decided_it(name: str) -> None:
    assert all(row["source"].strip() for row in _seed(name))
    assert {row["decided_by"] for row in _seed(name)} <= {"legislation", "oversight body", "this project"}


@pytest.mark.parametrize("name", ["seed_value_labels", "seed_allegation_types", "seed_regimes"])
def test_every_row_is_dated(name: str) -> None:
    for row in _seed(name):
        first, last = date.fromisoformat(row["valid_from"]), row["valid_to"]
        assert not last or first <= date.fromisoformat(last)


def test_every_label_of_england_and_wales_stands_under_all_four_regimes() -> None:
    regimes: dict[str, set[str]] = {}
    for row in _seed("seed_outcome_labels"):
        if row["vocabulary"] == "mps":
            regimes.setdefault(row["label"], set()).add(row["regime"])
    assert {label for label, found in regimes.items() if found != REGIMES} == set()
    assert len(regimes) > 60


def test_labels_of_other_law_have_no_regime() -> None:
    assert {r["regime"] for r in _seed("seed_outcome_labels") if r["vocabulary"] != "mps"} == {"none"}


def test_a_label_is_invalid_exactly_where_a_rule_says_so() -> None:
    for row in _seed("seed_outcome_labels"):
        assert (row["validity"] == "invalid") == bool(row["rule"])
        assert row["rule"] in {"", "R1", "R2", "R3", "R8"}


def test_a_sanction_stands_on_formal_labels_and_on_no_other() -> None:
    for row in _seed("seed_outcome_labels"):
        assert (row["action_path"] == "formal") == bool(row["sanction"])
        assert row["action_path"] in {"", *_codes("action_path")}
        assert row["sanction"] in {"", *_codes("sanction")}


def test_a_stage_stands_only_where_no_path_does() -> None:
    staged = [row for row in _seed("seed_outcome_labels") if row["stage_reached"]]
    assert {row["stage_reached"] for row in staged} == _codes("stage_reached")
    assert {row["action_path"] for row in staged} == {""}


def test_every_spelling_of_a_case_to_answer_tells_one() -> None:
    labels = {name: row for name, row in _labels("mps").items() if name.startswith("case to answer")}
    assert len(labels) > 1
    assert {row["stage_reached"] for row in labels.values()} == {"case_to_answer"}


def test_a_label_keeps_its_path_and_sanction_under_every_regime() -> None:
    meanings: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in _seed("seed_outcome_labels"):
        key = (row["vocabulary"], row["label"])
        meanings.setdefault(key, set()).add((row["action_path"], row["sanction"]))
    assert all(len(found) == 1 for found in meanings.values())


def test_every_chicago_spelling_of_the_source_is_listed() -> None:
    labels = _labels("chicago_cpd")
    assert [s for s in CHICAGO_OUTCOMES.replace("\n", " ").split("; ") if _key(s) not in labels] == []


def test_a_bare_number_is_never_guessed() -> None:
    numbers = {label: row for label, row in _labels("chicago_cpd").items() if label.isdigit()}
    assert {"99", "999", "365", "35"} <= set(numbers)
    for row in numbers.values():
        assert (row["action_path"], row["sanction"]) == ("not_known", "")
        assert "not known" in row["source"]


def test_no_action_taken_leaves_the_decision_to_the_finding() -> None:
    neutral = [row for label, row in _labels("chicago_cpd").items() if "no action taken" in label]
    assert {row["action_path"] for row in neutral if "no affidavit" not in row["label"]} == {""}
    assert {row["action_path"] for row in neutral if "no affidavit" in row["label"]} == {"not_investigated"}


def test_a_number_of_days_is_a_suspension() -> None:
    days = [row for label, row in _labels("chicago_cpd").items() if label.endswith("day suspension")]
    assert len(days) > 40
    assert {row["sanction"] for row in days} == {"suspension"}


def test_every_new_orleans_disposition_is_listed() -> None:
    labels = _labels("new_orleans_nopd")
    assert [s for s in NEW_ORLEANS_DISPOSITIONS.replace("\n", " ").split("; ") if _key(s) not in labels] == []


def test_every_coded_value_has_a_code_with_words() -> None:
    lists = {"sex": "officer_sex"}
    for row in _seed("seed_value_labels"):
        assert row["code"] in _codes(lists.get(row["column_name"], row["column_name"])), row


def test_every_code_has_a_label_a_definition_and_a_place() -> None:
    for row in _seed("seed_codes"):
        assert row["label"].strip()
        assert row["definition"].strip().endswith(".")
        assert int(row["sort"]) > 0


def test_regimes_follow_on_and_the_last_is_open() -> None:
    rows = sorted(_seed("seed_regimes"), key=lambda row: row["valid_from"])
    assert [row["regime"] for row in rows] == sorted(REGIMES)
    for earlier, later in pairwise(rows):
        gap = date.fromisoformat(later["valid_from"]) - date.fromisoformat(earlier["valid_to"])
        assert gap.days == 1
    assert rows[-1]["valid_to"] == ""


def test_letters_end_and_names_begin_on_the_day_of_the_change() -> None:
    rows = _seed("seed_allegation_types")
    letters = {row["code"] for row in rows if row["valid_to"] == "2020-01-31"}
    names = {row["code"] for row in rows if row["valid_from"] == "2020-02-01"}
    assert letters == set("ABCDEFGHJKLMNPQRSTUVWXY")
    assert len(names) == 10
    assert len(letters) + len(names) == len({row["code"] for row in rows})


def test_breaks_are_those_of_the_regulations() -> None:
    breaks = [row["on"] for row in _seed("seed_breaks") if row["vocabulary"] == "mps"]
    assert breaks == ["2012-11-22", "2017-12-15", "2020-02-01"]


def test_a_change_of_case_system_is_a_break_of_its_force_alone() -> None:
    on = {(row["vocabulary"], row["on"]) for row in _seed("seed_breaks")}
    assert {("chicago_cpd", "2016-01-01"), ("chicago_cpd", "2019-01-01")} <= on
    assert {vocabulary for vocabulary, _ in on} <= {row["vocabulary"] for row in _seed("seed_outcome_labels")}
