"""Rules on the form of the protected files: which keys they have, and what stands beside a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from expectations import scanner
from expectations.evidence import ALLOWED, PUBLIC, STRUCTURAL, WITHHELD, Evidence, Row
from expectations.findings import Rule

MARKERS = (WITHHELD, STRUCTURAL, "x")
NOTES = re.compile(r"[prbeuk]*")
COMMON = {"force", "scope", "population", "as_at"}
HEADER = COMMON | {
    "year_from", "year_to", "synthetic", "vocabulary", "policy_version", "policy_sha256", "threshold",
    "width",
}  # fmt: skip
PROTECTED = {"version", "header", "tables", "dropped", "breaks", "register", "published_figures"}
TABLE = {
    "table_id",
    "title",
    "description",
    "unit",
    "time_basis",
    "as_at",
    "measures",
    "within",
    "dimensions",
    "rows",
    "statements",
}
STATEMENT = {
    "name", "kind", "label", "definition", "unit", "least", "most", "marker", "reason", "exemption",
    "numerator", "denominator", "breakpoints",
}  # fmt: skip
WITHIN = {"name", "dimension", "code", "label", "definition"}
DIMENSION = {"name", "label", "definition", "kind", "levels", "total", "categories"}
CATEGORY = {"code", "label", "definition"}
ROW = COMMON | {
    "table_id", "unit", "time_basis", "year_from", "year_to", "measure", "value", "marker", "notes", "reason",
    "exemption", "cell",
}  # fmt: skip
DROPPED = {"table_id", "title", "reason"}
BREAK = {"on", "label", "note"}
REGISTER = {"wording", "source", "source_ref", "year_from", "year_to", "unit", "value"}
HISTORY = {"release_id", "as_at", "tables", "what_changed"}
STRUCTURE = {"table_id", "key", "dimensions", "measures", "rule", "structural_zero", "rows"}
AXIS = {"name", "categories", "total", "bands", "shown", "adds", "time"}
SYSTEM = {
    "version", "release", "threshold", "zeros_published", "width", "cells", "equations", "constraints",
    "known", "hidden",
}  # fmt: skip
RELEASE = {
    "header", "inner_cells", "earlier", "figures", "kept", "may_be_zero_before", "hold_exempt", "excess",
    "statements",
}  # fmt: skip
FIGURE = {"cell", "unit", "time_basis", "years", "dimensions", "least", "most", "outside"}
CELL = {"id", "code", "value", "published", "public", "lower", "upper"}
EQUATION = {"total", "parts"}
CONSTRAINT = {"terms", "sense", "rhs", "why"}
PRIVATE_NAME = re.compile(
    r"(^n_|_keys?$|_ref$|^source_|_on$|_at$|_sha256$|officer_id|collar|surname|forename|^rest$)"
)


def unexpected_columns(evidence: Evidence) -> Iterator[str]:
    """Files, keys and dimensions that only the stages before protection may have."""
    yield from (f"{path.name}: no such file is published" for path in _strangers(evidence))
    yield from _keys("protected.json", [evidence.protected], PROTECTED)
    yield from _keys("protected.json header", [evidence.protected["header"]], HEADER)
    for name, allowed in (("dropped", DROPPED), ("breaks", BREAK), ("register", REGISTER)):
        yield from _keys(f"protected.json {name}", evidence.protected.get(name, []), allowed)
    for table in evidence.protected["tables"]:
        yield from _table_columns(table)
    yield from _keys("history.json", evidence.history, HISTORY)
    yield from _keys("tables.json", evidence.tables, STRUCTURE)
    for table in evidence.tables:
        yield from _keys(f"tables.json {table.get('table_id')}", table["dimensions"], AXIS)
    yield from _system_columns(evidence.system)


def _system_columns(system: Mapping[str, Any]) -> Iterator[str]:
    release = system.get("release", {})
    yield from _keys("system.json", [system], SYSTEM)
    yield from _keys("system.json release", [release], RELEASE)
    yield from _keys("system.json release header", [release.get("header", {})], HEADER)
    yield from _keys("system.json release earlier", release.get("earlier", []), STRUCTURE)
    yield from _keys("system.json release figures", release.get("figures", []), FIGURE)
    yield from _keys("system.json release statements", release.get("statements", []), CONSTRAINT)
    for name, allowed in (("cells", CELL), ("equations", EQUATION), ("constraints", CONSTRAINT)):
        yield from _keys(f"system.json {name}", system.get(name, []), allowed)
    if any(cell.get("value") is not None and cell.get("published") is False for cell in system["cells"]):
        yield "system.json cells: a cell that is never published has a value"


def _strangers(evidence: Evidence) -> Iterable[Any]:
    return (path for path in evidence.folder.iterdir() if path.name not in ALLOWED)


def _table_columns(table: Mapping[str, Any]) -> Iterator[str]:
    where = f"protected.json {table.get('table_id')}"
    names = {str(dimension["name"]) for dimension in table["dimensions"]}
    yield from _keys(where, [table], TABLE)
    yield from _keys(f"{where} statements", table.get("statements", []), STATEMENT)
    yield from _keys(f"{where} within", table.get("within", []), WITHIN)
    yield from _keys(f"{where} dimensions", table["dimensions"], DIMENSION)
    for dimension in table["dimensions"]:
        yield from _keys(f"{where} {dimension['name']}", dimension.get("categories", []), CATEGORY)
    yield from _keys(f"{where} rows", table["rows"], ROW | names)
    yield from (f"{where}: dimension {name}" for name in names if PRIVATE_NAME.search(name))
    yield from _undeclared(where, table)


def _undeclared(where: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Dimensions in whose column a row holds a code that the table does not declare."""
    for dimension in table["dimensions"]:
        if dimension.get("kind") == "time":
            continue
        codes = {category["code"] for category in dimension["categories"]} | {dimension.get("total")}
        if any(row.get(dimension["name"]) not in codes for row in table["rows"]):
            yield f"{where} {dimension['name']}: an undeclared code"


