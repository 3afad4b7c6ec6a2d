"""The process that makes a release cannot open private files, the network or other processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project import release
from dagster_project.errors import Refused
from dagster_project.settings import prepare_home, read_settings

FENCED = [sys.executable, "-P", "-m", "dagster_project.fenced"]


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    home = tmp_path / "home"
    staging = home / "releases" / ".staging-x"
    staging.mkdir(parents=True)
    (home / "secret.key").write_text("private")
    (staging / "protected.json").write_text("{}")
    return home, staging


def run_fenced(places: tuple[Path, Path], code: str) -> subprocess.CompletedProcess[str]:
    home, staging = places
    module = staging / "attempt.py"
    module.write_text(code)
    command = [*FENCED, json.dumps([str(home)]), str(staging), "attempt"]
    env = {"PYTHONPATH": str(staging)}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_it_reads_and_writes_its_own_folder(places: tuple[Path, Path]) -> None:
    done = run_fenced(
        places,
        f"open({str(places[1] / 'out')!r}, 'w').write(open({str(places[1] / 'protected.json')!r}).read())",
    )
    assert done.returncode == 0, done.stderr
    assert (places[1] / "out").read_text() == "{}"


@pytest.mark.parametrize(
    "code",
    [
        "open({home!r} + '/secret.key')",
        "import os; os.open({home!r} + '/secret.key', os.O_RDONLY)",
        "import os; os.listdir({home!r})",
        "import os; os.symlink({home!r} + '/secret.key', {staging!r} + '/link'); open({staging!r} + '/link')",
        "open({staging!r} + '/../../secret.key')",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import subprocess; subprocess.run(['cat', {home!r} + '/secret.key'])",
        "import os; os.system('true')",
    ],
)
def test_what_is_private_stays_closed(places: tuple[Path, Path], code: str) -> None:
    done = run_fenced(places, code.format(home=str(places[0]), staging=str(places[1])))
    assert done.returncode != 0
    assert "PermissionError" in done.stderr


def test_the_same_attempts_succeed_without_the_fence(places: tuple[Path, Path]) -> None:
    code = f"import os; open({str(places[0] / 'secret.key')!r}).read(); os.listdir({str(places[0])!r})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_process_that_does_not_end_is_ended_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings(tmp_path / "home", environ={})
    prepare_home(settings)
    monkeypatch.setattr(release, "ENDS_WITHIN_S", 0.001)
    with pytest.raises(Refused, match="building the site failed: nothing was published"):
        release._fenced(settings, tmp_path, "dashboards", "build")
    assert "did not end within" in (settings.build / "dashboards.log").read_text(encoding="utf-8")
