"""How an allegation ends: dates, departure and the labels of the result -> action -> sanction chain.

Rules kept (Police (Conduct) Regulations 2008, 2012, 2020; Police (Conduct) (Amendment) Regulations 2014
and 2017): a misconduct meeting never dismisses; from 12 January 2015 to 14 December 2017 nobody leaves
under gross misconduct; would-have-been-dismissed needs a departure and a finding from 15 December 2017;
management action is for matters known before 1 February 2020.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from sample.matters import LEAVING, Matter
from sample.plan import Slot

AS_AT = date(2021, 6, 30)
CONSENT_FROM, CONSENT_TO = date(2015, 1, 12), date(2017, 12, 14)
DISMISSALS = frozenset({"dismissal_without_notice", "dismissal_with_notice"})
LONG = (731, 1180)
LONG_COUNT = 104

SANCTION_LABELS = {
    "reprimand": "Reprimand",
    "dismissal_without_notice": "Dismissal without notice",
    "dismissal_with_notice": "Dismissal with notice",
    "management_advice": "Management advice",
    "written_warning": "Written warning",
    "final_written_warning": "Final written warning",
    "would_have_been_dismissed": "Would have been dismissed",
    "not_proven": "Not proven",
    "none": "Misconduct found, no further action",
}


@dataclass(frozen=True)
class End:
    """How an allegation ended: closing date, departure, and the labels of the chain."""

    closed: date | None
    left: date | None = None
    route: str = "Serving"
    result: str = ""
    action: str = ""
    sanction: str = ""
    proceedings: str = ""
    severity: str = "Misconduct"


def ends(rng: Random, planned: tuple[Slot, ...], matters: list[Matter]) -> list[End]:
    """The end of each planned allegation, in the same order; live matters have no closing date."""
    made = [_end(rng, slot, matter) for slot, matter in zip(planned, matters, strict=True)]
    return _stretch(rng, planned, matters, made)


def _end(rng: Random, slot: Slot, matter: Matter) -> End:
    if slot.path == "formal":
        return _formal_end(rng, slot, matter)
    if slot.path == "left_before_outcome":
        return _left_end(rng, matter)
    if slot.path == "live":
        return End(None, result=rng.choice(("Live", "Still being considered")))
    closed = _later(rng, matter.recorded, 30, 515)
    severity = rng.choice(("Misconduct", "Misconduct", "Gross misconduct"))
    if slot.path == "informal":
        return End(
            closed, result="No case to answer", action=_informal_label(rng, matter), severity="Misconduct"
        )
    return End(closed, result="No case to answer", action=_no_action_label(rng), severity=severity)


def _no_action_label(rng: Random) -> str:
    return rng.choice(("No action", "No action", "No further action"))


def _informal_label(rng: Random, matter: Matter) -> str:
    """2017-2020 is all management action, as published; before, two further informal routes occur."""
    if matter.recorded.year >= 2017:
        return "Management action"
    other = (
        "Local resolution" if matter.kind == "Public complaint" else "Unsatisfactory performance procedure"
    )
    return rng.choice(("Management action", "Management action", other))


def _later(rng: Random, start: date, shortest: int, longest: int) -> date:
    """A day between the two distances from `start`, never after the as-at date."""
    room = (AS_AT - start).days
    return start + timedelta(days=rng.randint(min(shortest, room), min(longest, room)))


def _left_end(rng: Random, matter: Matter) -> End:
    left = _later(rng, matter.recorded, 30, 240)
    gross = not CONSENT_FROM <= left <= CONSENT_TO and rng.random() < 0.5
    route = rng.choice(("Retired", "Resigned"))
    severity = "Gross misconduct" if gross else "Misconduct"
    return End(_later(rng, left, 0, 40), left, route, action=route, severity=severity)


def _formal_end(rng: Random, slot: Slot, matter: Matter) -> End:
    proceedings, severity = _proceedings(rng, slot)
    sanction = SANCTION_LABELS.get(slot.sanction, "")
    end = End(None, None, "Serving", "Case to answer", "Formal action", sanction, proceedings, severity)
    if slot.sanction not in LEAVING:
        return replace(end, closed=_later(rng, matter.recorded, 120, 690))
    left = _departure(rng, matter.recorded)
    if slot.sanction in DISMISSALS:
        return replace(end, closed=left, left=left, route="Dismissed")
    route = rng.choice(("Retired", "Resigned"))
    return replace(end, closed=_later(rng, left, 20, 120), left=left, route=route, sanction=sanction or route)


def _departure(rng: Random, recorded: date) -> date:
    left = _later(rng, recorded, 110, 280)
    if CONSENT_FROM <= left <= CONSENT_TO:
        return _later(rng, CONSENT_TO, 1, 160)
    return left


def _proceedings(rng: Random, slot: Slot) -> tuple[str, str]:
    if slot.sanction in LEAVING:
        if slot.year == 2020:
            return "Accelerated hearing", "Gross misconduct"
        special = slot.year == 2012 and slot.sanction == "dismissal_without_notice"
        return "Special case hearing" if special else "Misconduct hearing", "Gross misconduct"
    if slot.sanction == "reprimand":
        return "Misconduct hearing", "Misconduct"
    if slot.sanction == "not_proven" and rng.random() < 0.5:
        return "Misconduct hearing", "Gross misconduct"
    return "Misconduct meeting", "Misconduct"


def _stretch(rng: Random, planned: tuple[Slot, ...], matters: list[Matter], made: list[End]) -> list[End]:
    """Give about a fifth of the finalised matters recorded 2010-2018 more than two years to outcome.

    A mean of about 400 days and a fifth over two years: findings of the independent review's interim report
    of 2022 on how the force handles misconduct.
    """
    open_to_it = [
        n for n, slot in enumerate(planned) if slot.year <= 2018 and slot.path in ("no_action", "informal")
    ]
    for n in rng.sample(open_to_it, LONG_COUNT):
        made[n] = replace(made[n], closed=_later(rng, matters[n].recorded, *LONG))
    return made
