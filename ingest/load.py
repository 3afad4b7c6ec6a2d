"""Load a landing folder into raw/incoming and raw/quarantine: every file once, all of them or nothing."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import duckdb

from ingest import parquet
from ingest.bytestream import file_sha256
from ingest.canonical import RAW_TYPES
from ingest.codelists import CodeLists
from ingest.dated import dated_labels
from ingest.file import Job, load_file
from ingest.findings import Finding, LandingError, error
from ingest.landing import FILE_NAME, FileSpec, Landing, SourceEntry, same_sheet
from ingest.reports import VERSION, FileReport, LoadReport, read_report, report_path, write_report

ALLEGATIONS = "allegations"
ENGINE: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""One thread writes one file a year, with the same bytes each time."""
KEEP_ORDER = "SET enable_caching_operators = false"
"""Small chunks of rows are not held back behind later ones; the writer checks the order."""


def load(
    landing: Landing,
    code_lists: CodeLists,
    raw: Path,
    years: Collection[int] | None,
    now: datetime,
    progress: Callable[[str], None],
) -> LoadReport:
    """Write raw/incoming and raw/quarantine for the entries that cover the years (None: all of them).

    An entry is read whole even if only one of its years is asked for, and whatever the years if an earlier
    version of this program accepted it: all accepted rows have all columns, and say what they lack. A file
    that was accepted before, with the same bytes, entry and code lists, is reused: not read again, and no
    byte under `raw` changes.

    Raises:
        LandingError: with every finding of all files; nothing was written.
        OSError: when the disk is full or the folder cannot be written; what was accepted stays as it was.
    """
    parquet.ensure_empty(raw / "accepted" / ALLEGATIONS / "empty.parquet", RAW_TYPES)
    entries = [entry for entry in landing.sources if _wanted(entry, years) or _outdated(entry, raw)]
    hashes, faults = hash_files(landing, entries)
    staging = raw / ".staging"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        with duckdb.connect(config=ENGINE | {"temp_directory": str(staging / "spill")}) as con:
            con.execute(KEEP_ORDER)
            job = Job(landing, code_lists, con, staging, staging / "work", hashes, _utc(now), progress)
            reports = _load_entries(entries, job, raw, faults)
        _keep_originals(landing, raw, staging, hashes)
        _publish(staging, raw, landing, reports)
    except duckdb.IOException as fault:
        raise OSError(f"{raw} cannot be written: {fault}") from fault
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    skipped = tuple(sorted(set(years or ()) - set(landing.years)))
    return LoadReport(tuple(reports), skipped, complete=len(entries) == len(landing.sources))


