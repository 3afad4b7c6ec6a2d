"""The deployment for teams: every unit runs on loopback, is asked what a team asks, and ends."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from dagster_project.settings import DAGSTER_YAML

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
CONFIGURATIONS = [
    *UNITS,
    *sorted((DEPLOY / "nginx").iterdir()),
    DEPLOY / "dagster.yaml",
    DEPLOY / "workspace.yaml",
]
CANNOT = 77
ANSWERS = 16


def open_places(text: str) -> list[str]:
    """Every address in a configuration that something outside this machine could reach."""
    places = re.findall(r"(?m)^\s*listen\s+([^;]+);|--host[= ](\S+)|-h (\S+)|\bhost: (\S+)", text)
    named = [place for found in places for place in found if place]
    without = [line for line in text.splitlines() if "dagster-webserver" in line and "--host" not in line]
    return [place for place in named if not place.startswith(("127.0.0.1", "localhost", "unix:"))] + without


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_nothing_is_reached_from_outside_by_default(path: Path) -> None:
    assert open_places(path.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "    listen 8080;",
        "    listen 0.0.0.0:8080;",
        "    listen [::]:80;",
        "ExecStart=/x/dagster-webserver --host 0.0.0.0 --port 3001",
        "ExecStart=/x/dagster-webserver --port 3001",
        "      host: 10.0.0.1",
    ],
)
def test_an_open_place_would_be_found(text: str) -> None:
    assert open_places(text)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_unit_is_confined(path: Path) -> None:
    unit = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    assert unit["User"].startswith("misconduct")
    assert unit["IPAddressDeny"] == "any"
    assert unit["IPAddressAllow"] == "localhost"
    assert unit["ProtectSystem"] == "strict"
    assert unit["UMask"] == "0077"


def test_the_storage_of_a_team_differs_from_that_of_one_person_in_its_place_only() -> None:
    team, one = yaml.safe_load((DEPLOY / "dagster.yaml").read_text()), yaml.safe_load(DAGSTER_YAML)
    assert {name: team[name] for name in one} == one
    assert list(team["storage"]) == ["postgres"]


@pytest.mark.slow
def test_the_whole_deployment_runs_and_leaves_nothing_running(
    release_home: Path, debian: Callable[..., None]
) -> None:
    debian("postgresql", "nginx-light", "openssl")
    command = [sys.executable, str(DEPLOY / "rehearse.py"), str(release_home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == CANNOT:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("right: ") == ANSWERS
    assert "misconduct-rehearsal-" not in running()


def running() -> str:
    """The command lines of all processes."""
    lines = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
    return b"\n".join(lines).decode(errors="replace")
