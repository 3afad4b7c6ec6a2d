"""Margins of cubes by boxes: the proof is checked against the general attacker, and broken twins of it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from disclosure.audit import audit
from disclosure.cube import Cell as Place
from disclosure.cube import Cube, Witness, inside
from disclosure.instance import Audit, Cell, Equation, Instance, Singleton
from disclosure.margin_proof import MarginAudit, prove_margins
from disclosure.margins import Draw, find_witnesses, protect_margins

THRESHOLD = 5
COUNTS = (1, 1, 2, 3, 6)


def cube(seed: int, shape: tuple[int, ...] = (4, 3, 3, 3), order: int = 2) -> Cube:
    chance = random.Random(seed)
    counts = [chance.choice(COUNTS) if chance.random() < 0.45 else 0 for _ in range(int(np.prod(shape)))]
    counts[:3] = [0, 0, 0]
    return Cube(np.array(counts, dtype=np.int64).reshape(shape), order)


def linked(one: Cube) -> tuple[Instance, dict[Place, int]]:
    """The same margins and inner counts as a general system, and the ids of the margins."""
    margins = one.margins()
    places = [(axes, index) for axes, v in margins.items() for index in np.ndindex(v.shape)]
    every = tuple(range(one.inner.ndim))
    inner = [(every, index) for index in np.ndindex(one.inner.shape)]
    ids = {place: n for n, place in enumerate([*places, *inner])}
    cells = [Cell(ids[a, i], str((a, i)), int(margins[a][i])) for a, i in places]
    cells += [Cell(ids[a, i], str((a, i)), int(one.inner[i]), published=False) for a, i in inner]
    parts: dict[int, list[int]] = {}
    for (axes, index), (_, whole) in itertools.product(places, inner):
        if all(whole[a] == n for a, n in zip(axes, index, strict=True)):
            parts.setdefault(ids[axes, index], []).append(ids[every, whole])
    sums = [Equation(total, tuple(some)) for total, some in parts.items()]
    lines = [
        Equation(
            ids[axes, index],
            tuple(
                ids[above, tuple(code if a == axis else index[axes.index(a)] for a in above)]
                for code in range(one.inner.shape[axis])
            ),
        )
        for axes, index in places
        for axis in every
        if axis not in axes and len(axes) < one.order
        for above in [tuple(sorted((*axes, axis)))]
    ]
    return Instance(tuple(cells), (*sums, *lines), threshold=THRESHOLD), ids


@pytest.mark.parametrize("seed", range(6))
def test_the_general_attacker_agrees_with_the_proof(seed: int) -> None:
    one = cube(seed)
    found = protect_margins(one, THRESHOLD, "key", 60.0)
    assert found.status == "proven"
    assert prove_margins(one, THRESHOLD, found.hidden, found.witnesses).status == "proven"
    whole, ids = linked(one)
    lower = {ids[place]: least for place, least in found.lower.items()}
    attacked = audit(whole.with_hidden((ids[place] for place in found.hidden), lower))
    assert (attacked.status, attacked.exact, attacked.below_threshold) == ("proven", (), ())


def test_small_counts_alone_are_not_enough() -> None:
    one = cube(1)
    found = protect_margins(one, THRESHOLD, "key", 60.0)
    assert found.hidden > found.required
    naive = prove_margins(one, THRESHOLD, found.required, found.witnesses)
    assert naive.status == "disclosive"
    assert naive.refused
    whole, ids = linked(one)
    lower = {ids[place]: found.lower[place] for place in found.required}
    assert audit(whole.with_hidden((ids[place] for place in found.required), lower)).status == "disclosive"


def test_the_proof_refuses_what_is_wrong() -> None:
    one = cube(2)
    found = protect_margins(one, THRESHOLD, "key", 60.0)

    def proof(hidden: frozenset[Place], witnesses: tuple[Witness, ...]) -> str:
        return prove_margins(one, THRESHOLD, hidden, witnesses).status

    assert proof(found.hidden, found.witnesses) == "proven"
    assert proof(found.hidden, ()) == "disclosive"
    assert proof(found.hidden, tuple(Witness({}) for _ in found.witnesses)) == "disclosive"
    for place in sorted(found.required)[:5]:
        assert proof(found.hidden - {place}, found.witnesses) == "disclosive"
    negative = tuple(
        replace(w, changes={p: -1 - int(one.inner[p]) for p in w.changes}) for w in found.witnesses
    )
    assert proof(found.hidden, negative) == "disclosive"


def test_the_key_decides_and_repeats() -> None:
    one = cube(3)
    patterns = {key: protect_margins(one, THRESHOLD, key, 60.0).hidden for key in "abcd"}
    assert len(set(patterns.values())) > 1
    assert protect_margins(one, THRESHOLD, "a", 60.0).hidden == patterns["a"]


def test_decoys_are_drawn_by_the_key_alone_and_withheld() -> None:
    plenty = Cube(np.full((40, 40, 40), 9, dtype=np.int64), 2)
    drawn = {key: Draw.of(plenty, key).decoys for key in "abc"}
    assert len(set(drawn.values())) == len(drawn)
    assert all(drawn.values())
    assert Draw.of(replace(plenty, inner=plenty.inner * 50), "a").decoys == drawn["a"]
    assert Draw.of(replace(plenty, inner=plenty.inner * 0), "a").decoys == frozenset()
    found = protect_margins(plenty, THRESHOLD, "a", 60.0)
    assert found.required >= drawn["a"]
    assert prove_margins(plenty, THRESHOLD, found.hidden, found.witnesses).status == "proven"


def test_without_time_or_room_it_fails_closed() -> None:
    assert protect_margins(cube(4), THRESHOLD, "key", 0.0).status == "budget"
    lonely = Cube(np.array([[[3]]], dtype=np.int64), 2)
    found = protect_margins(lonely, THRESHOLD, "key", 60.0)
    assert found.status in {"proven", "unprotectable"}
    if found.status == "proven":
        assert prove_margins(lonely, THRESHOLD, found.hidden, found.witnesses).status == "proven"


def known_to(ids: dict[Place, int], person: Place) -> tuple[int, ...]:
    """The ids of all published and inner counts inside the cell of this person."""
    return tuple(identity for place, identity in ids.items() if inside(place, person))


def with_people(one: Cube, hidden: frozenset[Place], lower: Mapping[Place, int]) -> Instance:
    """The general system with everybody who is alone in a withheld cell."""
    whole, ids = linked(one)
    people = tuple(Singleton(ids[p], known_to(ids, p)) for p in sorted(one.alone()))
    least = {ids[place]: value for place, value in lower.items()}
    return replace(whole, singletons=people).with_hidden((ids[place] for place in hidden), least)


@pytest.mark.parametrize("seed", [1, 3, 8])
def test_who_is_alone_in_a_cell_works_out_no_other_small_one(seed: int) -> None:
    one = cube(seed)
    found = protect_margins(one, THRESHOLD, "key", 60.0)
    assert prove_margins(one, THRESHOLD, found.hidden, found.witnesses).status == "proven"
    assert audit(with_people(one, found.hidden, found.lower)).singletons == ()


def test_without_looking_at_them_somebody_alone_works_a_small_cell_out() -> None:
    seen = [forgotten(seed) for seed in (1, 3, 8)]
    assert all(proof.status == "disclosive" and proof.singletons for proof, _ in seen)
    assert not any(proof.unproven or proof.shown or proof.zero_lines for proof, _ in seen)
    assert any(attacked.singletons for _, attacked in seen)


def forgotten(seed: int) -> tuple[MarginAudit, Audit]:
    """What both attackers find where nobody is thought to be alone."""
    one = cube(seed)
    naive = protect_margins(one, THRESHOLD, "key", 60.0, alone=())
    assert prove_margins(one, THRESHOLD, naive.hidden, naive.witnesses, alone=()).status == "proven"
    proof = prove_margins(one, THRESHOLD, naive.hidden, naive.witnesses)
    return proof, audit(with_people(one, naive.hidden, naive.lower))


def test_witnesses_are_found_again_inside_what_is_withheld() -> None:
    one = cube(1)
    found = protect_margins(one, THRESHOLD, "key", 60.0)
    again = find_witnesses(one, THRESHOLD, found.hidden, 60.0)
    assert prove_margins(one, THRESHOLD, found.hidden, again).status == "proven"
    fewer = found.hidden - {max(found.hidden - found.required)}
    assert (
        prove_margins(one, THRESHOLD, fewer, find_witnesses(one, THRESHOLD, fewer, 60.0)).status != "proven"
    )
