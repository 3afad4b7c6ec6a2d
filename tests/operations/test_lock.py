"""One refresh a home: a second one is told so, and a dead one blocks nobody."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.errors import Refused
from dagster_project.lock import one_at_a_time

HOLD = """
import sys
from pathlib import Path
from dagster_project.lock import one_at_a_time
with one_at_a_time(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_process_is_refused_and_told_who_works(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with (
        pytest.raises(Refused, match=rf"another refresh .* \(process {holder.pid}\)"),
        one_at_a_time(tmp_path),
    ):
        pass


def test_the_lock_of_a_killed_process_does_not_block(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with one_at_a_time(tmp_path):
        assert (tmp_path / ".lock").exists()


def test_a_stage_may_take_the_lock_that_its_run_holds(tmp_path: Path) -> None:
    with one_at_a_time(tmp_path), one_at_a_time(tmp_path):
        assert (tmp_path / ".lock.pid").exists()
