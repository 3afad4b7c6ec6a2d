"""Every file is opened again: equal to the page to the last cell, with nothing hidden in it."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from dashboards.model import Release


def test_the_data_package_describes_each_column_of_each_file(release: Release, built: Path) -> None:
    files = built / "site" / "files"
    package = json.loads((files / "datapackage.json").read_text(encoding="utf-8"))
    assert {resource["name"] for resource in package["resources"]} == set(release.tables)
    for resource in package["resources"]:
        heading = (files / resource["path"]).read_text(encoding="utf-8").splitlines()[0]
        assert [field["name"] for field in resource["schema"]["fields"]] == heading.split(",")
        assert all(field["description"] for field in resource["schema"]["fields"])


def test_the_database_describes_its_columns(release: Release, built: Path) -> None:
    with duckdb.connect(str(built / "published.duckdb"), read_only=True) as database:
        missing = database.sql(
            "SELECT column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
        )
        assert missing.fetchall() == []
        assert {row[0] for row in database.sql("SHOW TABLES").fetchall()} == set(release.tables)
