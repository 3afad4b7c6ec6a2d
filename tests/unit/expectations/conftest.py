"""A small protected folder, made from table definitions like the real one, and its private facts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from disclosure.cells import Key, Scope
from disclosure.publish import TOTAL, Publish
from disclosure.register import Figure
from disclosure.system import Definition, Linked, link, payload
from expectations import GateRecord, PrivateFacts, gate_out
from expectations.evidence import PUBLIC

YEARS = (2017, 2018, 2019)
SCOPE = Scope("Example Police", "all misconduct", "officers", "2021-06-30")
POLICY = "ab" * 32
PATHS = {"formal": (3, 9, 14), "informal": (12, 8, 7), "no_action": (20, 30, 25)}
SEXES = {"female": (2, 11, 9), "male": (33, 36, 37)}
DISMISSED = (0, 6, 8)
BLOCKS: tuple[dict[str, Any], ...] = (
    {
        "table_id": "outcomes_by_year",
        "title": "What happened to the allegations?",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "action_path"],
        "categories": {"action_path": list(PATHS)},
    },
    {
        "table_id": "allegations_by_sex",
        "title": "Whom were they made against?",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "officer_sex"],
        "categories": {"officer_sex": list(SEXES)},
        "show": {"recorded_year": ["leaves"]},
    },
    {
        "table_id": "would_have_been_dismissed",
        "title": "Would have been dismissed",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year"],
        "within": {"action_path": "formal", "sanction": "would_have_been_dismissed"},
        "show": {"recorded_year": ["leaves"]},
        "structural_zero": [{"recorded_year": ["2017"]}],
    },
)
HIDDEN = {("formal", 2017), ("informal", 2017), ("formal", 2018), ("informal", 2018)}
KNOWN = ("female", 2017)


HEADER = {
    "force": SCOPE.force, "scope": SCOPE.scope, "population": SCOPE.population, "as_at": SCOPE.as_at,
    "year_from": 2017, "year_to": 2019, "synthetic": True, "vocabulary": "example", "policy_version": "1",
    "policy_sha256": POLICY, "threshold": 5,
}  # fmt: skip
FIGURES = (
    Figure(Key.of(SCOPE, "allegations", "recorded", [2017], {"officer_sex": "female"}), 2, 2, "", "", ""),
)


def truth(key: Key) -> int | None:
    """The true count of a cell of the example, None for inner cells that no table shows."""
    codes, at = dict(key.dimensions), [YEARS.index(year) for year in key.years]
    if codes.get("sanction") == "would_have_been_dismissed":
        return sum(DISMISSED[i] for i in at)
    if "sanction" in codes:
        return None
    counts = {**PATHS, **SEXES}
    chosen = [counts[code] for code in codes.values()] or list(PATHS.values())
    return sum(column[i] for column in chosen for i in at)


def marks(key: Key, name: tuple[str, int]) -> bool:
    """Whether a cell is the one of this code and single year, not confined to a sanction."""
    codes = dict(key.dimensions)
    return "sanction" not in codes and list(codes.values()) == [name[0]] and key.years == (name[1],)


def is_hidden(key: Key) -> bool:
    return any(marks(key, name) for name in HIDDEN)


def is_structural(definition: Definition, position: tuple[str, ...]) -> bool:
    return definition.is_structural_zero(position)


def row_of(definition: Definition, position: tuple[str, ...]) -> dict[str, Any]:
    key = definition.key(position)
    hidden, structural = is_hidden(key), is_structural(definition, position)
    codes = {axis.name: code for axis, code in zip(definition.axes, position, strict=True) if not axis.time}
    return {
        "table_id": definition.table_id, "force": SCOPE.force, "scope": SCOPE.scope,
        "population": SCOPE.population, "unit": "allegations", "time_basis": "recorded", "as_at": SCOPE.as_at,
        "year_from": key.years[0], "year_to": key.years[-1], **codes, "measure": "n_allegations",
        "value": None if hidden or structural else truth(key),
        "marker": "c" if hidden else "z" if structural else None, "notes": "",
        "reason": "too few people" if hidden else PUBLIC if marks(key, KNOWN) else "",
        "exemption": "s.40(2)" if hidden else "s.21" if marks(key, KNOWN) else "", "cell": key.code,
    }  # fmt: skip


def dimension_of(definition: Definition, name: str) -> dict[str, Any]:
    axis = next(axis for axis in definition.axes if axis.name == name)
    if axis.time:
        return {"name": name, "label": "Year recorded", "kind": "time", "levels": ["leaves", "total"]}
    categories = [{"code": code, "label": code, "definition": code} for code in axis.leaves]
    return {"name": name, "label": name, "kind": "category", "total": TOTAL, "categories": categories}


def table_of(block: Mapping[str, Any], definition: Definition) -> dict[str, Any]:
    return {
        "table_id": definition.table_id, "title": block["title"], "description": "", "unit": "allegations",
        "time_basis": "recorded", "as_at": SCOPE.as_at, "measures": list(block["measures"]),
        "dimensions": [dimension_of(definition, name) for name in block["dimensions"]],
        "rows": [row_of(definition, position) for position in definition.rows()],
    }  # fmt: skip


def system_of(linked: Linked, structural: set[str]) -> dict[str, Any]:
    shown = {d.key(p).code for d in linked.definitions if d.published for p in d.rows()}
    cells = [cell_of(linked, code, structural, shown) for code in sorted(linked.keys)]
    ids = linked.ids
    return {
        "version": 1,
        "threshold": 5,
        "zeros_published": True,
        "cells": cells,
        "equations": [{"total": ids[s.total], "parts": [ids[p] for p in s.parts]} for s in linked.sums],
        "constraints": [
            {"terms": [[ids[c], f] for c, f in r.terms], "sense": r.sense, "rhs": r.rhs, "why": r.why}
            for r in linked.relations
        ],
        "known": {str(cell["id"]): cell["value"] for cell in cells if cell.get("public") and cell["value"]},
        "hidden": [cell["id"] for cell in cells if cell.get("published", True) and cell["value"] is None],
        "release": {
            "header": HEADER,
            "inner_cells": 10_000,
            "earlier": [],
            "figures": [figure.payload for figure in FIGURES],
        },
    }


def cell_of(linked: Linked, code: str, structural: set[str], shown: set[str]) -> dict[str, Any]:
    key, cell = linked.keys[code], {"id": linked.ids[code], "code": code}
    if code in structural:
        return {**cell, "value": 0, "public": True}
    if code not in shown:
        return {**cell, "value": None, "published": False}
    if marks(key, KNOWN):
        return {**cell, "value": truth(key), "public": True}
    return {**cell, "value": None if is_hidden(key) else truth(key)}


@dataclass
class Candidate:
    """A protected folder that a test may break before it asks the gate."""

    folder: Path
    decisions: Path
    protected: dict[str, Any]
    tables: list[dict[str, Any]]
    system: dict[str, Any]
    private: PrivateFacts

    def write(self) -> None:
        for name in ("protected", "tables", "system"):
            text = json.dumps(getattr(self, name), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            (self.folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")

    def judge(self, docs: Path | None = None, **arguments: Any) -> GateRecord:
        return gate_out(self.folder, self.private, self.decisions, docs, **arguments)

    def row(self, table_id: str, year: int, code: str | None = None) -> dict[str, Any]:
        """The row of one year (the first and last alike) and one code."""
        table = next(table for table in self.protected["tables"] if table["table_id"] == table_id)
        years = (row for row in table["rows"] if row["year_from"] == row["year_to"] == year)
        return next(row for row in years if code is None or code in row.values())

    def cell(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The cell of the linked system that a row shows."""
        return next(cell for cell in self.system["cells"] if cell["code"] == row["cell"])


