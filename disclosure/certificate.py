"""The certificate of a release: whole-number witnesses for every withheld cell, from published files alone.

It is a deterministic function of `protected.json`, `tables.json` and `system.json`; nothing private can enter
it because nothing private is read.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from disclosure import soundness
from disclosure.assemble import equation_texts
from disclosure.audit import audit
from disclosure.instance import LEAST_WIDTH, Audit, Instance, InstanceError
from disclosure.publication import canonical
from disclosure.published import Published, Unreadable, read_system
from disclosure.vintages import FREE, MONOTONE, STATIC

__all__ = ["CertificateError", "attackers", "certify", "equation_texts", "read_system"]

PROVEN = "proven"
ATTACKERS = (
    "knows every number, definition and total of this release, the policy and the method",
    "knows the register of figures already public",
    "knows every number of every earlier release",
)
MODELS = {
    FREE: "assumes nothing about what changed between vintages",
    STATIC: "assumes that nothing changed where nothing shown changed",
    MONOTONE: "assumes that totals and closed matters only grow",
}


class CertificateError(ValueError):
    """The published files do not prove themselves; nothing may be released."""


def certify(folder: Path, release_id: str | None = None) -> None:
    """Attack `system.json` in the folder and write `certificate.json` beside it.

    `release_id` is written into the certificate; it is a hash of the other files, not of this one.

    Raises:
        CertificateError: files missing or unreadable, or a withheld cell without proof.
    """
    try:
        published = Published.read(folder)
    except Unreadable as error:
        raise CertificateError(str(error)) from None
    refused = _unsound(published)
    if refused:
        raise CertificateError(f"{refused[0]}{' (and more)' if refused[1:] else ''}: verify would refuse it")
    attacks = [(name, audit(instance)) for name, instance in published.attacks()]
    for name, seen in attacks:
        if seen.status != PROVEN:
            raise CertificateError(f"system.json is not proven: the attack ({name}) ended as {seen.status}")
    content = {
        "version": 1,
        "release_id": release_id,
        "policy_sha256": published.header["policy_sha256"],
        "threshold": published.instance.threshold,
        **({"width": width} if (width := published.instance.width) != LEAST_WIDTH else {}),
        "system_sha256": hashlib.sha256((folder / "system.json").read_bytes()).hexdigest(),
        "equations": list(equation_texts(published.instance)),
        "attackers": attackers(name for name, _ in attacks),
        **_proofs(published.instance, attacks),
        "exempt": sorted({i for _, seen in attacks for i in seen.exempt}),
    }
    (folder / "certificate.json").write_text(canonical(content), encoding="utf-8", newline="\n")


def _unsound(published: Published) -> tuple[str, ...]:
    try:
        return tuple(soundness.findings(published))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return (f"the published files do not fit together ({type(error).__name__})",)


def attackers(models: Iterable[str]) -> list[str]:
    """What each attacker who was beaten off knows and assumes, in words."""
    return [*ATTACKERS, *(MODELS[name] for name in models)]


def _proofs(instance: Instance, attacks: Sequence[tuple[str, Audit]]) -> dict[str, Any]:
    """Proofs of all attackers over one list of witnesses: whole tables without the cells that are shown."""
    unknown = [c.id for c in instance.cells if c.value is None and c.id not in instance.known]
    proofs: list[dict[str, Any]] = []
    witnesses: list[dict[str, int]] = []
    for name, seen in attacks:
        first = len(witnesses)
        witnesses += [{str(i): table[i] for i in unknown} for table in seen.witnesses]
        against = {} if name == FREE else {"attacker": name}
        for cell, proof in sorted(seen.proofs.items()):
            p1, p2 = [first + n for n in proof.p1], None if proof.p2 is None else first + proof.p2
            proofs.append({"cell": cell, "p1": p1, "p2": p2, **against})
    return {"proofs": proofs, "witnesses": witnesses}


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
