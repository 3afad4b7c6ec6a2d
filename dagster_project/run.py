"""One refresh: the whole graph for every year in one run, or nothing where nothing changed."""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dagster_project import imprint, release, runs
from dagster_project.content import sha256_of
from dagster_project.errors import BadInput, Refused, Stop
from dagster_project.raw import files_of
from dagster_project.release import Outcome
from dagster_project.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

    from ingest import Landing

ROOMS = ("dagster_project", "ingest", "dbt", "disclosure", "expectations", "dashboards")
PASSING = {"__pycache__", "target", "logs", "dbt_packages"}


def refresh(settings: Settings, landing: Landing, published_on: str | None, hold: bool) -> Outcome:
    """Files to release, unless the last refresh saw the very same inputs and left everything in its place.

    Raises:
        Stop: the line refused or the input is bad.
    """
    if runs.marked(settings):
        _bury(settings)
    choice = f"{published_on}|{hold}"
    known = _unchanged(settings, landing, choice)
    if known is not None:
        return Outcome("unchanged", known)
    (settings.build / "last.json").unlink(missing_ok=True)
    outcome = run_graph(settings, published_on, hold)
    _remember(settings, landing, choice, outcome)
    return outcome


def run_graph(settings: Settings, published_on: str | None, hold: bool) -> Outcome:
    """Run every asset and check for every year in one run; the run is kept for Dagster's pages.

    Raises:
        Stop: what a stage refused, with its exit code.
    """
    from dagster_project import automation, definitions, history, stage

    line, run_id = definitions.build(settings), str(uuid.uuid4())
    with (
        history.open_instance(settings) as instance,
        runs.alive(settings, run_id),
    ):
        result = line.resolve_job_def(stage.REFRESH).execute_in_process(
            instance=instance,
            run_id=run_id,
            run_config={
                "loggers": {"console": {"config": {}}},
                "ops": {stage.RELEASE: {"config": {"published_on": published_on, "hold": hold}}},
            },
            tags=dict(automation.range_tags(None)),
            raise_on_error=False,
        )
        try:
            return _outcome(result.all_events)
        except Stop as stop:
            _tell(settings, instance, run_id, stop)
            raise


def _bury(settings: Settings) -> None:
    """End the runs of processes that were killed, so that Dagster's pages tell the truth."""
    import dagster as dg

    with dg.DagsterInstance.from_config(str(settings.dagster)) as instance:
        runs.bury(settings, instance)


def _tell(settings: Settings, instance: dg.DagsterInstance, run_id: str, stop: Stop) -> None:
    """Tell who wants to be told, once: the sensor for failed runs leaves a tagged one alone."""
    from dagster_project import automation, notify

    instance.add_run_tags(run_id, {automation.TOLD: "yes"})
    trouble = notify.tell(settings, automation.failure_words(settings, run_id, list(stop.lines[:1])))
    if trouble:
        print(trouble, file=sys.stderr)


def _outcome(events: Sequence[dg.DagsterEvent]) -> Outcome:
    for event in events:
        stop = _stop(event)
        if stop is not None:
            raise stop
    for event in events:
        if event.is_step_materialization and event.asset_key and event.asset_key.path == ["release"]:
            told = event.step_materialization_data.materialization.metadata
            return Outcome(str(told["status"].value), str(told["release_id"].value))
    raise Refused(("the run ended without a release: see docs/runbook.md, 'An unexpected error'",))


def _stop(event: dg.DagsterEvent) -> Stop | None:
    """What a failed check or stage said, in its own words."""
    if event.event_type_value == "ASSET_CHECK_EVALUATION":
        told = event.asset_check_evaluation_data
        lines = None if told.passed else told.metadata.get("lines")
        return Refused(map(str, cast("list[str]", lines.value))) if lines else None
    if event.is_step_failure:
        failure = event.step_failure_data.user_failure_data
        if failure is None:
            return Refused((f"{event.step_key} failed: see docs/runbook.md, 'An unexpected error'",))
        code = failure.metadata["exit_code"].value if "exit_code" in failure.metadata else 1
        return (BadInput if code == BadInput.exit_code else Refused)(
            (failure.description or event.step_key or "").splitlines()
        )
    return None


def _unchanged(settings: Settings, landing: Landing, choice: str) -> str | None:
    """The release that the last refresh ended with, if all that it read and left is still the same."""
    path = settings.build / "last.json"
    if not (path.exists() and settings.current.exists()):
        return None
    last: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    same = last["inputs"] == _inputs(settings, landing, choice) and last["left"] == _left(settings)
    return last["release_id"] if same else None


