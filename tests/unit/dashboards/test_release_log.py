"""The release log says by table what is new or gone, in words; it holds no number of its own."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from types import ModuleType
from typing import Any

from dashboards.model import read_release
from dashboards.site import build

EARLIER = "2020-06-30-ffffffffffff"


def log_of(
    candidate: ModuleType, content: dict[str, Any], history: list[dict[str, Any]], folder: Path
) -> str:
    protected = candidate.write(folder / "protected", content)
    (protected / "history.json").write_text(json.dumps(history), encoding="utf-8")
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
    assert "No longer published: sanctions in detail." in text
    assert "It could not be proven safe." in text
    assert f"/releases/{EARLIER}/" in text
