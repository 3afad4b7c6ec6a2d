"""What starts runs, what follows by itself, what is tried again, and what a check says when it fails."""

from __future__ import annotations

import errno
import logging
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from bench.measure import copied
from dagster_project import automation, definitions, gates, notify, raw, stage
from dagster_project.settings import REPOSITORY, Settings, read_settings

pytestmark = pytest.mark.slow

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@dataclass
class Line:
    """The definitions over a home and a landing folder that tests may change; in memory, without a daemon."""

    settings: Settings
    definitions: dg.Definitions
    instance: dg.DagsterInstance

    def look(self, cursor: str | None) -> dg.SensorResult:
        sensor = self.definitions.get_sensor_def("landing_folder")
        context = dg.build_sensor_context(instance=self.instance, cursor=cursor)
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        return result

    def settled(self, cursor: str | None) -> dg.SensorResult:
        """Two looks, as a file needs to be still."""
        first = self.look(cursor)
        assert first.skip_reason is not None
        return self.look(first.cursor)

    def run(self, tags: Mapping[str, str], *assets: str) -> dg.ExecuteInProcessResult:
        job = self.definitions.resolve_job_def(stage.REFRESH)
        selected = [dg.AssetKey(name) for name in assets] or None
        return job.execute_in_process(
            instance=self.instance, tags=dict(tags), asset_selection=selected, raise_on_error=False
        )

    def edit(self, old: str, new: str) -> None:
        path = self.settings.landing / "allegations_2018.csv"
        text = path.read_bytes().decode()
        assert old in text
        path.write_bytes(text.replace(old, new, 1).encode())


