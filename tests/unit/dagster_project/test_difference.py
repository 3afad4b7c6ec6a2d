"""Two releases are told apart by whatever they say, in words."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project.difference import difference

FIRST, LATER = "2021-06-30", "2022-06-30"


def row(year: int, code: str, value: int | None) -> dict[str, Any]:
    return {
        "as_at": FIRST, "year_from": year, "year_to": year, "action_path": code, "measure": "n",
        "value": value, "marker": "c" if value is None else None, "notes": "", "reason": "", "exemption": "",
        "cell": f"force=F|scope=S|population=P|as_at={FIRST}|unit=allegations|time={year}|action_path={code}",
    }  # fmt: skip


@pytest.fixture
def content() -> dict[str, Any]:
    rows = [row(2019, "a", 12), row(2019, "b", None), row(2020, "a", 7), row(2020, "b", 40)]
    share = {"name": "share", "denominator": rows[3]["cell"], "least": 10, "most": 20, "marker": None}
    table = {
        "table_id": "paths", "title": "Paths", "as_at": FIRST, "rows": rows, "statements": [share],
        "dimensions": [
            {"name": "recorded_year", "kind": "time"},
            {"name": "action_path", "kind": "category"},
        ],
    }  # fmt: skip
    header = {"as_at": FIRST, "policy_sha256": "0" * 64, "threshold": 5}
    sections = {name: [] for name in ("dropped", "register", "published_figures", "breaks")}
    return {"header": header, "tables": [table], **sections}


def later(content: Any, years: tuple[int, ...] = (2019, 2020), label: str = LATER) -> None:
    """Records of another day: these years are as at that day, the others stand."""
    day = label.partition("#")[0]
    content["header"]["as_at"] = content["tables"][0]["as_at"] = day
    for one in content["tables"][0]["rows"]:
        if one["year_from"] in years:
            one.update(as_at=day, cell=one["cell"].replace(FIRST, label))


def value(content: Any) -> None:
    content["tables"][0]["rows"][2].update(value=19, notes="b")


CHANGES: dict[str, tuple[Callable[[Any], Any], tuple[str, ...]]] = {
    "nothing": (lambda _: None, ()),
    "a figure": (value, ("paths: 2020-2020, action_path a, n: 7 -> 19 b",)),
    "the day": (
        later,
        (f"the release is as at {LATER} in place of {FIRST}", f"paths: as at {LATER} in place of {FIRST}"),
    ),
    "the day of one year": (
        lambda c: later(c, (2020,)),
        (
            f"the release is as at {LATER} in place of {FIRST}",
            f"paths: stands as at {FIRST} (2019-2019)",
            f"paths: as at {LATER} in place of {FIRST} (2020-2020)",
        ),
    ),
    "the day of nothing": (
        lambda c: later(c, ()),
        (f"the release is as at {LATER} in place of {FIRST}", f"paths: stands as at {FIRST}"),
    ),
    "corrected records": (
        lambda c: later(c, label=f"{FIRST}#3"),
        (f"paths: as at {FIRST}, correction 2 in place of {FIRST}",),
    ),
    "a rate": (
        lambda c: c["tables"][0]["statements"][0].update(least=None, most=None, marker="c"),
        ("paths: share of 2020-2020, action_path b, n: 10-20 -> [c]",),
    ),
    "no rate": (
        lambda c: c["tables"][0].pop("statements"),
        ("paths: share of 2020-2020, action_path b, n: 10-20 -> absent",),
    ),
    "the policy": (
        lambda c: c["header"].update(policy_sha256="1" * 64, threshold=3),
        ("the disclosure policy changed", "the header's threshold changed"),
    ),
    "a title": (lambda c: c["tables"][0].update(title="x"), ("paths: its title, words or groups changed",)),
    "a reason": (
        lambda c: c["tables"][0]["rows"][0].update(reason="already public"),
        ("paths: the reasons beside its figures changed",),
    ),
    "a row": (
        lambda c: c["tables"][0]["rows"].pop(1),
        ("paths: 2019-2019, action_path b, n: [c] -> absent",),
    ),
    "another table": (
        lambda c: c["tables"][0].update(table_id="x"), ("no longer published: paths", "new: x")
    ),
    "a table left out": (
        lambda c: c["dropped"].append({"table_id": "y", "reason": "r"}), ("left out: y",)
    ),
    "the register": (lambda c: c["register"].append({}), ("the figures called already public changed",)),
}  # fmt: skip


def write(folder: Path, content: Any, version: str = "1") -> Path:
    folder.mkdir()
    (folder / "protected.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"site_version": version}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_is_said(name: str, content: dict[str, Any], tmp_path: Path) -> None:
    how, expected = CHANGES[name]
    changed = copy.deepcopy(content)
    how(changed)
    older, newer = write(tmp_path / "older", content), write(tmp_path / "newer", changed)
    assert difference(older, newer) == expected


def test_other_pages_of_the_same_tables_are_said(content: dict[str, Any], tmp_path: Path) -> None:
    older, newer = write(tmp_path / "older", content), write(tmp_path / "newer", content, "2")
    assert difference(older, newer) == ("another version of the site made its pages",)


def test_days_are_said_without_a_count(content: dict[str, Any], tmp_path: Path) -> None:
    changed = copy.deepcopy(content)
    later(changed, (2020,))
    said = " ".join(difference(write(tmp_path / "older", content), write(tmp_path / "newer", changed)))
    assert not {"7", "12", "40"} & {*said.replace(",", " ").split()}
