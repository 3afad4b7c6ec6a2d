"""The columns of released tables change only with a new version, and readers are told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project import log
from dagster_project.errors import Refused
from dagster_project.schema import VERSION, Schema, announce, released_schema

OLD = "2021-06-30-000000000001"
TABLE = "outcomes_by_year"
Change = Callable[[list[list[str]]], None]


@pytest.fixture
def releases(release: Path, tmp_path: Path) -> Path:
    """A folder with one earlier release."""
    shutil.copytree(release, tmp_path / "releases" / OLD)
    return tmp_path / "releases"


@pytest.fixture
def candidate(release: Path, tmp_path: Path) -> Path:
    """The protected files of the next release, which has the one before in its history."""
    folder = tmp_path / "candidate"
    folder.mkdir()
    for name in ("protected.json", "tables.json", "system.json"):
        shutil.copyfile(release / name, folder / name)
    entry = {"release_id": OLD, "as_at": "2021-06-30", "tables": [TABLE], "what_changed": ["First release."]}
    (folder / "history.json").write_text(json.dumps([entry]))
    return folder


def change(releases: Path, alter: Change | None = None, **stated: Any) -> None:
    """Let the earlier release have had other columns, or another version."""
    path = releases / OLD / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["schema"].update(stated)
    if alter:
        alter(manifest["schema"]["tables"][TABLE])
    path.write_text(json.dumps(manifest))


def rename_a_column(columns: list[list[str]]) -> None:
    columns[-1][0] = "release"


def retype_a_column(columns: list[list[str]]) -> None:
    columns[-1][1] = "integer"


CHANGES: dict[str, tuple[Change, str]] = {
    "a column more": (lambda columns: columns.pop() and None, "column release_id added"),
    "a column less": (lambda columns: columns.append(["extra", "string"]), "column extra taken away"),
    "another name": (rename_a_column, "column release taken away"),
    "another type": (retype_a_column, "column release_id is string, was integer"),
    "another order": (lambda columns: columns.reverse(), "columns in another order"),
}


def test_the_same_columns_pass_without_a_word(candidate: Path, releases: Path) -> None:
    schema = released_schema(candidate, releases, [OLD])
    assert schema.announcement == ()
    assert schema.changes_since(Schema.of_release(releases / OLD) or schema) == ()


@pytest.mark.parametrize("name", CHANGES)
def test_other_columns_are_refused_under_the_same_version(name: str, candidate: Path, releases: Path) -> None:
    alter, words = CHANGES[name]
    change(releases, alter)
    with pytest.raises(Refused) as refused:
        released_schema(candidate, releases, [OLD])
    assert f"{TABLE}: {words}" in str(refused.value)
    assert "dagster_project/schema.py" in str(refused.value)


@pytest.mark.parametrize("name", CHANGES)
def test_other_columns_are_announced_under_a_new_version(name: str, candidate: Path, releases: Path) -> None:
    alter, words = CHANGES[name]
    change(releases, alter)
    schema = released_schema(candidate, releases, [OLD], VERSION + 1)
    announce(candidate, releases, schema)
    [entry] = json.loads((candidate / "history.json").read_text())
    assert f"schema version {VERSION + 1}" in entry["what_changed"][-1]
    assert words in entry["what_changed"][-1]


def test_later_releases_go_on_telling_of_it(candidate: Path, releases: Path) -> None:
    change(releases, announcement=["The columns changed."])
    announce(candidate, releases, released_schema(candidate, releases, [OLD]))
    [entry] = json.loads((candidate / "history.json").read_text())
    assert entry["what_changed"] == ["First release.", "The columns changed."]


def test_a_version_that_goes_back_is_refused(candidate: Path, releases: Path) -> None:
    change(releases, version=VERSION + 1)
    with pytest.raises(Refused, match="would go back"):
        released_schema(candidate, releases, [OLD])


def test_a_table_more_or_less_is_no_change_of_the_schema(candidate: Path, releases: Path) -> None:
    path = releases / OLD / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["schema"]["tables"]["another"] = manifest["schema"]["tables"].pop(TABLE)
    path.write_text(json.dumps(manifest))
    assert released_schema(candidate, releases, [OLD]).announcement == ()


@pytest.mark.slow
def test_a_refresh_refuses_until_the_version_is_raised_and_then_tells_readers(
    home: Path, repository_copy: Path, misconduct: Callable[..., Any]
) -> None:
    columns = repository_copy / "dashboards" / "columns.py"
    retyped = columns.read_text().replace('Column("year_to", "integer"', 'Column("year_to", "string"')
    columns.write_text(retyped)
    before = (home / "current").resolve()
    ran = misconduct("refresh", "--home", home, repository=repository_copy)
    assert ran.code == 1, ran.said
    assert "column year_to is string, was integer" in ran.err
    assert (home / "current").resolve() == before
    schema = repository_copy / "dagster_project" / "schema.py"
    schema.write_text(schema.read_text().replace(f"VERSION = {VERSION}", f"VERSION = {VERSION + 1}"))
    ran = misconduct("refresh", "--home", home, repository=repository_copy)
    assert ran.code == 0, ran.said
    assert (home / "current").resolve() != before
    page = (home / "current" / "site" / "release-log.html").read_text()
    assert f"schema version {VERSION + 1}" in page
    assert "schema version" in log.entries(home / "log" / "log.jsonl")[-1].words