@pytest.fixture(scope="session")
def template() -> Candidate:
    return build(Path(), Path())


@pytest.fixture
def candidate(template: Candidate, tmp_path: Path) -> Candidate:
    folder, decisions = tmp_path / "protected", tmp_path / "decisions"
    folder.mkdir()
    decisions.mkdir()
    (decisions / "0001-policy.md").write_text(f"# Policy\n\npolicy sha256: {POLICY}\n", encoding="utf-8")
    made = replace(deepcopy(template), folder=folder, decisions=decisions)
    made.write()
    return made


@pytest.fixture
def judged(candidate: Candidate) -> Callable[[Callable[[Candidate], None]], GateRecord]:
    """Breaks the candidate, writes it and asks the gate."""

    def judge(break_it: Callable[[Candidate], None]) -> GateRecord:
        break_it(candidate)
        candidate.write()
        return candidate.judge()

    return judge


def build(folder: Path, decisions: Path) -> Candidate:
    definitions = [Definition.of(Publish.parse(block), SCOPE, YEARS, ("officer_sex",)) for block in BLOCKS]
    linked = link([*definitions, *(figure.definition for figure in FIGURES)], 10_000)
    structural = {d.key(p).code for d in definitions for p in d.positions() if is_structural(d, p)}
    primary = frozenset(code for code, key in linked.keys.items() if marks(key, ("formal", 2017)))
    values = {code: count for code, key in linked.keys.items() if (count := truth(key)) is not None}
    system = system_of(linked, structural)
    protected = {
        "version": 1, "header": dict(HEADER), "dropped": [], "breaks": [], "published_figures": [],
        "tables": [table_of(block, made) for block, made in zip(BLOCKS, definitions, strict=True)],
        "register": [{"wording": "two women", "source": "FOI answer", "source_ref": "1", "year_from": 2017,
                      "year_to": 2017, "value": 2}],
    }  # fmt: skip
    tables = [payload(d, [linked.ids[d.key(p).code] for p in d.rows()]) for d in definitions]
    strings = frozenset({"example-officer-0017", "CASE/2017/0042"})
    return Candidate(folder, decisions, protected, tables, system, PrivateFacts(values, primary, {}, strings))
