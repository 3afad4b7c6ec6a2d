"""Protect and attack random linked systems: `python -m bench.disclosure_random [--cases 10000]`.

The systems are those of the tests. It prints how many were proven and how many rightly refused, and stops at
the first where an attack succeeds or a refusal was not needed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from bench.measure import REPOSITORY

ROOM = REPOSITORY / "tests" / "disclosure" / "solver"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge so many systems as the tests judge one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    chosen = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOM))
    from hypothesis import given, settings
    from solver_systems import protected, systems
    from test_properties import MANY, judge

    seen: Counter[str] = Counter()

    @settings(MANY, max_examples=chosen.cases)
    @given(systems())
    def every(instance: object) -> None:
        found, attacked = protected(instance)
        judge(instance, found, attacked)
        seen[found.status] += 1

    start = time.process_time()
    every()
    spent = time.process_time() - start
    print(", ".join(f"{n:,} {status}" for status, n in sorted(seen.items())), f"in {spent:.0f} CPU s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
