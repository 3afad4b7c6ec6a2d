"""What the tests of non-interference share: an example of linked tables, and raw data made from witnesses."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from disclosure.policy import Policy, default_policy

HERE = Path(__file__).parent


def _module(path: Path) -> ModuleType:
    known = f"interference_tests_{path.stem}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


@pytest.fixture(scope="session")
def raw() -> ModuleType:
    """Raw data of the example, and raw data made from witnesses."""
    return _module(HERE / "raw.py")


@pytest.fixture(scope="session")
def processes() -> ModuleType:
    """The real commands, in processes of their own."""
    return _module(HERE / "processes.py")


@pytest.fixture(scope="session")
def policy() -> Policy:
    return Policy.read(default_policy())
