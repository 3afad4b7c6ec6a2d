"""Zeros of small lines: in a line whose total may be below the threshold a shown 0 says too much (P3).

They are withheld, and then every withheld part of such a line could be a 0: its least value is 0, whether or
not the line has a 0 at all, because a bound that told would be a leak of its own.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from disclosure.instance import Equation, Instance
from disclosure.lp import INFINITY, Deadline, Outcome, Program, SolverError
from disclosure.moves import sheet

TOLERANCE = 1e-6


def small_lines(instance: Instance, hidden: Collection[int], deadline: Deadline) -> frozenset[int]:
    """Positions of equations whose total may be small for who sees everything but `hidden`.

    Least values and small lines depend on each other; the lines only grow.
    """
    lines: frozenset[int] = frozenset()
    while True:
        more = lines | _below(instance, hidden, lines, deadline)
        if more == lines:
            return lines
        lines = more


def zeros_of(instance: Instance, hidden: Collection[int], lines: Collection[int]) -> frozenset[int]:
    """The published zeros of these lines to withhold, where `hidden` is withheld already.

    Not those that public knowledge fixes, nor those that follow from zeros that stay shown: parts of a 0, and
    totals of nothing but 0.
    """
    known, cells = instance.fixed_by_knowledge, instance.by_id
    parts = {i for position in lines for i in instance.equations[position].parts}
    withheld = {i for i in parts if cells[i].published and cells[i].value == 0 and i not in known}
    zero = {c.id for c in instance.cells if (c.published or c.id in known) and c.value == 0}
    zero -= set(hidden)
    while withheld:
        follows = {i for e in instance.equations for i in _follow(e, zero - withheld)}
        if not follows & withheld:
            break
        withheld -= follows
    return frozenset(withheld)


def _follow(equation: Equation, zero: Collection[int]) -> tuple[int, ...]:
    if equation.total in zero:
        return equation.parts
    return (equation.total,) if all(i in zero for i in equation.parts) else ()


def lowered(instance: Instance, hidden: Collection[int], lines: Collection[int]) -> dict[int, int]:
    """Least value 0 for every withheld part of a small line."""
    if not instance.zeros_published:
        return {}
    cells = instance.by_id
    parts = {i for position in lines for i in instance.equations[position].parts}
    return {i: 0 for i in sorted(parts & set(hidden)) if cells[i].published and cells[i].lower is None}


def _below(
    instance: Instance, hidden: Collection[int], lines: Collection[int], deadline: Deadline
) -> frozenset[int]:
    threshold = instance.threshold or 0
    cells, known = instance.by_id, instance.fixed_by_knowledge
    found = set()
    suspects: dict[int, list[int]] = {}
    for position, equation in enumerate(instance.equations):
        total = cells[equation.total]
        if position in lines or _settled(equation, instance, known):
            continue
        if not (total.published and total.id not in hidden) and total.id not in known:
            suspects.setdefault(total.id, []).append(position)
        elif 0 < (total.value or known.get(total.id, 0)) < threshold:
            found.add(position)
    least = _least_values(instance, hidden, lines, list(suspects), deadline)
    return frozenset(found | {p for i, at in suspects.items() if least[i] < threshold for p in at})


def _settled(equation: Equation, instance: Instance, known: Collection[int]) -> bool:
    """Lines without a published part that is open have nothing to withhold."""
    cells = instance.by_id
    return not any(cells[i].published and i not in known for i in equation.parts)


def _least_values(
    instance: Instance,
    hidden: Collection[int],
    lines: Collection[int],
    totals: list[int],
    deadline: Deadline,
) -> dict[int, int]:
    """The least count of each total for who sees everything else."""
    shown = {c.id for c in instance.cells if c.published and c.id not in hidden}
    table = sheet(instance, lowered(instance, hidden, lines), shown | instance.fixed_by_knowledge.keys())
    still = sorted(table.constant)
    down, up = table.down.copy(), table.up.copy()
    down[still] = up[still] = 0.0
    program = Program(-down, np.where(up >= INFINITY, INFINITY, up), table.matrix, deadline)
    column = {identity: n for n, identity in enumerate(table.ids)}
    least: dict[int, int] = {}
    for identity in totals:
        answer = program.minimise({column[identity]: 1.0})
        if answer.outcome is not Outcome.OPTIMAL:
            raise SolverError("the least value of a total was not found")
        value = int(table.values[column[identity]])
        least[identity] = value + math.ceil(answer.objective - TOLERANCE)
    return least
