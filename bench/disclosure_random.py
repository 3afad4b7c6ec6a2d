"""Protect and attack random linked systems: `python -m bench.disclosure_random [--cases N] [--done FILE]`.

The systems are those of the tests, in chunks of a hundred, each from a seed of its own. A line says how each
chunk ended; with `--done` it is also added to a file, and chunks that the file names are not run again. It
stops at the first system where an attack succeeds or a refusal was not needed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.disclosure_systems import of_tests

CHUNK = 100
Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge so many systems as the tests judge one; 0 once all of them stand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--done", type=Path)
    chosen = parser.parse_args(arguments)
    chunks = range(-(-chosen.cases // CHUNK))
    ended = {entry["chunk"]: entry for entry in _ended(chosen.done) if entry["chunk"] in chunks}
    for number in (n for n in chunks if n not in ended):
        start = time.process_time()
        seen = judged(number)
        ended[number] = {"chunk": number, "seconds": round(time.process_time() - start, 1), **seen}
        if chosen.done:
            with chosen.done.open("a", encoding="utf-8") as file:
                file.write(json.dumps(ended[number]) + "\n")
        print(f"{len(ended)} of {len(chunks)} chunks: {_words([ended[number]])}", flush=True)
    print(f"all: {_words(list(ended.values()))}")
    return 0


def _ended(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


def _words(entries: Sequence[Mapping[str, Any]]) -> str:
    spent = sum(entry["seconds"] for entry in entries)
    sums: Counter[str] = Counter()
    for entry in entries:
        sums.update({name: n for name, n in entry.items() if name not in ("chunk", "seconds")})
    return ", ".join(f"{n:,} {status}" for status, n in sorted(sums.items())) + f" in {spent:.0f} CPU s"


def judged(number: int) -> Counter[str]:
    """How many systems of one chunk were proven and how many rightly refused.

    Raises:
        AssertionError: an attack succeeded, or a refusal was not needed.
    """
    from hypothesis import given, seed, settings

    systems, properties = of_tests("solver_systems"), of_tests("test_properties")
    seen: Counter[str] = Counter()

    def every(instance: object) -> None:
        found, attacked = systems.protected(instance)
        properties.judge(instance, found, attacked)
        seen[found.status] += 1

    chunk: Decorator = settings(properties.MANY, max_examples=CHUNK, derandomize=False, database=None)
    sown: Decorator = seed(number)
    drawn: Decorator = given(systems.systems())
    sown(chunk(drawn(every)))()
    return seen


if __name__ == "__main__":
    raise SystemExit(main())
