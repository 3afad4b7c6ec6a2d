"""Accessibility statement: what was tested, and what does not work for everyone."""

from __future__ import annotations

from dashboards.model import Release
from dashboards.page import HELP, Page, Prose, say


def page(release: Release) -> Page:
    """The page on what works for whom."""
    return Page(
        slug="accessibility",
        name="Accessibility statement",
        tab="Accessibility",
        group=HELP,
        order=2,
        question="How accessible is this site?",
        answer=say(
            "The site is built to meet the Web Content Accessibility Guidelines, version 2.2, at level AA."
        ),
        sections=(Prose("pages/accessibility.html"),),
    )
