"""The pass record of a gate: what was judged, by which suite, and whether that opens the next door."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NamedTuple

CERTIFICATE = "certificate.json"


class Verdict(NamedTuple):
    """What one expectation said. `raised` means that it could not be judged, which is no pass."""

    name: str
    passed: bool
    raised: bool
    remedy: str


class Finding(NamedTuple):
    """One place where an expectation does not hold, in codes and file names only."""

    expectation: str
    place: str
    remedy: str


@dataclass(frozen=True)
class GateRecord:
    """The outcome of one gate over certain bytes.

    `judged_sha256` maps each judged file, relative to the common folder of all of them, to its sha256.
    `missing` names the expectations of the suite that gave no verdict.
    """

    gate: Literal["in", "out"]
    suite_version: str
    policy_sha256: str
    judged_sha256: Mapping[str, str]
    expectations: tuple[Verdict, ...]
    missing: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """True if every expectation of the suite ran, none raised and all passed."""
        sound = all(verdict.passed and not verdict.raised for verdict in self.expectations)
        return bool(self.expectations) and not self.missing and sound

    def opens(self, paths: Iterable[Path]) -> bool:
        """Whether this record opens the door for these files (a folder: all its files) as they are now."""
        return self.passed and digests(paths) == dict(self.judged_sha256)

    def to_json(self) -> str:
        """The record as canonical JSON, with its verdict."""
        content = asdict(self) | {
            "passed": self.passed,
            "expectations": [verdict._asdict() for verdict in self.expectations],
            "findings": [finding._asdict() for finding in self.findings],
        }
        return json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1) + "\n"

    def write(self, path: Path) -> None:
        """Write the record, making its folder, so that readers see the old record or the whole new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f".{path.name}.new")
        staged.write_text(self.to_json(), encoding="utf-8")
        staged.replace(path)

    @classmethod
    def read(cls, path: Path) -> GateRecord:
        """Read a record back.

        Raises:
            ValueError: the file is no gate record, or its stated verdict is not the one its content gives.
        """
        content = json.loads(path.read_text(encoding="utf-8"))
        try:
            stated = content.pop("passed")
            content["expectations"] = tuple(Verdict(**item) for item in content["expectations"])
            content["findings"] = tuple(Finding(**item) for item in content["findings"])
            record = cls(**content | {"missing": tuple(content["missing"])})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path.name}: not a gate record; run the gate again") from error
        if record.passed is not stated:
            raise ValueError(f"{path.name}: the verdict was altered; run the gate again")
        return record


def files_of(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files meant by files and folders, in order; a certificate is derived from the rest and left out."""
    found = {
        file
        for path in paths
        for file in (path.rglob("*") if path.is_dir() else [path])
        if not file.is_dir() and file.name != CERTIFICATE
    }
    return tuple(sorted(found))


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """The sha256 of each file, by its path relative to the folder that all of them share."""
    files = files_of(paths)
    if not files:
        return {}
    common = Path(os.path.commonpath([file.parent for file in files]))
    return {file.relative_to(common).as_posix(): _sha256(file) for file in files}


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "absent"
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
