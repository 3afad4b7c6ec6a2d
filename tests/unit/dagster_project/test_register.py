"""A figure that binds nothing is told: what protection does not know, everybody else does."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dagster_project.errors import BadInput
from dagster_project.register import elsewhere, register_of
from dagster_project.settings import Settings

SEEDS = Path(__file__).resolve().parents[3] / "dbt" / "seeds"
FIGURE = """[[figure]]
force = "Example Force"
scope = "domestic abuse"
population = "officers"
unit = "allegations"
time_basis = "recorded"
as_at = 2021-06-30
years = [2017, 2017]
dimensions = {}
value = 80
wording = "w"
source = "s"
source_ref = "x"
"""


def _settings(folder: Path, register: str) -> Settings:
    (folder / "register.toml").write_text(register, encoding="utf-8")
    return cast(Settings, SimpleNamespace(landing=folder, seeds=SEEDS))


def _landing(**other: str) -> Any:
    mine = {"force": "Example Force", "scope": "domestic abuse", "population": "officers"}
    return SimpleNamespace(**mine | other, sources=(SimpleNamespace(as_at=date(2021, 6, 30)),))


def test_figures_about_other_records_are_named_in_one_line(tmp_path: Path) -> None:
    other_day = FIGURE.replace("as_at = 2021", "as_at = 2020")
    register = register_of(_settings(tmp_path, FIGURE + other_day + FIGURE.replace('"officers"', '"staff"')))
    (line,) = elsewhere(register, _landing())
    assert line.endswith("figure 2, 3")
    assert list(elsewhere(register_of(_settings(tmp_path, FIGURE)), _landing())) == []


@pytest.mark.parametrize(
    ("dimensions", "words"),
    [
        ('{action_path = "banana"}', "`action_path` has no category `banana`; known are formal, informal"),
        ('{colour = "red"}', "no dimension `colour`"),
    ],
)
def test_a_slip_in_a_category_is_refused(tmp_path: Path, dimensions: str, words: str) -> None:
    slipped = FIGURE.replace("dimensions = {}", f"dimensions = {dimensions}")
    with pytest.raises(BadInput) as refused:
        register_of(_settings(tmp_path, FIGURE + slipped))
    assert f"register.toml: figure 2: {words}" in str(refused.value)


@pytest.mark.parametrize("column", ["allegation_type", "investigating_force"])
def test_columns_without_a_list_for_all_forces_are_not_looked_up(column: str, tmp_path: Path) -> None:
    typed = FIGURE.replace("dimensions = {}", f'dimensions = {{{column} = "C"}}')
    assert len(register_of(_settings(tmp_path, typed)).figures) == 1
