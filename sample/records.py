"""From planned allegations to full records: cases, dates, labels, and the rows that stand outside the totals.

Rules kept (Police (Conduct) Regulations 2008, 2012, 2020; Police (Conduct) (Amendment) Regulations 2014
and 2017): a misconduct meeting never dismisses; from 12 January 2015 to 14 December 2017 nobody leaves
under gross misconduct; would-have-been-dismissed needs a departure and a finding from 15 December 2017;
management action is for matters known before 1 February 2020.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from sample.plan import SEED, Officer, Slot, slots

AS_AT = date(2021, 6, 30)
REGIME_2020 = date(2020, 2, 1)
CONSENT_FROM, CONSENT_TO = date(2015, 1, 12), date(2017, 12, 14)
DISMISSALS = frozenset({"dismissal_without_notice", "dismissal_with_notice"})
GROSS = DISMISSALS | {"would_have_been_dismissed", "left_before_finding"}

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
LETTERS = ("A", "C", "C", "C", "D", "D", "S", "U", "W", "Y")
NAMES = (
    "Discreditable conduct",
    "Discreditable conduct",
    "Individual behaviours",
    "Individual behaviours",
    "Sexual conduct",
    "Delivery of duties and service",
    "Access and/or disclosure of information",
)


@dataclass(frozen=True)
class Record:
    """One allegation against an officer; empty text where the force's system holds nothing."""

    year: int
    case_ref: str
    case_type: str
    allegation_ref: str
    officer_key: str
    staff_type: str
    rank_band: str
    sex: str
    known_date: date
    recorded_date: date
    allegation_type: str
    severity: str
    result: str
    action: str
    sanction: str
    proceedings_type: str
    outcome_date: date | None
    left_date: date | None
    exit_route: str
    investigating_force: str
    da_flag: str = "Yes"
    as_at_date: date = AS_AT


@dataclass(frozen=True)
class Matter:
    """A case: reference, kind and the two dates that its allegations share."""

    ref: str
    kind: str
    known: date
    recorded: date


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


def records() -> tuple[Record, ...]:
    """All calibrated records, ordered by year, recorded date and reference; the same on every call."""
    rng = Random(SEED + ": records")
    planned = slots()
    matters = _matters(rng, planned)
    ends = _ends(rng, planned, matters)
    made = [_record(rng, *parts) for parts in zip(planned, matters, ends, strict=True)]
    made = _number(_published_pair(rng, made))
    return tuple(sorted(made, key=lambda record: (record.year, record.recorded_date, record.allegation_ref)))


def extras() -> tuple[Record, ...]:
    """The two rows outside every total: a placeholder subject (2015), several outcomes in a cell (2020)."""
    rng = Random(SEED + ": outside the totals")
    organisational = Officer("Organisational", "", "", "", 2015)
    end = End(date(2015, 11, 20), route="", result="No case to answer", action="No action")
    matter = Matter("CM/90015/15", "Public complaint", date(2015, 5, 11), date(2015, 5, 13))
    placeholder = _record(rng, Slot(2015, organisational, "no_action"), matter, end)
    subject = Officer("SYN099999", "male", "Police officer", "Constable", 2020)
    both = End(date(2020, 12, 8), result="No case to answer", action="No action; Reflective practice")
    later = Matter("CM/90020/20", "Public complaint", date(2020, 7, 6), date(2020, 7, 8))
    several = _record(rng, Slot(2020, subject, "no_action"), later, both)
    return tuple(replace(row, allegation_ref=f"{row.case_ref}-1") for row in (placeholder, several))


def _matters(rng: Random, planned: tuple[Slot, ...]) -> list[Matter]:
    """One case an allegation, but for half of the repeats and some pairs of officers, who share one."""
    made: list[Matter] = []
    own: dict[tuple[int, str], Matter] = {}
    for number, slot in enumerate(planned):
        shared = own.get((slot.year, slot.officer.key)) if slot.again and rng.random() < 0.5 else None
        if shared is None and made and _may_share(planned[number - 1], slot) and rng.random() < 0.08:
            shared = made[-1]
        matter = shared or _matter(rng, slot, number)
        own.setdefault((slot.year, slot.officer.key), matter)
        made.append(matter)
    return made


def _may_share(one: Slot, other: Slot) -> bool:
    return one.year == other.year and one.path == other.path == "no_action" and not other.again


