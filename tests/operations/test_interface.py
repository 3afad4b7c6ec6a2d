"""Dagster's pages over the real definitions: a planted bad file, a broken table, a recovery, by GraphQL."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_S = 300
ENDED = {"COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"}

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
        with urllib.request.urlopen(request, timeout=60) as answer:
            told = json.load(answer)
        assert "errors" not in told, told
        return told["data"]

    def assets(self) -> list[dict[str, Any]]:
        """Every asset that can be materialised."""
        fields = "assetKey { path } dependencyKeys { path } isMaterializable groupName description kinds"
        nodes = self.ask(f"{{ assetNodes {{ {fields} owners {{ __typename }} }} }}")["assetNodes"]
        return list(nodes)

    def materialise(self, *names: str) -> str:
        """What 'Materialize all' sends, for these assets; gives how it ended."""
        mutation = """mutation ($params: LaunchBackfillParams!) {
            launchPartitionBackfill(backfillParams: $params) {
                __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
        params = {"assetSelection": [{"path": [name]} for name in names], "allPartitions": True}
        launched = self.ask(mutation, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        query = """query ($id: String!) { partitionBackfillOrError(backfillId: $id) {
            ... on PartitionBackfill { status } } }"""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status = self.ask(query, id=launched["backfillId"])["partitionBackfillOrError"]["status"]
            if status in ENDED:
                return str(status)
            time.sleep(1)
        raise AssertionError("the backfill did not end")

    def materialise_all(self) -> str:
        """Everything that can be materialised."""
        return self.materialise(
            *(node["assetKey"]["path"][0] for node in self.assets() if node["isMaterializable"])
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "misconduct ui ended"
        if ready():
            return
        time.sleep(1)
    raise AssertionError("misconduct ui did not start")


@pytest.fixture(scope="module")
def interface(release_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    """`misconduct ui` on a copy of the sample's home and landing folder."""
    base = tmp_path_factory.mktemp("interface")
    home, landing = base / "home", base / "landing"
    shutil.copytree(release_home, home, symlinks=True)
    shutil.copytree(REPOSITORY / "sample" / "landing", landing)
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "dagster_project.cli",
        "ui",
        "--home",
        home,
        "--landing",
        landing,
        "--port",
        port,
    ]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with (base / "ui.log").open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], env=env, stdout=output, stderr=output, start_new_session=True
        )
        line = Interface(f"http://127.0.0.1:{port}", home, landing)
        try:
            wait_until(lambda: answers(line), process)
            yield line
        finally:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(30)
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


def test_the_graph_is_unbroken_and_explains_itself(interface: Interface) -> None:
    nodes = {node["assetKey"]["path"][0]: node for node in interface.assets()}
    stages = {"landing", "raw", "code_lists", "staged", "marts", "protected", "released"}
    assert {node["groupName"] for node in nodes.values()} == stages
    for name, node in nodes.items():
        assert node["description"], name
        assert node["owners"], name
        assert node["kinds"], name
    assert upstream(nodes, "release") >= {
        "landing_files",
        "raw_allegations",
        "fct_allegations",
        "seed_outcome_labels",
    }


def upstream(nodes: dict[str, dict[str, Any]], name: str) -> set[str]:
    """Everything that an asset comes from."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        direct = {key["path"][0] for key in nodes[waiting.pop()]["dependencyKeys"]} - found
        found |= direct
        waiting += direct
    return found


def test_with_gate_1_failing_materialising_everything_publishes_nothing(interface: Interface) -> None:
    before = served(interface)
    edit(interface, "Public complaint", "Public complant")
    assert interface.materialise_all() != "COMPLETED_SUCCESS"
    assert served(interface) == before
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


def test_after_the_repair_materialising_everything_publishes(
    interface: Interface, reword: Callable[[Path], None]
) -> None:
    _, before = served(interface)
    reword(interface.landing)
    assert interface.materialise_all() == "COMPLETED_SUCCESS"
    current, after = served(interface)
    assert len(after) == len(before) + 1
    assert current.name not in before
