"""The ages of live cases: the days that the mart counts by are those that protection is told."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import yaml

from disclosure.publish import Publish

DBT = Path(__file__).parents[3] / "dbt"
MACROS = (DBT / "macros/outcomes.sql").read_text(encoding="utf-8")
AS_AT = date(2021, 6, 30)
SQL = jinja2.Environment()
DAYS = [*range(-3, 4), *range(363, 369), *range(728, 734), 5000]


def _macro(name: str) -> str:
    found = re.search(rf"{{% macro {name}\(\) -%}}(.*?){{%- endmacro %}}", MACROS, flags=re.DOTALL)
    assert found is not None
    return found.group(1)


def _counted_by() -> dict[str, tuple[int, int | None]]:
    """What the macro returns to dbt."""
    caught: list[dict[str, tuple[int, int | None]]] = []
    SQL.from_string(_macro("live_ages")).render({"return": caught.append})
    return caught[0]


def _told() -> dict[str, tuple[int, int | None]]:
    """What the publish block says."""
    marts = yaml.safe_load((DBT / "models/marts/marts.yml").read_text(encoding="utf-8"))["models"]
    mart: dict[str, Any] = next(m for m in marts if m["name"] == "mart_live_by_age")
    return dict(Publish.parse(mart["config"]["meta"]["publish"]).ages["live_age"])


def _age(path: str, recorded: date | None, year: int) -> str | None:
    """By the text of the macro itself, on one row."""
    ages = _counted_by()
    sql = SQL.from_string(_macro("live_age")).render(live_ages=lambda: ages)
    with duckdb.connect() as connection:
        row = connection.execute(
            f"select {sql} from (select ?::varchar as action_path, ?::date as recorded_on,"
            " ?::integer as recorded_year, ?::date as as_at) as staged",
            [path, recorded, year, AS_AT],
        ).fetchone()
    assert row is not None
    return None if row[0] is None else str(row[0])


def test_mart_and_protection_have_the_same_days() -> None:
    assert _counted_by() == _told()


@pytest.mark.parametrize("days", DAYS)
def test_an_age_begins_and_ends_on_its_days(days: int) -> None:
    recorded = AS_AT - timedelta(days)
    named = [c for c, (first, last) in _told().items() if first <= days and (last is None or days <= last)]
    assert _age("live", recorded, recorded.year) == (named[0] if named else "not_known")


@pytest.mark.parametrize("year", [2019, 2021])
def test_what_was_recorded_in_another_year_has_no_age(year: int) -> None:
    """Beside the year that it is counted in, its age would tell readers with a calendar that it is odd."""
    assert _age("live", date(2020, 5, 1), year) == "not_known"
    assert _age("live", None, year) == "not_known"


def test_what_is_not_live_has_none() -> None:
    assert _age("formal", date(2020, 5, 1), 2020) is None
