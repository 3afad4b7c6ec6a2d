"""Which cells must be withheld before any partner is chosen."""

from __future__ import annotations

from disclosure.instance import Instance


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
