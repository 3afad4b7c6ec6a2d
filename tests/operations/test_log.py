"""The home's log keeps every event in order, and shows when one was touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project import log
from dagster_project.errors import Refused


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


def test_a_whole_chain_sealed_anew_is_found(path: Path) -> None:
    previous, lines = log.START, []
    for entry in log.entries(path):
        forged = log.Entry(**{**entry.__dict__, "words": "forged", "previous": previous, "hash": ""})
        previous = forged.sealed()
        lines.append(json.dumps({**forged.__dict__, "hash": previous}, sort_keys=True))
    path.write_text("\n".join(lines) + "\n")
    assert log.verify(path) == ("entries are missing at the end",)


def without(path: Path, number: int) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:number] + lines[number + 1 :]))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: change(path, 1, words="held"),
        lambda path: without(path, 0),
        lambda path: without(path, 3),
        lambda path: path.write_text(""),
        lambda path: path.unlink(),
        lambda path: path.write_text(path.read_text() + '{"at": "2021-06'),
        lambda path: head_of(path).unlink(),
    ],
    ids=["altered", "first gone", "last gone", "emptied", "deleted", "half a line", "head gone"],
)
def test_a_log_that_was_changed_is_not_written_on(path: Path, damage: Callable[[Path], None]) -> None:
    damage(path)
    before, findings = path.read_bytes() if path.exists() else None, log.verify(path)
    assert findings
    with pytest.raises(Refused, match="'The log does not verify'"):
        log.append(path, "rollback", "current points here again", "2021-06-30-000000000001")
    with pytest.raises(Refused):
        log.mend(path)
    assert (path.read_bytes() if path.exists() else None) == before
    assert log.verify(path) == findings


def test_a_log_put_back_from_a_copy_is_written_on(path: Path) -> None:
    whole = path.read_text()
    without(path, 3)
    with pytest.raises(Refused):
        log.mend(path)
    path.write_text(whole)
    log.append(path, "rollback", "current points here again", "2021-06-30-000000000001")
    assert log.verify(path) == ()


class Killed(BaseException):
    """Ends an entry at some point, as a kill does."""


@pytest.mark.parametrize("written", [None, 0, 20, 10**6], ids=["nothing", "no line", "half a line", "whole"])
@pytest.mark.parametrize("earlier", [0, 4])
def test_an_entry_that_a_kill_interrupted_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: int, written: int | None
) -> None:
    place = tmp_path / "log" / "log.jsonl"
    for number in range(earlier):
        log.append(place, "publish", "published", f"2021-06-30-{number:012x}")

    def dies(path: Path, entry: log.Entry) -> None:
        line = json.dumps(entry.__dict__, sort_keys=True) + "\n"
        with path.open("a") as file:
            file.write(line[:written])
        raise Killed

    at, by = ("_announce", kill) if written is None else ("_write_line", dies)
    with monkeypatch.context() as patch:
        patch.setattr(log, at, by)
        with pytest.raises(Killed):
            log.append(place, "rollback", "current points here again", "2021-06-30-000000000001")
    assert log.verify(place) == ()
    log.mend(place)
    events = ["publish"] * earlier + ["rollback"] * (written is not None)
    assert [entry.event for entry in log.entries(place)] == events
    whole = place.read_text() if place.exists() else ""
    log.mend(place)
    assert (place.read_text() if place.exists() else "") == whole
    log.append(place, "publish", "published", "2021-06-30-000000000009")
    assert log.verify(place) == ()


def kill(path: Path, entry: log.Entry) -> None:
    raise Killed


def test_a_kill_between_line_and_head_is_no_finding(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken twin of a log that knows its newest entry only: there a cut and a kill look the same."""
    replace = Path.replace

    def dies(self: Path, target: Path) -> Path:
        if self.name == ".log.next":
            raise Killed
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dies)
        with pytest.raises(Killed):
            log.append(path, "rollback", "current points here again", "2021-06-30-000000000001")
    assert log.verify(path) == ()
    without(path, 3)
    assert log.verify(path)
    with pytest.raises(Refused):
        log.mend(path)


def test_a_clock_that_jumps_back_does_not_break_the_chain(path: Path) -> None:
    log.append(path, "publish", "published", "2021-06-30-000000000009", now=datetime(1999, 1, 1, tzinfo=UTC))
    log.append(path, "publish", "published", "2021-06-30-00000000000a")
    assert log.verify(path) == ()
    assert [entry.number for entry in log.entries(path)] == [1, 2, 3, 4, 5, 6]
