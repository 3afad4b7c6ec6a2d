"""How the line stops: refused or bad input, each with its exit code and lines to act on."""

from __future__ import annotations

from collections.abc import Iterable


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
