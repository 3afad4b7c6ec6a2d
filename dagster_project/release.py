"""Protected tables to a published release: an immutable folder, and a pointer switched in one step."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project import log
from dagster_project.errors import BadInput, Refused
from dagster_project.gates import open_gate_out
from dagster_project.settings import Settings, fenced_environment

if TYPE_CHECKING:
    from expectations import PrivateFacts

PUBLIC = ("protected.json", "tables.json", "system.json", "certificate.json", "history.json")
IDENTITY = ("protected", "tables", "system")
STAGING = ".staging-"


@dataclass(frozen=True)
class Outcome:
    """How a publication ended: `published`, `held` or `unchanged`, and of which release."""

    status: str
    release_id: str


@dataclass(frozen=True)
class Listed:
    """One known release: `current`, `published`, `held` or `withdrawn`."""

    release_id: str
    state: str


def publish(settings: Settings, private: PrivateFacts, published_on: str | None, hold: bool) -> Outcome:
    """Judge the candidate's very bytes, build a release of them beside the others, switch the pointer.

    Equal content is never published twice, so that a schedule cannot undo a rollback or a withdrawal.

    Raises:
        Refused: gate 2, the scanner or a build step refused; nothing is left behind, the old release stays.
    """
    recover(settings)
    with _staging(settings) as staging:
        candidate = staging / "protected"
        shutil.copytree(settings.protected, candidate)
        open_gate_out(settings, candidate, private)
        release_id = identity(candidate)
        if _known(settings, release_id):
            return Outcome("unchanged", release_id)
        folder = staging / release_id
        _make(settings, staging, folder, published_on)
        _refuse_leaks(settings, folder, private.strings)
        _write_manifest(folder, release_id, published_on)
        _settle(folder)
        return _place(settings, folder, hold or _needs_approval(settings))


def identity(candidate: Path) -> str:
    """As-at date and 12 hex digits of what is published: tables, system and the site's own version."""
    from dashboards import site_version

    content: dict[str, Any] = {name: _read_json(candidate / f"{name}.json") for name in IDENTITY}
    content["site_version"] = site_version()
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    as_at: str = content["protected"]["header"]["as_at"]
    return f"{as_at}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def withheld_cells(release: Path) -> int:
    """How many different cells of a release say [c]: its readers can count them too."""
    tables = _read_json(release / "protected.json")["tables"]
    return len({row["cell"] for table in tables for row in table["rows"] if row["marker"] == "c"})


def table_ids(release: Path) -> tuple[str, ...]:
    """The tables of a release, in its order."""
    return tuple(table["table_id"] for table in _read_json(release / "protected.json")["tables"])


def dropped_tables(release: Path) -> tuple[tuple[str, str], ...]:
    """Tables that could not be proven and why, in words."""
    return tuple(
        (table["table_id"], table["reason"]) for table in _read_json(release / "protected.json")["dropped"]
    )


def current_id(settings: Settings) -> str | None:
    """The release that is served, if any: a withdrawn one is not."""
    if not settings.current.is_symlink():
        return None
    target = settings.current.readlink()
    return target.name if target.parent.name == settings.releases.name else None


def recover(settings: Settings) -> None:
    """Finish what a kill interrupted between placing a complete release and pointing at it; delete nothing.

    Such a release passed the gate and is whole, but has no `publish` entry in the log. A pointer that is gone
    altogether is put back to what was served last.
    """
    logged = {entry.release_id for entry in log.entries(settings.log) if entry.event == "publish"}
    unlogged = [name for name in _published_ids(settings) if name not in logged]
    for name in unlogged:
        log.append(settings.log, "publish", "found whole after an interruption", name)
    if len(unlogged) == 1 or not settings.current.exists():
        _serve_last(settings)


def _serve_last(settings: Settings) -> None:
    may_be_served = set(_published_ids(settings)) - _withdrawn(settings)
    pointed = (entry for entry in log.entries(settings.log) if entry.event in ("publish", "rollback"))
    served = [entry.release_id for entry in pointed if entry.release_id in may_be_served]
    if served:
        _switch(settings, Path(settings.releases.name) / served[-1])


