"""Each surface of the site on which a private string or a withheld number could stand, with its planted leak.

A surface is registered by planting a canary on it: the scanner of releases must find it there and nowhere
else. What no scan for strings can see (lengths, ranges, orders) is checked against the view of the figure.
"""

from __future__ import annotations

import base64
import copy
import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards import charts
from dashboards.model import Release
from dashboards.site import all_pages
from dashboards.views import View
from expectations.scanner import scan

CANARY = "PSD/DA/2019/00417"
NUMBER = "987654321"
Json = dict[str, Any]


def replace(pattern: str, old: str, new: str) -> Callable[[Path], Path]:
    """Plant by changing the first file that fits, as text."""

    def plant(site: Path) -> Path:
        path = next(p for p in sorted(site.glob(pattern)) if old in p.read_text(encoding="utf-8"))
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        return path

    return plant


def in_member(name: str, member: str, old: str, new: str) -> Callable[[Path], Path]:
    """Plant in one member of a compressed file."""

    def plant(site: Path) -> Path:
        path, buffer = site / "files" / name, io.BytesIO()
        with zipfile.ZipFile(path) as book, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as copied:
            for item in book.namelist():
                text = book.read(item)
                if item == member:
                    assert old.encode() in text
                    text = text.replace(old.encode(), new.encode(), 1)
                copied.writestr(item, text)
        path.write_bytes(buffer.getvalue())
        return path

    return plant


def in_parquet_statistics(site: Path) -> Path:
    """A column whose least value is the canary: it stands in the statistics of the file's foot."""
    path = site / "files" / "outcomes_by_year.parquet"
    duckdb.sql(f"COPY (SELECT '{CANARY}' AS reason) TO '{path}' (FORMAT parquet)")
    return path


def in_database(site: Path) -> Path:
    path = site / "files" / "published.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(f"COMMENT ON TABLE outcomes_by_year IS '{CANARY}'")
    return path


BASE64 = base64.b64encode(f"x{CANARY}y".encode()).decode()
SURFACES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "figure text": (CANARY, replace("figures/*.js", '"data":[{', f'"data":[{{"meta":"{CANARY}",')),
    "figure customdata": (
        CANARY,
        replace("figures/*.js", '"data":[{', f'"data":[{{"customdata":["{CANARY}"],'),
    ),
    "figure base64": (
        CANARY,
        replace("figures/*.js", '"data":[{', f'"data":[{{"z":{{"bdata":"{BASE64}","dtype":"u1"}},'),
    ),
    "axis range": (NUMBER, replace("figures/*.js", '"range":[0,', f'"range":[{NUMBER},')),
    "bar length": (NUMBER, replace("figures/outcomes-by-year*.js", '"x":[', f'"x":[{NUMBER},')),
    "picture as a file": (CANARY, replace("files/chart-*.svg", "<title>", f"<title>{CANARY} ")),
    "picture in a page": (
        CANARY,
        replace("trends.html", '<svg class="plot"', f'<svg id="{CANARY}" class="plot"'),
    ),
    "place in a picture": (NUMBER, replace("files/chart-*.svg", '<svg x="', f'<svg y="{NUMBER}" x="')),
    "title of a page": (CANARY, replace("trends.html", "<title>", f"<title>{CANARY} ")),
    "alt text": (
        CANARY,
        replace("trends.html", 'aria-label="Line chart', f'aria-label="{CANARY} Line chart'),
    ),
    "attribute": (CANARY, replace("explore.html", "data-table=", f'data-order="{CANARY}" data-table=')),
    "style sheet": (CANARY, replace("assets/site.*.css", ":root", f"/* {CANARY} */:root")),
    "feed": (CANARY, replace("feed.xml", "<title>", f"<title>{CANARY} ")),
    "CSV flag": (CANARY, replace("files/outcomes_by_year.csv", ",s.40(2),", f",{CANARY},")),
    "data package": (CANARY, replace("files/datapackage.json", '"title": "', f'"title": "{CANARY} ')),
    "citation": (CANARY, replace("files/CITATION.cff", '"abstract": "', f'"abstract": "{CANARY} ')),
    "ODS attribute": (
        CANARY,
        in_member("tables.ods", "content.xml", "<table:table ", f'<table:table table:style-name="{CANARY}" '),
    ),
    "XLSX member": (
        CANARY,
        in_member("tables.xlsx", "xl/workbook.xml", "<sheets>", f"<!-- {CANARY} --><sheets>"),
    ),
    "Parquet statistics": (CANARY, in_parquet_statistics),
    "database": (CANARY, in_database),
}


