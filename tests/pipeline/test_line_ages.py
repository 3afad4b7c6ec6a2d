"""Ages of live cases on the line: protection is told the as-at day of each year's records."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb

from dagster_project.protected import days_of

LIVE = "live_by_age"


def test_ages_that_the_calendar_rules_out_are_structural_zeros_of_the_release(release: Path) -> None:
    """On 30 June 2021 a case of 2019 was 546 to 910 days old, one of 2020 was 181 to 546."""
    tables = json.loads((release / "tables.json").read_text(encoding="utf-8"))
    (table,) = (table for table in tables if table["table_id"] == LIVE)
    assert table["key"]["days"] == {}
    assert table["structural_zero"] == [
        {"recorded_year": ["2017", "2018", "2019"], "live_age": ["to_1_year"]},
        {"recorded_year": ["2017", "2018"], "live_age": ["1_to_2_years"]},
        {"recorded_year": ["2020"], "live_age": ["over_2_years"]},
    ]


def test_a_year_has_the_day_of_its_current_records() -> None:
    """2018 was sent again; 2017 was not."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_allegations as from (values"
            " (2017, date '2019-01-31', true), (2018, date '2019-01-31', false),"
            " (2018, date '2020-01-31', true), (null, date '2020-01-31', true)"
            ") as rows (recorded_year, as_at, is_current_vintage)"
        )
        assert days_of(connection) == {2017: date(2019, 1, 31), 2018: date(2020, 1, 31)}
