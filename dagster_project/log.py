"""The home's log: append-only, each entry chained to the one before by its hash; it never holds a count."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

EVENTS = ("ingest", "refusal", "hold", "approval", "publish", "rollback", "withdrawal")
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
    """Add one entry, on the disk before this returns; a half line left by a kill is taken away first."""
    if event not in EVENTS:
        raise ValueError(f"{event}: not an event of the log ({', '.join(EVENTS)})")
    path.parent.mkdir(parents=True, exist_ok=True)
    last = next(reversed(list(_sound(path))), None)
    draft = Entry(
        number=last.number + 1 if last else 1,
        at=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        event=event,
        release_id=release_id,
        words=words,
        previous=last.hash if last else START,
        hash="",
    )
    entry = Entry(**{**asdict(draft), "hash": draft.sealed()})
    _write_line(path, json.dumps(asdict(entry), sort_keys=True))
    return entry


def entries(path: Path) -> tuple[Entry, ...]:
    """Every whole entry, oldest first."""
    return tuple(_sound(path))


def verify(path: Path) -> tuple[str, ...]:
    """Name each line that was altered, removed, inserted or cannot be read; empty when the chain holds."""
    findings: list[str] = []
    previous, number = START, 0
    for line_number, line in enumerate(_lines(path), 1):
        entry = _parse(line)
        if entry is None:
            findings.append(f"line {line_number} cannot be read")
            continue
        if entry.hash != entry.sealed():
            findings.append(f"line {line_number} was altered")
        if entry.previous != previous or entry.number != number + 1:
            findings.append(
                f"line {line_number} does not follow the line before it: one is missing or inserted"
            )
        previous, number = entry.hash, entry.number
    return tuple(findings)


def _write_line(path: Path, line: str) -> None:
    with path.open("ab+") as file:
        file.seek(0)
        written = file.read()
        file.truncate(written.rfind(b"\n") + 1)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _parse(line: str) -> Entry | None:
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _sound(path: Path) -> Iterator[Entry]:
    return (entry for line in _lines(path) if (entry := _parse(line)) is not None)
