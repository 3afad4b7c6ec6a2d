"""The picture of the pathway shows the cells of its table and no other number."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards.model import Release, read_release
from dashboards.page import Exhibit
from dashboards.pages import pathway as page
from dashboards.pathway import picture

SVG = "{http://www.w3.org/2000/svg}"
WIDTHS = [False, True]


def exhibit(release: Release) -> Exhibit:
    section = page.page(release).sections[0]
    assert isinstance(section, Exhibit)
    return section


def drawn(shown: Exhibit, narrow: bool) -> tuple[list[str], list[float], list[float]]:
    """The figures in bold, the lengths of the bars and of the hatched blocks."""
    root = ET.fromstring(picture(shown.view, shown.stages, narrow).svg)
    names = {stage.name for stage in shown.stages}
    bold = [t.text or "" for t in root.iter(f"{SVG}text") if t.get("font-weight") == "700"]
    bars = [r for r in root.iter(f"{SVG}rect") if r.get("height") == "12"]
    hatched = [r for r in bars if r.get("fill") == "none"]
    return (
        [text for text in bold if text not in names],
        [float(r.get("width") or 0) for r in bars if r not in hatched],
        [float(r.get("width") or 0) for r in hatched],
    )


@pytest.fixture
def hidden(candidate: ModuleType, content: dict[str, Any], tmp_path: Path) -> Release:
    """A release in which two groups of very different size are withheld."""
    changed = copy.deepcopy(content)
    for table in changed["tables"]:
        for row in table["rows"]:
            if row.get("action_path") in {"no_action", "informal"}:
                row.update(value=None, marker="c", reason="withheld", exemption="s.40(2)")
    return read_release(candidate.write(tmp_path, changed), "id", None)


@pytest.mark.parametrize("narrow", WIDTHS)
def test_the_figures_of_the_picture_are_those_of_its_table(release: Release, narrow: bool) -> None:
    shown = exhibit(release)
    figures, bars, _ = drawn(shown, narrow)
    assert figures == [row[0].text for row in shown.view.grid if row[0].value != 0]
    values = [row[0].value for row in shown.view.grid if row[0].value]
    scale = bars[0] / (values[0] or 1)
    assert bars == pytest.approx([value * scale for value in values if value], abs=0.2)


@pytest.mark.parametrize("narrow", WIDTHS)
def test_withheld_groups_are_hatched_and_all_of_one_length(hidden: Release, narrow: bool) -> None:
    figures, _, hatched = drawn(exhibit(hidden), narrow)
    assert figures.count("[c]") == len(hatched) == 2
    assert len(set(hatched)) == 1


@pytest.mark.parametrize("narrow", WIDTHS)
def test_the_picture_needs_no_style_and_no_script(release: Release, narrow: bool) -> None:
    shown = exhibit(release)
    text = picture(shown.view, shown.stages, narrow).svg
    assert not re.search(r"style|script|href|\son\w+=", text)
    assert text == picture(shown.view, shown.stages, narrow).svg


@pytest.mark.parametrize("narrow", WIDTHS)
def test_every_word_lies_inside_the_picture(release: Release, narrow: bool) -> None:
    shown = exhibit(release)
    root = ET.fromstring(picture(shown.view, shown.stages, narrow).svg)
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x") or -1) <= width
        assert 0 < float(text.get("y") or -1) < height


def test_the_page_shows_the_picture_with_its_words(release: Release, built: Path) -> None:
    text = (built / "site" / "pathway.html").read_text(encoding="utf-8")
    shown = exhibit(release)
    assert all(picture(shown.view, shown.stages, narrow).svg in text for narrow in WIDTHS)
    words = re.search(r'role="img" aria-label="Picture: ([^"]+)"', text)
    assert words is not None
    for row, cells in zip(shown.view.rows, shown.view.grid, strict=True):
        assert cells[0].value == 0 or f"{row.label}: {cells[0].text}" in words[1]


def test_steps_of_different_years_are_not_put_side_by_side(
    candidate: ModuleType, content: dict[str, Any], tmp_path: Path
) -> None:
    changed = copy.deepcopy(content)
    changed["tables"] = [t for t in changed["tables"] if t["table_id"] != "sanctions_in_detail"]
    release = read_release(candidate.write(tmp_path, changed), "id", None)
    section = page.page(release).sections[0]
    assert not isinstance(section, Exhibit)
