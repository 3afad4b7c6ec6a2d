"""The site is a function of its protected files, and stands when tables are missing."""

from __future__ import annotations

import copy
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from dashboards import site_version
from dashboards.columns import columns
from dashboards.downloads import csv_bytes, safe
from dashboards.model import Release, read_release
from dashboards.site import all_pages, build
from dashboards.theme import ROOM, slim

RELEASE_ID = "2021-06-30-0123456789ab"
FIRST_VISIT, WITH_PLOTLY, FURTHER_PAGE = 80 * 1024, 450 * 1024, 70 * 1024
ISSUE_PAGES = {
    "index", "trends", "outcomes", "former-officers", "questions", "already-published", "method",
    "release-log", "downloads", "help",
}  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def local_links(page: str) -> list[str]:
    return [
        link for link in re.findall(r'(?:href|src|data-wide|data-narrow)="([^"]+)"', page) if ":" not in link
    ]


def test_two_builds_of_one_candidate_are_byte_identical(protected: Path, built: Path, tmp_path: Path) -> None:
    build(protected, tmp_path, RELEASE_ID)
    assert contents(tmp_path) == contents(built)


def test_another_release_id_changes_what_names_it(protected: Path, built: Path, tmp_path: Path) -> None:
    build(protected, tmp_path, "2021-06-30-ffffffffffff")
    other = contents(tmp_path)
    assert other["site/index.html"] != (built / "site/index.html").read_bytes()
    assert not any(
        RELEASE_ID.encode() in data for name, data in other.items() if name.endswith((".html", ".csv"))
    )


def test_every_page_that_was_promised_exists(built: Path) -> None:
    assert {path.stem for path in (built / "site").glob("*.html")} >= ISSUE_PAGES


def test_every_link_inside_the_site_resolves(built: Path) -> None:
    site = built / "site"
    for path in site.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for link in local_links(text):
            target, _, fragment = link.partition("#")
            other = site / target if target else path
            assert other.is_file(), (path.name, link)
            if fragment:
                assert f'id="{fragment}"' in other.read_text(encoding="utf-8"), (path.name, link)


def test_what_is_not_there_has_a_page_of_its_own_that_nothing_leads_to(built: Path) -> None:
    page = (built / "site" / "404.html").read_text(encoding="utf-8")
    assert "There is no such page" in page
    assert "Exit this page" in page
    assert set(local_links(page)) >= {"./index.html", "./help.html", "./downloads.html"}
    assert RELEASE_ID not in page
    assert not [
        path for path in (built / "site").glob("*.html") if 'href="404.html' in path.read_text("utf-8")
    ]


@pytest.mark.parametrize(
    ("address", "top"), [("https://example.org", "/"), ("https://example.org/statistics/", "/statistics/")]
)
def test_where_the_address_is_known_what_is_not_there_has_its_style_at_any_depth(
    address: str, top: str, protected: Path, tmp_path: Path
) -> None:
    build(protected, tmp_path, RELEASE_ID, address=address)
    page = (tmp_path / "site" / "404.html").read_text(encoding="utf-8")
    assert all(link.startswith((top, "#")) for link in local_links(page))


def test_no_page_holds_inline_style_or_script(built: Path) -> None:
    for path in (built / "site").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", text), path.name
        assert "Content-Security-Policy" in text


def test_every_page_names_force_scope_population_basis_day_and_release(release: Release, built: Path) -> None:
    header = release.header
    wanted = (header.force, header.scope, header.population, "by year recorded", "30 June 2021", RELEASE_ID)
    for page in all_pages(release):
        text = (built / "site" / page.path).read_text(encoding="utf-8")
        assert all(words.lower() in text.lower() for words in wanted), page.slug
        assert "synthetic" in text


def test_titles_in_the_browser_history_are_neutral(built: Path) -> None:
    for path in (built / "site").glob("*.html"):
        title = re.search("<title>(.*)</title>", path.read_text(encoding="utf-8"))
        assert title is not None
        assert not re.search(
            "abuse|violence|police|misconduct|dismiss|safe", title[1] + path.stem, re.IGNORECASE
        )


