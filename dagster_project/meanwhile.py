"""A line now and then while a command works: whoever waits sees whether it hangs, and where."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType

from dagster_project.settings import REPOSITORY

EVERY_S = 300.0
"""A refresh of a large force takes some minutes."""


@contextmanager
def told_meanwhile(say: Callable[[str], object], every_s: float = EVERY_S) -> Iterator[None]:
    """Say again and again how long this has lasted, and at which lines of code the caller's thread is."""
    worker, done, begun = threading.get_ident(), threading.Event(), time.monotonic()

    def watch() -> None:
        while not done.wait(every_s):
            minutes = int((time.monotonic() - begun) / 60)
            say(f"still working after {minutes} minutes, {_place(worker)}")

    thread = threading.Thread(target=watch, name="told_meanwhile", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _place(thread: int) -> str:
    """The innermost line of a thread, and the innermost of our own: names of files alone, so no value."""
    frame = sys._current_frames().get(thread)
    places = [(frame.f_code, line) for frame, line in traceback.walk_stack(frame)] if frame else []
    named = [_named(code, line) for code, line in places]
    ours = [_named(code, line) for code, line in places if _is_ours(code)]
    return "at " + " in ".join(dict.fromkeys([*named[:1], *ours[:1]])) if named else "ending"


def _named(code: CodeType, line: int) -> str:
    return f"{Path(code.co_filename).name}:{line}"


def _is_ours(code: CodeType) -> bool:
    path = Path(code.co_filename)
    return path.is_relative_to(REPOSITORY) and "site-packages" not in path.parts
