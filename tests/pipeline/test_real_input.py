"""Real files of other forces, from raw to release: every row accounted for, nothing guessed.

The files are not in the repository; their README files, beside them, hold the figures compared here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

import ingest
from ingest.rules import breaches

pytestmark = pytest.mark.slow
TEXTS = {".html", ".csv", ".json", ".txt", ".svg"}
REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES, SEEDS = REPOSITORY / "examples", REPOSITORY / "dbt" / "seeds"


@dataclass(frozen=True)
class Refreshed:
    """A home after `misconduct refresh` on an example: what the command said, and the data's own README."""

    home: Path
    code: int
    said: str
    readme: str

    @property
    def release(self) -> Path:
        """The release that `current` points to."""
        return (self.home / "current").resolve()

    @property
    def protected(self) -> dict[str, Any]:
        """The protected tables, as published."""
        return dict(json.loads((self.release / "protected.json").read_text(encoding="utf-8")))

    def files(self) -> list[dict[str, Any]]:
        """The load's report, one entry a file."""
        reports = sorted((self.home / "raw" / "accepted" / "reports").glob("*.json"))
        return [json.loads(path.read_text(encoding="utf-8"))["report"] for path in reports]

    @property
    def accepted(self) -> str:
        """The accepted Parquet files, as a pattern."""
        return f"{self.home}/raw/accepted/allegations/*/*/*.parquet"

    def raw(self, what: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the accepted Parquet files."""
        query = f"SELECT {what} FROM read_parquet(?) GROUP BY ALL ORDER BY ALL"
        return duckdb.execute(query, [self.accepted]).fetchall()


def refreshed(force: str, real_data: Path, home: Path, misconduct: Callable[..., Any]) -> Refreshed:
    environ = {"MISCONDUCT_REAL_DATA": str(real_data)}
    ran = misconduct("refresh", "--landing", EXAMPLES / force, "--home", home, environ=environ)
    return Refreshed(home, ran.code, ran.said, readme_of(force, real_data))


def readme_of(force: str, real_data: Path) -> str:
    """What the data's own README says; the two case systems of Chicago share one."""
    folder = "chicago_cpd" if force.startswith("chicago") else force
    return (real_data / folder / "README.md").read_text(encoding="utf-8")


def loaded(force: str, real_data: Path, raw: Path) -> tuple[ingest.FileReport, list[dict[str, Any]]]:
    """The report of an example's only file, and its accepted rows."""
    landing = ingest.read_landing(EXAMPLES / force, {"MISCONDUCT_REAL_DATA": str(real_data)})
    lists = ingest.CodeLists.read(SEEDS)
    report = ingest.load(landing, lists, raw, None, datetime(2021, 7, 1), lambda _: None)
    (file,) = report.files
    tables = [pq.ParquetFile(path).read() for path in ingest.written(file, raw)]
    return file, [row for table in tables for row in table.to_pylist()]


@pytest.fixture(scope="module")
def chicago(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory, misconduct: Callable[..., Any]
) -> Refreshed:
    return refreshed("chicago_cpd", real_data, tmp_path_factory.mktemp("chicago"), misconduct)


@pytest.fixture(scope="module")
def new_orleans(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory, misconduct: Callable[..., Any]
) -> Refreshed:
    return refreshed("new_orleans_nopd", real_data, tmp_path_factory.mktemp("new_orleans"), misconduct)


@pytest.fixture(scope="module")
def chicago_cms(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory, misconduct: Callable[..., Any]
) -> Refreshed:
    return refreshed("chicago_cpd_cms", real_data, tmp_path_factory.mktemp("cms"), misconduct)


@pytest.fixture(params=["chicago", "chicago_cms", "new_orleans"])
def either(request: pytest.FixtureRequest) -> Refreshed:
    found: Refreshed = request.getfixturevalue(request.param)
    return found


def rows_by_year(readme: str, line: str) -> dict[int, int]:
    """`line: 2016 1143; 2017 1002; ...` of a README, single years only."""
    text = re.search(rf"^- {re.escape(line)}: (.*)$", readme, re.MULTILINE)
    assert text is not None
    return {
        int(year): int(rows) for year, rows in re.findall(r"\b(20\d\d) (\d+)", text[1].partition("before")[0])
    }


def test_a_real_file_comes_to_a_release(either: Refreshed) -> None:
    assert either.code == 0, either.said
    assert (either.release / "manifest.json").is_file()
    assert either.protected["tables"]


def test_the_release_of_a_real_file_verifies(either: Refreshed, misconduct: Callable[..., Any]) -> None:
    assert misconduct("verify", either.release).code == 0


def test_accepted_rows_of_chicago_equal_the_readme_by_year(chicago: Refreshed) -> None:
    assert dict(chicago.raw("year, count(*)")) == rows_by_year(chicago.readme, "accused, older files")
    officers = rows_by_year(chicago.readme, "officers, older files")
    assert dict(chicago.raw("year, count(DISTINCT officer_key)")) == officers


def test_accepted_rows_of_the_later_system_equal_the_readme_by_year(chicago_cms: Refreshed) -> None:
    assert dict(chicago_cms.raw("year, count(*)")) == rows_by_year(chicago_cms.readme, "CMS accused")
    assert chicago_cms.raw("count(*) FILTER (exclusion IS NOT NULL)") == [(0,)]


def test_a_case_that_the_later_system_holds_open_is_live_and_no_other_is(chicago_cms: Refreshed) -> None:
    """What is said of the case and the day on which it was closed are two columns of the file, and agree."""
    with duckdb.connect(str(chicago_cms.home / "warehouse.duckdb"), read_only=True) as warehouse:
        found = warehouse.execute(
            "SELECT DISTINCT is_live, outcome_on IS NULL, days_to_outcome IS NULL FROM marts.fct_allegations"
        ).fetchall()
    assert sorted(found) == [(False, False, False), (True, True, True)]


def test_no_id_of_one_system_of_chicago_is_in_the_other(chicago: Refreshed, chicago_cms: Refreshed) -> None:
    for column in ("officer_key", "case_ref"):
        assert not {key for (key,) in chicago.raw(column)} & {key for (key,) in chicago_cms.raw(column)}
    years = [{year for (year,) in found.raw("year")} for found in (chicago, chicago_cms)]
    assert not years[0] & years[1]


def test_the_scope_of_domestic_violence_is_taken_from_the_category(real_data: Path, tmp_path: Path) -> None:
    """The flag says no on every row, also on these."""
    file, rows = loaded("chicago_cpd_domestic", real_data, tmp_path)
    whole = sum(rows_by_year(readme_of("chicago_cpd", real_data), "CMS accused").values())
    assert {row["allegation_type"] for row in rows} == {"Domestic Violence"}
    assert {row["da_flag"] for row in rows} == {"N"}
    assert file.accepted + file.out_of_scope == whole == file.read - file.furniture
    assert 0 < file.accepted < file.out_of_scope


def test_a_file_of_cases_and_subjects_is_counted_as_that_and_no_more(real_data: Path, tmp_path: Path) -> None:
    file, rows = loaded("met_foi", real_data, tmp_path)
    stated = re.search(r"\((\d+) rows, (\d+) cases, (\d+) subjects", readme_of("met_foi", real_data))
    assert stated is not None
    many, cases, subjects = (int(number) for number in stated.groups())
    assert len(rows) == file.accepted == many
    assert (len({row["case_ref"] for row in rows}), len({row["officer_key"] for row in rows})) == (
        cases,
        subjects,
    )
    (told,) = [found.message for found in file.findings if found.code == "no_years"]
    assert f"{many} rows, {cases} cases, and without placeholders {subjects - 2} subjects" in told
    assert (file.years, {row["year"] for row in rows}) == ({}, {None})


def test_the_placeholders_of_a_file_of_cases_are_kept_and_left_out(real_data: Path, tmp_path: Path) -> None:
    file, rows = loaded("met_foi", real_data, tmp_path)
    stated = re.findall(r"`(subject \d+|Organisational)` is? ?on (\d+)", readme_of("met_foi", real_data))
    out = Counter(row["officer_key"] for row in rows if row["exclusion"] == "placeholder")
    assert out["subject 122060"] == int(dict(stated)["subject 122060"])
    assert sum(out.values()) == file.excluded["placeholder"]
    assert set(out) == {"subject 122060", "Organisational"}


def test_the_check_and_the_warehouse_find_the_same_breaches(new_orleans: Refreshed) -> None:
    """The same rules, written twice for two places: before a refresh and after it."""
    with duckdb.connect(str(new_orleans.home / "warehouse.duckdb"), read_only=True) as warehouse:
        query = "SELECT rule, source_row FROM marts.mart_findings ORDER BY ALL"
        found = warehouse.execute(query).fetchall()
    files = sorted((new_orleans.home / "raw" / "accepted" / "allegations").rglob("*/*/*.parquet"))
    told = breaches(files, ingest.CodeLists.read(SEEDS), "new_orleans_nopd")
    assert sorted((one.rule, one.row) for one in told) == found
    assert {rule for rule, _ in found} == {"R7"}


def test_accepted_rows_of_new_orleans_equal_the_readme_by_year(new_orleans: Refreshed) -> None:
    expected = rows_by_year(new_orleans.readme, "rows per year (date received)")
    assert dict(new_orleans.raw("year, count(*)")) == expected


def test_the_exact_duplicates_of_new_orleans_are_kept_out_and_said(new_orleans: Refreshed) -> None:
    stated = re.search(r"(\d+) exact duplicate rows", new_orleans.readme)
    assert stated is not None
    assert [file["excluded"].get("exact_duplicate") for file in new_orleans.files()] == [int(stated[1])]
    assert new_orleans.raw("count(*) FILTER (exclusion = 'exact_duplicate')") == [(int(stated[1]),)]
    said = [line for line in new_orleans.said.splitlines() if re.search("exact.duplicate", line)]
    assert len(said) == int(stated[1]) or any(re.search(rf"\b{stated[1]}\b", line) for line in said)


def test_every_row_read_went_to_one_place(either: Refreshed) -> None:
    assert either.files()
    for file in either.files():
        gone = file["accepted"] + file["quarantined"] + file["furniture"] + file["out_of_scope"]
        assert file["read"] == gone
        assert sum(file["years"].values()) == file["accepted"]


def test_rows_of_years_before_the_entry_are_out_of_scope_not_lost(chicago: Refreshed) -> None:
    before = re.search(r"before 2010: (\d+)", chicago.readme)
    assert before is not None
    assert [file["out_of_scope"] for file in chicago.files()] == [int(before[1])]


def test_tables_of_officers_are_refused_where_there_is_no_officer_id(new_orleans: Refreshed) -> None:
    assert not [table for table in new_orleans.protected["tables"] if table["unit"].startswith("officers")]
    refused = {table["table_id"]: table["reason"] for table in new_orleans.protected["dropped"]}
    assert "no officer identifier" in refused["officers_by_year"]
    assert "officers_by_year" in new_orleans.said


def test_tables_of_officers_exist_where_there_is_an_officer_id(chicago: Refreshed) -> None:
    units = {table["table_id"]: table["unit"] for table in chicago.protected["tables"]}
    assert units.get("officers_by_year") == "officers"


def test_codes_of_unknown_meaning_are_not_guessed(either: Refreshed) -> None:
    with duckdb.connect(str(either.home / "warehouse.duckdb"), read_only=True) as warehouse:
        paths = warehouse.execute(
            "SELECT DISTINCT fact.action_path FROM marts.fct_allegations AS fact "
            "JOIN read_parquet(?) AS found USING (source_file, source_row) "
            r"WHERE found.result = 'Other' OR regexp_full_match(found.sanction, '\d+')",
            [either.accepted],
        ).fetchall()
    has_such_codes = not either.home.name.startswith("cms")
    assert paths == ([("not_known",)] if has_such_codes else [])


def test_quarantined_rows_are_kept_with_their_reason(either: Refreshed) -> None:
    kept = sorted((either.home / "raw" / "quarantine").glob("*.parquet"))
    rows = sum(
        len(duckdb.sql(f"SELECT reason_code, remedy FROM read_parquet('{path}')").fetchall()) for path in kept
    )
    assert rows == sum(file["quarantined"] for file in either.files())


def test_no_table_answers_from_a_column_that_the_source_lacks(either: Refreshed) -> None:
    assert "proceedings_by_year" not in {table["table_id"] for table in either.protected["tables"]}


def test_the_release_carries_no_key_of_a_real_record(either: Refreshed) -> None:
    keys = {
        str(key) for row in either.raw("case_ref, officer_key") for key in row if key and len(str(key)) > 5
    }
    assert keys
    texts = [path.read_text("utf-8", "replace") for path in either.release.rglob("*") if path.suffix in TEXTS]
    words = {word for text in texts for word in re.findall(r"[\w.-]+", text)}
    leaked = bool(keys & words)
    assert not leaked, "a case reference or officer id of the source stands in a published text"
