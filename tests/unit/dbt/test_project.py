"""The dbt project as files: its shape, its contracts and what it says about what may be published."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from disclosure.publish import Publish

DBT = Path(__file__).parents[3] / "dbt"
MODELS = sorted((DBT / "models").rglob("*.sql"))
MARTS_YML = (DBT / "models/marts/marts.yml").read_text(encoding="utf-8")
MARTS: list[dict[str, Any]] = yaml.safe_load(MARTS_YML)["models"]
GROUPS = {"dismissed_or_left", "warning_or_other", "not_proven_or_none", "told", "any_hearing", "other_path"}
PUBLISHED = [mart for mart in MARTS if "publish" in mart["config"]["meta"]]

TABLES = {
    "allegations_by_year": (["recorded_year", "officer_sex"], {}, "allegations"),
    "officers_by_year": (["recorded_year", "officer_sex"], {}, "officers"),
    "outcomes_by_year": (["recorded_year", "action_path"], {}, "allegations"),
    "sanctions_by_year": (["recorded_year", "sanction"], {"action_path": "formal"}, "allegations"),
    "sanctions_in_detail": (["recorded_year", "sanction"], {"action_path": "formal"}, "allegations"),
    "would_have_been_dismissed_by_year": (
        ["recorded_year"],
        {"action_path": "formal", "sanction": "would_have_been_dismissed"},
        "allegations",
    ),
    "proceedings_by_year": (["recorded_year", "has_proceedings"], {}, "allegations"),
    "live_by_age": (["recorded_year", "live_age"], {"action_path": "live"}, "allegations"),
    "case_type_by_year": (["recorded_year", "case_type"], {}, "allegations"),
    "data_quality_by_year": (["recorded_year", "action_path"], {}, "allegations"),
    "proceedings_by_type": (["recorded_year", "proceedings_type"], {"has_proceedings": "yes"}, "allegations"),
}


def _block(mart: dict[str, Any]) -> dict[str, Any]:
    block: dict[str, Any] = mart["config"]["meta"]["publish"]
    return block


def _named(table_id: str) -> dict[str, Any]:
    (block,) = (_block(mart) for mart in PUBLISHED if _block(mart)["table_id"] == table_id)
    return block


def test_no_python_file_shadows_the_dbt_package() -> None:
    assert list(DBT.rglob("*.py")) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_model_is_short_and_ends_with_its_last_step(model: Path) -> None:
    text = model.read_text(encoding="utf-8").strip()
    assert len(text.splitlines()) <= 80
    steps = re.findall(r"^(\w+)(?: \([\w, ]+\))? as \(", text, flags=re.MULTILINE)
    assert "count_allegations(" in text or text.endswith(f"select * from {steps[-1]}")


def test_every_mart_is_described_column_by_column() -> None:
    assert {mart["name"] for mart in MARTS} == {path.stem for path in MODELS if path.parent.name == "marts"}
    for mart in MARTS:
        assert mart["description"].endswith(".")
        for column in mart["columns"]:
            assert column["data_type"]
            assert column["description"] == f"{{{{ doc('{column['name']}') }}}}"


def test_every_mart_and_code_list_is_held_to_one_row_at_its_grain() -> None:
    tested = re.findall(
        r"ref\('(\w+)'\)", (DBT / "tests/assert_grains_are_unique.sql").read_text(encoding="utf-8")
    )
    seeds = yaml.safe_load((DBT / "seeds/seeds.yml").read_text(encoding="utf-8"))["seeds"]
    assert sorted(tested) == sorted(relation["name"] for relation in (*MARTS, *seeds))


def test_every_column_text_is_used_and_written_once() -> None:
    written = re.findall(r"{% docs (\w+) %}", (DBT / "models/columns.md").read_text(encoding="utf-8"))
    used = {
        name
        for path in DBT.rglob("*.yml")
        if "target" not in path.parts
        for name in re.findall(r"doc\('(\w+)'\)", path.read_text(encoding="utf-8"))
    }
    assert len(written) == len(set(written))
    assert set(written) == used


def test_a_mart_that_is_not_published_says_why() -> None:
    for mart in MARTS:
        meta = mart["config"]["meta"]
        assert ("publish" in meta) != ("not_published" in meta)
        assert meta.get("not_published", "Published.").endswith(".")


def test_the_published_tables_are_these() -> None:
    blocks = [_block(mart) for mart in PUBLISHED]
    assert {b["table_id"]: (b["dimensions"], b["within"], b["unit"]) for b in blocks} == TABLES
    assert all(mart["name"] == "mart_" + _block(mart)["table_id"] for mart in PUBLISHED)


@pytest.mark.parametrize("mart", PUBLISHED, ids=lambda mart: mart["name"])
def test_a_publish_block_is_read_strictly_and_fits_its_mart(mart: dict[str, Any]) -> None:
    publish = Publish.parse(_block(mart))
    columns = [column["name"] for column in mart["columns"]]
    common = ["force", "scope", "population", "as_at"]
    assert columns == [*common, *publish.dimensions, *publish.measures, "officer_keys"]


@pytest.mark.parametrize("mart", PUBLISHED, ids=lambda mart: mart["name"])
def test_the_leaves_of_a_dimension_are_its_code_list(mart: dict[str, Any]) -> None:
    with (DBT / "seeds/seed_codes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name, leaves in _block(mart)["categories"].items():
        codes = [row["code"] for row in rows if row["list"] == name]
        codes = [code for code in codes if (name, code) != ("proceedings_type", "none")]  # within: some are
        assert leaves == [code for code in codes if code not in GROUPS]
        assert set(_block(mart)["merge"].get(name, {})) <= GROUPS & set(codes)


@pytest.mark.parametrize("mart", PUBLISHED, ids=lambda mart: mart["name"])
def test_an_alternative_shows_less_of_the_same_table_or_keeps_less_from_serving(mart: dict[str, Any]) -> None:
    publish = Publish.parse(_block(mart))
    for other in publish.regrouped():
        assert other.dimensions == publish.dimensions
        fewer = [name for name in publish.dimensions if set(other.show[name]) < set(publish.show[name])]
        more_serve = len(other.never_hide) < len(publish.never_hide)
        assert fewer or set(other.merge) > set(publish.merge) or more_serve


def test_bands_and_levels_are_those_of_the_publication_that_stands() -> None:
    three = {"recorded_year": [[2010, 2013], [2014, 2016], [2017, 2020]]}
    assert _named("outcomes_by_year")["bands"] == three
    assert _named("proceedings_by_year")["bands"] == three
    assert _named("sanctions_by_year")["bands"] == {"recorded_year": [[2010, 2016], [2017, 2020]]}
    assert _named("officers_by_year")["show"]["recorded_year"] == ["leaves"]
    assert _named("would_have_been_dismissed_by_year")["show"] == {"recorded_year": ["leaves"]}


def test_would_have_been_dismissed_is_impossible_before_2012_in_every_table_that_counts_it() -> None:
    """Readers know it of each of them: whether another table stands beside it must not matter."""
    years = [str(year) for year in range(2000, 2012)]
    for mart in PUBLISHED:
        publish = Publish.parse(_block(mart))
        found = [dict(entry) for entry in publish.structural_zero]
        if publish.within.get("sanction") == "would_have_been_dismissed":
            assert found == [{"recorded_year": tuple(years)}]
        elif "would_have_been_dismissed" in publish.categories.get("sanction", ()):
            sanction = ("would_have_been_dismissed",)
            assert found == [{"recorded_year": tuple(years), "sanction": sanction}]
        else:
            assert found == []


def test_what_the_public_asked_for_never_serves_as_a_partner() -> None:
    assert _named("outcomes_by_year")["never_hide"] == [
        {"action_path": "formal"},
        {"action_path": "informal"},
        {"action_path": "left_before_outcome"},
    ]


def test_live_cases_by_age_tell_nothing_of_years_whose_live_cases_are_few() -> None:
    block = _named("live_by_age")
    assert block["show"]["recorded_year"] == ["bands"]
    assert block["bands"] == {"recorded_year": [[2017, 2020]]}


def test_ages_of_live_cases_leave_a_category_for_records_that_tell_none() -> None:
    block = _named("live_by_age")
    assert [c for c in block["categories"]["live_age"] if c not in block["ages"]["live_age"]] == ["not_known"]


def test_every_leaf_of_the_sanctions_is_merged_but_not_known() -> None:
    block = _named("sanctions_by_year")
    merged = [leaf for leaves in block["merge"]["sanction"].values() for leaf in leaves]
    assert set(block["categories"]["sanction"]) - set(merged) == {"not_known"}


def test_dbt_sends_nothing_home() -> None:
    project = yaml.safe_load((DBT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["flags"]["send_anonymous_usage_stats"] is False
    profile = yaml.safe_load((DBT / "profiles.yml").read_text(encoding="utf-8"))
    options = profile["misconduct"]["outputs"]["warehouse"]["config_options"]
    assert options["autoinstall_known_extensions"] is False
