"""Gate 2 refuses whatever `misconduct verify` would refuse of the same files: nothing unproven gets there."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project.protected import read_private
from dagster_project.settings import REPOSITORY, read_settings
from disclosure.verify import verify
from expectations import PrivateFacts, gate_out

pytestmark = pytest.mark.slow

NAMES = ("protected", "tables", "system")
Files = dict[str, Any]


@pytest.fixture(scope="module")
def private(release_home: Path) -> PrivateFacts:
    return read_private(read_settings(release_home, None, {}))


def hidden(files: Files) -> dict[str, Any]:
    """A withheld cell of the system."""
    cell: dict[str, Any] = next(c for c in files["system"]["cells"] if c["id"] in files["system"]["hidden"])
    return cell


def state_more_freedom(files: Files) -> None:
    cell = next(
        c for c in files["system"]["cells"] if c["id"] in files["system"]["hidden"] and "lower" not in c
    )
    cell["lower"] = 0


def state_a_largest_value(files: Files) -> None:
    hidden(files)["upper"] = 10_000


def repeat_an_equation(files: Files) -> None:
    files["system"]["equations"].append(files["system"]["equations"][-1])


def lose_a_constraint(files: Files) -> None:
    files["system"]["constraints"].pop()


def say_another_scope(files: Files) -> None:
    files["protected"]["header"]["scope"] = "another scope"


def mark_as_unavailable(files: Files) -> None:
    rows = (row for table in files["protected"]["tables"] for row in table["rows"])
    next(row for row in rows if row["marker"] == "c")["marker"] = "x"


CHANGES = (
    state_more_freedom, state_a_largest_value, repeat_an_equation, lose_a_constraint, say_another_scope,
    mark_as_unavailable,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=[change.__name__ for change in CHANGES])
def test_what_verify_refuses_gate_2_refuses(
    change: Callable[[Files], None], release: Path, private: PrivateFacts, tmp_path: Path
) -> None:
    files = {name: json.loads((release / f"{name}.json").read_text()) for name in NAMES}
    change(files)
    copy, candidate = tmp_path / "release", tmp_path / "protected"
    shutil.copytree(release, copy)
    candidate.mkdir()
    for name, content in files.items():
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        for folder in (copy, candidate):
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
    forge(copy)
    assert [finding for finding in verify(copy) if not finding.startswith("manifest.json")]
    assert not gate_out(candidate, private, REPOSITORY / "docs" / "decisions", None).passed


def forge(release: Path) -> None:
    """Make certificate and manifest fit again, so that verify has to look at what the files say."""
    certificate = json.loads((release / "certificate.json").read_text())
    certificate["system_sha256"] = hashlib.sha256((release / "system.json").read_bytes()).hexdigest()
    (release / "certificate.json").write_text(json.dumps(certificate))
    manifest = json.loads((release / "manifest.json").read_text())
    for name in manifest["files"]:
        manifest["files"][name] = hashlib.sha256((release / name).read_bytes()).hexdigest()
    (release / "manifest.json").write_text(json.dumps(manifest))


def test_what_verify_accepts_gate_2_accepts(release: Path, private: PrivateFacts, tmp_path: Path) -> None:
    for name in NAMES:
        shutil.copyfile(release / f"{name}.json", tmp_path / f"{name}.json")
    assert verify(release) == ()
    record = gate_out(tmp_path, private, REPOSITORY / "docs" / "decisions", None)
    assert record.passed, record.findings