@pytest.fixture(scope="module")
def folders(release_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    base = tmp_path_factory.mktemp("automation")
    copied(release_home, base / "home")
    shutil.copytree(REPOSITORY / "sample" / "landing", base / "landing")
    return read_settings(base / "home", base / "landing", {})


@pytest.fixture
def own_environment() -> Iterator[None]:
    kept = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture
def line(folders: Settings, own_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr(definitions, "AWAY", dg.RetryPolicy(max_retries=1, delay=0))
    shutil.copytree(REPOSITORY / "sample" / "landing", folders.landing, dirs_exist_ok=True)
    with dg.DagsterInstance.ephemeral() as instance:
        yield Line(folders, definitions.build(folders), instance)


def test_a_changed_file_starts_one_run_over_its_year(line: Line) -> None:
    everything = line.settled(None)
    assert everything.run_requests is not None
    assert everything.run_requests[0].tags[START] == "2010"
    line.edit("Public complaint", "Public complaint ")
    changed = line.settled(everything.cursor)
    (request,) = changed.run_requests or ()
    assert (request.tags[START], request.tags[END]) == ("2018", "2018")
    assert request.run_key != everything.run_requests[0].run_key
    again = line.look(changed.cursor)
    assert not again.run_requests
    assert again.skip_reason is not None
    result = line.run(request.tags, stage.INCOMING)
    assert result.success
    report = raw.read_report(raw.report_path(line.settings))
    assert {file.file for file in report.files} == {"allegations_2018.csv"}


def test_while_a_refresh_runs_the_change_waits_and_is_not_forgotten(line: Line) -> None:
    first = line.look(None)
    run = create_run_for_test(line.instance, job_name=stage.REFRESH, status=dg.DagsterRunStatus.STARTED)
    waiting = line.look(first.cursor)
    assert not waiting.run_requests
    assert waiting.cursor is None
    line.instance.report_run_canceled(run)
    assert line.look(first.cursor).run_requests


def test_a_range_of_years_is_one_run(line: Line) -> None:
    result = line.run({START: "2012", END: "2014"}, stage.INCOMING)
    assert result.success
    events = result.get_asset_materialization_events()
    assert {event.partition for event in events} == {"2012", "2013", "2014"}
    assert len(line.instance.get_runs()) == 1


def test_a_run_that_names_no_years_reads_all_of_them(line: Line) -> None:
    result = line.run({}, stage.INCOMING)
    assert result.success
    report = raw.read_report(raw.report_path(line.settings))
    assert {year for file in report.files for year in file.years} >= set(range(2010, 2021))
    events = result.get_asset_materialization_events()
    assert {event.partition for event in events} == {None, *stage.YEARS.get_partition_keys()}


def failing(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    return {check.check_name: check for check in result.get_asset_check_evaluations() if not check.passed}


def test_a_failing_check_says_what_to_do_and_leads_to_the_runbook(line: Line) -> None:
    line.edit("Public complaint", "Public complant")
    result = line.run({START: "2018", END: "2018"}, stage.INCOMING, stage.ACCEPTED)
    assert not result.success
    failed = failing(result)
    assert failed.keys() == {"gate_in", "quarantine_is_within_its_limit"}
    named, whole = failed["quarantine_is_within_its_limit"], failed["gate_in"]
    assert "max_quarantined" in named.description
    assert named.metadata["runbook"].value.endswith("docs/runbook.md#quarantine_is_within_its_limit")
    assert "2018" in named.metadata["places"].value
    assert named.metadata["data_docs"].value.endswith("docs/gate_in/index.html")
    lines = whole.metadata["lines"].value
    assert any("allegations_2018.csv" in text and "complant" in text for text in lines)
    assert all(text.strip() in whole.description for text in lines)
    assert result.get_failed_step_keys() == {"gate_in"}
    first, *rest = errors(line, result)
    assert first == "\n".join(lines)
    (ending,) = (event for event in result.all_events if event.is_step_failure)
    assert ending.step_failure_data.user_failure_data is not None
    assert ending.step_failure_data.user_failure_data.description == first
    assert any(text.startswith("Dependencies for step raw_allegations") for text in rest)


def errors(line: Line, result: dg.ExecuteInProcessResult) -> list[str]:
    """The red entries of the run's log, as its page shows them."""
    entries = line.instance.all_logs(result.run_id)
    return [entry.user_message for entry in entries if entry.level == logging.ERROR]


def test_a_file_within_its_limit_is_not_blamed_for_another(line: Line) -> None:
    """The sample's file of 2020 has a row in quarantine, as its entry allows."""
    line.edit("Public complaint", "Public complant")
    result = line.run({}, stage.INCOMING)
    told = failing(result)["gate_in"].description
    assert "allegations_2018.csv" in told
    assert "allegations_2020.csv" not in told


def test_without_the_fault_the_same_checks_pass(line: Line) -> None:
    result = line.run({START: "2018", END: "2018"}, stage.INCOMING)
    assert result.success
    assert failing(result) == {}
    assert not any("what_to_do" in check.metadata for check in result.get_asset_check_evaluations())
    assert len(result.get_asset_check_evaluations()) > 30


def test_the_pages_of_dbt_are_one_file_that_asks_nobody(line: Line) -> None:
    job = line.definitions.get_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=line.instance, asset_selection=[dg.AssetKey(stage.DOCS)])
    assert result.success
    page = (line.settings.docs / "dbt" / "index.html").read_text(encoding="utf-8")
    assert "fct_allegations" in page
    assert '"send_anonymous_usage_stats": false' in page
    assert not re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["']https?:""", page)
    assert not (line.settings.building).exists()


def away() -> OSError:
    return OSError(errno.ESTALE, "private words that nobody shall see")


def failing_once(real: Callable[..., Any]) -> Callable[..., Any]:
    calls: list[int] = []

    def load(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            raise away()
        return real(*arguments)

    return load


def test_the_ingest_is_tried_again_after_a_share_was_away(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw, "load_incoming", failing_once(raw.load_incoming))
    result = line.run({START: "2018", END: "2018"}, stage.INCOMING)
    assert result.success
    assert [event.step_key for event in result.all_events if event.is_step_up_for_retry] == [stage.INCOMING]
    told = str([entry.user_message for entry in line.instance.all_logs(result.run_id)])
    assert "private words" not in told


def test_what_waiting_cannot_mend_is_not_tried_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    (line.settings.landing / "allegations_2018.csv").unlink()
    result = line.run({START: "2018", END: "2018"}, stage.INCOMING)
    assert not result.success
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
    assert "allegations_2018.csv" in errors(line, result)[0]


def test_nothing_after_the_ingest_is_tried_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise away()

    monkeypatch.setattr(gates, "accept_incoming", refuse)
    result = line.run({START: "2018", END: "2018"}, stage.ACCEPTED)
    assert not result.success
    assert not [event for event in result.all_events if event.is_step_up_for_retry]


@pytest.fixture
def refreshed(line: Line) -> Iterator[Line]:
    """With the storage of a home that was refreshed once, as a team's is."""
    with dg.DagsterInstance.from_config(str(line.settings.dagster)) as instance:
        yield Line(line.settings, line.definitions, instance)


def loaded(line: Line, passed: bool) -> None:
    """What a backfill of one year leaves: its rows, and the verdict of gate 1."""
    key = dg.AssetKey(stage.INCOMING)
    line.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition="2018"))
    verdict = dg.AssetCheckEvaluation(asset_key=key, check_name="gate_in", passed=passed)
    line.instance.report_runless_asset_event(verdict)


def evaluated(line: Line, before: Any = None) -> Any:
    cursor = before.cursor if before else None
    return dg.evaluate_automation_conditions(line.definitions, line.instance, cursor=cursor)


def test_after_a_backfill_the_rest_follows_in_one_go_unless_gate_1_refused(refreshed: Line) -> None:
    first = evaluated(refreshed)
    assert first.total_requested == 0
    loaded(refreshed, passed=False)
    refused = evaluated(refreshed, first)
    assert refused.total_requested == 0
    loaded(refreshed, passed=True)
    after = evaluated(refreshed, refused)
    names = ("raw_allegations", "stg_rows", "fct_allegations", "protected_publication", "release")
    assert [name for name in names if after.get_num_requested(dg.AssetKey(name)) != 1] == []
    assert after.get_num_requested(dg.AssetKey(stage.DOCS)) == 0
    assert evaluated(refreshed, after).total_requested == 0


def told_by(settings: Settings, tmp_path: Path) -> tuple[Settings, Path]:
    """The same settings with a command that keeps what it is told."""
    kept = tmp_path / "told"
    code = f"import sys; open({str(kept)!r}, 'a').write(sys.stdin.read())"
    command = shlex.join([sys.executable, "-c", code])
    return Settings(settings.home, settings.landing, {notify.ON_FAILURE: command}), kept


def test_a_failed_run_is_told_once_in_safe_words(line: Line, tmp_path: Path) -> None:
    line.edit("Public complaint", "Public complant")
    own, kept = told_by(line.settings, tmp_path)
    sensor = automation.failure_sensor(own)
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    assert automation.failure_sensor(line.settings).default_status == dg.DefaultSensorStatus.STOPPED
    result = line.run({START: "2018", END: "2018"}, stage.INCOMING)
    for _ in range(2):
        (run,) = line.instance.get_runs()
        event = result.get_run_failure_event()
        context = dg.build_run_status_sensor_context(sensor.name, event, line.instance, run).for_run_failure()
        sensor(context)
        line.instance.add_run_tags(result.run_id, {automation.TOLD: "yes"})
    words = kept.read_text()
    assert words.count("misconduct: run") == 1
    assert "gate 1 refused: nothing was published, the release before stays" in words
    assert "complant" not in words


def test_the_schedule_asks_for_all_years(line: Line) -> None:
    context = dg.build_schedule_context(instance=line.instance)
    data = automation.nightly_refresh.evaluate_tick(context)
    (request,) = data.run_requests or ()
    assert request.tags[START] == "2010"


@pytest.mark.parametrize(("stated", "seconds"), [("", 60), ("5", 5), ("soon", 60), ("0", 60), ("-3", 60)])
def test_how_often_the_folder_is_looked_at(tmp_path: Path, stated: str, seconds: int) -> None:
    settings = Settings(tmp_path, tmp_path, {automation.LOOK_EVERY: stated})
    assert automation.look_every(settings) == seconds
