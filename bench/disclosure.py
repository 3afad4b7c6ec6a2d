"""How many counts protection withholds, and how long protecting and proving take, on benchmark tables.

`python -m bench.disclosure [--folder FOLDER] [NAME ...]` reads `NAME.csv`, a row an inner count. It prints
for each table one line in bench mode (costs by value, each cell movable by 1) and one in release mode
(threshold, keyed costs). Seconds are of CPU.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from disclosure.audit import audit
from disclosure.instance import Cell, Equation, Instance, Protection
from disclosure.secondary import protect

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "disclosure_bench"
TOTAL = "Total"
THRESHOLD = 5
BUDGET_S = 600.0
NAMES = ("252", "756", "1764", "3024")
HEAD = "| cells | small | mode | withheld besides | their value | protect s | prove s | status |"


@dataclass(frozen=True)
class Result:
    """What one run withheld and how long it took, in CPU seconds."""

    found: Protection
    value: int
    protect_s: float
    prove_s: float
    status: str


def full_table(path: Path) -> Instance:
    """All cells of the table with all its totals; small counts are primary."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "count"]
    codes = [sorted({row[name] for row in rows}) for name in names]
    values: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        for key in itertools.product(*((row[name], TOTAL) for name in names)):
            values[key] += int(row["count"])
    keys = sorted(itertools.product(*([*some, TOTAL] for some in codes)))
    ids = {key: n for n, key in enumerate(keys)}
    cells = tuple(Cell(ids[key], "|".join(key), values[key]) for key in keys)
    small = tuple(cell.id for cell in cells if 0 < (cell.value or 0) < THRESHOLD)
    return Instance(cells, tuple(_equations(ids, codes)), primary=small, budget_s=BUDGET_S)


def _equations(ids: dict[tuple[str, ...], int], codes: list[list[str]]) -> list[Equation]:
    return [
        Equation(ids[key], tuple(ids[(*key[:n], code, *key[n + 1 :])] for code in codes[n]))
        for key in ids
        for n in range(len(key))
        if key[n] == TOTAL
    ]


def measure(instance: Instance) -> Result:
    """Protect and prove once."""
    start = time.process_time()
    found = protect(instance)
    middle = time.process_time()
    attacked = audit(instance.with_hidden(found.hidden, found.lower)) if found.status == "proven" else None
    end = time.process_time()
    values = {cell.id: cell.value or 0 for cell in instance.cells}
    status = attacked.status if attacked else found.status
    value = sum(values[i] for i in found.secondary)
    return Result(found, value, middle - start, end - middle, status)


def line(instance: Instance, mode: str) -> str:
    """One row of the table."""
    result = measure(instance)
    small = len(instance.primary or ())
    return (
        f"| {len(instance.cells):,} | {small} | {mode} | {len(result.found.secondary)} | {result.value:,} "
        f"| {result.protect_s:.1f} | {result.prove_s:.1f} | {result.status} |"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, or where the benchmark tables were looked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("names", nargs="*", default=list(NAMES))
    chosen = parser.parse_args(arguments)
    if not chosen.folder.is_dir():
        print(f"no benchmark tables in {chosen.folder}: give --folder")
        return
    print(HEAD)
    print("|---" * 8 + "|")
    for name in chosen.names:
        instance = full_table(chosen.folder / f"{name}.csv")
        print(line(instance, "bench"), flush=True)
        print(line(replace(instance, threshold=THRESHOLD, key="bench"), "release"), flush=True)


if __name__ == "__main__":
    main()
