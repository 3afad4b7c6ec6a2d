"""Who knows that the algorithm ran must not learn that a withheld count is small (P4).

The attacker lists every table that fits what is shown and keeps those for which the algorithm, under some
key, gives this very pattern. A small count is given away when it is small in all that are left.

Larger tables cannot be listed: there a whole-number programme proposes tables that fit, most with as many
small counts as can be, and the method is run on each, under its own key and under draws that make the pattern
cheap. One that gives the same pattern with a large count in the cell is the proof of doubt. For many counts
none is found as it is: what only one small count needs is withheld for no other. With counts that are
withheld without any need (decoys, here by `must_hide`) there is one for each.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from unittest.mock import patch

import highspy
import pytest
from solver_systems import Dimension, enumerate_tables, linked, plain, table

from disclosure import secondary
from disclosure.instance import Instance
from disclosure.secondary import protect

THRESHOLD = 3
KEYS = tuple(f"guess {n}" for n in range(12))
CAP = 14
MOST, NODES, WORLDS = 2_000, 200, 12


def samples(count: int) -> Iterator[Instance]:
    """Tables of 3 by 3 with one to three small counts, whose pattern leaves a short list to enumerate."""
    chance = random.Random(7)
    while count:
        rows = [[chance.choice([1, 2, 4, 6, 9, 12]) for _ in range(3)] for _ in range(3)]
        instance = table(rows, threshold=THRESHOLD)
        if sum(0 < (c.value or 0) < THRESHOLD for c in instance.cells) in (1, 2, 3):
            count -= 1
            yield instance


def given_away(instance: Instance, keys: tuple[str, ...]) -> tuple[int, int]:
    """How many small counts the attacker proves small, and how many were tried; `keys` may have run."""
    found = protect(instance)
    small = [c.id for c in instance.cells if c.id in found.hidden and 0 < (c.value or 0) < THRESHOLD]
    inner = [c for c in instance.cells if c.id in found.hidden and "|" in c.code]
    if found.status != "proven" or len(inner) != len(found.hidden) or len(inner) > 4:
        return 0, 0
    open_cells = set(small)
    for whole in enumerate_tables(instance.with_hidden(found.hidden), CAP):
        if not any(whole[i] >= THRESHOLD for i in open_cells):
            continue
        other = replace(instance, cells=tuple(replace(c, value=whole[c.id]) for c in instance.cells))
        if any(protect(replace(other, key=key)).hidden == found.hidden for key in keys):
            open_cells -= {i for i in open_cells if whole[i] >= THRESHOLD}
        if not open_cells:
            break
    return len(open_cells), len(small)


def test_partners_in_a_public_order_give_small_counts_away() -> None:
    results = [given_away(replace(one, key="secret"), ("secret",)) for one in samples(40)]
    away, tried = (sum(column) for column in zip(*results, strict=True))
    assert tried > 10
    assert away > tried / 2


def test_keyed_partners_give_no_small_count_away() -> None:
    results = [given_away(replace(one, key=f"secret {n}"), KEYS) for n, one in enumerate(samples(40))]
    assert sum(tried for _, tried in results) > 10
    assert sum(away for away, _ in results) == 0


@dataclass(frozen=True)
class Sort:
    """Random linked tables of one sort."""

    shape: tuple[int, ...]
    tables: tuple[tuple[int, ...], ...] | None
    counts: tuple[int, ...]
    seeds: range
    grouped: bool = False

    def systems(self) -> Iterator[Instance]:
        for seed in self.seeds:
            chance = random.Random(seed)
            shape = [plain("abc"[n], size) for n, size in enumerate(self.shape)]
            if self.grouped:
                shape[0] = Dimension("a", shape[0].leaves, {"ga": shape[0].leaves[:2]})
            leaves = itertools.product(*(d.leaves for d in shape))
            counts = {leaf: chance.choice(self.counts) for leaf in leaves}
            yield linked(shape, counts, self.tables, threshold=THRESHOLD, key=f"secret {seed}")


LARGE = {
    "two tables": Sort((5, 5, 3), ((0, 1), (0, 2)), (0, 0, 1, 1, 2), range(2)),
    "three tables": Sort((5, 5, 3), ((0, 1), (0, 2), (1, 2)), (0, 0, 1, 2, 3), range(3)),
    "a hierarchy": Sort((5, 5), None, (1, 2, 4, 6, 9, 12), range(2), grouped=True),
    "a cube": Sort((5, 5, 3), None, (0, 0, 2, 3, 5, 8, 20), range(1)),
}


class Proposals:
    """Tables that fit what is shown, in which a count is not small, by a whole-number programme."""

    def __init__(self, system: Instance, lower: Mapping[int, int], cell: int) -> None:
        self.model = highspy.Highs()
        self.model.setOptionValue("output_flag", False)
        self.model.setOptionValue("mip_max_nodes", NODES)
        self.count: dict[int, highspy.highs.highs_var] = {}
        self.small: list[highspy.highs.highs_var] = []
        self.change: list[highspy.highs.highs_var] = []
        for c in system.cells:
            least, value = lower.get(c.id, 1), c.value or 0
            if c.id in system.hidden:
                self.withheld(c.id, max(least, THRESHOLD) if c.id == cell else least, value)
            else:
                self.count[c.id] = self.model.addVariable(lb=value, ub=value)
        for e in system.equations:
            self.model.addConstr(sum(self.count[i] for i in e.parts) == self.count[e.total])

    def withheld(self, identity: int, least: int, value: int) -> None:
        """A count, whether it is small, and by how much it changes."""
        count = self.model.addVariable(lb=least, ub=MOST, type=highspy.HighsVarType.kInteger)
        small, change = self.model.addBinary(), self.model.addVariable(lb=0)
        self.model.addConstr(count + MOST * small <= THRESHOLD - 1 + MOST)
        self.model.addConstr(change >= count - value)
        self.model.addConstr(change >= value - count)
        self.count[identity] = count
        self.small.append(small)
        self.change.append(change)

    def tables(self, chance: random.Random) -> Iterator[dict[int, int]]:
        """Two of three with as many small counts as can be, the third near the truth; each once."""
        seen = set[tuple[int, ...]]()
        for number in range(WORLDS):
            wish = 0.0 if number % 3 == 2 else 1.0
            wishes = sum(wish * (0.3 + chance.random()) * one for one in self.small)
            self.model.minimize(
                sum((1.02 - wish) * (0.05 + chance.random()) * one for one in self.change) - wishes
            )
            if self.model.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
                continue
            values = self.model.getSolution().col_value
            found = {i: round(values[x.index]) for i, x in self.count.items()}
            if tuple(found.values()) not in seen:
                seen.add(tuple(found.values()))
                yield found


def gives(system: Instance, world: Mapping[int, int], cheap: bool, decoys: Collection[int]) -> bool:
    """Whether the method gives the pattern of this system for these counts too.

    `cheap`: under a draw of the key by which what is withheld costs least; the key may draw anything.
    """
    cells = tuple(replace(c, value=world[c.id], lower=None) for c in system.cells)
    other = replace(system, cells=cells, hidden=frozenset(), must_hide=frozenset(decoys))
    codes = {system.by_id[i].code for i in system.hidden}
    if not cheap:
        return frozenset(protect(other).hidden) == system.hidden
    with patch.object(secondary, "_jitter", lambda _, code: 0.01 if code in codes else 0.99):
        return frozenset(protect(other).hidden) == system.hidden


def doubts(system: Instance, lower: Mapping[int, int], cell: int, decoys: bool) -> bool:
    """Whether another table gives the same pattern, in which this count is not small."""
    for world in Proposals(system, lower, cell).tables(random.Random(cell)):
        without = (gives(system, world, cheap, ()) for cheap in (False, True))
        withheld = [i for i in sorted(system.hidden) if world[i] > 0]
        needless = (gives(system, world, False, some) for some in ([cell], withheld) if decoys)
        if any(itertools.chain(without, needless)):
            return True
    return False


def undoubted(sort: Sort, decoys: bool) -> tuple[int, int]:
    """How many small counts no other table was found for, and how many were tried."""
    away = tried = 0
    for one in sort.systems():
        found = protect(one)
        assert found.status == "proven"
        system = one.with_hidden(found.hidden, found.lower)
        small = [c.id for c in one.cells if c.id in system.hidden and 0 < (c.value or 0) < THRESHOLD]
        away += sum(not doubts(system, found.lower, cell, decoys) for cell in small)
        tried += len(small)
    return away, tried


@pytest.mark.parametrize("name", LARGE)
def test_in_large_tables_decoys_leave_a_doubt_about_every_small_count(name: str) -> None:
    away, tried = undoubted(LARGE[name], decoys=True)
    assert away == 0
    assert tried > 10


def test_in_large_tables_what_one_small_count_needs_gives_it_away_without_decoys() -> None:
    away, tried = undoubted(LARGE["a hierarchy"], decoys=False)
    assert 0 < away < tried