def approve(settings: Settings, release_id: str) -> None:
    """Publish a held release.

    Raises:
        BadInput: no such release is held.
        Refused: another release was published since it was judged, so that it must be judged again.
    """
    folder = settings.held / release_id
    if not folder.is_dir():
        raise BadInput((f"{release_id}: no release of this name is held; `misconduct releases` lists them",))
    if _read_json(folder.parent / f"{release_id}.json")["beside"] != _published_ids(settings):
        raise Refused(
            (f"{release_id} was judged before the newest release: withdraw it, then refresh again",)
        )
    log.append(settings.log, "approval", "approved by a person", release_id)
    folder.replace(settings.releases / release_id)
    _forget_held(settings, release_id)
    _switch(settings, Path(settings.releases.name) / release_id)
    log.append(settings.log, "publish", "published after approval", release_id)


def rollback(settings: Settings, release_id: str) -> None:
    """Point current at an older release; nothing leaves the attacker's knowledge by it.

    Raises:
        BadInput: no such release was published.
        Refused: it was withdrawn.
    """
    if release_id not in _published_ids(settings):
        raise BadInput(
            (f"{release_id}: no published release has this name; `misconduct releases` lists them",)
        )
    if release_id in _withdrawn(settings):
        raise Refused((f"{release_id} was withdrawn: it is never served again; refresh makes a new one",))
    _switch(settings, Path(settings.releases.name) / release_id)
    log.append(settings.log, "rollback", "current points here again", release_id)


def withdraw(settings: Settings, release_id: str, reason: str) -> None:
    """Stop serving a release for good: a notice stands at its address, and at once where it is current.

    Its figures stay in the attacker's knowledge: whoever read them can combine them with later ones.

    Raises:
        BadInput: no such release is known.
    """
    known = [*_published_ids(settings), *_held_ids(settings)]
    if release_id not in known:
        raise BadInput((f"{release_id}: no release has this name; `misconduct releases` lists them",))
    if release_id in _held_ids(settings):
        shutil.rmtree(settings.held / release_id)
        _forget_held(settings, release_id)
    log.append(settings.log, "withdrawal", reason, release_id)
    notice = _write_notice(settings, release_id, reason)
    if current_id(settings) == release_id:
        _switch(settings, notice.relative_to(settings.home))


def listed(settings: Settings) -> tuple[Listed, ...]:
    """Every release that is published, held or withdrawn, by name."""
    current, withdrawn = current_id(settings), _withdrawn(settings)
    states = dict.fromkeys(_published_ids(settings), "published")
    states.update(dict.fromkeys(_held_ids(settings), "held"))
    states.update(dict.fromkeys(withdrawn & states.keys(), "withdrawn"))
    states.update({name: "current" for name in states if name == current})
    return tuple(Listed(name, states[name]) for name in sorted(states))


def release_folder(settings: Settings, release_id: str) -> Path:
    """Where a published or held release lies.

    Raises:
        BadInput: there is none of this name.
    """
    for parent in (settings.releases, settings.held):
        if (parent / release_id / "manifest.json").exists():
            return parent / release_id
    raise BadInput((f"{release_id}: no release has this name; `misconduct releases` lists them",))


def difference(older: Path, newer: Path) -> tuple[str, ...]:
    """What differs between two releases, from their published files: tables, and rows by their words."""
    before, after = _published_rows(older), _published_rows(newer)
    gone = [f"no longer published: {table}" for table in before if table not in after]
    new = [f"new: {table}" for table in after if table not in before]
    changed = [
        f"{table}: {_words(row)}: {_shown(before[table].get(row))} -> {_shown(after[table].get(row))}"
        for table in after
        if table in before
        for row in sorted(before[table].keys() | after[table].keys())
        if before[table].get(row) != after[table].get(row)
    ]
    return (*gone, *new, *changed)


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    for left in settings.releases.glob(STAGING + "*"):
        shutil.rmtree(left)
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=settings.releases))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _make(settings: Settings, staging: Path, folder: Path, published_on: str | None) -> None:
    candidate = staging / "protected"
    _fenced(settings, staging, "disclosure.certificate", str(candidate), "--release-id", folder.name)
    day = ["--published-on", published_on] if published_on else []
    build = ["build", "--protected", str(candidate), "--release-id", folder.name, "--out", str(folder), *day]
    _fenced(settings, staging, "dashboards", *build)
    for name in PUBLIC:
        shutil.copyfile(candidate / name, folder / name)


