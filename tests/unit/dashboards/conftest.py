"""A hand-made candidate, read as a release and built as a site, once for all tests of the room."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dashboards.model import Release, read_release
from dashboards.site import build

RELEASE_ID = "2021-06-30-0123456789ab"


def load(path: Path) -> ModuleType:
    """A helper that lies beside the tests, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def candidate() -> ModuleType:
    return load(Path(__file__).with_name("candidate.py"))


@pytest.fixture(scope="session")
def protected(candidate: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = candidate.write(tmp_path_factory.mktemp("protected"))
    return folder


@pytest.fixture(scope="session")
def content(candidate: ModuleType) -> dict[str, Any]:
    made: dict[str, Any] = candidate.protected()
    return made


@pytest.fixture(scope="session")
def release(protected: Path) -> Release:
    return read_release(protected, RELEASE_ID, None)


@pytest.fixture(scope="session")
def built(protected: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    build(protected, out, RELEASE_ID)
    return out
