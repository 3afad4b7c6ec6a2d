"""Full disks, unwritable homes, jumping clocks, two refreshes at once: the old release stays served."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.measure import copied
from dagster_project import log

REPOSITORY = Path(__file__).resolve().parents[2]
Run = Callable[..., Any]

pytestmark = pytest.mark.slow


def is_whole(release: Path) -> bool:
    """Every file of the manifest is there with its sha256."""
    files = json.loads((release / "manifest.json").read_text())["files"]
    return all(
        hashlib.sha256((release / name).read_bytes()).hexdigest() == digest for name, digest in files.items()
    )


def start(home: Path, landing: Path, **options: Any) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "dagster_project.cli",
        "refresh",
        "--home",
        str(home),
        "--landing",
        str(landing),
    ]
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_a_release_placed_but_not_logged_is_taken_up(home: Path, new_landing: Path, misconduct: Run) -> None:
    """The state that a kill between placing and logging leaves: the old release is still pointed at."""
    before = (home / "current").readlink()
    head, path = home / ".log.head", home / "log" / "log.jsonl"
    assert misconduct("refresh", "--home", home, "--landing", new_landing).code == 0
    release = (home / "current").readlink()
    *lines, published = path.read_text().splitlines(keepends=True)
    assert '"publish"' in published
    path.write_text("".join(lines))
    head.write_text(lines[-1])
    (home / "current").unlink()
    (home / "current").symlink_to(before)
    assert misconduct("refresh", "--home", home, "--landing", new_landing).code == 0
    assert (home / "current").readlink() == release
    assert log.entries(path)[-1].words == "found whole after an interruption"
    assert log.verify(path) == ()


@pytest.fixture
def years_back(debian: Callable[..., None]) -> dict[str, str]:
    """An environment in which the clock stands years before the files that are there."""
    debian("libfaketime")
    [library] = Path("/usr/lib").rglob("libfaketime.so.1")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": "2019-02-03 04:05:06",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def test_a_clock_that_jumps_back_changes_nothing(
    home: Path, new_landing: Path, tmp_path: Path, misconduct: Run, years_back: dict[str, str]
) -> None:
    twin = Path(shutil.copytree(home, tmp_path / "twin", symlinks=True))
    ran = misconduct("refresh", "--home", home, "--landing", new_landing, environ=years_back)
    assert ran.code == 0, ran.said
    assert misconduct("refresh", "--home", twin, "--landing", new_landing).code == 0
    assert (home / "current").readlink() == (twin / "current").readlink()
    assert hashes(home / "current") == hashes(twin / "current")
    path = home / "log" / "log.jsonl"
    assert log.entries(path)[-1].at.startswith("2019-02-03")
    assert misconduct("log", "verify", "--home", home).code == 0


def hashes(release: Path) -> dict[str, str]:
    """The manifest's sha256 of each file."""
    files: dict[str, str] = json.loads((release / "manifest.json").read_text())["files"]
    return files


def test_two_refreshes_at_once_one_is_refused(home: Path, new_landing: Path, misconduct: Run) -> None:
    before = (home / "current").resolve()
    first = start(home, new_landing)
    assert first.stderr is not None
    first.stderr.readline()
    # It stands still meanwhile: the second may be as slow as it likes.
    first.send_signal(signal.SIGSTOP)
    try:
        ran = misconduct("refresh", "--home", home, "--landing", new_landing)
    finally:
        first.send_signal(signal.SIGCONT)
    assert ran.code == 1
    assert f"process {first.pid}" in ran.err
    first.stderr.read()
    assert first.wait() == 0
    assert (home / "current").resolve() != before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with little room."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root and the right to mount")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_full_disk_keeps_the_old_release(
    release_home: Path, new_landing: Path, small_disk: Path, misconduct: Run
) -> None:
    home = small_disk / "home"
    copied(release_home, home, "docs")
    free = shutil.disk_usage(small_disk).free
    (small_disk / "filler").write_bytes(b"\0" * max(0, free - 256_000))
    before = (home / "current").resolve()
    ran = misconduct("refresh", "--home", home, "--landing", new_landing)
    assert ran.code == 1, ran.said
    assert "the disk of the home" in ran.err
    assert "free some space" in ran.err
    assert "Traceback" not in ran.said
    assert (home / "current").resolve() == before
    assert is_whole(before)
    (small_disk / "filler").unlink()


def test_a_file_limit_keeps_the_old_release(home: Path, new_landing: Path) -> None:
    """The same where no disk can be mounted: no file may grow beyond a limit."""
    limit = (400_000, 400_000)
    process = start(home, new_landing, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
    before = (home / "current").resolve()
    _, said = process.communicate()
    assert process.returncode == 1, said
    assert "Traceback" not in said
    assert (home / "current").resolve() == before
    assert is_whole(before)


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path, misconduct: Run) -> None:
    (tmp_path / "file").write_text("")
    ran = misconduct("refresh", "--home", tmp_path / "file" / "home")
    assert ran.code == 1
    assert "the home is not a folder" in ran.err
    assert "Traceback" not in ran.said


def test_a_read_only_home_keeps_the_old_release(
    release_home: Path, new_landing: Path, tmp_path: Path, misconduct: Run
) -> None:
    place = tmp_path / "read_only"
    copied(release_home, place)
    command = ["mount", "--bind", str(place), str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a read-only disk needs root and the right to mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
        ran = misconduct("refresh", "--home", place, "--landing", new_landing)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)
    assert ran.code == 1, ran.said
    assert "read-only" in ran.err
    assert "Traceback" not in ran.said
    assert is_whole(place / "current")
