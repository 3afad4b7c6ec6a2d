"""The example's warehouse against the figures that are public and against its yearly calibration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

# year: allegations, officers in the year, no action, formal, informal, left, live, male
CALIBRATION = {
    2010: (42, 39, 30, 3, 6, 3, 0, 37),
    2011: (45, 41, 32, 3, 6, 4, 0, 39),
    2012: (50, 46, 36, 4, 6, 4, 0, 43),
    2013: (54, 49, 40, 4, 6, 4, 0, 46),
    2014: (59, 54, 44, 4, 6, 5, 0, 51),
    2015: (65, 59, 51, 5, 6, 2, 1, 56),
    2016: (71, 64, 56, 5, 6, 2, 2, 61),
    2017: (78, 73, 61, 7, 4, 2, 4, 66),
    2018: (84, 79, 64, 5, 4, 2, 9, 71),
    2019: (93, 87, 69, 4, 3, 1, 16, 79),
    2020: (106, 99, 71, 3, 3, 1, 28, 91),
}
WOMEN_OFFICERS = dict(zip(CALIBRATION, (5, 6, 7, 8, 8, 9, 10, 12, 13, 14, 15), strict=True))


@pytest.fixture(scope="module")
def warehouse(
    sample_warehouse: tuple[Path, dict[str, str]], open_warehouse: Callable[[Path], duckdb.DuckDBPyConnection]
) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(sample_warehouse[0]) as connection:
        yield connection


def _rows(warehouse: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(query).fetchall()


def test_every_model_and_test_passes_without_a_warning(
    sample_warehouse: tuple[Path, dict[str, str]],
) -> None:
    assert set(sample_warehouse[1].values()) == {"success", "pass"}


@pytest.mark.parametrize("year", CALIBRATION)
def test_the_year_is_calibrated(warehouse: duckdb.DuckDBPyConnection, year: int) -> None:
    rows = _rows(
        warehouse,
        f"""
        select n_alleged_allegations, n_alleged_officers, no_action, n_formal_allegations,
               n_informal_allegations, n_left_before_outcome_allegations, n_live_allegations,
               n_men_allegations, n_women_officers, n_women_allegations - n_women_officers,
               n_sex_unknown_allegations
        from marts.mart_foi_questions,
             (select n_allegations as no_action from marts.mart_outcomes_by_year
              where recorded_year = {year} and action_path = 'no_action')
        where recorded_year = {year}
        """,
    )
    assert rows == [(*CALIBRATION[year], WOMEN_OFFICERS[year], 0, 0)]


def test_the_published_answer_of_2017_to_2020_is_met(warehouse: duckdb.DuckDBPyConnection) -> None:
    paths = _rows(
        warehouse,
        "select action_path, sum(n_allegations) from marts.mart_outcomes_by_year"
        " where recorded_year between 2017 and 2020 group by all",
    )
    published = {"no_action": 265, "formal": 19, "informal": 14, "left_before_outcome": 6}
    assert dict(paths) == published | {"live": 361 - sum(published.values())}


def test_the_published_split_of_formal_action_is_met(warehouse: duckdb.DuckDBPyConnection) -> None:
    sanctions = _rows(
        warehouse,
        "select sanction, sum(n_allegations) from marts.mart_sanctions_by_year"
        " where recorded_year between 2017 and 2020 group by all",
    )
    assert dict(sanctions) == {
        "dismissal_without_notice": 5,
        "final_written_warning": 5,
        "not_proven": 4,
        "would_have_been_dismissed": 2,
        "left_before_finding": 2,
        "none": 1,
    }


def test_the_published_share_of_men_holds_in_both_units(warehouse: duckdb.DuckDBPyConnection) -> None:
    (counts,) = _rows(
        warehouse,
        "select count(*), count(*) filter (where officer_sex = 'male'), count(distinct officer_key),"
        " count(distinct officer_key) filter (where officer_sex = 'male') from marts.fct_allegations"
        " where is_current_vintage and recorded_year between 2017 and 2020",
    )
    assert counts == (361, 307, 326, 277)
    assert round(100 * 307 / 361) == round(100 * 277 / 326) == 85


def test_the_reconciliation_goes_from_361_allegations_to_326_officers(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    steps = _rows(
        warehouse,
        "select unit, n, difference from marts.mart_reconciliation"
        " where time_basis = 'recorded' and year_from = 2017 and year_to = 2020 order by step_order",
    )
    units = [unit for unit, *_ in steps]
    assert units == ["allegations", "cases", "officers_in_case", "officers_in_year", "officers"]
    assert (steps[0][1], steps[3][1], steps[4][1], steps[4][2]) == (361, 338, 326, -12)
    assert 361 + sum(difference for _, _, difference in steps[1:]) == 326


@pytest.mark.parametrize(
    ("first", "last"),
    [*((year, year) for year in CALIBRATION), (2010, 2013), (2014, 2016), (2010, 2016), (2010, 2020)],
)
def test_each_period_is_reconciled(warehouse: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
    steps = dict(
        _rows(
            warehouse,
            "select unit, n from marts.mart_reconciliation where time_basis = 'recorded'"
            f" and year_from = {first} and year_to = {last}",
        )
    )
    years = [CALIBRATION[y] for y in range(first, last + 1)]
    assert steps["allegations"] == sum(y[0] for y in years)
    assert steps["officers_in_year"] == sum(y[1] for y in years)
    assert steps["officers"] <= steps["officers_in_case"] <= steps["allegations"]
    assert steps["cases"] <= steps["officers_in_case"]


def test_each_pair_of_units_differs_by_the_steps_between(warehouse: duckdb.DuckDBPyConnection) -> None:
    pairs = _rows(
        warehouse,
        "select unit_from, unit_to, n_from, n_to, difference from marts.mart_unit_pairs"
        " where time_basis = 'recorded' and year_from = 2017 and year_to = 2020 order by all",
    )
    assert [pair[:2] for pair in pairs] == [
        ("allegations", "cases"),
        ("allegations", "officers"),
        ("allegations", "officers_in_case"),
        ("cases", "officers"),
        ("cases", "officers_in_case"),
        ("officers_in_case", "officers"),
    ]
    assert pairs[1][2:] == (361, 326, -35)
    assert all(n_to - n_from == difference for _, _, n_from, n_to, difference in pairs)


def test_finalised_matters_are_reconciled_by_their_own_years(warehouse: duckdb.DuckDBPyConnection) -> None:
    finalised = _rows(
        warehouse,
        "select recorded_year, finalised_year from marts.fct_allegations where finalised_year is not null",
    )
    steps = _rows(
        warehouse,
        "select year_from, n from marts.mart_reconciliation where time_basis = 'finalised'"
        " and unit = 'allegations' and year_from = year_to",
    )
    assert sum(n for _, n in steps) == len(finalised) == 747 - 60
    assert {year for year, _ in steps} == {year for _, year in finalised}


def test_the_view_of_the_only_day_is_the_current_one(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = "recorded_year, action_path, n_allegations"
    seen = _rows(warehouse, f"select {columns} from marts.mart_outcomes_as_at order by all")
    assert seen == _rows(warehouse, f"select {columns} from marts.mart_outcomes_by_year order by all")


def test_the_two_of_2017_who_would_have_been_dismissed_keep_their_margins(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    wbd = "sanction = 'would_have_been_dismissed'"
    of_2017 = f"from marts.fct_allegations where {wbd} and recorded_year = 2017"
    assert _rows(warehouse, f"select exit_route {of_2017} order by 1") == [("resigned",), ("retired",)]
    assert _rows(warehouse, f"select allegation_type {of_2017} order by 1") == [("C",), ("D",)]
    assert _rows(warehouse, f"select count(*), count(distinct action_path) {of_2017}") == [(2, 1)]


def test_no_published_mart_holds_both_margins_of_that_pair(dbt_manifest: dict[str, Any]) -> None:
    blocks = [
        node["config"]["meta"]["publish"]
        for node in dbt_manifest["nodes"].values()
        if node["resource_type"] == "model" and "publish" in node["config"]["meta"]
    ]
    assert len(blocks) == 11
    facts = {"allegation_type", "exit_route", "investigating_force", "left_when"}
    for block in blocks:
        assert not facts & {*block["dimensions"], *block["within"]}


def test_every_formal_allegation_and_no_other_has_proceedings(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = _rows(
        warehouse,
        "select distinct action_path = 'formal', has_proceedings from marts.fct_allegations order by 1",
    )
    assert rows == [(False, "no"), (True, "yes")]


def test_what_oversight_bodies_ask_agrees_with_the_questions(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = _rows(
        warehouse,
        """
        select recorded_year
        from marts.mart_oversight_questions as o join marts.mart_foi_questions as q using (recorded_year)
        where n_proceedings_allegations
              <> n_misconduct_meetings + n_misconduct_hearings + n_fast_track_hearings
           or n_live_to_1_year + n_live_1_to_2_years + n_live_over_2_years <> n_live_allegations
           or n_with_duration <> n_allegations - n_live_allegations
           or n_over_730_days > n_over_365_days or n_over_365_days > n_with_duration
           or n_public_complaints + n_conduct_matters <> n_allegations
           or n_officers_with_several not between 1 and n_alleged_officers
        """,
    )
    assert rows == []
    totals = "select sum(n_not_proven), sum(n_left_before_finding) from marts.mart_oversight_questions"
    assert _rows(warehouse, f"{totals} where recorded_year between 2017 and 2020") == [(4, 2)]


def test_leaving_has_its_place_among_referral_and_finding(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = _rows(
        warehouse,
        "select left_when, count(*) from marts.fct_allegations where recorded_year between 2017 and 2020"
        " and (action_path = 'left_before_outcome' or sanction = 'left_before_finding')"
        " group by all order by all",
    )
    assert rows == [("before_finding", 2), ("before_referral", 6)]


def test_merged_sanctions_by_band_are_calibrated(
    warehouse: duckdb.DuckDBPyConnection, dbt_manifest: dict[str, Any]
) -> None:
    publish = dbt_manifest["nodes"]["model.misconduct.mart_sanctions_by_year"]["config"]["meta"]["publish"]
    group_of = {leaf: group for group, leaves in publish["merge"]["sanction"].items() for leaf in leaves}
    counts: dict[tuple[str, int], int] = {}
    for year, sanction, n in _rows(
        warehouse, "select recorded_year, sanction, n_allegations from marts.mart_sanctions_by_year"
    ):
        (band,) = (i for i, (a, b) in enumerate(publish["bands"]["recorded_year"]) if a <= year <= b)
        cell = (group_of[sanction], band)
        counts[cell] = counts.get(cell, 0) + n
    assert counts == {
        ("dismissed_or_left", 0): 10,
        ("dismissed_or_left", 1): 9,
        ("warning_or_other", 0): 10,
        ("warning_or_other", 1): 5,
        ("not_proven_or_none", 0): 8,
        ("not_proven_or_none", 1): 5,
    }


def test_officer_keys_are_the_distinct_officers_behind_each_count(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    rows = _rows(
        warehouse,
        "select count(distinct key) from (select unnest(officer_keys) as key from marts.mart_outcomes_by_year"
        " where recorded_year between 2017 and 2020)",
    )
    assert rows == [(326,)]


def test_a_number_stands_for_one_officer_everywhere(warehouse: duckdb.DuckDBPyConnection) -> None:
    kinds = ("officer_key", "officer_number", "(officer_key, officer_number)")
    pairs = ", ".join(f"count(distinct {kind})" for kind in kinds)
    for fact in ("fct_allegations", "fct_officer_years"):
        ((keys, numbers, both),) = _rows(
            warehouse, f"select {pairs} from marts.{fact} where officer_key is not null"
        )
        assert keys == numbers == both
        unnumbered = f"select 1 from marts.{fact} where (officer_key is null) <> (officer_number is null)"
        assert not _rows(warehouse, unnumbered)


def test_tables_and_columns_are_described_in_the_database_itself(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    bare = "where schema_name = 'marts' and comment is null"
    assert _rows(warehouse, f"select table_name, column_name from duckdb_columns() {bare}") == []
    assert _rows(warehouse, f"select table_name from duckdb_tables() {bare}") == []
