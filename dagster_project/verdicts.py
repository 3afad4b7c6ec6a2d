"""The gates in Dagster's pages: a check for each gate, and one for each of its expectations.

A gate itself is a function (gates.py) and the lock; a check shows its verdict. The check of the whole gate
blocks what follows in its run; the named ones say which expectation it was and what to do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_project import gates, protected, raw, runbook
from dagster_project.settings import Settings
from dagster_project.stage import INCOMING, PROTECTED, about, failure, safe_words, told

if TYPE_CHECKING:
    from expectations import GateRecord


@dataclass(frozen=True)
class Gate:
    """One gate as checks: whose they are, the names of its expectations, and what gives the verdict."""

    name: str
    asset: str
    words: str
    expectations: Sequence[str]
    judge: "Callable[[Settings], tuple[GateRecord, list[str]]]"


def gate_checks(settings: Settings) -> list[dg.AssetChecksDefinition]:
    """The checks of both gates."""
    from expectations.incoming import named_checks
    from expectations.outgoing import REQUIRED

    incoming = [check.name for check in named_checks()]
    return [
        _checks(settings, Gate("gate_in", INCOMING, "gate 1: judging what was read", incoming, _judge_in)),
        _checks(
            settings,
            Gate("gate_out", PROTECTED, "gate 2: judging what is to be published", REQUIRED, _judge_out),
        ),
    ]


def _checks(settings: Settings, gate: Gate) -> dg.AssetChecksDefinition:
    known = runbook.read(settings)
    entries = {name: runbook.entry_of(name, known) for name in (gate.name, *gate.expectations)}
    specs = [
        dg.AssetCheckSpec(asset=gate.asset, blocking=name == gate.name, **about(settings, name, entry))
        for name, entry in entries.items()
    ]

    @dg.multi_asset_check(name=gate.name, specs=specs)
    def checks(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with safe_words(context, settings, gate.words):
            record, findings = gate.judge(settings)
        docs = dg.MetadataValue.url((settings.docs / f"gate_{record.gate}" / "index.html").as_uri())
        common = {"suite_version": record.suite_version, "data_docs": docs}
        for name in gate.expectations:
            yield _named(gate, name, record, {**common, **told(settings, entries[name], True)})
        lines = [] if record.passed else gates.refusal_lines(record, findings)
        yield _whole(gate, record, lines, {**common, **told(settings, entries[gate.name], record.passed)})
        if lines:
            # Dagster would end the step as well, with words of its own that say nothing of what to do.
            raise failure(context, settings, "\n".join(lines))

    return checks


def _named(gate: Gate, name: str, record: "GateRecord", metadata: dict[str, Any]) -> dg.AssetCheckResult:
    """The verdict of one expectation; one that gave none has not passed."""
    verdict = next((verdict for verdict in record.expectations if verdict.name == name), None)
    passed = verdict is not None and verdict.passed and not verdict.raised
    remedy = verdict.remedy if verdict is not None else "It gave no verdict: run it again."
    places = sorted({finding.place for finding in record.findings if finding.expectation == name})
    found: dict[str, Any] = {} if passed else {"what_to_do": remedy, "places": ", ".join(places)}
    return dg.AssetCheckResult(
        asset_key=gate.asset,
        check_name=name,
        passed=passed,
        description=None if passed else remedy,
        metadata={**metadata, **found},
    )


def _whole(
    gate: Gate, record: "GateRecord", lines: list[str], metadata: dict[str, Any]
) -> dg.AssetCheckResult:
    """The verdict of the gate, with every line that a person is told where it refused."""
    return dg.AssetCheckResult(
        asset_key=gate.asset,
        check_name=gate.name,
        passed=record.passed,
        description="\n".join([lines[0], "", *(f"- {line.strip()}" for line in lines[1:])])
        if lines
        else None,
        metadata={**metadata, "lines": lines},
    )


def _judge_in(settings: Settings) -> "tuple[GateRecord, list[str]]":
    report = raw.read_report(raw.report_path(settings))
    return gates.judge_incoming(settings, report), gates.quarantined(report)


def _judge_out(settings: Settings) -> "tuple[GateRecord, list[str]]":
    return gates.judge_protected(settings, settings.protected, protected.read_private(settings)), []
