"""A release whose manifest was made to fit an altered page or file is found out: it is built again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.cli import main


def forged(release: Path, folder: Path, name: str, alter: Callable[[bytes], bytes]) -> Path:
    """A copy of a release with one file altered and the manifest's hash of it made to fit."""
    copy = folder / release.resolve().name
    shutil.copytree(release.resolve(), copy)
    content = alter((copy / name).read_bytes())
    (copy / name).write_bytes(content)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return copy


FORGERIES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a number in a page": ("site/trends.html", lambda content: content.replace(b"106", b"107")),
    "a number in a file": ("site/files/allegations_by_year.csv", lambda c: c.replace(b",106,", b",107,")),
    "a byte of the database": ("published.duckdb", lambda c: c[:5000] + bytes([c[5000] ^ 1]) + c[5001:]),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_file_is_found_although_the_manifest_fits(
    name: str, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, alter = FORGERIES[name]
    assert main(["verify", str(forged(release, tmp_path, place, alter))]) == 1
    assert f"{place}: is not what the released tables give" in capsys.readouterr().out


def test_an_honest_copy_is_proven(release: Path, tmp_path: Path) -> None:
    copy = forged(release, tmp_path, "site/trends.html", lambda content: content)
    assert main(["verify", str(copy)]) == 0
