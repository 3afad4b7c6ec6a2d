"""Files of every format, delimiter, quote and encoding give the same rows, numbered as a person sees them."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from ingest.canonical import MAPPABLE

Rows = list[list[Any]]


def grid(rows: list[dict[str, str]]) -> Rows:
    """Rows as cells, the heading first."""
    return [list(MAPPABLE), *([row.get(column, "") for column in MAPPABLE] for row in rows)]


def xlsx(rows: Rows, sheet: str = "Sheet1", merge: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append([None if cell == "" else cell for cell in row])
    if merge is not None:
        page.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(rows: Rows, sheet: str = "Sheet1") -> bytes:
    book = OpenDocumentSpreadsheet()
    table = Table(name=sheet)
    for row in rows:
        line = TableRow()
        for cell in row:
            line.addElement(_ods_cell(cell))
        table.addElement(line)
    book.spreadsheet.addElement(table)
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()


def _ods_cell(cell: object) -> Any:
    if isinstance(cell, date):
        return TableCell(valuetype="date", datevalue=cell.isoformat())
    if isinstance(cell, (int, float)):
        return TableCell(valuetype="float", value=str(cell))
    if cell == "":
        return CoveredTableCell()
    made = TableCell(valuetype="string")
    made.addElement(P(text=str(cell)))
    return made


FORMATS: dict[str, tuple[str, str, Callable[[Any], bytes]]] = {
    "comma": ("a.csv", "", lambda room: room.text(room.good()).encode()),
    "semicolon": ("a.csv", 'delimiter = ";"', lambda room: room.text(room.good(), ";").encode()),
    "tab": ("a.tsv", 'delimiter = "\\t"', lambda room: room.text(room.good(), "\t").encode()),
    "bar": ("a.txt", 'delimiter = "|"', lambda room: room.text(room.good(), "|").encode()),
    "windows_line_ends": ("a.csv", "", lambda room: room.text(room.good(), line_end="\r\n").encode()),
    "old_mac_line_ends": ("a.csv", "", lambda room: room.text(room.good(), line_end="\r").encode()),
    "no_last_line_end": ("a.csv", "", lambda room: room.text(room.good()).strip().encode() + b",,"),
    "byte_order_mark": ("a.csv", "", lambda room: room.text(room.good()).encode("utf-8-sig")),
    "utf_8_sig_declared": (
        "a.csv",
        'encoding = "utf-8-sig"',
        lambda room: room.text(room.good()).encode("utf-8-sig"),
    ),
    "utf_16": ("a.csv", "", lambda room: room.text(room.good()).encode("utf-16")),
    "cp1252": ("a.csv", 'encoding = "cp1252"', lambda room: room.text(room.good()).encode("cp1252")),
    "gzip": ("a.csv.gz", "", lambda room: gzip.compress(room.text(room.good()).encode())),
    "quoted": ("a.csv", "", lambda room: quoted(room, '"')),
    "quoted_singly": ("a.csv", 'quote = "\'"', lambda room: quoted(room, "'")),
    "xlsx": ("a.xlsx", "", lambda room: xlsx(grid(room.good()))),
    "ods": ("a.ods", "", lambda room: ods(grid(room.good()))),
}


def quoted(room: Any, quote: str) -> bytes:
    lines = room.text(room.good()).splitlines()
    return "\n".join(",".join(f"{quote}{cell}{quote}" for cell in line.split(",")) for line in lines).encode()


@pytest.mark.parametrize(("name", "keys", "made"), FORMATS.values(), ids=FORMATS.keys())
def test_every_format_gives_the_same_rows(
    room: Any, name: str, keys: str, made: Callable[[Any], bytes]
) -> None:
    content = made(room)
    room.write(
        name, content.removesuffix(b",,") if name == "a.csv" and content.endswith(b",,,,") else content
    )
    room.sources(room.entry(keys, file=f'"{name}"'))
    report = room.load()
    rows = room.incoming(report)
    assert report.files[0].quarantined == 0
    assert [(row["source_row"], row["allegation_ref"], row["officer_key"]) for row in rows] == [
        (2, "A1", "P1"),
        (3, "A2", "P2"),
        (4, "A3", "P3"),
    ]
    assert {row["recorded_date"] for row in rows} == {"2017-03-04"}


def test_an_unknown_format_is_refused(room: Any) -> None:
    room.write("a.pdf", b"x")
    room.sources(room.entry(file='"a.pdf"'))
    assert {finding.code for finding in room.refused()} == {"unknown_format"}


def test_quotes_line_breaks_and_delimiters_in_a_cell_are_kept(room: Any) -> None:
    cell = 'said "no", then;\nleft'
    rows = room.good()
    rows[0] |= {"rank_band": cell}
    room.rows(*rows)
    report = room.load()
    assert room.incoming(report)[0]["rank_band"] == cell
    assert [row["source_row"] for row in room.incoming(report)] == [2, 3, 4]


def test_quote_marks_are_plain_text_where_nothing_is_quoted(room: Any) -> None:
    rows = room.good()
    rows[0] |= {"rank_band": "QQ"}
    room.write("a.csv", room.text(rows).replace("QQ", '6" rule'))
    room.sources(room.entry('quote = ""'))
    assert room.incoming(room.load())[0]["rank_band"] == '6" rule'


def test_notes_above_the_heading_are_furniture(room: Any) -> None:
    room.write("a.csv", f'Title of the extract\n\n"Notes, over\ntwo lines"\n{room.text(room.good())}')
    report = room.load()
    assert report.files[0].furniture == 4
    assert [row["source_row"] for row in room.incoming(report)] == [5, 6, 7]
    room.sources(room.entry("header_row = 4"))
    assert room.load().files[0].accepted == 3
    room.sources(room.entry("header_row = 1"))
    assert {finding.code for finding in room.refused()} == {"heading_gone"}


def furnished(room: Any) -> Rows:
    body = grid(room.good())
    width = len(body[0])

    def line(text: object) -> list[object]:
        return [text, *[""] * (width - 1)]

    return [
        line("Extract of allegations"),
        *body[:2],
        line(""),
        [*["", "Total", 1], *[""] * (width - 3)],
        body[0],
        *body[2:],
        line("Grand total: 3"),
        line(""),
        line("Note: figures as at 30 June 2021"),
        line("* includes special constables"),
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.ods"])
def test_titles_blanks_totals_repeated_headings_and_notes_are_furniture(room: Any, name: str) -> None:
    rows = furnished(room)
    text = "\n".join(",".join(str(cell) for cell in row) for row in rows) + "\n"
    made = {"a.csv": text.encode(), "a.xlsx": xlsx(rows), "a.ods": ods(rows)}
    room.write(name, made[name])
    room.sources(room.entry(file=f'"{name}"'))
    report = room.load()
    file = report.files[0]
    assert (file.read, file.accepted, file.quarantined, file.furniture) == (12, 3, 0, 9)
    assert [row["source_row"] for row in room.incoming(report)] == [3, 7, 8]


def test_short_furniture_rows_of_a_text_file_are_recognised(room: Any) -> None:
    room.write("a.csv", room.text(room.good()) + "Total,3\n\nSource: the register, taken by hand\n")
    file = room.load().files[0]
    assert (file.accepted, file.quarantined, file.furniture) == (3, 0, 4)


def test_a_lone_cell_that_is_no_note_is_not_swallowed(room: Any) -> None:
    room.write("a.csv", room.text(room.good()) + "case 10000\n")
    file = room.load().files[0]
    assert (file.accepted, file.quarantined, file.furniture) == (3, 1, 1)


def test_declared_furniture_is_furniture(room: Any) -> None:
    room.write("a.csv", room.text(room.good()) + "--- page 1 ---" + "," * (len(MAPPABLE) - 1) + "\n--- end\n")
    assert room.load().files[0].quarantined == 2
    room.sources(room.entry('furniture = ["---"]'))
    file = room.load().files[0]
    assert (file.quarantined, file.furniture) == (0, 3)


def test_spaces_around_cells_and_headings_and_case_of_labels_do_not_matter(room: Any) -> None:
    rows = room.good(1, sex="  male ", result="NO  case to\u00a0answer", case_type="Conduct Matter")
    room.write(
        "a.csv", room.text(rows).replace(",sex,", ",  Sex ,").replace("recorded_date", "Recorded  Date ")
    )
    report = room.load()
    row = room.incoming(report)[0]
    assert report.files[0].quarantined == 0
    assert row["sex"] == "male"
    assert row["case_type"] == "Conduct Matter"


@pytest.mark.parametrize("space", [" ", "\t", "\u00a0", "\ufeff", " \u00a0\t"])
@pytest.mark.parametrize("place", ["before", "after", "alone"])
def test_white_space_of_any_kind_is_cut_off_and_kept_as_found(room: Any, space: str, place: str) -> None:
    padded = {"before": f"{space}é", "after": f"é{space}", "alone": space}[place]
    room.write(
        "a.csv", room.text(room.good(2, rank_band=padded, severity=padded)).replace("severity", "other")
    )
    room.sources(room.entry('missing = ["severity"]'))
    row = room.incoming(room.load())[1]
    assert row["rank_band"] == (None if place == "alone" else "é")
    assert json.loads(row["rest"]) == {"other": padded}


def test_dates_are_read_by_the_declared_formats_and_kept_as_found(room: Any) -> None:
    rows = room.good(2)
    rows[0] |= {"recorded_date": " 04/03/2017", "outcome_date": "5-Apr-2018"}
    rows[1] |= {"recorded_date": "2017-03-04", "outcome_date": "2018-04-05 10:11:12"}
    room.rows(*rows)
    room.sources(room.entry('date_formats = ["%d/%m/%Y", "%d-%b-%Y"]'))
    first, second = room.incoming(room.load())
    assert (first["recorded_date"], first["outcome_date"]) == ("2017-03-04", "2018-04-05")
    assert (second["recorded_date"], second["outcome_date"]) == ("2017-03-04", "2018-04-05")
    assert first["rest"] == '{"recorded_date__as_found":" 04/03/2017","outcome_date__as_found":"5-Apr-2018"}'
    assert second["rest"] == '{"outcome_date__as_found":"2018-04-05 10:11:12"}'


def test_typed_cells_of_a_workbook_become_text(room: Any) -> None:
    rows = grid(room.good(2))
    place = {column: MAPPABLE.index(column) for column in MAPPABLE}
    rows[1][place["recorded_date"]] = date(2017, 3, 4)
    rows[1][place["outcome_date"]] = datetime(2018, 4, 5, 10, 11, 12)
    rows[1][place["officer_key"]] = 12345
    rows[1][place["rank_band"]] = 1.5
    room.write("a.xlsx", xlsx(rows))
    room.sources(room.entry(file='"a.xlsx"'))
    row = room.incoming(room.load())[0]
    assert (row["recorded_date"], row["outcome_date"]) == ("2017-03-04", "2018-04-05")
    assert (row["officer_key"], row["rank_band"]) == ("12345", "1.5")


def test_day_serials_are_read_only_when_declared(room: Any) -> None:
    room.rows(*room.good(1, recorded_date="42798"))
    assert room.load().files[0].quarantined == 1
    room.sources(room.entry('date_formats = ["excel"]'))
    assert room.incoming(room.load())[0]["recorded_date"] == "2017-03-04"


def test_cells_merged_over_rows_hold_for_each_row(room: Any) -> None:
    rows = grid(room.good(3))
    rows[2][0] = rows[3][0] = ""
    room.write("a.xlsx", xlsx(rows, merge="A2:A4"))
    room.sources(room.entry(file='"a.xlsx"'))
    assert [row["case_ref"] for row in room.incoming(room.load())] == ["C1", "C1", "C1"]


def test_a_sheet_is_named_where_there_are_several(room: Any) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("2018")
    book.active.title = "2017"
    for row in grid(room.good()):
        book["2017"].append(row)
    out = io.BytesIO()
    book.save(out)
    room.write("a.xlsx", out.getvalue())
    room.sources(room.entry(file='"a.xlsx"'))
    assert {finding.code for finding in room.refused()} == {"sheet_needed"}
    room.sources(room.entry(file='"a.xlsx"', sheet='"2071"'))
    gone = room.refused()[0]
    assert (gone.code, "'2017'" in gone.message) == ("sheet_gone", True)
    room.sources(room.entry(file='"a.xlsx"', sheet='"2017"'))
    assert room.incoming(room.load())[0]["source_sheet"] == "2017"


@pytest.mark.parametrize("name", ["a.xlsx", "a.ods"])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.99])
def test_a_truncated_workbook_stops_everything(room: Any, name: str, share: float) -> None:
    whole = xlsx(grid(room.good())) if name == "a.xlsx" else ods(grid(room.good()))
    room.write(name, whole[: int(len(whole) * share)] or b"PK")
    room.sources(room.entry(file=f'"{name}"'))
    assert {finding.code for finding in room.refused()} == {"truncated"}


@pytest.mark.parametrize("name", ["a.csv.gz", "a.xlsx"])
def test_a_file_that_unpacks_to_more_than_its_limit_is_refused(room: Any, name: str) -> None:
    rows = room.good(1000)
    content = gzip.compress(room.text(rows).encode()) if name == "a.csv.gz" else xlsx(grid(rows))
    path: Path = room.write(name, content)
    limit = path.stat().st_size + 1000
    room.sources(room.entry(f"max_bytes = {limit}", file=f'"{name}"'))
    found = room.refused()[0]
    assert (found.code, str(limit) in found.message) == ("too_large", True)
    assert "max_bytes" in found.remedy
    room.sources(room.entry("max_bytes = 100000000", file=f'"{name}"'))
    assert room.load().files[0].accepted == 1000


def test_a_row_beyond_the_longest_is_refused_with_its_likely_cause(room: Any) -> None:
    room.rows(*room.good(1, rank_band="x" * (20 << 20)), *room.good(3))
    found = room.refused()[0]
    assert (found.code, "quote" in found.message) == ("row_too_long", True)


def test_a_cell_of_a_million_characters_is_kept(room: Any) -> None:
    room.rows(*room.good(2), *room.good(1, rank_band="x" * 1_000_000, allegation_ref="A9"))
    rows = room.incoming(room.load())
    assert len(rows[2]["rank_band"]) == 1_000_000


def test_a_reference_may_be_joined_or_be_the_row(room: Any) -> None:
    text = room.text(room.good()).replace("allegation_ref", "number")
    room.write("a.csv", text)
    room.sources(room.entry('allegation_ref = ["case_ref", "number"]'))
    assert [row["allegation_ref"] for row in room.incoming(room.load())] == ["C1/A1", "C1/A2", "C1/A3"]
    room.sources(room.entry('allegation_ref = "number"'))
    assert [row["allegation_ref"] for row in room.incoming(room.load())] == ["A1", "A2", "A3"]
    room.sources(room.entry('allegation_ref = "row"'))
    assert [row["allegation_ref"] for row in room.incoming(room.load())] == ["a.csv:2", "a.csv:3", "a.csv:4"]
    room.sources(room.entry('allegation_ref = ["case_ref", "nomber"]'))
    assert "'number'" in room.refused()[0].message


def test_the_year_may_come_from_part_of_a_reference(room: Any) -> None:
    rows = [
        row | {"case_ref": f"{year}-00{n}"}
        for n, (row, year) in enumerate(zip(room.good(), (2016, 2017, 2018), strict=True))
    ]
    room.rows(*rows)
    room.sources(room.entry('year_from = "case_ref"', "year_pattern = '^([0-9]{4})-'", years='"2016-2018"'))
    assert room.load().files[0].years == {2016: 1, 2017: 1, 2018: 1}


def test_constants_fill_a_column_and_are_checked_like_cells(room: Any) -> None:
    room.write("a.csv", room.text(room.good()).replace(",sex,", ",unused,"))
    room.sources(room.entry('constants = {sex = "Female"}'))
    assert {row["sex"] for row in room.incoming(room.load())} == {"Female"}
    room.sources(room.entry('constants = {sex = "Femal"}'))
    assert room.load().files[0].quarantined == 3


def test_blank_and_repeated_headings_keep_their_cells(room: Any) -> None:
    lines = room.text(room.good()).splitlines()
    room.write(
        "a.csv", "\n".join([lines[0] + ",,note,note", *(line + ",x,y,z" for line in lines[1:])]) + "\n"
    )
    assert room.incoming(room.load())[0]["rest"] == (
        '{"column 21":"x","note (column 22)":"y","note (column 23)":"z"}'
    )


def test_a_workbook_with_a_far_away_cell_is_refused_before_it_is_unpacked(room: Any) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "case_ref", "x"
    out = io.BytesIO()
    book.save(out)
    room.write("a.xlsx", out.getvalue())
    room.sources(room.entry(file='"a.xlsx"'))
    assert [(found.code, "csv" in found.remedy) for found in room.refused()] == [("too_large", True)]


def test_an_ods_sheet_of_repeated_cells_is_refused(room: Any) -> None:
    book = OpenDocumentSpreadsheet()
    table, row = Table(name="S"), TableRow(numberrowsrepeated=1_048_576)
    cell = TableCell(valuetype="string", numbercolumnsrepeated=16_384)
    cell.addElement(P(text="x"))
    row.addElement(cell)
    table.addElement(row)
    book.spreadsheet.addElement(table)
    out = io.BytesIO()
    book.write(out)
    room.write("a.ods", out.getvalue())
    room.sources(room.entry(file='"a.ods"'))
    assert [(found.code, "csv" in found.remedy) for found in room.refused()] == [("too_large", True)]
