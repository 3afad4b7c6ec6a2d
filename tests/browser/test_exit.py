"""Leaving at once, by every way that is promised; Back does not bring the page back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboards.theme import POLICY

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Visit

ELSEWHERE = "https://www.bbc.co.uk/weather"
WAYS = ["click", "escape", "shift", "skip link"]

pytestmark = pytest.mark.slow


def leave(page: Page, way: str) -> None:
    if way == "click":
        page.locator(".govuk-js-exit-this-page-button").click()
    elif way == "escape":
        page.keyboard.press("Escape")
    elif way == "skip link":
        page.locator("a[data-exit]").focus()
        page.keyboard.press("Enter")
    else:
        for _ in range(3):
            page.keyboard.press("Shift")
    page.wait_for_url(ELSEWHERE)


@pytest.mark.parametrize("way", WAYS)
def test_leaving_shows_another_site_and_back_does_not_return(way: str, tab: Visit) -> None:
    tab.page.goto("about:blank")
    page = tab.open("outcomes.html")
    leave(page, way)
    page.go_back()
    assert tab.address not in page.url


@pytest.mark.parametrize("way", WAYS)
def test_back_does_not_return_to_a_page_read_before_either(way: str, tab: Visit) -> None:
    tab.page.goto("about:blank")
    tab.open("index.html")
    page = tab.open("outcomes.html")
    leave(page, way)
    page.go_back(wait_until="commit")
    page.wait_for_url(ELSEWHERE)
    assert page.title() == "elsewhere"


def test_back_inside_the_site_works(tab: Visit) -> None:
    tab.open("index.html")
    page = tab.open("outcomes.html")
    page.go_back()
    assert page.url.endswith("index.html")


def test_two_presses_of_shift_do_not_leave_and_say_how_many_are_left(tab: Visit) -> None:
    page = tab.open("index.html")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    assert page.url.endswith("index.html")
    assert "1 more time" in page.locator("[data-exit-status]").inner_text()


def test_another_key_between_starts_the_count_again(tab: Visit) -> None:
    page = tab.open("index.html")
    for key in ("Shift", "Shift", "a", "Shift", "Shift"):
        page.keyboard.press(key)
    assert page.url.endswith("index.html")


def test_escape_in_a_form_field_does_not_leave(tab: Visit) -> None:
    page = tab.open("index.html")
    page.evaluate("document.querySelector('main').prepend(document.createElement('input'))")
    page.locator("main input").focus()
    page.keyboard.press("Escape")
    assert page.url.endswith("index.html")


def test_the_policy_is_on_while_we_test(tab: Visit) -> None:
    answer = tab.page.goto(f"{tab.address}/index.html")
    assert answer is not None
    assert answer.headers["content-security-policy"] == POLICY
    assert (
        tab.page.evaluate("document.body.setAttribute('style', 'margin: 9px'), document.body.style.margin")
        == ""
    )
