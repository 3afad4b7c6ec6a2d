"""Who appears when and with what result: the calibration of the example data.

The published figures are those of 2017-2020 and of the two would-have-been-dismissed allegations of
2017 (FOI 21/19847 and 01.FOI.21.021482). Every other number here is interpolated or invented so that the
sums close, and every row made from it is synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

SEED = "example allegations, first edition"


@dataclass(frozen=True)
class YearTotals:
    """Allegations recorded in one year, by path and sex; officers are distinct in the year."""

    year: int
    allegations: int
    officers: int
    no_action: int
    formal: int
    informal: int
    left: int
    live: int
    male: int

    @property
    def women(self) -> int:
        """Women officers of the year: each has exactly one allegation in it."""
        return self.allegations - self.male

    @property
    def repeats(self) -> int:
        """Allegations beyond the first of an officer in the year."""
        return self.allegations - self.officers


CALIBRATION = (
    YearTotals(2010, 42, 39, 30, 3, 6, 3, 0, 37),
    YearTotals(2011, 45, 41, 32, 3, 6, 4, 0, 39),
    YearTotals(2012, 50, 46, 36, 4, 6, 4, 0, 43),
    YearTotals(2013, 54, 49, 40, 4, 6, 4, 0, 46),
    YearTotals(2014, 59, 54, 44, 4, 6, 5, 0, 51),
    YearTotals(2015, 65, 59, 51, 5, 6, 2, 1, 56),
    YearTotals(2016, 71, 64, 56, 5, 6, 2, 2, 61),
    YearTotals(2017, 78, 73, 61, 7, 4, 2, 4, 66),
    YearTotals(2018, 84, 79, 64, 5, 4, 2, 9, 71),
    YearTotals(2019, 93, 87, 69, 4, 3, 1, 16, 79),
    YearTotals(2020, 106, 99, 71, 3, 3, 1, 28, 91),
)

FORMAL = {
    2010: ("reprimand", "dismissal_without_notice", "not_proven"),
    2011: ("dismissal_with_notice", "dismissal_without_notice", "management_advice"),
    2012: ("dismissal_without_notice", "dismissal_with_notice", "left_before_finding", "not_proven"),
    2013: ("dismissal_without_notice", "dismissal_with_notice", "written_warning", "not_proven"),
    2014: ("left_before_finding", "final_written_warning", "management_advice", "none"),
    2015: ("written_warning", "final_written_warning", "management_advice", "not_proven", "none"),
    2016: (
        "would_have_been_dismissed",
        "written_warning",
        "final_written_warning",
        "not_proven",
        "not_proven",
    ),
    2017: (
        "would_have_been_dismissed",
        "would_have_been_dismissed",
        "dismissal_without_notice",
        "final_written_warning",
        "final_written_warning",
        "not_proven",
        "left_before_finding",
    ),
    2018: (
        "dismissal_without_notice",
        "dismissal_without_notice",
        "final_written_warning",
        "not_proven",
        "none",
    ),
    2019: ("dismissal_without_notice", "final_written_warning", "not_proven", "left_before_finding"),
    2020: ("dismissal_without_notice", "final_written_warning", "not_proven"),
}

CARRIED = {
    2012: ((2010, "male", 1),),
    2013: ((2011, "male", 1), (2012, "female", 1)),
    2015: ((2013, "male", 2),),
    2016: ((2014, "male", 1), (2015, "female", 1)),
    2017: ((2014, "male", 1),),
    2018: ((2017, "female", 2), (2017, "male", 2)),
    2019: ((2017, "female", 1), (2018, "male", 3)),
    2020: ((2018, "female", 1), (2019, "female", 1), (2019, "male", 2)),
}
"""Officers met again: year -> (year of their first allegation, sex, how many); twelve inside 2017-2020."""


@dataclass(frozen=True)
class Officer:
    """A made-up officer; `first_year` is the year of the first allegation."""

    key: str
    sex: str
    staff_type: str
    rank_band: str
    first_year: int


@dataclass(frozen=True)
class Slot:
    """One allegation before its dates: year, officer, path and, inside formal action, the sanction."""

    year: int
    officer: Officer
    path: str
    sanction: str = ""
    again: bool = False


@dataclass
class Roster:
    """Officers made so far, and those who may be met again in a later year."""

    rng: Random
    keys: set[str] = field(default_factory=set)
    free: dict[tuple[int, str], list[Officer]] = field(default_factory=dict)

    def recruit(self, year: int, sex: str) -> Officer:
        """A new officer with a key that no other has."""
        key = self._new_key()
        special = self.rng.random() < 0.06
        ranks = ("Constable", "Constable", "Constable", "Constable", "Sergeant", "Inspector")
        rank = "Constable" if special else self.rng.choice(ranks)
        return Officer(key, sex, "Special constable" if special else "Police officer", rank, year)

    def _new_key(self) -> str:
        key = f"SYN{self.rng.randrange(100_000, 1_000_000)}"
        if key in self.keys:
            return self._new_key()
        self.keys.add(key)
        return key

    def release(self, year: int, sex: str, count: int) -> list[Officer]:
        """Officers first met in `year` who are met again; each is given out once."""
        pool = self.free[year, sex]
        return [pool.pop() for _ in range(count)]


def slots() -> tuple[Slot, ...]:
    """Every allegation of the calibration, in year order; the same on every call."""
    roster = Roster(Random(SEED + ": officers"))
    return tuple(slot for totals in CALIBRATION for slot in _year(roster, totals))


def _year(roster: Roster, totals: YearTotals) -> list[Slot]:
    old = [
        officer
        for first, sex, count in CARRIED.get(totals.year, ())
        for officer in roster.release(first, sex, count)
    ]
    new = _newcomers(roster, totals, old)
    paths = _first_paths(roster.rng, totals, len(new))
    first = [Slot(totals.year, officer, "no_action") for officer in old]
    first += [Slot(totals.year, officer, *path) for officer, path in zip(new, paths, strict=True)]
    _remember(roster, totals.year, first[len(old) :])
    return first + _repeats(roster.rng, totals, first)


def _newcomers(roster: Roster, totals: YearTotals, old: list[Officer]) -> list[Officer]:
    old_women = sum(officer.sex == "female" for officer in old)
    women = totals.women - old_women
    men = totals.officers - len(old) - women
    recruits = [roster.recruit(totals.year, "female") for _ in range(women)]
    return recruits + [roster.recruit(totals.year, "male") for _ in range(men)]


def _first_paths(rng: Random, totals: YearTotals, count: int) -> list[tuple[str, str]]:
    """Paths of the newcomers' first allegations; officers met again and repeats are all no action."""
    paths = [("formal", sanction) for sanction in FORMAL[totals.year]]
    paths += [("informal", "")] * totals.informal
    paths += [("left_before_outcome", "")] * totals.left
    paths += [("live", "")] * totals.live
    paths += [("no_action", "")] * (count - len(paths))
    rng.shuffle(paths)
    return paths


def _remember(roster: Roster, year: int, slots_of_year: list[Slot]) -> None:
    for sex in ("male", "female"):
        pool = [
            slot.officer for slot in slots_of_year if slot.path == "no_action" and slot.officer.sex == sex
        ]
        roster.rng.shuffle(pool)
        roster.free[year, sex] = pool


def _repeats(rng: Random, totals: YearTotals, first: list[Slot]) -> list[Slot]:
    """Second allegations of men still serving, so that no woman has two in a year."""
    serving = [
        slot
        for slot in first
        if slot.officer.sex == "male" and slot.path in ("no_action", "informal", "live")
    ]
    chosen = rng.sample(serving, totals.repeats)
    return [Slot(totals.year, slot.officer, "no_action", again=True) for slot in chosen]
