"""The framework's pages are written from templates that are compiled once."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from expectations.framework import framework


@pytest.fixture
def pages() -> Any:
    """The module, which imports the framework: as everywhere, without the libraries that nobody uses."""
    framework()
    from expectations import pages

    return pages


def environment(compiled: Any, source: str) -> Environment:
    return Environment(loader=DictLoader({"page": source}), bytecode_cache=compiled, autoescape=True)


def must_not_compile(*_: Any, **__: Any) -> None:
    raise AssertionError("compiled again")


def test_what_one_page_compiled_serves_the_next(pages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = pages.Compiled()
    assert environment(compiled, "{{ 1 + 1 }}").get_template("page").render() == "2"
    second = environment(compiled, "{{ 1 + 1 }}")
    monkeypatch.setattr(second, "_generate", must_not_compile)
    assert second.get_template("page").render() == "2"


def test_another_source_under_the_same_name_is_compiled(pages: Any) -> None:
    """The twin: taken by its name alone, the page before would stand here."""
    compiled = pages.Compiled()
    environment(compiled, "{{ 1 + 1 }}").get_template("page")
    assert environment(compiled, "{{ 2 + 1 }}").get_template("page").render() == "3"


@pytest.mark.parametrize("view", ["PageView", "IndexView"])
def test_every_kind_of_page_uses_it(pages: Any, view: str) -> None:
    made = getattr(pages, view)(custom_styles_directory=None, custom_views_directory=None)
    assert made.env.bytecode_cache is pages.COMPILED
