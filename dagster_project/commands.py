"""What each command does: read its options, hold the lock where it writes, call a stage, print safe words."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from dagster_project.errors import BadInput, Refused
from dagster_project.settings import Settings, owner_only, prepare_home, prepare_process

PATIENCE_S = 0.5


def refresh(settings: Settings, options: argparse.Namespace) -> int:
    """Files to release."""
    from dagster_project.collector import collecting_seldom
    from dagster_project.meanwhile import told_meanwhile

    with collecting_seldom(), told_meanwhile(lambda line: print(line, file=sys.stderr, flush=True)):
        return _refresh(settings, options)


def _refresh(settings: Settings, options: argparse.Namespace) -> int:
    from dagster_project import imprint, protected, release
    from dagster_project.lock import one_at_a_time
    from dagster_project.raw import landing_of
    from dagster_project.run import refresh as run
    from dagster_project.run import summary

    prepare_process(settings)
    landing = landing_of(settings)
    imprint.chosen(settings, options.published_on)
    prepare_home(settings)
    with one_at_a_time(settings.home):
        release.recover(settings)
        with owner_only():
            if options.new_key:
                protected.renew_key(settings)
            outcome = run(settings, landing, options.published_on, options.hold)
        print("\n".join([*summary(settings, outcome), *_standing(settings, outcome)]))
    return 0


def _standing(settings: Settings, outcome: object) -> list[str]:
    """The blocks that stand as released before, and why, by name."""
    from dagster_project.release import Outcome, release_folder, standing_blocks

    if not isinstance(outcome, Outcome) or outcome.status == "unchanged":
        return []
    blocks = standing_blocks(release_folder(settings, outcome.release_id))
    guide = "docs/disclosure-officer.md, 'Releases are a long game'"
    why = f"a difference to what was shown before would point to somebody: see {guide}"
    return [f"stands as released before: {block}" for block in blocks] + ([f"  {why}"] if blocks else [])


def check(settings: Settings, options: argparse.Namespace) -> int:
    """What is wrong with the landing folder."""
    from dagster_project.raw import code_lists, finding_lines, landing_of
    from dagster_project.register import elsewhere, register_of
    from ingest import check as look

    landing = landing_of(settings)
    lines = list(elsewhere(register_of(settings), landing))
    findings = look(landing, code_lists(settings), settings.raw if settings.raw.exists() else None)
    lines += finding_lines(findings)
    print("\n".join(lines or [f"{settings.landing}: nothing to report"]))
    if any(finding.severity == "error" for finding in findings):
        return 2
    return 1 if any(finding.severity != "info" for finding in findings) else 0


def verify(settings: Settings, options: argparse.Namespace) -> int:
    """Prove a release again."""
    from dagster_project.verification import verify_release

    findings, notes = verify_release(settings, options.release)
    proven = [f"{options.release}: proven: no withheld cell can be worked out"]
    print("\n".join([*(findings or proven), *(f"note: {note}" for note in notes)]))
    return 1 if findings else 0


def releases(settings: Settings, options: argparse.Namespace) -> int:
    """What there is."""
    from dagster_project.release import listed

    rows = [f"{release.release_id}  {release.state}" for release in listed(settings)]
    print("\n".join(rows) or "no release yet: run `misconduct refresh`")
    return 0


def diff(settings: Settings, options: argparse.Namespace) -> int:
    """What differs between two releases."""
    from dagster_project.difference import difference
    from dagster_project.release import release_folder

    lines = difference(release_folder(settings, options.older), release_folder(settings, options.newer))
    print("\n".join(lines) or "the same tables with the same figures")
    return 0


def approve(settings: Settings, options: argparse.Namespace) -> int:
    """Publish a held release."""
    from dagster_project.release import approve as run

    return _moved(settings, lambda: run(settings, options.release_id), f"published: {options.release_id}")


def rollback(settings: Settings, options: argparse.Namespace) -> int:
    """Serve an older release again."""
    from dagster_project.release import rollback as run

    return _moved(settings, lambda: run(settings, options.release_id), f"served again: {options.release_id}")


def withdraw(settings: Settings, options: argparse.Namespace) -> int:
    """Serve a notice in the place of a release."""
    from dagster_project.release import withdraw as run

    words = f"withdrawn: {options.release_id}; its figures stay known to whoever read them"
    return _moved(settings, lambda: run(settings, options.release_id, options.reason), words)


def prune(settings: Settings, options: argparse.Namespace) -> int:
    """Take pages and files of old releases away."""
    from dagster_project.prune import prune_originals
    from dagster_project.release import prune as run

    gone: list[str] = []

    def both() -> None:
        gone.extend(f"pruned: {name}; what it showed is kept" for name in run(settings, options.keep))
        if options.originals:
            gone.extend(f"deleted: raw/originals/{name}" for name in prune_originals(settings))
        gone.append("done" if gone else "nothing to prune")

    _moved(settings, both, "")
    print("\n".join(gone))
    return 0


def _moved(settings: Settings, run: Callable[[], object], words: str) -> int:
    from dagster_project.lock import one_at_a_time
    from dagster_project.release import recover

    if not settings.releases.is_dir():
        raise BadInput((f"{settings.home}: no release yet: run `misconduct refresh`",))
    with one_at_a_time(settings.home), owner_only():
        recover(settings)
        run()
    if words:
        print(words)
    return 0


def log_verify(settings: Settings, options: argparse.Namespace) -> int:
    """Whether the log is as it was written, and the home as the log says."""
    findings = _log_findings(settings)
    if findings:
        # A refresh may be between the entry and the deed just now.
        time.sleep(PATIENCE_S)
        findings = _log_findings(settings)
    print("\n".join(findings) or f"{settings.log}: every entry is there, unaltered and in its place")
    return 1 if findings else 0


def _log_findings(settings: Settings) -> list[str]:
    from dagster_project import log
    from dagster_project.release import unexplained

    findings = log.verify(settings.log)
    if not findings and not log.entries(settings.log) and not settings.releases.is_dir():
        raise BadInput((f"{settings.home}: no log yet: run `misconduct refresh`",))
    return [*(f"{settings.log}: {finding}" for finding in findings), *unexplained(settings)]


def policy_try(settings: Settings, options: argparse.Namespace) -> int:
    """What another policy would cost."""
    from dagster_project import trial

    changes = trial.read_changes(options.threshold, options.set)
    prepare_process(settings)
    tried = ", ".join(f"{name} = {value}" for name, value in changes.items()) or "each option by itself"
    told = (
        trial.lines(trial.try_policy(settings, changes))
        if changes
        else trial.option_lines(trial.try_options(settings))
    )
    head = f"private, nothing is published: what {tried} would cost, had nothing been released before"
    print("\n".join([head, *told]))
    return 0


def query(settings: Settings, options: argparse.Namespace) -> int:
    """Answer a question from the warehouse or the published tables."""
    from dagster_project.query import ask

    sql = options.sql if options.sql not in (None, "-") else sys.stdin.read()
    database = settings.current / "published.duckdb" if options.public else settings.warehouse
    ask(database, sql, options.format, sys.stdout)
    return 0


def serve(settings: Settings, options: argparse.Namespace) -> int:
    """The current release on loopback."""
    from dashboards.serve import serve as run

    if not settings.current.exists():
        raise Refused((f"{settings.home}: nothing is published yet: run `misconduct refresh`",))
    with _listening(options.port) as listener:
        print(f"serving {settings.current} on http://127.0.0.1:{options.port}/", flush=True)
        run(lambda: settings.current.resolve() / "site", listener)
    return 0


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise Refused((f"port {port}: {why}: stop what uses it, or give another with --port",)) from None


def ui(settings: Settings, options: argparse.Namespace) -> int:
    """Dagster's own pages on loopback; this process becomes theirs, so that whatever ends it ends them."""
    prepare_process(settings)
    prepare_home(settings)
    place = ["--host", "127.0.0.1", "--port", str(options.port), "-m", "dagster_project.definitions"]
    command = [str(Path(sys.executable).with_name("dagster")), "dev", *place]
    os.chdir(settings.repository)
    os.execv(command[0], command)
