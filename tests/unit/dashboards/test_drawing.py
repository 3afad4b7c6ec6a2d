"""The picture of a chart tells what its figure and its table tell, and not a length more."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards import charts, drawing
from dashboards.lettering import in_lines, width
from dashboards.model import Release, read_release
from dashboards.site import all_pages
from dashboards.views import View, single, whole

SVG = "{http://www.w3.org/2000/svg}"
Json = dict[str, Any]


def charted(release: Release, kind: str = "") -> list[View]:
    views = [e.view for page in all_pages(release) for e in page.exhibits if e.view.chart]
    return [view for view in views if view.chart == (kind or view.chart)]


def words(svg: str) -> str:
    return " ".join(text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text"))


def bars(svg: str, figure: Json) -> tuple[list[float], list[float]]:
    """The lengths of bars, and of hatched blocks, in per cent of their panel's axis."""
    layout = figure["layout"]
    lengths: tuple[list[float], list[float]] = [], []
    domain, ends = layout["xaxis"]["domain"], layout["xaxis"]["range"]
    scale = (domain[1] - domain[0]) / (ends[1] - ends[0])
    for rect in ET.fromstring(svg).iter(f"{SVG}rect"):
        length = float((rect.get("width") or "").rstrip("%")) / 100 / scale
        lengths[rect.get("fill") == "none"].append(length)
    return lengths


def unexplained(svg: str, view: View, figure: Json) -> list[str]:
    """What of the picture of bars does not follow from the shown cells of its view."""
    cells = [view.grid[row][column] for column in view.charted for row in view.plotted_rows]
    values = [cell.value for cell in cells if cell.value]
    longest = 1.12 * max(values, default=0) or 1
    shown, hidden = bars(svg, figure)
    found = [] if shown == pytest.approx(values, abs=0.01 * longest) else ["length"]
    found += ["block"] * (hidden != pytest.approx([charts.BLOCK * longest] * len(hidden), abs=0.01 * longest))
    found += ["count of blocks"] * (len(hidden) != sum(cell.is_withheld for cell in cells))
    return found


def test_bars_are_as_long_as_what_is_shown(release: Release) -> None:
    views = charted(release, "bars")
    assert any("c" in view.markers for view in views)
    for view in views:
        made = charts.chart(view)
        for figure in (made.wide, made.narrow):
            assert unexplained(drawing.plot(figure), view, figure) == [], view.view_id


def longer_bar(svg: str) -> str:
    found = re.search(r'<rect x="[^"]+" width="([\d.]+)%"', svg)
    assert found is not None
    return svg.replace(found[0], found[0].replace(found[1], str(float(found[1]) + 3)), 1)


def longer_block(svg: str) -> str:
    found = re.search(r'<rect x="[^"]+" width="([\d.]+)%"[^>]*fill="none"', svg)
    assert found is not None
    return svg.replace(found[0], found[0].replace(found[1], str(float(found[1]) + 3)))


def another_block(svg: str) -> str:
    found = re.search(r'<rect x="[^"]+" width="[^>]*fill="none"[^>]*/>', svg)
    assert found is not None
    return svg.replace(found[0], found[0] * 2, 1)


@pytest.mark.parametrize(
    ("plant", "name"),
    [(longer_bar, "length"), (longer_block, "block"), (another_block, "count of blocks")],
)
def test_a_picture_that_tells_more_is_found(plant: Callable[[str], str], name: str, release: Release) -> None:
    view = next(v for v in charted(release, "bars") if "c" in v.markers)
    figure = charts.chart(view).wide
    assert name in unexplained(plant(drawing.plot(figure)), view, figure)


def test_every_figure_beside_a_bar_is_that_of_its_cell(release: Release) -> None:
    for view in charted(release, "bars"):
        texts = words(drawing.plot(charts.chart(view).wide)).split()
        for column in view.charted:
            for row in view.plotted_rows:
                assert view.grid[row][column].text in texts, view.view_id


