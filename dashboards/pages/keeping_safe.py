"""Keeping safe: help lines, and how to leave this site quickly."""

from __future__ import annotations

from dashboards.model import Release
from dashboards.page import HELP, Page, Prose, say

LINES = (
    ("National Domestic Abuse Helpline", "0808 2000 247", "England; run by Refuge; free, at any hour."),
    ("Men’s Advice Line", "0808 801 0327", "For men; run by Respect; free."),
    ("Galop", "0800 999 5428", "For LGBT+ people; free."),
    ("Live Fear Free", "0808 80 10 800", "Wales; free, at any hour."),
    (
        "Scotland’s Domestic Abuse and Forced Marriage Helpline",
        "0800 027 1234",
        "Scotland; free, at any hour.",
    ),
    ("Domestic and Sexual Abuse Helpline", "0808 802 1414", "Northern Ireland; free, at any hour."),
)


def page(release: Release) -> Page:
    """The page for anyone who is affected."""
    return Page(
        slug="help",
        name="Keeping safe",
        tab="Help",
        group=HELP,
        order=1,
        question="Where can I get help, and how do I leave this site quickly?",
        answer=say(
            "In an emergency call 999. To leave this site at once press the Escape key, or Shift three times."
        ),
        sections=(Prose("pages/help.html", {"lines": LINES}),),
    )
