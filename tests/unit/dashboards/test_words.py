"""Words that readers rely on: public figures with their units, help lines with their sources."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from dashboards.model import Release
from dashboards.page import Absent
from dashboards.pages import already_published, keeping_safe
from dashboards.pages.oversight import QUESTIONS
from dashboards.site import all_pages
from dashboards.unpublished import NO_TABLE


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("361", "allegations", "361 allegations"),
        ("1", "officers", "1 officer"),
        ("0", "officers", "0 officers"),
        ("85", "percent", "85%"),
    ],
)
def test_a_public_figure_has_its_unit(value: str, unit: str, words: str) -> None:
    assert already_published._figure({"value": value, "unit": unit}) == words


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
