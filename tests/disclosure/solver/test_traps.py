"""Traps that naive protection falls into: each is first shown to spring, then to be avoided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from solver_systems import at, protected, table

from disclosure import moves, repair, secondary
from disclosure.audit import audit
from disclosure.instance import Cell, Constraint, Equation, Instance, InstanceError, Singleton
from disclosure.knowledge import Block
from disclosure.lp import BudgetError, Deadline, Row, SolverError
from disclosure.secondary import protect
from disclosure.witness import Explorer


def line(*values: int, **settings: object) -> Instance:
    """One line: its parts are cells 1.., its total is cell 0."""
    cells = (Cell(0, "total", sum(values)), *(Cell(n, f"part {n}", v) for n, v in enumerate(values, 1)))
    whole = Instance(cells, (Equation(0, tuple(range(1, len(cells)))),))
    return replace(whole, **settings)  # type: ignore[arg-type]


def test_a_single_hidden_cell_in_a_row_takes_a_partner() -> None:
    found, attacked = protected(line(2, 9, 14, threshold=5))
    assert found.status == attacked.status == "proven"
    assert len(found.secondary) >= 1


def test_shown_zeros_give_two_ones_in_a_total_of_two_away() -> None:
    leaky = line(1, 1, 9, primary=(1, 2)).with_hidden({1, 2})
    assert audit(leaky).exact == (1, 2)
    assert audit(replace(leaky, zeros_published=False)).exact == ()
    found, attacked = protected(line(1, 1, 9, primary=(1, 2)))
    assert attacked.status == "proven"
    assert {1, 2} < set(found.hidden)


def test_a_bound_from_the_data_would_leak_and_none_is_used() -> None:
    hidden = line(3, 4, threshold=5).with_hidden({0, 1, 2})
    assert audit(hidden).intervals[1] == (1, None)
    bounded = replace(hidden, cells=tuple(replace(c, upper=c.value) for c in hidden.cells))
    assert audit(bounded).below_threshold == (1, 2)


def test_a_line_of_ones_needs_its_total_withheld() -> None:
    instance = table([[1, 1, 20], [30, 40, 50]], threshold=5)
    found, attacked = protected(instance)
    assert found.status == attacked.status == "proven"
    few = [c.id for c in instance.cells if c.value == 1]
    assert audit(instance.with_hidden(few)).status == "disclosive"


def test_a_zero_in_a_small_line_is_withheld_and_lowers_its_line() -> None:
    instance = table([[2, 0, 1], [30, 40, 50], [20, 30, 25]], threshold=5)
    zero, row = at(instance, "c=c1|r=r0"), at(instance, "r=r0")
    found, attacked = protected(instance)
    assert {zero, row} <= set(found.hidden)
    assert found.lower[zero] == 0
    assert attacked.status == "proven"
    shown = instance.with_hidden(set(found.hidden) - {zero}, found.lower)
    assert row in audit(shown).zero_lines


def test_least_values_do_not_tell_whether_a_line_has_a_zero() -> None:
    with_zero = protect(table([[2, 0, 1], [30, 40, 50], [20, 30, 25]], threshold=5, key="k"))
    without = protect(table([[1, 1, 1], [30, 40, 50], [20, 30, 25]], threshold=5, key="k"))
    shared = set(with_zero.hidden) & set(without.hidden)
    assert {i for i in with_zero.lower if i in shared} == {i for i in without.lower if i in shared}


def test_a_withheld_zero_without_its_lower_bound_is_refused() -> None:
    with pytest.raises(InstanceError, match=r"cell 2: .* needs lower 0"):
        audit(line(3, 0, 9).with_hidden({1, 2}))


def test_what_the_register_alone_fixes_is_exempt_and_never_a_partner() -> None:
    instance = line(2, 7, 9, threshold=5, known={0: 18, 2: 7, 3: 9})
    found, attacked = protected(instance)
    assert found.status == attacked.status == "proven"
    assert attacked.exempt == attacked.exact == () or attacked.exempt == (1,)
    assert set(found.secondary) == set()


def test_a_cell_that_may_not_be_withheld_stays_shown_where_the_register_fixes_it() -> None:
    known = line(1, 0, known={0: 1, 2: 0}, primary=frozenset({1}))
    assert protected(known)[0].hidden == (1,)
    assert protected(replace(known, never_hide=frozenset({1})))[0].hidden == ()


def test_the_attacker_believes_no_whole_number_bound_of_a_presolved_model() -> None:
    """HiGHS 1.15 was seen to give -2 with presolve where -5 is the optimum, and a bound is not checked."""
    block = Block((0, 1), (0.0, 0.0), (9.0, 9.0), (Row(((0, 1), (1, 1)), 9.0, 9.0),))
    explorer = Explorer(block, Deadline(60))
    explorer.settle(0)
    assert (explorer.lower[0], explorer.upper[0]) == (0, 9)
    whole = explorer._whole_program()._program._engine
    assert whole.getOptionValue("presolve")[1] == "off"


def test_public_cells_are_constants() -> None:
    instance = line(2, 7, 9, 12, threshold=5)
    cells = tuple(replace(c, public=c.id == 2) for c in instance.cells)
    found, attacked = protected(replace(instance, cells=cells))
    assert 2 not in found.hidden
    assert attacked.status == "proven"


def test_never_hide_is_respected_and_what_cannot_be_protected_is_named() -> None:
    found = protect(line(2, 9, threshold=5, never_hide=frozenset({0, 2})))
    assert found.status == "unprotectable"
    assert found.unprotectable == (1,)
    assert not {0, 2} & set(found.hidden)


def test_an_officer_count_bounds_its_allegations() -> None:
    rule = (Constraint(((2, 1), (1, -1)), "<=", 0, "officers"),)
    cells = (Cell(0, "t", 40), Cell(1, "a", 6), Cell(2, "o", 3), Cell(3, "rest", 34))
    naive = Instance(cells, (Equation(0, (1, 3)),), rule, threshold=5, primary=(2,))
    upper = replace(naive, constraints=(Constraint(((1, 1),), "<=", 6), *rule))
    assert audit(naive.with_hidden({2})).intervals[2] == (1, 6)
    found, attacked = protected(replace(upper, threshold=7))
    assert found.status == "unprotectable"
    assert protected(naive)[1].status == attacked.status or attacked.status != "proven"


def test_a_singleton_cannot_work_out_the_other_small_cell() -> None:
    instance = line(1, 3, 40, 50, primary=(1, 2), singletons=(Singleton(1, (1,)),))
    leaky = instance.with_hidden({1, 2})
    assert audit(leaky).singletons == (2,)
    found, attacked = protected(instance)
    assert attacked.status == "proven"
    assert len(found.secondary) >= 1


def test_unpublished_cells_are_free_and_audited_on_request() -> None:
    instance = line(2, 9, 30, threshold=5)
    cells = tuple(replace(c, published=c.id != 3) for c in instance.cells)
    free = replace(instance, cells=cells)
    assert protect(free).secondary == ()
    assert 3 in audit(replace(free.with_hidden({1}), must_prove=frozenset({3}))).intervals


def test_the_key_decides_among_equals_and_is_repeatable() -> None:
    instance = table([[2, 20, 21, 22], [23, 24, 25, 26], [27, 28, 29, 30]], threshold=5)
    patterns = {key: protect(replace(instance, key=key)).hidden for key in "abcdefgh"}
    assert len(set(patterns.values())) > 2
    assert protect(replace(instance, key="a")).hidden == patterns["a"]


def test_partners_under_a_key_ignore_the_counts() -> None:
    one = table([[2, 20, 21], [23, 24, 25], [27, 28, 29]], threshold=5, key="k")
    other = table([[2, 80, 71], [63, 94, 45], [57, 38, 69]], threshold=5, key="k")
    assert protect(one).hidden == protect(other).hidden
    assert protect(replace(one, key=None)).hidden != protect(replace(other, key=None)).hidden


def test_contradicting_counts_are_refused_by_line() -> None:
    cells = (Cell(0, "t", 5), Cell(1, "a"), Cell(2, "b", 9))
    with pytest.raises(InstanceError, match=r"equations\[0\]"):
        audit(Instance(cells, (Equation(0, (1, 2)),), hidden=frozenset({1})))


@pytest.mark.parametrize(
    ("error", "status"), [(SolverError("no"), "solver_error"), (BudgetError("no"), "budget")]
)
def test_it_fails_closed(monkeypatch: pytest.MonkeyPatch, error: Exception, status: str) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("disclosure.lp.Program.minimise", broken)
    instance = line(1, 1, 9, 12, threshold=5)
    found = protect(instance)
    assert found.status == status
    assert set(found.hidden) == {0, 1, 2, 3, 4}
    assert audit(instance.with_hidden({1, 3})).status == status


def test_no_time_is_no_proof() -> None:
    instance = line(1, 1, 9, 12, threshold=5, budget_s=0.0)
    assert protect(instance).status == "budget"
    assert audit(instance.with_hidden({1, 2})).status == "budget"


def _careless(repairer: repair.Repairer, column: int) -> None:
    repairer.mover.hold([column])
    repairer.pattern.hidden.discard(column)


def _modest(repairer: repair.Repairer, column: int) -> tuple[repair.Obligation, ...]:
    return (repair.Obligation(column, (1, -1)),)


STEPS = {
    "attack and repair": (repair.Repairer, "run", lambda self: None),
    "care in pruning": (repair.Repairer, "_try_showing", _careless),
    "threshold": (repair.Repairer, "own", _modest),
    "zeros of small lines": (secondary, "small_lines", lambda *_: frozenset()),
    "least value 0 beside them": (secondary, "_least", lambda *_: {}),
    "singletons": (secondary, "_extra", lambda *_: ()),
    "shown zeros": (moves, "_least", lambda *_: 0),
    "what may not be withheld stands still": (secondary, "_still", lambda *_: set()),
}


@pytest.mark.parametrize("step", STEPS)
def test_with_a_protective_step_switched_off_the_audit_catches_it(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    samples = [
        table([[1, 0, 2, 12], [9, 3, 1, 20], [30, 2, 8, 7], [6, 16, 4, 9]], threshold=5),
        table([[2, 0, 1], [30, 40, 50], [20, 30, 25]], threshold=5),
        line(1, 1, 9, primary=(1, 2)),
        line(1, 3, 40, 50, primary=(1, 2), singletons=(Singleton(1, (1,)),)),
        line(2, 9, 30, 0, threshold=5, never_hide=frozenset({2})),
    ]
    assert all(holds(one) for one in samples)
    room, name, broken = STEPS[step]
    monkeypatch.setattr(room, name, broken)
    assert not all(holds(one) for one in samples)


def holds(instance: Instance) -> bool:
    """Whether the pattern is proven and respects `never_hide`; refused is failed too."""
    try:
        found, attacked = protected(instance)
    except InstanceError:
        return False
    return attacked.status == "proven" and not set(found.hidden) & instance.never_hide
