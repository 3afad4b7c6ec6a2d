"""A second opinion on patterns by pytauargus' low-level audit, which shares nothing with ours."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from solver_systems import linked, plain, protected

from disclosure.audit import audit
from disclosure.instance import Instance

engine = pytest.importorskip("pytauargus._tauargus", reason="pytauargus comes with the development extra")
FAR = 1_000_000
SHAPES = ((4, 5), (6, 4), (3, 3, 3), (2, 3, 4), (2, 2, 2, 2))


def second_opinion(
    instance: Instance, hidden: Collection[int], lower: Mapping[int, int], folder: Path
) -> dict[int, tuple[float, float]]:
    """What it says each withheld cell may be; the file lists cells, bounds and lines that add up to 0."""
    least = int(instance.zeros_published)
    at = {cell.id: n for n, cell in enumerate(instance.cells)}
    cells = [
        f"{n} {c.value} 1 {'u' if c.id in hidden else 's'} {lower.get(c.id, least)} {FAR} 1 1 0"
        for n, c in enumerate(instance.cells)
    ]
    lines = [
        f"0 {len(e.parts) + 1} : {at[e.total]} (-1) " + " ".join(f"{at[i]} (1)" for i in e.parts)
        for e in instance.equations
    ]
    path = folder / "table.jj"
    path.write_text("\n".join(["0", str(len(cells)), *cells, str(len(lines)), *lines, ""]), encoding="utf-8")
    ids = [cell.id for cell in instance.cells]
    return {ids[row["cell"]]: (row["min"], row["max"]) for row in engine.audit_jj(str(path))}


def sample(seed: int) -> Instance:
    chance = random.Random(seed)
    shape = SHAPES[seed % len(SHAPES)]
    dimensions = [plain("abcd"[n], size) for n, size in enumerate(shape)]
    counts = {
        leaves: chance.choice([0, 1, 2, 4, 7, 12, 30, 55])
        for leaves in itertools.product(*(d.leaves for d in dimensions))
    }
    whole = linked(dimensions, counts)
    small = tuple(c.id for c in whole.cells if 0 < (c.value or 0) < 5)
    if seed % 2:
        return replace(whole, primary=small)
    return replace(whole, primary=small, threshold=5, key=f"key {seed}")


@pytest.mark.parametrize("seed", range(12))
def test_it_finds_no_withheld_count_either(seed: int, tmp_path: Path) -> None:
    instance = sample(seed)
    found, attacked = protected(instance)
    assert found.status == attacked.status == "proven"
    seen = second_opinion(instance, found.hidden, found.lower, tmp_path)
    assert set(seen) == set(found.hidden)
    for identity, (low, high) in seen.items():
        least, most = attacked.intervals[identity]
        assert high - low >= 1
        assert high >= (instance.threshold or 0)
        assert least == pytest.approx(low, abs=0.999)
        assert high >= FAR / 2 if most is None else most == pytest.approx(high, abs=0.999)


@pytest.mark.parametrize("seed", range(0, 12, 3))
def test_it_springs_the_same_naive_patterns(seed: int, tmp_path: Path) -> None:
    instance = replace(sample(seed), threshold=None)
    hidden = set(instance.primary or ())
    seen = second_opinion(instance, hidden, {}, tmp_path)
    exact = {i for i, (low, high) in seen.items() if high - low < 1e-6}
    assert exact
    assert exact <= set(audit(instance.with_hidden(hidden)).exact)
