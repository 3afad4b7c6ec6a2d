"""The tables as spreadsheets: cover, contents, notes, then one table a sheet, markers in square brackets.

The layout follows the Government Analysis Function's guidance on releasing statistics in spreadsheets. The
same tables give the same bytes: both formats are zip files, whose dates are fixed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from dashboards.model import Release
from dashboards.views import View

LONG_AGO = (1980, 1, 1, 0, 0, 0)
NUMBER = re.compile(r"\d+")
MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
OASIS = "urn:oasis:names:tc:opendocument:xmlns"
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
WIDEST, LEAST = 60, 14
NOTES = (
    ("[c]", "Withheld for confidentiality. It may be a small number, or one from which a small one follows."),
    ("[z]", "Not applicable: the rules of the time, or the calendar, allow no such case."),
    ("[x]", "Not available."),
    ("[b]", "Break in the series: the rules changed within these years."),
    ("", "Officers are distinct in the year. They must not be added up over years."),
)
ONE_TABLE = "This worksheet contains one table. Markers are explained in Notes."
CHALLENGE = (
    "To challenge a withheld figure, ask the force for an internal review; after that you may complain to "
    "the Information Commissioner’s Office (ICO)."
)


@dataclass(frozen=True)
class Sheet:
    """One sheet: a name, lines above the table, and the table with its headings first."""

    name: str
    above: tuple[str, ...]
    table: tuple[tuple[str, ...], ...] = ()


def sheets(release: Release, views: Sequence[tuple[View, str]]) -> tuple[Sheet, ...]:
    """The sheets of a release: its views, each with the words on what it counts."""
    tables = tuple(
        Sheet(
            name=f"Table_{number}",
            above=(view.title, words, ONE_TABLE, *_withheld(view), *_older(view)),
            table=tuple(tuple(line) for line in view.records()),
        )
        for number, (view, words) in enumerate(views, start=1)
    )
    listed = tuple((sheet.name, sheet.above[0]) for sheet in tables)
    return (
        Sheet("Cover", _cover(release)),
        Sheet(
            "Contents", ("Contents", "This worksheet lists the tables."), (("Worksheet", "Title"), *listed)
        ),
        Sheet(
            "Notes", ("Notes", "This worksheet explains markers."), (("Marker", "Meaning"), *_notes(release))
        ),
        *tables,
    )


def _withheld(view: View) -> tuple[str, ...]:
    """The exemptions that the withheld figures of a view rest on, where it has any."""
    found = sorted({cell.exemption or "s.40(2)" for cell in view.cells if cell.is_withheld})
    return (f"Figures marked [c] are withheld under {' and '.join(found)}; see Notes.",) if found else ()


def _older(view: View) -> tuple[str, ...]:
    """The years whose figures stand as they were published from an earlier day."""
    words = "; ".join(f"{label}: as at {day}" for label, day in view.older)
    return (f"These years stand as they were published before. {words}.",) if words else ()


def _notes(release: Release) -> tuple[tuple[str, str], ...]:
    """The markers, the exemptions behind them, the policy, and how to challenge it."""
    return (
        *NOTES,
        ("s.40(2)", "Freedom of Information Act 2000: personal information."),
        ("s.31(1)(a)", "Freedom of Information Act 2000: law enforcement, for live matters."),
        (
            "Policy",
            f"Disclosure policy version {release.header.policy_version}; all withheld figures look alike.",
        ),
        ("Challenge", CHALLENGE),
    )


def _cover(release: Release) -> tuple[str, ...]:
    header = release.header
    example = ("Example data: the rows behind these figures are synthetic.",) if header.synthetic else ()
    return (
        f"{header.force}: {header.scope} allegations against {header.population}, {release.years}",
        *example,
        f"Release {release.release_id}, figures as at {header.as_at}.",
        f"Small numbers are withheld under disclosure policy version {header.policy_version}.",
    )


def xlsx(content: Iterable[Sheet]) -> bytes:
    """The sheets as an XLSX workbook; every cell is a plain number or a plain text, never a formula."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in content:
        made = book.create_sheet(sheet.name)
        for text in sheet.above:
            made.append([text])
        for number, line in enumerate(sheet.table):
            made.append([_value(text, number > 0 and column > 0) for column, text in enumerate(line)])
        for letter, width in _widths(sheet).items():
            made.column_dimensions[letter].width = width
        for row in made.iter_rows():
            for cell in row:
                # A text that begins with = would otherwise be taken for a formula.
                cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["docProps/core.xml"] = MOMENT.sub(b"1980-01-01T00:00:00", parts["docProps/core.xml"])
    return _zip(parts)


def _widths(sheet: Sheet) -> dict[str, int]:
    """How wide the columns of the table must be for its words."""
    from openpyxl.utils import get_column_letter

    columns = zip(*sheet.table, strict=True)
    longest = [max(len(text) for text in column) for column in columns]
    return {get_column_letter(i): min(max(n + 2, LEAST), WIDEST) for i, n in enumerate(longest, start=1)}


def _value(text: str, may_be_number: bool) -> int | str:
    return int(text) if may_be_number and NUMBER.fullmatch(text) else text


def ods(content: Iterable[Sheet]) -> bytes:
    """The sheets as an ODS workbook; every cell is a plain number or a plain text, never a formula.

    Written as XML: the usual library keeps names from whatever the process made before.
    """
    tables = "".join(_ods_table(sheet) for sheet in content)
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    names = " ".join(f'xmlns:{key}="{OASIS}:{key}:1.0"' for key in ("office", "table", "text"))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    document = f'{head}<office:document-content {names} office:version="1.3">{body}</office:document-content>'
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in (("/", ODS_TYPE), ("content.xml", "text/xml"))
    )
    names = f'xmlns:manifest="{OASIS}:manifest:1.0" manifest:version="1.3"'
    manifest = f"{head}<manifest:manifest {names}>{entries}</manifest:manifest>"
    # A reader of ODS expects its type first and uncompressed.
    parts = {"mimetype": ODS_TYPE, "content.xml": document, "META-INF/manifest.xml": manifest}
    return _zip({name: text.encode() for name, text in parts.items()})


def _ods_table(sheet: Sheet) -> str:
    rows = [_ods_row(line, is_body=False) for line in ((text,) for text in sheet.above)]
    rows += [_ods_row(line, is_body=number > 0) for number, line in enumerate(sheet.table)]
    return f'<table:table table:name="{sheet.name}">{"".join(rows)}</table:table>'


def _ods_row(line: Sequence[str], is_body: bool) -> str:
    cells = (_ods_cell(text, is_body and column > 0) for column, text in enumerate(line))
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def _ods_cell(text: str, may_be_number: bool) -> str:
    kind = 'string"'
    if may_be_number and NUMBER.fullmatch(text):
        kind = f'float" office:value="{text}"'
    return f'<table:table-cell office:value-type="{kind}><text:p>{escape(text)}</text:p></table:table-cell>'


def _zip(parts: Mapping[str, bytes]) -> bytes:
    """A zip file whose dates are fixed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            made.writestr(entry, data)
    return buffer.getvalue()
