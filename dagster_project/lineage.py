"""Which columns a table has and which columns they come from: names only, read from the SQL that dbt ran."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from sqlglot import exp

    from dagster_project.warehouse import Project

Origins = Mapping[str, Mapping[str, list[tuple[str, str]]]]
"""Table to column to the tables and columns that it is made of."""

LINEAGE = "lineage.json"
YEAR = "recorded_year"
IDENTITY = ("force", "scope", "population", "as_at")
SAID = ("table_id", *IDENTITY, "unit", "time_basis")
FIGURE = ("measure", "marker", "notes", "reason", "exemption")
AS_SENT = "As the file has it, as text: see docs/sources.md."
RAW = {
    "as_at_date": "The day that the file is as at, from its entry in sources.toml.",
    "rest": "Every other column of the file, as JSON.",
    "year": "The year that the row is filed under: its partition.",
    "missing_columns": "The columns that the entry in sources.toml declares missing.",
}
"""Columns that no model hands on under their names."""
SOURCE = re.compile(r"read_parquet\('raw/accepted[^)]*\)")
AS_IT_IS = {"trim_selects": False, "copy": False}
"""One qualified query serves all its columns: a copy a column costs more than everything else."""
KEYWORD = re.compile(r'(?<!["\w])force(?!["\w])')
"""The parser takes this column's name for a keyword where it stands bare."""


def origins(project: Project, seeds: Path, compiled: Path, raw: str) -> Origins:
    """The columns behind each column of each model, worked out once for a state of the dbt project.

    `compiled` holds the SQL of the last build; `raw` is what the source of the project is called here.
    """
    kept = project.folder / LINEAGE
    if not kept.exists():
        found = _all_origins(project.manifest, seeds, compiled, raw)
        try:
            draft = kept.with_name(f".{LINEAGE}")
            draft.write_text(json.dumps(found), encoding="utf-8")
            draft.replace(kept)
        except OSError:
            return found
    content: Origins = json.loads(kept.read_text(encoding="utf-8"))
    return content


def column_lineage(columns: Mapping[str, list[tuple[str, str]]]) -> dg.TableColumnLineage:
    """Dagster's form of the origins of one table."""
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(dg.AssetKey(table), name) for table, name in found]
            for column, found in columns.items()
            if found
        }
    )


def same_columns(table: str, names: list[str]) -> dg.TableColumnLineage:
    """Columns that are handed on under their own names."""
    return column_lineage({name: [(table, name)] for name in names})


