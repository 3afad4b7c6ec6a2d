"""The parsed dbt project: the conventions that dbt-bouncer holds it to, and who uses which table."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
CONFIG = (REPOSITORY / "dbt" / "dbt-bouncer.yml").read_text(encoding="utf-8")
PAGES = sorted(p for p in (REPOSITORY / "dashboards" / "pages").glob("*.py") if p.stem != "__init__")


def _bounced(folder: Path, manifest: Mapping[str, Any]) -> int:
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    config = folder / "dbt-bouncer.yml"
    config.write_text(CONFIG.replace("dbt_artifacts_dir: target", f"dbt_artifacts_dir: {folder}"))
    return int(import_module("dbt_bouncer").run_bouncer(config_file=config))


def test_the_project_keeps_its_conventions(tmp_path: Path, dbt_manifest: Mapping[str, Any]) -> None:
    assert _bounced(tmp_path, dbt_manifest) == 0


def _no_contract(node: dict[str, Any]) -> None:
    node["contract"]["enforced"] = False


def _no_description(node: dict[str, Any]) -> None:
    node["description"] = ""


def _a_foreign_table(node: dict[str, Any]) -> None:
    node["raw_code"] = "select * from marts.fct_allegations"


def _too_long(node: dict[str, Any]) -> None:
    node["raw_code"] += "\n-- more" * 80


@pytest.mark.parametrize("broken", [_no_contract, _no_description, _a_foreign_table, _too_long])
def test_a_model_that_breaks_a_convention_is_bounced(
    tmp_path: Path, dbt_manifest: Mapping[str, Any], broken: Any
) -> None:
    manifest = copy.deepcopy(dict(dbt_manifest))
    broken(manifest["nodes"]["model.misconduct.mart_outcomes_by_year"])
    assert _bounced(tmp_path, manifest) == 1


def _published(manifest: Mapping[str, Any]) -> set[str]:
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return {node["name"].removeprefix("mart_") for node in models if "publish" in node["config"]["meta"]}


def _named_on(page: Path, tables: set[str]) -> set[str]:
    """The published tables that the code of a page names; all of them where it goes through all."""
    code = page.read_text(encoding="utf-8")
    named = set(re.findall(r'"([a-z_]+)"', code)) & tables
    return tables if "release.tables" in code else named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_exposure_of_a_page_depends_on_the_tables_that_it_names(
    page: Path, dbt_manifest: Mapping[str, Any]
) -> None:
    exposure = dbt_manifest["exposures"][f"exposure.misconduct.{page.stem}"]
    depends = {name.rpartition(".mart_")[2] for name in exposure["depends_on"]["nodes"]}
    assert depends == _named_on(page, _published(dbt_manifest))


def test_every_exposure_is_a_page(dbt_manifest: Mapping[str, Any]) -> None:
    assert {e["name"] for e in dbt_manifest["exposures"].values()} == {page.stem for page in PAGES}


def test_only_what_may_be_published_is_public(dbt_manifest: Mapping[str, Any]) -> None:
    models = [node for node in dbt_manifest["nodes"].values() if node["resource_type"] == "model"]
    for node in models:
        published = "publish" in node["config"]["meta"]
        staging = node["schema"] == "staging"
        assert node["access"] == ("public" if published else "private" if staging else "protected")
        assert node["group"] == ("publication" if published else "warehouse")
