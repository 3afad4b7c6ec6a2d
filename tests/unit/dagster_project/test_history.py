"""The record of a run is the same as Dagster's own, and both may be at it at once."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from dagster_project import history
from dagster_project.settings import Settings, prepare_home


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path / "home", tmp_path, {})
    prepare_home(made)
    return made


@dg.op
def say() -> None:
    """One step."""


@dg.job(executor_def=dg.in_process_executor)
def saying() -> None:
    """One step a run."""
    say()


def test_what_one_writes_the_other_reads_while_both_are_open(settings: Settings) -> None:
    with (
        history.open_instance(settings) as own,
        dg.DagsterInstance.from_config(str(settings.dagster)) as stock,
    ):
        assert isinstance(own.event_log_storage, history.OneConnection)
        ran = [saying.execute_in_process(instance=instance) for instance in (own, stock, own)]
        for instance in (own, stock):
            assert {run.run_id for run in instance.get_runs()} == {result.run_id for result in ran}
            counts = [len(instance.all_logs(result.run_id)) for result in ran]
            assert len(set(counts)) == 1
            assert counts[0] > 0


def test_the_record_stands_after_it_was_closed(settings: Settings) -> None:
    with history.open_instance(settings) as own:
        run_id = saying.execute_in_process(instance=own).run_id
    with dg.DagsterInstance.from_config(str(settings.dagster)) as stock:
        run = stock.get_run_by_id(run_id)
        assert run is not None
        assert run.status == dg.DagsterRunStatus.SUCCESS
        assert stock.all_logs(run_id)


def test_another_storage_is_left_as_it_is(settings: Settings) -> None:
    path = settings.dagster / "dagster.yaml"
    text = "run_storage:\n  module: dagster._core.storage.runs\n  class: SqliteRunStorage\n"
    base = f"  config: {{base_dir: {settings.dagster / 'other'}}}\n"
    events = "event_log_storage:\n  module: dagster._core.storage.event_log\n  class: SqliteEventLogStorage\n"
    schedules = (
        "schedule_storage:\n  module: dagster._core.storage.schedules\n  class: SqliteScheduleStorage\n"
    )
    path.write_text(path.read_text() + text + base + events + base + schedules + base)
    with history.open_instance(settings) as instance:
        assert not isinstance(instance.event_log_storage, history.OneConnection)
