"""Every page in a real browser, at every width, light and dark, with the strict policy on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import box, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Visit

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NAMES = (
    "404", "accessibility", "already-published", "downloads", "explore", "former-officers", "help", "index",
    "kinds", "leavers", "live", "men-and-women", "method", "outcomes", "oversight", "pack", "pathway",
    "proceedings", "questions", "release-log", "repeat", "rules", "trends",
)  # fmt: skip
WIDTHS = (1280, 390, 320)
CHARTED = ("index", "trends", "outcomes")
MAIN = ("index", "trends", "outcomes", "proceedings", "men-and-women", "former-officers", "kinds")

pytestmark = pytest.mark.slow


def violations(page: Page, **only: Any) -> list[tuple[str, Any]]:
    """What axe finds wrong. It is run through the driver, so the policy need not be lifted for it."""
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE} }} }}")
    wanted = only or {"type": "tag", "values": TAGS}
    found = page.evaluate("runOnly => axe.run({runOnly})", wanted)
    return [(item["id"], [node["target"] for node in item["nodes"]]) for item in found["violations"]]


def test_all_pages_are_tested(site: Path) -> None:
    assert {path.stem for path in site.glob("*.html")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_clean_and_accessible_at_every_width_and_on_a_dark_screen(name: str, tab: Visit) -> None:
    page = tab.open(f"{name}.html")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == [], width
    page.emulate_media(color_scheme="dark")
    assert violations(page, type="rule", values=["color-contrast", "link-in-text-block"]) == []
    assert tab.complaints == []
    assert tab.outside == []
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_page_stands_when_the_browser_forces_its_colours(tab: Visit) -> None:
    page = tab.open("outcomes.html")
    page.emulate_media(forced_colors="active")
    ink = page.evaluate("getComputedStyle(document.body).color")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ink != paper
    for part in (".plot", ".plot .s1", ".figures td", ".answer", ".synthetic__tag"):
        assert page.evaluate(f"getComputedStyle(document.querySelector('{part}')).color") == ink, part


def test_without_scripts_every_table_and_chart_is_there(browser: Browser, address: str, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in NAMES:
        page.goto(f"{address}/{name}.html")
        for summary in page.locator("summary.govuk-details__summary").all():
            summary.click()
        tables, charts = page.locator("table"), page.locator(".chart__wide svg.plot")
        assert tables.count() == (site / f"{name}.html").read_text(encoding="utf-8").count("<table")
        assert all(tables.nth(i).is_visible() for i in range(tables.count()))
        assert charts.count() == page.locator(".chart").count()
        assert all(charts.nth(i).is_visible() for i in range(charts.count()))
    context.close()


@pytest.mark.parametrize("name", CHARTED)
def test_on_a_phone_the_answer_and_the_first_chart_are_on_the_first_screen(name: str, phone: Visit) -> None:
    phone.page.set_viewport_size({"width": 390, "height": 844})
    page = phone.open(f"{name}.html")
    assert box(page, ".answer")["y"] < 844 / 2
    first = ".tiles" if name == "index" else ".chart"
    assert box(page, first)["y"] < 844 - 150


CUT = """() => [...document.querySelectorAll('.table-scroll')]
  .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.getAttribute('aria-labelledby'))"""


@pytest.mark.parametrize(
    ("width", "media", "names"),
    [
        (320, "screen", NAMES),
        (390, "screen", MAIN),
        (768, "screen", MAIN),
        (1024, "screen", MAIN),
        (700, "print", MAIN),
    ],
)
def test_no_table_is_cut(width: int, media: str, names: tuple[str, ...], tab: Visit) -> None:
    tab.page.set_viewport_size({"width": width, "height": 844})
    tab.page.emulate_media(media=media)  # type: ignore[arg-type]
    for name in names:
        page = tab.open(f"{name}.html")
        assert page.evaluate(CUT) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_two_clicks_lead_from_a_tile_to_its_table(tab: Visit) -> None:
    page = tab.open("index.html")
    for target in page.eval_on_selector_all(".tile__link", "links => links.map(link => link.href)"):
        page.goto(target)
        assert "#" in target
        assert box(page, f"#{target.split('#')[1]} table")["height"] > 0


def test_links_to_files_and_pages_resolve(tab: Visit) -> None:
    found: set[str] = set()
    for name in ("index", "downloads", "outcomes"):
        page = tab.open(f"{name}.html")
        found |= set(page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"))
    for link in sorted(found):
        if link.startswith(tab.address):
            assert tab.page.request.get(link).status == 200, link


def test_a_printed_page_has_its_tables_and_charts_and_no_menu(tab: Visit) -> None:
    page = tab.open("outcomes.html")
    page.emulate_media(media="print")
    assert page.locator("table").first.is_visible()
    assert page.locator(".chart__still:visible svg").first.is_visible()
    assert not page.locator(".sidebar").is_visible()
    for name in ("outcomes", "pack"):
        tab.open(f"{name}.html")
        content = page.pdf()
        assert content[:4] == b"%PDF"
        assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") >= 2


@pytest.mark.parametrize(
    "query", ["?x=%3Cscript%3Ealert(1)%3C/script%3E", "?" + "a" * 5000, "#%3Cimg%20src=x%3E"]
)
def test_a_hostile_address_changes_nothing(query: str, tab: Visit) -> None:
    plain = tab.open("outcomes.html").content()
    tab.page.goto("about:blank")
    assert tab.open("outcomes.html" + query).content() == plain
    assert tab.complaints == []
    assert tab.outside == []


def test_the_notice_of_a_withdrawn_release_is_accessible(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    from dashboards import withdrawal_notice

    context = browser.new_context()
    tab = visit(context, address)
    page = tab.open("index.html")
    notice = withdrawal_notice("2021-06-30-0123456789ab", "a column was read wrongly")
    context.route("**/notice.html", lambda route: route.fulfill(content_type="text/html", body=notice))
    page.goto(f"{address}/notice.html")
    assert violations(page) == []
    context.close()
