"""Random single changes of a JSON file: a number more, a word else, an entry gone, put in, twice or moved."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from disclosure.publication import canonical

Path = tuple[str | int, ...]
Change = Callable[[Any, Any, random.Random], None]


def forged(content: Any, chance: random.Random) -> tuple[Path, str, Any]:
    """The content with one change: where, of which kind, and what came out."""
    while True:
        found = copy.deepcopy(content)
        path = chance.choice(list(_paths(found)))
        holder = found
        for step in path[:-1]:
            holder = holder[step]
        kind = chance.choice(sorted(CHANGES))
        CHANGES[kind](holder, path[-1], chance)
        if canonical(found) != canonical(content):
            return path, kind, found


def pattern(path: Path) -> str:
    """The path without positions: `tables/rows/value`."""
    return "/".join(str(step) for step in path if isinstance(step, str) and not step.isdecimal())


def _paths(content: Any, before: Path = ()) -> Iterator[Path]:
    if isinstance(content, dict):
        steps: Any = content.items()
    elif isinstance(content, list):
        steps = enumerate(content)
    else:
        return
    for step, inner in steps:
        yield (*before, step)
        yield from _paths(inner, (*before, step))


def _alter(holder: Any, step: Any, chance: random.Random) -> None:
    value = holder[step]
    if isinstance(value, bool):
        holder[step] = not value
    elif isinstance(value, int):
        holder[step] = value + chance.choice((-1, 1))
    elif isinstance(value, str):
        holder[step] = f"{value}x" if chance.random() < 0.5 else value[:-1]
    elif value is None:
        holder[step] = chance.randrange(9)
    else:
        holder[step] = type(value)()


def _remove(holder: Any, step: Any, _: random.Random) -> None:
    del holder[step]


def _empty(holder: Any, step: Any, _: random.Random) -> None:
    holder[step] = None


def _double(holder: Any, step: Any, _: random.Random) -> None:
    if isinstance(holder, list):
        holder.insert(step, copy.deepcopy(holder[step]))


def _swap(holder: Any, step: Any, chance: random.Random) -> None:
    steps = list(holder) if isinstance(holder, dict) else range(len(holder))
    other = chance.choice(list(steps))
    holder[step], holder[other] = holder[other], holder[step]


def _put_in(holder: Any, step: Any, chance: random.Random) -> None:
    """A name or an item that was not there: a place for a count that no definition speaks of."""
    extra = chance.choice((3, "3", None))
    if isinstance(holder[step], dict):
        holder[step]["more"] = extra
    elif isinstance(holder[step], list):
        holder[step].append(extra)


def _other_kind(holder: Any, step: Any, _: random.Random) -> None:
    """The same number in another way of writing."""
    value = holder[step]
    if isinstance(value, bool):
        holder[step] = int(value)
    elif isinstance(value, int):
        holder[step] = bool(value) if value in (0, 1) else float(value)


CHANGES: dict[str, Change] = {
    "alter": _alter, "remove": _remove, "empty": _empty, "double": _double, "swap": _swap,
    "put in": _put_in, "other kind": _other_kind,
}  # fmt: skip
