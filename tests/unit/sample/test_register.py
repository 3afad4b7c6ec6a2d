"""The register binds each published figure once, agrees with the records, and joins no two margins."""

from __future__ import annotations

import csv
import json
import tomllib
from typing import Any

import pytest

from sample.generate import LANDING
from sample.records import Record, records

FIGURES: list[dict[str, Any]] = tomllib.loads((LANDING / "register.toml").read_text())["figure"]
ROWS = records()
PATHS = {
    "no_action": {"No action", "No further action"},
    "informal": {"Management action"},
    "left_before_outcome": {"Retired", "Resigned"},
}
SANCTIONS = {
    "dismissal_without_notice": {"Dismissal without notice"},
    "final_written_warning": {"Final written warning"},
    "not_proven": {"Not proven"},
    "would_have_been_dismissed": {"Would have been dismissed"},
    "left_before_finding": {"Retired", "Resigned"},
    "none": {"Misconduct found, no further action"},
}
WBD_MARGINS = {"allegation_type", "exit_route"}


def holds(row: Record, dimension: str, code: str) -> bool:
    if dimension == "action_path":
        formal = bool(row.proceedings_type)
        return formal if code == "formal" else not formal and row.action in PATHS[code]
    if dimension == "sanction":
        return row.sanction in SANCTIONS[code]
    if dimension == "officer_sex":
        return row.sex == code
    return bool(getattr(row, dimension).casefold() == code.casefold())


def counted(figure: dict[str, Any]) -> int:
    first, last = figure["years"]
    chosen = [
        row
        for row in ROWS
        if first <= row.year <= last and all(holds(row, *item) for item in figure["dimensions"].items())
    ]
    return len({row.officer_key for row in chosen}) if figure["unit"] == "officers" else len(chosen)


def cell(figure: dict[str, Any]) -> str:
    names = ("force", "scope", "population", "unit", "time_basis", "years", "dimensions")
    return json.dumps([figure[name] for name in names], sort_keys=True)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure["wording"])
def test_the_records_give_the_published_figure(figure: dict[str, Any]) -> None:
    low, high = figure.get("interval", (figure.get("value"),) * 2)
    assert low <= counted(figure) <= high


def test_a_cell_is_bound_once() -> None:
    cells = list(map(cell, FIGURES))
    assert len(cells) == len(set(cells))


def test_a_figure_is_a_value_or_an_interval_with_its_source() -> None:
    for figure in FIGURES:
        assert ("value" in figure) != ("interval" in figure)
        assert figure["wording"]
        assert figure["source"].startswith("FOI ")


def test_all_figures_belong_to_the_landing_folder() -> None:
    sources = tomllib.loads((LANDING / "sources.toml").read_text())
    for figure in FIGURES:
        assert all(figure[name] == sources[name] for name in ("force", "scope", "population"))
        assert {figure["as_at"]} == {entry["as_at"] for entry in sources["source"]}
        assert figure["time_basis"] == "recorded"


def test_the_margins_of_2017_are_present_and_never_joined() -> None:
    margins = [WBD_MARGINS & set(figure["dimensions"]) for figure in FIGURES]
    assert sorted(len(margin) for margin in margins if margin) == [1, 1, 1, 1]


def test_every_figure_of_the_two_answers_is_bound() -> None:
    with (LANDING / "published_figures.csv").open(encoding="utf-8", newline="") as file:
        answers = [row for row in csv.DictReader(file) if row["source_ref"] in ("S01", "S02")]
    assert len(answers) == len([figure for figure in FIGURES if figure["unit"] != "officers"]) + 3
    assert {row["source_ref"] for row in answers} == {figure["source_ref"] for figure in FIGURES}
    values = [int(row["value"]) for row in answers if row["unit"] != "percent"]
    assert sorted(values) == sorted(figure["value"] for figure in FIGURES if "value" in figure)


def test_the_published_figures_are_sourced_lines() -> None:
    with (LANDING / "published_figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 200
    assert all(row["source_ref"] and row["source_title"] and row["publisher"] and row["unit"] for row in rows)
    assert all(float(row["value"]) >= 0 for row in rows)
