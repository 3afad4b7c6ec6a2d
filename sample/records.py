"""From planned allegations to full records, and the rows that stand outside the totals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from sample.endings import AS_AT, End, ends
from sample.matters import REGIME_2020, Matter, matters
from sample.plan import SEED, Officer, Slot, slots

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


def records() -> tuple[Record, ...]:
    """All calibrated records, ordered by year, recorded date and reference; the same on every call."""
    rng = Random(SEED + ": records")
    planned = slots()
    cases = matters(rng, planned)
    endings = ends(rng, planned, cases)
    made = [_record(rng, *parts) for parts in zip(planned, cases, endings, strict=True)]
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
