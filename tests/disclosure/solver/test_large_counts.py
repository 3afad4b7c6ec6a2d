"""Counts of any size: what is proven stays proven, and a small line is found beside a total of millions."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from solver_systems import linked, plain, protected
from test_properties import judge

from disclosure import zeros
from disclosure.audit import audit
from disclosure.instance import Cell, Equation, Instance
from disclosure.secondary import protect

MILLIONS = 2_000_001
SIZES = (0, 1, 2, 10**6, 10**8)


def wide_ranged(seed: int) -> Instance:
    """A table of four dimensions that holds tiny and huge counts side by side."""
    chance = random.Random(seed)
    dimensions = [plain(name, chance.choice((2, 3))) for name in "abcd"]
    counts = {leaves: chance.choice(SIZES) for leaves in itertools.product(*(d.leaves for d in dimensions))}
    return linked(dimensions, counts, threshold=10, key=f"k{seed}")


@pytest.mark.parametrize("seed", [7, 25, 36, 37, 42, 44])
def test_huge_counts_beside_small_ones_are_proven(seed: int) -> None:
    instance = wide_ranged(seed)
    judge(instance, *protected(instance))


def small_line_beside_millions() -> Instance:
    """Two lines that are withheld with their parts; the zero of the first would say that it is not small."""
    counts = {
        "R1": MILLIONS,
        "R1/a": MILLIONS,
        "R1/b": 0,
        "R2": 50,
        "R2/c": 43,
        "R2/d": 7,
        "G": MILLIONS + 50,
    }
    cells = tuple(Cell(n, code, value) for n, (code, value) in enumerate(counts.items()))
    lines = (Equation(0, (1, 2)), Equation(3, (4, 5)), Equation(6, (0, 3)))
    return Instance(cells, lines, threshold=5, must_hide=frozenset({0, 1, 3, 4}))


def test_a_total_of_millions_may_be_small_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = small_line_beside_millions()
    found, attacked = protected(instance)
    assert found.status == attacked.status == "proven"
    assert 2 in found.hidden
    real = zeros.sheet

    def near(*given: object) -> object:
        whole = real(*given)  # type: ignore[arg-type]
        object.__setattr__(whole, "up", np.minimum(whole.up, 1e6))
        return whole

    monkeypatch.setattr(zeros, "sheet", near)
    careless = protect(instance)
    assert audit(instance.with_hidden(careless.hidden, careless.lower)).zero_lines == (0,)
