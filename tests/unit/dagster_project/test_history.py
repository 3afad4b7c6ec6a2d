"""The record of a run is the same as Dagster's own, and both may be at it at once."""

from __future__ import annotations

import threading
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


class Counted:
    """A lock that raises where a plain one would wait for itself for ever, and names who took it."""

    def __init__(self) -> None:
        self.lock, self.takers = threading.Lock(), set[str]()

    def __enter__(self) -> None:
        if not self.lock.acquire(timeout=60):
            raise RuntimeError("the record is asked for while the same thread writes it")
        self.takers.add(threading.current_thread().name)

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def test_a_run_takes_the_record_from_one_thread_and_never_twice_at_once(settings: Settings) -> None:
    with history.open_instance(settings) as own:
        storage = own.event_log_storage
        assert isinstance(storage, history.OneConnection)
        storage._db_lock = counted = Counted()  # type: ignore[assignment]
        ran = saying.execute_in_process(instance=own)
        assert own.all_logs(ran.run_id)
    assert counted.takers == {threading.current_thread().name}


def test_several_threads_write_and_read_one_record(settings: Settings) -> None:
    """Each waits for the other: nothing is lost, nothing hangs."""
    with history.open_instance(settings) as own:
        run = saying.execute_in_process(instance=own).dagster_run
        before = len(own.all_logs(run.run_id))

        def write() -> None:
            for number in range(5):
                own.report_engine_event(f"word {number}", run)
                own.all_logs(run.run_id)

        threads = [threading.Thread(target=write, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)
        assert not any(thread.is_alive() for thread in threads)
        assert len(own.all_logs(run.run_id)) == before + 20
