"""The home's log: append-only, each entry chained to the one before by its hash; it never holds a count.

The newest entry also stands beside the log's folder, written before the log itself: an end that was
cut off is found by it, and an entry that a kill left half written is put in.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

EVENTS = ("ingest", "refusal", "hold", "approval", "publish", "rollback", "withdrawal", "prune")
START = "0" * 64


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
    """Add one entry, on the disk before this returns; what a kill left of the last one is mended first."""
    if event not in EVENTS:
        raise ValueError(f"{event}: not an event of the log ({', '.join(EVENTS)})")
    path.parent.mkdir(parents=True, exist_ok=True)
    mend(path)
    number, previous = _next(path)
    at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    draft = Entry(number, at, event, release_id, words, previous, hash="")
    entry = replace(draft, hash=draft.sealed())
    _write_head(path, entry)
    _write_line(path, entry)
    return entry


def mend(path: Path) -> None:
    """Write the newest entry into the log where a kill came before its line was whole; else do nothing."""
    head = _head(path)
    if head is not None and _follows(head, next(reversed(entries(path)), None)):
        _write_line(path, head)


def _next(path: Path) -> tuple[int, str]:
    """Number and link of the next entry: after the head, whatever somebody did to the log."""
    head, last = _head(path), next(reversed(entries(path)), None)
    if head is not None:
        return head.number + 1, head.hash
    # Without its head nobody knows how many entries were cut off: the gap stays visible for ever.
    return (last.number + 2, last.hash) if last else (1, START)


def _follows(entry: Entry, last: Entry | None) -> bool:
    return (entry.number, entry.previous) == ((last.number + 1, last.hash) if last else (1, START))


def entries(path: Path) -> tuple[Entry, ...]:
    """Every whole entry, oldest first."""
    return tuple(_sound(path))


def verify(path: Path) -> tuple[str, ...]:
    """Name each line that was altered, removed, inserted or cannot be read; empty when the chain holds.

    Entries cut off at the end, or added there by somebody else, are found by the head.
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
    return (*findings, *_end(path, last))


def _end(path: Path, last: Entry | None) -> tuple[str, ...]:
    head = _head(path)
    if head is None:
        missing = f"{_head_path(path).name} is missing: whether entries were cut off is unknown"
        return (missing,) if last else ()
    if last is not None and last.hash == head.hash:
        return ()
    added = last is not None and last.number > head.number
    return ("entries were added at the end" if added else "entries are missing at the end",)


def _head_path(path: Path) -> Path:
    return path.parent.with_name(f".{path.parent.name}.head")


def _head(path: Path) -> Entry | None:
    place = _head_path(path)
    return _parse(place.read_text(encoding="utf-8", errors="replace")) if place.exists() else None


def _write_head(path: Path, entry: Entry) -> None:
    place = _head_path(path)
    draft = place.with_name(place.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(entry), sort_keys=True))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)


def _write_line(path: Path, entry: Entry) -> None:
    with path.open("ab+") as file:
        file.seek(0)
        written = file.read()
        file.truncate(written.rfind(b"\n") + 1)
        file.write(json.dumps(asdict(entry), sort_keys=True).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def _parse(line: str) -> Entry | None:
    try:
        entry = Entry(**json.loads(line))
        return entry if isinstance(entry.number, int) else None
    except (ValueError, TypeError):
        return None


def _sound(path: Path) -> Iterator[Entry]:
    return (entry for line in _lines(path) if (entry := _parse(line)) is not None)
