"""Python's collector of cycles, told to look less often: nearly all that a refresh makes stays to its end."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (50_000, 20, 10)
"""So many new objects before a look, and so many looks before one at older ones; else it is 700, 10, 10."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """As it was before afterwards: other commands and whoever called this one have their own ways."""
    before = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
