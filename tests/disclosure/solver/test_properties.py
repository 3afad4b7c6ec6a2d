"""What must hold for every linked system, on random ones; enumeration is the judge on tiny ones."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from solver_systems import protected, ranges, systems, table

from disclosure.audit import audit
from disclosure.instance import Instance
from disclosure.secondary import protect

MANY = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
FEW = settings(MANY, max_examples=30)


@MANY
@given(systems())
def test_the_audit_finds_nothing_after_protection(instance: Instance) -> None:
    found, attacked = protected(instance)
    assume(found.status != "unprotectable")
    assert found.status == "proven"
    assert (attacked.status, attacked.exact, attacked.below_threshold, attacked.zero_lines) == (
        "proven",
        (),
        (),
        (),
    )


@MANY
@given(systems())
def test_witnesses_fit_what_is_shown_and_prove_both_promises(instance: Instance) -> None:
    found, attacked = protected(instance)
    assume(found.status == "proven")
    shown = {c.id: c.value for c in instance.cells if c.published and c.id not in found.hidden}
    for whole in attacked.witnesses:
        assert all(whole[i] == value for i, value in shown.items())
        assert all(whole[e.total] == sum(whole[i] for i in e.parts) for e in instance.equations)
    for identity in found.hidden:
        proof = attacked.proofs[identity]
        first, second = (attacked.witnesses[n][identity] for n in proof.p1)
        assert first != second
        if instance.threshold is not None:
            assert proof.p2 is not None
            assert attacked.witnesses[proof.p2][identity] >= instance.threshold


@FEW
@given(systems(tiny=True), st.data())
def test_an_enumerator_agrees_with_the_audit(instance: Instance, data: st.DataObject) -> None:
    hidable = [c.id for c in instance.cells if c.value or not instance.zeros_published]
    hidden = data.draw(st.sets(st.sampled_from(hidable), max_size=6)) if hidable else set()
    attacked = audit(instance.with_hidden(hidden))
    seen = ranges(instance.with_hidden(hidden), cap=14)
    assert set(attacked.exact) == {i for i, values in seen.items() if len(values) == 1}
    for identity, values in seen.items():
        low, high = attacked.intervals[identity]
        assert low <= min(values)
        assert high is None or max(values) <= high
    if instance.threshold is not None:
        small = {i for i, values in seen.items() if max(values) < instance.threshold}
        assert set(attacked.below_threshold) == small


@FEW
@given(systems(tiny=True))
def test_an_enumerator_finds_nothing_after_protection(instance: Instance) -> None:
    found = protect(instance)
    assume(found.status == "proven" and len(found.hidden) < 9)
    for identity, values in ranges(instance.with_hidden(found.hidden, found.lower), cap=9).items():
        assert len(values) > 1, identity
        assert max(values) >= (instance.threshold or 0)


@FEW
@given(systems(), st.integers(0, 1000))
def test_the_order_of_cells_and_equations_does_not_matter(instance: Instance, seed: int) -> None:
    shuffle = random.Random(seed)
    cells, equations = list(instance.cells), list(instance.equations)
    shuffle.shuffle(cells)
    shuffle.shuffle(equations)
    turned = replace(instance, cells=tuple(cells), equations=tuple(equations))
    assert protect(instance).hidden == protect(turned).hidden


@FEW
@given(systems())
def test_protecting_the_pattern_again_changes_nothing(instance: Instance) -> None:
    first = protect(instance)
    assume(first.status == "proven")
    again = protect(replace(instance, must_hide=frozenset(first.hidden)))
    assert again.hidden == first.hidden


@FEW
@given(systems(), st.integers(0, 1000))
def test_hiding_more_positive_cells_never_reveals(instance: Instance, seed: int) -> None:
    found = protect(replace(instance, threshold=None, primary=tuple(_small(instance))))
    assume(found.status == "proven")
    shown = [c.id for c in instance.cells if c.value and c.id not in found.hidden]
    more = random.Random(seed).sample(shown, min(3, len(shown)))
    base = replace(instance, threshold=None)
    attacked = audit(base.with_hidden({*found.hidden, *more}, found.lower))
    assert not set(attacked.exact) & set(found.hidden)


def _small(instance: Instance) -> list[int]:
    return [c.id for c in instance.cells if c.value in (1, 2)]


@FEW
@given(systems())
def test_what_is_shown_is_the_truth_and_primary_cells_are_not(instance: Instance) -> None:
    found = protect(instance)
    assume(found.status == "proven")
    limit = instance.threshold or 3
    small = {c.id for c in instance.cells if 0 < (c.value or 0) < limit}
    wanted = small if instance.primary is None else set(instance.primary)
    assert wanted <= set(found.hidden)
    assert set(found.secondary) == set(found.hidden) - wanted


def test_naive_suppression_leaks_first() -> None:
    naive = table([[1, 9, 12], [8, 20, 11], [7, 3, 30]], threshold=5)
    small = [c.id for c in naive.cells if 0 < (c.value or 0) < 5]
    attacked = audit(naive.with_hidden(small))
    assert attacked.status == "disclosive"
    assert set(attacked.exact) == set(small)
    found, after = protected(naive)
    assert found.status == after.status == "proven"
