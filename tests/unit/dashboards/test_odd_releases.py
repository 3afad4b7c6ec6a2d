"""The site stands on any release that protection may give: few years or rows, odd words, other dimensions."""

from __future__ import annotations

import copy
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards import charts, drawing
from dashboards.model import read_release
from dashboards.site import all_pages

Json = dict[str, Any]
ODD_WORDS = ("", "a" * 300, "word " * 40, "“<&>\"'", "ü/ö — ✓", "Total")


def one_year(content: Json, dice: random.Random) -> None:
    year = dice.choice([2010, 2017, 2020])
    content["header"] |= {"year_from": year, "year_to": year}
    for table in content["tables"]:
        table["rows"] = [row for row in table["rows"] if row["year_from"] == row["year_to"] == year]
    content["tables"] = [table for table in content["tables"] if table["rows"]]


def withheld(content: Json, dice: random.Random) -> None:
    for table in content["tables"]:
        for row in table["rows"]:
            if dice.random() < 0.6:
                row.update(value=None, marker=dice.choice("czx"), reason="", exemption="")


def fewer_tables(content: Json, dice: random.Random) -> None:
    content["tables"] = [table for table in content["tables"] if dice.random() < 0.6]


def fewer_rows(content: Json, dice: random.Random) -> None:
    for table in content["tables"]:
        table["rows"] = [row for row in table["rows"] if dice.random() < 0.6] or table["rows"][:1]


def other_sizes(content: Json, dice: random.Random) -> None:
    times = dice.choice([0, 1, 1000, 10**7])
    for table in content["tables"]:
        for row in table["rows"]:
            row["value"] = None if row["value"] is None else row["value"] * times


def odd_words(content: Json, dice: random.Random) -> None:
    for table in content["tables"]:
        for dimension in table["dimensions"]:
            for category in dimension.get("categories", []):
                category["label"] = dice.choice(ODD_WORDS)


def totals_only(content: Json, dice: random.Random) -> None:
    for table in content["tables"]:
        names = [dimension["name"] for dimension in table["dimensions"][1:]]
        rows = [row for row in table["rows"] if all(row[name] == "Total" for name in names)]
        if rows and dice.random() < 0.5:
            table["rows"] = [{key: row[key] for key in row.keys() - names} for row in rows]
            table["dimensions"] = table["dimensions"][:1]


def one_dimension_more(content: Json, dice: random.Random) -> None:
    regions = [{"code": code, "label": code} for code in ("north", "south")]
    for table in content["tables"]:
        if dice.random() < 0.5:
            more = {"name": "region", "label": "Region", "kind": "category", "categories": regions}
            table["dimensions"].append(more)
            places = ("north", "south", "Total")
            table["rows"] = [row | {"region": place} for row in table["rows"] for place in places]


def another_force(content: Json, dice: random.Random) -> None:
    content["header"]["synthetic"] = False
    content |= {"published_figures": [], "breaks": []}
    for table in content["tables"]:
        table |= {"time_basis": "finalised", "unit": dice.choice(["cases", "officers_in_case"])}


CHANGES: tuple[Callable[[Json, random.Random], None], ...] = (
    one_year, withheld, fewer_tables, fewer_rows, other_sizes, odd_words, totals_only, one_dimension_more,
    another_force,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_every_page_and_picture_can_be_made(
    seed: int, candidate: ModuleType, content: Json, tmp_path: Path
) -> None:
    dice, changed = random.Random(seed), copy.deepcopy(content)
    for change in dice.sample(CHANGES, dice.randint(1, 4)):
        change(changed, dice)
    for page in all_pages(read_release(candidate.write(tmp_path, changed), "id", None)):
        assert page.answer.text
        for exhibit in page.exhibits:
            assert len(exhibit.view.records()) == len(exhibit.view.rows) + 1
            if exhibit.view.chart:
                made = charts.chart(exhibit.view, exhibit.breaks)
                ET.fromstring(drawing.plot(made.wide))
                ET.fromstring(drawing.sheet(made.narrow, exhibit.view.title, ("source",)))


def test_a_total_is_never_taken_for_a_category_that_a_table_came_without(
    candidate: ModuleType, content: Json, tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    totals_only(changed, random.Random(1))
    bare = [table["table_id"] for table in changed["tables"] if len(table["dimensions"]) == 1]
    tables = read_release(candidate.write(tmp_path, changed), "id", None).tables
    assert bare
    for name in bare:
        span = tables[name].periods[0]
        assert tables[name].cell(span) is not None
        assert tables[name].cell(span, action_path="formal") is None
        assert tables[name].codes_shown("action_path") == ()


def test_one_year_is_said_once_and_drawn_as_a_bar(
    content: Json, candidate: ModuleType, tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    one_year(changed, random.Random(1))
    year = changed["header"]["year_from"]
    release = read_release(candidate.write(tmp_path, changed), "2021-06-30-0123456789ab", None)
    made = {page.slug: page for page in all_pages(release)}
    assert made["trends"].answer.text.count(str(year)) == 1
    views = [exhibit.view for page in made.values() for exhibit in page.exhibits]
    assert [view.view_id for view in views if view.chart == "line"] == []
    assert [e.lettered_breaks for page in made.values() for e in page.exhibits if e.lettered_breaks] == []


def together(content: Json, table_ids: tuple[str, ...]) -> None:
    """Tables as protection gives them where the sexes had to be taken together: their totals alone."""
    for table in content["tables"]:
        if table["table_id"] in table_ids:
            table["rows"] = [row for row in table["rows"] if row["officer_sex"] == "Total"]
            table["dimensions"] = [d | {"categories": []} for d in table["dimensions"]]


@pytest.mark.parametrize("table_ids", [("officers_by_year",), ("officers_by_year", "allegations_by_year")])
def test_no_page_says_by_sex_of_a_table_that_does_not_tell_it(
    table_ids: tuple[str, ...], content: Json, candidate: ModuleType, tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    together(changed, table_ids)
    release = read_release(candidate.write(tmp_path, changed), "2021-06-30-0123456789ab", None)
    (page,) = [page for page in all_pages(release) if page.slug == "men-and-women"]
    shown = {name for exhibit in page.exhibits for name in exhibit.view.table_ids}
    assert not shown & set(table_ids)
    assert [
        section for section in page.sections if getattr(section, "reason", "").startswith("In this release")
    ]
    assert "not in this release" not in page.answer.text
    assert ("apart" in page.answer.text) == (len(table_ids) == 2)
