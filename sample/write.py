"""Write one year's records as csv, xlsx or ods: the same bytes whenever and wherever it runs.

Spreadsheets are zip archives: their members are stored uncompressed with one fixed date, because the
compressed form differs between versions of the compression library.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime

from sample.layouts import Layout
from sample.records import Record

Cell = str | date | None
Row = Sequence[Cell]
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STAMP = datetime(2021, 6, 30, 12, 0, 0)


def table(layout: Layout, records: Sequence[Record]) -> list[Row]:
    """Every row of the file: notes, header, records, and the totals row where the layout has one."""
    header: list[Cell] = [layout.headings[name] for name in layout.columns]
    body: list[Row] = [_row(layout, number, record) for number, record in enumerate(records)]
    if layout.repeated_row is not None:
        body.insert(layout.repeated_row + 4, body[layout.repeated_row])
    if layout.total_after is not None:
        total = ["Total", str(layout.total_after)]
        body.insert(layout.total_after, total + [""] * (len(header) - len(total)))
    if layout.remark:
        header.append("Filing Note")
        body = [[*row, layout.remark if number == 6 else ""] for number, row in enumerate(body)]
    notes: list[Row] = [[note] + [""] * (len(header) - 1) for note in layout.notes]
    return [*notes, header, *body]


def _row(layout: Layout, number: int, record: Record) -> Row:
    values = asdict(record)
    if "action" not in layout.columns:
        values["result"] = (
            values["action"] if values["action"] not in ("", "Formal action") else values["result"]
        )
    return [_cell(layout, name, values[name], number) for name in layout.columns]


def _cell(layout: Layout, name: str, value: Cell, number: int) -> Cell:
    if isinstance(value, date):
        return value if layout.real_dates else text_date(value, layout.date_format)
    if value is None:
        return ""
    if name == "sex":
        return layout.sexes.get(value, value)
    if layout.untidy and name in ("result", "action", "severity", "case_type"):
        return _untidy(value, number)
    return value


def _untidy(value: str, number: int) -> str:
    """Trailing spaces and mixed case, in a fixed pattern by row."""
    return (value, value.upper(), f"{value} ", f" {value.lower()}  ")[number % 4] if value else value


def text_date(day: date, date_format: str) -> str:
    """The date as text; English month names whatever the machine's locale."""
    return day.strftime(date_format.replace("%b", MONTHS[day.month - 1]))


def render(layout: Layout, records: Sequence[Record]) -> bytes:
    """The bytes of one file, in the format that its name says."""
    writers = {"csv": _csv, "xlsx": _xlsx, "ods": _ods}
    return writers[layout.file.rpartition(".")[2]](layout, table(layout, records))


def _csv(layout: Layout, rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=layout.delimiter, lineterminator="\r\n")
    writer.writerows(rows)
    return text.getvalue().encode(layout.encoding)


def _xlsx(layout: Layout, rows: Sequence[Row]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = layout.sheet
    for row in rows:
        sheet.append([None if cell == "" else cell for cell in row])
    for number in range(1, len(layout.notes) + 1):
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=6)
    for row_cells in sheet.iter_rows(min_row=len(layout.notes) + 2):
        for cell in row_cells:
            if isinstance(cell.value, date):
                cell.number_format = "dd/mm/yyyy"
    book.create_sheet("Notes").append(["Synthetic example data; no row is about a real person"])
    made = io.BytesIO()
    book.save(made)
    return _fixed(made.getvalue())


def _ods(layout: Layout, rows: Sequence[Row]) -> bytes:
    from odf.element import Element
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableRow

    Element.namespaces.clear()  # odfpy declares in each document whatever the process wrote before
    book = OpenDocumentSpreadsheet()
    sheet = Table(name=layout.sheet)
    for row in rows:
        line = TableRow()
        for cell in row:
            line.addElement(_ods_cell(cell))
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    made = io.BytesIO()
    book.write(made)
    return _fixed(made.getvalue())


def _ods_cell(cell: Cell) -> object:
    from odf.table import TableCell
    from odf.text import P

    if cell is None or cell == "":
        return TableCell()
    if isinstance(cell, date):
        made = TableCell(valuetype="date", datevalue=cell.isoformat())
        made.addElement(P(text=cell.strftime("%d/%m/%Y")))
        return made
    made = TableCell(valuetype="string")
    made.addElement(P(text=cell))
    return made


def _fixed(archive: bytes) -> bytes:
    """The same archive without the time of writing: stored members, one date, one modification stamp."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w") as new:
        for name in _members(old.namelist()):
            entry = zipfile.ZipInfo(name, STAMP.timetuple()[:6])
            entry.create_system = 3
            new.writestr(entry, _without_times(old.read(name)))
    return made.getvalue()


def _members(names: Iterable[str]) -> list[str]:
    """Member names, `mimetype` first as OpenDocument asks."""
    return sorted(set(names), key=lambda name: (name != "mimetype", name))


def _without_times(member: bytes) -> bytes:
    stamp = STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    pattern = rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*"
    return re.sub(pattern, lambda found: found[1] + stamp, member)
