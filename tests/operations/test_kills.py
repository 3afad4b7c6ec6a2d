"""kill -9 at random points of a refresh: nothing needs repair, and the next one gives the same bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.kills import left

REPOSITORY = Path(__file__).resolve().parents[2]
POINTS, SEED = 15, 20170601

pytestmark = pytest.mark.slow


def bench(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """One of the benchmarks' own programs, in a process that may fork."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MISCONDUCT_", "DAGSTER_"))
    }
    command = [sys.executable, "-m", f"bench.{name}", *map(str, arguments)]
    env = {**kept, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)


def test_a_refresh_survives_kills_at_random_points(release_home: Path) -> None:
    done = bench("kills", "--points", POINTS, "--seed", SEED, "--home", release_home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^kill .*: survived$", done.stdout, re.MULTILINE)) == POINTS


def test_readers_see_whole_releases_only_and_block_no_refresh(release_home: Path) -> None:
    done = bench("readers", "--refreshes", 3, "--home", release_home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": published ") == 3
    assert done.stdout.count("reads, nothing wrong") == 3


def test_damage_would_be_seen(home: Path) -> None:
    served = {(home / "current").readlink().name}
    assert left(home, served) == []
    assert left(home, {"another"}) == [f"{next(iter(served))} is served"]
    (home / "warehouse.duckdb").write_bytes((home / "warehouse.duckdb").read_bytes()[:100_000])
    (home / "current" / "site" / "index.html").write_text("half")
    assert left(home, served) == ["the served release is not whole", "warehouse.duckdb cannot be read"]
