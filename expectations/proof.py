"""Rules on the proof: nothing can be worked out, the system is complete and the policy is a recorded one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from expectations.evidence import Evidence
from expectations.findings import Rule

if TYPE_CHECKING:
    from disclosure.instance import Audit, Instance

DECIDED = ("proven", "disclosive")


def recoverable(evidence: Evidence) -> Iterator[str]:
    """What the attackers, who have what is published only, can work out: withheld counts, small differences.

    Of several vintages there are several attackers, who assume different things about what changed.
    """
    from disclosure.rules import small_inner

    published = evidence.published
    for name, instance in published.attacks():
        yield from _worked_out(name, instance)
    if published.given_away():
        yield "system.json: a small difference from a count released before can be worked out"
    if small_inner(published.instance):
        yield "system.json: a small count that no table shows follows from shown ones"


def _worked_out(attacker: str, instance: Instance) -> Iterator[str]:
    found = _attack(instance)
    for name, cells in (
        ("a withheld cell has one possible value", found.exact),
        ("a withheld cell has fewer possible values than the policy asks for", found.narrow),
        ("a withheld cell must be small", found.below_threshold),
        ("a line that may be small shows a zero", found.zero_lines),
    ):
        if cells:
            yield f"system.json: {name} ({attacker})"
    if found.status not in DECIDED:
        yield f"system.json: not proven ({attacker}: {found.status})"


def recoverable_by_one(evidence: Evidence) -> Iterator[str]:
    """What an officer who is alone in a withheld cell can work out with what that officer knows."""
    if not evidence.private.singletons:
        return
    found = _attack(_with_singletons(evidence, evidence.published.instance))
    if found.singletons or found.status not in DECIDED:
        yield "system.json: an officer who is alone in a withheld cell"


def _with_singletons(evidence: Evidence, instance: Instance) -> Instance:
    """The same system with the people who know their own cell, and with the true values of what is withheld.

    A withheld count that is not small may be worked out by one who knows their own.
    """
    from disclosure.instance import Singleton

    ids, values = {cell.code: cell.id for cell in instance.cells}, evidence.private.values
    people = {
        ids[own]: {ids[code] for code in knows} for own, knows in dict(evidence.private.singletons).items()
    }
    cells = tuple(
        replace(cell, value=values.get(cell.code)) if cell.id in instance.hidden else cell
        for cell in instance.cells
    )
    singletons = tuple(Singleton(own, tuple(sorted(knows))) for own, knows in sorted(people.items()))
    return replace(instance, cells=cells, singletons=singletons)


def _attack(instance: Instance) -> Audit:
    from disclosure.audit import audit

    return audit(instance)


def not_public(evidence: Evidence) -> Iterator[str]:
    """Cells called public or known that register and structural zeros alone do not fix, and the other way."""
    from disclosure import forms

    yield from forms.knowledge(evidence.published)


def missing_equations(evidence: Evidence) -> Iterator[str]:
    """Tables whose cells, equations or bounds are not exactly those of the linked system."""
    from disclosure import forms

    yield from forms.system(evidence.published)
    yield from forms.rows(evidence.published)
    if len(evidence.cells) != len(evidence.system["cells"]):
        yield "system.json: a cell stands twice"


def unfounded_bounds(evidence: Evidence) -> Iterator[str]:
    """Cells whose stated least or largest value nothing published implies, and zeros that tell too much."""
    from disclosure import forms

    yield from forms.bounds(evidence.published)


def untrue_statements(evidence: Evidence) -> Iterator[str]:
    """Rates and medians that are not about their table, or that the true counts do not bear out."""
    from disclosure import forms
    from disclosure.rates import statements_in

    yield from forms.statements(evidence.published)
    truth = evidence.private.values
    for one in statements_in(evidence.protected):
        if not one.is_borne_out(truth):
            yield f"protected.json: {one.table_id}: `{one.name}` is not what the records say"


def unrecorded_policy(evidence: Evidence) -> Iterator[str]:
    """Where the policy in the files is not the one that the newest decision record on it names."""
    from disclosure import forms
    from disclosure.policy import recorded_policy
    from disclosure.published import Published

    if recorded_policy(evidence.decisions) != evidence.protected["header"]["policy_sha256"]:
        yield "protected.json: policy_sha256"
    yield from forms.policy(Published(evidence.protected, tuple(evidence.tables), evidence.system))


RULES: tuple[Rule[Evidence], ...] = (
    Rule(
        "ExpectNothingRecoverable",
        "From everything published, no withheld cell has one possible value or must be small.",
        "Protect again; if it stays, merge categories or years in the publish block, or drop the table.",
        recoverable,
    ),
    Rule(
        "ExpectSingletonsToHold",
        "An officer who is alone in a withheld cell cannot work out another small one.",
        "Protect again with the singletons on; if it stays, merge categories or drop the table.",
        recoverable_by_one,
    ),
    Rule(
        "ExpectPublicCellsToBePublic",
        "Every cell called already public follows from the register and the structural zeros alone.",
        "Add the published figure to register.toml with its source, or withhold the cell.",
        not_public,
    ),
    Rule(
        "ExpectEquationsComplete",
        "The linked system has every table, cell, equation and bound that the table definitions imply.",
        "Protect again: a system that leaves something out proves too much.",
        missing_equations,
    ),
    Rule(
        "ExpectStatedBoundsToFollow",
        "Every bound of the linked system follows from what is published; no zero stands in a small line.",
        "Protect again: the linked system states other bounds than its tables give a reader.",
        unfounded_bounds,
    ),
    Rule(
        "ExpectStatementsToBeTrue",
        "Every rate and median is about the cells of its table, and the true counts bear it out.",
        "Protect again: a rate or median was written by hand, or belongs to other data.",
        untrue_statements,
    ),
    Rule(
        "ExpectPolicyRecorded",
        "The newest decision record on the policy names the policy of these files, and one threshold holds.",
        "Record the policy's sha256 in a new decision under docs/decisions, or restore the recorded policy.",
        unrecorded_policy,
    ),
)
