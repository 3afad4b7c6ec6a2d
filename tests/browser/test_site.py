"""Every page, in a real browser, under the strict policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Visit

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NAMES = sorted(
    [
        "index",
        "trends",
        "outcomes",
        "former-officers",
        "questions",
        "already-published",
        "method",
        "release-log",
        "downloads",
        "help",
        "accessibility",
        "men-and-women",
        "leavers",
        "live",
        "oversight",
        "explore",
        "pack",
        "pathway",
        "rules",
        "kinds",
        "repeat",
    ]
)

pytestmark = pytest.mark.slow


def violations(page: Page) -> list[tuple[str, Any]]:
    """What axe finds wrong. It is run through the driver, so the policy need not be lifted for it."""
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", TAGS)
    return [(item["id"], [node["target"] for node in item["nodes"]]) for item in found["violations"]]


def test_all_pages_are_tested(site: Path) -> None:
    assert {path.stem for path in site.glob("*.html")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_cleanly_and_has_no_accessibility_violation(name: str, tab: Visit) -> None:
    page = tab.open(f"{name}.html")
    assert tab.complaints == []
    assert tab.outside == []
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert violations(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_works_on_the_narrowest_screen(name: str, phone: Visit) -> None:
    page = phone.open(f"{name}.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    assert phone.complaints == []


def test_without_scripts_every_table_is_there(browser: Browser, address: str, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in NAMES:
        page.goto(f"{address}/{name}.html")
        for summary in page.locator("summary.govuk-details__summary").all():
            summary.click()
        tables, charts = page.locator("table"), page.locator(".chart")
        assert tables.count() == (site / f"{name}.html").read_text(encoding="utf-8").count("<table")
        assert all(tables.nth(i).is_visible() for i in range(tables.count()))
        assert not any(charts.nth(i).is_visible() for i in range(charts.count()))
    context.close()


def test_without_scripts_a_withheld_value_still_says_why(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/outcomes.html")
    page.locator("summary", has_text="[c]").first.click()
    assert page.locator(".why__card").first.is_visible()
    context.close()


def test_the_reason_of_a_withheld_value_opens_in_place(tab: Visit) -> None:
    page = tab.open("outcomes.html")
    card = page.locator(".why__card").first
    assert not card.is_visible()
    page.locator("summary", has_text="[c]").first.focus()
    page.keyboard.press("Enter")
    words = card.inner_text()
    assert card.is_visible()
    for expected in (
        "Withheld",
        "Exemption: s.",
        "policy version",
        "internal review",
        "Information Commissioner",
    ):
        assert expected in words


def test_the_pathway_is_seen_without_scripts_under_the_strict_policy(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/pathway.html")
    wide = box(page, ".picture img")
    assert wide["width"] > wide["height"] > 200
    page.set_viewport_size({"width": 320, "height": 640})
    page.reload()
    narrow = box(page, ".picture img")
    assert narrow["height"] > narrow["width"] > 250
    context.close()


def test_no_chart_has_a_mode_bar(tab: Visit) -> None:
    page = tab.open("trends.html")
    page.locator(".chart").first.hover()
    assert page.locator(".modebar, .modebar-btn").count() == 0


def box(page: Page, selector: str, text: str | None = None) -> dict[str, float]:
    """Where an element lies on the page, in pixels."""
    found = page.locator(selector, has_text=text).first.bounding_box()
    assert found is not None, selector
    return dict(found)


def middle(place: dict[str, float]) -> tuple[float, float]:
    """The middle of a place."""
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


def test_labels_lie_at_their_bars(tab: Visit) -> None:
    page = tab.open("outcomes.html")
    bar = box(page, "#chart-outcomes-by-year .point path")
    name = box(page, "#chart-outcomes-by-year .ytick text", "No action")
    value = box(page, "#chart-outcomes-by-year .bartext", "138")
    assert abs(middle(name)[1] - middle(bar)[1]) < 8
    assert abs(middle(value)[1] - middle(bar)[1]) < 8
    assert 0 <= bar["x"] - name["x"] - name["width"] < 20
    assert 0 <= value["x"] - bar["x"] - bar["width"] < 20


def test_labels_of_a_line_lie_at_its_end_and_under_its_axis(tab: Visit) -> None:
    page = tab.open("trends.html")
    chart = "#chart-allegations-by-year"
    point = box(page, f"{chart} .point:last-child")
    label = box(page, f"{chart} .annotation-text", "106")
    tick = box(page, f"{chart} .xtick text", "2020")
    assert 0 < label["x"] - point["x"] < 40
    assert abs(middle(label)[1] - middle(point)[1]) < 12
    assert abs(middle(tick)[0] - middle(point)[0]) < 4
    assert tick["y"] > point["y"]


def test_the_page_does_not_move_when_charts_are_drawn(tab: Visit) -> None:
    tab.page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "entry => { window.moved += entry.value; })).observe({type: 'layout-shift', buffered: true});"
    )
    for name in ("index", "trends", "outcomes"):
        assert tab.open(f"{name}.html").evaluate("window.moved") == 0


def test_a_keyboard_reaches_the_main_parts_in_order(tab: Visit) -> None:
    page = tab.open("index.html")
    seen = []
    for _ in range(4):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert seen[:2] == ["Skip to main content", "Exit this page"]


def test_a_narrow_screen_gets_the_narrow_figure(phone: Visit) -> None:
    page = phone.open("outcomes.html")
    chart = box(page, "#chart-outcomes-by-year .main-svg")
    assert chart["width"] <= 320
    assert chart["height"] > chart["width"]


def test_a_printed_page_has_its_tables_and_no_menu(tab: Visit) -> None:
    page = tab.open("outcomes.html")
    page.emulate_media(media="print")
    assert page.locator("table").first.is_visible()
    assert not page.locator(".sidebar").is_visible()
    assert page.pdf()[:4] == b"%PDF"
