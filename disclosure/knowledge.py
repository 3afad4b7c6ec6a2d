"""What an attacker can write down: fixed counts, bounds of the others, and the rows that tie them, in blocks.

Blocks share no unknown, so each can be attacked alone.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile

from disclosure.cells import at_vintage, vintage_of, vintage_order
from disclosure.instance import Instance, InstanceError
from disclosure.lp import INFINITY, Row

PASSES = 12


@dataclass(frozen=True)
class Block:
    """Connected unknowns: ids by column, their bounds, and rows over columns."""

    ids: tuple[int, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Knowledge:
    """Every cell is in `fixed` or in one block."""

    fixed: Mapping[int, int]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Line:
    """An equation or constraint over cell ids, with the name that an error gives it."""

    name: str
    terms: tuple[tuple[int, int], ...]
    lower: float
    upper: float


def published_knowledge(instance: Instance) -> Knowledge:
    """What is known once everything that is not in `hidden` is shown."""
    fixed = instance.fixed_by_knowledge
    bounds: dict[int, tuple[float, float]] = {}
    for cell in instance.cells:
        if cell.published and cell.id not in instance.hidden and cell.id not in fixed:
            if cell.value is None:
                raise InstanceError(f"cell {cell.id}: is shown but has no value")
            fixed[cell.id] = cell.value
        withheld = cell.published and instance.zeros_published
        least = cell.lower if cell.lower is not None else int(withheld)
        if cell.value is not None and cell.value < least and cell.id in instance.hidden:
            raise InstanceError(f"cell {cell.id}: a withheld 0 needs lower 0 while zeros are published")
        bounds[cell.id] = (least, INFINITY if cell.upper is None else cell.upper)
    return derive(instance, fixed, bounds)


def public_knowledge(instance: Instance) -> Knowledge:
    """What is known before the release: the register and structural zeros alone."""
    bounds = {
        cell.id: (float(cell.lower or 0), INFINITY if cell.upper is None else float(cell.upper))
        for cell in instance.cells
    }
    return derive(instance, instance.fixed_by_knowledge, bounds)


def derive(
    instance: Instance, fixed: Mapping[int, int], bounds: Mapping[int, tuple[float, float]]
) -> Knowledge:
    """Tighten the bounds line by line, then split what is left into blocks.

    Raises:
        InstanceError: no table fits, naming the line.
    """
    limits = dict(bounds) | {i: (float(v), float(v)) for i, v in fixed.items()}
    lines = _lines(instance)
    _tighten(lines, limits, limits)
    known = {i: int(low) for i, (low, high) in limits.items() if low == high}
    return Knowledge(known, tuple(_blocks(lines, limits, known)))


def zeros_again(instance: Instance) -> frozenset[int]:
    """The shown zeros that every older vintage that shows the count shows too.

    That a count is still 0 is a difference of 0, which hold lets out: P3 asks for no such zero again, though
    the total of its line stands as released before and nobody is told its newer count. An older vintage that
    left no other value, whatever the records, told nothing.
    """
    told: dict[str, list[tuple[tuple[str, int], int, int]]] = {}
    for cell in instance.cells:
        label = vintage_of(cell.code)
        told_by_records = cell.published and not cell.public and cell.id not in instance.hidden
        if label and cell.value is not None and told_by_records:
            one = (vintage_order(label), cell.value, cell.id)
            told.setdefault(at_vintage(cell.code, ""), []).append(one)
    always = (list(takewhile(lambda one: one[1] == 0, sorted(ones))) for ones in told.values())
    return frozenset(identity for ones in always for _, _, identity in ones[1:])


def besides(base: Knowledge, values: Mapping[int, int]) -> Knowledge:
    """What follows for who knows these counts as well: the blocks that they change, and all that is fixed.

    Raises:
        InstanceError: no table fits.
    """
    fixed, blocks = dict(base.fixed), list[Block]()
    for block in (b for b in base.blocks if not values.keys().isdisjoint(b.ids)):
        limits = dict(zip(block.ids, zip(block.lower, block.upper, strict=True), strict=True))
        new = {i: (float(values[i]), float(values[i])) for i in block.ids if i in values}
        lines = [
            Line(f"rows[{n}]", tuple((block.ids[c], v) for c, v in row.terms), row.lower, row.upper)
            for n, row in enumerate(block.rows)
        ]
        limits |= new
        _tighten(lines, limits, new)
        known = {i: int(low) for i, (low, high) in limits.items() if low == high}
        fixed |= known
        blocks += _blocks(lines, limits, known)
    return Knowledge(fixed, tuple(blocks))


def _lines(instance: Instance) -> list[Line]:
    lines = [
        Line(f"equations[{n}] (total {e.total})", ((e.total, -1), *((i, 1) for i in e.parts)), 0, 0)
        for n, e in enumerate(instance.equations)
    ]
    for n, constraint in enumerate(instance.constraints):
        lower = -INFINITY if constraint.sense == "<=" else float(constraint.rhs)
        upper = INFINITY if constraint.sense == ">=" else float(constraint.rhs)
        lines.append(Line(f"constraints[{n}]", constraint.terms, lower, upper))
    return lines


def _tighten(lines: Iterable[Line], limits: dict[int, tuple[float, float]], changed: Collection[int]) -> None:
    """Repeat interval arithmetic on lines whose cells changed, a bounded number of times."""
    by_cell: dict[int, list[Line]] = {}
    for line in lines:
        for identity, _ in line.terms:
            by_cell.setdefault(identity, []).append(line)
    for _ in range(PASSES):
        waiting = {id(line): line for i in sorted(changed) for line in by_cell.get(i, ())}
        changed = {i for line in waiting.values() for i in _tighten_line(line, limits)}


def _tighten_line(line: Line, limits: dict[int, tuple[float, float]]) -> list[int]:
    ranges = [_scaled(coefficient, limits[i]) for i, coefficient in line.terms]
    lows, highs = [r[0] for r in ranges], [r[1] for r in ranges]
    low, high = sum(lows), sum(highs)
    if low > line.upper or high < line.lower:
        raise InstanceError(f"{line.name}: no counts fit what is shown and known")
    changed = []
    for (identity, coefficient), (least, most) in zip(line.terms, ranges, strict=True):
        if coefficient == 0:
            continue
        others_low, others_high = _without(low, least, lows), _without(high, most, highs)
        before = limits[identity]
        after = _narrow(before, coefficient, line.lower - others_high, line.upper - others_low)
        if after != before:
            if after[0] > after[1]:
                raise InstanceError(f"{line.name}: no count of cell {identity} fits what is shown and known")
            limits[identity] = after
            changed.append(identity)
    return changed


def _scaled(coefficient: int, limit: tuple[float, float]) -> tuple[float, float]:
    if coefficient == 0:
        return 0.0, 0.0
    ends = (coefficient * limit[0], coefficient * limit[1])
    return min(ends), max(ends)


def _without(total: float, one: float, ends: list[float]) -> float:
    """The sum without one of its terms, where terms may be infinite."""
    if math.isfinite(one):
        return total - one
    others = sum(1 for end in ends if not math.isfinite(end)) - 1
    return total if others else sum(end for end in ends if math.isfinite(end))


def _narrow(before: tuple[float, float], coefficient: int, low: float, high: float) -> tuple[float, float]:
    ends = sorted((low / coefficient, high / coefficient))
    lower = math.ceil(ends[0]) if math.isfinite(ends[0]) else ends[0]
    upper = math.floor(ends[1]) if math.isfinite(ends[1]) else ends[1]
    return max(before[0], lower), min(before[1], upper)


def _blocks(
    lines: Iterable[Line], limits: Mapping[int, tuple[float, float]], known: Mapping[int, int]
) -> Iterable[Block]:
    """Connected unknowns in ascending order of their first id, whatever order the input had."""
    open_lines = [
        line for line in lines if any(i not in known and coefficient for i, coefficient in line.terms)
    ]
    groups = _Groups(sorted(i for i in limits if i not in known))
    for line in open_lines:
        groups.join([i for i, coefficient in line.terms if i not in known and coefficient])
    rows: dict[int, list[Line]] = {}
    for line in open_lines:
        first = next(i for i, coefficient in line.terms if i not in known and coefficient)
        rows.setdefault(groups.root(first), []).append(line)
    for root, ids in groups.members().items():
        column = {identity: n for n, identity in enumerate(ids)}
        yield Block(
            ids=tuple(ids),
            lower=tuple(limits[i][0] for i in ids),
            upper=tuple(limits[i][1] for i in ids),
            rows=tuple(sorted({_row(line, column, known) for line in rows.get(root, [])}, key=_order)),
        )


def _order(row: Row) -> tuple[tuple[tuple[int, int], ...], float, float]:
    return row.terms, row.lower, row.upper


def _row(line: Line, column: Mapping[int, int], known: Mapping[int, int]) -> Row:
    fixed = sum(coefficient * known[i] for i, coefficient in line.terms if i in known)
    terms = sorted((column[i], coefficient) for i, coefficient in line.terms if i in column and coefficient)
    return Row(tuple(terms), line.lower - fixed, line.upper - fixed)


class _Groups:
    """Union by root; the smallest id is the root."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._parent = {i: i for i in ids}

    def root(self, identity: int) -> int:
        while self._parent[identity] != identity:
            self._parent[identity] = self._parent[self._parent[identity]]
            identity = self._parent[identity]
        return identity

    def join(self, ids: list[int]) -> None:
        roots = sorted({self.root(i) for i in ids})
        for root in roots[1:]:
            self._parent[root] = roots[0]

    def members(self) -> dict[int, list[int]]:
        out: dict[int, list[int]] = {}
        for identity in self._parent:
            out.setdefault(self.root(identity), []).append(identity)
        return out