def _fenced(settings: Settings, staging: Path, module: str, *arguments: str) -> None:
    real_data = settings.environ.get("MISCONDUCT_REAL_DATA")
    private = json.dumps([str(settings.home), str(settings.landing), *([real_data] if real_data else [])])
    command = [
        sys.executable,
        "-P",
        "-m",
        "dagster_project.fenced",
        private,
        str(staging),
        module,
        *arguments,
    ]
    done = subprocess.run(
        command, cwd=staging, env=fenced_environment(settings), capture_output=True, text=True, check=False
    )
    if done.returncode:
        (settings.build / f"{module}.log").write_text(done.stderr, encoding="utf-8")
        log.append(settings.log, "refusal", f"{module} failed")
        raise Refused((f"`python -m {module} {arguments[0]}` failed: see {settings.build / module}.log",))


def _refuse_leaks(settings: Settings, folder: Path, strings: Collection[str]) -> None:
    from expectations.scanner import scan

    leaks = scan(folder, strings)
    if leaks:
        log.append(settings.log, "refusal", "scanner: " + ", ".join(sorted({leak.file for leak in leaks})))
        lines = [
            f"  {leak.file}: {leak.surface}: see docs/runbook.md, 'The scanner refuses'" for leak in leaks
        ]
        raise Refused(["the scanner found private text in the built release: nothing was published", *lines])


def _write_manifest(folder: Path, release_id: str, published_on: str | None) -> None:
    from dashboards import site_version

    files = {
        str(path.relative_to(folder)): _sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }
    manifest = {"release_id": release_id, "site_version": site_version(), "files": files}
    manifest |= {"published_on": published_on} if published_on else {}
    text = json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _place(settings: Settings, folder: Path, hold: bool) -> Outcome:
    release_id = folder.name
    if hold:
        settings.held.mkdir(exist_ok=True)
        beside = json.dumps({"beside": _published_ids(settings)})
        (settings.held / f"{release_id}.json").write_text(beside, encoding="utf-8")
        folder.replace(settings.held / release_id)
        log.append(settings.log, "hold", "waits for approval", release_id)
        return Outcome("held", release_id)
    folder.replace(settings.releases / release_id)
    _sync(settings.releases)
    _switch(settings, Path(settings.releases.name) / release_id)
    log.append(settings.log, "publish", "published", release_id)
    return Outcome("published", release_id)


def _switch(settings: Settings, target: Path) -> None:
    """Readers see the old or the new release, never neither."""
    draft = settings.home / ".current.new"
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(settings.current)
    _sync(settings.home)


def _write_notice(settings: Settings, release_id: str, reason: str) -> Path:
    from dashboards import write_withdrawal_notice

    folder = settings.home / "withdrawn" / release_id
    write_withdrawal_notice(folder / "site", release_id, reason)
    return folder


def _settle(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _needs_approval(settings: Settings) -> bool:
    from disclosure.policy import Policy

    return Policy.read(settings.policy).approval == "required"


def _known(settings: Settings, release_id: str) -> bool:
    return release_id in _published_ids(settings) or release_id in _held_ids(settings)


def _published_ids(settings: Settings) -> list[str]:
    return _complete(settings.releases)


def _held_ids(settings: Settings) -> list[str]:
    return _complete(settings.held)


def _complete(parent: Path) -> list[str]:
    return sorted(p.parent.name for p in parent.glob("*/manifest.json") if not p.parent.name.startswith("."))


def _forget_held(settings: Settings, release_id: str) -> None:
    (settings.held / f"{release_id}.json").unlink(missing_ok=True)


def _withdrawn(settings: Settings) -> set[str]:
    return {entry.release_id for entry in log.entries(settings.log) if entry.event == "withdrawal"}


def _published_rows(release: Path) -> dict[str, dict[tuple[str, ...], tuple[str, str]]]:
    tables = _read_json(release / "protected.json")["tables"]
    return {table["table_id"]: {_key(table, row): _figure(row) for row in table["rows"]} for table in tables}


def _key(table: dict[str, Any], row: dict[str, Any]) -> tuple[str, ...]:
    names = [dimension["name"] for dimension in table["dimensions"] if dimension["name"] != "recorded_year"]
    return (
        f"{row['year_from']}-{row['year_to']}",
        *(f"{name} {row[name]}" for name in names),
        row["measure"],
    )


def _figure(row: dict[str, Any]) -> tuple[str, str]:
    value, marker = row["value"], row["marker"]
    return (f"[{marker}]" if value is None else str(value), row["notes"])


def _words(row: tuple[str, ...]) -> str:
    return ", ".join(row)


def _shown(figure: tuple[str, str] | None) -> str:
    return "absent" if figure is None else " ".join(part for part in figure if part)


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
