"""What a load did, file by file, and how that is kept beside the Parquet files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingest import parquet
from ingest.findings import Finding

VERSION = 4


@dataclass(frozen=True)
class FileReport:
    """One file: read = accepted + quarantined + furniture + out_of_scope; accepted includes the excluded.

    `read` counts rows of the sheet, one that stands for several records once for each: `added` is how many
    more that makes. `years` counts accepted rows by year. `outputs` maps each Parquet file, relative to
    raw/incoming or raw/accepted, to its sha256; `quarantine_sha256` is that of raw/quarantine's file, if any.
    `closed` are the columns with a code list, `labels` the known (column, label) pairs of the accepted rows.
    `fingerprint` tells whether file, lookups, entry, code lists and this program are as they were.
    """

    source_key: str
    file: str
    sheet: str | None
    as_at: str
    read: int
    added: int
    accepted: int
    quarantined: int
    furniture: int
    out_of_scope: int
    excluded: Mapping[str, int]
    years: Mapping[int, int]
    reused: bool
    max_quarantined: int
    findings: tuple[Finding, ...]
    headings: tuple[str, ...]
    closed: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    outputs: Mapping[str, str]
    quarantine_sha256: str | None
    fingerprint: str

    @property
    def balanced(self) -> bool:
        """Whether every source row went to exactly one place."""
        return self.read == self.accepted + self.quarantined + self.furniture + self.out_of_scope


@dataclass(frozen=True)
class LoadReport:
    """Every file of a load; `skipped_years` have no entry; `complete` if all years were loaded."""

    files: tuple[FileReport, ...]
    skipped_years: tuple[int, ...]
    complete: bool

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of all files."""
        return tuple(finding for file in self.files for finding in file.findings)

    def to_json(self) -> str:
        """For a process that loads and another that accepts."""
        return _dump(asdict(self))

    @staticmethod
    def from_json(text: str) -> LoadReport:
        """The report that `to_json` wrote."""
        data = json.loads(text)
        files = tuple(_file_report(file) for file in data["files"])
        return LoadReport(files, tuple(data["skipped_years"]), data["complete"])


def report_path(area: Path, source_key: str) -> Path:
    """Where the report of a file lies in raw/incoming or raw/accepted."""
    return area / "reports" / f"{source_key}.json"


def read_report(area: Path, source_key: str) -> FileReport | None:
    """The report of a file; None where there is none, or an earlier version of this program wrote it."""
    path = report_path(area, source_key)
    if not path.is_file():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    return _file_report(data["report"]) if data["version"] == VERSION else None


def read_reports(area: Path) -> tuple[FileReport, ...]:
    """Every report of raw/incoming or raw/accepted."""
    found = (read_report(area, path.stem) for path in sorted((area / "reports").glob("*.json")))
    return tuple(report for report in found if report is not None)


def write_report(area: Path, report: FileReport) -> None:
    """Write the report of a file, whole or not at all."""
    path = report_path(area, report.source_key)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(_dump({"version": VERSION, "report": asdict(report)}), encoding="utf-8")
    parquet.move(part, path)


def _dump(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n"


def _file_report(data: dict[str, Any]) -> FileReport:
    known = {
        "findings": tuple(Finding(**finding) for finding in data["findings"]),
        "years": {int(year): rows for year, rows in data["years"].items()},
        "headings": tuple(data["headings"]),
        "closed": tuple(data["closed"]),
        "labels": tuple((column, label) for column, label in data["labels"]),
    }
    return FileReport(**{**data, **known})
