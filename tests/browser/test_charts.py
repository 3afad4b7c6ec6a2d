"""Charts: a picture at once, a living chart for whoever points at it, both of one shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import box, middle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Visit

OUTCOMES, TREND = "outcomes-by-year", "allegations-by-year"
COLOUR = "element => [...getComputedStyle(element).{0}.matchAll(/[\\d.]+/g)].slice(0, 3).map(Number)"

pytestmark = pytest.mark.slow


def still(chart: str, rest: str = "", width: str = "wide") -> str:
    return f"#chart-{chart} .chart__{width} svg.plot {rest}".strip()


def test_a_chart_is_there_before_any_script_of_it(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/outcomes.html")
    assert box(page, still(OUTCOMES))["height"] > 100
    assert not any("plotly-basic" in url or url.endswith(".js") for url in asked)
    context.close()


def test_plotly_is_loaded_only_by_whoever_points_at_a_chart(tab: Visit) -> None:
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    page = tab.open("outcomes.html")
    page.wait_for_load_state("networkidle")
    assert not any("/plotly." in url and url.endswith(".js") for url in asked)
    tab.point_at(OUTCOMES)
    tab.point_at("sanctions-by-year")
    assert sum("/plotly." in url and url.endswith(".js") for url in asked) == 1
    assert tab.complaints == []


def test_a_tap_brings_a_chart_to_life_too(browser: Browser, address: str) -> None:
    from tests.browser.conftest import until, visit

    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = visit(context, address)
    page = tab.open("trends.html")
    page.locator(f"#chart-{TREND}").tap()
    until(lambda: page.locator(f"#chart-{TREND}").get_attribute("data-drawn") is not None)
    assert box(page, f"#chart-{TREND} .main-svg")["width"] <= 390
    context.close()


def test_a_pointed_at_value_is_told(tab: Visit) -> None:
    page = tab.open("trends.html")
    tab.point_at(TREND)
    place = middle(box(page, f"#chart-{TREND} .point:last-child"))
    page.mouse.move(place[0] - 30, place[1] + 20)
    page.mouse.move(*place)
    label = page.locator(f"#chart-{TREND} .hoverlayer")
    label.locator("text").first.wait_for()
    assert "2020: 106" in (label.text_content() or "")


def test_the_picture_and_the_living_chart_have_one_shape(tab: Visit) -> None:
    page = tab.open("outcomes.html")
    bar, value = box(page, still(OUTCOMES, "rect")), box(page, still(OUTCOMES, "text"), "138")
    name = box(page, still(OUTCOMES, "text"), "No action")
    tab.point_at(OUTCOMES)
    live = f"#chart-{OUTCOMES} .chart__live"
    for drawn, alive in (
        (bar, box(page, f"{live} .point path")),
        (value, box(page, f"{live} .bartext", "138")),
        (name, box(page, f"{live} .ytick text", "No action")),
    ):
        assert middle(alive) == pytest.approx(middle(drawn), abs=4)
    assert box(page, f"{live} .point path")["width"] == pytest.approx(bar["width"], abs=1)


def test_the_picture_and_the_living_line_have_one_shape(tab: Visit) -> None:
    page = tab.open("trends.html")
    point, label = box(page, still(TREND, "svg[x] path >> nth=-1")), box(page, still(TREND, "text"), "106")
    tab.point_at(TREND)
    live = f"#chart-{TREND} .chart__live"
    assert middle(box(page, f"{live} .point:last-child")) == pytest.approx(middle(point), abs=2)
    assert middle(box(page, f"{live} .annotation-text", "106")) == pytest.approx(middle(label), abs=4)


def test_labels_lie_at_their_bars(tab: Visit) -> None:
    page = tab.open("outcomes.html")
    bar = box(page, still(OUTCOMES, "rect"))
    name, value = box(page, still(OUTCOMES, "text"), "No action"), box(page, still(OUTCOMES, "text"), "138")
    assert abs(middle(name)[1] - middle(bar)[1]) < 6
    assert abs(middle(value)[1] - middle(bar)[1]) < 6
    assert 0 <= bar["x"] - name["x"] - name["width"] < 20
    assert 0 <= value["x"] - bar["x"] - bar["width"] < 20


@pytest.mark.parametrize(("width", "size"), [("wide", 1280), ("wide", 768), ("narrow", 390), ("narrow", 320)])
def test_no_word_of_a_chart_leaves_its_page_or_lies_on_another(width: str, size: int, tab: Visit) -> None:
    tab.page.set_viewport_size({"width": size, "height": 844})
    for name in ("index", "trends", "outcomes", "men-and-women", "former-officers", "pathway"):
        page = tab.open(f"{name}.html")
        assert page.evaluate(OUTSIDE, f".chart__{width}") == [], name
        assert page.evaluate(OVERLAPPING, f".chart__{width}") == [], name


OUTSIDE = """part => [...document.querySelectorAll(part)].flatMap(chart => {
  const edge = chart.closest('.exhibit').getBoundingClientRect();
  return [...chart.querySelectorAll('text')].filter(text => {
    const place = text.getBoundingClientRect();
    return place.left < edge.left - 1 || place.right > edge.right + 1;
  }).map(text => text.textContent); })"""
OVERLAPPING = """part => [...document.querySelectorAll(part)].flatMap(chart => {
  const texts = [...chart.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
  return texts.flatMap(([a, p], i) => texts.slice(i + 1).filter(([b, q]) =>
    p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 4 && q.top < p.bottom - 4
  ).map(([b]) => [a, b])); })"""


def test_nothing_moves_while_a_page_loads_or_a_chart_comes_to_life(tab: Visit) -> None:
    tab.page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "entry => { window.moved += entry.value; })).observe({type: 'layout-shift', buffered: true});"
    )
    for name, chart in (("index", "overview-trend"), ("trends", TREND), ("outcomes", OUTCOMES)):
        page = tab.open(f"{name}.html")
        tab.point_at(chart)
        assert page.evaluate("window.moved") == 0


def test_no_chart_has_a_mode_bar(tab: Visit) -> None:
    page = tab.open("trends.html")
    tab.point_at(TREND)
    assert page.locator(".modebar, .modebar-btn").count() == 0


def luminance(colour: list[float]) -> float:
    parts = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(page: Page, selector: str, attribute: str) -> float:
    """Between the colour of a mark and the page behind it."""
    mark = page.locator(selector).first.evaluate(COLOUR.replace("{0}", attribute))
    paper = page.locator("body").evaluate(COLOUR.replace("{0}", "backgroundColor"))
    dark, light = sorted((luminance(mark), luminance(paper)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_and_words_of_charts_stand_out_from_the_page(scheme: str, tab: Visit) -> None:
    tab.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = tab.open("men-and-women.html")
    tab.point_at("officers-by-sex")
    drawn, live = still("officers-by-sex"), "#chart-officers-by-sex .chart__live"
    for selector, attribute, least in (
        (f"{drawn} text", "color", 7),
        (f"{drawn} .s1", "color", 3),
        (f"{drawn} .s2", "color", 3),
        (f"{live} .annotation-text", "fill", 7),
        (f"{live} .trace:nth-child(1) .js-line", "stroke", 3),
        (f"{live} .trace:nth-child(2) .js-line", "stroke", 3),
        (f"{live} .trace:nth-child(2) .point", "fill", 3),
    ):
        assert contrast(page, selector, attribute) >= least, selector
    page = tab.open("outcomes.html")
    tab.point_at(OUTCOMES)
    assert contrast(page, f"#chart-{OUTCOMES} .barlayer .trace:nth-child(1) path", "fill") >= 3
    assert contrast(page, f"#chart-{OUTCOMES} .ytick text", "fill") >= 7


def test_a_narrow_screen_gets_the_narrow_chart(phone: Visit) -> None:
    page = phone.open("outcomes.html")
    picture = box(page, still(OUTCOMES, width="narrow"))
    assert picture["height"] > picture["width"]
    phone.point_at(OUTCOMES)
    assert box(page, f"#chart-{OUTCOMES} .main-svg")["width"] <= 320
