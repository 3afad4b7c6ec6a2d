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
from typing import TYPE_CHECKING, Any, NoReturn

from dagster_project import imprint, log
from dagster_project.content import sha256_of
from dagster_project.errors import BadInput, Refused
from dagster_project.gates import open_gate_out
from dagster_project.imprint import Imprint
from dagster_project.schema import Schema, announce, released_schema
from dagster_project.settings import Settings, fenced_environment
from dagster_project.verification import differing

if TYPE_CHECKING:
    from expectations import PrivateFacts

PUBLIC = ("protected.json", "tables.json", "system.json", "certificate.json", "history.json")
IDENTITY = ("protected", "tables", "system")
LEDGER = frozenset({*PUBLIC, "manifest.json"})
"""What stays of a pruned release: all that it showed, so that later ones are protected against it."""
LOST = "restore it from a backup; see docs/runbook.md, 'An earlier release is missing or altered'"
STAGING, FALLING = ".staging-", ".falling-"
ENDS_WITHIN_S = 3600
"""A process of a release that lasts longer hangs: the largest systems are proven in minutes."""
DOES = {"disclosure.certificate": "proving the release", "dashboards": "building the site"}


@dataclass(frozen=True)
class Outcome:
    """How a publication ended: `published`, `held` or `unchanged`, and of which release."""

    status: str
    release_id: str


@dataclass(frozen=True)
class Listed:
    """One known release: `current`, `published`, `held`, `withdrawn` or `pruned`."""

    release_id: str
    state: str


def publish(settings: Settings, private: PrivateFacts, published_on: str | None, hold: bool) -> Outcome:
    """Judge the candidate's very bytes, build a release of them beside the others, switch the pointer.

    Equal content is never published twice, so that a schedule cannot undo a rollback or a withdrawal.

    Raises:
        Refused: gate 2, the scanner or a build step refused; nothing is left behind, the old release stays.
        BadInput: the day of publication or the address of the site is none.
    """
    said = imprint.chosen(settings, published_on)
    recover(settings)
    with _staging(settings) as staging:
        candidate = staging / "protected"
        shutil.copytree(settings.protected, candidate)
        schema = released_schema(candidate, settings.releases, ever_published(settings))
        announce(candidate, settings.releases, schema)
        open_gate_out(settings, candidate, private)
        release_id = identity(candidate)
        if _known(settings, release_id):
            return Outcome("unchanged", release_id)
        folder = staging / release_id
        _make(settings, staging, folder, said)
        _refuse_leaks(settings, folder, private.strings)
        _write_manifest(folder, said, schema)
        _settle(folder)
        return _place(settings, folder, hold or _needs_approval(settings), schema)


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


