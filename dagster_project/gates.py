"""The two gates as functions: whoever passes bytes on calls them on those very bytes.

A Dagster check shows a verdict but binds inside one run only, so it is not the lock.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project import log
from dagster_project.errors import Refused
from dagster_project.raw import finding_lines, judged_files, read_report, report_path
from dagster_project.settings import Settings

NUMBER = {"in": 1, "out": 2}
NO_YEARS = (
    "no row has a year: what was read is kept in raw/accepted, and nothing can be published of it",
    "every table is one by year: map `recorded_date`, or ask the sender for the date of each allegation",
)

if TYPE_CHECKING:
    from expectations import GateRecord, PrivateFacts
    from ingest import LoadReport


def judge_incoming(settings: Settings, report: LoadReport) -> GateRecord:
    """Gate 1 on the incoming Parquet files; its record and its private Data Docs stay in the home."""
    from expectations import gate_in
    from ingest import gate_frames

    files, labels = gate_frames(report, settings.raw)
    record = gate_in(files, labels, judged_files(settings, report), settings.docs / "gate_in")
    return _recorded(settings, record)


def judge_protected(settings: Settings, folder: Path, private: PrivateFacts) -> GateRecord:
    """Gate 2 on the bytes of a folder of protected tables."""
    from expectations import gate_out

    record = gate_out(folder, private, settings.decisions, settings.docs / "gate_out")
    return _recorded(settings, record)


def open_gate_in(settings: Settings, report: LoadReport) -> GateRecord:
    """Pass, or refuse and say which expectation and what to do.

    A pass on record opens the door for the bytes that it judged, and for no others.

    Raises:
        Refused: gate 1 did not pass.
    """
    record = _on_record(settings, "in")
    if record is None or not record.opens(judged_files(settings, report)):
        record = judge_incoming(settings, report)
    if not record.passed:
        raise Refused(refusal_lines(record, quarantined(report)))
    return record


def accept_incoming(settings: Settings) -> LoadReport:
    """Move what gate 1 let through to raw/accepted; without its pass nothing moves.

    Raises:
        Refused: the gate did not pass, or no row of what is now accepted has a year.
    """
    from ingest import accept

    report = read_report(report_path(settings))
    open_gate_in(settings, report)
    accept(report, settings.raw)
    log.append(settings.log, "ingest", "accepted: " + ", ".join(sorted({file.file for file in report.files})))
    if any(file.accepted for file in report.files) and not any(file.years for file in report.files):
        raise Refused(NO_YEARS)
    return report


def open_gate_out(settings: Settings, folder: Path, private: PrivateFacts) -> GateRecord:
    """Pass, or refuse and say which expectation and what to do.

    Raises:
        Refused: gate 2 did not pass.
    """
    from expectations import gate_out

    record = gate_out(folder, private, settings.decisions, None)
    if not record.passed:
        # Only a refusal needs its pages: they cost more than the judgement.
        record = judge_protected(settings, folder, private)
        raise Refused(refusal_lines(record, []))
    return record


def refusal_lines(record: GateRecord, findings: list[str]) -> list[str]:
    """What a person is told: names of expectations and what to do; findings only of the raw stage."""
    failed = [f"  {name}{_places(record, name)}: {remedy}" for name, remedy in failing(record)]
    missing = [f"  {name}: gave no verdict: run it again" for name in record.missing]
    headline = f"gate {NUMBER[record.gate]} refused: nothing was published, the release before stays"
    return [headline, *failed, *missing, *(f"  {finding}" for finding in findings)]


def _places(record: GateRecord, name: str) -> str:
    """The files or tables where an expectation does not hold, in brackets."""
    places = sorted({finding.place for finding in record.findings if finding.expectation == name} - {""})
    return f" ({', '.join(places)})" if places else ""


def quarantined(report: LoadReport) -> list[str]:
    """The rows of files with more in quarantine than their entries allow, by file and row."""
    over = (file for file in report.files if file.quarantined > file.max_quarantined)
    return finding_lines(f for file in over for f in file.findings if f.severity == "quarantine")


def failing(record: GateRecord) -> list[tuple[str, str]]:
    """Name and remedy of each expectation that failed or could not be asked."""
    return [(name, remedy) for name, passed, raised, remedy in record.expectations if raised or not passed]


def _on_record(settings: Settings, gate: str) -> GateRecord | None:
    from expectations import GateRecord

    path = settings.build / f"gate_{gate}.json"
    try:
        return GateRecord.read(path)
    except (OSError, ValueError):
        return None


def _recorded(settings: Settings, record: GateRecord) -> GateRecord:
    record.write(settings.build / f"gate_{record.gate}.json")
    if not record.passed:
        names = [*(name for name, _ in failing(record)), *record.missing]
        log.append(settings.log, "refusal", f"gate {NUMBER[record.gate]}: " + ", ".join(names))
    return record
