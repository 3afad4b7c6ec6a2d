"""What is told while a command lasts: for how long, and where it is; nothing where it ends in time."""

from __future__ import annotations

import re
import threading

import pytest

from dagster_project.meanwhile import told_meanwhile

PLACE = r"still working after 0 minutes, at threading\.py:\d+ in test_meanwhile\.py:\d+"


def test_a_step_that_lasts_says_where_it_is() -> None:
    lines: list[str] = []
    told = threading.Event()

    def say(line: str) -> None:
        lines.append(line)
        if re.fullmatch(PLACE, line):
            told.set()

    with told_meanwhile(say, every_s=0.01):
        assert told.wait(timeout=60), lines


def test_one_that_ends_says_nothing_and_leaves_no_thread() -> None:
    lines: list[str] = []
    with pytest.raises(ValueError, match="ended"), told_meanwhile(lines.append):
        raise ValueError("ended")
    assert lines == []
    assert "told_meanwhile" not in {thread.name for thread in threading.enumerate()}
