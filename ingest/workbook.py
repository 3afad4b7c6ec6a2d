"""Read a sheet of an xlsx, ods or xls workbook, cells as the text that stands for them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from ingest.bytestream import MAX_CELLS, WORKBOOK_LIMIT, check_archive, too_large, truncated
from ingest.findings import Finding, LandingError, did_you_mean, error
from ingest.headings import find_header, no_heading
from ingest.landing import FileSpec
from ingest.table import MAX_PREVIEW, Table, cells_batch, unique_headings, write_cells

Cell = int | float | str | bool | time | date | datetime | timedelta
Merged = tuple[tuple[tuple[int, int], tuple[int, int]], ...]
BATCH = 20_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
"""How a workbook begins: xlsx and ods are zip files, xls is a compound file."""
SAVE_AS_CSV = "save the sheet as csv"


def read_workbook(path: Path, spec: FileSpec, wanted: Sequence[str], cells: Path) -> Table:
    """Write the cells of one sheet to Parquet.

    Raises:
        LandingError: `empty`, `truncated`, `too_large`, `sheet_gone` or `heading_gone`.
    """
    limit = WORKBOOK_LIMIT if spec.max_bytes is None else spec.max_bytes
    if path.stat().st_size > limit:
        raise LandingError([too_large(spec.file, limit)])
    _refuse_protected(path, spec)
    lost = () if _is_old(path) else check_archive(path, spec.file, limit)
    rows, merged = _rows(path, spec)
    preview = _filled(rows[: max(MAX_PREVIEW, spec.header_row or 0)], merged, 0)
    header_row = find_header(preview, wanted, spec.header_row)
    if not header_row:
        raise LandingError([no_heading(spec, wanted, preview)])
    headings = unique_headings(preview[header_row - 1], spec.file)
    rows = _filled(rows, merged, header_row)
    write_cells(cells, len(headings), _batches(rows, header_row, len(headings)))
    warnings = tuple(_lost(spec.file, cell) for cell in lost[:1])
    return Table(headings, header_row, cells, len(rows), (), undecodable=False, warnings=warnings)


def _rows(path: Path, spec: FileSpec) -> tuple[list[list[str]], Merged]:
    """Every row of the sheet from row 1, and its merged cells."""
    try:
        workbook = _opened(path)
        sheet = workbook.get_sheet_by_name(_sheet_name(workbook, spec))
        _refuse_huge(sheet, spec)
        rows = [[as_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
        return rows, tuple(sheet.merged_cell_ranges or ())
    except (CalamineError, OSError, ValueError) as fault:
        if "limit exceeded" in str(fault):
            raise LandingError([error("too_large", spec.file, str(fault), SAVE_AS_CSV)]) from None
        raise LandingError([truncated(spec.file, f"not readable as a workbook: {fault}")]) from None


def _lost(file: str, cell: str) -> Finding:
    message = f"cells are errors, or formulas without a stored value, the first {cell}: they are blank"
    remedy = "open the workbook, correct them and save it, or leave it if nothing stands there"
    return Finding(
        "warning", "cells_lost", file, int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), message, remedy
    )


def _is_old(path: Path) -> bool:
    """Whether the bytes are those of a compound file: .xls, or any workbook with a password."""
    with path.open("rb") as stream:
        return stream.read(4) == OLE


def _refuse_protected(path: Path, spec: FileSpec) -> None:
    if _is_old(path) and path.suffix.casefold() != ".xls":
        message = "the workbook has a password, or is an old .xls under another name"
        remedy = "save it without a password, or name it .xls"
        raise LandingError([error("unreadable_file", spec.file, message, remedy)])


def _opened(path: Path) -> CalamineWorkbook:
    """The workbook; one that is .xls by name only is read as what it is."""
    if path.suffix.casefold() == ".xls" and not _is_old(path):
        return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    return CalamineWorkbook.from_path(str(path))


def _refuse_huge(sheet: CalamineSheet, spec: FileSpec) -> None:
    if sheet.total_height * sheet.total_width > MAX_CELLS:
        message = f"the sheet has more than {MAX_CELLS} cells"
        raise LandingError([error("too_large", spec.file, message, SAVE_AS_CSV)])


def _sheet_name(workbook: CalamineWorkbook, spec: FileSpec) -> str:
    names: list[str] = workbook.sheet_names
    if spec.sheet is None and len(names) == 1:
        return names[0]
    if spec.sheet is None:
        message = f"the workbook has {len(names)} sheets: {', '.join(names)}"
        raise LandingError([error("sheet_needed", spec.file, message, "name one with sheet = ...")])
    if spec.sheet not in names:
        message = f"the sheet {spec.sheet!r} is gone{did_you_mean(spec.sheet, names)}"
        raise LandingError([error("sheet_gone", spec.file, message, "correct sheet in sources.toml")])
    return spec.sheet


def as_text(cell: Cell) -> str:
    """A cell as text: whole numbers without a decimal point, dates in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime):
        return (
            cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
        )
    return cell.isoformat() if isinstance(cell, (date, time)) else str(cell)


def _filled(rows: list[list[str]], merged: Merged, header_row: int) -> list[list[str]]:
    """A cell merged over several rows holds for each of them; across columns it stays where it stands.

    One that begins at the heading or above it says nothing about the rows below the heading.
    """
    rows = [*rows]
    for (top, left), (bottom, _) in merged:
        last = bottom if top >= header_row else min(bottom, header_row - 1)
        for row in range(top + 1, min(last + 1, len(rows))):
            rows[row] = [*rows[row][:left], rows[top][left], *rows[row][left + 1 :]]
    return rows


def _batches(rows: list[list[str]], header_row: int, width: int) -> Iterator[pa.RecordBatch]:
    for start in range(header_row, len(rows), BATCH):
        part = rows[start : start + BATCH]
        numbers = pa.array(range(start + 1, start + len(part) + 1), pa.int64())
        columns = [pa.array([row[column] or None for row in part], pa.string()) for column in range(width)]
        yield cells_batch(numbers, columns)
