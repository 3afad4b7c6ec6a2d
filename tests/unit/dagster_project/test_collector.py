"""The collector looks less often during a refresh alone."""

from __future__ import annotations

import gc

import pytest

from dagster_project.collector import SELDOM, collecting_seldom


def test_the_collector_is_as_before_however_it_ends() -> None:
    before = gc.get_threshold()
    assert before != SELDOM
    with collecting_seldom():
        assert gc.get_threshold() == SELDOM
    assert gc.get_threshold() == before
    with pytest.raises(ValueError, match="ended"), collecting_seldom():
        raise ValueError("ended")
    assert gc.get_threshold() == before
