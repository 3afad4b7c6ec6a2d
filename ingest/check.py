"""The onboarding assistant: what drifted since last time, and lines to paste, with the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ingest import propose
from ingest.accept import written
from ingest.between import Held, between_files
from ingest.codelists import CodeLists
from ingest.drift import drift
from ingest.findings import Finding, LandingError
from ingest.landing import Landing, SourceEntry
from ingest.load import fingerprint_of, hash_files, load, readable, reusable
from ingest.reports import FileReport, read_report, read_reports
from ingest.rules import REMEDIES, RULES, SLIP, Breach, breaches
from ingest.summary import NAMED_ROWS

EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Looked:
    """One entry as it was read, and the accepted report it is compared with.

    `raw` holds what was read: a folder that is thrown away, or the home itself where nothing had to be read
    again. `home` is the raw area of the home.
    """

    landing: Landing
    entry: SourceEntry
    report: FileReport
    before: FileReport | None
    raw: Path
    home: Path | None

    @property
    def files(self) -> list[Path]:
        """The Parquet files of the entry."""
        return written(self.report, self.raw)

    @property
    def earlier(self) -> list[Path]:
        """The Parquet files of what it is compared with, those that still lie there."""
        if self.before is None or self.home is None:
            return []
        return [path for path in written(replace(self.before, reused=True), self.home) if path.is_file()]


def check(landing: Landing, code_lists: CodeLists, raw: Path | None) -> tuple[Finding, ...]:
    """Everything worth knowing about the files before a refresh; nothing in the home is written.

    Compares with what was accepted last under `raw` (None: with nothing). A file that was accepted as it is
    is not read again. A finding of severity `error` means that a file cannot be read. Proposed lines stand in
    the remedies: nothing is mapped, a person decides.
    """
    hashes, faults = hash_files(landing, landing.sources)
    findings = [*faults]
    seen: list[Looked] = []
    with TemporaryDirectory(prefix="misconduct-check-") as folder:
        for entry in (one for one in landing.sources if readable(one, hashes)):
            place = Path(folder) / entry.source_key
            try:
                looked = _look(landing, entry, code_lists, hashes, raw, place)
            except LandingError as fault:
                findings += fault.findings
                proposed = place / "proposed.parquet"
                findings += propose.headings(landing, entry, code_lists, fault.findings, proposed)
                continue
            findings += _checked(looked, code_lists)
            seen.append(looked)
        findings += between_files([Held(one.entry, one.report, one.files) for one in seen])
    return tuple(findings)


def _look(
    landing: Landing,
    entry: SourceEntry,
    code_lists: CodeLists,
    hashes: Mapping[str, str],
    raw: Path | None,
    folder: Path,
) -> Looked:
    """The entry as it was accepted, if nothing changed; else as it is read now, into the folder."""
    fingerprint = fingerprint_of(entry, landing, code_lists, hashes)
    same = None if raw is None else reusable(raw, entry, fingerprint)
    if raw is not None and same is not None:
        return Looked(landing, entry, same, same, raw, raw)
    alone = replace(landing, sources=(entry,))
    report = load(alone, code_lists, folder, None, EPOCH, lambda _: None).files[0]
    return Looked(landing, entry, report, _before(entry, raw), folder, raw)


def _checked(looked: Looked, code_lists: CodeLists) -> Iterator[Finding]:
    """The findings of an entry; of one that was accepted as it is, as information only."""
    settled = looked.report.reused and looked.report.quarantined <= looked.report.max_quarantined
    for finding in _findings(looked, code_lists):
        yield replace(finding, severity="info") if settled else finding


def _findings(looked: Looked, code_lists: CodeLists) -> Iterator[Finding]:
    yield from _rows_not_taken(looked)
    yield from _labels(looked, code_lists)
    yield from _dates(looked)
    if looked.before is not None:
        yield from drift(looked.entry.name, looked.report, looked.files, looked.before, looked.earlier)
    yield from _breaches(looked, code_lists)


def _breaches(looked: Looked, code_lists: CodeLists) -> Iterator[Finding]:
    """Rows that break a rule: those that did so last time too are information only."""
    vocabulary = looked.landing.vocabulary
    known = {breach[:3] for breach in breaches(looked.earlier, code_lists, vocabulary)}
    found = breaches(looked.files, code_lists, vocabulary)
    for rule in RULES:
        broken = [breach for breach in found if breach.rule == rule]
        fresh = [breach for breach in broken if breach[:3] not in known]
        for breach in sorted(broken, key=lambda one: one[:3] in known)[:NAMED_ROWS]:
            yield _breach(looked.entry, breach, breach in fresh)
        if len(broken) > NAMED_ROWS:
            message = f"{rule}: {len(broken)} rows in all, {len(fresh)} of them not broken last time"
            yield Finding("info", "rule_breach", looked.entry.name, None, message, "see mart_findings")


def _breach(entry: SourceEntry, breach: Breach, fresh: bool) -> Finding:
    who = f"allegation {breach.allegation_ref!r}, officer {breach.officer_key!r}"
    when = "" if fresh else " (as last time)"
    remedy = f"the row is kept and the breach reported: {REMEDIES.get(breach.rule, SLIP)}"
    details = f": {breach.details}" if breach.details else ""
    message = f"{breach.rule}: {RULES[breach.rule]}: {who}{when}{details}"
    return Finding("warning" if fresh else "info", "rule_breach", entry.name, breach.row, message, remedy)


def _before(entry: SourceEntry, raw: Path | None) -> FileReport | None:
    """The entry's own accepted report, else that of the accepted file with the latest earlier year."""
    if raw is None:
        return None
    own = read_report(raw / "accepted", entry.source_key)
    if own is not None:
        return own
    first = entry.years.first
    earlier = [
        report
        for report in read_reports(raw / "accepted")
        if report.years and (first is None or max(report.years) <= first)
    ]
    return max(earlier, key=lambda report: (max(report.years), report.as_at), default=None)


def _rows_not_taken(looked: Looked) -> Iterator[Finding]:
    """What the load found, rows left out of the facts once a reason; labels and dates are told elsewhere."""
    told = {"unknown_label", "impossible_date"}
    for finding in looked.report.findings:
        if finding.code in looked.report.excluded:
            if finding.code not in told:
                rows = looked.report.excluded[finding.code]
                yield replace(finding, message=f"{finding.message} ({rows} rows in all)")
            told.add(finding.code)
        elif finding.code not in told:
            yield finding


def _quarantined(looked: Looked) -> Path | None:
    path = looked.raw / "quarantine" / f"{looked.entry.source_key}.parquet"
    return path if path.is_file() else None


def _labels(looked: Looked, code_lists: CodeLists) -> Iterator[Finding]:
    path = _quarantined(looked)
    if path is None:
        return
    closed = code_lists.closed(looked.landing.vocabulary)
    with duckdb.connect() as con:
        for strange, row, many in propose.strange_labels(con, path, closed):
            line = propose.seed_row(code_lists, looked.landing.vocabulary, strange.column_name, strange.label)
            message = f"{strange.reason} ({many} rows)"
            yield Finding("warning", "unmapped_label", looked.entry.name, row, message, line)


def _dates(looked: Looked) -> Iterator[Finding]:
    path = _quarantined(looked)
    if path is None:
        return
    with duckdb.connect() as con:
        for column, row, text, fits in propose.strange_dates(con, path):
            message = f"{column} holds dates in no declared format, like {text!r}"
            remedy = propose.date_line(looked.entry, fits)
            yield Finding("warning", "unread_dates", looked.entry.name, row, message, remedy)
