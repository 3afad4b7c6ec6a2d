"""The random systems of the tests, for benchmarks that judge more of them."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from bench.measure import REPOSITORY

ROOM = REPOSITORY / "tests" / "disclosure" / "solver"


def of_tests(name: str) -> ModuleType:
    """A module of the solver's tests by its name."""
    if str(ROOM) not in sys.path:
        sys.path.insert(0, str(ROOM))
    return import_module(name)
