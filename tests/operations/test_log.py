"""The home's log keeps every event in order, and shows when one was touched."""

from __future__ import annotations

import json
from datetime import UTC, datetime
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


def head_of(path: Path) -> Path:
    return path.parent.with_name(".log.head")


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_entries_cut_off_at_the_end_are_found(path: Path, kept: int) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:kept]))
    assert log.verify(path) == ("entries are missing at the end",)


def test_a_log_that_is_gone_altogether_is_found(path: Path) -> None:
    path.unlink()
    assert log.verify(path) == ("entries are missing at the end",)


def test_a_well_sealed_entry_added_at_the_end_is_found(path: Path) -> None:
    last = log.entries(path)[-1]
    forged = log.Entry(5, last.at, "rollback", last.release_id, "forged", last.hash, "")
    sealed = {**forged.__dict__, "hash": forged.sealed()}
    path.write_text(path.read_text() + json.dumps(sealed, sort_keys=True) + "\n")
    assert log.verify(path) == ("entries were added at the end",)
    log.append(path, "publish", "published", "2021-06-30-000000000009")
    assert log.verify(path)


def test_a_whole_chain_sealed_anew_is_found(path: Path) -> None:
    previous, lines = log.START, []
    for entry in log.entries(path):
        forged = log.Entry(**{**entry.__dict__, "words": "forged", "previous": previous, "hash": ""})
        previous = forged.sealed()
        lines.append(json.dumps({**forged.__dict__, "hash": previous}, sort_keys=True))
    path.write_text("\n".join(lines) + "\n")
    assert log.verify(path) == ("entries are missing at the end",)


@pytest.mark.parametrize("kept", [0, 2])
def test_what_was_cut_off_stays_visible_after_further_entries(path: Path, kept: int) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:kept]))
    log.append(path, "rollback", "current points here again", "2021-06-30-000000000001")
    log.append(path, "rollback", "current points here again", "2021-06-30-000000000002")
    assert log.verify(path) == (
        f"line {kept + 1} does not follow the line before it: one is missing or inserted",
    )


def test_a_lost_head_is_found_and_stays_visible(path: Path) -> None:
    head_of(path).unlink()
    assert log.verify(path) == (".log.head is missing: whether entries were cut off is unknown",)
    log.append(path, "rollback", "current points here again", "2021-06-30-000000000001")
    assert log.verify(path) == ("line 5 does not follow the line before it: one is missing or inserted",)


def test_an_entry_that_a_kill_left_in_the_head_alone_is_put_in(path: Path) -> None:
    whole = path.read_text()
    lines = whole.splitlines(keepends=True)
    path.write_text("".join(lines[:-1]) + lines[-1][:20])
    assert log.verify(path)
    log.mend(path)
    assert path.read_text() == whole
    assert log.verify(path) == ()
    log.mend(path)
    assert path.read_text() == whole


def test_a_clock_that_jumps_back_does_not_break_the_chain(path: Path) -> None:
    log.append(path, "publish", "published", "2021-06-30-000000000009", now=datetime(1999, 1, 1, tzinfo=UTC))
    log.append(path, "publish", "published", "2021-06-30-00000000000a")
    assert log.verify(path) == ()
    assert [entry.number for entry in log.entries(path)] == [1, 2, 3, 4, 5, 6]
