"""Accepted Parquet to the private warehouse: the only module that calls dbt.

The file is built beside the old one from nothing and replaces it whole, so that readers never block it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project import log
from dagster_project.errors import BadInput, Refused
from dagster_project.settings import Settings, for_all

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.contracts.graph.manifest import Manifest

MANIFEST, PARSED = "manifest.json", "partial_parse.msgpack"
GOOD = frozenset({"success", "pass", "warn", "no-op"})
SKIPPED = "skipped"
"""The status of a node that never ran, because one that it stands on is not good."""


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


@dataclass(frozen=True)
class Project:
    """The parsed dbt project: its manifest as written, and the folder that keeps it."""

    manifest: Mapping[str, Any]
    folder: Path

    @property
    def models(self) -> list[Mapping[str, Any]]:
        """The nodes that become tables by SQL."""
        return [node for node in self.manifest["nodes"].values() if node["resource_type"] == "model"]


def read_project(settings: Settings) -> Project:
    """The dbt project as it is now, parsed again only when a file of it or dbt itself changed.

    It is parsed once for a checkout and kept there for every home, since nothing in it names one: places come
    from the environment when models run. A checkout that cannot be written keeps nothing; the home does.

    Raises:
        Refused: dbt cannot parse the project.
    """
    key = project_key(settings.dbt_project)
    for folder in (settings.dbt_project / "target" / key, settings.build / "dbt" / key):
        if (folder / MANIFEST).exists():
            return Project(json.loads((folder / MANIFEST).read_text(encoding="utf-8")), folder)
    _invoke(settings, None, "parse")
    parsed = _target(settings)
    kept = _keep(parsed, settings.dbt_project / "target" / key) or _keep(parsed, settings.build / "dbt" / key)
    if kept is None:
        raise Refused((f"{settings.build} cannot be written: give it to the user who refreshes",))
    return Project(json.loads((kept / MANIFEST).read_text(encoding="utf-8")), kept)


def _keep(parsed: Path, folder: Path) -> Path | None:
    """Copy what dbt parsed in one step, so that a reader finds all of it or nothing.

    Every user of a checkout may read it: it holds code alone. In a home, the home's folder keeps others out.
    """
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        with for_all():
            draft.mkdir(parents=True)
            for name in (MANIFEST, PARSED):
                shutil.copyfile(parsed / name, draft / name)
        draft.replace(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
    return folder if (folder / MANIFEST).exists() else None


def project_key(project: Path) -> str:
    """Hash of the versions of dbt, of where the project lies, and of the names and bytes of its files.

    dbt writes the place into what it parsed: a checkout that was copied or moved must not use that.
    """
    versions = [f"{name}=={metadata.version(name)}" for name in ("dbt-core", "dbt-duckdb")]
    digest = hashlib.sha256("\0".join([*versions, str(project)]).encode())
    for path in sorted(project.rglob("*")):
        if path.is_file() and not {"target", "logs", "dbt_packages"} & set(path.relative_to(project).parts):
            digest.update(f"{path.relative_to(project)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def build_warehouse(settings: Settings, project: Project) -> tuple[NodeResult, ...]:
    """Run and test every dbt node; where all are good, put the new file in place of the old one.

    The caller looks at the results: the old warehouse stays as it is where one is not good.

    Raises:
        Refused: dbt could not run at all.
    """
    _forget(settings.building)
    # Unit tests are about the code, not about these rows, and exposures build nothing.
    told = ["build", "--no-write-json", "--exclude-resource-types", "unit_test", "exposure"]
    results = _results(_invoke(settings, _parsed(project), *told))
    _close_connections()
    if all(result.good for result in results):
        settings.building.replace(settings.warehouse)
    return results


def check_results(settings: Settings, results: tuple[NodeResult, ...]) -> None:
    """Refuse, naming the nodes, where one is not good; those that only follow from others are not named.

    Raises:
        Refused: a model could not be built or a test failed.
    """
    failed = [result for result in results if not result.good]
    bad = [result for result in failed if result.status != SKIPPED] or failed
    if not bad:
        return
    log.append(settings.log, "refusal", "dbt: " + ", ".join(result.name for result in bad))
    lines = [f"  {result.name}: {result.status}: see docs/runbook.md, 'A dbt test fails'" for result in bad]
    raise Refused(["the warehouse was refused: nothing was published, the release before stays", *lines])


def _parsed(project: Project) -> Manifest:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    parsed = Manifest.from_msgpack((project.folder / PARSED).read_bytes(), decoder=extended_mashumuro_decoder)
    parsed.build_flat_graph()  # what `graph` is in a model or test; dbt builds it only while parsing
    return parsed


def write_docs(settings: Settings, project: Project) -> Path:
    """The pages of dbt about the warehouse, one file that loads nothing from the network; gives its place.

    Raises:
        BadInput: there is no warehouse yet.
        Refused: dbt could not write them.
    """
    if not settings.warehouse.exists():
        raise BadInput(("there is no warehouse yet: materialise the marts first",))
    copy, page = settings.building, settings.docs / "dbt" / "index.html"
    shutil.copyfile(settings.warehouse, copy)
    try:
        _invoke(settings, _parsed(project), "docs", "generate", "--static")
    finally:
        _close_connections()
        _forget(copy)
    page.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_target(settings) / "static_index.html", page)
    return page


def compiled_sql(settings: Settings) -> Path:
    """The SQL of the last build, as dbt ran it, a folder a package."""
    return _target(settings) / "compiled"


def home_of_test(manifest: Mapping[str, Any], test: str) -> str:
    """The table that a test is shown at: the one it is attached to, else the last built of those it reads.

    Where it reads the source alone, the first table that is made of that.
    """
    node, nodes = manifest["nodes"][test], manifest["nodes"]
    if node.get("attached_node") in nodes:
        return str(node["attached_node"])
    read = [name for name in node["depends_on"]["nodes"] if name in nodes]
    made = [c for name in node["depends_on"]["nodes"] for c in manifest["child_map"][name] if c in nodes]
    tables = read or [name for name in made if nodes[name]["resource_type"] == "model"]
    home: str = max(tables, key=lambda name: (_depth(manifest, name), name))
    return home


def with_tests_at_home(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with every test among the children of its table, where Dagster looks for checks."""
    children = {name: list(found) for name, found in manifest["child_map"].items()}
    for name, node in manifest["nodes"].items():
        if node["resource_type"] == "test" and name not in children[home_of_test(manifest, name)]:
            children[home_of_test(manifest, name)].append(name)
    return {**manifest, "child_map": children}


