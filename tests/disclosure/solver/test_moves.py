"""Moves are exact, whichever way they are found; and what large tables take instead protects as well."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest
from solver_systems import ends, linked, plain, protected
from test_properties import judge

from disclosure import moves, witness
from disclosure.audit import audit
from disclosure.instance import Instance
from disclosure.lp import Deadline

CHANGES = (1, -1, 4, 7)
SEEDS = (2, 3, 4)


def cube(seed: int) -> Instance:
    """Three dimensions: the corners of its programmes are fractions often enough."""
    chance = random.Random(seed)
    shape = [plain(name, 3) for name in "abc"]
    leaves = itertools.product(*(d.leaves for d in shape))
    return linked(shape, {leaf: chance.choice([1, 2, 3, 5, 6, 7, 9]) for leaf in leaves}, threshold=5)


def misfits(instance: Instance) -> tuple[int, int]:
    """How many moves break a row or a bound or miss the change asked for, and how many were found."""
    table = moves.sheet(instance, {}, set())
    mover = moves.Mover(table, np.ones(len(table.ids)), Deadline(600.0))
    chance = random.Random(1)
    mover.release(n for n in range(len(table.ids)) if chance.random() < 0.6)
    found: list[bool] = []
    for column, change in itertools.product(sorted(mover.movable), CHANGES):
        priced = mover.cheapest(column, change)
        options = (mover.within(column, change), priced[1] if priced else None)
        found += [_fits(table, move, column, change) for move in options if move is not None]
    return found.count(False), len(found)


def _fits(table: moves.Sheet, move: moves.Move, column: int, change: int) -> bool:
    values = np.array([move.changes.get(n, 0) for n in range(len(table.ids))])
    balanced = all(sum(v * values[n] for n, v in row.terms) == 0 for row in table.rows)
    inside = (values >= -table.down).all() and (values <= table.up).all()
    return bool(balanced and inside and values[column] == change)


def _careless(checker: object, values: moves.Vector) -> moves.Move:
    whole = np.rint(values).astype(int)
    return moves.Move({int(n): int(whole[n]) for n in np.flatnonzero(whole)})


@pytest.mark.parametrize("large", [moves.LARGE, 1], ids=["small tables", "large tables"])
def test_every_move_is_checked_in_whole_numbers(monkeypatch: pytest.MonkeyPatch, large: int) -> None:
    monkeypatch.setattr(moves, "LARGE", large)
    samples = [cube(seed) for seed in SEEDS]
    results = [misfits(one) for one in samples]
    assert [wrong for wrong, _ in results] == [0] * len(samples)
    assert all(found > 100 for _, found in results)
    monkeypatch.setattr(moves._Checker, "move", _careless)
    assert all(wrong for wrong, _ in map(misfits, samples))


@pytest.mark.parametrize("seed", range(4))
def test_even_steps_protect_as_well(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(moves, "LARGE", 1)
    instance = cube(seed)
    found, attacked = protected(instance)
    assert found.status == attacked.status == "proven"
    for identity in found.hidden:
        least, most = ends(instance, found.hidden, found.lower, identity)
        assert least < most >= (instance.threshold or 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_even_steps_prove_as_well(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    instance = replace(cube(seed), key="even")
    found, plainly = protected(instance)
    monkeypatch.setattr(witness, "LARGE", 1)
    attacked = audit(instance.with_hidden(found.hidden, found.lower))
    assert (attacked.status, attacked.intervals) == (plainly.status, plainly.intervals)
    judge(instance, found, attacked)
    monkeypatch.setattr(witness.Explorer, "_lift", lambda *_: None)
    monkeypatch.setattr(witness.Explorer, "_whole_program", None)
    assert audit(instance.with_hidden(found.hidden, found.lower)).status == "proven"
