"""Every field of an instance at random, attacked by whole-number programmes that share no code with ours."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest
from solver_systems import Dimension, ends, linked, plain

from disclosure.audit import audit
from disclosure.instance import Instance, Singleton
from disclosure.secondary import protect

POOLS = ((0, 0, 1, 2, 3, 6, 9), (0, 1, 1, 2), (0, 0, 0, 0, 5, 1), (7, 8, 20, 3), (1, 2, 3, 4), (0, 0, 30, 2))
GROUPS = 15
EACH = 8


def system(seed: int) -> Instance:
    """One or two dimensions, sometimes grouped, sometimes three linked tables of two, and random fields."""
    chance = random.Random(seed)
    count = chance.choice([1, 2, 2, 2, 3])
    shape = [_dimension("abc"[n], chance.randint(2, 4 if count < 3 else 2), chance) for n in range(count)]
    pool = chance.choice(POOLS)
    counts = {leaf: chance.choice(pool) for leaf in itertools.product(*(d.leaves for d in shape))}
    tables = list(itertools.combinations(range(count), 2)) if count > 2 else None
    whole = linked(shape, counts, tables, threshold=chance.choice([None, 3, 5, 10]))
    key, shown = chance.choice([None, "key"]), chance.random() < 0.7
    return _fields(replace(whole, key=key, zeros_published=shown, budget_s=600.0), chance)


def _dimension(name: str, size: int, chance: random.Random) -> Dimension:
    base = plain(name, size)
    grouped = size > 2 and chance.random() < 0.4
    return Dimension(name, base.leaves, {f"g{name}": base.leaves[:2]} if grouped else {})


def _fields(whole: Instance, chance: random.Random) -> Instance:
    ids = [cell.id for cell in whole.cells]
    cells = list(whole.cells)

    def some(most: int) -> list[int]:
        return chance.sample(ids, min(chance.randint(1, most), len(ids)))

    if whole.threshold is None or chance.random() < 0.3:
        whole = replace(whole, primary=tuple(some(5)))
    if chance.random() < 0.25:
        whole = replace(whole, must_hide=frozenset(some(1)))
    if chance.random() < 0.3:
        whole = replace(whole, never_hide=frozenset(some(3)) - whole.must_hide)
    if chance.random() < 0.3:
        whole = replace(whole, known={i: whole.by_id[i].value or 0 for i in some(2)})
    for field, odds in (("public", 0.3), ("published", 0.3), ("lower", 0.25), ("upper", 0.25), ("cost", 0.3)):
        if chance.random() < odds:
            for n in some(2):
                cells[n] = replace(cells[n], **{field: _value(field, cells[n].value or 0, chance)})
    small = [c.id for c in cells if 0 < (c.value or 0) < 3 and c.published]
    if small and chance.random() < 0.2:
        whole = replace(whole, singletons=(Singleton(chance.choice(small), tuple(some(2))),))
    return replace(whole, cells=tuple(cells))


def _value(field: str, count: int, chance: random.Random) -> object:
    choices = {
        "public": True, "published": False, "lower": max(0, count - chance.randint(0, 2)),
        "upper": count + chance.randint(0, 6), "cost": float(chance.randint(0, 9)),
    }  # fmt: skip
    return choices[field]


@pytest.mark.parametrize("group", range(GROUPS))
def test_an_independent_attacker_narrows_nothing(group: int) -> None:
    for seed in range(group * EACH, (group + 1) * EACH):
        check(seed)


def check(seed: int) -> None:
    whole = system(seed)
    found = protect(whole, escalate=True)
    assert not set(found.hidden) & whole.never_hide, seed
    if found.status == "unprotectable":
        assert rightly_refused(whole, found.hidden, found.lower, found.unprotectable), seed
        return
    assert found.status == "proven", seed
    assert audit(whole.with_hidden(found.hidden, found.lower)).status == "proven", seed
    fixed = whole.fixed_by_knowledge
    for cell in (whole.by_id[i] for i in found.hidden if i not in fixed and whole.by_id[i].published):
        least, most = ends(whole, found.hidden, found.lower, cell.id)
        if least == most or most < (whole.threshold or 0):
            first, last = ends(whole, None, {}, cell.id)
            assert first == last, (seed, cell.id)


def rightly_refused(
    whole: Instance, hidden: Collection[int], lower: Mapping[int, int], named: Collection[int]
) -> bool:
    """With all withheld that may be, somebody still narrows a cell (or it may not be withheld at all)."""
    if set(named) & whole.never_hide or whole.singletons:
        return True
    for cell in named:
        least, most = ends(whole, hidden, lower, cell)
        if least == most or most < (whole.threshold or 0):
            return True
    return audit(whole.with_hidden(hidden, lower)).status == "disclosive"
