"""What was found in a landing folder, and the error that carries it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "quarantine", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing a person has to know or do: `row` is the 1-based row of the file as a person sees it."""

    severity: Severity
    code: str
    file: str
    row: int | None
    message: str
    remedy: str

    def __str__(self) -> str:
        """One line: file, row, rule, message, remedy; what would steer a terminal is written out."""
        where = self.file if self.row is None else f"{self.file}, row {self.row}"
        return _printable(f"{where}: {self.code}: {self.message} -> {self.remedy}")


def _printable(text: str) -> str:
    kept = (c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in text)
    return "".join(kept)


class LandingError(Exception):
    """The landing folder cannot be loaded: nothing of it was. Carries every finding of the input."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep all findings; the message is one line for each."""
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def error(code: str, file: str, message: str, remedy: str, row: int | None = None) -> Finding:
    """A finding that stops the load of the whole landing folder."""
    return Finding("error", code, file, row, message, remedy)


def nearest(name: str, known: Iterable[str], n: int = 3) -> tuple[str, ...]:
    """The known names most like `name`, best first, compared without case."""
    folded = {candidate.casefold(): candidate for candidate in known}
    return tuple(folded[match] for match in get_close_matches(name.casefold(), folded, n=n, cutoff=0.5))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """' (nearest known: a, b)', or '' when nothing known is like it."""
    matches = nearest(name, known)
    return f" (nearest known: {', '.join(repr(match) for match in matches)})" if matches else ""
