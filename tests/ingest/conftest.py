"""How many damaged files are tried: 100, or as many as a profile of `bench/ingest.py` says."""

from __future__ import annotations

from hypothesis import settings

for cases in (2000,):
    settings.register_profile(f"cases-{cases}", max_examples=cases, derandomize=True)
