"""The certificate of a release: whole-number witnesses for every withheld cell, from published files alone.

It is a deterministic function of `protected.json`, `tables.json` and `system.json`; nothing private can enter
it because nothing private is read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from disclosure.audit import audit
from disclosure.instance import Audit, Instance, InstanceError, parse
from disclosure.publication import canonical

PROVEN = "proven"
ATTACKERS = (
    "knows every number, definition and total of this release, the policy and the method",
    "knows the register of figures already public",
    "knows every number of the earlier releases of the same day's records",
)


class CertificateError(ValueError):
    """The published files do not prove themselves; nothing may be released."""


def certify(folder: Path, release_id: str | None = None) -> None:
    """Attack `system.json` in the folder and write `certificate.json` beside it.

    `release_id` is written into the certificate; it is a hash of the other files, not of this one.

    Raises:
        CertificateError: files missing or unreadable, or a withheld cell without proof.
    """
    files = {name: _read(folder / f"{name}.json") for name in ("protected", "tables", "system")}
    system = json.loads(files["system"])
    instance = read_system(system)
    seen = audit(instance)
    if seen.status != PROVEN:
        raise CertificateError(f"system.json is not proven: the attack ended as {seen.status}")
    header = json.loads(files["protected"])["header"]
    content = {
        "version": 1,
        "release_id": release_id,
        "policy_sha256": header["policy_sha256"],
        "threshold": instance.threshold,
        "system_sha256": hashlib.sha256(files["system"]).hexdigest(),
        "equations": list(equation_texts(instance)),
        "attackers": list(ATTACKERS),
        "proofs": _proofs(seen),
        "witnesses": _witnesses(instance, seen),
        "exempt": list(seen.exempt),
    }
    (folder / "certificate.json").write_text(canonical(content), encoding="utf-8", newline="\n")


def read_system(system: Mapping[str, Any]) -> Instance:
    """The instance in a parsed `system.json`."""
    return parse({name: value for name, value in system.items() if name != "release"})


def equation_texts(instance: Instance) -> tuple[str, ...]:
    """Every equation and inequality as a canonical string over the cells' codes, sorted."""
    code = {cell.id: cell.code for cell in instance.cells}
    sums = [f"{code[e.total]} = {' + '.join(sorted(code[p] for p in e.parts))}" for e in instance.equations]
    rules = [
        f"{' + '.join(f'{factor} {code[i]}' for i, factor in c.terms)} {c.sense} {c.rhs}"
        for c in instance.constraints
    ]
    return tuple(sorted((*sums, *rules)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path.name} cannot be read ({type(error).__name__})") from None


def _proofs(seen: Audit) -> list[dict[str, Any]]:
    return [
        {"cell": cell, "p1": list(proof.p1), "p2": proof.p2} for cell, proof in sorted(seen.proofs.items())
    ]


def _witnesses(instance: Instance, seen: Audit) -> list[dict[str, int]]:
    """The whole tables without the cells that are shown: those are in `system.json`."""
    unknown = [c.id for c in instance.cells if c.value is None and c.id not in instance.known]
    return [{str(i): table[i] for i in unknown} for table in seen.witnesses]


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m disclosure.certificate FOLDER [--release-id ID]`: 0 written, 1 not proven, 2 unreadable."""
    parser = argparse.ArgumentParser(
        prog="disclosure certify", description="prove a folder of published files"
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--release-id")
    options = parser.parse_args(arguments)
    try:
        certify(options.folder, options.release_id)
    except CertificateError as error:
        print(f"certify: {error}", file=sys.stderr)
        return 1
    except (InstanceError, ValueError, KeyError) as error:
        print(f"certify: the files cannot be understood ({type(error).__name__})", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
