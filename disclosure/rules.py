"""Which cells the policy withholds by itself: small counts, zeros in small lines, full lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from disclosure.cells import vintage_of, vintage_order
from disclosure.cohorts import is_aged
from disclosure.counts import Count
from disclosure.instance import Cell, Equation, Instance
from disclosure.knowledge import Block, Knowledge, besides, public_knowledge, published_knowledge, zeros_again
from disclosure.policy import Policy
from disclosure.publish import TOTAL, Publish
from disclosure.system import Definition, Line, Linked, Position, Sum

TOLERANCE = 1e-9
MOST_ELIMINATED = 4000
"""Columns of a block above which only bounds are looked at: elimination grows with the cube."""


@dataclass(frozen=True)
class Withholding:
    """What must be withheld, and every cell that may be a zero for all an outsider knows."""

    must_hide: frozenset[str] = frozenset()
    may_be_zero: frozenset[str] = frozenset()

    def plus(self, other: Withholding) -> Withholding:
        """Both together."""
        return Withholding(self.must_hide | other.must_hide, self.may_be_zero | other.may_be_zero)


def primary_codes(
    people: Mapping[str, Count], codes: Iterable[str], policy: Policy, fixed: Collection[str]
) -> frozenset[str]:
    """The tabulated codes whose count, or number of officers, is from one to below the threshold."""
    by_officers = policy.primary == "officers"
    small = (c for c in codes if people[c].is_primary(policy.threshold, by_officers))
    return frozenset(c for c in small if c not in fixed)


def possible_zeros(linked: Linked, instance: Instance, fixed: Collection[str]) -> frozenset[str]:
    """The published cells that may be zero for all that is shown: whoever knows the method cannot exclude it.

    They are the parts of uncertain lines (P3), and of lines withheld whole in tables that withhold full ones;
    not those that are zero because of others that stand: parts of a zero, and totals of nothing but zeros;
    nor those that older vintages showed as zero in their place, unless they are ages, which others have now.
    """
    published = {cell.code for cell in instance.cells if cell.published}
    hidden = {cell.code for cell in instance.cells if cell.id in instance.hidden}
    parts = {p for line in _uncertain_lines(linked, assuming_nothing(instance), fixed) for p in line.parts}
    for definition in linked.definitions:
        for line in definition.lines() if definition.full_lines == "withhold" else ():
            codes = {p.code for p in line.parts}
            parts |= codes if codes - set(fixed) <= hidden else set()
    again = (instance.by_id[i].code for i in zeros_again(instance))
    settled = {*fixed, *(c for c in again if not is_aged(linked.keys[c], linked))}
    doubtful = _with_parts(instance, parts - settled) - settled
    return frozenset(doubtful & published - _following(instance, doubtful))


def totals_of_withheld(
    linked: Linked, public: Instance, kept: Collection[str], free: Collection[str]
) -> frozenset[str]:
    """The withheld totals of `kept`, cells that stay withheld whatever they are, and of what may be zero.

    Where all those are zeros the total is one too, and goes with them: subtraction would give them back. If
    nothing were kept it would be shown, and they with it.
    """
    hidden = {cell.code for cell in public.cells if cell.id in public.hidden}
    zero = {cell.code for cell in public.cells if cell.published and cell.value == 0} | set(free)
    zero |= {public.by_id[i].code for i, value in public.fixed_by_knowledge.items() if value == 0}
    found: set[str] = set()
    rim = set(kept)
    while rim:
        core = found.union(kept)
        lines = (n for n in linked.sums if n.total in hidden - core and not core.isdisjoint(n.parts))
        rim = {line.total for line in lines if (zero | core).issuperset(line.parts)}
        found |= rim
    return frozenset(found)


def _with_parts(instance: Instance, doubtful: Collection[str]) -> set[str]:
    """These cells, and all below those that are shown as zero: they stand or fall with their total."""
    cells, found = instance.by_id, {c.id for c in instance.cells if c.code in doubtful}
    rim = {i for i in found if cells[i].value == 0}
    while rim:
        rim = {p for e in instance.equations if e.total in rim for p in e.parts} - found
        found |= rim
    return {cells[i].code for i in found}


def _following(instance: Instance, doubtful: Collection[str]) -> frozenset[str]:
    """The cells of `doubtful` that are zero because of shown or known zeros outside it.

    What no table shows may stand between.
    """
    unsure = {c.id for c in instance.cells if c.code in doubtful}
    zero = {c.id for c in instance.cells if c.published and c.value == 0} - unsure
    zero |= {i for i, value in instance.fixed_by_knowledge.items() if value == 0}
    return frozenset(instance.by_id[i].code for i in unsure & instance.with_following(zero))


def _uncertain_lines(linked: Linked, instance: Instance, fixed: Collection[str]) -> Iterator[Sum]:
    """The breakdowns whose total is or may be small, unless public knowledge fixes them."""
    published = {cell.code for cell in instance.cells if cell.published}
    least, most = _limits(instance)
    threshold = instance.threshold or 0
    for line in linked.sums:
        total = linked.ids[line.total]
        open_parts = published.intersection(line.parts) - set(fixed)
        if open_parts and most[total] > 0 and least[total] < threshold:
            yield line


def assuming_nothing(instance: Instance) -> Instance:
    """The same system where every withheld cell may be zero."""
    cells = tuple(replace(c, lower=0) if c.id in instance.hidden else c for c in instance.cells)
    return replace(instance, cells=cells)


def zeros_among(codes: Iterable[str], truth: Mapping[str, int]) -> Withholding:
    """The zeros among cells that may be zero are withheld; the others could be one."""
    free = frozenset(codes)
    return Withholding(frozenset(c for c in free if truth[c] == 0), free)


def small_inner(public: Instance, few: Collection[int] = ()) -> frozenset[int]:
    """Unpublished cells that simple sums of shown ones give away as small, where the public did not know.

    `few` are cells of few people, whatever they count; only who has the records knows them.

    What a reader gets by subtracting one shown count from another is as good as shown; so is a 0 of a line
    that may be small (P3).
    """
    threshold = public.threshold or 0
    known = _worked_out(public_knowledge(replace(public, cells=tuple(_blank(c) for c in public.cells))))
    fixed = _worked_out(published_knowledge(public))
    inner = {c.id for c in public.cells if not c.published and c.id not in known}
    small = frozenset(i for i in inner if fixed.get(i, 0) > 0 and (fixed[i] < threshold or i in few))
    zeros = _of_now(public, (i for i in inner if fixed.get(i) == 0))
    return small | _telling(public, zeros, known) if zeros else small


def _telling(public: Instance, zeros: Collection[int], known: Mapping[int, int]) -> frozenset[int]:
    """Those of the zeros that say in a line, which may be small, what did not happen, whoever shows the line.

    What follows from a shown or known 0, or from one of a large line, tells nothing that it does not tell.
    """
    told = {i for i, n in known.items() if n == 0}
    told |= _own_zeros(public, told.union(zeros))
    free = set(zeros) - public.with_following(told)
    lines = _perhaps_small(assuming_nothing(public)) if free else ()
    doubtful = {i for e in lines if e.total not in zeros for i in free.intersection(e.parts)}
    return frozenset(doubtful - public.with_following(told | set(zeros) - public.below(doubtful)))


def _own_zeros(public: Instance, zeros: Collection[int]) -> set[int]:
    """The shown zeros that do not stand only because a total of theirs is one of all zeros."""
    shown = {c.id for c in public.cells if c.published and c.value == 0}
    parts = {i for e in public.equations for i in e.parts}
    counted = {i for e in public.equations if e.total not in shown.union(zeros) for i in e.parts}
    return shown & counted | shown - parts


def _of_now(public: Instance, ids: Iterable[int]) -> set[int]:
    """Those of the newest vintage: what follows about an older one was told by earlier releases."""
    order = {c.id: vintage_order(vintage_of(c.code)) for c in public.cells}
    newest = max(order.values())
    return {i for i in ids if order[i] == newest}


def _perhaps_small(public: Instance) -> Iterator[Equation]:
    """The equations whose total may be above zero and below the threshold."""
    (least, most), fixed = _limits(public), _worked_out(published_knowledge(public))
    for line in public.equations:
        total = line.total
        if most[total] > 0 and fixed.get(total, least[total]) < (public.threshold or 0):
            yield line


def _worked_out(knowledge: Knowledge) -> dict[int, int]:
    """What bounds, sums and differences of sums fix."""
    found = dict(knowledge.fixed)
    for block in knowledge.blocks:
        found |= _by_elimination(block) if len(block.ids) <= MOST_ELIMINATED else {}
    nothing = {i: 0 for i, n in found.items() if n == 0 and i not in knowledge.fixed}
    return _worked_out(besides(knowledge, nothing)) if nothing else found


def _by_elimination(block: Block) -> dict[int, int]:
    """The unknowns that the equations of a block alone determine (Gauss-Jordan); so are parts of nothing."""
    equalities = [row for row in block.rows if row.lower == row.upper]
    matrix = np.zeros((len(equalities), len(block.ids) + 1))
    for n, row in enumerate(equalities):
        matrix[n, -1] = row.lower
        for column, factor in row.terms:
            matrix[n, column] += factor
    top = 0
    for column in range(len(block.ids)):
        pivot = top + int(np.argmax(np.abs(matrix[top:, column]))) if top < len(matrix) else top
        if top >= len(matrix) or abs(matrix[pivot, column]) < TOLERANCE:
            continue
        matrix[[top, pivot]] = matrix[[pivot, top]]
        matrix[top] /= matrix[top, column]
        others = np.abs(matrix[:, column]) > TOLERANCE
        others[top] = False
        matrix[others] -= np.outer(matrix[others, column], matrix[top])
        top += 1
    lonely = [row for row in matrix[:top] if np.count_nonzero(np.abs(row[:-1]) > TOLERANCE) == 1]
    found = {block.ids[int(np.argmax(np.abs(row[:-1])))]: round(float(row[-1])) for row in lonely}
    nothing = [row for row in matrix[:top] if abs(row[-1]) < TOLERANCE and (row > -TOLERANCE).all()]
    return found | {block.ids[n]: 0 for row in nothing for n in np.flatnonzero(row[:-1] > TOLERANCE)}


def _blank(cell: Cell) -> Cell:
    """The cell before the release: only what is public anyway keeps its value."""
    return cell if cell.public else replace(cell, value=None, published=False, lower=None)


def full_lines(lines: Iterable[Line], truth: Mapping[str, int], threshold: int) -> tuple[Line, ...]:
    """The lines, other than over time, with all but fewer than `threshold` in one category."""
    found = []
    for line in lines:
        values = [truth[p.code] for p in line.parts]
        crowd = sum(values)
        if not line.time and line.total is not None and crowd and crowd - max(values) < threshold:
            found.append(line)
    return tuple(found)


def lines_withheld(lines: Iterable[Line], published: Collection[str], fixed: Collection[str]) -> Withholding:
    """All parts of these lines."""
    codes = {p.code for line in lines for p in line.parts}
    parts = frozenset(c for c in codes if c in published and c not in fixed)
    return Withholding(parts, parts)


def never_hidden(publish: Publish, definition: Definition) -> frozenset[str]:
    """The codes of a table that its publish block keeps from serving as partners."""
    return frozenset(
        definition.key(p).code
        for p in definition.rows()
        if any(_matches(definition, p, pattern) for pattern in publish.never_hide)
    )


def _matches(definition: Definition, position: Position, pattern: Mapping[str, str]) -> bool:
    at = {a.name: c for a, c in zip(definition.axes, position, strict=True)}
    if "*" in pattern:
        return all(at[a.name] == TOTAL for a in definition.axes if not a.time)
    return all(at.get(name) == code for name, code in pattern.items())


def _limits(instance: Instance) -> tuple[dict[int, float], dict[int, float]]:
    """What interval arithmetic alone says about every cell."""
    knowledge = published_knowledge(instance)
    least: dict[int, float] = {i: float(v) for i, v in knowledge.fixed.items()}
    most = dict(least)
    for block in knowledge.blocks:
        least.update(zip(block.ids, block.lower, strict=True))
        most.update(zip(block.ids, block.upper, strict=True))
    return least, most
