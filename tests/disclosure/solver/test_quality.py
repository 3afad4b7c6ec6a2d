"""In bench mode no more than a quarter more cells than the fewest that will do, by an independent search."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import highspy
import pytest
from solver_systems import Dimension, linked, plain, protected

from disclosure.instance import Instance

SHAPES = ((4, 5), (6, 4), (3, 3, 2), (2, 2, 2), (5, 5))
QUARTER_MORE = 1.25


def sample(seed: int) -> Instance:
    chance = random.Random(seed)
    shape = [plain("abcd"[n], size) for n, size in enumerate(SHAPES[seed % len(SHAPES)])]
    if seed % 3 == 0:
        shape[0] = Dimension("a", shape[0].leaves, {"ga": shape[0].leaves[:2]})
    counts = {
        leaves: chance.choice([1, 3, 0, 5, 8, 12, 20, 35, 60, 90, 15, 25, 40])
        for leaves in itertools.product(*(d.leaves for d in shape))
    }
    whole = linked(shape, counts)
    return replace(whole, primary=tuple(c.id for c in whole.cells if 0 < (c.value or 0) < 3), budget_s=600.0)


def deeper(seed: int) -> Instance:
    """Tables with two levels of groups, of one or both dimensions, or two that share one."""
    chance = random.Random(seed)
    shape, tables = DEEPER[seed % len(DEEPER)]
    counts = {
        leaves: chance.choice([0, 1, 2, 2, 5, 9, 14, 30, 55, 80, 120, 33])
        for leaves in itertools.product(*(d.leaves for d in shape))
    }
    whole = linked(shape, counts, tables)
    return replace(whole, primary=tuple(c.id for c in whole.cells if 0 < (c.value or 0) < 3), budget_s=600.0)


def grouped(name: str, size: int, each: int) -> Dimension:
    """A dimension whose leaves stand in groups of so many."""
    leaves = plain(name, size).leaves
    return Dimension(name, leaves, {f"g{name}{n}": leaves[n : n + each] for n in range(0, size, each)})


DEEPER: tuple[tuple[list[Dimension], list[tuple[int, ...]] | None], ...] = (
    ([plain("a", 4), plain("b", 4)], None),
    ([grouped("a", 6, 2), plain("b", 3)], None),
    ([grouped("a", 4, 2), grouped("b", 4, 2)], None),
    ([plain("a", 4), plain("b", 3), plain("c", 2)], [(0, 1), (0, 2)]),
    ([grouped("a", 8, 4), plain("b", 4)], None),
)


def fewest(instance: Instance) -> int:
    """The smallest number of withheld cells in which every small one can move by 1 (zeros stay as shown)."""
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    small = set(instance.primary or ())
    whole = highspy.HighsVarType.kInteger
    withheld = {
        c.id: model.addVariable(int(c.id in small), int(bool(c.value)), 1.0, whole) for c in instance.cells
    }
    for target in sorted(small):
        change = {}
        for c in instance.cells:
            fall = -min((c.value or 1) - 1, 2)
            change[c.id] = x = model.addVariable(fall, 2 * bool(c.value), 0.0, whole)
            model.addConstr(x - 2 * withheld[c.id] <= 0)
            model.addConstr(x - fall * withheld[c.id] >= 0)
        for e in instance.equations:
            model.addConstr(sum(change[i] for i in e.parts) - change[e.total] == 0)
        up = model.addVariable(0, 1, 0.0, whole)
        model.addConstr(change[target] - 3 * up >= -2)
        model.addConstr(change[target] - 3 * up <= -1)
    model.run()
    assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return round(model.getInfo().objective_function_value)


@pytest.mark.parametrize("seed", range(100, 115))
def test_at_most_a_quarter_more_partners_in_deeper_tables(seed: int) -> None:
    instance = deeper(seed)
    found, attacked = protected(instance)
    assert found.status == attacked.status == "proven"
    assert len(found.secondary) <= QUARTER_MORE * (fewest(instance) - len(instance.primary or ()))


@pytest.mark.parametrize("seed", range(10))
def test_at_most_a_quarter_more_than_the_fewest(seed: int) -> None:
    instance = sample(seed)
    found, attacked = protected(instance)
    assert found.status == attacked.status == "proven"
    assert len(found.hidden) <= QUARTER_MORE * fewest(instance)
