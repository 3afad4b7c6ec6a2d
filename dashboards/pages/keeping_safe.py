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


BY_NATION = (
    Line(
        "National Domestic Abuse Helpline",
        "0808 2000 247",
        "England, for women. Free, at any hour. Run by Refuge.",
        "refuge.org.uk",
    ),
    Line(
        "Live Fear Free",
        "0808 80 10 800",
        "Wales, for everyone. At any hour. Paid for by the Welsh Government.",
        "gov.wales/live-fear-free",
    ),
    Line(
        "Scotland’s Domestic Abuse Helpline",
        "0800 027 1234",
        "Scotland, for everyone. At any hour.",
        "safer.scot (Scottish Government)",
    ),
    Line(
        "Domestic and Sexual Abuse Helpline",
        "0808 802 1414",
        "Northern Ireland, for everyone. Free, at any hour. Run by Nexus.",
        "victimsupportni.com",
    ),
)
FOR_SOME = (
    Line(
        "Men’s Advice Line",
        "0808 801 0327",
        "For men who are abused, and those who worry about them. Run by the charity Respect.",
        "keepingwellnwl.nhs.uk (NHS); respect.org.uk",
    ),
    Line("Galop", "0800 999 5428", "For LGBT+ victims and survivors of abuse.", "galop.org.uk"),
    Line(
        "Victim Support",
        "08 08 16 89 111",
        "England and Wales, for anyone affected by a crime, reported or not. Free, at any hour.",
        "victimsupport.org.uk",
    ),
)
REPORTING = Line(
    "Police Anti-Corruption and Abuse Reporting Service",
    "0800 085 0000",
    "United Kingdom. Run by the independent charity Crimestoppers for reports about police officers, staff "
    "and volunteers, who abuse or control a partner among them. You need not give your name. Free.",
    "dyfedpowys-pcc.org.uk (Police and Crime Commissioner); crimestoppers-uk.org (what it is)",
)


def page(release: Release) -> Page:
    """The page for anyone who is affected."""
    context = {
        "by_nation": BY_NATION,
        "for_some": FOR_SOME,
        "reporting": REPORTING,
        "checked_on": CHECKED_ON,
    }
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
