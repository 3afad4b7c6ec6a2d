"""The runbook as the checks link to it: one entry for each check, or for each family of checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dagster_project.settings import Settings

CHECKS = "Checks, one by one"
LINK = re.compile(r"\[([^]]+)\]\(([^)#]*)[^)]*\)")
ADDRESS = "MISCONDUCT_RUNBOOK"
"""Where a team serves its runbook: links of the checks lead there, else to the file in the repository."""


@dataclass(frozen=True)
class Entry:
    """What the runbook says about a check: its heading and its first paragraph, in words without figures."""

    heading: str
    words: str

    @property
    def anchor(self) -> str:
        """The heading as an address knows it."""
        return re.sub(r"[^\w -]", "", self.heading.casefold()).replace(" ", "-")


GENERAL = Entry("A dbt test fails", "Look at the rows that the test finds, inside the private home.")
"""For a check that the runbook does not name."""


def entries(runbook: Path) -> Mapping[str, Entry]:
    """The entries of the section on checks, by the name in their heading."""
    _, _, section = runbook.read_text(encoding="utf-8").partition(f"\n## {CHECKS}\n")
    section = section.partition("\n## ")[0]
    parts = (part.partition("\n") for part in section.split("\n### ")[1:])
    found = (Entry(heading.strip(" `"), _first_paragraph(body)) for heading, _, body in parts)
    return {entry.heading: entry for entry in found}


def entry_of(check: str, known: Mapping[str, Entry]) -> Entry:
    """The entry of a check: of its name, else of the longest family that it begins with, else a general one.

    A new check without an entry does not keep the line from running; a test says that the entry is missing.
    """
    families = (name for name in known if check == name or check.startswith(f"{name}_"))
    return known.get(max(families, key=len, default=""), GENERAL)


def address(settings: Settings, anchor: str) -> str:
    """Where a section of the runbook is read."""
    place = settings.environ.get(ADDRESS) or (settings.repository / "docs" / "runbook.md").as_uri()
    return f"{place}#{anchor}"


def read(settings: Settings) -> Mapping[str, Entry]:
    """The entries of this repository's runbook."""
    return entries(settings.repository / "docs" / "runbook.md")


def _first_paragraph(body: str) -> str:
    """In words alone: a link of the page would lead nowhere from Dagster's."""
    paragraph = " ".join(body.strip().partition("\n\n")[0].split()).replace("`", "")
    return LINK.sub(lambda link: f"{link[1]}: docs/{link[2]}" if link[2] else f"'{link[1]}'", paragraph)
