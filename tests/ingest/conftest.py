"""The landing folder of the unit tests; and how many damaged files are tried, here 100.

`bench/ingest.py` asks for more by a profile of its own.
"""

from __future__ import annotations

from hypothesis import settings

from tests.unit.ingest.conftest import room

__all__ = ["room"]

for cases in (100, 2000):
    settings.register_profile(f"cases-{cases}", max_examples=cases, derandomize=True)
