"""Which runs are alive: each holds a lock while its process lives, so that Dagster's pages tell the truth.

A killed process cannot say that it ended; Dagster would show its run as started for ever, and start no other.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

DIED = "its process died before it ended: nothing of it was published; start it again"
STARTS_WITHIN_S = 600
"""A run that is started but reached no stage by then died on its way there."""


def mark(settings: Settings, run_id: str) -> int | None:
    """Show that the run lives, until this process ends or the mark is let go of; once is enough."""
    path = _folder(settings) / run_id
    if path.exists():
        return None
    path.parent.mkdir(exist_ok=True, mode=0o700)
    draft = path.with_name(f".{run_id}.{os.getpid()}")
    held = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    # It appears locked: whoever looks for dead runs never sees it free while the process lives.
    draft.replace(path)
    return held


@contextmanager
def alive(settings: Settings, run_id: str) -> Iterator[None]:
    """Mark the run for as long as this lasts, in a process that goes on after it."""
    held = mark(settings, run_id)
    try:
        yield
    finally:
        (_folder(settings) / run_id).unlink(missing_ok=True)
        if held is not None:
            os.close(held)


def marked(settings: Settings) -> bool:
    """Whether any run left a mark: without one there is none to bury."""
    return any(_folder(settings).glob("[!.]*"))


def bury(settings: Settings, instance: dg.DagsterInstance) -> tuple[str, ...]:
    """End every run whose process is gone; gives their ids."""
    dead = [path.name for path in sorted(_folder(settings).glob("[!.]*")) if _is_free(path)]
    buried = [run_id for run_id in [*dead, *_never_begun(settings, instance)] if _end(instance, run_id)]
    for run_id in dead:
        (_folder(settings) / run_id).unlink(missing_ok=True)
    return tuple(buried)


def _folder(settings: Settings) -> Path:
    return settings.dagster / "alive"


def _is_free(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _never_begun(settings: Settings, instance: dg.DagsterInstance) -> list[str]:
    """Runs that Dagster calls started, but that never reached a stage and its mark."""
    import dagster as dg

    records = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]), limit=100)
    now = datetime.now(UTC).timestamp()
    late = [r for r in records if r.start_time and now - r.start_time > STARTS_WITHIN_S]
    names = [record.dagster_run.run_id for record in late]
    return [name for name in names if not (_folder(settings) / name).exists()]


def _end(instance: dg.DagsterInstance, run_id: str) -> bool:
    import dagster as dg

    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        return False
    if run.status == dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, DIED)
    else:
        instance.report_run_failed(run, DIED)
    return True
