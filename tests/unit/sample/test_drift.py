"""Each committed extract has the drift that it is there to show, read from its bytes."""

from __future__ import annotations

import csv
import io
import tomllib
import zipfile
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from sample.generate import LANDING
from sample.layouts import CANONICAL, LAYOUTS
from sample.plan import CALIBRATION

ENTRIES: dict[int, dict[str, Any]] = {
    int(entry["years"]): entry for entry in tomllib.loads((LANDING / "sources.toml").read_text())["source"]
}
ALLEGATIONS = {totals.year: totals.allegations for totals in CALIBRATION}
EXTRA = {2013: 1, 2015: 1, 2020: 1}
TOTALS = {2010, 2014, 2016}


def raw(year: int) -> bytes:
    return (LANDING / ENTRIES[year]["file"]).read_bytes()


def rows(year: int) -> list[list[Any]]:
    """All rows of the file as its entry in sources.toml says to read them."""
    entry = ENTRIES[year]
    if "sheet" in entry:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw(year)))
        return list(book.get_sheet_by_name(entry["sheet"]).to_python())
    text = raw(year).decode(entry["encoding"])
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=entry.get("delimiter", ",")))


def header(year: int) -> list[str]:
    return [str(cell) for cell in rows(year)[ENTRIES[year].get("header_row", 1) - 1]]


def body(year: int) -> list[list[Any]]:
    return rows(year)[ENTRIES[year].get("header_row", 1) :]


def column(year: int, name: str) -> list[Any]:
    place = header(year).index(ENTRIES[year]["columns"][name])
    return [row[place] for row in body(year) if row[0] != "Total"]


@pytest.mark.parametrize("year", LAYOUTS)
def test_the_entry_accounts_for_every_canonical_column(year: int) -> None:
    entry = ENTRIES[year]
    named = [*entry["columns"], *entry.get("missing", []), *entry.get("constants", {})]
    assert len(named) == len(set(named))
    assert set(named) == set(CANONICAL) - {"as_at_date"}
    assert set(entry["columns"].values()) <= set(header(year))


@pytest.mark.parametrize("year", LAYOUTS)
def test_the_body_is_the_allegations_and_what_stands_on_top(year: int) -> None:
    assert len(body(year)) == ALLEGATIONS[year] + EXTRA.get(year, 0) + (year in TOTALS)


@pytest.mark.parametrize("year", sorted(TOTALS))
def test_a_totals_row_stands_in_the_body(year: int) -> None:
    totals = [row for row in body(year) if row[0] == "Total"]
    assert len(totals) == 1
    assert sum(cell not in ("", None) for cell in totals[0]) == 2


def test_one_totals_row_has_records_below_it() -> None:
    assert body(2016)[34][0] == "Total"
    assert len(body(2016)) > 35


@pytest.mark.parametrize("year", [2010, 2014, 2019])
def test_notes_stand_above_the_header(year: int) -> None:
    assert ENTRIES[year]["header_row"] == 3
    assert "Synthetic" in rows(year)[1][0]


def test_headings_were_renamed_over_the_years() -> None:
    renamed = {
        name: {entry["columns"][name] for entry in ENTRIES.values() if name in entry["columns"]}
        for name in ("sex", "result", "officer_key", "exit_route", "recorded_date")
    }
    assert renamed["sex"] == {"Gender", "Sex"}
    assert renamed["result"] == {"Result", "Outcome"}
    assert all(len(headings) > 1 for headings in renamed.values())


def test_text_dates_come_in_three_formats() -> None:
    formats = {form for entry in ENTRIES.values() for form in entry["date_formats"]}
    assert formats == {"%d/%m/%Y", "%Y-%m-%d", "%d-%b-%Y"}


@pytest.mark.parametrize("year", [2014, 2019])
def test_two_spreadsheets_hold_real_dates(year: int) -> None:
    assert all(isinstance(day, date) and day.year == year for day in column(year, "recorded_date"))


@pytest.mark.parametrize("year", [2015, 2017])
def test_two_spreadsheets_hold_dates_as_text(year: int) -> None:
    assert all(isinstance(day, str) for day in column(year, "recorded_date"))


def test_one_file_is_cp1252_and_no_utf8() -> None:
    with pytest.raises(UnicodeDecodeError):
        raw(2010).decode("utf-8")
    assert any("é" in row[-1] and "–" in row[-1] for row in body(2010))


def test_one_file_begins_with_a_byte_order_mark() -> None:
    assert [year for year in LAYOUTS if raw(year).startswith(b"\xef\xbb\xbf")] == [2013]


def test_one_file_is_separated_by_semicolons() -> None:
    assert [year for year in LAYOUTS if ENTRIES[year].get("delimiter") == ";"] == [2012]


@pytest.mark.parametrize("year", [2013, 2018])
def test_labels_have_trailing_spaces_and_mixed_case(year: int) -> None:
    labels = [label for label in column(year, "result") if label]
    assert any(label != label.strip() for label in labels)
    assert any(label.isupper() for label in labels)
    assert any(label.strip().islower() for label in labels)


def test_exactly_one_row_is_repeated_word_for_word() -> None:
    repeats = {year: len(body(year)) - len({tuple(map(str, row)) for row in body(year)}) for year in LAYOUTS}
    assert {year for year, count in repeats.items() if count} == {2013}
    assert repeats[2013] == 1
    assert ENTRIES[2013]["duplicates"] == "exact"


def test_one_subject_is_a_declared_placeholder() -> None:
    found = {year: column(year, "officer_key").count("Organisational") for year in LAYOUTS}
    assert {year: count for year, count in found.items() if count} == {2015: 1}
    assert ENTRIES[2015]["placeholders"] == ["Organisational"]


def test_one_cell_holds_several_outcomes_and_one_row_may_be_quarantined() -> None:
    found = {
        year: [cell for cell in column(year, "action") if ";" in cell] for year in LAYOUTS if year > 2011
    }
    assert {year: cells for year, cells in found.items() if cells} == {
        2020: ["No action; Reflective practice"]
    }
    assert [year for year, entry in ENTRIES.items() if "max_quarantined" in entry] == [2020]
    assert ENTRIES[2020]["max_quarantined"] == 1


def test_letter_codes_give_way_to_category_names_in_2020() -> None:
    kinds = list(zip(column(2020, "recorded_date"), column(2020, "allegation_type"), strict=True))
    assert all((day[3:] == "Jan-2020") == (len(kind) == 1) for day, kind in kinds)
    assert {len(kind) == 1 for _, kind in kinds} == {True, False}
    assert all(len(kind) == 1 for year in range(2010, 2020) for kind in column(year, "allegation_type"))


def test_a_workbook_has_merged_cells_above_its_header_and_a_second_sheet() -> None:
    with zipfile.ZipFile(io.BytesIO(raw(2014))) as archive:
        assert b"<mergeCell " in archive.read("xl/worksheets/sheet1.xml")
    assert CalamineWorkbook.from_filelike(io.BytesIO(raw(2014))).sheet_names == ["Allegations", "Notes"]


@pytest.mark.parametrize("year", [2014, 2015, 2017, 2019])
def test_a_spreadsheet_opens_in_the_library_of_its_own_format(year: int) -> None:
    stream = io.BytesIO(raw(year))
    if ENTRIES[year]["file"].endswith("xlsx"):
        from openpyxl import load_workbook

        assert load_workbook(stream)[ENTRIES[year]["sheet"]].max_row == len(rows(year))
    else:
        from odf.opendocument import load
        from odf.table import TableRow

        assert len(load(stream).spreadsheet.getElementsByType(TableRow)) == len(rows(year))
