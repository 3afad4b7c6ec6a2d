"""Homes with accepted rows written by hand, and the warehouse that dbt builds over them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PROJECT = Path(__file__).parents[2] / "dbt"

CANONICAL = (
    *("case_ref", "case_type", "allegation_ref", "officer_key", "staff_type", "rank_band", "sex"),
    *(
        "known_date",
        "recorded_date",
        "allegation_type",
        "da_flag",
        "severity",
        "result",
        "action",
        "sanction",
    ),
    *("proceedings_type", "outcome_date", "left_date", "exit_route", "investigating_force", "as_at_date"),
)
PROVENANCE = ("rest", "source_file", "source_sheet", "source_sha256", "source_reference")
SUBJECT = ("vocabulary", "force", "scope", "population", "exclusion")

SCHEMA = pa.schema(
    [(name, pa.string()) for name in (*CANONICAL, *PROVENANCE, *SUBJECT)]
    + [("source_row", pa.int64()), ("source_part", pa.int32()), ("source_column", pa.string())]
    + [("loaded_at", pa.timestamp("us")), ("year", pa.int32()), ("missing_columns", pa.list_(pa.string()))]
)

DEFAULTS = {
    "force": "Example Police",
    "scope": "domestic abuse",
    "population": "officers",
    "vocabulary": "mps",
    "as_at_date": "2021-06-30",
    "sex": "Male",
    "source_file": "example.csv",
    "source_part": 1,
    "missing_columns": [],
    "source_sha256": "0" * 64,
    "rest": "{}",
}

Row = Mapping[str, object]
Build = Callable[[Path, Iterable[Row]], dict[str, str]]


@pytest.fixture(scope="session")
def build_warehouse() -> Build:
    """Write rows into a home, build its warehouse with all tests, and give the status of each node."""

    def build(home: Path, rows: Iterable[Row]) -> dict[str, str]:
        _write_rows(home, rows)
        return _statuses(_run_dbt(home, "build"))

    return build


@pytest.fixture(scope="session")
def sample_warehouse(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home with the embedded example taken in and its warehouse built, and the status of each node."""
    from ingest import CodeLists, accept, load, read_landing

    home = tmp_path_factory.mktemp("sample")
    landing = read_landing(PROJECT.parent / "sample" / "landing", {})
    lists = CodeLists.read(PROJECT / "seeds")
    report = load(landing, lists, home / "raw", None, datetime.now(UTC), lambda line: None)
    accept(report, home / "raw")
    return home, _statuses(_run_dbt(home, "build"))


@pytest.fixture(scope="session")
def tests_over_warehouse() -> Callable[[Path], dict[str, str]]:
    """Check the sums again and run the tests alone over a warehouse that is there."""

    def run(home: Path) -> dict[str, str]:
        _run_dbt(home, "run", "--select", "mart_sum_checks")
        return _statuses(_run_dbt(home, "test"))

    return run


@pytest.fixture(scope="session")
def open_warehouse() -> Callable[[Path], duckdb.DuckDBPyConnection]:
    """Open a home's warehouse for reading; its staging views look for Parquet files in the home."""
    return lambda home: duckdb.connect(
        str(_warehouse(home)), read_only=True, config={"file_search_path": str(home)}
    )


@pytest.fixture(scope="session")
def dbt_manifest(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The parsed project, without a database."""
    home = tmp_path_factory.mktemp("manifest")
    _run_dbt(home, "parse")
    manifest: Mapping[str, Any] = json.loads((home / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def _write_rows(home: Path, rows: Iterable[Row]) -> None:
    full = [
        {"source_row": n, "year": int(str(row["recorded_date"])[:4])} | DEFAULTS | dict(row)
        for n, row in enumerate(rows, 1)
    ]
    target = home / "raw" / "accepted" / "allegations" / "2017" / "2021-06-30"
    target.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(full, SCHEMA), target / "example-00000000.parquet")


def _warehouse(home: Path) -> Path:
    path = home / "build" / "warehouse.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def _environment(home: Path) -> Iterator[None]:
    places = {"MISCONDUCT_HOME": str(home), "MISCONDUCT_WAREHOUSE": str(_warehouse(home))}
    with mock.patch.dict(os.environ, places):
        yield


def _run_dbt(home: Path, command: str, *options: str) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-version-check"]
    places = ["--project-dir", PROJECT, "--profiles-dir", PROJECT]
    outputs = ["--target-path", home / "dbt", "--log-path", home / "dbt"]
    with _environment(home):
        outcome = dbtRunner().invoke([*quiet, command, *options, *map(str, [*places, *outputs])])
        if command != "parse":
            DuckDBConnectionManager.close_all_connections()
    if outcome.exception is not None:
        raise outcome.exception
    return outcome.result


def _statuses(results: Any) -> dict[str, str]:
    """By node; an exposure is no node that can fail."""
    return {
        result.node.name: str(result.status) for result in results if result.node.resource_type != "exposure"
    }
