"""The cases that allegations stand in: reference, kind, and the dates that their allegations share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sample.plan import Slot

REGIME_2020 = date(2020, 2, 1)
LEAVING = frozenset(
    {"dismissal_without_notice", "dismissal_with_notice", "would_have_been_dismissed", "left_before_finding"}
)


@dataclass(frozen=True)
class Matter:
    """A case: reference, kind and the two dates that its allegations share."""

    ref: str
    kind: str
    known: date
    recorded: date


def matters(rng: Random, planned: tuple[Slot, ...]) -> list[Matter]:
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
    if slot.sanction in LEAVING and slot.year <= 2014:
        days = 80
    if slot.year == 2020 and slot.path == "informal":
        days = 30
    if slot.year == 2020 and slot.path in ("formal", "left_before_outcome"):
        first, days = date(2020, 2, 10), 150
    return first + timedelta(days=rng.randrange(days))
