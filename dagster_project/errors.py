"""How the line stops: refused or bad input, each with its exit code and lines to act on."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterable
from pathlib import Path

DISK = {
    errno.ENOSPC: "the disk of the home is full: free some space",
    errno.EDQUOT: "the disk quota of the home is used up: free some space",
    errno.EFBIG: "a file of the home may not grow any further: raise the limit of the system",
    errno.EIO: "the disk of the home does not take what is written, as when it is full: free some space",
    errno.EROFS: "the home is on a read-only disk: give one that can be written with --home",
    errno.EACCES: "the home cannot be written: give it to the user who refreshes, or another one with --home",
    errno.EPERM: "the home cannot be written: give it to the user who refreshes, or another one with --home",
    errno.ENOTDIR: "the home is not a folder: give one with --home",
    errno.EEXIST: "the home is not a folder: give one with --home",
}
DISK_WORDS = {
    "no space left": errno.ENOSPC,
    "is full": errno.ENOSPC,
    "disk i/o error": errno.EIO,
    "unable to open database file": errno.EIO,
    "file too large": errno.EFBIG,
    "read-only": errno.EROFS,
    "readonly": errno.EROFS,
    "permission denied": errno.EACCES,
}
STORAGE = "Dagster's storage cannot be reached: start PostgreSQL, or see docs/operations.md"
PUBLIC_WORDS = frozenset({"LedgerError", "CertificateError"})
"""Errors that are raised over released files only, so that their words are safe."""
STAYS = "nothing was published, the release before stays; then run the command again"


class Stop(Exception):
    """The line ends here; ``lines`` say what, which file or table, and what to do.

    The lines hold codes, names and, before the raw stage ends, row numbers: never counts or values.
    """

    exit_code = 1

    def __init__(self, lines: Iterable[str]) -> None:
        """Keep the lines; the first is the headline."""
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


class Refused(Stop):
    """A gate, policy, lock, disk or home refused: the old release stays (exit 1)."""


class BadInput(Stop):
    """The landing folder, the home or the command line is wrong: nothing was loaded (exit 2)."""

    exit_code = 2


def safe_line(error: BaseException) -> str:
    """One line about an error: what the disk or a released file says, else its kind and place."""
    for cause in _causes(error):
        number = _disk_error(cause)
        if number is not None:
            return f"{DISK[number]}: {STAYS}"
        if type(cause).__name__ in PUBLIC_WORDS:
            return f"{cause}: {STAYS}"
        if type(cause).__module__.startswith(("psycopg2", "sqlalchemy")):
            return f"{STORAGE}: {STAYS}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}: {STAYS}, or see docs/runbook.md, 'An unexpected error'"


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _disk_error(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno in DISK:
        return error.errno
    text = str(error).casefold()
    return next((number for words, number in DISK_WORDS.items() if words in text), None)
