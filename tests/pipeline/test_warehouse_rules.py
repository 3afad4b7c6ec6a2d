"""Labels, regimes, rules, vintages and officers in the warehouse, over rows written for the purpose."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

KNOWN = {"2004": "2008-11-30", "2008": "2012-11-21", "2012": "2020-01-31", "2020": "2020-02-01"}
ALWAYS = ("2004", "2008", "2012", "2020")
SINCE_2008 = ("2008", "2012", "2020")
TWICE = ("2008", "2012")


class Meaning(NamedTuple):
    """What a label stands for under the regimes that know it, and the rule that another regime breaks."""

    path: str
    sanction: str | None
    regimes: tuple[str, ...]
    rule: str = "R8"


MEANINGS = {
    "No case to answer": Meaning("no_action", None, ALWAYS),
    "No further action": Meaning("no_action", None, ALWAYS),
    "No action": Meaning("no_action", None, ALWAYS),
    "Management action": Meaning("informal", None, TWICE, "R3"),
    "Management advice": Meaning("formal", "management_advice", TWICE, "R3"),
    "Unsatisfactory performance procedure": Meaning("informal", None, ALWAYS),
    "UPP": Meaning("informal", None, ALWAYS),
    "RPRP": Meaning("informal", None, ("2020",), "R2"),
    "Reflective practice": Meaning("informal", None, ("2020",), "R2"),
    "Practice requiring improvement": Meaning("informal", None, ("2020",), "R2"),
    "Misconduct found, no further action": Meaning("formal", "none", TWICE),
    "Reprimand": Meaning("formal", "reprimand", ("2004",)),
    "Fine": Meaning("formal", "fine", ("2004",)),
    "Caution": Meaning("formal", "caution", ("2004",)),
    "Requirement to resign": Meaning("formal", "requirement_to_resign", ("2004",)),
    "Written warning": Meaning("formal", "written_warning", SINCE_2008),
    "Final written warning": Meaning("formal", "final_written_warning", SINCE_2008),
    "Reduction in rank": Meaning("formal", "reduction_in_rank", ("2004", "2020")),
    "Dismissal with notice": Meaning("formal", "dismissal_with_notice", TWICE, "R3"),
    "Dismissal without notice": Meaning("formal", "dismissal_without_notice", ALWAYS),
    "Not proven": Meaning("formal", "not_proven", ALWAYS),
    "Not upheld at proceedings": Meaning("formal", "not_proven", ALWAYS),
    "Local resolution": Meaning("informal", None, ("2004", "2008", "2012")),
    "Dispensation": Meaning("not_investigated", None, ("2004", "2008")),
    "Disapplication": Meaning("not_investigated", None, TWICE),
    "Discontinued": Meaning("not_investigated", None, ALWAYS),
    "Withdrawn": Meaning("not_investigated", None, ALWAYS),
    "Retired": Meaning("left_before_outcome", None, ALWAYS),
    "Resigned": Meaning("left_before_outcome", None, ALWAYS),
    "Still being considered": Meaning("live", None, ALWAYS),
    "Live": Meaning("live", None, ALWAYS),
    "Awaiting": Meaning("live", None, ALWAYS),
    "Unknown": Meaning("not_known", None, ALWAYS),
    "Case to answer": Meaning("not_known", None, ALWAYS),
}
CASES = [(label, regime) for label in MEANINGS for regime in KNOWN]

WBD = {
    "sanction": "Would have been dismissed",
    "severity": "Gross misconduct",
    "known_date": "2017-02-01",
    "recorded_date": "2017-02-02",
    "left_date": "2017-12-15",
    "outcome_date": "2017-12-15",
    "exit_route": "Retired",
    "proceedings_type": "Misconduct hearing",
}
LEFT = {
    "recorded_date": "2016-01-01",
    "severity": "Gross misconduct",
    "result": "No case to answer",
    "exit_route": "Resigned",
    "outcome_date": "2018-01-01",
}
DAYS = ("known_date", "recorded_date", "outcome_date", "left_date")
SINGLE_RULES: dict[str, tuple[dict[str, str], list[str]]] = {
    "wbd in time": (WBD, []),
    "wbd outcome a day early": (WBD | {"outcome_date": "2017-12-14"}, ["R1"]),
    "wbd left a day early": (WBD | {"left_date": "2017-12-14"}, ["R1", "R5"]),
    "wbd matter known too early": (WBD | {"known_date": "2012-11-21"}, ["R1"]),
    "wbd matter known on the day": (WBD | {"known_date": "2012-11-22"}, []),
    "wbd for misconduct only": (WBD | {"severity": "Misconduct"}, ["R1"]),
    "wbd without a leaving date": ({k: v for k, v in WBD.items() if k != "left_date"}, ["R1"]),
    "wbd at a meeting": (WBD | {"proceedings_type": "Misconduct meeting"}, ["R4"]),
    "dismissed at a meeting": (
        {
            "sanction": "Dismissal without notice",
            "proceedings_type": "Meeting",
            "recorded_date": "2018-01-01",
        },
        ["R4"],
    ),
    "reduced at a meeting": (
        {"sanction": "Reduction in rank", "proceedings_type": "Meeting", "recorded_date": "2020-03-01"},
        ["R4"],
    ),
    "warned at a meeting": (
        {"sanction": "Written warning", "proceedings_type": "Meeting", "recorded_date": "2018-01-01"},
        [],
    ),
    "left on the last free day": (LEFT | {"recorded_date": "2015-01-01", "left_date": "2015-01-11"}, []),
    "left on the first bound day": (
        LEFT | {"recorded_date": "2015-01-01", "left_date": "2015-01-12"},
        ["R5"],
    ),
    "left on the last bound day": (LEFT | {"left_date": "2017-12-14"}, ["R5"]),
    "left when free again": (LEFT | {"left_date": "2017-12-15"}, []),
    "left under misconduct": (LEFT | {"left_date": "2016-12-14", "severity": "Misconduct"}, []),
    "outcome before the record": (
        {"result": "No action", "recorded_date": "2018-02-02", "outcome_date": "2018-02-01"},
        ["R7"],
    ),
    "special case hearing after its end": (
        {
            "result": "Not proven",
            "proceedings_type": "Special case hearing",
            "known_date": "2020-02-01",
            "recorded_date": "2020-02-01",
        },
        ["R9"],
    ),
    "special case hearing on its last day": (
        {
            "result": "Not proven",
            "proceedings_type": "Special case hearing",
            "known_date": "2020-01-31",
            "recorded_date": "2020-02-01",
        },
        [],
    ),
    "accelerated hearing before its day": (
        {"result": "Not proven", "proceedings_type": "Accelerated hearing", "recorded_date": "2020-01-31"},
        ["R9"],
    ),
    "letter of the list that ended": (
        {"result": "No action", "allegation_type": "A", "recorded_date": "2020-02-01"},
        ["R9"],
    ),
    "letter on its last day": (
        {"result": "No action", "allegation_type": "A", "recorded_date": "2020-01-31"},
        [],
    ),
    "name before its list": (
        {"result": "No action", "allegation_type": "Discreditable conduct", "recorded_date": "2020-01-31"},
        ["R9"],
    ),
    "a name of both lists, early": (
        {"result": "No action", "allegation_type": "Discriminatory behaviour", "recorded_date": "2020-01-31"},
        [],
    ),
    "a name of both lists, late": (
        {"result": "No action", "allegation_type": "Discriminatory behaviour", "recorded_date": "2020-02-01"},
        [],
    ),
    "live with an outcome": (
        {"result": "Live", "recorded_date": "2018-02-02", "outcome_date": "2018-03-01"},
        ["R7"],
    ),
    "every day on the extract's day": ({"result": "No action", **dict.fromkeys(DAYS, "2021-06-30")}, []),
    "recorded after the extract": ({"result": "Live", "recorded_date": "2021-07-01"}, ["R10"]),
    "known after the extract": (
        {"result": "Live", "recorded_date": "2018-02-02", "known_date": "2021-07-01"},
        ["R10"],
    ),
    "outcome after the extract": (
        {"result": "No action", "recorded_date": "2018-02-02", "outcome_date": "2021-07-01"},
        ["R10"],
    ),
    "a hearing of a live case to come": (
        {"result": "Live", "recorded_date": "2018-02-02", "outcome_date": "2021-07-01"},
        ["R10", "R7"],
    ),
    "leaving after the extract": (
        {"result": "No action", "recorded_date": "2018-02-02", "left_date": "2021-07-01"},
        ["R10"],
    ),
}

REFERRED = {"recorded_date": "2018-01-01", "proceedings_type": "Misconduct hearing"}
CHAINS: dict[str, tuple[dict[str, str], tuple[str, str | None, str]]] = {
    "sanction before action": (
        REFERRED
        | {"sanction": "Final written warning", "action": "Management action", "result": "Case to answer"},
        ("formal", "final_written_warning", "unknown"),
    ),
    "action before result": (
        {"recorded_date": "2018-01-01", "action": "Management action", "result": "No case to answer"},
        ("informal", None, "unknown"),
    ),
    "neutral labels say nothing": (
        REFERRED | {"sanction": "", "action": "Misconduct hearing", "result": "Not proven"},
        ("formal", "not_proven", "unknown"),
    ),
    "nothing said": ({"recorded_date": "2018-01-01"}, ("not_known", None, "unknown")),
    "left before an outcome": (
        {"recorded_date": "2018-01-01", "action": "Retired"},
        ("left_before_outcome", None, "retired"),
    ),
    "left after the referral": (
        REFERRED | {"action": "Resigned"},
        ("formal", "left_before_finding", "resigned"),
    ),
    "left after a referral in words": (
        {"recorded_date": "2018-01-01", "sanction": "Resigned", "action": "Misconduct hearing"},
        ("formal", "left_before_finding", "resigned"),
    ),
    "left after a case to answer, never referred": (
        {"recorded_date": "2018-01-01", "sanction": "Resigned", "result": "Case to answer for misconduct"},
        ("left_before_outcome", None, "resigned"),
    ),
    "left after a finding in words": (
        REFERRED | {"sanction": "Retired", "result": "Misconduct proven"},
        ("formal", "not_known", "retired"),
    ),
    "a finding in words and no sanction": (
        {"recorded_date": "2018-01-01", "result": "Misconduct found"},
        ("formal", "not_known", "unknown"),
    ),
    "a finding in words gives way to a sanction": (
        {"recorded_date": "2018-01-01", "action": "Formal action", "result": "Not proven"},
        ("formal", "not_proven", "unknown"),
    ),
    "a referral in words decides nothing by itself": (
        {"recorded_date": "2018-01-01", "action": "Misconduct hearing"},
        ("not_known", None, "unknown"),
    ),
    "left, no proceedings in words": (
        {"recorded_date": "2018-01-01", "action": "Resigned", "proceedings_type": "None"},
        ("left_before_outcome", None, "resigned"),
    ),
    "left with a finding": (
        REFERRED | {"sanction": "Retired", "result": "Not proven", "exit_route": "Retired"},
        ("formal", "not_proven", "retired"),
    ),
    "would have been dismissed, resigned": (
        WBD | {"action": "Resigned", "exit_route": "Resigned"},
        ("formal", "would_have_been_dismissed", "resigned"),
    ),
    "spelt with blanks and capitals": (
        {"recorded_date": "2018-01-01", "action": "  MANAGEMENT   Action "},
        ("informal", None, "unknown"),
    ),
    "pasted with blanks of a word processor": (
        {"recorded_date": "2018-01-01", "action": "Management\u00a0\u2009Action\u3000", "sex": "Male\u00a0"},
        ("informal", None, "unknown"),
    ),
}


def _labels() -> Iterator[dict[str, str]]:
    for label, regime in CASES:
        row = {"result": label, "known_date": KNOWN[regime], "recorded_date": "2020-05-05"}
        yield row | {"force": "Labels", "allegation_ref": f"{label}/{regime}"}


def _named(force: str, cases: dict[str, tuple[dict[str, str], Any]]) -> Iterator[dict[str, str]]:
    for name, (row, _) in cases.items():
        yield row | {"force": force, "allegation_ref": name}


def _person(force: str, key: str | None, sex: str, result: str, **more: object) -> dict[str, Any]:
    row = {"force": force, "officer_key": key, "sex": sex, "result": result, "recorded_date": "2018-01-01"}
    return row | {"case_ref": "C1", "allegation_ref": "A1"} | more


def _people() -> Iterator[dict[str, Any]]:
    yield _person("People", "one", "Female", "No action")
    yield _person("People", "one", "Unknown", "Not proven", allegation_ref="A2", case_ref="C2")
    yield _person("People", "two", "Male", "Live")
    yield _person("People", "two", "Female", "No action", allegation_ref="A3")
    yield _person("People", "two", "Male", "No action", recorded_date="2019-01-01", allegation_ref="A4")
    yield _person("Nameless", None, "Male", "No action")
    yield _person("Nameless", None, "Female", "Not proven", allegation_ref="A2")
    yield _person("Kept out", "one", "Male", "Live", exclusion="placeholder")
    yield _person("Kept out", "one", "Male", "Live", exclusion="exact_duplicate")
    yield _person("Kept out", "one", "Male", "Live")


def _vintages() -> Iterator[dict[str, Any]]:
    later = {"as_at_date": "2022-06-30"}
    yield _person("Revised", "closed", "Male", "Live", allegation_ref="closed")
    yield _person("Revised", "gone", "Male", "No action", allegation_ref="gone")
    yield _person("Revised", "moved", "Male", "No action", allegation_ref="moved", recorded_date="2019-01-01")
    yield _person("Revised", "stays", "Male", "No action", allegation_ref="stays", recorded_date="2019-01-01")
    yield from _sent_again()
    yield _person("Revised", "closed", "Male", "Not proven", allegation_ref="closed", **later)
    yield _person("Revised", "moved", "Male", "No action", allegation_ref="moved", **later)


CHANGES: dict[str, tuple[dict[str, str] | None, dict[str, str] | None, list[str]]] = {
    "alike": ({"result": "No action"}, {"result": "No action"}, []),
    "late": (None, {"result": "No action"}, ["late_record"]),
    "gone": ({"result": "No action"}, None, ["removed"]),
    "closed": ({"result": "Live"}, {"result": "No action"}, ["closed", "corrected"]),
    "reopened": ({"result": "No action"}, {"result": "Live"}, ["corrected", "reopened"]),
    "other path": (
        {"result": "No further action"},
        {"result": "No case to answer", "action": "UPP"},
        ["reclassified"],
    ),
    "other sanction": ({"sanction": "Not proven"}, {"sanction": "Written warning"}, ["reclassified"]),
    "other sex": ({"sex": "Male"}, {"sex": "Female"}, ["corrected"]),
    "other year": ({"recorded_date": "2017-12-31"}, {"recorded_date": "2018-01-01"}, ["moved_year"]),
}


def _sent_again() -> Iterator[dict[str, Any]]:
    for name, (first, later, _) in CHANGES.items():
        for day, found in (("2021-06-30", first), ("2022-06-30", later)):
            if found is not None:
                row = {"recorded_date": "2018-05-05", "officer_key": name, "allegation_ref": name}
                yield row | {"force": "Sent again", "as_at_date": day, "case_ref": name} | found


NO_ACTION_TAKEN = {
    "NAF": ("not_investigated", None),
    "NS": ("no_action", None),
    "UN": ("no_action", None),
    "EX": ("no_action", None),
    "SU": ("formal", "not_known"),
    None: ("not_known", None),
}


def _elsewhere() -> Iterator[dict[str, Any]]:
    """A force under other law whose file tells nothing of proceedings, and one with a file that does."""
    lacks = {"missing_columns": ["proceedings_type"]}
    chicago = {"vocabulary": "chicago_cpd", "source_file": "elsewhere.csv", **lacks}
    yield _person("Elsewhere", "1", "MALE", "NS", **chicago, allegation_type="10A - A Category")
    for finding in NO_ACTION_TAKEN:
        row = {"allegation_ref": f"NAT {finding}", "sanction": "No Action Taken", "result": finding}
        yield _person("Elsewhere", "2", "MALE", "NS", **chicago) | row
    penalty = "600 - NO ACTION TAKEN / NOT SUSTAINED / EXONERATED / UNFOUNDED"
    yield _person("Elsewhere", "3", "MALE", "Sustained", **chicago, allegation_ref="600", sanction=penalty)
    yield _person("Half", "1", "Male", "Not proven", proceedings_type="Hearing", source_file="tells.csv")
    yield _person("Half", "2", "Male", "No action", source_file="tells.csv")
    later = {"source_file": "lacks.csv", "recorded_date": "2019-01-01", **lacks}
    yield _person("Half", "3", "Male", "No action", **later)
    yield _person("Half", "4", "Male", "No action", source_file="blank.csv", case_type="Public complaint")


def _in_two_files() -> Iterator[dict[str, Any]]:
    """Rows that two files of one year and day have: alike, differing, and twice within the first of them."""
    first, second = {"source_file": "a.csv"}, {"source_file": "b.csv"}
    for file in (first, second):
        yield _person("Two files", "one", "Male", "Live", allegation_ref="alike", **file)
        yield _person("Two files", "two", "Male", "Live", allegation_ref="later", **file)
    yield _person("Two files", "three", "Male", "Live", allegation_ref="differs", **first)
    yield _person("Two files", "three", "Male", "No action", allegation_ref="differs", **second)
    for file in (first, first, second):
        yield _person("Two files", "four", "Male", "Live", allegation_ref="meant", **file)
    revised = {"source_file": "c.csv", "as_at_date": "2022-06-30"}
    yield _person("Two files", "two", "Male", "No action", allegation_ref="later", **revised)


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, build_warehouse: Callable[..., dict[str, str]]
) -> tuple[Path, dict[str, str]]:
    home = tmp_path_factory.mktemp("rules")
    rows = [*_labels(), *_named("Rules", SINGLE_RULES), *_named("Chains", CHAINS), *_people(), *_vintages()]
    rows += [*_elsewhere(), *_in_two_files()]
    return home, build_warehouse(home, rows)


@pytest.fixture(scope="module")
def warehouse(
    built: tuple[Path, dict[str, str]], open_warehouse: Callable[[Path], duckdb.DuckDBPyConnection]
) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(built[0]) as connection:
        yield connection


def _one(warehouse: duckdb.DuckDBPyConnection, columns: str, force: str, ref: str) -> tuple[Any, ...]:
    rows = warehouse.execute(
        f"select {columns} from marts.fct_allegations where force = ? and allegation_ref = ?", [force, ref]
    ).fetchall()
    assert len(rows) == 1
    return rows[0]


def _count(warehouse: duckdb.DuckDBPyConnection, rest: str) -> int:
    ((n,),) = warehouse.execute(f"select count(*) {rest}").fetchall()
    return int(n)


def test_a_row_that_two_files_have_cell_by_cell_counts_once(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "select allegation_ref, as_at::varchar, count(*) from marts.fct_allegations"
        " where force = 'Two files' group by all order by all"
    ).fetchall()
    assert found == [
        ("alike", "2021-06-30", 1),
        ("differs", "2021-06-30", 2),
        ("later", "2021-06-30", 1),
        ("later", "2022-06-30", 1),
        ("meant", "2021-06-30", 2),
    ]


def _rules(warehouse: duckdb.DuckDBPyConnection, force: str, ref: str) -> list[str]:
    rows = warehouse.execute(
        "select rule from marts.mart_findings where force = ? and allegation_ref = ? order by rule",
        [force, ref],
    ).fetchall()
    return [rule for (rule,) in rows]


@pytest.mark.parametrize(("label", "regime"), CASES)
def test_a_label_means_what_its_regime_says(
    warehouse: duckdb.DuckDBPyConnection, label: str, regime: str
) -> None:
    meaning, ref = MEANINGS[label], f"{label}/{regime}"
    broken = [] if regime in meaning.regimes else [meaning.rule]
    sanction = "not_known" if broken in (["R2"], ["R3"]) and meaning.path == "formal" else meaning.sanction
    assert _one(warehouse, "regime, action_path, sanction", "Labels", ref) == (regime, meaning.path, sanction)
    assert _rules(warehouse, "Labels", ref) == broken


@pytest.mark.parametrize("name", SINGLE_RULES)
def test_a_rule_is_reported_and_the_row_kept(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    _one(warehouse, "action_path", "Rules", name)
    assert _rules(warehouse, "Rules", name) == SINGLE_RULES[name][1]


def test_a_breach_of_the_former_officers_rule_leaves_the_sanction_not_known(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    assert _one(warehouse, "action_path, sanction", "Rules", "wbd left a day early") == (
        "formal",
        "not_known",
    )
    assert _one(warehouse, "sanction", "Rules", "wbd in time") == ("would_have_been_dismissed",)
    assert _one(warehouse, "sanction", "Rules", "wbd at a meeting") == ("would_have_been_dismissed",)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("every day on the extract's day", ("no_action", 2021, 0, None)),
        ("outcome after the extract", ("no_action", None, None, None)),
        ("a hearing of a live case to come", ("live", None, None, 1244)),
        ("recorded after the extract", ("live", None, None, None)),
    ],
)
def test_a_day_after_the_extract_changes_no_route_and_gives_no_duration(
    warehouse: duckdb.DuckDBPyConnection, name: str, known: tuple[object, ...]
) -> None:
    columns = "action_path, finalised_year, days_to_outcome, days_live"
    assert _one(warehouse, columns, "Rules", name) == known


def test_live_cases_whose_dates_tell_no_age_still_count(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert _one(warehouse, "live_age", "Rules", "recorded after the extract") == ("not_known",)
    by_age, by_path = (
        warehouse.execute(
            f"select force, recorded_year, sum(n_allegations) from marts.{mart} where {condition}"
            " and force in (select force from marts.mart_live_by_age) group by all order by all"
        ).fetchall()
        for mart, condition in (
            ("mart_live_by_age", "true"),
            ("mart_outcomes_by_year", "action_path = 'live'"),
        )
    )
    assert by_age == by_path
    assert "Rules" in {force for force, *_ in by_age}


@pytest.mark.parametrize("name", CHAINS)
def test_the_chain_of_result_action_and_sanction_gives_three_facts(
    warehouse: duckdb.DuckDBPyConnection, name: str
) -> None:
    assert _one(warehouse, "action_path, sanction, exit_route", "Chains", name) == CHAINS[name][1]


def test_findings_name_the_row_and_hold_no_value_of_it(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute("select source_file, source_row, message from marts.mart_findings").fetchall()
    assert all(file == "example.csv" and row > 0 for file, row, _ in rows)
    messages = {message for *_, message in rows}
    assert messages <= {
        m for (m,) in warehouse.execute("select definition from staging.seed_codes").fetchall()
    }


def test_excluded_rows_stay_in_staging_and_out_of_the_facts(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert _count(warehouse, "from staging.stg_allegations where force = 'Kept out'") == 3
    assert _count(warehouse, "from marts.fct_allegations where force = 'Kept out'") == 1


def test_an_officer_has_one_sex_and_two_recorded_ones_are_not_known(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = warehouse.execute(
        "select distinct officer_key, officer_sex from marts.fct_allegations"
        " where force = 'People' order by all"
    ).fetchall()
    assert rows == [("one", "female"), ("two", "unknown")]


def test_the_most_serious_path_of_the_year_counts(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select officer_key, recorded_year, action_path, n_allegations, n_cases from marts.fct_officer_years"
        " where force = 'People' order by all"
    ).fetchall()
    assert rows == [
        ("one", 2018, "formal", 2, 2),
        ("two", 2018, "live", 2, 1),
        ("two", 2019, "no_action", 1, 1),
    ]


def test_without_officer_ids_officers_are_not_counted(warehouse: duckdb.DuckDBPyConnection) -> None:
    questions = "from marts.mart_foi_questions where force = 'Nameless'"
    assert warehouse.execute(f"select n_alleged_allegations, n_alleged_officers {questions}").fetchall() == [
        (2, None)
    ]
    keys = "select distinct officer_keys from marts.mart_outcomes_by_year where force = 'Nameless'"
    assert warehouse.execute(keys).fetchall() == [(None,)]
    officers = (
        "select distinct n_officers, officer_keys from marts.mart_officers_by_year where force = 'Nameless'"
    )
    assert warehouse.execute(officers).fetchall() == [(None, None)]
    steps = "select unit from marts.mart_reconciliation where force = 'Nameless' and n is not null"
    assert set(warehouse.execute(steps).fetchall()) == {("allegations",), ("cases",)}


def test_a_missing_column_is_told_from_an_empty_one(warehouse: duckdb.DuckDBPyConnection) -> None:
    def told(force: str, *facts: str) -> list[tuple[Any, ...]]:
        return warehouse.execute(
            "select recorded_year, fact, is_recorded, is_known from marts.mart_recorded_facts"
            " where force = ? and list_contains(?, fact) order by all",
            [force, list(facts)],
        ).fetchall()

    # no file has the column; two files of four do not have it, and one of them has its year to itself
    assert told("Elsewhere", "has_proceedings") == [(2018, "has_proceedings", False, False)]
    assert told("Half", "has_proceedings") == [
        (2018, "has_proceedings", True, True),
        (2019, "has_proceedings", False, False),
    ]
    # the column is there: nothing formal, so no sanction is a zero; nothing of the sex known, so none is not
    assert told("Half", "sanction") == [(2018, "sanction", True, True), (2019, "sanction", True, None)]
    assert told("Nameless", "officer_key") == [(2018, "officer_key", True, False)]


def test_a_later_extract_replaces_its_year_and_what_moved_out_of_another(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = warehouse.execute(
        "select allegation_ref, recorded_year, action_path, cast(as_at as varchar) from marts.fct_allegations"
        " where force = 'Revised' and is_current_vintage order by all"
    ).fetchall()
    assert rows == [
        ("closed", 2018, "formal", "2022-06-30"),
        ("moved", 2018, "no_action", "2022-06-30"),
        ("stays", 2019, "no_action", "2021-06-30"),
    ]
    assert _count(warehouse, "from marts.fct_allegations where force = 'Revised'") == 6


def test_each_day_has_its_own_view(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select cast(seen_on as varchar), recorded_year, action_path, n_allegations"
        " from marts.mart_outcomes_as_at where force = 'Revised' order by all"
    ).fetchall()
    assert rows == [
        ("2021-06-30", 2018, "live", 1),
        ("2021-06-30", 2018, "no_action", 1),
        ("2021-06-30", 2019, "no_action", 2),
        ("2022-06-30", 2018, "formal", 1),
        ("2022-06-30", 2018, "no_action", 1),
        ("2022-06-30", 2019, "no_action", 1),
    ]


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_between_extracts_is_named(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    rows = warehouse.execute(
        "select change, cast(as_at_before as varchar), cast(as_at as varchar) from marts.mart_vintage_changes"
        " where force = 'Sent again' and allegation_ref = ? order by change",
        [name],
    ).fetchall()
    assert rows == [(change, "2021-06-30", "2022-06-30") for change in CHANGES[name][2]]


def test_a_year_never_sent_again_has_no_changes(warehouse: duckdb.DuckDBPyConnection) -> None:
    forces = warehouse.execute("select distinct force from marts.mart_vintage_changes order by 1").fetchall()
    assert forces == [("Revised",), ("Sent again",), ("Two files",)]


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("Case to answer", "yes"),
        ("No case to answer", "no"),
        ("Not proven", "yes"),
        ("No further action", "no"),
        ("Live", "undecided"),
        ("Retired", "undecided"),
        ("Withdrawn", "undecided"),
        ("Management action", "not_known"),
        ("Unknown", "not_known"),
    ],
)
def test_a_case_to_answer_is_told_by_the_label_or_the_route(
    warehouse: duckdb.DuckDBPyConnection, label: str, answer: str
) -> None:
    assert _one(warehouse, "case_to_answer", "Labels", f"{label}/2012") == (answer,)


def test_a_case_to_answer_in_words_wins_over_the_action_beside_it(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    assert _one(warehouse, "case_to_answer", "Chains", "action before result") == ("no",)
    assert _one(warehouse, "case_to_answer", "Elsewhere", "600") == ("not_known",)
    for words in (
        "left after a case to answer, never referred",
        "a referral in words decides nothing by itself",
    ):
        assert _one(warehouse, "case_to_answer", "Chains", words) == ("yes",)


def test_quality_tells_what_is_known_and_how_often_a_rule_was_broken(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = warehouse.execute(
        "select path_known_pct, outcome_mapped_pct, sanction_known_pct, proceedings_known_pct,"
        " has_officer_ids from marts.mart_data_quality where force = 'Elsewhere'"
    ).fetchall()
    assert rows == [(87.5, 87.5, 0.0, 0.0, True)]
    breaches = "select sum(n_breaches) from marts.mart_data_quality"
    assert warehouse.execute(f"{breaches} where force = 'Rules'").fetchone() == (
        sum(len(rules) for _, rules in SINGLE_RULES.values()),
    )


def test_officers_are_counted_by_how_often_in_each_period(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select year_from, year_to, how_often, n_officers from marts.mart_repeat_officers"
        " where force = 'People' order by all"
    ).fetchall()
    assert rows == [(2018, 2019, "three_or_more", 1), (2018, 2019, "two", 1)]


def test_another_vocabulary_has_no_regime_and_keeps_its_own_types(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = _one(warehouse, "regime, action_path, officer_sex, allegation_type", "Elsewhere", "A1")
    assert found == ("none", "no_action", "male", "10A - A Category")


@pytest.mark.parametrize("finding", NO_ACTION_TAKEN)
def test_the_finding_decides_where_no_action_was_taken(
    warehouse: duckdb.DuckDBPyConnection, finding: str | None
) -> None:
    found = _one(warehouse, "action_path, sanction", "Elsewhere", f"NAT {finding}")
    assert found == NO_ACTION_TAKEN[finding]
    assert _one(warehouse, "action_path, sanction", "Elsewhere", "600") == ("formal", "not_known")


def test_a_file_that_never_tells_of_proceedings_does_not_deny_them(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = warehouse.execute(
        "select source_file, officer_key, has_proceedings from marts.fct_allegations"
        " where force = 'Half' order by all"
    ).fetchall()
    assert rows == [
        ("blank.csv", "4", "no"),
        ("lacks.csv", "3", "not_known"),
        ("tells.csv", "1", "yes"),
        ("tells.csv", "2", "no"),
    ]
    questions = "select n_proceedings_allegations, n_proceedings_officers from marts.mart_foi_questions"
    years = warehouse.execute(f"{questions} where force = 'Half' order by recorded_year").fetchall()
    assert years == [(1, 1), (None, None)]


@pytest.mark.parametrize("mart", ["proceedings_by_year", "sanctions_by_year", "sanctions_in_detail"])
def test_no_published_mart_answers_for_a_force_whose_files_lack_the_column(
    warehouse: duckdb.DuckDBPyConnection, mart: str
) -> None:
    assert _count(warehouse, f"from marts.mart_{mart} where force = 'Elsewhere'") == 0
    assert _count(warehouse, f"from marts.mart_{mart} where force = 'Half'") > 0


def test_oversight_questions_stay_open_where_the_files_lack_the_column(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = warehouse.execute(
        "select n_misconduct_hearings, n_not_proven, n_public_complaints from marts.mart_oversight_questions"
        " where force = 'Elsewhere'"
    ).fetchall()
    assert rows == [(None, None, None)]


def test_rule_breaches_warn_and_everything_else_passes(built: tuple[Path, dict[str, str]]) -> None:
    statuses = built[1]
    warned = {name for name, status in statuses.items() if status == "warn"}
    assert {name.split("_")[2] for name in warned} == {f"r{n}" for n in (1, 2, 3, 4, 5, 7, 8, 9, 10)}
    assert _failed(statuses) == set()
    assert set(statuses.values()) == {"success", "pass", "warn"}


def _failed(statuses: dict[str, str]) -> set[str]:
    return {name for name, status in statuses.items() if status == "fail"}


def test_a_text_for_a_date_fails_the_build_before_any_model(
    tmp_path: Path, build_warehouse: Callable[..., dict[str, str]]
) -> None:
    row = _person("Odd", "one", "Male", "No action", outcome_date="31/12/2018")
    statuses = build_warehouse(tmp_path, [row])
    assert _failed(statuses) == {"assert_dates_are_dates"}
    assert statuses["fct_allegations"] == "skipped"


def test_a_code_of_no_list_and_a_strange_vocabulary_fail_the_build(
    tmp_path: Path, build_warehouse: Callable[..., dict[str, str]]
) -> None:
    rows = [
        _person("Odd", "one", "Zebra", "No action"),
        _person("Odd", "two", "Male", "No action", allegation_ref="A3", vocabulary="nobody's"),
    ]
    statuses = build_warehouse(tmp_path, rows)
    assert {name.partition("_fct_allegations")[0] for name in _failed(statuses)} == {
        "codes_are_listed",
        "assert_every_vocabulary_has_outcome_labels",
    }
    assert statuses["mart_foi_questions"] == "skipped"


TAMPERED = {
    "assert_sanction_stands_exactly_on_formal_rows": "update marts.fct_allegations set sanction = 'none'",
    "assert_code_lists_hold_together": "update staging.seed_regimes set valid_to = valid_to - 1",
    "assert_grains_are_unique": "insert into marts.mart_repeat_officers from marts.mart_repeat_officers",
}
MISCOUNTED = {
    "paths": "update marts.mart_outcomes_by_year set n_allegations = 99 where action_path = 'no_action'",
    "formal_path": "update marts.mart_outcomes_by_year set action_path = 'live' where action_path = 'formal'",
    "live_path": "update marts.mart_outcomes_by_year set action_path = 'formal' where action_path = 'live'",
    "sexes": "delete from marts.mart_allegations_by_year where officer_sex = 'female'",
    "sanctions": "update marts.mart_sanctions_by_year set n_allegations = n_allegations + 1",
    "proceedings": "delete from marts.mart_proceedings_by_year where has_proceedings = 'no'",
    "proceedings_held": "update marts.mart_proceedings_by_year set has_proceedings = 'no'",
    "case_types": "update marts.mart_case_type_by_year set n_allegations = n_allegations - 1",
    "officers_by_sex": "update marts.mart_officers_by_year set n_officers = n_officers + 1",
    "officers_by_path": "delete from marts.fct_officer_years",
    "reconciled_officers": "update marts.mart_reconciliation set n = n + 1 where unit = 'officers'",
    "officers_within_allegations": "update marts.mart_foi_questions set n_live_officers = 99",
}


def test_each_assertion_fails_on_a_warehouse_that_breaks_it(
    built: tuple[Path, dict[str, str]], tmp_path: Path, tests_over_warehouse: Callable[[Path], dict[str, str]]
) -> None:
    home = shutil.copytree(built[0], tmp_path / "home")
    with duckdb.connect(str(home / "build" / "warehouse.duckdb")) as connection:
        for statement in [*TAMPERED.values(), MISCOUNTED["live_path"]]:
            connection.execute(statement)
    assert {*TAMPERED, "fail_on_r6_sums"} <= _failed(tests_over_warehouse(home))


@pytest.mark.parametrize("sum_of", MISCOUNTED)
def test_a_miscount_is_found_by_its_sum(
    built: tuple[Path, dict[str, str]], tmp_path: Path, sum_of: str
) -> None:
    """The statement that dbt built the sums with, over a warehouse in which one mart counts wrongly."""
    path = Path(shutil.copy(built[0] / "build" / "warehouse.duckdb", tmp_path))
    query = next((built[0] / "dbt" / "compiled").rglob("mart_sum_checks.sql")).read_text(encoding="utf-8")
    differing = f"select distinct sum_of from ({query}) where not agrees"
    with duckdb.connect(str(path)) as connection:
        assert connection.execute(differing).fetchall() == []
        connection.execute(MISCOUNTED[sum_of])
        assert (sum_of,) in connection.execute(differing).fetchall()
