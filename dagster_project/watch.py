"""What changed in the landing folder since the last look, told once all of it has been still for a tick."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.content import sha256_of
from dagster_project.errors import Stop
from dagster_project.raw import files_of
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from ingest import Landing

Stamp = tuple[int, int]
"""Size and time of change: cheap to look at, and different while somebody writes."""


@dataclass(frozen=True)
class Seen:
    """What earlier looks found: stamps of the last one, and content by sha256 of what was dealt with."""

    last: Mapping[str, Stamp]
    stamps: Mapping[str, Stamp]
    content: Mapping[str, str]
    number: int = 0

    @classmethod
    def read(cls, cursor: str | None) -> Seen:
        """From a sensor's cursor; an empty or foreign one means that nothing was seen yet."""
        try:
            kept = json.loads(cursor or "{}")
            last, stamps = ({k: (v[0], v[1]) for k, v in kept[name].items()} for name in ("last", "stamps"))
            return cls(last, stamps, kept["content"], kept["number"])
        except (KeyError, TypeError, ValueError, IndexError, AttributeError):
            return cls({}, {}, {})

    @property
    def cursor(self) -> str:
        """As a sensor keeps it."""
        kept = {"last": self.last, "stamps": self.stamps, "content": self.content, "number": self.number}
        return json.dumps(kept, sort_keys=True)


@dataclass(frozen=True)
class Look:
    """One look: the names whose content changed, or None while files are still being written."""

    changed: frozenset[str] | None
    seen: Seen


def look(files: Mapping[str, Path], before: Seen) -> Look:
    """Compare the files with what was seen; content is hashed only where a stamp differs.

    A file counts once its stamp was the same in two looks, so half a file starts nothing; whatever else
    changed waits with it, so that a folder that is copied in starts one run.
    """
    now = _stamps(files)
    if now == before.stamps:
        return Look(frozenset(), Seen(now, before.stamps, before.content, before.number))
    if now != before.last:
        return Look(None, Seen(now, before.stamps, before.content, before.number))
    fresh = {name for name in now if now[name] != before.stamps.get(name)}
    content = {name: before.content[name] for name in now if name not in fresh}
    content |= {name: _content(files[name]) for name in fresh}
    if _stamps(files) != now:
        return Look(None, Seen(now, before.stamps, before.content, before.number))
    names = content.keys() | before.content.keys()
    changed = frozenset(name for name in names if content.get(name) != before.content.get(name))
    return Look(changed, Seen(now, now, content, before.number + bool(changed)))


def landing_files(settings: Settings) -> Mapping[str, Path]:
    """Every file beside sources.toml, and every file that it names, wherever that lies."""
    folder = settings.landing
    found = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    landing = _landing(settings)
    if landing is None:
        return found
    named = [path for entry in landing.sources for path in files_of(landing, entry)]
    return {**found, **{str(path.relative_to(landing.root)): path for path in named if path.is_file()}}


def years_of(settings: Settings, changed: Iterable[str]) -> tuple[int, ...] | None:
    """The years that the changed files hold; none of them for a file without an entry; None for all years.

    A file that every year hangs on (sources.toml and what else is no yearly file), one that went away, and
    entries that cannot be read concern all years: the run then says what is wrong.
    """
    landing = _landing(settings)
    if landing is None:
        return None
    years: set[int] = set()
    for name in changed:
        entries = [entry for entry in landing.sources if landing.root / name in files_of(landing, entry)]
        if name.endswith((".toml", "published_figures.csv")) or not (landing.root / name).is_file():
            return None
        years.update(year for entry in entries for year in entry.years.listed())
    return tuple(sorted(years))


def _landing(settings: Settings) -> Landing | None:
    from dagster_project.raw import landing_of

    try:
        return landing_of(settings)
    except (Stop, OSError):
        return None


def _stamps(files: Mapping[str, Path]) -> dict[str, Stamp]:
    """Of the files that are there at this moment."""
    stamps = {}
    for name, path in files.items():
        try:
            stat = path.stat()
        except OSError:
            continue
        stamps[name] = (stat.st_size, stat.st_mtime_ns)
    return stamps


def _content(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return "cannot be read"