def test_the_built_site_is_clear(built: Path) -> None:
    assert scan(built / "site", {CANARY, NUMBER}) == ()


@pytest.mark.parametrize("surface", SURFACES)
def test_a_leak_planted_on_a_surface_is_found_there(surface: str, built: Path, tmp_path: Path) -> None:
    canary, plant = SURFACES[surface]
    site = Path(shutil.copytree(built / "site", tmp_path / "site", ignore=shutil.ignore_patterns("plotly*")))
    planted = plant(site).relative_to(site).as_posix()
    assert {leak.file for leak in scan(site, {canary})} == {planted}


# --- what no scan for strings can see ---

TRACE_KEYS = {
    "type", "mode", "name", "x", "y", "connectgaps", "line", "marker", "text", "hovertext", "hovertemplate",
    "orientation", "xaxis", "yaxis", "textposition", "cliponaxis", "textfont",
}  # fmt: skip


def unexplained(figure: Json, view: View) -> list[str]:
    """What of a figure does not follow from the shown cells of its view."""
    cells = [view.grid[row][column] for column in view.charted for row in view.plotted_rows]
    largest = max([cell.value for cell in cells if cell.value is not None], default=0)
    block = charts.BLOCK * (1.12 * largest or 1)
    allowed = {cell.value for cell in cells} | {0, None, block}
    names = [view.rows[row].label for row in view.plotted_rows]
    found = []
    for trace in figure["data"]:
        is_bar = trace["type"] == "bar"
        found += [f"attribute {key}" for key in set(trace) - TRACE_KEYS]
        found += ["length" for value in trace["x" if is_bar else "y"] if value not in allowed]
        found += ["order"] * (list(trace["hovertext"]) != names)
    for name, axis in figure["layout"].items():
        if re.fullmatch(r"[xy]axis\d*", name) and axis.get("range", [None])[0] == 0:
            found += ["range"] * (axis["range"][1] not in (1.12 * largest or 1, 1.18 * (1.12 * largest or 1)))
    return found


def charted(release: Release) -> list[View]:
    return [e.view for page in all_pages(release) for e in page.exhibits if e.view.chart]


def test_lengths_ranges_and_orders_follow_from_what_is_shown(release: Release) -> None:
    for view in charted(release):
        drawn = charts.chart(view)
        assert unexplained(drawn.wide, view) == unexplained(drawn.narrow, view) == [], view.view_id


def longer_block(figure: Json) -> None:
    for trace in figure["data"]:
        trace["x"] = [
            value + 0.5 if text == "[c]" else value
            for value, text in zip(trace["x"], trace["text"], strict=True)
        ]


def wider_range(figure: Json) -> None:
    figure["layout"]["xaxis"]["range"] = [0, 999]


def by_true_size(figure: Json) -> None:
    for trace in figure["data"]:
        trace["hovertext"] = trace["hovertext"][::-1]


def hidden_numbers(figure: Json) -> None:
    figure["data"][0]["customdata"] = [3]


@pytest.mark.parametrize(
    ("plant", "name"),
    [
        (longer_block, "length"),
        (wider_range, "range"),
        (by_true_size, "order"),
        (hidden_numbers, "attribute customdata"),
    ],
)
def test_a_figure_that_tells_more_is_found(
    plant: Callable[[Json], None], name: str, release: Release
) -> None:
    view = next(v for v in charted(release) if v.chart == "bars" and "c" in v.markers)
    figure = copy.deepcopy(charts.chart(view).wide)
    plant(figure)
    assert name in unexplained(figure, view)
