"""The door of gate 1: what it judges, and moving what passed from raw/incoming to raw/accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ingest import parquet
from ingest.reports import FileReport, LoadReport, report_path, write_report
from ingest.summary import labels

EMPTY = "empty.parquet"


def gate_frames(report: LoadReport, raw: Path) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """One row a file, and one row a distinct label of a closed column, read from the Parquet files.

    A file row has the counts of its report, `rows_written` (rows found in its Parquet files) `balanced`, and
    `dated` where some row has a year.
    A label row has source_key, file, column, label and `known`.
    """
    files = [_file_row(file, raw) for file in report.files]
    return files, [row for file in report.files for row in _label_rows(file, raw)]


def written(file: FileReport, raw: Path) -> list[Path]:
    """The Parquet files of a loaded file: accepted if it was reused, else incoming."""
    area = raw / ("accepted" if file.reused else "incoming")
    return [area / place for place in sorted(file.outputs)]


def _file_row(file: FileReport, raw: Path) -> dict[str, object]:
    return {
        "source_key": file.source_key,
        "file": file.file,
        "sheet": file.sheet,
        "as_at": file.as_at,
        "read": file.read,
        "accepted": file.accepted,
        "quarantined": file.quarantined,
        "furniture": file.furniture,
        "out_of_scope": file.out_of_scope,
        "excluded": sum(file.excluded.values()),
        "max_quarantined": file.max_quarantined,
        "rows_written": sum(parquet.rows_in(path) for path in written(file, raw)),
        "balanced": file.balanced,
        "dated": bool(file.years),
        "reused": file.reused,
    }


def _label_rows(file: FileReport, raw: Path) -> Iterator[dict[str, object]]:
    known = set(file.labels)
    for column, label in labels(written(file, raw), file.closed):
        row = {"source_key": file.source_key, "file": file.file, "column": column, "label": label}
        yield {**row, "known": (column, label) in known}


def accept(report: LoadReport, raw: Path) -> None:
    """Move every file of the report from incoming to accepted; call only when gate 1 has passed.

    The report of a file is removed first and written last: after a kill in between, the file is read again.
    Accepted files whose entry is no longer in the landing are removed, if all years were loaded.
    """
    for file in report.files:
        if not file.reused:
            _accept_file(file, raw)
    if report.complete:
        kept = {file.source_key for file in report.files}
        _remove(raw / "accepted", lambda path: path.stem not in kept)


def _accept_file(file: FileReport, raw: Path) -> None:
    incoming, accepted = raw / "incoming", raw / "accepted"
    report_path(accepted, file.source_key).unlink(missing_ok=True)
    for place in sorted(file.outputs):
        parquet.move(incoming / place, accepted / place)
    current = {accepted / place for place in file.outputs}
    _remove(accepted, lambda path: path.stem == file.source_key and path not in current)
    write_report(accepted, replace(file, reused=False))
    report_path(incoming, file.source_key).unlink(missing_ok=True)


def _remove(area: Path, unwanted: Callable[[Path], bool]) -> None:
    for path in sorted(area.rglob("*")):
        if path.is_file() and path.name != EMPTY and unwanted(path):
            path.unlink()
