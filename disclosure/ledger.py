"""Earlier releases: what they showed is known for ever, what they withheld stays withheld."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from disclosure.cells import Scope
from disclosure.rates import statements_in
from disclosure.register import Figure
from disclosure.system import Definition, Relation, from_payload

NAMES = ("protected", "tables", "system")


class LedgerError(ValueError):
    """Earlier releases that cannot be trusted: nothing may be published without knowing what they showed.

    The one class that a caller must catch for a missing, partial, altered or unreadable earlier release; the
    message names every folder and what to do, never a count.
    """

    REMEDY = (
        "restore the release from a backup, then refresh again; "
        "see docs/runbook.md, 'An earlier release is missing or altered'"
    )

    def __init__(self, findings: Sequence[str]) -> None:
        """List all findings at once."""
        super().__init__(f"{'; '.join(findings)}: {self.REMEDY}")
        self.findings = tuple(findings)


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

    @property
    def history_entry(self) -> dict[str, Any]:
        """Its name, its day and its tables."""
        titles = [str(table["table_id"]) for table in self.protected["tables"]]
        return {"release_id": self.release_id, "as_at": self.as_at, "tables": titles}

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """Its tables."""
        return tuple(from_payload(t) for t in self.tables)

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The public figures that bound it."""
        return tuple(Figure.read(entry, self.scope) for entry in self.system["release"]["figures"])

    @cached_property
    def statements(self) -> tuple[Relation, ...]:
        """What its rates and medians, and those of releases before it, said about counts."""
        own = statements_in(self.protected)
        before = (Relation.read(entry) for entry in self.system["release"].get("statements", ()))
        return (*(r for one in own for r in one.relations), *before)

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


def read_earlier(releases: Path, published: Collection[str] = ()) -> tuple[Earlier, ...]:
    """Every release folder, withdrawn and pruned ones too; staging folders (leading dot) are none.

    `published` names the releases that were ever published, as far as anything else remembers them: what one
    showed is known to its readers, whether its folder is still there or not.

    Raises:
        LedgerError: releases that are gone, or with a file missing, unreadable, or not the one that their
            manifest names.
    """
    folders = sorted(releases.iterdir()) if releases.is_dir() else []
    own = [f for f in folders if f.is_dir() and not f.is_symlink() and not f.name.startswith(".")]
    gone = sorted(set(published) - {folder.name for folder in own})
    findings = [f"release {name}: its folder is missing, and what it showed stays known" for name in gone]
    findings += [f"release {folder.name}: {text}" for folder in own for text in _damages(folder)]
    if findings:
        raise LedgerError(findings)
    return tuple(Earlier(f.name, *(json.loads((f / f"{n}.json").read_bytes()) for n in NAMES)) for f in own)


def _damages(folder: Path) -> Iterator[str]:
    """What is wrong with the files that say what a release showed."""
    contents: dict[str, Any] = {}
    for name in ("manifest", *NAMES):
        try:
            contents[name] = json.loads((folder / f"{name}.json").read_bytes())
        except OSError:
            yield f"{name}.json is missing"
        except ValueError:
            yield f"{name}.json is no JSON"
    if contents.keys() >= {"manifest", *NAMES}:
        yield from _altered(folder, contents)


def _altered(folder: Path, contents: Mapping[str, Any]) -> Iterator[str]:
    try:
        stated = {name: contents["manifest"]["files"][f"{name}.json"] for name in NAMES}
        earlier = Earlier(folder.name, *(contents[name] for name in NAMES))
        whole = bool(earlier.definitions and earlier.shown and earlier.scope and earlier.history_entry)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        yield "its files do not say what they should"
        return
    for name in NAMES:
        if hashlib.sha256((folder / f"{name}.json").read_bytes()).hexdigest() != stated[name]:
            yield f"{name}.json is not the file that was published"
    if not whole:
        yield "its files do not say what they should"


def history(earlier: Sequence[Earlier]) -> list[dict[str, Any]]:
    """One entry a release in words: which tables it had and what changed from the one before it."""
    pairs = zip((None, *earlier), earlier, strict=False)
    return [{**release.history_entry, "what_changed": _changes(before, release)} for before, release in pairs]


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
