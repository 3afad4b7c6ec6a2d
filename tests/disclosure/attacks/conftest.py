"""What the attacks share: a small world to publish, naive and ours, and one built site."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent


def _module(name: str) -> ModuleType:
    known = f"attack_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


world = _module("world")
ROOMS = [_module(name) for name in ("on_tables", "on_releases", "on_traces")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "attack" in metafunc.fixturenames:
        found = [(name, attack) for room in ROOMS for name, attack in room.ATTACKS.items()]
        metafunc.parametrize("attack", [attack for _, attack in found], ids=[name for name, _ in found])


@pytest.fixture(scope="session")
def attack_names() -> list[str]:
    return [name for room in ROOMS for name in room.ATTACKS]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A protected folder whose withheld counts are numbers that can be searched for, and its built site."""
    return world.build(tmp_path_factory.mktemp("place"))
