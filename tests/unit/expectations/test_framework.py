"""The framework is imported without what nobody asks for, and what is left out still answers who asks."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import sys
from expectations.framework import framework
framework()
assert not [name for name in sys.modules if name.startswith(("scipy.stats.", "altair."))], "imported"
"""
ASKED = """
from expectations.framework import framework
framework()
from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as module
import scipy.stats
from scipy.stats import norm
assert round(float(norm.cdf(0)), 3) == 0.5
assert round(float(module.stats.entropy([0.5, 0.5])), 4) == 0.6931
assert module.alt.Chart.__name__ == "Chart"
"""
BROKEN = """
import sys, great_expectations, great_expectations.expectations
assert [name for name in sys.modules if name.startswith("scipy.stats.")]
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_unused_libraries_are_not_imported() -> None:
    done = run(WITHOUT)
    assert done.returncode == 0, done.stderr


def test_the_framework_alone_imports_them() -> None:
    assert run(BROKEN).returncode == 0, "it no longer does: expectations/framework.py can go"


def test_whoever_asks_gets_the_real_library() -> None:
    done = run(ASKED)
    assert done.returncode == 0, done.stderr
