"""Live cases by age over the years, and an attacker with a calendar who kept every release.

The attacker reads published files only and shares no code with protection. The days of each year are sorted
by the ages that they have at all vintages; unknown is how many cases of each vintage were recorded on days of
each sort. What a linear programme pins to one number, or below the threshold, is worked out.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from disclosure.publication import Mart, MartRow
from disclosure.publish import Publish

SPANS: dict[str, tuple[int, int | None]] = {
    "to_1_year": (0, 365), "1_to_2_years": (366, 730), "over_2_years": (731, None)
}  # fmt: skip
NOT_KNOWN = "not_known"
LEAVES = ("recorded_year", "live_age")


class Case(NamedTuple):
    recorded: date
    closed: date | None
    number: int


def cases(seed: int, years: Iterable[int], size: int) -> list[Case]:
    """Cases of these years; some are closed soon, some late, some never."""
    chance, found = random.Random(seed), []
    for year in years:
        for _ in range(chance.randint(size // 2, 2 * size)):
            day = date(year, 1, 1) + timedelta(chance.randrange(365))
            closed = day + timedelta(chance.choice((30, 200, 500, 900, 1500, 9999)))
            found.append(Case(day, closed, len(found)))
    return found


def age_of(case: Case, as_at: date, year: int) -> str:
    """The age on a day as the mart counts it: known only of a record of the year that it is counted in."""
    days = (as_at - case.recorded).days
    named = [code for code, (first, last) in SPANS.items() if first <= days <= (last or days)]
    return named[0] if named and case.recorded.year == year else NOT_KNOWN


def marts(found: Sequence[Case], as_at: date, told: bool = True, **block: Any) -> list[Mart]:
    """Outcomes by year, and the live ones by age; without `told` nobody told protection of the calendar."""
    known = [case for case in found if case.recorded <= as_at]
    live = [c for c in known if c.closed is None or c.closed > as_at]
    paths = [(str(c.recorded.year), "live" if c in live else "no_action") for c in known]
    ages = [(str(c.recorded.year), age_of(c, as_at, c.recorded.year)) for c in live]
    given = {"unit": "allegations", "measures": ["n"], "title": "Words"}
    outcomes = given | {
        "table_id": "outcomes", "dimensions": ["recorded_year", "action_path"],
        "categories": {"action_path": ["live", "no_action"]},
    }  # fmt: skip
    by_age = given | {
        "table_id": "live_by_age", "dimensions": [*LEAVES], "within": {"action_path": "live"},
        "categories": {"live_age": [*SPANS, NOT_KNOWN]}, **({"ages": {"live_age": SPANS}} if told else {}),
    }  # fmt: skip
    return [_mart(outcomes, paths, known), _mart(by_age | block, ages, live)]


def _mart(block: Mapping[str, Any], codes: Sequence[tuple[str, str]], found: Sequence[Case]) -> Mart:
    people: dict[tuple[str, str], set[str]] = {}
    for code, case in zip(codes, found, strict=True):
        people.setdefault(code, set()).add(f"{case.number}")
    publish = Publish.parse(block)
    rows = [
        MartRow(dict(zip(publish.dimensions, code, strict=True)), n, frozenset(people[code]))
        for code, n in Counter(codes).items()
    ]
    return Mart(publish, "", tuple(rows))


# --- the attacker


def sorts(year: int, vintages: Sequence[date]) -> set[tuple[str, ...]]:
    """The ages that a day of a year has at each vintage; empty where it was not over yet."""
    days = (date(year, 1, 1) + timedelta(n) for n in range(366))
    cases_ = (Case(day, None, 0) for day in days if day.year == year)
    return {tuple(age_of(c, v, year) if c.recorded <= v else "" for v in vintages) for c in cases_}


def read(folder: Path, historian: ModuleType, calendar: bool = True) -> Any:
    """What all releases of a folder say about live cases by age; without a `calendar` any age is possible."""
    book = historian.Book()
    releases = [json.loads((r / "protected.json").read_text("utf-8")) for r in sorted(folder.iterdir())]
    systems = [json.loads((r / "system.json").read_text("utf-8")) for r in sorted(folder.iterdir())]
    days = sorted({date.fromisoformat(p["header"]["as_at"]) for p in releases})
    for protected, system in zip(releases, systems, strict=True):
        lower = {c["code"]: c.get("lower", int(system["zeros_published"])) for c in system["cells"]}
        for table in protected["tables"]:
            for row in table["rows"]:
                if row.get("action_path", "live") == "live":
                    _read_row(row, days, lower, book, calendar)
    return book


def _read_row(
    row: Mapping[str, Any], days: Sequence[date], lower: Mapping[str, int], book: Any, calendar: bool
) -> None:
    code, day = row["cell"], date.fromisoformat(row["as_at"])
    if row["value"] is not None:
        book.shown[code] = row["value"]
    elif row["marker"] == "c":
        book.least[code] = lower.get(code, 1)
    inside: dict[Any, int] = {}
    for year in range(row["year_from"], row["year_to"] + 1):
        for sort in (*(sorts(year, days) if calendar else ()), *_anywhere(days, calendar)):
            age = sort[days.index(day)]
            if age and row.get("live_age", "Total") in ("Total", age):
                inside[day, year, sort] = 1
    book.equations.append({code: -1, **inside} if row["marker"] != "z" else inside)


def _anywhere(days: Sequence[date], calendar: bool) -> Iterator[tuple[str, ...]]:
    """Records whose dates tell no age; for who has no calendar those of each age."""
    for code in (NOT_KNOWN,) if calendar else (*SPANS, NOT_KNOWN):
        yield (code,) * len(days)


def models(book: Any) -> Iterator[tuple[str, list[tuple[dict[Any, int], float, float]]]]:
    """Nothing is assumed about time; or that nothing came or went in years whose live cases are as many."""
    names = {name for terms in book.equations for name in terms if not isinstance(name, str)}
    days = sorted({day for day, _, _ in names})
    still = [
        ({(new, year, sort): 1, (old, year, sort): -1}, 0.0, 0.0)
        for old, new in pairwise(days)
        for day, year, sort in names
        if day == new and (old, year, sort) in names and _same(book, old, new, year)
    ]
    yield "free", []
    yield "static", still


def _same(book: Any, old: date, new: date, year: int) -> bool:
    ends = f"|time=recorded:{year}|action_path=live"
    totals = {
        d: [v for c, v in book.shown.items() if c.endswith(ends) and f"as_at={d}|" in c] for d in (old, new)
    }
    return bool(totals[old]) and totals[old] == totals[new]


def worked_out(book: Any, historian: ModuleType, threshold: int) -> list[str]:
    """The withheld counts that some attacker pins to one number, or below the threshold."""
    found = []
    for name, more in models(book):
        attack = historian.Attack.on(book, more)
        for code in book.withheld if attack else ():
            low, high = attack.span({code: 1})
            whole = math.isfinite(high) and math.ceil(low - 1e-6) >= math.floor(high + 1e-6)
            if whole or high < threshold - 1e-6:
                found.append(f"{name}: {code}")
    return found
