"""Who knows how the margins of a cube are protected learns little from knowing it (P4).

The attacker lists every cube of inner counts that fits the margins shown, and keeps those for which the
method, under some key, withholds just these cells. A small count is given away when it is small in all that
are left. In cubes as tiny as these a few are: a box that does not fit under the inner counts is never chosen,
and the attacker can tell which cubes have no room for it.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import numpy as np

from disclosure.cube import Cube, Whole
from disclosure.margins import protect_margins

THRESHOLD = 3
SHAPE = (3, 3, 2)
FACE = (0, 1)
KEYS = tuple(f"guess {n}" for n in range(12))
MOST = 600


def samples(count: int) -> Iterator[Whole]:
    """Cubes with one or two small counts, all in one face; no margin is 0."""
    chance = random.Random(3)
    while count:
        inner = np.array([chance.choice((0, 1, 1, 2, 3, 4)) for _ in range(18)]).reshape(SHAPE)
        margins = Cube(inner, 2).margins()
        small = sum(int(((v > 0) & (v < THRESHOLD)).sum()) for a, v in margins.items() if a == FACE)
        others = all((v >= THRESHOLD).all() for a, v in margins.items() if a != FACE)
        if small in (1, 2) and others and margins[FACE].min() > 0:
            count -= 1
            yield inner


def layers(rows: Whole, columns: Whole) -> list[Whole]:
    """Every table of 3 by 3 with these row and column sums."""
    found = []
    for a, b, c, d in itertools.product(*(range(int(rows[n // 2]) + 1) for n in range(4))):
        first, second = [a, b, rows[0] - a - b], [c, d, rows[1] - c - d]
        whole = np.array([first, second, columns - np.array(first) - np.array(second)])
        if whole.min() >= 0:
            found.append(whole)
    return found


def fitting(inner: Whole, hidden: frozenset[tuple[int, ...]]) -> list[Whole]:
    """Every cube with the same margins but for the hidden cells of the one face (at least 1 there)."""
    one, other = (np.array(layers(inner[:, :, n].sum(axis=1), inner[:, :, n].sum(axis=0))) for n in (0, 1))
    face, shown = inner.sum(axis=2), np.ones((3, 3), dtype=bool)
    shown[tuple(zip(*sorted(hidden), strict=True))] = False
    faces = one[:, None] + other[None]
    fits = ((faces == face) | ~shown).all(axis=(2, 3)) & (faces > 0).all(axis=(2, 3))
    return [np.stack((one[n], other[m]), axis=2) for n, m in np.argwhere(fits)]


def pattern(inner: Whole, key: str) -> frozenset[tuple[int, ...]] | None:
    """What is withheld, if all of it lies in the one face."""
    found = protect_margins(Cube(inner, 2), THRESHOLD, key, 60.0)
    if found.status != "proven" or any(axes != FACE for axes, _ in found.hidden):
        return None
    return frozenset(index for _, index in found.hidden)


def given_away(inner: Whole, key: str, guesses: tuple[str, ...]) -> tuple[int, int]:
    """How many small counts the attacker proves small, and how many were tried; `guesses` may have run."""
    hidden = pattern(inner, key)
    others = [] if hidden is None else fitting(inner, hidden)
    if hidden is None or len(others) > MOST:
        return 0, 0
    face = inner.sum(axis=2)
    left = small = {index for index in hidden if face[index] < THRESHOLD}
    for other in others:
        large = {index for index in left if other.sum(axis=2)[index] >= THRESHOLD}
        if large and any(pattern(other, guess) == hidden for guess in guesses):
            left = left - large
    return len(left), len(small)


def counted(keys: list[tuple[str, tuple[str, ...]]]) -> tuple[int, int]:
    results = [given_away(one, *key) for one, key in zip(samples(len(keys)), keys, strict=True)]
    away, tried = (sum(column) for column in zip(*results, strict=True))
    return away, tried


def test_keyed_partners_give_few_away_where_a_public_order_gives_many() -> None:
    public, tried = counted([("secret", ("secret",))] * 40)
    keyed, again = counted([(f"secret {n}", KEYS) for n in range(40)])
    assert min(tried, again) > 30
    assert public > tried / 3
    assert keyed < again / 8
