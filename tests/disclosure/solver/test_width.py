"""More than two counts possible for each withheld cell, where the policy asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from solver_systems import protected, ranges, table

from disclosure import repair, secondary
from disclosure.audit import audit
from disclosure.instance import Cell, Equation, Instance, InstanceError, Singleton
from disclosure.reading import parse

CAP = 16


def line(*values: int, **settings: Any) -> Instance:
    """One line: its parts are cells 1.., its total is cell 0."""
    cells = (Cell(0, "total", sum(values)), *(Cell(n, f"part {n}", v) for n, v in enumerate(values, 1)))
    return replace(Instance(cells, (Equation(0, tuple(range(1, len(cells)))),)), **settings)


SAMPLES = {
    "two counts left": line(1, 2, 9, 14, primary=(1, 2)),
    "a small line": line(1, 1, 1, 12, threshold=3),
    "a table": table([[1, 9, 12], [8, 7, 2], [6, 3, 5]], threshold=3, key="k"),
    "an upper bound": replace(
        line(2, 3, 9), primary=(1,), cells=tuple(
            replace(c, upper={1: 3, 2: 6}.get(c.id)) for c in line(2, 3, 9).cells
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [3, 4])
def test_so_many_counts_stay_possible(name: str, width: int) -> None:
    instance = replace(SAMPLES[name], width=width)
    found, attacked = protected(instance)
    if found.status == "unprotectable":
        assert name == "an upper bound"
        assert (width, found.unprotectable) == (4, (1,))
        return
    assert found.status == attacked.status == "proven"
    seen = ranges(instance.with_hidden(found.hidden, found.lower), CAP)
    assert all(len(values) >= width for values in seen.values())
    for identity in found.hidden:
        counts = {attacked.witnesses[n][identity] for n in attacked.proofs[identity].p1}
        assert len(counts) == width
        assert counts <= seen[identity] | set(range(CAP, 10_000))


def test_a_pattern_for_two_counts_is_narrow_for_three() -> None:
    instance = line(1, 2, 9, 14, primary=(1, 2)).with_hidden({1, 2})
    assert audit(instance).status == "proven"
    attacked = audit(replace(instance, width=3))
    assert (attacked.status, attacked.exact, attacked.narrow) == ("disclosive", (), (1, 2))


def test_one_person_leaves_so_many_counts_to_the_others() -> None:
    instance = line(1, 2, 2, 50, primary=(1, 2, 3), singletons=(Singleton(1, (1,)),), width=4)
    leaky = instance.with_hidden({1, 2, 3})
    assert audit(replace(leaky, width=3)).singletons == ()
    assert set(audit(leaky).singletons) == {2, 3}
    found, attacked = protected(instance)
    assert found.status == attacked.status == "proven"


@pytest.mark.parametrize("room", [repair, secondary])
def test_without_this_duty_too_few_counts_are_left(monkeypatch: pytest.MonkeyPatch, room: Any) -> None:
    samples = [
        line(1, 2, 9, 14, primary=(1, 2), width=3),
        line(6, 2, 2, 50, primary=(1, 2, 3), singletons=(Singleton(1, (1,)),), width=4),
    ]
    assert all(protected(one)[1].status == "proven" for one in samples)
    monkeypatch.setattr(room, "wide", lambda *_: ())
    attacked = [protected(one)[1] for one in samples]
    assert any(one.narrow or one.singletons for one in attacked)


@pytest.mark.parametrize("width", [1, 0, -2, 21, 2.5, "3", True])
def test_a_width_that_cannot_be_is_refused(width: object) -> None:
    with pytest.raises(InstanceError, match="width"):
        parse({"cells": [{"id": 0, "value": 1}], "equations": [], "width": width})


def test_the_width_survives_the_round_trip() -> None:
    instance = line(1, 2, 9, width=5)
    assert parse(instance.to_payload()) == instance
    assert "width" not in line(1, 2, 9).to_payload()
