"""Every protective step of the publication, switched off: a small promise that it keeps is broken then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.assemble import constraints
from disclosure.instance import Audit, Instance, Protection
from disclosure.policy import Policy
from disclosure.publication import Publication
from disclosure.rules import Withholding
from disclosure.system import Linked, Relation
from disclosure.vintages import FREE, is_possible


def nothing(*_: Any, **__: Any) -> tuple[()]:
    return ()


def empty(*_: Any, **__: Any) -> frozenset[str]:
    return frozenset()


def all_or_nothing(public: Instance, linked: Linked, relations: Sequence[Relation]) -> Sequence[Relation]:
    """An attacker who gives up at the first thing that cannot be."""
    believing = replace(public, constraints=(*public.constraints, *constraints(relations, linked.ids)))
    return relations if is_possible(believing) else ()


def _alone(instance: Instance) -> Protection:
    """What is usually done: small counts are withheld, and nothing beside them."""
    hidden = tuple(sorted({*(instance.primary or ()), *instance.must_hide}))
    return Protection("proven", hidden, (), (), {}, 0.0)


FREELY = {FREE: ()}
STEPS: dict[str, tuple[Any, str]] = {
    "counts.Count.is_primary": (lambda self, t, _: 0 < self.n < t, "few_officers_are_few"),
    "rules.primary_codes": (empty, "no_small_count_shows"),
    "attempt.protect": (_alone, "nothing_withheld_follows_from_what_is_shown"),
    "attempt.audit": (lambda _: Audit("proven"), "nothing_withheld_follows_from_what_is_shown"),
    "rules.zeros_among": (lambda *_: Withholding(), "zeros_of_a_small_line_are_withheld"),
    "rules.assuming_nothing": (lambda instance: instance, "zeros_beside_many_small_counts_are_doubted"),
    "rules.lines_withheld": (lambda *_: Withholding(), "full_lines_are_withheld"),
    "rules.full_lines": (nothing, "full_lines_drop_a_table"),
    "attempt._Search._zero_lines_refused": (nothing, "zero_lines_drop_a_table"),
    "rules.never_hidden": (empty, "never_hidden_cells_stay"),
    "rules.small_inner": (empty, "a_year_between_two_bands_is_protected"),
    "rules._by_elimination": (lambda _: {}, "a_year_between_two_bands_is_protected"),
    "attempt._Search._few": (frozenset(), "a_year_of_few_officers_between_two_bands_is_protected"),
    "attempt.remainders": (nothing, "years_of_few_officers_that_a_band_leaves_are_protected"),
    "attempt._Search._singletons": (nothing, "an_officer_alone_learns_nothing"),
    "attempt._Search._insiders": (lambda *_: {}, "an_officer_alone_learns_nothing"),
    "publish._uncovered": (nothing, "a_year_that_no_band_covers_is_a_row"),
    "assemble.structural_zeros": (lambda _: {}, "an_impossible_count_is_marked"),
    "search._empty": (nothing, "a_table_of_markers_is_left_out"),
    "publication._not_admitted": (lambda *_: "", "a_forbidden_join_is_absent"),
    "publish.Publish.order": (0, "tables_of_more_attributes_than_allowed_are_absent"),
    "publication._false_zeros": (lambda _: [], "zeros_that_another_table_denies_are_absent"),
    "publication._binding": (nothing, "a_printed_figure_is_no_partner"),
    "register.Figure.relations": ((), "a_printed_interval_is_known"),
    "assemble._refuse_figures": (nothing, "a_figure_that_the_records_deny_is_named"),
    "assemble._refuse_others": (nothing, "a_count_where_none_is_possible_is_named"),
    "assemble.residuals": (lambda *_: {}, "a_figure_smaller_than_its_years_is_named"),
    "assemble.fixed_by_knowledge": (lambda *_: {}, "what_figures_fix_together_is_public"),
    "vintages.differences": (lambda *_: {}, "the_rest_of_a_printed_total_is_protected"),
    "ledger.Earlier.withheld": ({}, "a_withheld_count_stays_withheld"),
    "attempt.Setting.shown_before": ({}, "a_count_once_shown_is_known"),
    "ledger.Earlier.statements": ((), "what_a_rate_said_is_known"),
    "ledger._damages": (nothing, "an_altered_release_stops_the_next"),
    "vintages.current_label": (lambda as_at, *_: as_at, "a_correction_of_the_same_day_is_another_vintage"),
    "vintages.must_hold": (empty, "one_record_more_does_not_show"),
    "vintages.given_away": (empty, "one_record_more_does_not_show"),
    "attempt._Search._small_differences": (frozenset(), "one_record_more_does_not_show"),
    "search._lost": (empty, "a_shown_count_is_not_withdrawn"),
    "vintages.attackers": (lambda *_: FREELY, "a_shown_count_is_not_withdrawn"),
    "attempt._Search._shown_elsewhere": (frozenset(), "a_shown_count_is_not_withdrawn"),
    "vintages._unchanged_years": (empty, "a_shown_count_is_not_withdrawn"),
    "vintages.upheld": (all_or_nothing, "a_shown_count_is_not_withdrawn"),
    "attempt._Search._broken": (lambda *_: None, "a_shown_count_is_not_withdrawn"),
    "vintages._before_their_time": (nothing, "a_table_that_is_gone_bounds_one_that_came_later"),
    "vintages._shrinks": (lambda _: True, "a_table_that_is_gone_bounds_one_that_came_later"),
    "rates.Statement.relations": ((), "what_a_rate_said_is_known"),
    "rates._rate_bounds": (
        lambda part, total, known: (100 * known.truth[part] / known.truth[total],) * 2,
        "a_rate_of_a_withheld_count_is_withheld",
    ),
    "rates._median_bounds": (lambda *_: (285.0, 315.0), "a_median_of_few_people_is_withheld"),
    "rates._refuse_misplaced": (nothing, "days_outside_their_category_are_named"),
    "forms.belongs": (lambda *_: True, "a_median_that_hides_a_breakpoint_is_found"),
    "system._unit_relations": (nothing, "officers_are_tied_to_allegations"),
    "system._distinct": (lambda *_: [], "officers_of_several_years_are_bounded"),
    "system._refuse_overlaps": (nothing, "overlapping_groups_of_officers_are_absent"),
    "system._excess": (nothing, "further_allegations_are_cells_where_the_policy_says_so"),
    "system._with_hosts": (tuple, "a_part_of_a_path_is_at_most_the_path"),
    "system._joint_cubes": (nothing, "tables_in_a_circle_have_their_cube"),
    "system._basis_relations": (nothing, "both_bases_bound_each_other"),
}
"""By step: what stands in its place, and the promise that is broken then."""

WITHOUT: dict[str, tuple[str, ...]] = {
    "attempt.protect": ("attempt.audit",),
    "attempt.audit": ("attempt.protect",),
    "vintages.differences": ("rules.small_inner",),
    "vintages.must_hold": ("vintages.given_away", "attempt._Search._small_differences"),
    "vintages.given_away": ("vintages.must_hold", "attempt._Search._small_differences"),
    "attempt._Search._small_differences": ("vintages.must_hold", "vintages.given_away"),
    "attempt.Setting.shown_before": ("vintages.must_hold",),
    "search._lost": ("vintages.attackers", "attempt._Search._shown_elsewhere"),
    "vintages.attackers": ("vintages.must_hold", "attempt._Search._shown_elsewhere"),
    "attempt._Search._shown_elsewhere": ("vintages.must_hold", "vintages.attackers"),
    "vintages._unchanged_years": (
        "vintages.must_hold",
        "attempt._Search._shown_elsewhere",
        "vintages.upheld",
    ),
    "vintages.upheld": (
        "vintages.must_hold",
        "attempt._Search._shown_elsewhere",
        "vintages._unchanged_years",
    ),
    "attempt._Search._broken": ("vintages.must_hold", "attempt._Search._shown_elsewhere"),
}
"""Steps that other steps stand beside: the promise is kept without those, but not without all of them."""


@pytest.fixture
def laboratory(
    lab: ModuleType, protect: Callable[..., Publication], decade: ModuleType, folders: ModuleType,
    attacker: ModuleType, policy: Policy, tmp_path: Path,
) -> Callable[[str], Any]:  # fmt: skip
    def made(name: str) -> Any:
        return lab.Lab(protect, decade, folders, attacker, policy, tmp_path / name)

    return made


@pytest.mark.parametrize("step", STEPS)
def test_without_this_step_a_promise_is_broken(
    step: str, lab: ModuleType, laboratory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, name = STEPS[step]
    promise = getattr(lab, name)
    for beside in WITHOUT.get(step, ()):
        monkeypatch.setattr(f"disclosure.{beside}", STEPS[beside][0])
    assert promise(laboratory("on"))
    monkeypatch.setattr(f"disclosure.{step}", other)
    assert not promise(laboratory("off"))
