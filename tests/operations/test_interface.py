"""Dagster's pages over the real definitions, by GraphQL: planted faults, a backfill, a kill, a recovery."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.measure import copied
from bench.readers import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_S = 600
ENDED = {"COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"}
QUICK_DAEMON = """
import sys
if "dagster._daemon" in sys.orig_argv:
    import dagster._daemon.controller
    dagster._daemon.controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 1
"""
"""Dagster's daemon looks every half minute, which cannot be set: a test does not wait that long."""
QUICK_QUEUE = """
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config: {max_concurrent_runs: 1, dequeue_interval_seconds: 1}
"""
LOCATION = {"repositoryLocationName": "dagster_project.definitions", "repositoryName": "__repository__"}
STAGES = {"landing", "raw", "code_lists", "staged", "marts", "protected", "released"}

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Interface:
    """A running `misconduct ui` and the folders that it works on."""

    address: str
    home: Path
    landing: Path

    def ask(self, query: str, **variables: Any) -> Any:
        """One GraphQL request."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.address}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            told = json.load(answer)
        assert "errors" not in told, told
        return told["data"]

    def assets(self) -> list[dict[str, Any]]:
        """Every asset that can be materialised."""
        fields = "assetKey { path } dependencyKeys { path } isMaterializable groupName description kinds"
        nodes = self.ask(f"{{ assetNodes {{ {fields} owners {{ __typename }} }} }}")["assetNodes"]
        return list(nodes)

    def materialise(self, *names: str, years: tuple[str, ...] = ()) -> str:
        """What 'Materialize all' sends, for these assets; gives how it ended."""
        mutation = """mutation ($params: LaunchBackfillParams!) {
            launchPartitionBackfill(backfillParams: $params) {
                __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
        which = {"partitionNames": list(years)} if years else {"allPartitions": True}
        params = {"assetSelection": [{"path": [name]} for name in names], **which}
        launched = self.ask(mutation, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        query = """query ($id: String!) { partitionBackfillOrError(backfillId: $id) {
            ... on PartitionBackfill { status } } }"""
        ask = lambda: self.ask(query, id=launched["backfillId"])["partitionBackfillOrError"]["status"]  # noqa: E731
        return str(until(ask, lambda status: status in ENDED))

    def launch(self, job: str, *assets: str) -> str:
        """What a launch sends that chooses no years; gives the run's id."""
        mutation = """mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
            __typename ... on LaunchRunSuccess { run { id } } ... on PythonError { message } } }"""
        selected = {"assetSelection": [{"path": [name]} for name in assets]} if assets else {}
        params = {"selector": {**LOCATION, "pipelineName": job, **selected}, "mode": "default"}
        launched = self.ask(mutation, params=params)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["id"])

    def ended(self, run_id: str) -> str:
        """How a run ended, once it has."""
        status = lambda: next(run["status"] for run in self.runs() if run["id"] == run_id)  # noqa: E731
        return str(until(status, lambda now: now not in ("STARTED", "STARTING", "QUEUED", "NOT_STARTED")))

    def runs(self) -> list[dict[str, Any]]:
        """Every run, the newest first."""
        query = "{ runsOrError { ... on Runs { results { id status jobName tags { key value } } } } }"
        return list(self.ask(query)["runsOrError"]["results"])

    def check(self, asset: str, name: str) -> dict[str, Any]:
        """The last verdict of one check, with what its metadata says."""
        query = """query ($key: AssetKeyInput!, $name: String!) {
            assetCheckExecutions(assetKey: $key, checkName: $name, limit: 1) { status evaluation {
                description metadataEntries { label ... on UrlMetadataEntry { url }
                    ... on TextMetadataEntry { text } } } } }"""
        (last,) = self.ask(query, key={"path": [asset]}, name=name)["assetCheckExecutions"]
        return dict(last)

    def switch_on(self, sensor: str) -> None:
        """What the switch beside a sensor sends."""
        mutation = """mutation ($selector: SensorSelector!) {
            startSensor(sensorSelector: $selector) { __typename ... on PythonError { message } } }"""
        told = self.ask(mutation, selector={**LOCATION, "sensorName": sensor})["startSensor"]
        assert told["__typename"] == "Sensor", told

    def materialise_all(self) -> str:
        """Everything that can be materialised."""
        return self.materialise(
            *(node["assetKey"]["path"][0] for node in self.assets() if node["isMaterializable"])
        )


def until(ask: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
    """Ask until the answer is enough."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = ask()
        if enough(answer):
            return answer
        time.sleep(0.5)
    raise AssertionError(f"still {answer!r}")


@pytest.fixture(scope="module")
def interface(release_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    """`misconduct ui` on a copy of the sample's home and landing folder."""
    base = tmp_path_factory.mktemp("interface")
    home, landing = base / "home", base / "landing"
    copied(release_home, home)
    shutil.copytree(REPOSITORY / "sample" / "landing", landing)
    (base / "quick").mkdir()
    (base / "quick" / "sitecustomize.py").write_text(QUICK_DAEMON)
    configuration = (home / "dagster" / "dagster.yaml").read_text()
    queue = configuration[configuration.index("concurrency:") : configuration.index("compute_logs:")]
    (home / "dagster" / "dagster.yaml").write_text(configuration.replace(queue, QUICK_QUEUE.lstrip()))
    port = free_port()
    arguments = ["ui", "--home", str(home), "--landing", str(landing), "--port", str(port)]
    env = {**os.environ, "PYTHONPATH": f"{base / 'quick'}:{REPOSITORY}", "MISCONDUCT_LOOK_EVERY": "2"}
    with (base / "ui.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster_project.cli", *arguments],
            env=env, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        line = Interface(f"http://127.0.0.1:{port}", home, landing)
        try:
            until(lambda: process.poll() is not None or answers(line), bool)
            assert process.poll() is None, "misconduct ui ended"
            yield line
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def answers(line: Interface) -> bool:
    """The code location is loaded."""
    try:
        return bool(line.assets())
    except (OSError, AssertionError):
        return False


def served(line: Interface) -> tuple[Path, list[str]]:
    """Where current points, and every release there is."""
    releases = sorted(path.name for path in (line.home / "releases").iterdir())
    return (line.home / "current").resolve(), releases


def edit(line: Interface, old: str, new: str) -> None:
    path = line.landing / "allegations_2018.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_pages_show_the_whole_graph(interface: Interface) -> None:
    nodes = interface.assets()
    assert {node["groupName"] for node in nodes} == STAGES
    assert all(node["description"] and node["owners"] and node["kinds"] for node in nodes)


def test_a_range_of_years_is_backfilled_in_one_run(interface: Interface) -> None:
    before = len(interface.runs())
    assert (
        interface.materialise("raw_incoming_allegations", years=("2012", "2013", "2014"))
        == "COMPLETED_SUCCESS"
    )
    run, *_ = after = interface.runs()
    assert len(after) == before + 1
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    assert tags["dagster/asset_partition_range_start"] == "2012"
    assert tags["dagster/asset_partition_range_end"] == "2014"


def test_with_gate_1_failing_materialising_everything_publishes_nothing(interface: Interface) -> None:
    before = served(interface)
    edit(interface, "Public complaint", "Public complant")
    assert interface.materialise_all() != "COMPLETED_SUCCESS"
    assert served(interface) == before
    failed = interface.check("raw_incoming_allegations", "quarantine_is_within_its_limit")
    told = {
        entry["label"]: entry.get("url") or entry.get("text")
        for entry in failed["evaluation"]["metadataEntries"]
    }
    assert failed["status"] == "FAILED"
    assert "max_quarantined" in failed["evaluation"]["description"]
    assert told["runbook"].endswith("docs/runbook.md#quarantine_is_within_its_limit")
    edit(interface, "Public complant", "Public complaint")


def test_with_gate_1_failing_the_rest_alone_publishes_nothing(interface: Interface) -> None:
    """Dagster's own check binds inside its run only: here the stages after it run by themselves."""
    before = served(interface)
    edit(interface, "Public complaint", "Public complant")
    interface.materialise("raw_incoming_allegations")
    rest = [n["assetKey"]["path"][0] for n in interface.assets() if n["isMaterializable"]]
    rest.remove("raw_incoming_allegations")
    assert interface.materialise(*rest) != "COMPLETED_SUCCESS"
    assert served(interface) == before
    edit(interface, "Public complant", "Public complaint")


def test_with_gate_2_failing_the_release_alone_publishes_nothing(interface: Interface) -> None:
    before = served(interface)
    path = interface.home / "protected" / "protected.json"
    whole = path.read_bytes()
    content = json.loads(whole)
    hidden = next(row for table in content["tables"] for row in table["rows"] if row["marker"] == "c")
    hidden.update(value=2, marker=None)
    path.write_text(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    assert interface.materialise("release") != "COMPLETED_SUCCESS"
    assert served(interface) == before
    path.write_bytes(whole)


def holder(mark: Path) -> int | None:
    """The process that holds the lock of a file, as the system lists it."""
    inode = mark.stat().st_ino
    for entry in Path("/proc/locks").read_text().splitlines():
        fields = entry.split()
        if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode):
            return int(fields[4])
    return None


def test_a_killed_run_is_shown_as_ended_and_keeps_nobody_waiting(interface: Interface) -> None:
    run_id = interface.launch("__ASSET_JOB", "raw_allegations", "stg_rows", "fct_allegations")
    mark = interface.home / "dagster" / "alive" / run_id
    pid = until(lambda: holder(mark) if mark.exists() else None, bool)
    os.kill(pid, signal.SIGKILL)
    assert interface.ended(run_id) == "FAILURE"
    assert interface.materialise("raw_incoming_allegations", years=("2018",)) == "COMPLETED_SUCCESS"


def test_a_refresh_that_names_no_years_reads_all_of_them(interface: Interface) -> None:
    before = served(interface)
    assert interface.ended(interface.launch("refresh")) == "SUCCESS"
    assert served(interface) == before


def test_after_the_repair_the_sensor_refreshes_and_publishes(
    interface: Interface, reword: Callable[[Path], None]
) -> None:
    _, before = served(interface)
    reword(interface.landing)
    interface.switch_on("landing_folder")
    refreshes = lambda: [run["status"] for run in interface.runs() if run["jobName"] == "refresh"]  # noqa: E731
    already = len(refreshes())
    statuses = until(refreshes, lambda found: len(found) > already and found[0] in ("SUCCESS", "FAILURE"))
    assert statuses[0] == "SUCCESS"
    current, after = served(interface)
    assert len(after) == len(before) + 1
    assert current.name not in before
    tags = {tag["key"]: tag["value"] for run in interface.runs()[:1] for tag in run["tags"]}
    assert tags["release_id"] == current.name
