"""When a refresh may say that nothing changed."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from dagster_project.run import _installed


def test_another_version_of_a_package_is_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "library-1.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "archive.zip"), ""])
    assert _installed() == ["library-1.0.dist-info"]
    (tmp_path / "library-1.0.dist-info").rename(tmp_path / "library-1.1.dist-info")
    assert _installed() == ["library-1.1.dist-info"]


def test_every_package_that_the_line_stands_on_is_among_them() -> None:
    found = "\n".join(_installed())
    for name in ("duckdb", "highspy", "dagster", "great_expectations"):
        assert f"{name}-{metadata.version(name)}.dist-info" in found
