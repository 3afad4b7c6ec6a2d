"""The home's log keeps every event in order, and shows when one was touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagster_project import log


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "log" / "log.jsonl"
    for number in range(4):
        log.append(place, "publish", "published", f"2021-06-30-{number:012x}")
    return place


def change(path: Path, number: int, **values: object) -> None:
    lines = path.read_text().splitlines()
    lines[number] = json.dumps({**json.loads(lines[number]), **values}, sort_keys=True)
    path.write_text("\n".join(lines) + "\n")


def test_an_untouched_log_verifies(path: Path) -> None:
    assert log.verify(path) == ()
    assert [entry.number for entry in log.entries(path)] == [1, 2, 3, 4]


def test_an_altered_entry_is_found(path: Path) -> None:
    change(path, 1, words="held")
    assert log.verify(path) == ("line 2 was altered",)


def test_an_altered_entry_with_a_new_hash_breaks_the_chain(path: Path) -> None:
    entry = log.entries(path)[1]
    forged = log.Entry(**{**entry.__dict__, "words": "held"})
    change(path, 1, words="held", hash=forged.sealed())
    assert log.verify(path) == ("line 3 does not follow the line before it: one is missing or inserted",)


def test_a_missing_entry_is_found(path: Path) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:1], *lines[2:]]) + "\n")
    assert log.verify(path) == ("line 2 does not follow the line before it: one is missing or inserted",)


def test_an_inserted_entry_is_found(path: Path) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], lines[1], *lines[2:]]) + "\n")
    assert any(finding.startswith("line 3 ") for finding in log.verify(path))


def test_a_half_line_left_by_a_kill_does_not_spoil_the_log(path: Path) -> None:
    whole = path.read_text()
    path.write_text(whole + '{"at": "2021-06')
    log.append(path, "rollback", "current points here again", "2021-06-30-000000000001")
    assert log.verify(path) == ()
    assert [entry.event for entry in log.entries(path)] == ["publish"] * 4 + ["rollback"]


def test_an_event_that_nobody_knows_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="not an event of the log"):
        log.append(path, "guess", "words")
