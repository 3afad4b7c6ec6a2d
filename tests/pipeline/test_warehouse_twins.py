"""Each rule and each code list taken away: the warehouse then says something else, and a test would fail."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

WBD = {
    "sanction": "Would have been dismissed",
    "known_date": "2017-02-01",
    "recorded_date": "2017-02-02",
    "outcome_date": "2017-12-01",
}
PROCEEDINGS = {"result": "Not proven", "recorded_date": "2016-01-01"}
BREACHES = {
    "R1": WBD,
    "R2": {"result": "Reflective practice", "recorded_date": "2017-01-01"},
    "R3": {"result": "Management advice", "recorded_date": "2021-01-01"},
    "R4": {
        "sanction": "Dismissal without notice",
        "proceedings_type": "Meeting",
        "recorded_date": "2018-01-01",
    },
    "R5": PROCEEDINGS | {"severity": "Gross misconduct", "left_date": "2016-05-05", "exit_route": "Resigned"},
    "R7": {"result": "Live", "recorded_date": "2018-01-01", "outcome_date": "2018-02-02"},
    "R8": {"result": "Reprimand", "recorded_date": "2018-01-01"},
    "R9": PROCEEDINGS | {"proceedings_type": "Accelerated hearing"},
    "R10": PROCEEDINGS | {"left_date": "2021-07-01"},
}
OF_THE_LABEL = {"R2", "R3", "R8"}
"""Rules that the code list of outcomes holds; the others stand in the SQL."""

TOLD_BY = {
    "seed_outcome_labels": "select 1 from staging.stg_allegations where action_path = 'formal'",
    "seed_value_labels": "select 1 from staging.stg_allegations where sex = 'male'",
    "seed_allegation_types": "select 1 from staging.stg_allegations where allegation_type = 'C'",
    "seed_regimes": "select 1 from staging.stg_allegations where regime = '2012'",
    "seed_codes": "select 1 from ({mart_findings}) where message is not null",
    "seed_periods": "select 1 from ({mart_reconciliation}) where year_from = 2017 and year_to = 2020",
}
"""What only the rows of a list can tell; `seed_breaks` is words for the site: see `test_line.py`."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, build_warehouse: Callable[..., dict[str, str]]) -> Path:
    home = tmp_path_factory.mktemp("twins")
    shared = {"case_ref": "C", "officer_key": "one", "sex": "Male", "allegation_type": "Other assault"}
    rows = [shared | row | {"allegation_ref": rule} for rule, row in BREACHES.items()]
    build_warehouse(home, [*rows, shared | {"recorded_date": "2015-01-01", "allegation_ref": "early"}])
    return home


@pytest.fixture
def twin(built: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the warehouse whose staging views still read the rows of the first."""
    path = shutil.copy(built / "build" / "warehouse.duckdb", tmp_path)
    with duckdb.connect(str(path), config={"file_search_path": str(built)}) as connection:
        yield connection


def _sql(built: Path, model: str) -> str:
    return next((built / "dbt" / "compiled").rglob(f"{model}.sql")).read_text(encoding="utf-8")


def _broken(twin: duckdb.DuckDBPyConnection) -> set[str]:
    rules = "select distinct unnest(broken_rules) from staging.stg_allegations"
    return {rule for (rule,) in twin.execute(rules).fetchall()}


@pytest.mark.parametrize("rule", BREACHES)
def test_without_a_rule_its_breach_is_not_found(
    built: Path, twin: duckdb.DuckDBPyConnection, rule: str
) -> None:
    assert _broken(twin) == set(BREACHES)
    if rule in OF_THE_LABEL:
        twin.execute(f"update staging.seed_outcome_labels set rule = null where rule = '{rule}'")
    else:
        without = _sql(built, "stg_allegations").replace(f"then '{rule}'", "then null")
        twin.execute(f"create or replace view staging.stg_allegations as {without}")
    assert _broken(twin) == set(BREACHES) - {rule}


@pytest.mark.parametrize("seed", TOLD_BY)
def test_without_a_code_list_what_it_tells_is_gone(
    built: Path, twin: duckdb.DuckDBPyConnection, seed: str
) -> None:
    query = TOLD_BY[seed].format_map({m: _sql(built, m) for m in ("mart_findings", "mart_reconciliation")})
    assert twin.execute(query).fetchone() == (1,)
    twin.execute(f"delete from staging.{seed}")
    assert twin.execute(query).fetchone() is None


def test_a_code_of_no_list_is_named_beside_the_list(built: Path, twin: duckdb.DuckDBPyConnection) -> None:
    listed = next((built / "dbt" / "compiled").rglob("codes_are_listed_fct*.sql")).read_text(encoding="utf-8")
    assert twin.execute(listed).fetchall() == []
    twin.execute("update marts.fct_allegations set officer_sex = 'femal' where allegation_ref = 'R1'")
    assert twin.execute(listed).fetchall() == [("officer_sex", "femal", "male, female, unknown")]
