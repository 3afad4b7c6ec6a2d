"""A decade of deliveries as a force really sends them, in one landing folder, without a line of code."""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

import openpyxl
import pytest

from ingest.canonical import MAPPABLE

LONG = """Ref;Person;Logged;Outcome
CM/2015/1;P1;04/03/2015;No case to answer
CM/2016/1;P2;05/03/2016;Written warning
CM/2009/1;P9;05/03/2009;Written warning
"""
IDS = """Reference,Person,Outcome
77/2014/A,P1,No case to answer
78/2014/A,Organisational,No case to answer
"""
SHEETS: dict[str, list[list[str]]] = {
    "Cases 2017": [["Extract 2017"], [], ["Case", "Officer", "Date", "Outcome"]]
    + [[f"C{n}", f"P{n}", f"2017-0{n}-01", "No case to answer"] for n in (1, 2, 3)]
    + [["Total", "3"]],
    "Cases 2018": [["Case No", "Officer No", "Recorded", "Result"]]
    + [[f"D{n}", f"P{n}", f"2018-0{n}-01", "Written warning"] for n in (1, 2)],
    "Roster 2017": [["Officer", "Gender"], ["P1", "Male"], ["P2", "Female"], ["P3", "Male"]],
    "Roster 2018": [["Staff list"], ["Officer No", "Sex"], ["P1", "Male"], ["P2", "Female"], ["P4", "Male"]],
}
MORE = "Case,Officer,Date,Outcome\nD7,P4,2018-11-01,Management action\n"
AGAIN = "Case,Officer,Date,Outcome\nC1,P1,2017-01-01,Written warning\nC4,P4,2017-10-01,No case to answer\n"


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in SHEETS.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def lacking(*mapped: str) -> str:
    return f"missing = {json.dumps([column for column in MAPPABLE if column not in mapped])}"


def roster(year: str, here: str, there: str) -> tuple[str, ...]:
    return (
        "[[source.join]]",
        'file = "decade.xlsx"',
        f'sheet = "Roster {year}"',
        f'on = {{"{here}" = "{there}"}}',
        'expect = "one"',
    )


def case(ref: str, officer: str, day: str, outcome: str, sex: str = "") -> str:
    columns = {"case_ref": ref, "officer_key": officer, "recorded_date": day, "result": outcome}
    columns |= {"sex": sex} if sex else {}
    return (
        f"columns = {{{', '.join(f'{name} = {json.dumps(heading)}' for name, heading in columns.items())}}}"
    )


@pytest.fixture
def decade(room: Any) -> Any:
    plain = ("case_ref", "officer_key", "recorded_date", "result", "allegation_ref")
    for name, text in (("long.csv", LONG), ("ids.csv", IDS), ("more.csv", MORE), ("again.csv", AGAIN)):
        room.write(name, text)
    room.write("decade.xlsx", workbook())
    csv = case("Case", "Officer", "Date", "Outcome")
    room.sources(
        room.entry(
            lacking(*plain),
            'delimiter = ";"',
            'date_formats = ["%d/%m/%Y"]',
            'allegation_ref = "Ref"',
            case("Ref", "Person", "Logged", "Outcome"),
            file='"long.csv"',
            years='"2015-2016"',
        ),
        room.entry(
            lacking("case_ref", "officer_key", "result", "allegation_ref"),
            'year_from = "case_ref"',
            "year_pattern = '/([0-9]{4})/'",
            'placeholders = ["organisational"]',
            'allegation_ref = "Reference"',
            'columns = {case_ref = "Reference", officer_key = "Person", result = "Outcome"}',
            file='"ids.csv"',
            years='"2014"',
        ),
        *(
            room.entry(
                lacking(*plain, "sex"),
                'allegation_ref = "row"',
                case(*headings),
                *roster(year, headings[1], headings[1]),
                file='"decade.xlsx"',
                sheet=f'"Cases {year}"',
                years=f'"{year}"',
            )
            for year, headings in (
                ("2017", ("Case", "Officer", "Date", "Outcome", "Gender")),
                ("2018", ("Case No", "Officer No", "Recorded", "Result", "Sex")),
            )
        ),
        room.entry(lacking(*plain), 'allegation_ref = "row"', csv, file='"more.csv"', years='"2018"'),
        room.entry(lacking(*plain), 'allegation_ref = "row"', csv, file='"again.csv"', as_at="2022-06-30"),
    )
    return room


def test_every_delivery_is_read_whole_into_its_year_and_extract(decade: Any) -> None:
    report = decade.accept()
    assert [(file.accepted, file.quarantined, file.out_of_scope) for file in report.files] == [
        *((2, 0, 1), (2, 0, 0), (3, 0, 0), (2, 0, 0), (1, 0, 0), (2, 0, 0))
    ]
    places = sorted((decade.raw / "accepted" / "allegations").glob("*/*"))
    assert Counter(place.parent.name for place in places) == {
        **dict.fromkeys(("2014", "2015", "2016", "2018"), 1),
        "2017": 2,
    }


def test_a_year_sent_again_stands_beside_the_first(decade: Any) -> None:
    rows = decade.incoming(decade.load())
    assert Counter(row["as_at_date"] for row in rows if row["year"] == 2017) == {
        "2021-06-30": 3,
        "2022-06-30": 2,
    }
    outcomes = {row["as_at_date"]: row["result"] for row in rows if row["case_ref"] == "C1"}
    assert outcomes == {"2021-06-30": "No case to answer", "2022-06-30": "Written warning"}


def test_the_roster_of_each_year_gives_the_sex_whatever_its_headings(decade: Any) -> None:
    rows = decade.incoming(decade.load())
    sexes = {(row["year"], row["officer_key"]): row["sex"] for row in rows if row["source_sheet"]}
    assert sexes == {
        (2017, "P1"): "Male",
        (2017, "P2"): "Female",
        (2017, "P3"): "Male",
        (2018, "P1"): "Male",
        (2018, "P2"): "Female",
    }


def test_a_range_of_years_reads_only_the_files_that_cover_it(decade: Any) -> None:
    report = decade.load(years=(2015, 2018, 2019))
    assert [file.file for file in report.files] == ["long.csv", "decade.xlsx", "more.csv"]
    assert report.skipped_years == (2019,)
    assert not report.complete


def test_the_range_of_a_backfill_leaves_the_other_years_as_they_are(decade: Any) -> None:
    decade.accept()
    before = decade.bytes()
    decade.write("more.csv", MORE + "D8,P1,2018-12-01,Management action\n")
    report = decade.load(years=(2018,))
    assert [file.reused for file in report.files] == [True, False]
    assert {name for name, data in decade.bytes().items() if before.get(name) != data} == {
        name for name in decade.bytes() if "more" in name and name not in before
    }
