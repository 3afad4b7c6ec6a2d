"""Prove a release again, offline, from nothing but its published files.

The equations are rebuilt from the table definitions, so a system or certificate that leaves one out fails;
the witnesses are checked one by one in whole numbers; and the attack is run again.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disclosure import rules
from disclosure.audit import audit
from disclosure.certificate import equation_texts
from disclosure.instance import Instance, InstanceError
from disclosure.published import Published, Unreadable, load
from disclosure.system import Definition, OverlappingGroups, SystemTooLarge

__all__ = ["Unreadable", "verify"]

LARGEST = 60_000
"""Cells of a system that can be attacked again on an ordinary machine within minutes."""


def verify(release: Path) -> tuple[str, ...]:
    """Findings about a release folder; none means proven.

    Raises:
        Unreadable: the folder is no release.
    """
    certificate, manifest = load(release / "certificate.json"), load(release / "manifest.json")
    read = Published.read(release)
    files = _Files(read.protected, read.tables, read.system, release, certificate, manifest)
    findings = [*_manifest(files)]
    try:
        findings += _too_large(files) or [*_definitions(files), *_tables(files), *_proven(files)]
    except (InstanceError, OverlappingGroups, SystemTooLarge) as error:
        findings.append(f"system.json: {error}")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        findings.append(f"the published files do not fit together ({type(error).__name__})")
    return tuple(findings)


@dataclass(frozen=True)
class _Files(Published):
    folder: Path
    certificate: Mapping[str, Any]
    manifest: Mapping[str, Any]


def _manifest(files: _Files) -> Iterator[str]:
    stated = dict(files.manifest["files"])
    present = {str(p.relative_to(files.folder)) for p in files.folder.rglob("*") if p.is_file()} - {
        "manifest.json"
    }
    yield from (
        f"{name}: is in the manifest but not in the folder" for name in sorted(stated.keys() - present)
    )
    yield from (f"{name}: is not in the manifest" for name in sorted(present - stated.keys()))
    for name in sorted(present & stated.keys()):
        if hashlib.sha256((files.folder / name).read_bytes()).hexdigest() != stated[name]:
            yield f"{name}: differs from the manifest"
    if files.manifest.get("release_id") != _release_id(files):
        yield "manifest.json: the release id is not that of the published content"


def _release_id(files: _Files) -> str:
    named = {"protected": files.protected, "tables": files.tables, "system": files.system}
    content = {**named, "site_version": files.manifest.get("site_version")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{files.header['as_at']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _too_large(files: _Files) -> list[str]:
    if len(files.system["cells"]) <= LARGEST:
        return []
    return ["system.json: too large to be proven again offline; the publisher's own proof is the only one"]


def _definitions(files: _Files) -> Iterator[str]:
    """The system, the certificate and the definitions must say the same."""
    linked, certificate, instance = files.linked, files.certificate, files.instance
    if [c.code for c in instance.cells] != sorted(linked.keys) or [c.id for c in instance.cells] != [
        *range(len(linked.keys))
    ]:
        yield "system.json: its cells are not those that the table definitions imply"
    intervals = [r.text for f in files.figures for r in f.relations]
    implied = sorted([*(s.text for s in linked.sums), *(r.text for r in linked.relations), *intervals])
    if list(equation_texts(instance)) != implied:
        yield "system.json: its equations are not those that the table definitions imply"
    if list(certificate["equations"]) != implied:
        yield "certificate.json: its equations are not those that the table definitions imply"
    stated = hashlib.sha256((files.folder / "system.json").read_bytes()).hexdigest()
    if certificate["system_sha256"] != stated:
        yield "certificate.json: is about another system.json"
    if certificate["release_id"] not in (None, files.manifest["release_id"]):
        yield "certificate.json: is about another release"
    yield from _parameters(files)


def _parameters(files: _Files) -> Iterator[str]:
    instance, head = files.instance, files.header
    thresholds = {head["threshold"], instance.threshold, files.certificate["threshold"]}
    if len(thresholds) > 1 or not isinstance(head["threshold"], int) or head["threshold"] < 2:
        yield "protected.json, system.json and certificate.json do not state one threshold"
    if files.certificate["policy_sha256"] != head["policy_sha256"] or files.stated["header"] != head:
        yield "protected.json, system.json and certificate.json do not state one policy"
    if {instance.by_id[i].code: v for i, v in instance.known.items()} != files.figure_values:
        yield "system.json: the known values are not the figures of the register"
    if {c.code for c in instance.cells if c.public} != {c for c in files.public if c in files.shown}:
        yield "system.json: the cells called public are not those that public knowledge alone fixes"


def _tables(files: _Files) -> Iterator[str]:
    """Tables, CSV files and system must show the same numbers; what is not shown stays away everywhere."""
    codes = [c.code for c in files.instance.cells]
    tables = {t["table_id"]: t for t in files.protected["tables"]}
    if list(tables) != [d.table_id for d in files.own]:
        yield "protected.json: its tables are not those of tables.json"
    names = {f"{t}.csv" for t in tables}
    if {p.name for p in (files.folder / "tables").glob("*.csv")} != names:
        yield "tables/: the files are not those of tables.json"
    for definition, entry in zip(files.own, files.tables, strict=True):
        table = tables.get(definition.table_id, {"rows": []})
        expected = [definition.row_key(p).code for p in definition.rows()]
        if [codes[i] for i in entry["rows"]] != expected:
            yield f"tables.json: the rows of {definition.table_id} are not those of its definition"
        yield from _rows(files, definition, table["rows"])
        yield from _csv(files, definition, table["rows"])


def _rows(files: _Files, definition: Definition, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    positions = definition.rows()
    if [r["cell"] for r in rows] != [definition.row_key(p).code for p in positions]:
        yield f"protected.json: the rows of {definition.table_id} are not those of its definition"
        return
    for row, position in zip(rows, positions, strict=True):
        structural = definition.is_structural_zero(position)
        expected = None if structural else files.shown.get(row["cell"])
        marker = "z" if structural else None if expected is not None else "c"
        if row["value"] != expected or row["marker"] != marker:
            yield f"protected.json: {definition.table_id} and system.json differ ({row['cell']})"


def _csv(files: _Files, definition: Definition, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    path = files.folder / "tables" / f"{definition.table_id}.csv"
    if not path.is_file():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    if len(lines) != len(rows):
        yield f"tables/{path.name}: has other rows than protected.json"
    for number, (line, row) in enumerate(zip(lines, rows, strict=False), start=2):
        for name, value in row.items():
            text = "" if value is None else str(value)
            if name != "cell" and (line.get(name) or "").removeprefix("'") != text.removeprefix("'"):
                yield f"tables/{path.name}: line {number}: `{name}` is not what protected.json says"


def _proven(files: _Files) -> Iterator[str]:
    instance = files.instance
    by_code = files.shown
    for cell in instance.cells:
        withheld = cell.published and cell.id in instance.hidden
        if cell.published and withheld == (cell.value is not None):
            yield f"system.json: a cell is neither shown nor withheld ({cell.code})"
        if not cell.published and cell.value is not None:
            yield f"system.json: an unpublished cell has a value ({cell.code})"
    yield from _small_shown(files)
    yield from _bounds(files)
    for equation in instance.equations:
        codes = [instance.cells[i].code for i in (equation.total, *equation.parts)]
        if all(c in by_code for c in codes) and by_code[codes[0]] != sum(by_code[c] for c in codes[1:]):
            yield f"system.json: a total is not the sum of its parts ({codes[0]})"
    inner = rules.small_inner(instance)
    yield from (f"system.json: a small inner count follows ({instance.cells[i].code})" for i in sorted(inner))
    yield from (f"system.json: a small difference can be worked out ({code})" for code in files.given_away())
    for name, attacked in files.attacks():
        yield from _witnesses(files, name, attacked)
        if (status := audit(attacked).status) != "proven":
            yield f"system.json: the attack was not beaten off ({name}: {status})"


def _small_shown(files: _Files) -> Iterator[str]:
    kept = {*files.public, *files.stated.get("kept", ())}
    for code, value in files.shown.items():
        if 0 < value < files.header["threshold"] and code not in kept:
            yield f"system.json: a small count is shown ({code})"


def _bounds(files: _Files) -> Iterator[str]:
    """Which cells may be zero follows from what is shown; zeros in small lines would tell too much."""
    known = {*files.public, *files.stated.get("kept", ())}
    parts = rules.possible_zeros(files.linked, files.instance, known)
    parts |= set(files.stated.get("may_be_zero_before", ()))
    for cell in files.instance.cells:
        least = 0 if cell.code in parts or not files.instance.zeros_published else 1
        stated = cell.lower if cell.lower is not None else int(files.instance.zeros_published)
        if cell.id in files.instance.hidden and stated < least:
            yield f"system.json: a stated least value does not follow from the tables ({cell.code})"
        secret_zeros = cell.code in parts or (not files.instance.zeros_published and cell.code not in known)
        if secret_zeros and files.shown.get(cell.code) == 0:
            yield f"system.json: a zero is shown in a line that may be small ({cell.code})"
        if (not cell.published and cell.lower is not None) or cell.upper is not None:
            yield f"system.json: a bound is stated that nothing published implies ({cell.code})"


def _witnesses(files: _Files, attacker: str, instance: Instance) -> Iterator[str]:
    """Every withheld cell needs two whole tables that differ in it and one where it is not small."""
    fixed = instance.fixed_by_knowledge | {files.linked.ids[c]: v for c, v in files.shown.items()}
    tables = [{**{int(i): v for i, v in w.items()}, **fixed} for w in files.certificate["witnesses"]]
    proofs = {p["cell"]: p for p in files.certificate["proofs"] if p.get("attacker", "free") == attacker}
    used = {n for p in proofs.values() for n in (*p["p1"], p["p2"])}
    sound = {n for n in used if _fits(instance, tables[n])}
    for cell in sorted(instance.hidden):
        proof, code = proofs.get(cell), instance.cells[cell].code
        if proof is None:
            if code not in files.public:
                yield f"certificate.json: no proof for a withheld cell ({code})"
            continue
        first, second = proof["p1"]
        if not {first, second, proof["p2"]} <= sound:
            yield f"certificate.json: a witness does not fit the published tables ({code})"
        elif (
            tables[first][cell] == tables[second][cell]
            or tables[proof["p2"]][cell] < files.header["threshold"]
        ):
            yield f"certificate.json: the witnesses prove nothing about a withheld cell ({code})"


def _fits(instance: Instance, table: Mapping[int, int]) -> bool:
    """Whether a whole table meets every bound, equation and inequality, and what is known."""
    for cell in instance.cells:
        withheld = cell.published and cell.id in instance.hidden and instance.zeros_published
        least = cell.lower if cell.lower is not None else int(withheld)
        value = table.get(cell.id)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            return False
    sums = all(table[e.total] == sum(table[p] for p in e.parts) for e in instance.equations)
    return sums and all(
        _holds(c.sense, sum(f * table[i] for i, f in c.terms), c.rhs) for c in instance.constraints
    )


def _holds(sense: str, left: int, right: int) -> bool:
    return {"<=": left <= right, ">=": left >= right, "==": left == right}[sense]
