"""What a command costs: CPU seconds of it and all it started, wall seconds, memory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Cost:
    """CPU and wall in seconds, memory in MB."""

    cpu_s: float
    wall_s: float
    memory_mb: float


@dataclass(frozen=True)
class Line:
    """One line of the table: what was run and what it cost; limits in CPU s; what it is held against."""

    words: str
    cost: Cost
    budget_s: float | None = None
    aim_s: float | None = None
    against: str = ""


def copied(home: Path, target: Path, *left_out: str) -> Path:
    """A fresh copy of a home, without what SQLite keeps beside a database only while somebody looks in."""
    shutil.rmtree(target, ignore_errors=True)
    beside = shutil.ignore_patterns("*-wal", "*-shm", "*-journal", *left_out)
    return Path(shutil.copytree(home, target, symlinks=True, ignore=beside))


def measure(command: Sequence[object], environ: Mapping[str, str] | None = None) -> Cost:
    """Run a command of this checkout and measure it.

    Raises:
        RuntimeError: it failed; the message holds the end of what it said.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env = {**kept, "PYTHONPATH": str(REPOSITORY), **(environ or {})}
    return _measured([str(part) for part in command], env)[0]


def told(code: str, *arguments: object) -> Cost:
    """What some Python says of itself: the last line that it prints is `[CPU s, wall s, MB]`."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    _, said = _measured(command, {**kept, "PYTHONPATH": str(REPOSITORY)})
    return Cost(*json.loads(said.splitlines()[-1]))


def _measured(command: list[str], env: Mapping[str, str]) -> tuple[Cost, str]:
    start, both = time.perf_counter(), subprocess.STDOUT
    process = subprocess.Popen(command, cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, stderr=both)
    assert process.stdout is not None
    said = process.stdout.read().decode(errors="replace")
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(said[-2000:])
    cost = Cost(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024)
    return cost, said


def misconduct(*arguments: object) -> Cost:
    """What one `misconduct` command costs."""
    return measure([sys.executable, "-m", "dagster_project.cli", *arguments])


def python(code: str, *arguments: object) -> Cost:
    """What some Python costs, in a process of its own."""
    return measure([sys.executable, "-c", code, *arguments])
