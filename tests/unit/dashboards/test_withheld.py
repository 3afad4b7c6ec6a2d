"""A withheld value is a gap and a mark: never zero, never joined up, never longer or shorter than another."""

from __future__ import annotations

import copy
from pathlib import Path
from types import ModuleType
from typing import Any

from dashboards import charts
from dashboards.model import Cell, Release, read_release
from dashboards.page import Tiles, say
from dashboards.pages import overview
from dashboards.site import all_pages
from dashboards.views import TIME, share, single, view


def hide(content: dict[str, Any], table_id: str, year: int) -> dict[str, Any]:
    """The content with the figures of one year withheld in one table."""
    changed = copy.deepcopy(content)
    for table in changed["tables"]:
        for row in table["rows"]:
            if table["table_id"] == table_id and row["year_from"] == row["year_to"] == year:
                row.update(value=None, marker="c", reason="withheld", exemption="s.40(2)")
    return changed


def with_gap(candidate: ModuleType, content: dict[str, Any], folder: Path) -> Release:
    return read_release(candidate.write(folder, hide(content, "allegations_by_year", 2015)), "id", None)


def test_a_line_has_a_gap_and_a_mark_under_the_axis(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    table = with_gap(candidate, content, tmp_path).tables["allegations_by_year"]
    for figure in (charts.chart(single(table, "v", "t", "Allegations", "line")).wide,):
        line = figure["data"][0]
        assert line["y"][5] is None
        assert line["connectgaps"] is False
        marks = [a for a in figure["layout"]["annotations"] if a["text"] == "[c]"]
        assert [(mark["x"], mark["yref"]) for mark in marks] == [(2015, "paper")]
        assert all(mark["yshift"] < 0 for mark in marks)


def test_the_strip_has_one_row_a_series(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    table = with_gap(candidate, content, tmp_path).tables["allegations_by_year"]
    figure = charts.chart(view(table, "v", "t", TIME, "officer_sex", "line")).wide
    marks = [a["yshift"] for a in figure["layout"]["annotations"] if a["text"] == "[c]"]
    assert len(marks) == len(set(marks)) == len(figure["data"])


def test_the_axis_of_a_chart_ignores_what_is_withheld(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    release = read_release(candidate.write(tmp_path, hide(content, "allegations_by_year", 2020)), "id", None)
    figure = charts.chart(single(release.tables["allegations_by_year"], "v", "t", "A", "line")).wide
    assert figure["layout"]["yaxis"]["range"] == [0, 1.12 * 93]


def test_withheld_bars_are_all_of_one_length(release: Release) -> None:
    table = release.tables["would_have_been_dismissed_by_year"]
    figure = charts.chart(single(table, "v", "t", "Allegations", "bars")).wide
    blocks = [x for t in figure["data"] for x, text in zip(t["x"], t["text"], strict=True) if text == "[c]"]
    assert len(blocks) == 5
    assert len(set(blocks)) == 1
    assert blocks[0] > 0


def test_not_applicable_has_no_bar(release: Release) -> None:
    table = release.tables["would_have_been_dismissed_by_year"]
    figure = charts.chart(single(table, "v", "t", "Allegations", "bars")).wide
    marks = [x for t in figure["data"] for x, text in zip(t["x"], t["text"], strict=True) if text == "[z]"]
    assert marks == [0, 0]


def test_a_share_is_given_only_where_all_its_counts_are_shown() -> None:
    shown, hidden = Cell(30), Cell(None, "c", reason="withheld", exemption="s.40(2)")
    assert share(shown, Cell(10), Cell(40)).text == "75.0%"
    for counts in ((hidden, shown, shown), (shown, hidden, shown), (shown, shown, hidden)):
        assert share(*counts).text == "[c]"
    assert share(Cell(0), Cell(0), Cell(0)).text == "[z]"


def test_a_sentence_says_in_words_what_is_withheld() -> None:
    hidden = Cell(None, "c", reason="withheld")
    assert say("of {all}, {some} were live.", all=Cell(1234), some=hidden).text == (
        "Of 1,234, a withheld number were live."
    )
    assert say("{a:officers}, {b:officers} and {c:officers}", a=Cell(1), b=hidden, c=None).text == (
        "1 officer, a withheld number of officers and an unpublished number of officers"
    )
    assert say("{a} and {b:cases}", a=Cell(0), b=Cell(None, "z")).text == (
        "0 and a number of cases that is not applicable"
    )


def test_pages_stand_when_everything_is_withheld(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    for table in changed["tables"]:
        for row in table["rows"]:
            row.update(value=None, marker="c", reason="withheld", exemption="s.40(2)")
    release = read_release(candidate.write(tmp_path, changed), "id", None)
    for page in all_pages(release):
        for exhibit in page.exhibits:
            if exhibit.view.chart:
                assert charts.chart(exhibit.view, exhibit.breaks).height_wide > 0


def test_the_first_page_tells_what_is_shown_beside_formal_action(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    """A withheld number makes no headline where another outcome is shown."""
    told = []
    for hidden in ((), ("no_action",), ("no_action", "informal")):
        changed = copy.deepcopy(content)
        for table in changed["tables"]:
            for row in table["rows"]:
                if table["table_id"] == "outcomes_by_year" and row["action_path"] in hidden:
                    row.update(value=None, marker="c", reason="withheld", exemption="s.40(2)")
        folder = tmp_path / str(len(hidden))
        page = overview.page(read_release(candidate.write(folder, changed), "id", None))
        told.append(page.answer.text)
        assert isinstance(page.sections[0], Tiles)
        assert any(tile.label in page.answer.text for tile in page.sections[0].tiles)
    assert ["no action" in words for words in told] == [True, False, True]
    assert ["informal action" in words for words in told] == [False, True, False]
