"""Accepted Parquet to the private warehouse: the only module that calls dbt.

The file is built beside the old one from nothing and replaces it whole, so that readers never block it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project import log
from dagster_project.errors import Refused
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult

GOOD = frozenset({"success", "pass", "warn", "no-op"})


@dataclass(frozen=True)
class NodeResult:
    """What may be told about a dbt node: its name, its status and how long it took; never a failure count."""

    unique_id: str
    name: str
    status: str
    seconds: float

    @property
    def good(self) -> bool:
        """Built, passed, or a warning that does not stop the line."""
        return self.status in GOOD


def read_manifest(settings: Settings) -> Mapping[str, Any]:
    """The manifest of the dbt project as it is now, parsed again only when a file of it changed.

    Raises:
        Refused: dbt cannot parse the project.
    """
    target, stamp = _target(settings) / "manifest.json", _target(settings) / "manifest.key"
    key = project_key(settings.dbt_project)
    if not (target.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == key):
        _invoke(settings, "parse")
        stamp.write_text(key, encoding="ascii")
    manifest: Mapping[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return manifest


def project_key(project: Path) -> str:
    """Sha256 over names and bytes of the project's files."""
    digest = hashlib.sha256()
    for path in sorted(project.rglob("*")):
        if path.is_file() and not {"target", "logs", "dbt_packages"} & set(path.relative_to(project).parts):
            digest.update(f"{path.relative_to(project)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build_warehouse(settings: Settings) -> tuple[NodeResult, ...]:
    """Run and test every dbt node; where all are good, put the new file in place of the old one.

    The caller looks at the results: the old warehouse stays as it is where one is not good.

    Raises:
        Refused: dbt could not run at all.
    """
    _forget(settings.building)
    results = _results(_invoke(settings, "build"))
    _close_connections()
    if all(result.good for result in results):
        settings.building.replace(settings.warehouse)
    return results


def check_results(settings: Settings, results: tuple[NodeResult, ...]) -> None:
    """Refuse, naming the nodes, where one is not good.

    Raises:
        Refused: a model could not be built or a test failed.
    """
    bad = [result for result in results if not result.good and result.status != "skipped"]
    if not bad:
        return
    log.append(settings.log, "refusal", "dbt: " + ", ".join(result.name for result in bad))
    lines = [f"  {result.name}: {result.status}: see docs/runbook.md, 'A dbt test fails'" for result in bad]
    raise Refused(["the warehouse was refused: nothing was published, the release before stays", *lines])


def _target(settings: Settings) -> Path:
    return settings.build / "dbt"


def _forget(database: Path) -> None:
    for path in (database, database.with_name(database.name + ".wal")):
        path.unlink(missing_ok=True)


def _invoke(settings: Settings, command: str) -> RunExecutionResult:
    from dbt.cli.main import dbtRunner

    target = _target(settings)
    target.mkdir(parents=True, exist_ok=True)
    outcome = dbtRunner().invoke([*_flags(), command, *_places(settings, target)])
    if outcome.exception is not None or outcome.result is None:
        kind = type(outcome.exception).__name__
        raise Refused(
            (f"dbt could not {command} the project ({kind}): run `dbt {command}` in dbt/ to see why",)
        )
    return outcome.result


def _flags() -> list[str]:
    # A test's message holds the number of failing rows, so dbt prints and writes no log at all.
    silent = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-print"]
    return [*silent, "--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors"]


def _places(settings: Settings, target: Path) -> list[str]:
    project = str(settings.dbt_project)
    return [
        "--project-dir",
        project,
        "--profiles-dir",
        project,
        "--target-path",
        str(target),
        "--log-path",
        str(target),
    ]


def _results(outcome: RunExecutionResult) -> tuple[NodeResult, ...]:
    return tuple(
        NodeResult(result.node.unique_id, result.node.name, str(result.status), float(result.execution_time))
        for result in outcome.results
    )


def _close_connections() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
