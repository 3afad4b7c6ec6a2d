"""The home's log: append-only, each entry chained to the one before by its hash; it never holds a count.

Two files stand beside the log's folder. `.log.head` is the newest entry: an end that was cut off is found by
it. `.log.next` is there only while an entry is being written: what a kill left half done is finished from it,
and is told by it from what somebody cut off. A log that does not verify is not written on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dagster_project.errors import Refused

EVENTS = ("ingest", "refusal", "hold", "approval", "publish", "rollback", "withdrawal", "prune", "key")
START = "0" * 64
REMEDY = "see docs/runbook.md, 'The log does not verify'"


@dataclass(frozen=True)
class Entry:
    """One event: when, what, of which release (empty where of none), in words, and its link in the chain."""

    number: int
    at: str
    event: str
    release_id: str
    words: str
    previous: str
    hash: str

    def sealed(self) -> str:
        """Sha256 over everything but the hash itself."""
        body = {name: value for name, value in asdict(self).items() if name != "hash"}
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def append(path: Path, event: str, words: str, release_id: str = "", now: datetime | None = None) -> Entry:
    """Add one entry, on the disk before this returns; what a kill left of the last one is finished first.

    Raises:
        Refused: the log is not as it was written.
    """
    if event not in EVENTS:
        raise ValueError(f"{event}: not an event of the log ({', '.join(EVENTS)})")
    path.parent.mkdir(parents=True, exist_ok=True)
    mend(path)
    last = _last(path)
    number, previous = (last.number + 1, last.hash) if last else (1, START)
    at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    draft = Entry(number, at, event, release_id, words, previous, hash="")
    entry = replace(draft, hash=draft.sealed())
    _announce(path, entry)
    _finish(path, entry)
    return entry


def mend(path: Path) -> None:
    """Finish the entry that a kill interrupted, if any.

    Raises:
        Refused: the log is not as it was written: going on would bury what was done to it.
    """
    entry = _read(_next_path(path))
    if entry is not None and not _ending(path, _last(path)):
        _finish(path, entry)
    findings = verify(path)
    if findings:
        lines = (f"  {path}: {finding}" for finding in findings)
        raise Refused([f"the log was changed: nothing is written on it; {REMEDY}", *lines])


def _finish(path: Path, entry: Entry) -> None:
    """Bring the announced entry into the log, where it is not there already, and make it the head."""
    last = _last(path)
    if last is None or last.hash != entry.hash:
        _write_line(path, entry)
    _next_path(path).replace(_head_path(path))


def _last(path: Path) -> Entry | None:
    return next(reversed(entries(path)), None)


def _follows(entry: Entry, last: Entry | None) -> bool:
    return (entry.number, entry.previous) == ((last.number + 1, last.hash) if last else (1, START))


def entries(path: Path) -> tuple[Entry, ...]:
    """Every whole entry, oldest first."""
    return tuple(_sound(path))


def verify(path: Path) -> tuple[str, ...]:
    """Name each line that was altered, removed, inserted or cannot be read; empty when the chain holds.

    Entries cut off at the end, or added there by somebody else, are found by the head. An entry that a kill
    left half written is none of these: the next command finishes it.
    """
    findings: list[str] = []
    last: Entry | None = None
    for line_number, line in enumerate(_lines(path), 1):
        entry = _parse(line)
        if entry is None:
            findings.append(f"line {line_number} cannot be read")
            continue
        if entry.hash != entry.sealed():
            findings.append(f"line {line_number} was altered")
        if not _follows(entry, last):
            findings.append(
                f"line {line_number} does not follow the line before it: one is missing or inserted"
            )
        last = entry
    return (*findings, *_ending(path, last))


def _ending(path: Path, last: Entry | None) -> tuple[str, ...]:
    """What is wrong with the end of the log, seen from the newest entry and the one that is being written."""
    head, coming = _read(_head_path(path)), _read(_next_path(path))
    if coming is not None and _follows(coming, head):
        # Before its line was written, or after.
        return () if last in (head, coming) else ("entries are missing at the end",)
    if head is None:
        missing = f"{_head_path(path).name} is missing: whether entries were cut off is unknown"
        return (missing,) if last else ()
    if last is not None and last.hash == head.hash:
        return ()
    added = last is not None and last.number > head.number
    return ("entries were added at the end" if added else "entries are missing at the end",)


def _head_path(path: Path) -> Path:
    return path.parent.with_name(f".{path.parent.name}.head")


def _next_path(path: Path) -> Path:
    return path.parent.with_name(f".{path.parent.name}.next")


def _read(place: Path) -> Entry | None:
    return _parse(place.read_text(encoding="utf-8", errors="replace")) if place.exists() else None


def _announce(path: Path, entry: Entry) -> None:
    """Say whole, on the disk, which entry comes: from here on a kill can be told from a cut."""
    place = _next_path(path)
    draft = place.with_name(place.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(entry), sort_keys=True))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_line(path: Path, entry: Entry) -> None:
    with path.open("ab+") as file:
        file.seek(0)
        written = file.read()
        file.truncate(written.rfind(b"\n") + 1)
        file.write(json.dumps(asdict(entry), sort_keys=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> list[str]:
    """The lines; without the half one at the end that a kill left and the next command writes whole."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    whole = text[: text.rfind("\n") + 1] if _next_path(path).exists() else text
    return whole.splitlines()


def _parse(line: str) -> Entry | None:
    try:
        entry = Entry(**json.loads(line))
        return entry if isinstance(entry.number, int) else None
    except (ValueError, TypeError):
        return None


def _sound(path: Path) -> Iterator[Entry]:
    return (entry for line in _lines(path) if (entry := _parse(line)) is not None)
