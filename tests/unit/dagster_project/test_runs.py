"""A killed run is ended in Dagster's storage; one that lives, or ended by itself, is left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from dagster_project import runs
from dagster_project.settings import REPOSITORY, Settings

LIVING = """
import sys, time
from pathlib import Path
from dagster_project import runs
from dagster_project.settings import Settings
runs.mark(Settings(Path(sys.argv[1]), Path(sys.argv[1]), {}), sys.argv[2])
print("marked", flush=True)
time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path, tmp_path, {})
    made.dagster.mkdir()
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def started(instance: dg.DagsterInstance, status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED) -> str:
    return create_run_for_test(instance, job_name="refresh", status=status).run_id


def status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def process(settings: Settings, run_id: str) -> subprocess.Popen[str]:
    """A process of its own that marks the run and lives until it is killed."""
    command = [sys.executable, "-c", LIVING, str(settings.home), run_id]
    made = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert made.stdout is not None
    assert made.stdout.readline() == "marked\n"
    return made


def test_a_run_whose_process_was_killed_is_ended(settings: Settings, instance: dg.DagsterInstance) -> None:
    run_id = started(instance)
    living = process(settings, run_id)
    assert runs.bury(settings, instance) == ()
    assert status(instance, run_id) == dg.DagsterRunStatus.STARTED
    os.kill(living.pid, signal.SIGKILL)
    living.wait()
    assert runs.bury(settings, instance) == (run_id,)
    assert status(instance, run_id) == dg.DagsterRunStatus.FAILURE
    assert not runs.marked(settings)


def test_a_killed_run_that_was_to_be_cancelled_is_cancelled(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run_id = started(instance, dg.DagsterRunStatus.CANCELING)
    living = process(settings, run_id)
    living.kill()
    living.wait()
    assert runs.bury(settings, instance) == (run_id,)
    assert status(instance, run_id) == dg.DagsterRunStatus.CANCELED


def test_a_run_in_this_process_lives_while_it_lasts(settings: Settings, instance: dg.DagsterInstance) -> None:
    run_id = started(instance)
    with runs.alive(settings, run_id):
        assert runs.mark(settings, run_id) is None
        assert runs.bury(settings, instance) == ()
    assert not runs.marked(settings)


def test_what_ended_by_itself_is_left_as_it_is(settings: Settings, instance: dg.DagsterInstance) -> None:
    run_id = started(instance, dg.DagsterRunStatus.SUCCESS)
    living = process(settings, run_id)
    living.kill()
    living.wait()
    assert runs.bury(settings, instance) == ()
    assert status(instance, run_id) == dg.DagsterRunStatus.SUCCESS
    assert not runs.marked(settings)


def test_a_mark_without_a_run_is_taken_away(settings: Settings, instance: dg.DagsterInstance) -> None:
    (settings.dagster / "alive").mkdir()
    (settings.dagster / "alive" / "unknown").write_text("")
    assert runs.bury(settings, instance) == ()
    assert not runs.marked(settings)


def test_a_run_that_never_reached_a_stage_is_ended_after_a_while(
    settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = create_run_for_test(instance, job_name="refresh").run_id
    run = instance.get_run_by_id(run_id)
    assert run is not None
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, "refresh")
    instance.report_dagster_event(event, run_id)
    assert runs.bury(settings, instance) == ()
    monkeypatch.setattr(runs, "STARTS_WITHIN_S", -1)
    time.sleep(0.01)
    assert runs.bury(settings, instance) == (run_id,)
    assert status(instance, run_id) == dg.DagsterRunStatus.FAILURE
