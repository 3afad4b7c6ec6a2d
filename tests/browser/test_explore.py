"""Choosing tables and years: the address holds the whole view, and hostile addresses do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Visit

pytestmark = pytest.mark.slow


def shown(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('.exhibit[data-table]')].filter(e => !e.hidden).map(e => "
        "e.dataset.table)"
    )
    return found


def test_a_choice_is_in_the_address_and_the_address_makes_the_choice(tab: Visit) -> None:
    page = tab.open("explore.html")
    page.locator("#table").select_option("outcomes_by_year")
    page.locator("#years").select_option("2017-2020")
    page.locator(".filter__go").click()
    page.wait_for_url("**/explore.html?table=outcomes_by_year&years=2017-2020&kind=")
    assert shown(page) == ["outcomes_by_year"]
    headings = page.locator(".exhibit:visible thead th:visible").all_inner_texts()
    assert headings[1:] == ["2017 to 2020 [b]"]
    assert page.locator("#table").input_value() == "outcomes_by_year"


def test_a_category_narrows_every_table_that_has_it(tab: Visit) -> None:
    page = tab.open("explore.html?kind=officer_sex:female")
    assert shown(page) == ["allegations_by_year", "officers_by_year"]
    headings = page.locator(".exhibit:visible thead th:visible").all_inner_texts()
    assert headings == ["Year recorded", "Women", "Total"] * 2
    page = tab.open("explore.html?kind=action_path:formal&years=2010-2013")
    assert shown(page) == ["outcomes_by_year"]
    assert page.locator(".exhibit:visible tbody tr:visible").count() == 2


@pytest.mark.parametrize(
    "query",
    ["?table=officers_by_year&years=2017-2020", "?table=officers_by_year&kind=action_path:formal"],
)
def test_what_was_not_released_says_so(query: str, tab: Visit) -> None:
    page = tab.open("explore.html" + query)
    assert shown(page) == []
    assert "Not released." in page.locator("[data-filter-empty]").inner_text()
    page.locator("[data-filter-all] a").click()
    page.wait_for_url("**/explore.html")
    assert len(shown(page)) > 5


def test_without_scripts_a_list_leads_to_each_table(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/explore.html?table=officers_by_year")
    links = page.locator("[data-filter-contents] a")
    assert links.count() == page.locator(".exhibit[data-table]").count()
    links.last.click()
    assert page.locator(".exhibit[data-table]").last.is_visible()
    context.close()


@pytest.mark.parametrize(
    "query",
    [
        "?table=%3Cscript%3Ealert(1)%3C/script%3E",
        "?table=../../system.json&years=2017",
        "?years=%22%5D,body%5Bx=%22",
        "?table=outcomes_by_year%00&table=x",
        "?" + "a" * 5000,
        "?__proto__=1&constructor=2",
    ],
)
def test_a_hostile_address_is_ignored(query: str, tab: Visit) -> None:
    page = tab.open("explore.html" + query)
    assert len(shown(page)) == page.locator(".exhibit[data-table]").count() or "years=2017" in query
    assert tab.complaints == []
    assert tab.outside == []


def test_escape_while_choosing_does_not_leave(tab: Visit) -> None:
    page = tab.open("explore.html")
    page.locator("#table").focus()
    page.keyboard.press("Escape")
    assert page.url.endswith("explore.html")
