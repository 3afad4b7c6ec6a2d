"""Keeping safe: help lines, and how to leave this site quickly."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.model import Release
from dashboards.page import HELP, Page, Prose, say

CHECKED_ON = "2026-11-22"


@dataclass(frozen=True)
class Line:
    """One help line: who runs it for whom, and the public page that its number was checked against."""

    name: str
    number: str
    words: str
    source: str


LINES = (
    Line(
        "National Domestic Abuse Helpline",
        "0808 2000 247",
        "England, for women. Free, at any hour. Run by Refuge.",
        "gov.uk, refuge.org.uk",
    ),
    Line(
        "Live Fear Free",
        "0808 80 10 800",
        "Wales, for everyone. Free, at any hour.",
        "gov.wales/live-fear-free",
    ),
    Line(
        "Scotland’s Domestic Abuse and Forced Marriage Helpline",
        "0800 027 1234",
        "Scotland, for everyone. At any hour.",
        "citizensadvice.org.uk/scotland",
    ),
    Line(
        "Domestic and Sexual Abuse Helpline",
        "0808 802 1414",
        "Northern Ireland, for everyone. Free, at any hour. Run by Nexus.",
        "victimsupportni.com, psni.police.uk",
    ),
    Line("Men’s Advice Line", "0808 801 0327", "For men. Run by Respect.", "teignbridge.gov.uk"),
    Line("Galop", "0800 999 5428", "For LGBT+ people.", "teignbridge.gov.uk"),
)
REPORTING = Line(
    "Police Anti-Corruption and Abuse Reporting Service",
    "0800 085 0000",
    "United Kingdom. Run by the independent charity Crimestoppers for reports about police officers, staff "
    "and volunteers, who abuse or control a partner among them. You need not give your name. Free.",
    "crimestoppers-uk.org, dyfedpowys-pcc.org.uk",
)


def page(release: Release) -> Page:
    """The page for anyone who is affected."""
    context = {"lines": LINES, "reporting": REPORTING, "checked_on": CHECKED_ON}
    return Page(
        slug="help",
        name="Keeping safe",
        tab="Help",
        group=HELP,
        order=1,
        question="Where can I get help, and how do I leave this site quickly?",
        answer=say(
            "In an emergency call 999. To leave this site at once press the Escape key, or Shift three "
            "times, or choose “Exit this page”."
        ),
        sections=(Prose("pages/help.html", context),),
    )
