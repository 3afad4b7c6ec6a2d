"""`python -m bench`: what everything costs here, as tables with limits and ratios; 1 where a limit is broken.

`--quick` does less of what takes long; names of parts run only those.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from bench import disclosure, ingest, kills, readers, rows, site
from bench.line import lines, machine
from bench.measure import Line

HEAD = f"{'what':46} {'CPU s':>8} {'budget':>7} {'aim':>5} {'wall s':>8} {'MB':>6}  ratio"
QUICK_TABLES = ("252", "756", "national")
"""The benchmark tables of the disclosure room that end in seconds in both modes."""


def line_part(_: bool) -> int:
    """Refreshing, verifying, loading; Dagster's default arrangement; dbt and bare DuckDB."""
    measured: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="misconduct-bench-") as folder:
        for line in lines(Path(folder)):
            say(f"{line.words}: {line.cost.cpu_s:.1f} CPU s")
            measured.append(line)
    print("\n".join(table(measured)))
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


def disclosure_part(quick: bool) -> int:
    """Cells withheld and seconds, by size of the system."""
    disclosure.main(QUICK_TABLES if quick else [])
    return 0


PARTS: Mapping[str, Callable[[bool], int]] = {
    "line": line_part,
    "rows": lambda quick: rows.main(["--rows", "100000"] if quick else []),
    "input": lambda quick: ingest.main(["--rows", "--cases", "100" if quick else "2000"]),
    "disclosure": disclosure_part,
    "site": lambda _: site.main([]),
    "kills": lambda quick: kills.main(["--points", "5" if quick else "200"]),
    "readers": lambda quick: readers.main(["--refreshes", "2" if quick else "20"]),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts one after the other, and say how long each took."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of what takes long")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}; without, all")
    chosen = parser.parse_args(arguments)
    strange = [name for name in chosen.parts if name not in PARTS]
    if strange:
        parser.error(f"no part {strange[0]!r}; there are {', '.join(PARTS)}")
    print(machine(), flush=True)
    broken = [name for name in chosen.parts or PARTS if _part(name, chosen.quick)]
    print(f"limits broken in: {', '.join(broken)}" if broken else "every limit holds")
    return int(bool(broken))


def _part(name: str, quick: bool) -> int:
    say(f"{name} ...")
    print(f"\n== {name}: {(PARTS[name].__doc__ or '').strip()}".rstrip(": "), flush=True)
    begun = time.perf_counter()
    code = PARTS[name](quick)
    say(f"{name}: {time.perf_counter() - begun:.0f} s")
    return code


def say(words: str) -> None:
    """Progress, apart from the tables."""
    print(f"  {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
