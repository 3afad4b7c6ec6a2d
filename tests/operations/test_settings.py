"""Where things are, and that nothing reports to anybody."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
import yaml

from dagster_project.settings import (
    QUIET,
    REPOSITORY,
    fenced_environment,
    prepare_home,
    prepare_process,
    read_settings,
)

ROOMS = ("dagster_project", "dashboards", "disclosure", "expectations", "ingest", "sample")


def test_arguments_win_over_the_environment_and_it_over_the_repository(tmp_path: Path) -> None:
    environ = {"MISCONDUCT_HOME": "/somewhere", "MISCONDUCT_LANDING": "/else"}
    assert read_settings(tmp_path, None, environ).home == tmp_path
    assert read_settings(None, None, environ).home == Path("/somewhere")
    assert read_settings(None, None, environ).landing == Path("/else")
    assert read_settings(None, None, {}).home == REPOSITORY / "data"
    assert read_settings(None, None, {}).landing == REPOSITORY / "sample" / "landing"


def test_every_framework_is_told_to_report_to_nobody(tmp_path: Path) -> None:
    environ: dict[str, str] = {}
    prepare_process(read_settings(tmp_path, None, {}), environ)
    assert environ.items() >= QUIET.items()
    assert environ["MISCONDUCT_HOME"] == str(tmp_path)


def test_the_storage_of_dagster_reports_to_nobody_and_keeps_no_printed_lines(tmp_path: Path) -> None:
    settings = read_settings(tmp_path / "home", None, {})
    prepare_home(settings)
    written = yaml.safe_load((settings.dagster / "dagster.yaml").read_text())
    assert written["telemetry"] == {"enabled": False}
    assert written["compute_logs"]["class"] == "NoOpComputeLogManager"


def test_only_its_owner_may_open_a_home(tmp_path: Path) -> None:
    settings = read_settings(tmp_path / "home", None, {})
    prepare_home(settings)
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700


def test_the_fenced_process_is_not_told_where_the_home_is(tmp_path: Path) -> None:
    settings = read_settings(tmp_path, None, {"MISCONDUCT_HOME": str(tmp_path), "PATH": "/bin"})
    environ = fenced_environment(settings)
    assert str(tmp_path) not in "".join(environ.values())
    assert environ["MALLOC_PERTURB_"] == "255"


@pytest.mark.parametrize("room", ROOMS)
def test_only_the_settings_read_the_environment(room: str) -> None:
    readers = [
        path.name
        for path in (REPOSITORY / room).rglob("*.py")
        if re.search(r"os\.environ|getenv|environb", path.read_text(encoding="utf-8"))
    ]
    assert readers == (["settings.py"] if room == "dagster_project" else [])


@pytest.mark.parametrize("name", ["Bogus/Zone", "../etc/passwd", "CET-1CEST,M3.5.0"])
def test_a_time_zone_that_there_is_not_is_taken_for_utc(name: str, tmp_path: Path) -> None:
    """As the C library does. Great Expectations ends with an error at it and leaves its pages empty."""
    environ = {"TZ": name}
    prepare_process(read_settings(tmp_path, None, {}), environ)
    assert environ["TZ"] == "UTC"


@pytest.mark.parametrize("environ", [{"TZ": "Europe/London"}, {"TZ": ":Europe/London"}, {"TZ": ""}, {}])
def test_any_other_time_zone_is_left_as_it_is(environ: dict[str, str], tmp_path: Path) -> None:
    before = environ.get("TZ")
    changed = dict(environ)
    prepare_process(read_settings(tmp_path, None, {}), changed)
    assert changed.get("TZ") == before
