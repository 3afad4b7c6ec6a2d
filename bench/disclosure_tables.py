"""Full tables to protect, from files or at random, and what one run of protection and proof costs."""

from __future__ import annotations

import csv
import itertools
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from disclosure.audit import audit
from disclosure.instance import Cell, Equation, Instance
from disclosure.secondary import protect

TOTAL = "Total"
THRESHOLD = 5
BUDGET_S = 1200.0
LARGE = (6, 9, 14, 22, 35, 60, 140)
Codes = tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What one run withheld beside the small counts, their total, and the CPU seconds it took."""

    besides: int
    value: int
    protect_s: float
    prove_s: float
    status: str

    def row(self) -> str:
        """Its part of the table."""
        return f"{self.besides:,} | {self.value:,} | {self.protect_s:.1f} | {self.prove_s:.1f}"


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
    return Result(len(found.secondary), value, middle - start, end - middle, status)


def from_file(path: Path) -> Instance:
    """All cells of the table with all its totals; small counts are primary."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name != "count"]
    counts: Counter[Codes] = Counter()
    for row in rows:
        counts[tuple(row[name] for name in names)] += int(row["count"])
    whole = _with_totals(counts, [sorted({row[name] for row in rows}) for name in names])
    small = tuple(cell.id for cell in whole.cells if 0 < (cell.value or 0) < THRESHOLD)
    return replace(whole, primary=small, budget_s=BUDGET_S)


def at_random(shape: Sequence[int], share: float, seed: int = 1) -> Instance:
    """A random table in release mode; about this share of its inner counts is small."""
    chance = random.Random(seed)
    codes = [[str(n) for n in range(size)] for size in shape]
    counts = {
        leaf: chance.randint(1, THRESHOLD - 1) if chance.random() < share else chance.choice(LARGE)
        for leaf in itertools.product(*codes)
    }
    return replace(_with_totals(counts, codes), threshold=THRESHOLD, key="growth", budget_s=BUDGET_S)


def _with_totals(counts: Mapping[Codes, int], codes: Sequence[Sequence[str]]) -> Instance:
    values: Counter[Codes] = Counter()
    for leaf, count in counts.items():
        for key in itertools.product(*((code, TOTAL) for code in leaf)):
            values[key] += count
    keys = sorted(itertools.product(*([*some, TOTAL] for some in codes)))
    ids = {key: n for n, key in enumerate(keys)}
    cells = tuple(Cell(ids[key], "|".join(key), values[key]) for key in keys)
    equations = tuple(
        Equation(ids[key], tuple(ids[(*key[:n], code, *key[n + 1 :])] for code in codes[n]))
        for key in keys
        for n in range(len(key))
        if key[n] == TOTAL
    )
    return Instance(cells, equations)