def _utc(moment: datetime) -> datetime:
    """A moment without a zone is meant as UTC."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _wanted(entry: SourceEntry, years: Collection[int] | None) -> bool:
    return years is None or entry.years.first is None or any(entry.years.covers(year) for year in years)


def _outdated(entry: SourceEntry, raw: Path) -> bool:
    path = report_path(raw / "accepted", entry.source_key)
    return path.is_file() and read_report(raw / "accepted", entry.source_key) is None


def _specs(entry: SourceEntry) -> tuple[FileSpec, ...]:
    return (entry.read, *(join.read for join in entry.joins))


def hash_files(
    landing: Landing, entries: Iterable[SourceEntry]
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """sha256 by name of every file that may be read; what is missing, empty, not as pinned or sent twice."""
    hashes: dict[str, str] = {}
    findings: list[Finding] = []
    entries = tuple(entries)
    for spec in dict.fromkeys(spec for entry in entries for spec in _specs(entry)):
        fault = _unopened(landing.root, spec.file)
        if fault is None:
            hashes[spec.file] = hashes.get(spec.file) or file_sha256(landing.root / spec.file)
            findings += _pinned(spec, hashes[spec.file])
        else:
            findings.append(fault)
    known = {name: sha256 for name, sha256 in hashes.items() if name not in {one.file for one in findings}}
    return known, tuple(dict.fromkeys([*findings, *_sent_twice(entries, hashes)]))


def readable(entry: SourceEntry, hashes: Mapping[str, str]) -> bool:
    """Whether the file of an entry and all its lookups may be read."""
    return all(spec.file in hashes for spec in _specs(entry))


def _unopened(root: Path, file: str) -> Finding | None:
    """Why a file cannot be read at all: absent, behind a link that leaves the root, forbidden or empty."""
    path = root / file
    try:
        if not path.is_file():
            return error("file_missing", file, f"no such file in {root}", "send the file, or correct file")
        if not path.resolve().is_relative_to(root):
            remedy = "copy the file into the root, or set root to where it lies"
            return error("outside_root", file, "a link leads out of the root", remedy)
        with path.open("rb") as stream:
            if not stream.read(1):
                return error("empty", file, "the file is empty", "fetch the file again")
    except OSError as fault:
        return error(
            "file_missing", file, f"not to be opened: {fault.strerror}", "correct file or its permission"
        )
    return None


def _pinned(spec: FileSpec, found: str) -> list[Finding]:
    if spec.sha256 in (None, found):
        return []
    message = f"its sha256 is {found}, the entry pins {spec.sha256}"
    return [
        error(
            "wrong_sha256",
            spec.file,
            message,
            "fetch the file again, or correct sha256 if the change is meant",
        )
    ]


def _sent_twice(entries: Iterable[SourceEntry], hashes: dict[str, str]) -> list[Finding]:
    """Two names for the same bytes, sheet, years and as-at date: every row would count twice."""
    findings = []
    for one, other in combinations(entries, 2):
        same = one.as_at == other.as_at and one.read.file != other.read.file
        same = same and same_sheet(one.read, other.read)
        overlap = one.years == other.years or set(one.years.listed()) & set(other.years.listed())
        if same and overlap and hashes.get(one.read.file, "") == hashes.get(other.read.file):
            message = f"the same bytes as {one.read.file}, for the same years"
            findings.append(
                error("source_twice", other.name, message, f"remove one of the two from {FILE_NAME}")
            )
    return findings


def _load_entries(
    entries: Iterable[SourceEntry], job: Job, raw: Path, faults: Iterable[Finding]
) -> list[FileReport]:
    """Every entry whose files may be read, so that all that is wrong is told at once; `faults` are known."""
    reports: list[FileReport] = []
    findings = [*faults]
    for number, entry in enumerate(one for one in entries if readable(one, job.hashes)):
        fingerprint = fingerprint_of(entry, job.landing, job.code_lists, job.hashes)
        known = reusable(raw, entry, fingerprint)
        if known is not None:
            job.progress(f"{entry.name}: unchanged")
            reports.append(known)
            continue
        try:
            reports.append(load_file(entry, replace(job, folder=job.folder / str(number)), fingerprint))
        except LandingError as fault:
            findings += fault.findings
    if findings:
        raise LandingError(findings)
    return reports


def fingerprint_of(
    entry: SourceEntry, landing: Landing, code_lists: CodeLists, hashes: Mapping[str, str]
) -> str:
    """Of all that decides what is written for an entry, but for the time of loading."""
    parts = [
        str(VERSION),
        entry.canonical_json(),
        *(hashes[spec.file] for spec in _specs(entry)),
        *(landing.force, landing.scope, landing.population, landing.vocabulary),
        code_lists.fingerprint(landing.vocabulary, entry.several_outcomes == "most_severe"),
    ]
    if entry.out_of_date == "quarantine":
        parts.append(repr(dated_labels(code_lists, landing.vocabulary)))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def reusable(raw: Path, entry: SourceEntry, fingerprint: str) -> FileReport | None:
    """The report of an accepted file, if nothing changed and its Parquet files lie as they were written."""
    report = read_report(raw / "accepted", entry.source_key)
    if report is None or report.fingerprint != fingerprint:
        return None
    written = {raw / "accepted" / place: sha256 for place, sha256 in report.outputs.items()}
    if report.quarantine_sha256 is not None:
        written[_quarantine(raw, entry.source_key)] = report.quarantine_sha256
    same = all(path.is_file() and file_sha256(path) == sha256 for path, sha256 in written.items())
    return replace(report, reused=True) if same else None


def _quarantine(raw: Path, source_key: str) -> Path:
    return raw / "quarantine" / f"{source_key}.parquet"


def _keep_originals(landing: Landing, raw: Path, staging: Path, hashes: dict[str, str]) -> None:
    """Keep every file as received under its sha256; a file that changed while it was read is refused."""
    findings: list[Finding] = []
    for file, sha256 in hashes.items():
        target = original(raw, sha256, file)
        if target.exists():
            continue
        copy = staging / "originals" / sha256
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(landing.root / file, copy)
        if file_sha256(copy) == sha256:
            parquet.move(copy, target)
        else:
            message = "the file changed while it was read"
            findings.append(error("file_changed", file, message, "refresh again when it is complete"))
    if findings:
        raise LandingError(findings)


def original(raw: Path, sha256: str, file: str) -> Path:
    """Where the bytes of a received file are kept."""
    return raw / "originals" / sha256 / Path(file).name


def _publish(staging: Path, raw: Path, landing: Landing, reports: Iterable[FileReport]) -> None:
    """Move the staged files to their places, and remove what an earlier load left there for them."""
    keep = {entry.source_key for entry in landing.sources}
    fresh = {report.source_key: report for report in reports if not report.reused}
    reused = {report.source_key for report in reports if report.reused}
    for path in sorted((raw / "incoming").rglob("*")):
        if path.is_file() and (path.stem in fresh or path.stem in reused or path.stem not in keep):
            path.unlink()
    for path in sorted((raw / "quarantine").glob("*.parquet")):
        if path.stem not in keep or (path.stem in fresh and fresh[path.stem].quarantine_sha256 is None):
            path.unlink()
    for report in fresh.values():
        if report.quarantine_sha256 is not None:
            parquet.move(
                staging / "quarantine" / f"{report.source_key}.parquet", _quarantine(raw, report.source_key)
            )
        for place in report.outputs:
            parquet.move(staging / place, raw / "incoming" / place)
        write_report(raw / "incoming", report)
