"""What the tests of the publication share: the example's decade, a brute-force attacker, a release folder."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.policy import Policy, default_policy
from disclosure.publication import Publication, protect_publication
from disclosure.register import Register

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[3]


def _module(name: str) -> ModuleType:
    known = f"publication_tests_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module
        spec.loader.exec_module(module)
    return sys.modules[known]


@pytest.fixture(scope="session")
def decade() -> ModuleType:
    return _module("decade")


@pytest.fixture(scope="session")
def attacker() -> ModuleType:
    return _module("attacker")


@pytest.fixture(scope="session")
def lab() -> ModuleType:
    return _module("lab")


@pytest.fixture(scope="session")
def long_run() -> ModuleType:
    return _module("long_run")


@pytest.fixture(scope="session")
def almanac() -> ModuleType:
    return _module("almanac")


@pytest.fixture(scope="session")
def historian() -> ModuleType:
    return _module("historian")


@pytest.fixture(scope="session")
def forgeries() -> ModuleType:
    return _module("forgeries")


@pytest.fixture(scope="session")
def folders() -> ModuleType:
    return _module("folders")


@pytest.fixture(scope="session")
def policy() -> Policy:
    return Policy.read(default_policy())


@pytest.fixture(scope="session")
def register() -> Register:
    return Register.read(ROOT / "sample" / "landing" / "register.toml")


@pytest.fixture(scope="session")
def protect(decade: ModuleType, policy: Policy) -> Callable[..., Publication]:
    """Protect marts with the example's context and policy unless told otherwise."""

    def run(marts: Any, **changes: Any) -> Publication:
        given: dict[str, Any] = {
            "context": decade.context(),
            "policy": policy,
            "register": Register(),
            "earlier": (),
            "key": b"a key of the tests, thirty-two b",
            "budget_s": 600.0,
        }
        return protect_publication(marts, **given | changes)

    return run


@pytest.fixture(scope="session")
def example(decade: ModuleType, protect: Callable[..., Publication], register: Register) -> Publication:
    """The example's publication with the register known."""
    return protect(decade.marts(decade.records()), register=register)
