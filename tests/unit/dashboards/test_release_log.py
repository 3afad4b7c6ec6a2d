"""The release log says by table what is new, gone or changed; numbers only where both releases show them."""

from __future__ import annotations

import copy
import json
import re
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards.changes import Compared, compared
from dashboards.model import read_release
from dashboards.site import build

EARLIER = "2020-06-30-ffffffffffff"


def log_of(
    candidate: ModuleType,
    content: dict[str, Any],
    history: list[dict[str, Any]],
    folder: Path,
    system: dict[str, Any] | None = None,
) -> str:
    protected = candidate.write(folder / "protected", content)
    (protected / "history.json").write_text(json.dumps(history), encoding="utf-8")
    if system is not None:
        (protected / "system.json").write_text(json.dumps(system), encoding="utf-8")
    build(protected, folder / "out", "2021-06-30-0123456789ab")
    assert len(read_release(protected, "id", None).history) == len(history)
    return (folder / "out" / "site" / "release-log.html").read_text(encoding="utf-8")


def test_the_first_release_calls_nothing_new(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    text = log_of(candidate, content, [], tmp_path)
    assert "This is the first release." in text
    assert "new in this release" not in text


def test_new_and_lost_tables_are_named_with_the_reason(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    names = [table["table_id"] for table in changed["tables"]]
    changed["tables"] = [t for t in changed["tables"] if t["table_id"] != "sanctions_in_detail"]
    changed["dropped"] = [
        {"table_id": "sanctions_in_detail", "title": "In detail", "reason": "it could not be proven safe"}
    ]
    before = [name for name in names if name != "proceedings_by_year"]
    history = [{"release_id": EARLIER, "as_at": "2020-06-30", "tables": before, "what_changed": ["First."]}]
    text = log_of(candidate, changed, history, tmp_path)
    assert text.count("new in this release") == 1
    assert "No longer published: In detail." in text
    assert "It could not be proven safe." in text
    assert f"/releases/{EARLIER}/" in text


# --- figures of two releases beside each other ---


def key_of(content: dict[str, Any], table_id: str, year: int, **codes: str) -> str:
    """The key of a single year's cell of a table."""
    return next(
        str(row["cell"])
        for table in content["tables"]
        for row in table["rows"]
        if row["table_id"] == table_id and row["year_from"] == row["year_to"] == year
        if all(row[name] == code for name, code in codes.items())
    )


def system_of(earlier: dict[str, int | None], hidden: tuple[str, ...] = ()) -> dict[str, Any]:
    """A system with cells of the release before, some of which it withheld."""
    cells = [{"id": i, "code": code, "value": value} for i, (code, value) in enumerate(earlier.items())]
    return {"version": 1, "cells": cells, "hidden": [c["id"] for c in cells if c["code"] in hidden]}


@pytest.fixture
def before(content: dict[str, Any]) -> list[dict[str, Any]]:
    names = [table["table_id"] for table in content["tables"]]
    return [{"release_id": EARLIER, "as_at": "2020-06-30", "tables": names, "what_changed": ["First."]}]


def compared_of(
    candidate: ModuleType,
    content: dict[str, Any],
    before: list[dict[str, Any]],
    system: dict[str, Any],
    folder: Path,
) -> dict[str, Compared]:
    protected = candidate.write(folder, content)
    (protected / "history.json").write_text(json.dumps(before), encoding="utf-8")
    (protected / "system.json").write_text(json.dumps(system), encoding="utf-8")
    found = compared(read_release(protected, "2021-06-30-0123456789ab", None))
    return {item.table.table_id: item for item in found}


def earlier(key: str, day: str = "2020-06-30") -> str:
    return key.replace("as_at=2021-06-30", f"as_at={day}")


def test_a_difference_of_two_shown_figures_is_given_with_its_reason(
    candidate: ModuleType, content: dict[str, Any], before: list[dict[str, Any]], tmp_path: Path
) -> None:
    women = key_of(content, "allegations_by_year", 2019, officer_sex="female")
    same = key_of(content, "allegations_by_year", 2018, officer_sex="female")
    system = system_of({earlier(women): 9, earlier(same): 13})
    text = log_of(candidate, content, before, tmp_path, system)
    row = text[text.index("2019: Women") :][:400]
    assert re.findall(r'number">([^<]+)<', row)[:3] == ["9", "14", "+5"]
    assert "2018: Women" not in text
    assert "in place of 30 June 2020" in text


@pytest.mark.parametrize("side", ["earlier", "now"])
def test_no_difference_is_given_where_either_figure_is_withheld(
    side: str, candidate: ModuleType, content: dict[str, Any], before: list[dict[str, Any]], tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    women = key_of(content, "allegations_by_year", 2019, officer_sex="female")
    system = system_of({earlier(women): 9}, hidden=(earlier(women),) if side == "earlier" else ())
    for table in changed["tables"]:
        for row in table["rows"]:
            if side == "now" and row["cell"] == women:
                row.update(value=None, marker="c", reason="withheld", exemption="s.40(2)")
    found = compared_of(candidate, changed, before, system, tmp_path)["allegations_by_year"]
    assert found.changes == ()
    assert "no difference is given" in found.reason


def test_an_inner_cell_is_never_compared(
    candidate: ModuleType, content: dict[str, Any], before: list[dict[str, Any]], tmp_path: Path
) -> None:
    women = key_of(content, "allegations_by_year", 2019, officer_sex="female")
    system = system_of({earlier(women): 9})
    system["cells"][0]["published"] = False
    assert compared_of(candidate, content, before, system, tmp_path)["allegations_by_year"].changes == ()


def test_a_release_without_a_changed_figure_says_so(
    candidate: ModuleType, content: dict[str, Any], before: list[dict[str, Any]], tmp_path: Path
) -> None:
    women = key_of(content, "allegations_by_year", 2019, officer_sex="female")
    text = log_of(candidate, content, before, tmp_path, system_of({earlier(women): 14}))
    assert "No figure that this release and the one before both show has changed." in text
    assert "Every figure that both releases show is the same." in text


def test_the_newest_figure_before_is_the_one_compared_with(
    candidate: ModuleType, content: dict[str, Any], before: list[dict[str, Any]], tmp_path: Path
) -> None:
    women = key_of(content, "allegations_by_year", 2019, officer_sex="female")
    vintages = {"2019-06-30": 1, "2020-06-30": 2, "2020-06-30#2": 3, "2020-06-30#10": 6, "2022-06-30": 50}
    system = system_of({earlier(women, day): value for day, value in vintages.items()})
    (change,) = compared_of(candidate, content, before, system, tmp_path)["allegations_by_year"].changes
    assert (change.before, change.now, change.day, change.difference) == (6, 14, "2020-06-30", "+8")


def test_a_block_that_stands_says_from_which_day(
    candidate: ModuleType, content: dict[str, Any], before: list[dict[str, Any]], tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    for table in changed["tables"]:
        for row in table["rows"]:
            if row["table_id"] == "outcomes_by_year" and row["year_to"] == 2013:
                row.update(as_at="2020-06-30", cell=earlier(row["cell"]))
    found = compared_of(candidate, changed, before, system_of({}), tmp_path / "one")["outcomes_by_year"]
    assert found.state == "stands as it was published before"
    log_of(candidate, changed, before, tmp_path / "two", system_of({}))
    text = (tmp_path / "two" / "out" / "site" / "outcomes.html").read_text(encoding="utf-8")
    assert "2010 to 2013: as at 30 June 2020" in text
    files = tmp_path / "two" / "out" / "site" / "files"
    assert "2010 to 2013 [b] (as at 2020-06-30)" in (files / "view-outcomes-by-year.csv").read_text("utf-8")
    with zipfile.ZipFile(files / "tables.ods") as book:
        assert "2010 to 2013: as at 2020-06-30" in book.read("content.xml").decode()


def test_a_table_that_is_gone_is_named_once_by_its_title(
    candidate: ModuleType, content: dict[str, Any], before: list[dict[str, Any]], tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    gone = changed["tables"].pop()
    told = {"table_id": gone["table_id"], "title": gone["title"], "reason": "it could be worked out"}
    never = {"table_id": "never_there", "title": "Was it ever there?", "reason": "too small"}
    changed["dropped"] = [told, never]
    known = [entry | {"tables": [table["table_id"] for table in content["tables"]]} for entry in before]
    text = log_of(candidate, changed, known, tmp_path, system_of({}))
    assert text.count(gone["title"]) == 1
    assert f"No longer published: {gone['title']}" in text
    assert "Not in this release: Was it ever there?" in text
