"""Zeros of small lines: in a line whose total may be below the threshold a shown 0 says too much (P3).

They are withheld, and then every withheld part of such a line could be a 0: its least value is 0, whether or
not the line has a 0 at all, because a bound that told would be a leak of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from disclosure.instance import Equation, Instance
from disclosure.lp import Deadline, Outcome, Program, Vector
from disclosure.moves import sheet

TOLERANCE = 1e-3


def small_lines(
    instance: Instance,
    hidden: Collection[int],
    deadline: Deadline,
    lines: frozenset[int] = frozenset(),
    open_lines: frozenset[int] = frozenset(),
) -> frozenset[int]:
    """Positions of equations whose total may be small for who sees everything but `hidden`.

    Least values and small lines depend on each other; the lines only grow, from `lines` on. A withheld part
    of `open_lines` may be a 0 whether such a line is small or not.
    """
    found = lines | _plainly_small(instance)
    totals = _unsure(instance, hidden)
    least = _Least(instance, hidden, deadline)
    while True:
        least.loosen(lowered(instance, hidden, found | open_lines))
        more = least.small([i for i, at in totals.items() if not found.issuperset(at)])
        if not more:
            return found
        found |= {position for i in more for position in totals[i]}


def lines_with(instance: Instance, zeros: Collection[int]) -> frozenset[int]:
    """Positions of the equations with one of these cells among the parts."""
    wanted = set(zeros)
    return frozenset(n for n, e in enumerate(instance.equations) if not wanted.isdisjoint(e.parts))


def zeros_of(instance: Instance, hidden: Collection[int], lines: Collection[int]) -> frozenset[int]:
    """The published zeros of these lines to withhold, where `hidden` is withheld already.

    Not those that public knowledge fixes, nor those that follow from zeros that stay shown: parts of a 0, and
    totals of nothing but 0.
    """
    known, cells = instance.fixed_by_knowledge, instance.by_id
    parts = {i for position in lines for i in instance.equations[position].parts}
    withheld = {i for i in parts if cells[i].published and cells[i].value == 0 and i not in known}
    zero = {c.id for c in instance.cells if (c.published or c.id in known) and c.value == 0}
    withheld |= {i for i in instance.below(withheld) & zero if cells[i].published and i not in known}
    stands = zero - set(hidden) - withheld
    return frozenset(withheld - instance.with_following(stands)) if withheld else frozenset()


def lowered(instance: Instance, hidden: Collection[int], lines: Collection[int]) -> dict[int, int]:
    """Least value 0 for every withheld part of a small line."""
    if not instance.zeros_published:
        return {}
    cells = instance.by_id
    parts = {i for position in lines for i in instance.equations[position].parts}
    return {i: 0 for i in sorted(parts & set(hidden)) if cells[i].published and cells[i].lower is None}


def _plainly_small(instance: Instance) -> frozenset[int]:
    """Lines whose total is shown or withheld, known or not, and small in truth: who sees more sees it too."""
    cells, known, threshold = instance.by_id, instance.fixed_by_knowledge, instance.threshold or 0
    return frozenset(
        n
        for n, e in enumerate(instance.equations)
        if 0 < known.get(e.total, cells[e.total].value or 0) < threshold and not _settled(e, instance, known)
    )


def _unsure(instance: Instance, hidden: Collection[int]) -> Mapping[int, list[int]]:
    """Totals that are not shown, with the positions of their lines that have something to withhold."""
    cells, known = instance.by_id, instance.fixed_by_knowledge
    found: dict[int, list[int]] = {}
    for position, equation in enumerate(instance.equations):
        total = cells[equation.total]
        shown = total.published and total.id not in hidden
        if not shown and total.id not in known and not _settled(equation, instance, known):
            found.setdefault(total.id, []).append(position)
    return found


def _settled(equation: Equation, instance: Instance, known: Collection[int]) -> bool:
    """Lines without a published part that is open have nothing to withhold."""
    cells = instance.by_id
    return not any(cells[i].published and i not in known for i in equation.parts)


class _Least:
    """The least counts of totals for who sees everything else, as far as fractions allow."""

    def __init__(self, instance: Instance, hidden: Collection[int], deadline: Deadline) -> None:
        """Every cell that is neither withheld nor unpublished stands still."""
        shown = {c.id for c in instance.cells if c.published and c.id not in hidden}
        table = sheet(instance, {}, shown | instance.fixed_by_knowledge.keys())
        still = sorted(table.constant)
        down, up = table.down.copy(), table.up.copy()
        down[still] = up[still] = 0.0
        self._values, self._up = table.values, up
        self._column = {identity: n for n, identity in enumerate(table.ids)}
        self._program = Program(-down, up, table.matrix, deadline)
        self._threshold = instance.threshold or 0

    def loosen(self, lower: Mapping[int, int]) -> None:
        """Take these least values."""
        columns = [self._column[i] for i in lower]
        down = [lower[i] - int(self._values[self._column[i]]) for i in lower]
        self._program.bound(columns, [float(d) for d in down], list(self._up[columns]))

    def small(self, totals: Iterable[int]) -> frozenset[int]:
        """Some of the totals that may be below the threshold, none only if no one of them may be.

        All at once first, which mostly settles it. One whose least count the solver cannot tell may be small.
        """
        columns = {self._column[i]: i for i in totals}
        for group in (list(columns), *([n] for n in columns)) if columns else ():
            counts = self._lowest(group)
            if counts is not None:
                group = self._below(columns, counts)
            elif len(group) > 1:
                continue
            if group:
                return frozenset(columns[n] for n in group)
        return frozenset()

    def _below(self, columns: Iterable[int], counts: Vector) -> list[int]:
        return [n for n in columns if counts[n] <= self._threshold - 1 + TOLERANCE]

    def _lowest(self, columns: list[int]) -> Vector | None:
        """The counts of all cells where these add up to least."""
        answer = self._program.minimise(dict.fromkeys(columns, 1.0))
        return np.asarray(self._values + answer.values) if answer.outcome is Outcome.OPTIMAL else None
