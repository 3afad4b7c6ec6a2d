"""One writer a home: a lock that the system lets go of when its process dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_project.errors import Refused


@contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    """Hold the home's lock; the stages of one run hold it again inside the run that holds it.

    Raises:
        Refused: another process works on this home.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(home / ".lock", timeout=0, thread_local=False, is_singleton=True)
    try:
        lock.acquire()
    except Timeout:
        raise Refused((_busy(home),)) from None
    try:
        if lock.lock_counter == 1:
            (home / ".lock.pid").write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        lock.release()


def _busy(home: Path) -> str:
    holder = home / ".lock.pid"
    who = f" (process {holder.read_text(encoding='ascii')})" if holder.exists() else ""
    return f"another refresh is working on this home{who}: wait for it to end, then run the command again"