def test_a_line_has_a_point_for_each_shown_value_and_a_gap_for_each_other(
    candidate: ModuleType, content: Json, tmp_path: Path
) -> None:
    content = copy.deepcopy(content)
    for table in content["tables"]:
        for row in table["rows"]:
            if table["table_id"] == "allegations_by_year" and row["year_from"] == row["year_to"] == 2015:
                row.update(value=None, marker="c", reason="withheld", exemption="s.40(2)")
    release = read_release(candidate.write(tmp_path, content), "id", None)
    view = next(v for v in charted(release, "line") if v.view_id == "allegations-by-year")
    svg = drawing.plot(charts.chart(view).wide)
    path = re.search(r'<path d="(M[^"]+)" fill="none"', svg)
    assert path is not None
    assert path[1].count("M") == 2
    assert path[1].count("L") == 8
    assert svg.count(drawing.SYMBOLS["circle"]) == 10
    assert "[c]" in words(svg)


def test_the_words_of_a_line_chart_are_years_levels_and_shown_values(release: Release) -> None:
    for view in charted(release, "line"):
        figure = charts.chart(view).wide
        allowed = {str(year) for year in range(2010, 2021)} | set(figure["layout"]["yaxis"]["ticktext"])
        allowed |= {cell.text for cell in view.cells}
        found = set(re.findall(r"\d[\d,.]*", words(drawing.plot(figure))))
        assert found <= allowed, view.view_id


def test_levels_are_round_and_follow_from_the_end_of_the_axis() -> None:
    assert charts._levels(118.7) == ["0", "20", "40", "60", "80", "100"]
    assert charts._levels(1.12) == ["0", "1"]
    assert charts._levels(5600) == ["0", "1,000", "2,000", "3,000", "4,000", "5,000"]


def test_labels_at_the_end_of_lines_do_not_lie_on_each_other() -> None:
    assert charts._apart([100.0, 300.0], 20) == [0, 0]
    moved = [
        place + shift for place, shift in zip([50, 51, 52], charts._apart([50, 51, 52], 20), strict=True)
    ]
    assert [b - a >= 20 for a, b in pairwise(moved)] == [True, True]
    assert charts._apart([0.0], 20) == [10]


@pytest.mark.parametrize("narrow", [False, True])
def test_a_picture_needs_no_style_no_script_and_no_name_of_its_own(release: Release, narrow: bool) -> None:
    for view in charted(release):
        made = charts.chart(view)
        svg = drawing.plot(made.narrow if narrow else made.wide)
        ET.fromstring(svg)
        assert not re.search(r"style|script|href|\sid=|\son\w+=", svg)
        assert svg == drawing.plot(made.narrow if narrow else made.wide)


def test_the_file_of_a_picture_names_its_source_and_holds_all_its_words(
    release: Release, built: Path
) -> None:
    for view in charted(release):
        svg = (built / "site" / "files" / f"chart-{view.view_id}.svg").read_text(encoding="utf-8")
        root = ET.fromstring(svg)
        size = float(root.get("width") or 0), float(root.get("height") or 0)
        for text in root.findall(f"{SVG}text"):
            assert 0 <= float(text.get("x") or -1) + width(text.text or "", 14) <= size[0], view.view_id
            assert 0 < float(text.get("y") or -1) < size[1], view.view_id
        assert release.release_id in words(svg)
        assert "30 June 2021" in words(svg).replace("  ", " ")


def test_words_are_broken_where_they_no_longer_fit() -> None:
    assert in_lines("Left before an outcome", 120, 16) == ["Left before an", "outcome"]
    assert in_lines("Disapplication", 20, 16) == ["Disapplication"]
    assert in_lines("", 100, 16) == [""]


def test_the_title_of_a_picture_is_escaped() -> None:
    assert "&lt;b&gt;" in drawing.framed("", 10, "<b>", ())


def test_a_line_is_named_where_its_table_has_more_columns(release: Release) -> None:
    table = release.tables["allegations_by_year"]
    alone = single(table, "alone", "Alone", "Allegations", "line")
    one_of_many = replace(whole(table, "many"), chart="line", charted=(0,))
    for shown, words in ((alone, r"[\d,]+"), (one_of_many, r"Men [\d,]+")):
        (end,) = charts._end_labels(shown, narrow=False, height=300)
        assert re.fullmatch(words, end["text"])
