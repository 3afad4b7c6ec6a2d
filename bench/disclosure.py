"""How many counts protection withholds, and what protecting and proving cost, on benchmark tables.

`python -m bench.disclosure [--folder FOLDER] [--plots FILE.svg] [NAME ...]` reads `NAME.csv`, a row an inner
count. It prints one line a table: bench mode (costs by value, each cell movable by 1) beside release mode
(threshold, zero lines, keyed costs) with its price in cells. `national` is every margin of up to three
dimensions with the inner cells unpublished. Each table is run in a process of its own; seconds are of CPU.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from bench.disclosure_growth import draw, grow
from bench.disclosure_tables import BUDGET_S, THRESHOLD, Result, from_file, measure
from disclosure.cube import Cube
from disclosure.margin_proof import prove_margins
from disclosure.margins import protect_margins

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "disclosure_bench"
NATIONAL = "national"
NAMES = ("252", "756", "1764", "3024", NATIONAL)
HEAD = (
    "| cells | small | bench: besides | value | protect s | prove s "
    "| release: besides | value | protect s | prove s | price in cells | peak MB | status |"
)


def cube_of(path: Path) -> Cube:
    """The inner counts by code."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "count"]
    places = [{code: n for n, code in enumerate(sorted({row[name] for row in rows}))} for name in names]
    inner = np.zeros([len(codes) for codes in places], dtype=np.int64)
    for row in rows:
        inner[tuple(codes[row[name]] for codes, name in zip(places, names, strict=True))] += int(row["count"])
    return Cube(inner)


def measure_margins(cube: Cube) -> Result:
    """Protect and prove the margins of a cube once."""
    start = time.process_time()
    found = protect_margins(cube, THRESHOLD, "bench", BUDGET_S)
    middle = time.process_time()
    status = found.status
    if status == "proven":
        status = prove_margins(cube, THRESHOLD, found.hidden, found.witnesses).status
    end = time.process_time()
    margins = cube.margins()
    besides = [c for c in found.hidden if not 0 < margins[c[0]][c[1]] < THRESHOLD]
    value = sum(int(margins[axes][index]) for axes, index in besides)
    return Result(len(besides), value, middle - start, end - middle, status)


def line(folder: Path, name: str) -> str:
    """One row of the table, with the peak memory of this process."""
    if name == NATIONAL:
        cube = cube_of(folder / f"{name}.csv.gz")
        counts = [v for margin in cube.margins().values() for v in margin.ravel().tolist()]
        small = sum(0 < v < THRESHOLD for v in counts)
        release = measure_margins(cube)
        bench, price, size = "- | - | - | -", "-", len(counts)
    else:
        instance = from_file(folder / f"{name}.csv")
        size, small = len(instance.cells), len(instance.primary or ())
        first = measure(instance)
        release = measure(replace(instance, threshold=THRESHOLD, key="bench"))
        bench, price = first.row(), f"{release.besides - first.besides:+,}"
        if first.status != "proven":
            bench += f" {first.status}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"| {size:,} | {small:,} | {bench} | {release.row()} | {price} | {peak:.0f} | {release.status} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, or where the benchmark tables were looked for; draw growth where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--plots", type=Path)
    parser.add_argument("names", nargs="*", default=list(NAMES))
    chosen = parser.parse_args(arguments)
    if not chosen.folder.is_dir():
        print(f"no benchmark tables in {chosen.folder}: give --folder")
        return
    print(HEAD)
    print("|---" * 13 + "|")
    for name in chosen.names:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            print(alone.submit(line, chosen.folder, name).result(), flush=True)
    if chosen.plots:
        series = grow()
        chosen.plots.write_text(draw(series), encoding="utf-8")
        print("\n".join(["", *(one.text() for one in series), f"drawn in {chosen.plots}"]))


if __name__ == "__main__":
    main()
