"""The sample from files to release: cold, again, unchanged; and its SQL in bare DuckDB."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from bench.measure import Cost, Line, measure, misconduct, python, told

DEFINITIONS = """
import sys
from pathlib import Path
from dagster_project.settings import read_settings
from dagster_project.definitions import build
build(read_settings(Path(sys.argv[1]))).resolve_asset_graph()
"""

COLD = "misconduct refresh, cold"
BARE_SQL = "the same models in bare DuckDB"

WARM = """
import json, resource, shutil, sys, time
from pathlib import Path
from dagster_project.cli import main

def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)

first, second = map(Path, sys.argv[1:])
(first / "build" / "last.json").unlink()
main(["refresh", "--home", str(first)])
second.mkdir()
shutil.copyfile(first / "secret.key", second / "secret.key")
cpu, wall = used(), time.perf_counter()
code = main(["refresh", "--home", str(second)])
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([used() - cpu, time.perf_counter() - wall, memory]))
sys.exit(code)
"""

WAREHOUSE = """
import sys
from pathlib import Path
from dagster_project.settings import read_settings, prepare_process
from dagster_project.warehouse import build_warehouse, read_project
settings = read_settings(Path(sys.argv[1]))
prepare_process(settings)
build_warehouse(settings, read_project(settings))
"""

BARE = "import sys; from pathlib import Path; from bench.line import bare; bare(Path(sys.argv[1]))"


def lines(folder: Path) -> Iterator[Line]:
    """Measure one thing after the other in fresh homes below a folder."""
    home, other, third = folder / "home", folder / "warm", folder / "default"
    yield Line(COLD, misconduct("refresh", "--home", home), 18, 14)
    yield Line("nothing changed", misconduct("refresh", "--home", home), 15)
    (home / "build" / "last.json").unlink()
    yield Line("every stage again, nothing new", misconduct("refresh", "--home", home))
    yield Line("files to release again, warm, in one process", told(WARM, home, other), 8, 6, COLD)
    yield Line("the same in Dagster's default arrangement", by_default(third), against=COLD)
    yield Line("misconduct verify", misconduct("verify", home / "current"))
    yield Line("misconduct policy try", misconduct("policy", "try", "--threshold", 3, "--home", home))
    yield Line("misconduct --help", misconduct("--help"))
    yield Line("definitions load", python(DEFINITIONS, home), 4)
    yield Line("models and tests through dbt", python(WAREHOUSE, home), against=BARE_SQL)
    yield Line(BARE_SQL, python(BARE, home))


def by_default(home: Path) -> Cost:
    """One run of `bench.default` in a fresh home, by Dagster's own command."""
    from dagster_project.automation import range_tags
    from dagster_project.settings import prepare_home, prepare_process, read_settings

    environ: dict[str, str] = {}
    settings = read_settings(home)
    prepare_process(settings, environ)
    prepare_home(settings)
    dagster = Path(sys.executable).with_name("dagster")
    tags = json.dumps(dict(range_tags(None)))
    command = [dagster, "job", "execute", "-m", "bench.default", "-j", "default_refresh", "--tags", tags]
    cost = measure(command, environ)
    if not (home / "current").exists():
        raise RuntimeError("Dagster's default arrangement published nothing")
    return cost


def bare(home: Path) -> None:
    """Seeds and models of the last build, by their compiled SQL, without dbt, tests or contracts."""
    import duckdb

    from dagster_project.settings import read_settings
    from dagster_project.warehouse import read_project

    settings = read_settings(home)
    place = home / "build" / "bare" / "warehouse.duckdb"
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    with duckdb.connect(str(place), config={"file_search_path": str(home), "threads": 1}) as database:
        for schema in ("staging", "marts"):
            database.execute(f"create schema {schema}")
        for node in in_order(read_project(settings).manifest):
            database.execute(statement(node, settings.dbt_project, settings.build / "dbt" / "target"))


def in_order(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Seeds and models, each after what it comes from."""
    nodes = {name: n for name, n in manifest["nodes"].items() if n["resource_type"] in ("seed", "model")}
    above = {
        name: [up for up in node["depends_on"].get("nodes", []) if up in nodes]
        for name, node in nodes.items()
    }
    return [nodes[name] for name in TopologicalSorter(above).static_order()]


def statement(node: dict[str, Any], project: Path, target: Path) -> str:
    """The SQL that makes the table."""
    table = f'"{node["schema"]}"."{node["name"]}"'
    if node["resource_type"] == "seed":
        path, kinds = project / node["original_file_path"], node["config"]["column_types"]
        return f"create table {table} as from read_csv('{path}', types = {kinds})"
    compiled = target / "compiled" / "misconduct" / node["original_file_path"]
    return f"create table {table} as {compiled.read_text(encoding='utf-8')}"


def machine() -> str:
    """What the figures were measured on."""
    import os
    import platform
    from importlib.metadata import version

    names = ("dagster", "dbt-core", "duckdb", "great-expectations")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {sys.version.split()[0]}, {packages}"
