"""Prove a release again, offline, from nothing but its published files.

The equations are rebuilt from the table definitions, so a system or certificate that leaves one out fails;
the witnesses are checked one by one in whole numbers; and the attack is run again.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from disclosure import layout, soundness
from disclosure.audit import audit
from disclosure.certificate import attackers, equation_texts
from disclosure.instance import Instance, InstanceError
from disclosure.lp import BudgetError, SolverError
from disclosure.publication import canonical
from disclosure.published import Published, Unreadable, load
from disclosure.system import Definition, OverlappingGroups, SystemTooLarge

__all__ = ["Unreadable", "altered", "verify"]

LARGEST = 60_000
"""Cells of a system that can be attacked again on an ordinary machine within minutes."""


def verify(release: Path) -> tuple[str, ...]:
    """Findings about a release folder; none means proven.

    Raises:
        Unreadable: the folder is no release.
    """
    return _findings(_Files.of(release), _all)


def altered(release: Path) -> tuple[str, ...]:
    """What of a release folder is not as it was made: a file changed, missing or put in, or another id.

    Raises:
        Unreadable: the folder is no release.
    """
    return _findings(_Files.of(release), _manifest)


@dataclass(frozen=True)
class _Files(Published):
    folder: Path
    certificate: Mapping[str, Any]
    manifest: Mapping[str, Any]

    @classmethod
    def of(cls, release: Path) -> _Files:
        certificate, manifest = load(release / "certificate.json"), load(release / "manifest.json")
        if not isinstance(manifest, dict):
            raise Unreadable("manifest.json is no manifest of a release")
        read = Published.read(release)
        return cls(read.protected, read.tables, read.system, release, certificate, manifest)


def _findings(files: _Files, look: Callable[[_Files], Iterator[str]]) -> tuple[str, ...]:
    """All that a look at the files finds; where they do not even fit together, it ends with that."""
    findings: list[str] = []
    try:
        findings.extend(look(files))
    except (InstanceError, OverlappingGroups, SystemTooLarge) as error:
        findings.append(f"system.json: {error}")
    except (SolverError, BudgetError):
        findings.append("system.json: no proof was found")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        findings.append(f"the published files do not fit together ({type(error).__name__})")
    return tuple(findings)


def _all(files: _Files) -> Iterator[str]:
    strange = list(_strange(files))
    yield from strange or _manifest(files)
    if len(files.system["cells"]) > LARGEST:
        yield "system.json: too large to be proven again offline; the publisher's own proof is the only one"
        return
    for look in (_texts, soundness.findings, _certificate, _downloads, _proven):
        yield from look(files)


def _strange(files: _Files) -> Iterator[str]:
    """A manifest says what it has to say once, and nothing rides along in it."""
    yield from layout.findings("manifest.json", files.manifest, layout.MANIFEST)
    if _names_twice((files.folder / "manifest.json").read_bytes()):
        yield "manifest.json: says a name twice"


def _names_twice(text: bytes) -> bool:
    found: list[bool] = []
    json.loads(text, object_pairs_hook=lambda pairs: found.append(len(pairs) > len(dict(pairs))))
    return any(found)


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


def _texts(files: _Files) -> Iterator[str]:
    """Each file has one possible text, so nothing stands in it that a reader of JSON does not see."""
    contents = {"protected": files.protected, "tables": [*files.tables], "system": files.system}
    for name, content in {**contents, "certificate": files.certificate}.items():
        if (files.folder / f"{name}.json").read_bytes() != canonical(content).encode():
            yield f"{name}.json: is not in the one text that its content has"
    yield from layout.findings("certificate.json", files.certificate, layout.CERTIFICATE)
    if (files.folder / "history.json").is_file():
        yield from layout.findings("history.json", load(files.folder / "history.json"), layout.HISTORY)


def _certificate(files: _Files) -> Iterator[str]:
    """The certificate must be about this system, under this policy, and leave no equation or attacker out."""
    certificate, instance = files.certificate, files.instance
    if list(certificate["equations"]) != list(equation_texts(instance)):
        yield "certificate.json: its equations are not those that the table definitions imply"
    stated = hashlib.sha256((files.folder / "system.json").read_bytes()).hexdigest()
    if certificate["system_sha256"] != stated:
        yield "certificate.json: is about another system.json"
    if certificate["release_id"] not in (None, files.manifest["release_id"]):
        yield "certificate.json: is about another release"
    models = (name for name, _ in files.attacks())
    if certificate["version"] != 1 or list(certificate["attackers"]) != attackers(models):
        yield "certificate.json: its attackers are not those that a release must stand"
    if certificate["threshold"] != instance.threshold:
        yield "protected.json, system.json and certificate.json do not state one threshold"
    if certificate.get("width") != files.header.get("width"):
        yield "protected.json, system.json and certificate.json do not state one width"
    if certificate["policy_sha256"] != files.header["policy_sha256"]:
        yield "protected.json, system.json and certificate.json do not state one policy"


def _downloads(files: _Files) -> Iterator[str]:
    """The CSV files show the same numbers; what is not shown stays away there too."""
    tables = {t["table_id"]: t for t in files.protected["tables"]}
    if {p.name for p in (files.folder / "tables").glob("*.csv")} != {f"{t}.csv" for t in tables}:
        yield "tables/: the files are not those of tables.json"
    for definition in files.own:
        yield from _csv(files, definition, tables[definition.table_id]["rows"])


def _csv(files: _Files, definition: Definition, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    path = files.folder / "tables" / f"{definition.table_id}.csv"
    if not path.is_file():
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *lines = csv.reader(file)
    if len(lines) != len(rows):
        yield f"tables/{path.name}: has other rows than protected.json"
    release = {"release_id": files.manifest["release_id"]} if "release_id" in head else {}
    for number, (line, row) in enumerate(zip(lines, rows, strict=False), start=2):
        meant = {name: value for name, value in {**row, **release}.items() if name != "cell"}
        if len(line) != len(head) or sorted(head) != sorted(meant):
            yield f"tables/{path.name}: line {number}: has other columns than protected.json"
        for name, text in zip(head, line, strict=False):
            value = "" if meant.get(name) is None else str(meant[name])
            if text.removeprefix("'") != value.removeprefix("'"):
                yield f"tables/{path.name}: line {number}: `{name}` is not what protected.json says"


def _proven(files: _Files) -> Iterator[str]:
    exempt: set[int] = set()
    for name, attacked in files.attacks():
        yield from _witnesses(files, name, attacked)
        seen = audit(attacked)
        exempt |= set(seen.exempt)
        if seen.status != "proven":
            yield f"system.json: the attack was not beaten off ({name}: {seen.status})"
    if files.certificate["exempt"] != sorted(exempt):
        yield "certificate.json: the cells it calls exempt are not those that are public"


def _witnesses(files: _Files, attacker: str, instance: Instance) -> Iterator[str]:
    """Every withheld cell needs as many whole tables with different counts in it as the policy asks for, and
    one where it is not small.
    """
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
        if not {*proof["p1"], proof["p2"]} <= sound:
            yield f"certificate.json: a witness does not fit the published tables ({code})"
        elif (
            len({tables[n][cell] for n in proof["p1"]}) < instance.width
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
