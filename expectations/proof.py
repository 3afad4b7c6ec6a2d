"""Rules on the proof: nothing can be worked out, the system is complete and the policy is a recorded one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from expectations.evidence import Evidence
from expectations.findings import Rule

if TYPE_CHECKING:
    from disclosure.instance import Audit, Instance
    from disclosure.system import Definition

DECIDED = ("proven", "disclosive")
LEAST_THRESHOLD = 2


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
    published = evidence.published
    figures, fixed, named = published.figure_values, published.public, published.instance.by_id
    for i, value in published.instance.known.items():
        if figures.get(named[i].code) != value:
            yield f"system.json: {named[i].code}"
    for cell in published.instance.cells:
        if cell.public and (cell.value is None or fixed.get(cell.code) != cell.value):
            yield f"system.json: {cell.code}"
        if not cell.public and cell.code in fixed and cell.code in published.shown:
            yield f"system.json: {cell.code} is public and not called so"
    if figures.keys() - {named[i].code for i in published.instance.known}:
        yield "system.json: a figure of the register is not known"


def missing_equations(evidence: Evidence) -> Iterator[str]:
    """Tables whose cells, equations or bounds are not exactly those of the linked system."""
    codes = {cell["id"]: str(cell.get("code", "")) for cell in evidence.system["cells"]}
    listed = {table["table_id"]: table["rows"] for table in evidence.tables}
    for table, rows in evidence.by_table():
        if [codes.get(i) for i in listed.get(table["table_id"], ())] != [row.cell for row in rows]:
            yield f"tables.json: {table['table_id']}"
    published = evidence.published
    yield from (f"tables.json: {d.table_id}" for d in published.own if not _complete(d, listed, codes))
    linked = published.linked
    if {code: i for i, code in codes.items()} != linked.ids or len(codes) != len(evidence.system["cells"]):
        yield "system.json: cells"
    if {(one.total, one.parts) for one in linked.sums} != _stated_sums(evidence, codes):
        yield "system.json: equations"
    if len(evidence.system["equations"]) != len(linked.sums):
        yield "system.json: an equation stands twice"
    bounds = [*linked.relations, *(r for figure in published.figures for r in figure.relations)]
    if {(one.terms, one.sense, one.rhs) for one in bounds} != _stated_relations(evidence, codes):
        yield "system.json: constraints"


def _complete(definition: Definition, listed: Mapping[str, list[int]], codes: Mapping[int, str]) -> bool:
    """Whether tables.json lists every cell that the definition of a table implies, in its order."""
    rows = [codes.get(i) for i in listed[definition.table_id]]
    return rows == [definition.row_key(position).code for position in definition.rows()]


def _stated_sums(evidence: Evidence, codes: Mapping[int, str]) -> set[tuple[str, tuple[str, ...]]]:
    return {
        (codes[equation["total"]], tuple(sorted(codes[part] for part in equation["parts"])))
        for equation in evidence.system["equations"]
    }


def _stated_relations(
    evidence: Evidence, codes: Mapping[int, str]
) -> set[tuple[tuple[tuple[str, int], ...], str, int]]:
    return {
        (tuple((codes[i], factor) for i, factor in row["terms"]), row["sense"], row["rhs"])
        for row in evidence.system.get("constraints", [])
    }


def unfounded_bounds(evidence: Evidence) -> Iterator[str]:
    """Cells whose stated least or largest value nothing published implies, and zeros that tell too much.

    `misconduct verify` asks the same of the released files: what it would object to must not get there.
    """
    from disclosure.rules import possible_zeros

    published = evidence.published
    stated, instance = published.stated, published.instance
    known = {*published.public, *stated.get("kept", ())}
    zeros = possible_zeros(published.linked, instance, known) | set(stated.get("may_be_zero_before", ()))
    for cell in instance.cells:
        secret = cell.code in zeros or not (instance.zeros_published or cell.code in known)
        least = int(instance.zeros_published and cell.code not in zeros)
        lower = int(instance.zeros_published) if cell.lower is None else cell.lower
        if cell.upper is not None or (not cell.published and cell.lower is not None):
            yield f"system.json: a bound of {cell.code}"
        if cell.id in instance.hidden and lower < least:
            yield f"system.json: the least value of {cell.code}"
        if secret and published.shown.get(cell.code) == 0:
            yield f"system.json: a zero beside what may be small: {cell.code}"


def unrecorded_policy(evidence: Evidence) -> Iterator[str]:
    """Where the policy in the files is not the one that the newest decision record on it names."""
    from disclosure.policy import recorded_policy

    header = evidence.protected["header"]
    if recorded_policy(evidence.decisions) != header["policy_sha256"]:
        yield "protected.json: policy_sha256"
    if evidence.system["release"]["header"] != header:
        yield "system.json: header"
    if evidence.system.get("threshold") != header["threshold"] or type(header["threshold"]) is not int:
        yield "system.json: threshold"
    if evidence.threshold < LEAST_THRESHOLD:
        yield "protected.json: threshold"


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
        "ExpectPolicyRecorded",
        "The newest decision record on the policy names the policy of these files, and one threshold holds.",
        "Record the policy's sha256 in a new decision under docs/decisions, or restore the recorded policy.",
        unrecorded_policy,
    ),
)
