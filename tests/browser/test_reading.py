"""Reading without eyes or mouse: what a screen reader is told, and where the keyboard leads."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Visit

FOCUSED = """() => {
  const on = document.activeElement, place = on.getBoundingClientRect(), look = getComputedStyle(on);
  const words = (on.textContent || on.getAttribute('aria-label') || on.id).trim().replace(/\\s+/g, ' ');
  const [x, y] = [place.left + Math.min(place.width, 20) / 2, place.top + Math.min(place.height, 20) / 2];
  const at = document.elementFromPoint(x, y);
  return {words: words.slice(0, 40), tag: on.tagName, inside: place.top >= 0 && place.top < innerHeight,
          seen: at !== null && (on.contains(at) || at.contains(on)),
          ring: look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2};
}"""

pytestmark = pytest.mark.slow


def walk(tab: Visit, key: str = "Tab", most: int = 200) -> list[dict[str, Any]]:
    """Press a key until the focus has left the page; what had it on the way."""
    seen: list[dict[str, Any]] = []
    for _ in range(most):
        tab.page.keyboard.press(key)
        found = tab.page.evaluate(FOCUSED)
        if found["tag"] == "BODY":
            return seen
        seen.append(found)
    raise AssertionError("the keyboard never leaves the page")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_keyboard_walks_through_a_page_and_one_sees_where(width: int, tab: Visit) -> None:
    tab.page.set_viewport_size({"width": width, "height": 844})
    page = tab.open("outcomes.html")
    seen = walk(tab)
    assert [item["words"] for item in seen[:2]] == ["Skip to main content", "Exit this page"]
    assert [item for item in seen if not (item["ring"] and item["inside"] and item["seen"])] == []
    order = page.evaluate(
        "() => [...document.querySelectorAll('a[href], summary, button, select, [tabindex=\"0\"]')]"
        ".filter(e => e.checkVisibility()).length"
    )
    assert len(seen) == order


def test_the_skip_link_leads_past_the_menu(tab: Visit) -> None:
    page = tab.open("outcomes.html")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(lambda: page.evaluate("document.activeElement.id") == "main")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_what_a_screen_reader_is_told_of_a_chart(tab: Visit) -> None:
    page = tab.open("trends.html")
    told = page.locator("#chart-allegations-by-year").aria_snapshot()
    assert told == (
        "- 'img \"Line chart: Allegations by year recorded. Allegations. 2010: 42; 2011: 45; 2012: 50; "
        "2013: 54; 2014: 59; 2015: 65; 2016: 71; 2017: 78; 2018: 84; 2019: 93; 2020: 106. The table below "
        "holds the same figures.\"'"
    )


def test_a_chart_that_came_to_life_tells_the_same(tab: Visit) -> None:
    page = tab.open("trends.html")
    told = page.locator("#chart-allegations-by-year").aria_snapshot()
    tab.point_at("allegations-by-year")
    assert page.locator("#chart-allegations-by-year").aria_snapshot() == told


def test_what_a_screen_reader_is_told_of_a_withheld_cell(tab: Visit) -> None:
    page = tab.open("outcomes.html")
    row = page.locator("#outcomes-by-year tr", has_text="Still being considered")
    cell = row.locator("td", has_text="[c]").first
    assert cell.aria_snapshot() == '- cell:\n  - group: "[c] withheld: why?"'
    cell.locator("summary").focus()
    page.keyboard.press("Enter")
    told = cell.aria_snapshot()
    for words in ("Withheld", "Exemption: s.", "policy version", "internal review", "Commissioner"):
        assert words in told


def test_what_a_screen_reader_is_told_of_a_chart_with_withheld_values(tab: Visit) -> None:
    told = tab.open("outcomes.html").locator("#chart-outcomes-by-year").aria_snapshot()
    assert "Still being considered: [c];" in told[told.index("2014 to 2016.") : told.index("2017 to 2020.")]


def test_the_reason_of_a_withheld_value_opens_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/outcomes.html")
    assert not page.locator(".why__card").first.is_visible()
    page.locator("summary", has_text="[c]").first.click()
    assert page.locator(".why__card").first.is_visible()
    context.close()


def test_headings_step_down_one_level_at_a_time(tab: Visit) -> None:
    for name in ("index", "outcomes", "explore", "pack", "method", "downloads"):
        levels = tab.open(f"{name}.html").eval_on_selector_all(
            "main h1, main h2, main h3", "found => found.map(heading => Number(heading.tagName[1]))"
        )
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), name
