"""Who knows that the algorithm ran must not learn that a withheld count is small (P4).

The attacker lists every table that fits what is shown and keeps those for which the algorithm, under some
key, gives this very pattern. A small count is given away when it is small in all that are left.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from solver_systems import enumerate_tables, table

from disclosure.instance import Instance
from disclosure.secondary import protect

THRESHOLD = 3
KEYS = tuple(f"guess {n}" for n in range(12))
CAP = 14


def samples(count: int) -> Iterator[Instance]:
    """Tables of 3 by 3 with one to three small counts, whose pattern leaves a short list to enumerate."""
    chance = random.Random(7)
    while count:
        rows = [[chance.choice([1, 2, 4, 6, 9, 12]) for _ in range(3)] for _ in range(3)]
        instance = table(rows, threshold=THRESHOLD)
        if sum(0 < (c.value or 0) < THRESHOLD for c in instance.cells) in (1, 2, 3):
            count -= 1
            yield instance


def given_away(instance: Instance, keys: tuple[str, ...]) -> tuple[int, int]:
    """How many small counts the attacker proves small, and how many were tried; `keys` may have run."""
    found = protect(instance)
    small = [c.id for c in instance.cells if c.id in found.hidden and 0 < (c.value or 0) < THRESHOLD]
    inner = [c for c in instance.cells if c.id in found.hidden and "|" in c.code]
    if found.status != "proven" or len(inner) != len(found.hidden) or len(inner) > 4:
        return 0, 0
    open_cells = set(small)
    for whole in enumerate_tables(instance.with_hidden(found.hidden), CAP):
        if not any(whole[i] >= THRESHOLD for i in open_cells):
            continue
        other = replace(instance, cells=tuple(replace(c, value=whole[c.id]) for c in instance.cells))
        if any(protect(replace(other, key=key)).hidden == found.hidden for key in keys):
            open_cells -= {i for i in open_cells if whole[i] >= THRESHOLD}
        if not open_cells:
            break
    return len(open_cells), len(small)


def test_partners_in_a_public_order_give_small_counts_away() -> None:
    results = [given_away(replace(one, key="secret"), ("secret",)) for one in samples(40)]
    away, tried = (sum(column) for column in zip(*results, strict=True))
    assert tried > 10
    assert away > tried / 2


def test_keyed_partners_give_no_small_count_away() -> None:
    results = [given_away(replace(one, key=f"secret {n}"), KEYS) for n, one in enumerate(samples(40))]
    assert sum(tried for _, tried in results) > 10
    assert sum(away for away, _ in results) == 0
