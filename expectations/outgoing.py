"""Gate 2: what must hold of the protected bytes before they are published. Our own named expectations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from expectations import proof, shape, shown, suites
from expectations.evidence import Evidence, PrivateFacts, Unreadable, read
from expectations.findings import Judgement, Rule, frame, judge, unjudged
from expectations.framework import framework
from expectations.record import GateRecord, digests

RULES: tuple[Rule[Evidence], ...] = (*proof.RULES, *shown.RULES, *shape.RULES)
REQUIRED = (
    "ExpectNothingRecoverable",
    "ExpectSingletonsToHold",
    "ExpectPublicCellsToBePublic",
    "ExpectEquationsComplete",
    "ExpectStatedBoundsToFollow",
    "ExpectStatementsToBeTrue",
    "ExpectPolicyRecorded",
    "ExpectNoSmallCount",
    "ExpectShownValuesToBeTrue",
    "ExpectEveryPrimaryCellWithheld",
    "ExpectTotalsToAddUp",
    "ExpectNoPreProtectionColumn",
    "ExpectMarkersToMatchValues",
    "ExpectNoPrivateText",
)
"""The lock: names without which gate 2 does not pass, listed apart from the rules so that none gets lost."""


def gate_out(
    folder: Path,
    private: PrivateFacts,
    decisions: Path,
    docs: Path | None,
    rules: Sequence[Rule[Evidence]] = RULES,
) -> GateRecord:
    """Judge the bytes of a protected folder.

    Args:
        folder: protected.json, tables.json, system.json and history.json; a certificate is not judged.
        private: the true values and what else only the private process knows.
        decisions: the folder of decision records, of which the newest on the policy names its sha256.
        docs: folder for the private Data Docs, which hold no counts; none are written without it.
        rules: the rules to judge; `REQUIRED` must be among them for the gate to pass.
    """
    before = digests([folder])
    policy, judgements = _judge(folder, private, decisions, rules)
    if digests([folder]) != before:
        judgements = unjudged(rules, "the folder changed while it was judged")
    suite = suites.Suite("protected", frame(judgements), [_expectation(rule) for rule in rules])
    outcome = suites.run("gate_out", [suite], REQUIRED, docs)
    return GateRecord(
        gate="out",
        suite_version=suites.version(REQUIRED),
        policy_sha256=policy,
        judged_sha256=before,
        expectations=outcome.verdicts,
        missing=outcome.missing,
        findings=tuple(finding for judgement in judgements for finding in judgement.findings()),
    )


def _judge(
    folder: Path, private: PrivateFacts, decisions: Path, rules: Sequence[Rule[Evidence]]
) -> tuple[str, tuple[Judgement, ...]]:
    """The policy's hash in the files and one judgement a rule; all raised if the files cannot be read."""
    try:
        evidence = read(folder, private, decisions)
        policy = str(evidence.protected["header"]["policy_sha256"])
    except Unreadable as error:
        return "", unjudged(rules, str(error))
    except (KeyError, TypeError, AttributeError):
        return "", unjudged(rules, "protected.json has no header")
    return policy, tuple(judge(rule, evidence) for rule in rules)


def _expectation(rule: Rule[Evidence]) -> object:
    framework()
    from expectations.named import expectation_class

    expectation = expectation_class(rule.name, rule.says)
    return expectation(
        description=f"{rule.name}: {rule.says}",
        notes=rule.advice,
        meta={"name": rule.name, "remedy": rule.advice},
    )
