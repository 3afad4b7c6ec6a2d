"""Words that readers rely on: public figures with their units, help lines with their sources."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dashboards.model import Cell, Release, periods_label
from dashboards.page import Absent
from dashboards.pages import already_published, keeping_safe
from dashboards.pages.oversight import QUESTIONS, answered
from dashboards.site import all_pages
from dashboards.unpublished import NO_TABLE
from dashboards.views import counted, whole


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("361", "allegations", ("361", "allegations")),
        ("18589", "allegations", ("18,589", "allegations")),
        ("1", "officers", ("1", "officer")),
        ("0", "officers", ("0", "officers")),
        ("3.4", "cases", ("3.4", "cases")),
        ("85", "percent", ("85%", "")),
    ],
)
def test_a_public_figure_has_its_unit(value: str, unit: str, words: tuple[str, str]) -> None:
    assert already_published._figure({"value": value, "unit": unit}) == words


@pytest.mark.parametrize(
    ("breakdown", "category", "words"),
    [
        ("total", "all", "time to finalise"),
        ("mean", "all", "time to finalise; mean"),
        ("mean", "without others", "time to finalise; mean: without others"),
        ("total", "allegations of both kinds", "time to finalise; allegations of both kinds"),
        ("", "", "time to finalise"),
        ("year", "2013", "time to finalise"),
        ("year", "2014", "time to finalise; year: 2014"),
    ],
)
def test_a_public_figure_says_what_it_is_a_part_of(breakdown: str, category: str, words: str) -> None:
    figure = {"measure": "time to finalise", "breakdown": breakdown, "category": category}
    figure |= {"value": "1", "unit": "days", "period_start_year": "2013", "period_end_year": ""}
    assert already_published._quoted(figure, "").words == words


def counted_words(release: Release, table_id: str, unit: str = "") -> str:
    table = release.tables[table_id]
    return counted(whole(replace(table, unit=unit or table.unit), "any"))


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        ([(2010, 2020)], "2010 to 2020"),
        ([(2017, 2017), (2017, 2017)], "2017"),
        ([(2014, 2020), (2010, 2012), (2010, 2010)], "2010 to 2012 and 2014 to 2020"),
        ([(2012, 2012), (2015, 2015), (2017, 2018)], "2012, 2015 and 2017 to 2018"),
    ],
)
def test_years_are_told_without_those_of_a_gap(spans: list[tuple[int, int]], words: str) -> None:
    assert periods_label(spans) == words


def test_what_is_counted_names_the_lengths_of_bands_where_they_differ(release: Release) -> None:
    assert counted_words(release, "outcomes_by_year").endswith("2010 to 2020, in bands of 4, 3 and 4 years")
    assert counted_words(release, "allegations_by_year").endswith("2010 to 2020")


def test_officers_are_distinct_in_the_year_or_in_the_period(release: Release) -> None:
    assert "officers (distinct in the year)" in counted_words(release, "officers_by_year")
    assert "officers (distinct in the period)" in counted_words(release, "outcomes_by_year", "officers")


def test_the_first_page_tells_of_no_action_where_only_the_latest_years_can(release: Release) -> None:
    answer = next(page.answer for page in all_pages(release) if page.slug == "index")
    table = release.tables["outcomes_by_year"]
    everything = table.cell(table.years, action_path="no_action")
    told = f"{table.cell(table.parts[-1], action_path='no_action').text} ended in no action"  # type: ignore[union-attr]
    assert everything is not None
    assert (told in answer.text) == (everything.value is None)


def test_every_part_of_the_country_and_men_have_a_help_line(built: Path) -> None:
    lines = (*keeping_safe.BY_NATION, *keeping_safe.FOR_SOME, keeping_safe.REPORTING)
    text = (built / "site" / "help.html").read_text(encoding="utf-8")
    for nation in ("England", "Wales", "Scotland", "Northern Ireland", "For men"):
        assert any(line.words.startswith(nation) for line in lines), nation
    for line in lines:
        assert re.fullmatch(r"0[\d ]{9,14}", line.number), line.name
        assert f'href="tel:{line.number.replace(" ", "")}"' in text
        assert "." in line.source
    assert date.fromisoformat(keeping_safe.CHECKED_ON)


def test_every_page_leads_to_help_from_the_bar_that_stays_in_sight(built: Path) -> None:
    for path in (built / "site").glob("*.html"):
        bar = path.read_text(encoding="utf-8").partition('<div class="leave"')[2].partition("<main")[0]
        top = "./" if path.stem == "404" else ""
        assert f'href="{top}help.html">Get help</a>' in bar, path.stem


def test_the_answers_to_oversight_say_in_words_what_is_withheld(release: Release) -> None:
    table = release.tables["proceedings_by_year"]
    rows = tuple(replace(row, cell=Cell(None, "c", key=row.cell.key)) for row in table.rows)
    hidden = replace(release, tables={**release.tables, table.table_id: replace(table, rows=rows)})
    question = next(question for question in QUESTIONS if question.table_id == table.table_id)
    assert answered(hidden, question).text.endswith(" (withheld).")
    assert "(withheld)" not in answered(release, question).text


def test_every_question_of_oversight_leads_to_a_page_that_answers_it_or_says_why_not(
    release: Release,
) -> None:
    pages = {page.path: page for page in all_pages(release)}
    for question in QUESTIONS:
        page = pages[question.href.partition("#")[0]]
        tables = {name for exhibit in page.exhibits for name in exhibit.view.table_ids}
        reasons = {section.reason for section in page.sections if isinstance(section, Absent)}
        is_there = not question.table_id or question.table_id in tables
        assert is_there or release.why_absent(question.table_id) in reasons, question.words
        assert (
            is_there
            or release.why_absent(question.table_id) != NO_TABLE
            or question.table_id
            in {
                "case_type_by_year",
                "live_by_age",
            }
        )