def _matter(rng: Random, slot: Slot, number: int) -> Matter:
    recorded = _recorded(rng, slot)
    known = recorded - timedelta(days=rng.randrange(0, 31))
    if recorded >= REGIME_2020:
        known = max(known, REGIME_2020)
    if slot.sanction == "reprimand":
        known = date(2008, 11, 17)
    kinds = ("Conduct matter", "Recordable conduct matter", "Public complaint")
    kind = rng.choices(kinds, weights=(43, 14, 43))[0]
    return Matter(f"CM/{10_000 + 7 * number:05d}/{slot.year % 100:02d}", kind, known, recorded)


def _recorded(rng: Random, slot: Slot) -> date:
    """A day of the year; early where a departure must come before consent was needed, or a rule ends."""
    first, days = date(slot.year, 1, 1), 365
    if slot.sanction in GROSS and slot.year <= 2014:
        days = 80
    if slot.year == 2020 and slot.path == "informal":
        days = 30
    if slot.year == 2020 and slot.path in ("formal", "left_before_outcome"):
        first, days = date(2020, 2, 10), 150
    return first + timedelta(days=rng.randrange(days))


def _ends(rng: Random, planned: tuple[Slot, ...], matters: list[Matter]) -> list[End]:
    ends = [_end(rng, slot, matter) for slot, matter in zip(planned, matters, strict=True)]
    return _stretch(rng, planned, matters, ends)


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
    if slot.sanction not in GROSS:
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
    if slot.sanction in GROSS:
        if slot.year == 2020:
            return "Accelerated hearing", "Gross misconduct"
        special = slot.year == 2012 and slot.sanction == "dismissal_without_notice"
        return "Special case hearing" if special else "Misconduct hearing", "Gross misconduct"
    if slot.sanction == "reprimand":
        return "Misconduct hearing", "Misconduct"
    if slot.sanction == "not_proven" and rng.random() < 0.5:
        return "Misconduct hearing", "Gross misconduct"
    return "Misconduct meeting", "Misconduct"


LONG = (731, 1180)
LONG_COUNT = 104


def _stretch(rng: Random, planned: tuple[Slot, ...], matters: list[Matter], ends: list[End]) -> list[End]:
    """Give about a fifth of the finalised matters recorded 2010-2018 more than two years to outcome.

    A mean of about 400 days and a fifth over two years are the findings of the interim Casey report.
    """
    open_to_it = [
        n for n, slot in enumerate(planned) if slot.year <= 2018 and slot.path in ("no_action", "informal")
    ]
    for n in rng.sample(open_to_it, LONG_COUNT):
        ends[n] = replace(ends[n], closed=_later(rng, matters[n].recorded, *LONG))
    return ends


def _record(rng: Random, slot: Slot, matter: Matter, end: End) -> Record:
    officer = slot.officer
    return Record(
        year=slot.year,
        case_ref=matter.ref,
        case_type=matter.kind,
        allegation_ref="",
        officer_key=officer.key,
        staff_type=officer.staff_type,
        rank_band=officer.rank_band,
        sex=officer.sex,
        known_date=matter.known,
        recorded_date=matter.recorded,
        allegation_type=rng.choice(LETTERS if matter.recorded < REGIME_2020 else NAMES),
        severity=end.severity,
        result=end.result,
        action=end.action,
        sanction=end.sanction,
        proceedings_type=end.proceedings,
        outcome_date=end.closed,
        left_date=end.left,
        exit_route=end.route,
        investigating_force="Own force",
    )


def _published_pair(rng: Random, made: list[Record]) -> list[Record]:
    """Set the separately published facts of the two would-have-been-dismissed records of 2017."""
    pair = [
        n for n, row in enumerate(made) if row.year == 2017 and row.sanction == "Would have been dismissed"
    ]
    kinds = [("C", "Own force"), ("D", "Another force")]
    routes = ["Retired", "Resigned"]
    rng.shuffle(kinds)
    rng.shuffle(routes)
    for n, (letter, force), route in zip(pair, kinds, routes, strict=True):
        made[n] = replace(made[n], allegation_type=letter, investigating_force=force, exit_route=route)
    return made


def _number(made: list[Record]) -> list[Record]:
    """Allegation references: the case reference and a running number inside the case."""
    seen: dict[str, int] = {}
    numbered = []
    for row in made:
        seen[row.case_ref] = seen.get(row.case_ref, 0) + 1
        numbered.append(replace(row, allegation_ref=f"{row.case_ref}-{seen[row.case_ref]}"))
    return numbered
