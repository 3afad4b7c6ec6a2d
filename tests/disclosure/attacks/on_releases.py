"""Attacks on releases over time: what one withholds another shows, and small differences between two."""

from __future__ import annotations

from typing import Any

from attack_world import (
    COUNTS,
    THRESHOLD,
    TOTAL,
    Attack,
    Counts,
    Rows,
    context,
    earlier,
    gives_away,
    mart,
    protect,
    rows,
)

LATER = "2021-09-30"
ONE_MORE: Counts = {**COUNTS, ("2020", "c"): COUNTS["2020", "c"] + 1}
OTHER_YEAR: Counts = {
    **COUNTS, ("2019", "d"): COUNTS["2019", "d"] - 1, ("2020", "d"): COUNTS["2020", "d"] + 1,
}  # fmt: skip
OTHER_PATH: Counts = {
    **COUNTS,
    ("2020", "c"): COUNTS["2020", "c"] + 1,
    ("2020", "d"): COUNTS["2020", "d"] - 1,
}


def _either(first: Rows, second: Rows) -> Rows:
    """What somebody who kept both releases has."""
    return {name: n if n is not None else second[name] for name, n in first.items()}


def _two_patterns(remember: bool) -> bool:
    """The same records released twice, the second time under another secret."""
    first = protect([mart(COUNTS)])
    known = (earlier(first),) if remember else ()
    later = (rows(protect([mart(COUNTS)], key=bytes([n]) * 32, earlier=known)) for n in range(8))
    return any(gives_away(_either(rows(first), second), COUNTS) for second in later)


def _differs_by_few(counts: Counts, **changes: Any) -> bool:
    """Whether two releases show one outcome with counts that differ by a small number."""
    first = protect([mart(COUNTS)])
    known = (earlier(first),) if changes.pop("remember") else ()
    second = protect([mart(counts)], context=context(day=LATER), earlier=known)
    before, after = rows(first), rows(second)
    both = [(before[n], after[n]) for n in before if n[1] != TOTAL]
    return any(0 < abs(a - b) < THRESHOLD for a, b in both if a is not None and b is not None)


ATTACKS = {
    "totals of earlier releases": Attack(lambda _: _two_patterns(False), lambda _: _two_patterns(True)),
    "one record more between releases": Attack(
        lambda _: _differs_by_few(ONE_MORE, remember=False),
        lambda _: _differs_by_few(ONE_MORE, remember=True),
    ),
    "a case moving year or path": Attack(
        lambda _: all(_differs_by_few(counts, remember=False) for counts in (OTHER_YEAR, OTHER_PATH)),
        lambda _: any(_differs_by_few(counts, remember=True) for counts in (OTHER_YEAR, OTHER_PATH)),
    ),
}