def _remember(settings: Settings, landing: Landing, choice: str, outcome: Outcome) -> None:
    kept = {
        "inputs": _inputs(settings, landing, choice),
        "left": _left(settings),
        "release_id": outcome.release_id,
    }
    draft = settings.build / "last.json.new"
    draft.write_text(json.dumps(kept), encoding="utf-8")
    draft.replace(settings.build / "last.json")


def _inputs(settings: Settings, landing: Landing, choice: str) -> str:
    """Sha256 over every byte that a refresh reads: files, code, lists, policy, decisions, key, versions.

    It stays in the home: whoever knows the sha256 of a small file can guess the file.
    """
    digest = hashlib.sha256(f"{choice}\0{sys.version}\0{settings.landing}\0".encode())
    for package in _installed():
        digest.update(package.encode())
    for path in _files_read(settings, landing):
        digest.update(f"\0{path}\0".encode())
        if path.is_file():
            digest.update(sha256_of(path).encode())
    return digest.hexdigest()


def _installed() -> list[str]:
    """Name and version of each package, as its folder is called: to open each costs more than all else."""
    folders = (Path(place) for place in sys.path if place)
    return sorted(found.name for folder in folders for found in folder.glob("*.dist-info"))


def _files_read(settings: Settings, landing: Landing) -> Iterator[Path]:
    yield settings.secret_key
    for folder in (settings.landing, *(settings.repository / room for room in ROOMS), settings.decisions):
        yield from _below(folder)
    for entry in landing.sources:
        yield from files_of(landing, entry)


def _below(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not PASSING & set(path.relative_to(folder).parts))


def _left(settings: Settings) -> str:
    """Sha256 over what a refresh leaves: candidate, releases, and the marks of the bigger private files."""
    digest = hashlib.sha256()
    for path in _below(settings.protected):
        digest.update(path.read_bytes())
    for path in [settings.warehouse, *_below(settings.raw)]:
        if path.exists():
            stat = path.stat()
            digest.update(f"{path}|{stat.st_size}|{stat.st_mtime_ns}".encode())
    for listed in release.listed(settings):
        digest.update(f"{listed.release_id}|".encode())
    return digest.hexdigest()


def summary(settings: Settings, outcome: Outcome) -> list[str]:
    """What a person is told at the end; every figure in it can be counted in the release itself."""
    if outcome.status == "unchanged":
        return _unchanged_lines(settings, outcome.release_id)
    folder = release.release_folder(settings, outcome.release_id)
    tables = release.table_ids(folder)
    lines = [
        f"{outcome.status}: release {outcome.release_id}",
        f"tables: {', '.join(tables)}",
        f"withheld: {release.withheld_cells(folder)} cells, each shown as [c] with its reason",
        *(f"dropped: {table}: {reason}" for table, reason in release.dropped_tables(folder)),
    ]
    if outcome.status == "held":
        return [
            *lines,
            f"to publish it: misconduct approve {outcome.release_id}",
            f"to look at it: {folder / 'site'}",
        ]
    return [*lines, *_where(settings)]


def _unchanged_lines(settings: Settings, release_id: str) -> list[str]:
    current = release.current_id(settings)
    state = next((r.state for r in release.listed(settings) if r.release_id == release_id), "unknown")
    if state == "held":
        return [
            f"nothing changed: release {release_id} is held; to publish it: misconduct approve {release_id}"
        ]
    if current != release_id:
        lines = [f"nothing changed: release {release_id} is {state} and not published again; current stays"]
    else:
        lines = [f"nothing changed in what is published: release {release_id} stays", *_where(settings)]
    return [*lines, *_address_to_come(settings, current)]


def _address_to_come(settings: Settings, current: str | None) -> list[str]:
    """An address of the site is in no figure, so another one publishes nothing by itself."""
    if current is None:
        return []
    wanted, served = imprint.chosen(settings, None).address, release.address_of(settings.releases / current)
    if wanted == served:
        return []
    return [
        f"{imprint.ADDRESS} is {wanted or 'not set'}, the pages of {current} say {served or 'none'}: "
        "it counts from the next release with other content"
    ]


def _where(settings: Settings) -> list[str]:
    index: Any = settings.current / "site" / "index.html"
    return [f"to read it: make serve, or open {index}"]
