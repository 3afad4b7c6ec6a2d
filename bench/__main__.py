"""`python -m bench`: what everything costs here, as tables with limits and ratios; 1 where a limit is broken.

What is short comes first. A part that fails says why and loses none of the others; the last table tells how
each ended. `--quick` does less of what takes long; `--only` and `--skip` choose parts.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import disclosure, disclosure_optimum, disclosure_random, ingest, kills, readers, rows, site
from bench.line import lines, machine
from bench.measure import Line

HEAD = f"{'what':46} {'CPU s':>8} {'budget':>7} {'aim':>5} {'wall s':>8} {'MB':>6}  ratio"
QUICK_TABLES = ("252", "756", "national")
"""The benchmark tables of the disclosure room that end in seconds in both modes."""


def line_part(_: bool) -> int:
    """Refreshing, verifying, loading; Dagster's default arrangement; dbt and bare DuckDB."""
    measured: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="misconduct-bench-") as folder:
        try:
            for line in lines(Path(folder)):
                say(f"{line.words}: {line.cost.cpu_s:.1f} CPU s")
                measured.append(line)
        finally:
            print("\n".join(table(measured)), flush=True)
    return int(any(line.budget_s is not None and line.cost.cpu_s > line.budget_s for line in measured))


def table(measured: Iterable[Line]) -> list[str]:
    """One row a line; the ratio is to the line that it names."""
    cpu = {line.words: line.cost.cpu_s for line in measured}
    return [HEAD, *(_row(line, cpu) for line in measured)]


def _row(line: Line, cpu: Mapping[str, float]) -> str:
    cost, limits = line.cost, ["" if s is None else f"{s:.0f}" for s in (line.budget_s, line.aim_s)]
    used = f"{cost.cpu_s:8.2f} {limits[0]:>7} {limits[1]:>5} {cost.wall_s:8.1f} {cost.memory_mb:6.0f}"
    ratio = f"{cost.cpu_s / cpu[line.against]:.1f} x {line.against}" if line.against else ""
    return f"{line.words:46} {used}  {ratio}".rstrip()


def rows_part(quick: bool) -> int:
    """Many rows from csv to tested tables, against bare DuckDB."""
    return rows.main(["--rows", "100000"] if quick else [])


def input_part(quick: bool) -> int:
    """Damaged files: each is read right or refused in words."""
    return ingest.main(["--rows", "--cases", "100" if quick else "2000"])


def disclosure_part(quick: bool) -> int:
    """Cells withheld and seconds, by size of the system."""
    disclosure.main(QUICK_TABLES if quick else [])
    return 0


def random_part(quick: bool) -> int:
    """Random linked systems, protected and attacked."""
    return disclosure_random.main(["--cases", "200" if quick else "10000"])


def optimum_part(quick: bool) -> int:
    """Cells withheld in bench mode beside the fewest that will do, on small tables of many shapes."""
    return disclosure_optimum.main(["--cases", "15" if quick else "75"])


def site_part(_: bool) -> int:
    """Building the site, and loading its pages."""
    return site.main([])


def kills_part(quick: bool) -> int:
    """Refreshes that are killed at random points."""
    return kills.main(["--points", "5" if quick else "200"])


def readers_part(quick: bool) -> int:
    """Readers of everything while one refresh follows the other."""
    return readers.main(["--refreshes", "2" if quick else "20"])


PARTS: Mapping[str, Callable[[bool], int]] = {
    "line": line_part,
    "site": site_part,
    "input": input_part,
    "readers": readers_part,
    "disclosure": disclosure_part,
    "random": random_part,
    "optimum": optimum_part,
    "kills": kills_part,
    "rows": rows_part,
}
"""From minutes to the better part of an hour."""


@dataclass(frozen=True)
class Ended:
    """How a part ended, in words, and after how many seconds."""

    part: str
    words: str
    good: bool
    wall_s: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts one after the other, and say how each ended."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of what takes long")
    for option in ("--only", "--skip"):
        parser.add_argument(
            option, nargs="+", choices=PARTS, default=[], metavar="PART", help=", ".join(PARTS)
        )
    chosen = parser.parse_args(arguments)
    names = [name for name in PARTS if name in (chosen.only or PARTS) and name not in chosen.skip]
    print(machine(), flush=True)
    ended = []
    for number, name in enumerate(names, 1):
        say(f"[{number} of {len(names)}] {name}: {PARTS[name].__doc__}")
        ended.append(run(name, PARTS[name], chosen.quick))
    print("\n".join(summary(ended)))
    return int(not all(part.good for part in ended))


def run(name: str, part: Callable[[bool], int], quick: bool) -> Ended:
    """Run one part; whatever it raises is told and ends this part alone."""
    print(f"\n== {name}: {part.__doc__} (load {os.getloadavg()[0]:.1f} before)", flush=True)
    begun = time.perf_counter()
    try:
        broken = part(quick)
        words = "a limit is broken" if broken else "every limit holds"
    except (Exception, SystemExit) as error:
        broken, words = 1, f"failed: {type(error).__name__}: {error}"
        print(words, flush=True)
    wall_s = time.perf_counter() - begun
    return Ended(name, words.strip().splitlines()[0], not broken, wall_s)


def summary(ended: Iterable[Ended]) -> list[str]:
    """One row a part."""
    rows = [f"{part.part:12} {part.wall_s:8.0f}  {part.words}" for part in ended]
    return ["", f"{'part':12} {'wall s':>8}  how it ended", *rows]


def say(words: str) -> None:
    """Progress, apart from the tables."""
    print(f"  {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
