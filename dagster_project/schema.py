"""The columns of the released tables: they change only with a new version, and the change is announced."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_project.errors import Refused

VERSION = 1
"""Raise it with every change of a released table's columns, and tell readers in CHANGELOG.md."""

Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Schema:
    """The columns of each table, name and type in order, their version, and what is announced about it."""

    version: int
    tables: Mapping[str, Columns]
    announcement: tuple[str, ...] = field(default=())

    @classmethod
    def of_release(cls, release: Path) -> Schema | None:
        """What the manifest of a release says, or None where it says nothing of it."""
        stated = json.loads((release / "manifest.json").read_text(encoding="utf-8")).get("schema")
        if stated is None:
            return None
        tables = {name: tuple((c, kind) for c, kind in pairs) for name, pairs in stated["tables"].items()}
        return cls(stated["version"], tables, tuple(stated["announcement"]))

    def to_json(self) -> dict[str, Any]:
        """As it stands in the manifest."""
        return {"version": self.version, "tables": self.tables, "announcement": self.announcement}

    def changes_since(self, before: Schema) -> tuple[str, ...]:
        """What is different in the tables that both have, in words. A table more or less is no change."""
        now, then = self.tables, before.tables
        both = sorted(now.keys() & then.keys())
        return tuple(f"{table}: {words}" for table in both for words in _changes(then[table], now[table]))


def released_schema(candidate: Path, releases: Path, order: Sequence[str], version: int = VERSION) -> Schema:
    """The schema of a candidate, held against those of the releases so far, oldest first.

    Raises:
        Refused: columns differ from a release of the same version, or that version was left behind.
    """
    mine = Schema(version, _columns(candidate))
    earlier = [schema for name in order if (schema := _of(releases / name))]
    newest = max((schema.version for schema in earlier), default=version)
    changes = [c for s in earlier if s.version == version for c in mine.changes_since(s)]
    if version < newest:
        changes.append(f"version {newest} was released before: {version} would go back")
    if changes:
        remedy = "raise VERSION in dagster_project/schema.py and tell readers in CHANGELOG.md, or undo it"
        headline = f"the columns of released tables changed, but not their schema version ({version})"
        raise Refused([headline, *(f"  {change}" for change in dict.fromkeys(changes)), f"  {remedy}"])
    if version == newest:
        return mine
    return Schema(version, mine.tables, (_announcement(mine, earlier[-1]),))


def announce(candidate: Path, releases: Path, schema: Schema) -> None:
    """Put the announcements of all releases into the words of `history.json`, which the release log shows.

    The newest release has no entry there, so that its announcement stands below the one before it.
    """
    path = candidate / "history.json"
    history = json.loads(path.read_text(encoding="utf-8"))
    for entry in history:
        own = _of(releases / entry["release_id"])
        entry["what_changed"] += own.announcement if own else ()
    if history:
        history[-1]["what_changed"] += (f"Since then: {words}" for words in schema.announcement)
    text = json.dumps(history, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _announcement(now: Schema, before: Schema) -> str:
    changes = "; ".join(now.changes_since(before)) or "no table of both releases differs"
    return f"The columns of the files are of schema version {now.version}: {changes}."


def _of(release: Path) -> Schema | None:
    return Schema.of_release(release) if (release / "manifest.json").exists() else None


def _columns(candidate: Path) -> dict[str, Columns]:
    from dashboards.columns import columns
    from dashboards.model import read_release

    tables = read_release(candidate, "", None).tables.items()
    return {name: tuple((column.name, column.kind) for column in columns(table)) for name, table in tables}


def _changes(before: Columns, after: Columns) -> Iterator[str]:
    old, new = dict(before), dict(after)
    yield from (f"column {name} added" for name in new if name not in old)
    yield from (f"column {name} taken away" for name in old if name not in new)
    both = [name for name in new if name in old]
    yield from (f"column {name} is {new[name]}, was {old[name]}" for name in both if new[name] != old[name])
    if before != after and old == new:
        yield "columns in another order"
