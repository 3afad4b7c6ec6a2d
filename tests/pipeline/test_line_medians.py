"""Medians and rates from the warehouse to the release: proven, withheld, or refused by name."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from dagster_project.errors import Refused
from dagster_project.protected import mart_of
from disclosure.policy import Policy, default_policy
from disclosure.publication import Context, Publication, protect_publication
from disclosure.register import Register

Run = Callable[..., Any]
NAME = "mart_time_without_action"
SQL = """
select
    force, scope, population, as_at, recorded_year,
    case when days_to_outcome <= 180 then 'to_180' when days_to_outcome <= 365 then 'to_365'
        else 'over_365' end as time_to_outcome,
    count(*) as n_allegations,
    list(distinct officer_key) as officer_keys,
    list(days_to_outcome) as days_to_outcome
from {{ ref('fct_allegations') }}
where is_current_vintage and action_path = 'no_action'
group by force, scope, population, as_at, recorded_year, time_to_outcome
"""
COLUMNS = {
    "force": "varchar", "scope": "varchar", "population": "varchar", "as_at": "date",
    "recorded_year": "integer", "time_to_outcome": "varchar", "n_allegations": "bigint",
    "officer_keys": "varchar[]", "days_to_outcome": "bigint[]",
}  # fmt: skip
BLOCK: dict[str, Any] = {
    "table_id": "time_without_action",
    "title": "How long did matters without action take?",
    "unit": "allegations",
    "measures": ["n_allegations"],
    "dimensions": ["recorded_year", "time_to_outcome"],
    "categories": {"time_to_outcome": ["to_180", "to_365", "over_365"]},
    "within": {"action_path": "no_action"},
    "bands": {"recorded_year": [[2010, 2013], [2014, 2016], [2017, 2020]]},
    "show": {"recorded_year": ["bands", "total"]},
    "core": False,
    "rates": {"within_180_days": {"dimension": "time_to_outcome", "category": "to_180"}},
    "medians": {
        "days_to_outcome": {
            "dimension": "time_to_outcome",
            "breakpoints": {"to_180": 180, "to_365": 365},
            "label": "Median days to outcome",
        }
    },
}


def add_mart(repository: Path) -> None:
    folder = repository / "dbt" / "models" / "marts"
    columns = [{"name": name, "data_type": kind, "description": name} for name, kind in COLUMNS.items()]
    model = {"name": NAME, "description": "Time.", "config": {"meta": {"publish": BLOCK}}, "columns": columns}
    (folder / f"{NAME}.sql").write_text(SQL, encoding="utf-8")
    text = yaml.safe_dump({"version": 2, "models": [model]}, sort_keys=False)
    (folder / f"{NAME}.yml").write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_a_declared_median_comes_through_the_line(
    repository_copy: Path, tmp_path: Path, misconduct: Run
) -> None:
    add_mart(repository_copy)
    ran = misconduct("refresh", "--home", tmp_path / "home", repository=repository_copy)
    assert ran.code == 0, ran.said
    release = (tmp_path / "home" / "current").resolve()
    tables = json.loads((release / "protected.json").read_text())["tables"]
    (table,) = (one for one in tables if one["table_id"] == "time_without_action")
    years = {row["cell"]: (row["year_from"], row["year_to"]) for row in table["rows"]}
    medians = {years[s["denominator"]]: s for s in table["statements"] if s["kind"] == "median"}
    rates = [s for s in table["statements"] if s["kind"] == "rate"]
    assert len(medians) == len(rates) == 4
    shown = {span: s for span, s in medians.items() if s["marker"] is None}
    assert shown
    truth = true_medians(tmp_path / "home" / "warehouse.duckdb", shown)
    assert all(s["least"] <= truth[span] <= s["most"] == s["least"] + 30 for span, s in shown.items())
    assert {s["label"] for s in shown.values()} == {"Median days to outcome"}
    assert misconduct("verify", release, repository=repository_copy).code == 0


def true_medians(warehouse: Path, spans: Any) -> dict[tuple[int, int], float]:
    question = (
        "select median(days_to_outcome) from marts.fct_allegations where is_current_vintage "
        "and action_path = 'no_action' and recorded_year between ? and ?"
    )
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {span: connection.execute(question, span).fetchall()[0][0] for span in spans}


# --- from a table of the warehouse to a statement


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        kinds = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
        connection.execute(f"create schema marts; create table marts.{NAME} ({kinds})")
        yield connection


def fill(connection: duckdb.DuckDBPyConnection, days: dict[str, list[int | None]]) -> None:
    """Twelve allegations a year and category, each against another officer."""
    for year in (2019, 2020):
        for code, each in days.items():
            officers = [f"{year}-{code}-{n}" for n in range(len(each))]
            row = ["F", "s", "p", datetime.date(2021, 6, 30), year, code, len(each), officers, each]
            connection.execute(f"insert into marts.{NAME} values (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def protected(connection: duckdb.DuckDBPyConnection, **changes: Any) -> Publication:
    block = BLOCK | {"bands": {}, "show": {}} | changes
    node = {"name": NAME, "schema": "marts", "description": "", "config": {"meta": {"publish": block}}}
    context = Context("F", "s", "p", datetime.date(2021, 6, 30), (2019, 2020))
    policy = Policy.read(default_policy())
    return protect_publication([mart_of(connection, node)], context, policy, Register(), (), b"k" * 32, 30.0)


def medians(publication: Publication) -> list[tuple[float | None, float | None]]:
    assert publication.status == "proven", publication.findings
    found = publication.protected["tables"][0]["statements"]
    return [(one["least"], one["most"]) for one in found if one["kind"] == "median"]


FULL: dict[str, list[int | None]] = {"to_180": [90] * 12, "to_365": [300] * 14, "over_365": [500] * 12}


def test_the_days_of_the_warehouse_are_the_days_of_the_median(warehouse: Any) -> None:
    fill(warehouse, FULL)
    assert medians(protected(warehouse)) == [(285.0, 315.0)] * 3


def test_a_count_without_its_days_has_no_median(warehouse: Any) -> None:
    fill(warehouse, {**FULL, "over_365": [500] * 11 + [None]})
    assert medians(protected(warehouse)) == [(None, None)] * 3


def test_days_that_contradict_their_category_refuse_the_publication(warehouse: Any) -> None:
    fill(warehouse, {**FULL, "to_180": [90] * 11 + [200]})
    answer = protected(warehouse)
    assert answer.status == "refused"
    assert "days of `to_180` lie outside the breakpoints" in answer.findings[0]


def test_a_median_without_its_column_is_refused_by_name(warehouse: Any) -> None:
    wrong = {"days_open": BLOCK["medians"]["days_to_outcome"]}
    with pytest.raises(
        Refused, match="mart_time_without_action: its publish block needs the column `days_open`"
    ):
        protected(warehouse, medians=wrong)