def test_real_data_carries_no_banner(candidate: ModuleType, content: dict[str, Any], tmp_path: Path) -> None:
    real = copy.deepcopy(content)
    real["header"]["synthetic"] = False
    build(candidate.write(tmp_path / "protected", real), tmp_path / "out", RELEASE_ID)
    assert "Example data" not in (tmp_path / "out/site/index.html").read_text(encoding="utf-8")


def without(table_id: str) -> Callable[[dict[str, Any]], None]:
    def drop(content: dict[str, Any]) -> None:
        content["tables"] = [table for table in content["tables"] if table["table_id"] != table_id]
        content["dropped"] = [
            {"table_id": table_id, "title": "A table", "reason": "it could not be proven safe"}
        ]

    return drop


@pytest.mark.parametrize(
    "table_id",
    [
        "allegations_by_year",
        "officers_by_year",
        "outcomes_by_year",
        "sanctions_by_year",
        "sanctions_in_detail",
        "would_have_been_dismissed_by_year",
        "proceedings_by_year",
    ],
)
def test_a_dropped_table_leaves_fixed_words(
    table_id: str, candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    without(table_id)(changed)
    folder = candidate.write(tmp_path, changed)
    pages = all_pages(read_release(folder, RELEASE_ID, None))
    reasons = [section.reason for page in pages for section in page.sections if hasattr(section, "reason")]
    assert "it could not be proven safe" in reasons or table_id == "officers_by_year"


def test_a_release_with_no_table_of_ours_still_has_all_pages(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    other = copy.deepcopy(content) | {"tables": [], "breaks": [], "published_figures": []}
    build(candidate.write(tmp_path / "protected", other), tmp_path / "out", RELEASE_ID)
    assert {path.stem for path in (tmp_path / "out/site").glob("*.html")} >= ISSUE_PAGES


def test_words_from_the_data_are_escaped(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    hostile = copy.deepcopy(content)
    hostile["header"]["force"] = "<script>alert(1)</script>"
    hostile["tables"][2]["dimensions"][1]["categories"][0]["label"] = '<img src=x onerror="1">'
    build(candidate.write(tmp_path / "protected", hostile), tmp_path / "out", RELEASE_ID)
    for path in (tmp_path / "out/site").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    for path in (tmp_path / "out/site/figures").glob("*.svg"):
        assert "<img" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_in_a_file_is_taken_for_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert csv_bytes([[text]]).decode().lstrip('"').startswith("'")


def test_the_database_holds_what_the_files_hold(release: Release, built: Path) -> None:
    with duckdb.connect(str(built / "published.duckdb"), read_only=True) as database:
        for table in release.tables.values():
            found = database.execute(f'SELECT * FROM "{table.table_id}"')
            assert [item[0] for item in found.description or []] == [c.name for c in columns(table)]
            rows = found.fetchdf().to_dict("records")
            assert len(rows) == len(table.rows)
            for row, released in zip(rows, table.rows, strict=True):
                shown = None if row["value"] != row["value"] else row["value"]
                assert shown == released.cell.value
                assert row["marker"] == released.cell.marker


def test_the_site_holds_the_files_of_the_release(protected: Path, built: Path) -> None:
    files = built / "site" / "files"
    for path in (built / "tables").iterdir():
        assert (files / path.name).read_bytes() == path.read_bytes()
    assert (files / "published.duckdb").read_bytes() == (built / "published.duckdb").read_bytes()
    for name in ("tables.json", "system.json", "certificate.json"):
        assert (files / name).read_bytes() == (protected / name).read_bytes()


def test_figures_are_plain_numbers_that_a_text_scan_can_read(built: Path) -> None:
    for path in (built / "site" / "figures").glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert "bdata" not in text
        assert "customdata" not in text
        json.loads(text.removeprefix("drawFigure(").removesuffix(");\n"))


def test_pages_stay_within_their_budget(built: Path) -> None:
    site = built / "site"
    shared = {path for path in site.rglob("*") if path.parent.name == "assets"}
    plotly = {path for path in shared if path.name.startswith("plotly.") and path.suffix == ".js"}
    first, more = (sum(zipped(path) for path in some) for some in (shared - plotly, plotly))
    assert len(plotly) == 1
    for page in site.glob("*.html"):
        links = {site / link for link in local_links(page.read_text(encoding="utf-8")) if "-wide" in link}
        own = zipped(page) + sum(zipped(path) for path in links)
        assert own <= FURTHER_PAGE, page.name
        assert first + own <= FIRST_VISIT, page.name
        assert first + more + own <= WITH_PLOTLY, page.name


def zipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6))


def test_vendored_assets_are_those_that_were_fetched() -> None:
    vendor = ROOM / "assets" / "vendor"
    lines = [line.split() for line in (vendor / "SHA256SUMS").read_text().splitlines()]
    listed = {name: digest for digest, name in lines}
    assert {p.name for p in vendor.iterdir()} - {"SHA256SUMS", "README.md"} == set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest, name
    style = (vendor / "govuk-frontend-6.3.0.css").read_text(encoding="utf-8")
    assert "GDS Transport" not in style
    assert "url(" not in style


def test_the_site_version_follows_templates_assets_and_code() -> None:
    assert re.fullmatch("[0-9a-f]{64}", site_version())
    assert site_version() == site_version()


def test_the_checksums_are_those_of_the_files(built: Path) -> None:
    files = built / "site" / "files"
    lines = [line.split("  ") for line in (files / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    assert {name for _, name in lines} == {path.name for path in files.iterdir()} - {"SHA256SUMS"}
    for digest, name in lines:
        assert hashlib.sha256((files / name).read_bytes()).hexdigest() == digest, name


def test_no_two_views_share_a_name_and_so_a_file(release: Release) -> None:
    names = [exhibit.view.view_id for page in all_pages(release) for exhibit in page.exhibits]
    assert len(names) == len(set(names))


def test_every_table_of_a_release_stands_on_a_page_besides_the_one_of_all(release: Release) -> None:
    placed = {
        name
        for page in all_pages(release)
        if page.slug != "explore"
        for exhibit in page.exhibits
        for name in exhibit.view.table_ids
    }
    assert placed == set(release.tables)


def renamed(content: dict[str, Any], table_id: str) -> dict[str, Any]:
    """The content with a copy of a table under other names, as if one more mart were published."""
    more = copy.deepcopy(content)
    table = copy.deepcopy(next(t for t in more["tables"] if t["table_id"] == "outcomes_by_year"))
    table |= {"table_id": table_id, "title": f"What about {table_id}?"}
    table["dimensions"][1]["name"] = "something"
    for row in table["rows"]:
        row |= {
            "table_id": table_id,
            "something": row.pop("action_path"),
            "cell": f"{row['cell']}|{table_id}",
        }
    more["tables"].append(table)
    return more


@pytest.mark.parametrize(
    ("table_id", "page"),
    [
        ("exit_routes_by_year", "leavers"),
        ("proceedings_by_type", "proceedings"),
        ("case_to_answer_by_year", "proceedings"),
        ("outcomes_by_finalised_year", "live"),
        ("repeat_officers", "repeat"),
        ("allegation_types_by_year", "kinds"),
        ("outcomes_by_regime", "rules"),
        ("data_quality_by_year", "method"),
        ("a_table_nobody_thought_of", "further"),
    ],
)
def test_a_table_that_comes_to_be_published_gets_its_place(
    table_id: str, page: str, candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    more = renamed(content, table_id)
    found = {p.slug: p for p in all_pages(read_release(candidate.write(tmp_path, more), RELEASE_ID, None))}
    views = [exhibit.view for exhibit in found[page].exhibits if table_id in exhibit.view.table_ids]
    assert [view.chart for view in views] == ["bars"]
    assert "further" not in found or page == "further"


def test_a_further_table_is_built_with_its_chart_and_files(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    build(candidate.write(tmp_path / "p", renamed(content, "one_more")), tmp_path / "out", RELEASE_ID)
    text = (tmp_path / "out" / "site" / "further.html").read_text(encoding="utf-8")
    assert "What about one_more?" in text
    for link in local_links(text):
        assert (tmp_path / "out" / "site" / link.partition("#")[0]).exists() or link.startswith("#"), link


def test_a_style_sheet_loses_its_comments_and_idle_blanks_only() -> None:
    rules = (
        b".a , b > p { margin: 1px calc(1em - 2px); }\n@media (min-width: 4em) {\n  a:hover { top: 0 }\n}\n"
    )
    sheet = b"/* why */\n" + rules
    assert slim(sheet) == b".a,b > p{margin: 1px calc(1em - 2px);}@media (min-width: 4em){a:hover{top: 0}}"
