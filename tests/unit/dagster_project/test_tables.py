"""What dbt says of its nodes, as the line and Dagster's pages tell it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from dagster_project import tables, warehouse
from dagster_project.errors import Refused
from dagster_project.settings import Settings
from dagster_project.warehouse import NodeResult


def of(status: str) -> NodeResult:
    return NodeResult(f"test.misconduct.{status}", status, status, 0.1)


def checked(*statuses: str) -> tuple[dict[str, Any], list[str]]:
    """The verdicts on tests that ended so, by status, and the lines that were told."""
    told: list[str] = []
    keys = [dg.AssetCheckKey(dg.AssetKey("mart_findings"), status) for status in statuses]
    context = SimpleNamespace(selected_asset_check_keys=keys, log=SimpleNamespace(info=told.append))
    results = {status: of(status) for status in statuses}
    verdicts = tables._checks(context, Settings(Path(), Path(), {}), results)  # type: ignore[arg-type]
    return {verdict.check_name or "": verdict for verdict in verdicts}, told


def test_a_test_that_never_ran_gives_no_verdict() -> None:
    verdicts, told = checked("pass", "fail", "skipped")
    assert {name: verdict.passed for name, verdict in verdicts.items()} == {"pass": True, "fail": False}
    assert told == []


def test_a_test_that_warns_is_told_in_the_words_of_the_runbook() -> None:
    verdicts, told = checked("pass", "warn")
    assert verdicts["warn"].severity == dg.AssetCheckSeverity.WARN
    assert told == [f"warn: {verdicts['warn'].description}"]


@pytest.mark.parametrize(
    ("statuses", "named"),
    [
        (("success", "pass", "warn", "no-op"), None),
        (("pass", "fail", "error", "skipped"), ["fail", "error"]),
        (("pass", "skipped"), ["skipped"]),
    ],
)
def test_what_failed_is_named_and_what_only_follows_is_not(
    tmp_path: Path, statuses: tuple[str, ...], named: list[str] | None
) -> None:
    settings, results = Settings(tmp_path, tmp_path, {}), tuple(of(status) for status in statuses)
    if named is None:
        warehouse.check_results(settings, results)
        return
    with pytest.raises(Refused) as refused:
        warehouse.check_results(settings, results)
    assert [line.split(":")[0].strip() for line in refused.value.lines[1:]] == named
