"""What ages at two days tell of each other: whatever is still open has grown older by the days between."""

from __future__ import annotations

from collections.abc import Iterator

from disclosure.cells import Key
from disclosure.publish import TOTAL
from disclosure.system import Definition, Linked, Relation

Period = tuple[str, tuple[int, ...]]
Young = tuple[int, tuple[str, ...]]
"""A number of days, and the codes of the ages up to it."""


def is_aged(key: Key, linked: Linked) -> bool:
    """Whether a count is of one age: without that anything came or went it changes from day to day."""
    return any(
        code in d.ages.get(name, ()) for d in linked.definitions if d.ages for name, code in key.dimensions
    )


def grown_older(linked: Linked, old: str, new: str, why: str) -> Iterator[tuple[Period, Relation]]:
    """How the ages of both vintages are tied in a period in which nothing came and nothing went.

    As many have at most an age now as were younger before by the days between.
    """
    known = [d for d in linked.definitions if d.ages]
    before = next((d for d in known if d.scope.as_at == old), None)
    for now in (d for d in known if d.scope.as_at == new):
        for name, total in _totals(now):
            found = _ties(before, now, name, total, why) if before and name in before.ages else ()
            yield from (((total.unit, total.years), tie) for tie in found if _stands(tie, linked))


def _totals(definition: Definition) -> Iterator[tuple[str, Key]]:
    """The counts of all ages together, by the dimension that they are the total of."""
    for number, axis in enumerate(definition.axes):
        for position in definition.positions() if axis.name in definition.ages else ():
            if position[number] == TOTAL:
                yield axis.name, definition.key(position)


def _stands(relation: Relation, linked: Linked) -> bool:
    return all(code in linked.keys for code, _ in relation.terms)


def _ties(before: Definition, now: Definition, name: str, total: Key, why: str) -> Iterator[Relation]:
    """For each age now, the nearest one before from above and from below."""
    shift = {(now.day_of(str(y)) - before.day_of(str(y))).days for y in total.years}
    then = [(-1, ()), *_up_to(before, name, total)]
    for last, codes in _up_to(now, name, total) if len(shift) == 1 else ():
        younger = last - min(shift)
        most = next((older for end, older in then if end >= younger), None)
        least = next((older for end, older in reversed(then) if end <= younger), ())
        pairs = ((codes, most), (least, codes))
        yield from (
            Relation.of({**dict.fromkeys(few, 1), **dict.fromkeys(many, -1)}, why)
            for few, many in pairs
            if few and many is not None
        )


def _up_to(definition: Definition, name: str, total: Key) -> list[Young]:
    """The last day of each age that has one, with the counts of all ages up to it."""
    scope, dimensions = definition.scope, dict(total.dimensions)
    spans = sorted(definition.ages[name].items(), key=lambda item: item[1][0])
    cells = [
        Key.of(scope, total.unit, total.time_basis, total.years, {**dimensions, name: code}).code
        for code, _ in spans
    ]
    return [(last, tuple(cells[: n + 1])) for n, (_, (_, last)) in enumerate(spans) if last is not None]
