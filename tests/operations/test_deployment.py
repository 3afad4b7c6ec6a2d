"""The deployment for teams: every unit runs on loopback, is asked what a team asks, and ends."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from configparser import ConfigParser
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
ANSWERS = 18
CONFINED = Path("misconduct-.service.d") / "confined.conf"
MOST_EXPOSED = 2.0
"""On the scale of systemd-analyze, which ends at 10; a service without any of these lines has 9.6."""


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


def test_every_unit_writes_as_a_user_of_its_own_and_shares_the_confinement() -> None:
    units = [unit_file(path) for path in UNITS]
    assert all(unit["Service"]["User"].startswith("misconduct") for unit in units)
    assert all(path.name.startswith(CONFINED.parent.name.removesuffix(".service.d")) for path in UNITS)
    shared = unit_file(DEPLOY / "systemd" / CONFINED)["Service"]
    own = {name for unit in units for name in unit["Service"]}
    assert not own & set(shared), "a unit loosens what is shared"


def unit_file(path: Path) -> ConfigParser:
    """A unit, with the names of its lines as they stand."""
    made = ConfigParser(interpolation=None)
    made.optionxform = str  # type: ignore[assignment]
    made.read_string(path.read_text())
    return made


@pytest.fixture
def units(tmp_path: Path, debian: Callable[..., None]) -> Path:
    """The units as systemd reads them, each with a command that is there on every machine."""
    debian("systemd")
    folder = tmp_path / "systemd"
    shutil.copytree(DEPLOY / "systemd", folder)
    for path in folder.glob("*.service"):
        path.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", path.read_text()))
    return folder


def complaints(folder: Path) -> str:
    """What systemd has to say against the units."""
    command = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(folder.glob("*.service")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def exposures(folder: Path) -> list[float]:
    """How open each unit is to whoever takes it over, as systemd-analyze counts it."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager"]
    said = [
        subprocess.run([*command, str(path)], capture_output=True, text=True, check=False).stdout
        for path in sorted(folder.glob("*.service"))
    ]
    return [float(re.findall(r"exposure level for \S+: ([0-9.]+)", text)[0]) for text in said]


def test_systemd_accepts_every_unit(units: Path) -> None:
    assert complaints(units) == ""
    twin = units / "misconduct-site.service"
    twin.write_text(twin.read_text().replace("ReadWritePaths=", "ReadWritePath="))
    assert "ReadWritePath" in complaints(units)


def test_every_unit_is_confined(units: Path) -> None:
    found = exposures(units)
    assert len(found) == len(UNITS)
    assert max(found) <= MOST_EXPOSED
    (units / CONFINED).unlink()
    assert min(exposures(units)) > MOST_EXPOSED


def test_the_storage_of_a_team_differs_from_that_of_one_person_in_its_place_only() -> None:
    team, one = yaml.safe_load((DEPLOY / "dagster.yaml").read_text()), yaml.safe_load(DAGSTER_YAML)
    assert {name: team[name] for name in one} == one
    assert list(team["storage"]) == ["postgres"]


def test_no_address_of_a_reader_is_kept() -> None:
    site = (DEPLOY / "nginx" / "site.conf").read_text()
    for line in ("access_log off;", "log_not_found off;", "error_log stderr crit;"):
        assert f"    {line}\n" in site


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
