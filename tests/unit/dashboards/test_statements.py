"""Shares and medians: beside the rows that they are made of, the same on the page and in every file."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from dashboards.model import Release, read_release, stated_words
from dashboards.site import all_pages, build
from dashboards.statements import BAND, ROUNDED, all_stated

RELEASE_ID = "2021-06-30-0123456789ab"
TABLE = "outcomes_by_year"
STATED = {
    (2010, 2013): [("rate", 7.3, 7.3), ("median", 285.0, 315.0)],
    (2014, 2016): [("rate", 0.0, 20.0), ("median", None, None)],
    (2017, 2020): [("rate", None, None), ("median", 1200.0, 1200.0)],
}
WORDS = {
    "2010 to 2013": ["7.3%", "300 days (rounded to 30)"],
    "2014 to 2016": ["0% to 20%", "[c]"],
    "2017 to 2020": ["[c]", "1,200 days"],
}
KINDS = {
    "rate": {
        "name": "share_formal",
        "label": "Share with formal action",
        "definition": "",
        "unit": "per cent",
    },
    "median": {
        "name": "days_to_outcome",
        "label": "Median days to outcome",
        "definition": "Days from recording to outcome.",
        "unit": "days",
        "breakpoints": [90, 180],
    },
}


def line(row: dict[str, Any], kind: str, least: float | None, most: float | None) -> dict[str, Any]:
    hidden = least is None
    return {
        **KINDS[kind],
        "kind": kind,
        "least": least,
        "most": most,
        "marker": "c" if hidden else None,
        "reason": "withheld to protect confidentiality" if hidden else "",
        "exemption": "s.40(2)" if hidden else "",
        "denominator": row["cell"],
        "numerator": [],
    }


@pytest.fixture(scope="module")
def told(content: dict[str, Any], candidate: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A candidate whose main table has shares and medians."""
    made = json.loads(json.dumps(content))
    table = next(table for table in made["tables"] if table["table_id"] == TABLE)
    totals = {(r["year_from"], r["year_to"]): r for r in table["rows"] if r["action_path"] == "Total"}
    table["statements"] = [
        line(totals[span], *items[i]) for i in range(2) for span, items in STATED.items() if span in totals
    ]
    folder: Path = candidate.write(tmp_path_factory.mktemp("told"), made)
    return folder


@pytest.fixture(scope="module")
def release(told: Path) -> Release:
    return read_release(told, RELEASE_ID, None)


@pytest.fixture(scope="module")
def site(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("told-site")
    build(told, out, RELEASE_ID)
    return out / "site"


@pytest.mark.parametrize(
    ("kind", "least", "most", "words"),
    [
        ("rate", 21.7, 21.7, "21.7%"),
        ("rate", 20.0, 20.0, "20.0%"),
        ("rate", 0.0, 20.0, "0% to 20%"),
        ("rate", 12.5, 100.0, "12.5% to 100%"),
        ("median", 285.0, 315.0, "300 days (rounded to 30)"),
        ("median", 7.0, 8.0, "7.5 days (rounded to 1)"),
        ("median", 0.0, 0.0, "0 days"),
    ],
)
def test_a_stated_value_in_words(kind: str, least: float, most: float, words: str) -> None:
    assert stated_words(kind, "per cent" if kind == "rate" else "days", least, most) == words


def test_each_stands_beside_its_row(release: Release) -> None:
    (view,) = all_stated(release)
    found = {
        step.label: [cell.text for cell in cells] for step, cells in zip(view.rows, view.grid, strict=True)
    }
    assert found == WORDS
    assert [step.label for step in view.columns] == [kind["label"] for kind in KINDS.values()]


def test_they_stand_once_on_the_page_of_their_table(release: Release) -> None:
    pages = all_pages(release)
    homes = [page.slug for page in pages for e in page.exhibits if e.view.view_id.startswith("statements-")]
    assert homes == ["outcomes"]
    exhibits = next(page for page in pages if page.slug == "outcomes").exhibits
    places = [e.view.view_id for e in exhibits]
    before = exhibits[places.index("statements-outcomes-by-year") - 1]
    assert TABLE in before.view.table_ids
    assert exhibits[places.index("statements-outcomes-by-year")].notes == (BAND, ROUNDED)


def test_page_and_file_of_the_view_say_the_same(site: Path) -> None:
    page = (site / "outcomes.html").read_text()
    section = page.partition('id="statements-outcomes-by-year"')[2].partition("</section>")[0]
    assert "Shares and medians of allegations, by year recorded, 2010 to 2020" in section
    cells = re.findall(r'<td class="figures__number[^"]*">(?:<details[^>]*><summary>)?([^<]*)<', section)
    rows = list(csv.reader((site / "files" / "view-statements-outcomes-by-year.csv").open(encoding="utf-8")))
    assert cells == [text for texts in WORDS.values() for text in texts]
    assert [[text.replace(",", "") for text in texts] for texts in WORDS.values()] == [
        row[1:-2] for row in rows[1:]
    ]
    assert section.count("How to challenge") == 2
    assert 'href="files/statements.csv"' in section


def test_every_file_holds_them(site: Path) -> None:
    with (site / "files" / "statements.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    given = {(r["kind"], r["year_from"]): (r["least"], r["most"], r["marker"]) for r in rows}
    assert given["rate", "2014"] == ("0", "20", "")
    assert given["median", "2014"] == ("", "", "c")
    assert len(rows) == 6
    with duckdb.connect(str(site / "files" / "published.duckdb"), read_only=True) as database:
        kept = database.execute("select least, most, marker, as_at from statements order by all").fetchall()
    assert len(kept) == 6
    assert all((least is None) == (marker == "c") for least, _, marker, _ in kept)
    with zipfile.ZipFile(site / "files" / "tables.ods") as book:
        assert "300 days (rounded to 30)" in book.read("content.xml").decode()
    package = json.loads((site / "files" / "datapackage.json").read_text())
    assert "statements" in [resource["name"] for resource in package["resources"]]
    assert "files/statements.csv" in (site / "downloads.html").read_text()


def test_a_withheld_one_leaves_no_number_anywhere(told: Path, release: Release) -> None:
    hidden = [s for table in release.tables.values() for s in table.statements if s.cell.marker]
    assert len(hidden) == 2
    assert all(s.least is None and s.most is None and s.cell.value is None for s in hidden)


def test_a_release_without_any_has_no_trace_of_them(built: Path) -> None:
    assert not list((built / "site" / "files").glob("*statements*"))
    assert "Shares and medians" not in (built / "site" / "downloads.html").read_text()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("denominator", "no such cell", "outcomes_by_year: no row is the denominator of share_formal"),
        ("marker", "c", "a marker stands exactly where no value does"),
    ],
)
def test_one_without_its_row_or_with_a_value_beside_its_marker_is_refused(
    name: str, value: str, said: str, told: Path, candidate: ModuleType, tmp_path: Path
) -> None:
    content = json.loads((told / "protected.json").read_text())
    table = next(table for table in content["tables"] if table["table_id"] == TABLE)
    table["statements"][0][name] = value
    folder = candidate.write(tmp_path, content)
    with pytest.raises(ValueError, match=said):
        read_release(folder, RELEASE_ID, None)