def _keys(where: str, items: Iterable[Mapping[str, Any]], allowed: set[str]) -> Iterator[str]:
    """Keys outside the allow-list, named only if they look like names, since keys can carry values."""
    unknown = {key for item in items for key in item if key not in allowed}
    for key in unknown:
        yield f"{where}: {key if re.fullmatch('[a-z_]{1,40}', key) else 'a key that is no name'}"


def inconsistent_markers(evidence: Evidence) -> Iterator[str]:
    """Tables where value, marker, notes and the linked system do not say the same."""
    said: dict[str, tuple[Any, Any]] = {}
    for row in evidence.rows:
        if not _well_marked(row):
            yield f"{row.table_id}: value and marker"
        if not _agrees(row, evidence.cells.get(row.cell)):
            yield f"{row.table_id}: differs from system.json"
        if said.setdefault(row.cell, (row.value, row.marker)) != (row.value, row.marker):
            yield f"{row.table_id}: the same cell reads otherwise in another table"
    yield from _unlike_their_definition(evidence)
    yield from _unaccounted(evidence)
    if len({row.content.get("reason") for row in evidence.rows if row.marker == WITHHELD}) > 1:
        yield "protected.json: several reasons for withholding tell small cells from partners"


def _unlike_their_definition(evidence: Evidence) -> Iterator[str]:
    """Tables in another order, or with other markers than their definition and what they withhold give."""
    published = evidence.published
    if [str(table["table_id"]) for table in evidence.protected["tables"]] != [
        d.table_id for d in published.own
    ]:
        yield "protected.json: its tables are not those of tables.json"
    rows = {table["table_id"]: found for table, found in evidence.by_table()}
    for definition in published.own:
        found = rows.get(definition.table_id, ())
        zeros = [row.cell in published.structural for row in found]
        withheld = [WITHHELD if row.value is None else None for row in found]
        expected = [STRUCTURAL if zero else other for zero, other in zip(zeros, withheld, strict=False)]
        if [row.marker for row in found] != expected:
            yield f"{definition.table_id}: markers are not those of its definition"


def _well_marked(row: Row) -> bool:
    """Exactly one of value and marker, a whole number that is not negative, and known notes."""
    notes, reason = row.content.get("notes", ""), row.content.get("reason", "")
    if not isinstance(notes, str) or not NOTES.fullmatch(notes.replace(" ", "").replace(",", "")):
        return False
    if row.value is None:
        return row.marker in MARKERS and (bool(reason) or row.marker != WITHHELD)
    return row.marker is None and type(row.value) is int and row.value >= 0 and reason in ("", PUBLIC)


def _agrees(row: Row, cell: Mapping[str, Any] | None) -> bool:
    """Whether the linked system, if it has the cell, shows what the row shows and hides what it hides."""
    if cell is None:
        return row.marker in (STRUCTURAL, "x")
    if row.marker == STRUCTURAL:
        return cell.get("value") in (0, None)
    return cell.get("published") is not False and cell.get("value") == row.value


def _unaccounted(evidence: Evidence) -> Iterator[str]:
    """Withheld cells of the system against its own list of hidden ones."""
    if "hidden" not in evidence.system:
        return
    empty = {
        cell["id"]
        for cell in evidence.system["cells"]
        if cell.get("published") is not False and cell.get("value") is None
    }
    if empty != set(evidence.system["hidden"]):
        yield "system.json: hidden"


def private_text(evidence: Evidence) -> Iterator[str]:
    """Files of the folder in which a private string stands, in any form that the scanner can read."""
    for leak in scanner.scan(evidence.folder, evidence.private.strings):
        yield f"{leak.file}: {leak.surface}"


RULES: tuple[Rule[Evidence], ...] = (
    Rule(
        "ExpectNoPreProtectionColumn",
        "The protected files hold only files, keys, dimensions and codes that may be published.",
        "Take the column out of the publication, or add it to the allow-list after a disclosure review.",
        unexpected_columns,
    ),
    Rule(
        "ExpectMarkersToMatchValues",
        "Every figure is a whole number or a marker, the same in every table and in the linked system.",
        "Write the protected folder again: tables and linked system must come from one protection run.",
        inconsistent_markers,
    ),
    Rule(
        "ExpectNoPrivateText",
        "No officer key, case reference or other private text stands in the protected bytes.",
        "Find the column that carried the text into the publication and take it out of the mart.",
        private_text,
    ),
)
