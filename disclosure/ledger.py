"""Earlier releases: what they showed is known for ever, what they withheld stays withheld."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from disclosure.cells import Scope
from disclosure.register import Figure
from disclosure.system import Definition, from_payload


class LedgerError(ValueError):
    """An earlier release cannot be read; nothing may be published without knowing what it showed."""


@dataclass(frozen=True)
class Earlier:
    """One earlier release, from its published files."""

    release_id: str
    protected: Mapping[str, Any]
    tables: Sequence[Mapping[str, Any]]
    system: Mapping[str, Any]

    @property
    def as_at(self) -> str:
        """The vintage of its own tables."""
        return str(self.protected["header"]["as_at"])

    @property
    def scope(self) -> Scope:
        """Whose counts, about what, as at which day."""
        head = self.protected["header"]
        vintages = [d.scope.as_at for d in self.definitions]
        return Scope(
            head["force"], head["scope"], head["population"], vintages[0] if vintages else head["as_at"]
        )

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """Its tables."""
        return tuple(from_payload(t) for t in self.tables)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The public figures that bound it."""
        return tuple(Figure.read(entry, self.scope) for entry in self.system["release"]["figures"])

    @cached_property
    def shown(self) -> Mapping[str, int]:
        """Every cell it showed, by canonical code, those of releases before it included."""
        hidden = set(self.system["hidden"])
        return {
            c["code"]: c["value"]
            for c in self.system["cells"]
            if c.get("published", True) and c["id"] not in hidden
        }

    @cached_property
    def withheld(self) -> Mapping[str, int]:
        """Every cell it withheld, with the least value that it can have."""
        hidden = set(self.system["hidden"])
        least = 1 if self.system["zeros_published"] else 0
        return {c["code"]: c.get("lower", least) for c in self.system["cells"] if c["id"] in hidden}


def read_earlier(releases: Path) -> tuple[Earlier, ...]:
    """Every release folder, oldest vintage first; staging folders (leading dot) are none.

    Raises:
        LedgerError: a release whose files cannot be read.
    """
    folders = sorted(releases.iterdir()) if releases.is_dir() else []
    return tuple(
        _read(f) for f in folders if f.is_dir() and not f.is_symlink() and not f.name.startswith(".")
    )


def history(earlier: Sequence[Earlier]) -> list[dict[str, Any]]:
    """One entry a release in words: which tables it had and what changed from the one before it."""
    entries = []
    for before, release in zip((None, *earlier), earlier, strict=False):
        titles = [str(t["table_id"]) for t in release.protected["tables"]]
        words = _changes(before, release)
        entries.append(
            {
                "release_id": release.release_id,
                "as_at": release.as_at,
                "tables": titles,
                "what_changed": words,
            }
        )
    return entries


def _read(folder: Path) -> Earlier:
    try:
        content = [
            json.loads((folder / f"{n}.json").read_text("utf-8")) for n in ("protected", "tables", "system")
        ]
    except (OSError, ValueError) as error:
        raise LedgerError(
            f"release {folder.name} cannot be read ({type(error).__name__}): restore it before the next one"
        ) from None
    return Earlier(folder.name, *content)


def _changes(before: Earlier | None, release: Earlier) -> list[str]:
    if before is None:
        return ["First release."]
    old = {t["table_id"]: t for t in before.protected["tables"]}
    new = {t["table_id"]: t for t in release.protected["tables"]}
    words = [f"Table added: {new[t]['title']}." for t in new if t not in old]
    words += [f"Table no longer published: {old[t]['title']}." for t in old if t not in new]
    if before.as_at != release.as_at:
        words.append(f"Figures as at {release.as_at} in place of {before.as_at}.")
    if before.protected["header"]["policy_sha256"] != release.protected["header"]["policy_sha256"]:
        words.append("The disclosure policy changed.")
    revised = [t for t in new if t in old and new[t]["rows"] != old[t]["rows"]]
    words += [f"Figures or groups changed: {new[t]['title']}." for t in revised]
    return words or ["Presentation only."]
