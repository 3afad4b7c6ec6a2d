"""What must hold for every linked system, on random ones; enumeration is the judge on tiny ones."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from solver_systems import ends, protected, ranges, systems, table

from disclosure.audit import audit
from disclosure.instance import Audit, Instance, Protection
from disclosure.secondary import protect

MANY = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
FEW = settings(MANY, max_examples=30)
ENUMERATED = 10_000


@MANY
@given(systems())
def test_every_system_is_protected_and_proven_or_rightly_refused(instance: Instance) -> None:
    judge(instance, *protected(instance))


def judge(instance: Instance, found: Protection, attacked: Audit) -> None:
    """Proven with all that was asked withheld, and witnesses for it; or nothing else could be done."""
    if found.status == "unprotectable":
        assert rightly_refused(instance, found)
        return
    assert found.status == attacked.status == "proven"
    assert (attacked.exact, attacked.below_threshold, attacked.zero_lines) == ((), (), ())
    assert not set(found.hidden) & instance.never_hide
    assert required(instance) <= set(found.hidden)
    assert set(found.secondary) == set(found.hidden) - required(instance)
    check_witnesses(instance, found, attacked)


def required(instance: Instance) -> set[int]:
    limit = instance.threshold or 0
    small = {c.id for c in instance.cells if 0 < (c.value or 0) < limit}
    return small if instance.primary is None else set(instance.primary)


def rightly_refused(instance: Instance, found: Protection) -> bool:
    """Even with all withheld that may be, a cell that was named is narrowed, or may not be hidden."""
    everything = audit(instance.with_hidden(found.hidden, found.lower))
    narrowed = {*everything.exact, *everything.below_threshold} | instance.never_hide & required(instance)
    return bool(set(found.unprotectable) & narrowed)


def check_witnesses(instance: Instance, found: Protection, attacked: Audit) -> None:
    """Each fits what is shown, and the two promises rest on them."""
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
    found, _ = protected(instance)
    if found.status == "unprotectable":
        assert rightly_refused(instance, found)
        return
    asked, least = instance.with_hidden(found.hidden, found.lower), instance.threshold or 0
    totals = {equation.total for equation in instance.equations}
    if 10 ** len(asked.hidden - totals) <= ENUMERATED:
        seen = {i: (min(values), max(values)) for i, values in ranges(asked, cap=9).items()}
    else:
        seen = {i: ends(instance, found.hidden, found.lower, i) for i in found.hidden}
    for identity, (low, high) in seen.items():
        assert low < high >= least, identity


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
    first = protect(instance, escalate=True)
    again = protect(replace(instance, must_hide=frozenset(first.hidden) - instance.never_hide), escalate=True)
    assert (again.status, again.hidden) == (first.status, first.hidden)


@FEW
@given(systems(), st.integers(0, 1000))
def test_hiding_more_positive_cells_never_reveals(instance: Instance, seed: int) -> None:
    bare = replace(instance, threshold=None, never_hide=frozenset(), primary=tuple(_small(instance)))
    found = protect(bare, escalate=True)
    assert found.status == "proven"
    shown = [c.id for c in instance.cells if c.value and c.id not in found.hidden]
    more = random.Random(seed).sample(shown, min(3, len(shown)))
    attacked = audit(bare.with_hidden({*found.hidden, *more}, found.lower))
    assert not set(attacked.exact) & set(found.hidden)


def _small(instance: Instance) -> list[int]:
    return [c.id for c in instance.cells if c.value in (1, 2)]


def test_naive_suppression_leaks_first() -> None:
    naive = table([[1, 9, 12], [8, 20, 11], [7, 3, 30]], threshold=5)
    small = [c.id for c in naive.cells if 0 < (c.value or 0) < 5]
    attacked = audit(naive.with_hidden(small))
    assert attacked.status == "disclosive"
    assert set(attacked.exact) == set(small)
    found, after = protected(naive)
    assert found.status == after.status == "proven"
