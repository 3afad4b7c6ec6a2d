"""Kill refreshes at random moments, look at what they leave, and refresh again.

`python -m bench.kills --points 200 --seed 1` prints a line a kill, and ends with 1 where one broke something.
A warm process is forked for each refresh, so that a kill costs no imports; the seed gives the moments.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.measure import REPOSITORY, copied
from dagster_project import log
from dagster_project.cli import main as misconduct

HEAVY = (
    "dagster_project.definitions",
    "dagster_project.run",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "duckdb",
    "expectations.suites",
    "great_expectations",
    "highspy",
    "pandas",
    "pyarrow.parquet",
)
SAMPLE = REPOSITORY / "sample" / "landing"


@dataclass(frozen=True)
class Reference:
    """What a refresh leaves that nobody disturbs: its releases byte by byte, and how long it takes."""

    files: dict[str, str]
    current: str
    wall_s: float


@dataclass(frozen=True)
class Kill:
    """One kill: when it fell, the last line that the refresh said before, and what it broke."""

    share: float
    last: str
    found: tuple[str, ...]


def warm() -> None:
    """Import what a refresh imports, and run nothing: no thread may be alive when a process forks."""
    for name in HEAVY:
        importlib.import_module(name)


def start(home: Path, landing: Path, said: Path) -> int:
    """Fork a refresh in a process group of its own; its process id."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.setsid()
        output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        code = misconduct(["refresh", "--home", str(home), "--landing", str(landing)])
        sys.stdout.flush()
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """The exit code of a forked refresh."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def renewed(landing: Path) -> None:
    """A blank row more in a file, a word more in a published figure: all is done again, no count changes."""
    with (landing / "allegations_2018.csv").open("ab") as file:
        file.write(b"\r\n")
    figures = landing / "published_figures.csv"
    text = figures.read_text(encoding="utf-8")
    figures.write_text(text.replace("allegations", "recorded allegations", 1), encoding="utf-8")


def undisturbed(home: Path, landing: Path, folder: Path) -> Reference:
    """Refresh a copy of the home, and keep what it leaves.

    Raises:
        RuntimeError: even without a kill it fails.
    """
    copy = copied(home, folder / "undisturbed")
    begun = time.perf_counter()
    code = ended(start(copy, landing, folder / "said"))
    wall_s = time.perf_counter() - begun
    if code:
        raise RuntimeError((folder / "said").read_text(encoding="utf-8"))
    return Reference(files_of(copy / "releases"), (copy / "current").readlink().name, wall_s)


def killed(home: Path, landing: Path, folder: Path, reference: Reference, share: float, group: bool) -> Kill:
    """Kill a refresh after this share of its time, look, refresh again, look again."""
    copy, said = copied(home, folder / "killed"), folder / "said"
    served = (copy / "current").readlink().name
    child = start(copy, landing, said)
    time.sleep(share * reference.wall_s)
    with suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(child, signal.SIGKILL)
    os.waitpid(child, 0)
    lines = said.read_text(encoding="utf-8").splitlines()
    found = [f"after the kill: {words}" for words in left(copy, {served, reference.current})]
    code = ended(start(copy, landing, said))
    if code:
        found.append(f"the next refresh ended with {code}: {said.read_text(encoding='utf-8')[-500:]}")
    found += [f"after the next: {words}" for words in left(copy, {reference.current})]
    found += [f"the log: {words}" for words in log.verify(copy / "log" / "log.jsonl")]
    if files_of(copy / "releases") != reference.files:
        found.append("the releases differ from those of an undisturbed refresh")
    shutil.rmtree(copy, ignore_errors=True)
    stage = next((line for line in reversed(lines) if re.match(r"\w+[^/]*: \w", line)), "nothing said yet")
    return Kill(share, stage, tuple(found))


def left(home: Path, may_be_served: set[str]) -> list[str]:
    """What is wrong with what readers of the home see."""
    found = []
    release = (home / "current").resolve()
    if release.name not in may_be_served:
        found.append(f"{release.name} is served")
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    if any(sha256(release / name) != digest for name, digest in manifest["files"].items()):
        found.append("the served release is not whole")
    for database, question in (
        (home / "warehouse.duckdb", "select count(*) from marts.fct_allegations"),
        (release / "published.duckdb", "select count(*) from outcomes_by_year"),
    ):
        if not misconduct_answers(database, question):
            found.append(f"{database.name} cannot be read")
    return found


def misconduct_answers(database: Path, question: str) -> bool:
    """Whether a reader gets an answer; asked in a process of its own, since DuckDB starts threads."""
    child = os.fork()
    if not child:
        code = 1
        try:
            import duckdb

            with duckdb.connect(str(database), read_only=True) as connection:
                code = int(connection.execute(question).fetchone() in (None, (0,)))
        finally:
            os._exit(code)
    return ended(child) == 0


def files_of(folder: Path) -> dict[str, str]:
    """The sha256 of every file, by its path; hidden folders that a dead process left are passed over."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: sha256(path) for name, path in found.items() if not name.startswith(".")}


def sha256(path: Path) -> str:
    """Of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill so many refreshes; 1 where one broke something."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="a home that holds the sample's release; else one is made")
    chosen = parser.parse_args(arguments)
    warm()
    with tempfile.TemporaryDirectory(prefix="misconduct-kills-") as name:
        folder = Path(name)
        home = chosen.home or folder / "home"
        if not chosen.home and ended(start(home, SAMPLE, folder / "said")):
            raise RuntimeError((folder / "said").read_text(encoding="utf-8"))
        landing = Path(shutil.copytree(SAMPLE, folder / "landing"))
        renewed(landing)
        return _kills(home, landing, folder, chosen.points, random.Random(chosen.seed))


def _kills(home: Path, landing: Path, folder: Path, points: int, draw: random.Random) -> int:
    reference = undisturbed(home, landing, folder)
    print(f"an undisturbed refresh: {reference.wall_s:.1f} s", flush=True)
    broken = 0
    for number in range(1, points + 1):
        kill = killed(home, landing, folder, reference, draw.random(), bool(number % 2))
        broken += bool(kill.found)
        words = "; ".join(kill.found) or "survived"
        print(f"kill {number:3} at {kill.share:4.0%} ({kill.last}): {words}", flush=True)
    print(f"{points - broken} of {points} kills survived")
    return int(broken > 0)


if __name__ == "__main__":
    raise SystemExit(main())