def standing_blocks(release: Path) -> tuple[str, ...]:
    """The blocks (a table's years, bands or total) that stand as an earlier release showed them, by name.

    One line for each table and day.
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for table in json.loads((release / "tables.json").read_text(encoding="utf-8")):
        for block, label in sorted(table["key"].get("held", {}).items()):
            alike.setdefault((table["table_id"], label.partition("#")[0]), []).append(block)
    return tuple(f"{table_id}: {', '.join(found)}, as at {day}" for (table_id, day), found in alike.items())


def current_id(settings: Settings) -> str | None:
    """The release that is served, if any: a withdrawn one is not."""
    if not settings.current.is_symlink():
        return None
    target = settings.current.readlink()
    return target.name if target.parent.name == settings.releases.name else None


def recover(settings: Settings) -> None:
    """Finish what a kill interrupted, as the log tells it: the entry is written first, the deed follows.

    A complete release without its entry passed the gate and is whole: it gets the entry. `current` is put
    where the log says that it points, and what was pruned falls. Nothing else is deleted.
    """
    log.mend(settings.log)
    for name in _unlogged(settings):
        log.append(settings.log, "publish", "found whole after an interruption", name)
    for name, reason in _withdrawals(settings).items():
        _write_notice(settings, name, reason)
    target = _pointed(settings)
    if target is not None and not _points_to(settings, target):
        _switch(settings, target)
    _fall(settings)


def unexplained(settings: Settings) -> tuple[str, ...]:
    """What the home holds or serves although its log does not say so, and what it lacks."""
    there, logged = _published_ids(settings), ever_published(settings)
    found = [f"{name} is published, but the log does not say so" for name in sorted({*there} - {*logged})]
    gone = [name for name in logged if name not in there]
    found += [f"{name} was published, but its folder is missing or not whole: {LOST}" for name in gone]
    target = _pointed(settings)
    served = settings.current.is_symlink() and current_id(settings) not in gone
    if served and (target is None or not _points_to(settings, target)):
        found.append(f"current points to {settings.current.readlink()}, but the log does not say so")
    return tuple(found)


def _unlogged(settings: Settings) -> list[str]:
    """Complete releases without an entry; what is served comes last, so that it stays served.

    A copy of a release that somebody left under another name is none.
    """
    served, new = current_id(settings), set(_published_ids(settings)) - set(ever_published(settings))
    own = (name for name in new if _names_itself(settings.releases / name))
    return sorted(own, key=lambda name: (name == served, name))


def _names_itself(folder: Path) -> bool:
    try:
        return bool(_read_json(folder / "manifest.json")["release_id"] == folder.name)
    except (ValueError, KeyError, TypeError):
        return False


def ever_published(settings: Settings) -> list[str]:
    """Releases in the order of their publication, as the log tells, whether their folder is there or not."""
    entries = log.entries(settings.log)
    return list(dict.fromkeys(entry.release_id for entry in entries if entry.event == "publish"))


def _pointed(settings: Settings) -> Path | None:
    """Where the log says that current points, relative to the home."""
    there, pointed = set(_published_ids(settings)), None
    for entry in log.entries(settings.log):
        if entry.event in ("publish", "rollback") and entry.release_id in there:
            pointed = Path(settings.releases.name) / entry.release_id
        elif entry.event == "withdrawal" and pointed and pointed.name == entry.release_id:
            pointed = Path(settings.withdrawn.name) / entry.release_id
    return pointed


def _points_to(settings: Settings, target: Path) -> bool:
    return settings.current.is_symlink() and settings.current.readlink() == target


def approve(settings: Settings, release_id: str) -> None:
    """Publish a held release, if it is what was judged and nothing came between.

    Raises:
        BadInput: no such release is held.
        Refused: its files, the policy or the releases before it are no longer what they were.
    """
    if release_id not in _held_ids(settings):
        raise BadInput((f"{release_id}: no release of this name is held; `misconduct releases` lists them",))
    folder = settings.held / release_id
    changes = [*_come_between(settings, release_id), *(differing(folder) or _other_policy(settings, folder))]
    if changes:
        log.append(settings.log, "refusal", "approval: it is not what was judged", release_id)
        headline = f"{release_id} is not what was judged: withdraw it, then refresh again"
        raise Refused([headline, *(f"  {change}" for change in changes)])
    log.append(settings.log, "approval", "approved by a person", release_id)
    folder.replace(settings.releases / release_id)
    _sync(settings.releases)
    log.append(settings.log, "publish", "published after approval", release_id)
    _switch(settings, Path(settings.releases.name) / release_id)
    _forget_held(settings, release_id)


def _come_between(settings: Settings, release_id: str) -> Iterator[str]:
    """How the releases differ from those that a held one was judged beside."""
    beside, there = settings.held / f"{release_id}.json", set(_published_ids(settings))
    if not beside.exists():
        yield f"held/{beside.name} is missing: nobody knows beside which releases it was judged"
        return
    before = set(_read_json(beside)["beside"])
    yield from (f"{name} was published since" for name in sorted(there - before))
    yield from (f"{name} was published before, and is missing: {LOST}" for name in sorted(before - there))


def _other_policy(settings: Settings, folder: Path) -> list[str]:
    same = _read_json(folder / "protected.json")["header"]["policy_sha256"] == sha256_of(settings.policy)
    return [] if same else ["disclosure/policy.toml was changed since"]


def rollback(settings: Settings, release_id: str) -> None:
    """Point current at an older release; nothing leaves the attacker's knowledge by it.

    Raises:
        BadInput: no such release was published.
        Refused: it was withdrawn or pruned, or is not what was published.
    """
    if release_id not in _published_ids(settings):
        raise BadInput(
            (f"{release_id}: no published release has this name; `misconduct releases` lists them",)
        )
    if release_id in _withdrawals(settings):
        raise Refused((f"{release_id} was withdrawn: it is never served again; refresh makes a new one",))
    if release_id in _named(settings, "prune"):
        raise Refused((f"{release_id} was pruned: its pages and files are gone, its figures stay known",))
    changes = differing(settings.releases / release_id)
    if changes:
        headline = f"{release_id} is not what was published: restore its folder from a backup, then try again"
        raise Refused([headline, *(f"  {change}" for change in changes)])
    log.append(settings.log, "rollback", "current points here again", release_id)
    _switch(settings, Path(settings.releases.name) / release_id)


def withdraw(settings: Settings, release_id: str, reason: str) -> None:
    """Stop serving a release for good: a notice stands at its address, and at once where it is current.

    Its figures stay in the attacker's knowledge: whoever read them can combine them with later ones.

    Raises:
        BadInput: no such release is known.
        Refused: it was withdrawn before.
    """
    held = release_id in _held_ids(settings)
    if not held and release_id not in _published_ids(settings):
        raise BadInput((f"{release_id}: no release has this name; `misconduct releases` lists them",))
    if not held and release_id in _withdrawals(settings):
        raise Refused((f"{release_id} was withdrawn before: its notice stands",))
    log.append(settings.log, "withdrawal", reason, release_id)
    if held:
        shutil.rmtree(settings.held / release_id)
        _forget_held(settings, release_id)
        return
    _write_notice(settings, release_id, reason)
    if current_id(settings) == release_id:
        _switch(settings, Path(settings.withdrawn.name) / release_id)


def prune(settings: Settings, keep: int) -> tuple[str, ...]:
    """Take the pages and files of all but the newest releases away; name those that went.

    The current release stays whatever its age. All that the others showed is kept: it is known for ever.
    """
    there, gone = set(_published_ids(settings)), _named(settings, "prune")
    withdrawn = _withdrawals(settings)
    ordered = [name for name in ever_published(settings) if name in there - gone]
    newest = [name for name in ordered if name not in withdrawn][-keep:]
    old = [name for name in ordered if name not in (*newest, current_id(settings))]
    for name in old:
        log.append(settings.log, "prune", "pages and files taken away, what it showed kept", name)
    _fall(settings)
    return tuple(old)


def _fall(settings: Settings) -> None:
    """Move what is no longer kept aside in one step each, so that no reader sees half of it; delete it."""
    for name in _named(settings, "prune") & set(_published_ids(settings)):
        for path in sorted((settings.releases / name).iterdir()):
            if path.name not in LEDGER:
                path.replace(Path(tempfile.mkdtemp(prefix=FALLING, dir=settings.releases)) / path.name)
    for left in settings.releases.glob(FALLING + "*"):
        shutil.rmtree(left, ignore_errors=True)


def listed(settings: Settings) -> tuple[Listed, ...]:
    """Every release of this home with its state, by name."""
    current = current_id(settings)
    states = dict.fromkeys(_published_ids(settings), "published")
    states.update(dict.fromkeys(_named(settings, "prune") & states.keys(), "pruned"))
    states.update(dict.fromkeys(_withdrawals(settings), "withdrawn"))
    states.update(dict.fromkeys(_held_ids(settings), "held"))
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


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    for left in settings.releases.glob(STAGING + "*"):
        # A process that outlived a killed refresh may still write there: the next one takes the rest.
        shutil.rmtree(left, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=settings.releases))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _make(settings: Settings, staging: Path, folder: Path, said: Imprint) -> None:
    candidate = staging / "protected"
    _fenced(settings, staging, "disclosure.certificate", str(candidate), "--release-id", folder.name)
    given = ["--protected", str(candidate), "--release-id", folder.name, "--out", str(folder)]
    _fenced(settings, staging, "dashboards", "build", *given, *said.options)
    for name in PUBLIC:
        shutil.copyfile(candidate / name, folder / name)


def _fenced(settings: Settings, staging: Path, module: str, *arguments: str) -> None:
    """Run a module in a process that reads nothing of the home but the staging folder."""
    real_data = settings.environ.get("MISCONDUCT_REAL_DATA")
    private = json.dumps([str(settings.home), str(settings.landing), *([real_data] if real_data else [])])
    behind = [sys.executable, "-P", "-m", "dagster_project.fenced", private, str(staging)]
    try:
        done = subprocess.run(
            [*behind, module, *arguments],
            cwd=staging,
            env=fenced_environment(settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=ENDS_WITHIN_S,
        )
    except subprocess.TimeoutExpired:
        _refuse_unmade(settings, module, f"it did not end within {ENDS_WITHIN_S} seconds\n")
    if done.returncode:
        _refuse_unmade(settings, module, done.stderr)


def _refuse_unmade(settings: Settings, module: str, said: str) -> NoReturn:
    """What a process of a release said goes into the private home; its findings are told."""
    record = settings.build / f"{module}.log"
    record.write_text(said, encoding="utf-8")
    log.append(settings.log, "refusal", f"{module} failed")
    findings = [f"  {line}" for line in said.splitlines() if line.startswith("certify: ")]
    headline = f"{DOES[module]} failed: nothing was published, the release before stays"
    raise Refused([headline, *findings, f"  see {record} and docs/runbook.md, 'The site could not be built'"])


def _refuse_leaks(settings: Settings, folder: Path, strings: Collection[str]) -> None:
    from expectations.scanner import scan

    leaks = scan(folder, strings)
    if leaks:
        log.append(settings.log, "refusal", "scanner: " + ", ".join(sorted({leak.file for leak in leaks})))
        lines = [
            f"  {leak.file}: {leak.surface}: see docs/runbook.md, 'The scanner refuses'" for leak in leaks
        ]
        raise Refused(["the scanner found private text in the built release: nothing was published", *lines])


def _write_manifest(folder: Path, said: Imprint, schema: Schema) -> None:
    from dashboards import site_version
    from disclosure.publication import canonical

    files = {
        str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }
    manifest = {"release_id": folder.name, "site_version": site_version(), "files": files}
    manifest |= {"schema": schema.to_json(), **said.entries}
    (folder / "manifest.json").write_text(canonical(manifest), encoding="utf-8")


def _place(settings: Settings, folder: Path, hold: bool, schema: Schema) -> Outcome:
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
    log.append(settings.log, "publish", " ".join(("published", *schema.announcement)), release_id)
    _switch(settings, Path(settings.releases.name) / release_id)
    return Outcome("published", release_id)


def _switch(settings: Settings, target: Path) -> None:
    """Readers see the old or the new release, never neither."""
    draft = settings.home / ".current.new"
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(settings.current)
    _sync(settings.home)


def _write_notice(settings: Settings, release_id: str, reason: str) -> None:
    """Written aside and put in place whole, once."""
    from dashboards import write_withdrawal_notice

    folder = settings.withdrawn / release_id
    if folder.exists():
        return
    folder.parent.mkdir(exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    write_withdrawal_notice(draft / "site", release_id, reason, address_of(settings.releases / release_id))
    _settle(draft)
    draft.replace(folder)
    folder.parent.chmod(0o755)


def address_of(folder: Path) -> str:
    """Where the site of a release stands; a damaged manifest never stops a withdrawal."""
    try:
        return imprint.stated(_read_json(folder / "manifest.json")).address
    except (OSError, ValueError, TypeError, AttributeError):
        return ""


def _settle(folder: Path) -> None:
    """Bring a public folder onto the disk, readable by everybody whom the home lets in: a web server, say."""
    for path in (*sorted(folder.rglob("*"), reverse=True), folder):
        path.chmod(0o755 if path.is_dir() else 0o644)
        _sync(path)


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


def _named(settings: Settings, event: str) -> set[str]:
    """The releases that entries of this kind are about."""
    return {entry.release_id for entry in log.entries(settings.log) if entry.event == event}


def _withdrawals(settings: Settings) -> dict[str, str]:
    """The published releases that were withdrawn, each with its reason; one that was only held is none."""
    there, found = _published_ids(settings), dict[str, str]()
    for entry in log.entries(settings.log):
        if entry.event == "withdrawal" and entry.release_id in there:
            found[entry.release_id] = entry.words
        elif entry.event == "publish":
            found.pop(entry.release_id, None)
    return found


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
