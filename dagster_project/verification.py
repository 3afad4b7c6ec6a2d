"""Prove a release again, and hold its pages and files against those that its tables give."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_project import imprint
from dagster_project.content import sha256_of
from dagster_project.errors import BadInput
from dagster_project.settings import Settings, fenced_environment

ANOTHER_SITE = (
    "another version of the site made its pages: the proof and the tables were checked, they were not"
)
INPUTS = ("protected.json", "tables.json", "system.json", "certificate.json", "history.json")


def verify_release(settings: Settings, release: Path) -> tuple[list[str], list[str]]:
    """Findings, none of which means proven, and notes about what could not be checked.

    The proof needs the published files alone. The pages and files are then built again from the protected
    tables and compared byte by byte: a number altered in a page is found, whatever the manifest says.

    Raises:
        BadInput: the folder is no release, or a file of it cannot be read.
    """
    from dashboards import site_version
    from disclosure.verify import Unreadable, verify

    if not (release / "manifest.json").is_file():
        raise BadInput((f"{release}: no manifest.json in it, so it is no release folder",))
    try:
        findings = list(verify(release))
    except Unreadable as error:
        raise BadInput((str(error),)) from None
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    if findings or manifest.get("site_version") != site_version():
        return findings, [] if findings else [ANOTHER_SITE]
    return _rebuilt_otherwise(settings, release, manifest), []


def differing(release: Path) -> tuple[str, ...]:
    """What of a release folder is not as its manifest says, without proving anything again."""
    from disclosure.verify import Unreadable, altered

    try:
        return altered(release)
    except Unreadable as error:
        return (str(error),)


def _rebuilt_otherwise(settings: Settings, release: Path, manifest: Mapping[str, Any]) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="misconduct-verify-") as folder:
        again = _built_again(settings, release, manifest, Path(folder))
        made = {str(p.relative_to(again)): sha256_of(p) for p in again.rglob("*") if p.is_file()}
    stated = {name: digest for name, digest in manifest["files"].items() if name not in INPUTS}
    strange = [f"{name}: is no file that the tables give" for name in sorted(stated.keys() - made.keys())]
    missing = [f"{name}: is missing" for name in sorted(made.keys() - stated.keys())]
    changed = [n for n in sorted(made.keys() & stated.keys()) if made[n] != stated[n]]
    return [*strange, *missing, *(f"{name}: is not what the released tables give" for name in changed)]


def _built_again(settings: Settings, release: Path, manifest: Mapping[str, Any], folder: Path) -> Path:
    protected, out = folder / "protected", folder / "out"
    protected.mkdir()
    for name in INPUTS:
        if (release / name).is_file():
            shutil.copyfile(release / name, protected / name)
    given = ["--protected", str(protected), "--release-id", manifest["release_id"], "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "dashboards", "build", *given, *imprint.stated(manifest).options],
        cwd=folder,
        env=fenced_environment(settings),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise BadInput((f"{release}: its pages cannot be built again from its tables",))
    return out
