"""Which cells must be withheld before any partner is chosen."""

from __future__ import annotations

from collections.abc import Collection

from disclosure.instance import Instance
from disclosure.lp import Deadline, Outcome, Program
from disclosure.moves import TOLERANCE, sheet


def primary(instance: Instance) -> frozenset[int]:
    """The primary cells: those given, else every published count of 1 to threshold - 1; and `must_hide`.

    What public knowledge fixes is never withheld: that would achieve nothing.
    """
    published = {cell.id for cell in instance.cells if cell.published}
    if instance.primary is not None:
        small = frozenset(instance.primary)
    else:
        limit = instance.threshold or 0
        small = frozenset(c.id for c in instance.cells if c.value is not None and 0 < c.value < limit)
    return frozenset((small | instance.must_hide) & published) - instance.fixed_by_knowledge.keys()


def fixed_alone(instance: Instance, ids: Collection[int], deadline: Deadline) -> frozenset[int]:
    """Which of these cells the register and structural zeros fix before anything is published."""
    known = instance.fixed_by_knowledge
    if not known:
        return frozenset()
    anything = {cell.id: 0 for cell in instance.cells if cell.lower is None}
    table = sheet(instance, anything, known)
    down, up = table.down.copy(), table.up.copy()
    still = sorted(table.constant)
    down[still] = up[still] = 0.0
    program = Program(-down, up, table.matrix, deadline)
    column = {identity: n for n, identity in enumerate(table.ids)}
    return frozenset(i for i in ids if i in known or not _moves(program, column[i]))


def _moves(program: Program, column: int) -> bool:
    """Whether the cell can differ from the truth at all; an answer that may not be read counts as yes."""
    answers = [program.minimise({column: sign}) for sign in (1.0, -1.0)]
    return any(a.outcome is not Outcome.OPTIMAL or abs(a.objective) > TOLERANCE for a in answers)
