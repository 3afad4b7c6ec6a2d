"""Every expectation, check and surface is documented, and every remedy points to where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expectations import incoming, outgoing
from expectations.scanner import registered_surfaces

TEXT = (Path(__file__).parents[3] / "docs" / "gates.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
ANCHORS = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in HEADINGS}
CHECKS = (*incoming.file_checks(set()), *incoming.label_checks())


@pytest.mark.parametrize("rule", outgoing.RULES, ids=[rule.name for rule in outgoing.RULES])
def test_every_expectation_has_a_section_that_its_remedy_points_to(rule: outgoing.Rule) -> None:
    assert rule.name in HEADINGS
    anchor = rule.advice.partition("docs/gates.md#")[2].rstrip(".")
    assert anchor in ANCHORS


def test_no_section_is_about_an_expectation_that_is_gone() -> None:
    assert {heading for heading in HEADINGS if heading.startswith("Expect")} == set(outgoing.REQUIRED)


@pytest.mark.parametrize("check", CHECKS, ids=[check.name for check in CHECKS])
def test_every_check_of_gate_1_is_listed_beside_its_expectation(check: incoming.Check) -> None:
    rows = [line for line in TEXT.splitlines() if f"`{check.name}`" in line]
    assert any(check.expectation in row for row in rows)


def test_the_remedies_of_gate_1_point_to_its_section() -> None:
    assert incoming.DOCUMENTATION.partition("docs/gates.md#")[2].rstrip(".") in ANCHORS


@pytest.mark.parametrize("name", registered_surfaces())
def test_every_surface_is_documented(name: str) -> None:
    assert f"`{name}`" in TEXT
