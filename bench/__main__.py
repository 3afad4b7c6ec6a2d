"""`python -m bench`: one table of what the line costs here, with ratios, then the disclosure benchmarks."""

from __future__ import annotations

import importlib
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bench.line import lines, machine
from bench.measure import Line

QUICK = ("252", "756")
"""The benchmark tables that end in seconds in both modes; the others by `python -m bench.disclosure`."""
HEAD = f"{'what':42} {'CPU s':>8} {'budget':>8} {'wall s':>8} {'MB':>6} {'x bare SQL':>11}"


def main() -> int:
    """Print the tables; 1 where a budget is broken."""
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        measured = []
        for line in lines(Path(folder) / "home"):
            print(f"  {line.words}", file=sys.stderr)
            measured.append(line)
    print("\n".join(table(measured)))
    disclosure = importlib.import_module("bench.disclosure")
    disclosure.main(QUICK)
    return int(any(line.budget_s is not None and line.cost.cpu_s > line.budget_s for line in measured))


def table(measured: Iterable[Line]) -> list[str]:
    """One row a line; the last line measured is bare DuckDB, which the ratios refer to."""
    measured = list(measured)
    bare = measured[-1].cost.cpu_s
    return [HEAD, *(_row(line, bare) for line in measured)]


def _row(line: Line, bare: float) -> str:
    cost, budget = line.cost, "" if line.budget_s is None else f"{line.budget_s:.0f}"
    used = f"{cost.cpu_s:8.2f} {budget:>8} {cost.wall_s:8.1f} {cost.memory_mb:6.0f}"
    return f"{line.words:42} {used} {cost.cpu_s / bare:11.1f}"


if __name__ == "__main__":
    raise SystemExit(main())
