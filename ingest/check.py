"""The onboarding assistant: what drifted since last time, and lines to paste, with the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ingest import propose
from ingest.codelists import CodeLists
from ingest.findings import Finding, LandingError
from ingest.headings import fold
from ingest.landing import Landing, SourceEntry
from ingest.load import hash_files, load
from ingest.reports import FileReport, read_report, read_reports

EPOCH = datetime(1970, 1, 1)
FEWER, MORE = 0.5, 2.0
"""A file of another year with fewer or more rows than this share of the last one's is worth a look."""


@dataclass(frozen=True)
class Looked:
    """One entry read into a folder that is thrown away, and the accepted report it is compared with."""

    landing: Landing
    entry: SourceEntry
    report: FileReport
    before: FileReport | None
    raw: Path


def check(landing: Landing, code_lists: CodeLists, raw: Path | None) -> tuple[Finding, ...]:
    """Everything worth knowing about the files before a refresh; nothing in the home is written.

    Compares with what was accepted last under `raw` (None: with nothing). A finding of severity `error` means
    that a file cannot be read. Proposed lines stand in the remedies: nothing is mapped, a person decides.
    """
    try:
        hash_files(landing, landing.sources)
    except LandingError as fault:
        return fault.findings
    findings: list[Finding] = []
    with TemporaryDirectory(prefix="misconduct-check-") as folder:
        for entry in landing.sources:
            findings += _check_entry(landing, entry, code_lists, raw, Path(folder) / entry.source_key)
    return tuple(findings)


def _check_entry(
    landing: Landing, entry: SourceEntry, code_lists: CodeLists, raw: Path | None, folder: Path
) -> Iterator[Finding]:
    alone = replace(landing, sources=(entry,))
    try:
        report = load(alone, code_lists, folder, None, EPOCH, lambda _: None).files[0]
    except LandingError as fault:
        yield from fault.findings
        return
    looked = Looked(landing, entry, report, _before(entry, raw), folder)
    for finding in _findings(looked, code_lists):
        yield replace(finding, severity="info") if _settled(looked) else finding


def _findings(looked: Looked, code_lists: CodeLists) -> Iterator[Finding]:
    yield from _rows_not_taken(looked)
    yield from _labels(looked, code_lists)
    yield from _dates(looked)
    yield from _headings(looked)
    yield from _counts(looked)


def _settled(looked: Looked) -> bool:
    """Whether just this file, entry and code lists were accepted before: nothing is left to decide."""
    before, now = looked.before, looked.report
    same = before is not None and before.fingerprint == now.fingerprint
    return same and now.quarantined <= now.max_quarantined


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
        for strange, row in propose.strange_labels(con, path, closed):
            line = propose.seed_row(code_lists, looked.landing.vocabulary, strange.column_name, strange.label)
            yield Finding("warning", "unmapped_label", looked.entry.name, row, strange.reason, line)


def _dates(looked: Looked) -> Iterator[Finding]:
    path = _quarantined(looked)
    if path is None:
        return
    with duckdb.connect() as con:
        for column, row, text, fits in propose.strange_dates(con, path):
            message = f"{column} holds dates in no declared format, like {text!r}"
            remedy = propose.date_line(looked.entry, fits)
            yield Finding("warning", "unread_dates", looked.entry.name, row, message, remedy)


def _headings(looked: Looked) -> Iterator[Finding]:
    if looked.before is None:
        return
    now, then = looked.report.headings, looked.before.headings
    came = [heading for heading in now if fold(heading) not in {fold(name) for name in then}]
    went = [heading for heading in then if fold(heading) not in {fold(name) for name in now}]
    if came or went:
        message = f"headings changed since {looked.before.file}: new {came or 'none'}, gone {went or 'none'}"
        remedy = "see that [source.columns] means the right ones; unmapped headings are kept in rest"
        yield Finding("info", "headings_drifted", looked.entry.name, None, message, remedy)


def _counts(looked: Looked) -> Iterator[Finding]:
    before, now = looked.before, looked.report
    if before is None:
        return
    rows, earlier = now.read - now.furniture, before.read - before.furniture
    same_file = before.source_key == now.source_key
    unlike = rows != earlier if same_file else not FEWER * earlier <= rows <= MORE * earlier
    if unlike:
        message = f"{rows} rows, {earlier} in {before.file} as it was accepted last"
        remedy = "ask the sender whether this is meant; pin it with rows = ..."
        yield Finding("warning", "row_count", looked.entry.name, None, message, remedy)
