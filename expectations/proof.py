"""Rules on the proof: nothing can be worked out, the system is complete and the policy is a recorded one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from expectations.evidence import STRUCTURAL, Evidence
from expectations.findings import Rule

if TYPE_CHECKING:
    from disclosure.instance import Audit, Instance

NOT_INSTANCE = ("release",)
JOINT_LIMIT = 1_000_000


def recoverable(evidence: Evidence) -> Iterator[str]:
    """What the attacker, who has the published system only, can work out."""
    found = _attack(published_instance(evidence))
    for name, cells in (
        ("a withheld cell has one possible value", found.exact),
        ("a withheld cell must be small", found.below_threshold),
        ("a line that may be small shows a zero", found.zero_lines),
    ):
        if cells:
            yield f"system.json: {name}"
    if found.status not in ("proven", "disclosive"):
        yield f"system.json: not proven ({found.status})"


def recoverable_by_one(evidence: Evidence) -> Iterator[str]:
    """What an officer who is alone in a withheld cell can work out with what that officer knows."""
    if not evidence.private.singletons:
        return
    found = _attack(_with_singletons(evidence, published_instance(evidence)))
    if found.singletons or found.status not in ("proven", "disclosive"):
        yield "system.json: an officer who is alone in a withheld cell"


def published_instance(evidence: Evidence) -> Instance:
    """The published system as the attacker's input: what has no value is withheld, whatever the file says."""
    from disclosure.instance import parse

    payload = {name: value for name, value in evidence.system.items() if name not in NOT_INSTANCE}
    instance = parse(payload)
    empty = frozenset(cell.id for cell in instance.cells if cell.published and cell.value is None)
    return replace(instance, hidden=empty | instance.hidden, threshold=evidence.threshold)


def _with_singletons(evidence: Evidence, instance: Instance) -> Instance:
    """The same system with the people who know their own cell, and with the true values of what they know."""
    from disclosure.instance import Singleton

    ids = {cell.code: cell.id for cell in instance.cells}
    people = {ids[own]: {ids[code] for code in knows} for own, knows in evidence.private.singletons.items()}
    seen = set(people).union(*people.values())
    cells = tuple(
        replace(cell, value=evidence.private.values[cell.code]) if cell.id in seen else cell
        for cell in instance.cells
    )
    singletons = tuple(Singleton(own, tuple(sorted(knows))) for own, knows in sorted(people.items()))
    return replace(instance, cells=cells, singletons=singletons)


def _attack(instance: Instance) -> Audit:
    from disclosure.audit import audit

    return audit(instance)


def not_public(evidence: Evidence) -> Iterator[str]:
    """Cells called public that the register and the structural zeros alone do not fix."""
    from disclosure.instance import parse

    payload = {name: value for name, value in evidence.system.items() if name not in NOT_INSTANCE}
    instance = parse(payload)
    zeros = {row.cell for row in evidence.rows if row.marker == STRUCTURAL}
    known = dict(instance.known) | {cell.id: 0 for cell in instance.cells if cell.code in zeros}
    claimed = {cell.id: cell.value for cell in instance.cells if cell.public and cell.id not in known}
    if not claimed:
        return
    blank = tuple(
        replace(cell, value=None, public=False, published=False, lower=None) for cell in instance.cells
    )
    found = _attack(
        replace(
            instance,
            cells=blank,
            known=known,
            hidden=frozenset(),
            must_prove=frozenset(claimed),
            threshold=None,
        )
    )
    fixed = {*found.exact, *found.exempt}
    for identity, value in claimed.items():
        if identity not in fixed or found.intervals[identity][0] != value:
            yield f"system.json: {instance.by_id[identity].code}"


def missing_equations(evidence: Evidence) -> Iterator[str]:
    """Tables whose cells, equations or bounds are not all in the linked system."""
    from disclosure.system import from_payload, link

    published = {table["table_id"]: table["rows"] for table in evidence.tables}
    codes = {cell["id"]: str(cell.get("code", "")) for cell in evidence.system["cells"]}
    for table, rows in evidence.by_table():
        if [codes.get(i) for i in published.get(table["table_id"], ())] != [row.cell for row in rows]:
            yield f"tables.json: {table['table_id']}"
    linked = link([from_payload(table) for table in evidence.tables], JOINT_LIMIT)
    sums, relations = _stated_sums(evidence, codes), _stated_relations(evidence, codes)
    if any((one.total, one.parts) not in sums for one in linked.sums):
        yield "system.json: equations"
    if any((one.terms, one.sense, one.rhs) not in relations for one in linked.relations):
        yield "system.json: constraints"


def _stated_sums(evidence: Evidence, codes: dict[int, str]) -> set[tuple[str, tuple[str, ...]]]:
    return {
        (codes[equation["total"]], tuple(sorted(codes[part] for part in equation["parts"])))
        for equation in evidence.system["equations"]
    }


def _stated_relations(
    evidence: Evidence, codes: dict[int, str]
) -> set[tuple[tuple[tuple[str, int], ...], str, int]]:
    return {
        (tuple(sorted((codes[i], factor) for i, factor in row["terms"])), row["sense"], row["rhs"])
        for row in evidence.system.get("constraints", [])
    }


def unrecorded_policy(evidence: Evidence) -> Iterator[str]:
    """Where the policy in the files is not the one that the newest decision record on it names."""
    from disclosure.policy import recorded_policy

    header = evidence.protected["header"]
    if recorded_policy(evidence.decisions) != header["policy_sha256"]:
        yield "protected.json: policy_sha256"
    stated = evidence.system.get("release", {})
    if stated.get("policy_sha256", header["policy_sha256"]) != header["policy_sha256"]:
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
