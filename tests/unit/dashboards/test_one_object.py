"""Chart, sentence, alt text, table and file say the same, because one object makes them all."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dashboards import charts
from dashboards.model import Cell, Release, long_date
from dashboards.page import Exhibit, Page
from dashboards.pages.oversight import QUESTIONS, answered
from dashboards.site import all_pages
from dashboards.views import View


class Tables(HTMLParser):
    """The tables of a page as text: by the id of the section they stand in, rows of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.section = ""
        self.in_table = self.in_cell = False
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        options = dict(attrs)
        if tag == "section":
            self.section = options.get("id") or ""
        if tag == "table":
            self.in_table = True
            self.tables[self.section] = []
        if tag == "tr" and self.in_table:
            self.tables[self.section].append([])
        if tag in {"th", "td"} and self.in_table:
            self.in_cell = True
            self.tables[self.section][-1].append("")
        if (
            self.hidden
            or "govuk-visually-hidden" in (options.get("class") or "")
            or "why__card" in (options.get("class") or "")
        ):
            self.hidden += tag not in {"br", "img"}

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= 1
        elif tag in {"th", "td"}:
            self.in_cell = False
        elif tag == "table":
            self.in_table = False

    def handle_data(self, data: str) -> None:
        if self.in_cell and not self.hidden:
            self.tables[self.section][-1][-1] += data


def shown_tables(site: Path, page: Page) -> dict[str, list[list[str]]]:
    parser = Tables()
    parser.feed((site / page.path).read_text(encoding="utf-8"))
    return {
        name: [[" ".join(text.replace("†", "").split()) for text in row] for row in rows]
        for name, rows in parser.tables.items()
    }


def exhibits(release: Release) -> list[tuple[Page, Exhibit]]:
    return [(page, exhibit) for page in all_pages(release) for exhibit in page.exhibits]


def drawn_values(view: View) -> list[tuple[str, object]]:
    """What the chart holds: the text of each point and its value."""
    figure = charts.chart(view).wide
    found = []
    for trace in figure["data"]:
        values = trace["x"] if trace["type"] == "bar" else trace["y"]
        found += [pair for pair in zip(trace["text"], values, strict=True) if pair[0] != ""]
    return found


def test_every_page_shows_its_view_in_its_table(release: Release, built: Path) -> None:
    for page, exhibit in exhibits(release):
        view = exhibit.view
        table = shown_tables(built / "site", page)[view.view_id]
        rows = zip(view.rows, view.grid, strict=True)
        body = [[step.heading, *(cell.text for cell in row)] for step, row in rows]
        assert table[1:] == body, view.view_id
        assert table[0] == [view.row_heading, *(step.heading for step in view.columns)]


def test_every_file_holds_what_its_table_shows(release: Release, built: Path) -> None:
    for page, exhibit in exhibits(release):
        view = exhibit.view
        text = (built / "site" / "files" / f"view-{view.view_id}.csv").read_text(encoding="utf-8")
        lines = list(csv.reader(io.StringIO(text)))
        assert lines[0][-2:] == ["As at", "Release"]
        assert {tuple(line[-2:]) for line in lines[1:]} == {(view.as_at, release.release_id)}
        file = [[item.replace(",", "") for item in row[:-2]] for row in lines]
        table = [
            [item.replace(",", "") for item in row]
            for row in shown_tables(built / "site", page)[view.view_id]
        ]
        assert file == table, view.view_id


def test_every_chart_draws_the_cells_of_its_view_and_no_other_number(release: Release) -> None:
    drawn = 0
    for _, exhibit in exhibits(release):
        view = exhibit.view
        if not view.chart:
            continue
        cells = [view.grid[row][column] for column in view.charted for row in view.plotted_rows]
        by_text = sorted((cell.text, str(cell.value)) for cell in cells if cell.value is not None)
        values = drawn_values(view)
        assert sorted((text, str(value)) for text, value in values if not text.startswith("[")) == by_text
        assert sum(text == "[c]" for text, _ in values) == sum(cell.is_withheld for cell in cells)
        drawn += 1
    assert drawn >= 6


def test_the_alt_text_lists_what_the_chart_draws(release: Release) -> None:
    for _, exhibit in exhibits(release):
        view = exhibit.view
        for column in view.charted:
            for row in view.plotted_rows:
                assert f"{view.rows[row].label}: {view.grid[row][column].text}" in view.alt


def by_key(release: Release) -> dict[str, set[Cell]]:
    """The released cells by key: a cell may stand in two tables."""
    found: dict[str, set[Cell]] = defaultdict(set)
    for table in release.tables.values():
        for row in table.rows:
            found[row.cell.key].add(row.cell)
    return found


def test_every_number_in_an_answer_is_a_released_cell_a_year_or_the_day(release: Release) -> None:
    keys = by_key(release)
    years = {str(year) for year in range(release.header.year_from, release.header.year_to + 1)}
    answers = [(page.slug, page.answer) for page in all_pages(release)]
    answers += [(question.words, answered(release, question)) for question in QUESTIONS]
    assert sum(bool(answer.cells) for _, answer in answers) > 12
    for name, answer in answers:
        for cell in answer.cells:
            assert cell in keys[cell.key]
        quoted = {cell.text for cell in answer.cells}
        fixed = {"999", "2.2"}
        words = answer.text.replace(long_date(release.header.as_at), "")
        found = set(re.findall(r"\d[\d.,]*\d|\d", words))
        assert found <= quoted | years | fixed, name


def test_every_cell_of_every_view_is_released(release: Release) -> None:
    released = by_key(release)
    for _, exhibit in exhibits(release):
        for cell in exhibit.view.cells:
            assert cell.is_percentage or cell in released[cell.key] or cell.marker == "x"


def test_the_long_files_hold_every_released_row(release: Release, built: Path) -> None:
    for table in release.tables.values():
        text = (built / "tables" / f"{table.table_id}.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(row["value"], row["marker"], row["reason"]) for row in rows] == [
            ("" if r.cell.value is None else str(r.cell.value), r.cell.marker, r.cell.reason)
            for r in table.rows
        ]
        assert {row["release_id"] for row in rows} == {release.release_id}


@pytest.mark.parametrize(("value", "marker"), [(3, "c"), (None, ""), (None, "k")])
def test_a_cell_with_both_or_neither_of_value_and_marker_is_refused(value: int | None, marker: str) -> None:
    with pytest.raises(ValueError, match="a marker stands exactly where no value does"):
        Cell(value, marker)
