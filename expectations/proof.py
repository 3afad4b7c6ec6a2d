"""Rules on the proof: nothing can be worked out, the system is complete and the policy is a recorded one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from expectations.evidence import BUDGET_S, Evidence
from expectations.findings import Rule

if TYPE_CHECKING:
    from disclosure.instance import Audit, Instance
    from disclosure.system import Definition

DECIDED = ("proven", "disclosive")


def recoverable(evidence: Evidence) -> Iterator[str]:
    """What the attacker, who has the published system only, can work out."""
    found = _attack(evidence.instance)
    for name, cells in (
        ("a withheld cell has one possible value", found.exact),
        ("a withheld cell must be small", found.below_threshold),
        ("a line that may be small shows a zero", found.zero_lines),
    ):
        if cells:
            yield f"system.json: {name}"
    if found.status not in DECIDED:
        yield f"system.json: not proven ({found.status})"


def recoverable_by_one(evidence: Evidence) -> Iterator[str]:
    """What an officer who is alone in a withheld cell can work out with what that officer knows."""
    if not evidence.private.singletons:
        return
    found = _attack(_with_singletons(evidence, evidence.instance))
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
    """Cells called public that the register and the structural zeros alone do not fix."""
    from disclosure.assemble import instance_of
    from disclosure.register import fixed_by_knowledge

    linked, figures, tables = evidence.linked, evidence.figures, evidence.definitions
    zeros = {d.key(p).code: 0 for d in tables for p in d.positions() if d.is_structural_zero(p)}
    known = {**zeros, **{figure.key.code: figure.least for figure in figures if figure.value is not None}}
    base = instance_of(linked, known, [relation for figure in figures for relation in figure.relations])
    claimed = _claimed(evidence)
    ids = {linked.ids[code]: code for code in claimed if code in linked.ids}
    fixed = {ids[i]: value for i, value in fixed_by_knowledge(base, ids, BUDGET_S).items()}
    for code, value in claimed.items():
        if fixed.get(code) != value:
            yield f"system.json: {code}"


def _claimed(evidence: Evidence) -> dict[str, object]:
    """The cells that the system calls public, with the value that it says everybody knows."""
    known = {int(i): value for i, value in evidence.system.get("known", {}).items()}
    cells = {code: cell for code, cell in evidence.cells.items() if code in evidence.public}
    return {code: known.get(cell["id"], cell.get("value")) for code, cell in cells.items()}


def missing_equations(evidence: Evidence) -> Iterator[str]:
    """Tables whose cells, equations or bounds are not all in the linked system."""
    codes = {cell["id"]: str(cell.get("code", "")) for cell in evidence.system["cells"]}
    published = {table["table_id"]: table["rows"] for table in evidence.tables}
    for table, rows in evidence.by_table():
        if [codes.get(i) for i in published.get(table["table_id"], ())] != [row.cell for row in rows]:
            yield f"tables.json: {table['table_id']}"
    yield from (f"tables.json: {d.table_id}" for d in evidence.own if not _complete(d, published, codes))
    linked = evidence.linked
    if set(linked.keys) != set(codes.values()) or len(codes) != len(evidence.system["cells"]):
        yield "system.json: cells"
    if {(one.total, one.parts) for one in linked.sums} - _stated_sums(evidence, codes):
        yield "system.json: equations"
    bounds = [*linked.relations, *(r for figure in evidence.figures for r in figure.relations)]
    if {(one.terms, one.sense, one.rhs) for one in bounds} - _stated_relations(evidence, codes):
        yield "system.json: constraints"


def _complete(definition: Definition, published: Mapping[str, list[int]], codes: Mapping[int, str]) -> bool:
    """Whether tables.json lists every cell that the definition of a table implies, in its order."""
    rows = [codes.get(i) for i in published[definition.table_id]]
    return rows == [definition.key(position).code for position in definition.rows()]


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


def unrecorded_policy(evidence: Evidence) -> Iterator[str]:
    """Where the policy in the files is not the one that the newest decision record on it names."""
    from disclosure.policy import recorded_policy

    header = evidence.protected["header"]
    if recorded_policy(evidence.decisions) != header["policy_sha256"]:
        yield "protected.json: policy_sha256"
    if evidence.system["release"]["header"]["policy_sha256"] != header["policy_sha256"]:
        yield "system.json: policy_sha256"
    if evidence.system.get("threshold") != evidence.threshold:
        yield "system.json: threshold"


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
        "ExpectPolicyRecorded",
        "The newest decision record on the policy names the policy of these files, and one threshold holds.",
        "Record the policy's sha256 in a new decision under docs/decisions, or restore the recorded policy.",
        unrecorded_policy,
    ),
)
