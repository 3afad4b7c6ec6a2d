"""Every file is opened again: equal to the page to the last cell, with nothing hidden in it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from dashboards.model import Release
from dashboards.views import whole_of
from dashboards.workbooks import Sheet, ods, xlsx

BOOKS = ("tables.xlsx", "tables.ods")


def texts(rows: list[list[object]]) -> list[list[str]]:
    """Rows as text, whole numbers without a point, empty ends cut off."""
    lines = [[str(int(cell)) if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    for line in lines:
        while line and line[-1] == "":
            line.pop()
    return lines


@pytest.mark.parametrize("name", BOOKS)
def test_each_sheet_holds_what_the_page_shows(name: str, release: Release, built: Path) -> None:
    book = CalamineWorkbook.from_path(built / "site" / "files" / name)
    assert book.sheet_names[:3] == ["Cover", "Contents", "Notes"]
    for sheet, view in zip(book.sheet_names[3:], whole_of(release), strict=True):
        lines = texts(book.get_sheet_by_name(sheet).to_python())
        assert lines[0] == [view.title]
        assert lines[-len(view.records()) :] == view.records()


@pytest.mark.parametrize("name", BOOKS)
def test_a_book_says_why_figures_are_withheld_and_how_to_challenge_it(name: str, built: Path) -> None:
    book = CalamineWorkbook.from_path(built / "site" / "files" / name)
    notes = str(book.get_sheet_by_name("Notes").to_python())
    for words in ("s.40(2)", "s.31(1)(a)", "policy version 1", "internal review", "Information Commissioner"):
        assert words in notes
    for sheet in book.sheet_names[3:]:
        lines = str(book.get_sheet_by_name(sheet).to_python())
        assert ("withheld under s." in lines) == (lines.count("[c]") > lines.count("marked [c]"))


@pytest.mark.parametrize("name", BOOKS)
def test_a_book_says_whose_figures_it_holds_and_what_the_markers_mean(name: str, built: Path) -> None:
    book = CalamineWorkbook.from_path(built / "site" / "files" / name)
    cover = str(book.get_sheet_by_name("Cover").to_python())
    assert "Metropolitan Police Service" in cover
    assert "synthetic" in cover
    assert "2021-06-30-0123456789ab" in cover
    assert "[c]" in str(book.get_sheet_by_name("Notes").to_python())


def test_the_excel_book_hides_nothing(built: Path) -> None:
    book = load_workbook(built / "site" / "files" / "tables.xlsx")
    for sheet in book.worksheets:
        assert sheet.sheet_state == "visible"
        assert not sheet.merged_cells.ranges
        assert not any(
            item.hidden for item in (*sheet.row_dimensions.values(), *sheet.column_dimensions.values())
        )
        assert all(
            cell.comment is None and cell.data_type != "f" for row in sheet.iter_rows() for cell in row
        )
    assert not book.defined_names


def test_the_ods_book_holds_cells_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(built / "site" / "files" / "tables.ods") as book:
        assert book.namelist()[0] == "mimetype"
        assert set(book.namelist()) == {"mimetype", "content.xml", "META-INF/manifest.xml"}
        content = book.read("content.xml").decode()
    assert not re.search("formula|visibility|annotation|display", content)


@pytest.mark.parametrize("write", [xlsx, ods])
def test_a_text_like_a_formula_stays_a_text(write: object) -> None:
    sheet = Sheet("Table_1", ("=1+1",), (("Year", "=cmd|x"), ("=2+2", "@SUM(1)"), ("<b>&", "7")))
    content = write([sheet])  # type: ignore[operator]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert not any(re.search(rb"<f>|table:formula", book.read(name)) for name in book.namelist())
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("Table_1").to_python()
    assert texts(rows) == [["=1+1"], ["Year", "=cmd|x"], ["=2+2", "@SUM(1)"], ["<b>&", "7"]]


@pytest.mark.parametrize("write", [xlsx, ods])
def test_the_same_sheets_give_the_same_bytes(write: object) -> None:
    sheets = [Sheet("Notes", ("Notes",)), Sheet("Table_1", ("One",), (("Year", "n"), ("2017", "4")))]
    assert write(sheets) == write(sheets)  # type: ignore[operator]


def test_parquet_holds_what_csv_holds(release: Release, built: Path) -> None:
    files = built / "site" / "files"
    for table in release.tables.values():
        rows = duckdb.sql(
            f"SELECT value, marker, cast(as_at AS text) FROM '{files}/{table.table_id}.parquet'"
        )
        assert rows.fetchall() == [(r.cell.value, r.cell.marker, release.header.as_at) for r in table.rows]


def test_the_data_package_describes_each_column_of_each_file(release: Release, built: Path) -> None:
    files = built / "site" / "files"
    package = json.loads((files / "datapackage.json").read_text(encoding="utf-8"))
    assert {resource["name"] for resource in package["resources"]} == set(release.tables)
    for resource in package["resources"]:
        heading = (files / resource["path"]).read_text(encoding="utf-8").splitlines()[0]
        assert [field["name"] for field in resource["schema"]["fields"]] == heading.split(",")
        assert all(field["description"] for field in resource["schema"]["fields"])


def test_the_database_describes_its_columns(release: Release, built: Path) -> None:
    with duckdb.connect(str(built / "published.duckdb"), read_only=True) as database:
        missing = database.sql(
            "SELECT column_name FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
        )
        assert missing.fetchall() == []
        assert {row[0] for row in database.sql("SHOW TABLES").fetchall()} == set(release.tables)