def released_columns(nodes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The columns of the released long form, those of every table together."""
    dimensions = sorted({name for node in nodes for name in _publish(node)["dimensions"]} - {YEAR})
    before, after = dict.fromkeys(SAID, "VARCHAR"), dict.fromkeys(FIGURE, "VARCHAR")
    years = {"year_from": "INTEGER", "year_to": "INTEGER"}
    return before | years | dict.fromkeys(dimensions, "VARCHAR") | after | {"value": "BIGINT"}


def released_lineage(nodes: Iterable[Mapping[str, Any]]) -> dg.TableColumnLineage:
    """Which columns of which marts the released columns come from."""
    found: dict[str, list[tuple[str, str]]] = {}
    for node in nodes:
        publish, mart = _publish(node), node["name"]
        from_mart = {"value": publish["measures"], "year_from": [YEAR], "year_to": [YEAR]}
        from_mart |= {name: [name] for name in (*IDENTITY, *publish["dimensions"]) if name != YEAR}
        for column, names in from_mart.items():
            found.setdefault(column, []).extend((mart, name) for name in names)
    return column_lineage(found)


def _publish(node: Mapping[str, Any]) -> Mapping[str, Any]:
    block: Mapping[str, Any] = node["config"]["meta"]["publish"]
    return block


def schema(columns: Mapping[str, str], words: Mapping[str, str] | None = None) -> dg.TableSchema:
    """Names and types, and what each column says, as far as words are given."""
    known = words or {}
    return dg.TableSchema([dg.TableColumn(name, kind, known.get(name)) for name, kind in columns.items()])


def raw_words(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What the raw columns say: the words of dbt where it hands them on, else where each came from."""
    from ingest.canonical import EXTRACT

    return dict.fromkeys(EXTRACT, AS_SENT) | dict(RAW) | _documented(manifest)


def released_words(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What the released columns say: dimensions in the words of dbt, all others in those of the site."""
    from dashboards.columns import LEADING, TRAILING

    return _documented(manifest) | {column.name: column.words for column in (*LEADING, *TRAILING)}


def _documented(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The blocks of columns.md, which a column of the same name refers to."""
    return {block["name"]: block["block_contents"] for block in manifest["docs"].values()}


def _all_origins(manifest: Mapping[str, Any], seeds: Path, compiled: Path, raw: str) -> Origins:
    from ingest.canonical import EXTRACT, PROVENANCE

    tables = {raw: dict.fromkeys((*EXTRACT, *PROVENANCE), "text")}
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for node in _in_order(manifest):
        name = node["name"]
        if node["resource_type"] == "seed":
            tables[name] = dict.fromkeys(_heading(seeds / f"{name}.csv"), "text")
        else:
            sql = (compiled / node["package_name"] / node["original_file_path"]).read_text(encoding="utf-8")
            found[name] = _origins_if_readable(sql, raw, tables)
            tables[name] = dict.fromkeys((*found[name], *node["columns"]), "text")
    return found


def _in_order(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Seeds and models, each after what it is made of."""
    ordered: dict[str, Mapping[str, Any]] = {}

    def visit(name: str) -> None:
        node = manifest["nodes"].get(name)
        if node is None or name in ordered or node["resource_type"] not in ("seed", "model"):
            return
        for parent in node.get("depends_on", {}).get("nodes", ()):
            visit(parent)
        ordered[name] = node

    for name in sorted(manifest["nodes"]):
        visit(name)
    return list(ordered.values())


def _heading(seed: Path) -> list[str]:
    with seed.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


def _origins_if_readable(
    sql: str, raw: str, tables: Mapping[str, Mapping[str, str]]
) -> dict[str, list[tuple[str, str]]]:
    """None where the parser cannot read what DuckDB can: a picture is missing, and the line goes on."""
    from sqlglot.errors import SqlglotError

    try:
        return _origins(sql, raw, tables)
    except (SqlglotError, ValueError):
        # What it says of a column that it cannot follow is a plain ValueError.
        return {}


def _origins(sql: str, raw: str, tables: Mapping[str, Mapping[str, str]]) -> dict[str, list[tuple[str, str]]]:
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.scope import build_scope

    query = _qualified(sql, raw, tables)
    scope = build_scope(query)
    trees = {
        column: lineage(column, query, {}, scope=scope, dialect="duckdb", **AS_IT_IS)
        for column in query.named_selects
    }
    return {
        column: sorted({place for leaf in tree.walk() for place in _place(leaf)})
        for column, tree in trees.items()
    }


def _qualified(sql: str, raw: str, tables: Mapping[str, Mapping[str, str]]) -> exp.Query:
    from sqlglot import exp, parse_one
    from sqlglot.optimizer.qualify import qualify

    query = parse_one(KEYWORD.sub('"force"', SOURCE.sub(raw, sql)), dialect="duckdb")
    for table in query.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
    qualified: exp.Query = qualify(
        query, schema=dict(tables), dialect="duckdb", validate_qualify_columns=False
    )  # type: ignore[assignment]
    return qualified


def _place(leaf: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    """Table and column of a leaf of the parser's tree; a leaf that is no table, as a literal, has none."""
    from sqlglot import exp

    if leaf.downstream or not isinstance(leaf.expression, exp.Table):
        return []
    return [(leaf.expression.name, leaf.name.rpartition(".")[2].strip('"'))]
