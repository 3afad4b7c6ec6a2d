"""The method's page tells the truth: its worked example runs."""

from __future__ import annotations

import doctest
from pathlib import Path


def test_the_worked_example_of_the_readme_runs() -> None:
    page = Path(__file__).parents[3] / "disclosure" / "README.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried >= 9
    assert not failed