def _depth(manifest: Mapping[str, Any], name: str) -> int:
    return 1 + max((_depth(manifest, parent) for parent in manifest["parent_map"][name]), default=0)


def _target(settings: Settings) -> Path:
    return settings.build / "dbt" / "target"


def _forget(database: Path) -> None:
    for path in (database, database.with_name(database.name + ".wal")):
        path.unlink(missing_ok=True)


def _invoke(settings: Settings, parsed: Manifest | None, command: str, *options: str) -> Any:  # noqa: ANN401
    from dbt.cli.main import dbtRunner

    target = _target(settings)
    target.mkdir(parents=True, exist_ok=True)
    arguments = [*_flags(), command, *options, *_places(settings, target)]
    outcome = dbtRunner(manifest=parsed).invoke(arguments)
    if outcome.exception is not None or outcome.result is None:
        kind = type(outcome.exception).__name__
        remedy = f"run `dbt {command}` in dbt/ to see why"
        raise Refused((f"dbt could not {command} the project ({kind}): {remedy}",))
    return outcome.result


def _flags() -> list[str]:
    # A test's message holds the number of failing rows, so dbt prints and writes no log at all.
    silent = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-print"]
    return [*silent, "--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors"]


def _places(settings: Settings, target: Path) -> list[str]:
    project = ["--project-dir", str(settings.dbt_project), "--profiles-dir", str(settings.dbt_project)]
    return [*project, "--target-path", str(target), "--log-path", str(target)]


def _results(outcome: RunExecutionResult) -> tuple[NodeResult, ...]:
    return tuple(
        NodeResult(result.node.unique_id, result.node.name, str(result.status), float(result.execution_time))
        for result in outcome.results
    )


def _close_connections() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
