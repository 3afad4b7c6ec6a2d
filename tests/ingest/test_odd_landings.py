"""Odd landing folders, as an outsider sends them: each is read whole or refused with its own finding."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from ingest.canonical import MAPPABLE

PLAIN = "case_ref,allegation_ref,officer_key,recorded_date,result\nC1,A1,P1,2017-03-04,no case to answer\n"
HEADINGS = PLAIN.splitlines()[0].split(",")
LACKING = f"missing = {json.dumps([column for column in MAPPABLE if column not in HEADINGS])}"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
ZIPPED = b"PK\x03\x04" + bytes(60)


@pytest.fixture
def small(room: Any) -> Any:
    """A file of five columns; its entry lists the others as missing."""
    room.write("a.csv", PLAIN)
    return room


@pytest.mark.parametrize("mark", ["\t", "|", ";", ":", "^", "~", "\x01", "\u00a7", "\u00ac", "\u00fe"])
def test_any_one_character_delimits(small: Any, mark: str) -> None:
    small.write("a.csv", (PLAIN + "C2,A2\n").replace("P1,", "P1 \u00e9,").replace(",", mark))
    small.sources(small.entry(LACKING, "max_quarantined = 1", delimiter=f'"\\u{ord(mark):04x}"'))
    assert [row["officer_key"] for row in small.incoming(small.load())] == ["P1 \u00e9"]
    assert json.loads(small.quarantine()[0]["rest"]) == {"row__as_found": f"C2{mark}A2"}


@pytest.mark.parametrize("mark", ["\u201c", "\u00ab", "'"])
def test_any_one_character_quotes(small: Any, mark: str) -> None:
    small.write("a.csv", PLAIN.replace("C1", f"{mark}C1, part 2{mark}"))
    small.sources(small.entry(LACKING, quote=f'"{mark}"'))
    assert small.incoming(small.load())[0]["case_ref"] == "C1, part 2"


def test_a_character_that_stands_for_the_delimiter_may_not_be_in_the_file(small: Any) -> None:
    small.write("a.csv", PLAIN.replace("C1", "C\x1f1").replace(",", "\u00a7"))
    small.sources(small.entry(LACKING, delimiter='"\u00a7"'))
    assert [found.code for found in small.refused()] == ["unreadable_file"]


@pytest.mark.parametrize(
    "line",
    [
        'delimiter = ";;"',
        'delimiter = "\\u0000"',
        'furniture = [""]',
        'placeholders = [" "]',
        'constants = {staff_type = " "}',
        'date_formats = ["%d/%m/%Y %Q"]',
        'date_formats = ["%d/%m/%Y %"]',
        'date_formats = ["%d/%m"]',
        'date_formats = ["%Y-%m-%dT%H:%M:%S%z"]',
        "year_pattern = '(?<=C)([0-9]{4})'",
        "allegation_ref = []",
        'reference = "two\\nlines"',
        'encoding = "base64"',
    ],
)
def test_a_value_that_no_reader_could_use_is_refused_with_the_key(small: Any, line: str) -> None:
    small.sources(small.entry(LACKING, line))
    (found,) = small.refused()
    assert found.code == "wrong_type"
    assert repr(line.split(" ")[0]) in found.message


def test_delimiter_and_quote_must_differ(small: Any) -> None:
    small.sources(small.entry(LACKING, delimiter="'|'", quote="'|'"))
    assert [found.code for found in small.refused()] == ["same_character"]


def outward(room: Any) -> None:
    outside = room.base / "elsewhere.csv"
    outside.write_text(PLAIN)
    (room.folder / "a.csv").unlink()
    (room.folder / "a.csv").symlink_to(outside)


def looped(room: Any) -> None:
    (room.folder / "a.csv").unlink()
    (room.folder / "a.csv").symlink_to(room.folder / "a.csv")


@pytest.mark.parametrize(
    ("damage", "file", "code"),
    [
        (outward, "a.csv", "outside_root"),
        (looped, "a.csv", "file_missing"),
        (lambda room: None, "a" * 300 + ".csv", "file_missing"),
        (lambda room: (room.folder / "b.csv").mkdir(), "b.csv", "file_missing"),
        (lambda room: room.write("b.csv", ZIPPED), "b.csv", "unknown_format"),
        (lambda room: room.write("b.xlsx", PLAIN), "b.xlsx", "unknown_format"),
        (lambda room: room.write("b.xlsx", OLD_WORKBOOK), "b.xlsx", "unreadable_file"),
        (lambda room: room.write("b.xls", OLD_WORKBOOK), "b.xls", "truncated"),
        (lambda room: room.write("b.csv", "x" * 200_000 + "\n" + PLAIN), "b.csv", "unreadable_file"),
        (lambda room: room.write("b.csv", b"\0" * 99), "b.csv", "heading_gone"),
    ],
    ids=lambda value: value[-8:] if isinstance(value, str) else None,
)
def test_a_file_that_is_not_what_it_seems_is_refused(
    small: Any, damage: Callable[[Any], object], file: str, code: str
) -> None:
    damage(small)
    small.sources(small.entry(LACKING, file=f'"{file}"'))
    assert [found.code for found in small.refused()] == [code]


def test_a_link_inside_the_root_is_followed(small: Any) -> None:
    (small.folder / "b.csv").symlink_to(small.folder / "a.csv")
    small.sources(small.entry(LACKING, file='"b.csv"'))
    assert small.load().files[0].accepted == 1


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_another_delimiter_that_finds_the_headings_is_proposed(small: Any, mark: str) -> None:
    small.write("a.csv", PLAIN.replace(",", mark))
    small.sources(small.entry(LACKING))
    (found,) = small.refused()
    assert f"delimiter = {mark!r}".replace("'", '"') in found.remedy


def test_a_declared_heading_row_may_stand_anywhere_but_not_beyond_the_file(small: Any) -> None:
    small.write("a.csv", "Note\n" * 300 + PLAIN)
    small.sources(small.entry(LACKING, header_row="301"))
    assert small.load().files[0].furniture == 301
    small.sources(small.entry(LACKING, header_row="999"))
    (found,) = small.refused()
    assert "999" in found.message


def test_a_heading_in_two_columns_is_never_taken_by_its_order(small: Any) -> None:
    small.write(
        "a.csv",
        PLAIN.replace("\n", ",Result\n", 1).replace("answer\n", "answer,x\n").replace(",result", ",Result"),
    )
    small.sources(small.entry(LACKING))
    (found,) = small.refused()
    assert "Result (column 5)" in found.remedy
    small.sources(small.entry(LACKING, columns='{result = "Result (column 5)"}'))
    assert small.incoming(small.load())[0]["result"] == "no case to answer"


@pytest.mark.parametrize(
    "text",
    [
        "2017-03-04T10:11:12",
        "2017-03-04 10:11",
        "2017-03-04T10:11:12.345",
        "2017-03-04T10:11:12Z",
        "2017-03-04 10:11:12",
    ],
)
def test_an_iso_date_may_have_a_time(small: Any, text: str) -> None:
    small.write("a.csv", PLAIN.replace("2017-03-04", text))
    small.sources(small.entry(LACKING))
    assert small.incoming(small.load())[0]["recorded_date"] == "2017-03-04"


def test_formats_without_leading_zeros_are_compared_too(small: Any) -> None:
    small.sources(small.entry(LACKING, date_formats='["%-d/%-m/%Y", "%m/%d/%Y"]'))
    assert [found.code for found in small.refused()] == ["ambiguous_dates"]


@pytest.mark.parametrize("mark", [";", ",", "/", "|", "+", "&"])
def test_known_outcomes_joined_by_any_mark_are_several(small: Any, mark: str) -> None:
    small.write("a.csv", PLAIN.replace("no case to answer", f'"no case to answer {mark} written warning"'))
    small.sources(small.entry(LACKING))
    small.load()
    assert [row["reason_code"] for row in small.quarantine()] == ["several_outcomes"]


def as_xlsx(text: str, change: Callable[[Any], object] = lambda sheet: None) -> bytes:
    book = openpyxl.Workbook()
    for line in text.splitlines():
        book.active.append(line.split(","))
    change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_record_that_begins_like_a_total_is_no_furniture(small: Any) -> None:
    small.write("a.csv", PLAIN.replace("C1", "Total Policing") + "Total,1,,,\nGrand total,1,100%,,\n")
    small.sources(small.entry(LACKING))
    file = small.load().files[0]
    assert (file.accepted, file.furniture) == (1, 3)


def test_a_sheet_of_a_text_file_is_refused(small: Any) -> None:
    small.sources(small.entry(LACKING, sheet='"2017"'))
    assert [found.code for found in small.refused()] == ["sheet_gone"]


@pytest.mark.parametrize(
    "again", [{"file": '"./a.csv"'}, {"file": '"x//../a.csv"'}, {"file": '"a.xlsx"', "sheet": '"Sheet"'}]
)
def test_the_same_rows_under_another_spelling_are_sent_twice(small: Any, again: dict[str, str]) -> None:
    small.write("a.xlsx", as_xlsx(PLAIN))
    first = small.entry(LACKING, file='"a.xlsx"' if "sheet" in again else '"a.csv"')
    small.sources(first, small.entry(LACKING, **again))
    assert {found.code for found in small.refused()} <= {"source_twice", "outside_root"}


def test_a_join_needs_a_pair_of_headings(small: Any) -> None:
    small.sources(small.entry(LACKING, "[[source.join]]", 'file = "b.csv"', "on = {}", 'expect = "one"'))
    assert [found.code for found in small.refused()] == ["wrong_type"]


def test_a_lookup_may_be_joined_by_what_an_earlier_one_brought(small: Any) -> None:
    small.write("roster.csv", "id,unit\nP1,U7\n")
    small.write("units.csv", "unit,district\nU7,North\n")
    joins = [
        line
        for file, key in (("roster.csv", "officer_key = 'id'"), ("units.csv", "unit = 'unit'"))
        for line in ("[[source.join]]", f'file = "{file}"', f"on = {{{key}}}", 'expect = "one"')
    ]
    small.sources(small.entry(LACKING, *joins))
    assert json.loads(small.incoming(small.load())[0]["rest"]) == {"unit": "U7", "district": "North"}


def test_headings_in_another_encoding_are_told_as_such(small: Any) -> None:
    small.write("a.csv", PLAIN.replace("case_ref", "r\u00e9f\u00e9rence").encode("cp1252"))
    assert [found.code for found in small.refused()] == ["wrong_encoding"]


@pytest.mark.parametrize("mark", ["\u200b", "\u2060", "\u200f", "\u3000", "\ufeff", "\u00a0"])
def test_white_space_without_width_is_no_part_of_a_cell(small: Any, mark: str) -> None:
    small.write(
        "a.csv",
        PLAIN.replace("P1", f"{mark}P1{mark}").replace("no case to answer", f"no case to answer{mark}"),
    )
    small.sources(small.entry(LACKING))
    assert small.incoming(small.load())[0]["officer_key"] == "P1"


@pytest.mark.parametrize("cell", ["=1+1", "#N/A"])
def test_a_cell_without_its_value_is_told(small: Any, cell: str) -> None:
    def change(sheet: Any) -> None:
        sheet["A2"] = cell

    small.write("a.xlsx", as_xlsx(PLAIN, change))
    small.sources(small.entry(LACKING, file='"a.xlsx"'))
    told = [(found.code, found.row) for found in small.load().findings]
    assert told == [("cells_lost", 2)]


def test_a_heading_merged_over_two_rows_makes_no_record(small: Any) -> None:
    def change(sheet: Any) -> None:
        sheet.insert_rows(2)
        sheet.merge_cells("A1:A2")

    small.write("a.xlsx", as_xlsx(PLAIN, change))
    small.sources(small.entry(LACKING, file='"a.xlsx"'))
    file = small.load().files[0]
    assert (file.accepted, file.furniture) == (1, 2)


def test_a_heading_merged_from_the_row_above_is_found(small: Any) -> None:
    def change(sheet: Any) -> None:
        sheet.insert_rows(1)
        sheet["A1"], sheet["A2"], sheet["B1"] = "case_ref", None, "Person"
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("B1:C1")

    small.write("a.xlsx", as_xlsx(PLAIN, change))
    small.sources(small.entry(LACKING, file='"a.xlsx"'))
    assert small.incoming(small.load())[0]["case_ref"] == "C1"


def test_a_workbook_that_is_xls_by_name_only_is_read(small: Any) -> None:
    small.write("a.xls", as_xlsx(PLAIN))
    small.sources(small.entry(LACKING, file='"a.xls"'))
    assert small.load().files[0].accepted == 1


def test_all_that_is_wrong_with_any_file_is_told_at_once(small: Any) -> None:
    """What is found before a file is opened does not keep the others from being read."""
    small.write("gone.csv", PLAIN.replace("officer_key", "who"))
    small.write("void.csv", b"")
    small.write("short.csv", PLAIN.replace("A1", "A9"))
    small.write("lookup.csv", b"")
    pinned = f'sha256 = "{"0" * 64}"'
    joined = ["[[source.join]]", 'file = "lookup.csv"', 'on = {case_ref = "id"}', 'expect = "one"']
    files = {"absent": [], "void": [], "gone": [], "short": ["rows = 7"], "a": [pinned], "b": joined}
    small.write("b.csv", PLAIN.replace("A1", "A2"))
    small.sources(*(small.entry(LACKING, *lines, file=f'"{name}.csv"') for name, lines in files.items()))
    told = {(found.file, found.code) for found in small.refused()}
    assert told == {
        ("absent.csv", "file_missing"),
        ("void.csv", "empty"),
        ("gone.csv", "heading_gone"),
        ("short.csv", "wrong_rows"),
        ("a.csv", "wrong_sha256"),
        ("lookup.csv", "empty"),
    }
    assert {(found.file, found.code) for found in small.check() if found.severity == "error"} == told
