"""Attacks on one publication: what its tables say together, and what somebody knows besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from unittest.mock import patch

from attack_world import (
    CODES,
    COUNTS,
    THRESHOLD,
    TOTAL,
    Attack,
    Counts,
    Place,
    Rows,
    context,
    gives_away,
    mart,
    naive,
    protect,
    rows,
    solve,
    true_rows,
)

from dashboards.model import Cell
from dashboards.views import share
from disclosure.cells import Key
from disclosure.policy import Policy, default_policy
from disclosure.publication import Mart, MartRow, Publication
from disclosure.publish import Publish
from disclosure.reading import parse
from disclosure.register import Figure, Register
from disclosure.secondary import protect as partners
from disclosure.system import Definition, OverlappingGroups, link

OTHER_YEAR: Counts = {("2020", code): 20 + n for n, code in enumerate(CODES)}


def _counts(line: Mapping[str, int]) -> Counts:
    """A line of 2019 beside a harmless one of 2020."""
    return {**{("2019", code): line.get(code, 0) for code in CODES}, **OTHER_YEAR}


def _shown(counts: Counts, **block: str) -> Rows:
    return rows(protect([mart(counts, **block)]))


# --- lines


def _tells_of_all(shown: Rows) -> bool:
    """Whether a year shows that all, or all but fewer than the threshold, ended in one way."""
    total = shown["2019", TOTAL]
    return any(total and (shown["2019", code] or 0) > total - THRESHOLD for code in CODES)


def _tells_by_zero(shown: Rows) -> bool:
    """Whether a line that is or may be small says what did not happen."""
    total = shown["2019", TOTAL]
    return (total is None or total < THRESHOLD) and any(shown["2019", code] == 0 for code in CODES)


ALL, ALL_BUT_ONE, FEW = _counts({"a": 14}), _counts({"a": 13, "b": 1}), _counts({"a": 2, "b": 1})


# --- presentation


def _worked_back(part: Cell, rest: Cell, whole: Cell, percentage: str) -> bool:
    """Whether a withheld part follows from the whole and a percentage."""
    if "%" not in percentage or part.value is not None or whole.value is None:
        return False
    return round(float(percentage.rstrip("%")) * whole.value / 100) > 0


NARROW: Counts = {**COUNTS, ("2019", "c"): 6, ("2019", "d"): 7}
RATES = {"share": {"dimension": "action_path", "category": "a"}}
MEDIANS = {"days": {"dimension": "action_path", "breakpoints": {"a": 90, "b": 180, "c": 365}}}


def _in_band(least: float, most: float) -> list[int]:
    """The counts of 2019 that a band of per cents leaves."""
    total = sum(n for (year, _), n in NARROW.items() if year == "2019")
    return [n for n in range(1, total) if least * total <= 100 * n <= most * total]


def _by_band() -> bool:
    """Whether a band of five per cent beside its total gives the count away."""
    policy = replace(Policy.read(default_policy()), rates=5)
    found = protect([mart(NARROW, rates=RATES)], policy=policy)  # type: ignore[arg-type]
    first = found.protected["tables"][0]["statements"][0]
    return first["least"] is not None and len(_in_band(first["least"], first["most"])) == 1


def _by_median() -> bool:
    """Whether a median of fewer than ten officers is shown: it is nearly one person's own figure."""
    few = {**OTHER_YEAR, **{("2019", code): n for code, n in zip(CODES, (0, 0, 0, 9), strict=True)}}
    table = mart(few, medians=MEDIANS)  # type: ignore[arg-type]
    days = dict(zip(CODES, (60, 150, 300, 400), strict=True))
    rows_of = (replace(r, values={"days": (days[r.dimensions["action_path"]],) * r.n}) for r in table.rows)
    table = replace(table, rows=tuple(rows_of))
    first = protect([table]).protected["tables"][0]["statements"][0]
    return first["least"] is not None


HIDDEN, REST, WHOLE = Cell(None, "c", reason="withheld"), Cell(37), Cell(40)
SWAPPED: Counts = {**COUNTS, ("2019", "a"): 9, ("2019", "b"): 3}


def _order(counts: Counts, by_value: bool) -> list[tuple[str, str]]:
    truth, order = true_rows(counts), list(rows(protect([mart(counts)])))
    return sorted(order, key=lambda name: -truth[name]) if by_value else order


def _absent(present: Rows) -> bool:
    """Whether a count can be told from others by having no row."""
    return set(present) != set(true_rows(COUNTS | {("2019", "d"): 0}))


def _marked(publication: Publication) -> bool:
    signs = {
        tuple(str(row[name]) for name in ("marker", "reason", "exemption", "notes"))
        for table in publication.protected["tables"]
        for row in table["rows"]
        if row["marker"] == "c"
    }
    return len(signs) != 1


# --- officers


APART: Counts = {**COUNTS, ("2019", "a"): 3}
FEW_PEOPLE = {("2019", "a"): 2, ("2020", "a"): 1}
MANY: Counts = {**COUNTS, ("2019", "a"): 7, ("2020", "a"): 12}
DOMINATED = (("2019", "a"), ("2020", "a"), (TOTAL, "a"))
"""Many allegations, all against three officers, in each year and in both together."""
SHARES = {
    ("2019", "a"): (11, 1), ("2019", "b"): (8, 1, 1, 1, 1, 1), ("2019", "c"): (1,) * 30,
    ("2020", "a"): (26, 2, 1, 1, 1, 1, 1), ("2020", "b"): (7, 6, 5, 4, 3, 2), ("2020", "c"): (2,) * 20,
}  # fmt: skip
"""How many allegations each officer of a count has; one of them has most in three of these counts."""


def _divided(among: int, total: int, most: int) -> Iterator[tuple[int, ...]]:
    """Every way in which so many people can have one or more each, the largest first."""
    if among == 0:
        yield from [()] if total == 0 else []
        return
    for first in range(min(most, total - among + 1), 0, -1):
        yield from ((first, *rest) for rest in _divided(among - 1, total - first, first))


def _has_most(allegations: int, officers: int, own: int, ones: int | None = None) -> bool:
    """Whether one of the officers, who knows their own number, is sure that one other has most of them all.

    `ones` is how many officers have a single allegation, where somebody says so.
    """
    ways = _divided(officers - 1, allegations - own, allegations)
    fit = [others for others in ways if ones is None or (own, *others).count(1) == ones]
    return bool(fit) and all(2 * others[0] > allegations for others in fit)


def _dominated_naively() -> list[tuple[str, str]]:
    """Everybody knows how many officers there are, and how many have one allegation where these are five."""
    found = []
    for name, (most, *others) in SHARES.items():
        ones = others.count(1) if others.count(1) >= THRESHOLD else None
        total, number = most + sum(others), len(others) + 1
        if any(_has_most(total, number, own, ones) for own in {*others}):
            found.append(name)
    return found


def _dominated() -> bool:
    """With what we show of both; who sees no number of officers knows the method: they are not few."""
    allegations, officers = ({n: how(of) for n, of in SHARES.items()} for how in (sum, len))
    found = protect([mart(allegations, officers), _officers(officers)], policy=_constant_paths())
    shown, people = rows(found), rows(found, "people")
    for name, (_, *others) in SHARES.items():
        total, number = shown[name], people[name]
        numbers = range(THRESHOLD, (total or 0) + 1) if number is None else [number]
        if total and any(all(_has_most(total, n, own) for n in numbers) for own in {*others}):
            return True
    return False


def _officers(counts: Counts) -> Mart:
    """The same people as officers: a path that a person keeps splits them into parts that add."""
    return mart(
        counts, table_id="people", title="People", unit="officers", show={"recorded_year": ["leaves"]}
    )


def _both(allegations: Rows, officers: Rows) -> Rows:
    """Every officer has one allegation, as the totals say: what one table shows, both show."""
    return {name: n if n is not None else officers.get(name) for name, n in allegations.items()}


def _two_units(apart: bool) -> bool:
    tables = mart(COUNTS), _officers(COUNTS)
    policy = {"policy": _constant_paths()}
    if not apart:
        found = protect(list(tables), **policy)
        return gives_away(_both(rows(found), rows(found, "people")), COUNTS)
    first = rows(protect([tables[0]], **policy))
    keys = (bytes([n]) * 32 for n in range(8))
    others = (rows(protect([tables[1]], key=key, **policy), "people") for key in keys)
    return any(gives_away(_both(first, other), COUNTS) for other in others)


def _constant_paths() -> object:
    return replace(Policy.read(default_policy()), person_constant=("action_path",))


def _groups_refused() -> bool:
    bands = {"recorded_year": [[2019, 2020], [2020, 2021]]}
    block = {"unit": "officers", "bands": bands, "show": {"recorded_year": ["bands"]}}
    counts = {(str(year), code): 9 for year in (2019, 2020, 2021) for code in CODES}
    table = mart(counts, **block).publish  # type: ignore[arg-type]
    definition = Definition.of(table, context().prefix, (2019, 2020, 2021), ("action_path",))
    try:
        link([definition], 1000)
    except OverlappingGroups:
        return True
    return False


def _overlap(rule: str) -> list[int]:
    """How many officers two groups of 7 with 10 between them can share: by the rule of parts, by counting."""
    return [both for both in range(1, 8) if rule == "parts" or 7 + 7 - both >= 10]


# --- knowledge


def _known(code: str, years: tuple[int, ...], dimensions: Mapping[str, str]) -> Register:
    value = sum(n for (y, c), n in COUNTS.items() if int(y) in years and c == code)
    key = Key.of(context().prefix, "allegations", "recorded", years, dimensions)
    return Register((Figure(key, value, value, "words", "source", "S1"),))


def _partner(shown: Rows) -> str:
    return next(code for code in CODES if code != "a" and shown["2019", code] is None)


def _with_answer(aware: bool) -> bool:
    """An answer given before says the count that would have been the partner."""
    code = _partner(rows(protect([mart(COUNTS)])))
    register = _known(code, (2019,), {"action_path": code}) if aware else Register()
    shown = rows(protect([mart(COUNTS)], register=register))
    return gives_away(shown, COUNTS, {("2019", code): COUNTS["2019", code]})


YEARS_ONLY = {"show": {"recorded_year": ["leaves"], "action_path": ["leaves"]}}


def _with_head_count(aware: bool, unit: str) -> bool:
    """Nobody shows the total of the year, allegations or people, but everybody knows it."""
    total = sum(n for (year, _), n in COUNTS.items() if year == "2019")
    key = Key.of(context().prefix, unit, "recorded", (2019,), {})
    register = Register((Figure(key, total, total, "words", "source", "S1"),) if aware else ())
    table = mart(COUNTS, **YEARS_ONLY, unit=unit)  # type: ignore[arg-type]
    shown = rows(protect([table], register=register, policy=_constant_paths()))
    found = {name: shown.get(name) for name in true_rows(COUNTS)}
    return gives_away(found, COUNTS, {("2019", TOTAL): total})


UNITS = ("allegations", "officers")


LONELY: Counts = {
    ("2019", "a"): 1, ("2019", "b"): 9, ("2019", "c"): 21, ("2019", "d"): 22,
    ("2020", "a"): 9, ("2020", "b"): 2, ("2020", "c"): 23, ("2020", "d"): 24,
}  # fmt: skip


def _seen_by_one(publication: Publication) -> bool:
    """The only officer of one small count works out the other small count."""
    return solve(rows(publication), {("2019", "a"): 1})["2020", "b"] == 2


RANKS = ("constable", "sergeant", "superintendent")


def _by_rank(people: Mapping[str, int]) -> Mart:
    """Twelve allegations a rank and path; `people` says how many officers of a rank they are made against."""
    rows = [
        MartRow(
            {"rank_band": rank, "action_path": path}, 12 + n,
            frozenset(f"{rank}-{at % people.get(rank, 99)}" for at in range(12 + n)),
        )
        for n, (rank, path) in enumerate(product(RANKS, CODES))
    ]  # fmt: skip
    block = {
        "table_id": "ranks", "title": "Ranks", "unit": "allegations", "measures": ["n"],
        "dimensions": ["rank_band", "action_path"],
        "categories": {"rank_band": RANKS, "action_path": CODES},
    }  # fmt: skip
    return Mart(Publish.parse(block), "", tuple(rows))


def _about_the_only_one(publication: Publication) -> bool:
    """Whether a table says what was alleged against the only officer of a rank."""
    rows = [row for table in publication.protected["tables"] for row in table["rows"]]
    return any(row["rank_band"] == "superintendent" and row["value"] is not None for row in rows)


def _only_one_of_a_rank(primary: str) -> bool:
    policy = replace(Policy.read(default_policy()), primary=primary)
    return _about_the_only_one(protect([_by_rank({"superintendent": 1})], policy=policy))


def _without_singletons(_: Place) -> bool:
    with patch("disclosure.attempt._Search._singletons", lambda *_: ()):
        return _seen_by_one(protect([mart(LONELY)]))


# --- hierarchies


THREE: Counts = {
    ("2018", "a"): 8, ("2018", "b"): 20, ("2019", "a"): 2, ("2019", "b"): 21,
    ("2020", "a"): 9, ("2020", "b"): 30,
}  # fmt: skip


def _overlapping_bands() -> list[Mart]:
    """Two tables of the same years in bands that are not nested."""
    bands = {"one": [[2018, 2019], [2020, 2020]], "two": [[2018, 2018], [2019, 2020]]}
    return [
        mart(THREE, table_id=name, bands={"recorded_year": own}, show={"recorded_year": ["bands", "total"]})
        for name, own in bands.items()
    ]


def _together(marts: list[Mart]) -> list[Publication]:
    return [protect(marts, context=context((2018, 2019, 2020)))]


def _apart(marts: list[Mart]) -> list[Publication]:
    return [protect([one], context=context((2018, 2019, 2020))) for one in marts]


def _difference_of_bands(publications: list[Publication]) -> bool:
    """Two years of one table less one of the other: a year that neither table has a row for."""
    found = {
        (row["year_from"], row["year_to"]): row["value"]
        for publication in publications
        for table in publication.protected["tables"]
        for row in table["rows"]
        if row["action_path"] == "a"
    }
    wide, narrow = found.get((2018, 2019)), found.get((2018, 2018))
    return wide is not None and narrow is not None and wide - narrow == THREE["2019", "a"]


# --- minimality


LINES = tuple((small, total - small, 8, 9) for small in (1, 3) for total in (10, 13))
"""Lines of four counts, the first of them small."""


@cache
def _pattern(values: tuple[int, ...], key: str | None) -> frozenset[int]:
    """Which of four counts of one line are withheld: without a key always the next one is the partner."""
    if key is None:
        small = {n for n, value in enumerate(values) if 0 < value < THRESHOLD}
        more = {(n + 1) % len(values) for n in small} if len(small) == 1 else set()
        return frozenset(small | more)
    cells = [{"id": n, "value": value} for n, value in enumerate((*values, sum(values)))]
    line = {"total": len(values), "parts": list(range(len(values)))}
    content = {"threshold": THRESHOLD, "cells": cells, "equations": [line], "never_hide": [len(values)]}
    return frozenset(partners(parse({**content, "key": key})).hidden)


def _provably_small(keys: tuple[str | None, ...]) -> bool:
    """Whether, of all lines that would have been published so under some key, a count is small in each."""
    for values, key in product(LINES, keys):
        hidden = _pattern(values, key)
        same = [line for line in _alike(values, hidden) if any(_pattern(line, one) == hidden for one in keys)]
        if any(all(0 < line[at] < THRESHOLD for line in same) for at in hidden):
            return True
    return False


def _alike(values: tuple[int, ...], hidden: frozenset[int]) -> Iterator[tuple[int, ...]]:
    """All lines that agree in what is shown: their withheld counts are one or more and have the same sum."""
    gaps = sorted(hidden)
    total = sum(values[at] for at in gaps)
    for filled in product(range(1, total), repeat=len(gaps)):
        if sum(filled) == total:
            new = dict(zip(gaps, filled, strict=True))
            yield tuple(new.get(at, value) for at, value in enumerate(values))


ATTACKS = {
    "0 and 100 % rows": Attack(
        lambda _: _tells_of_all(naive(ALL)), lambda _: _tells_of_all(_shown(ALL, full_lines="withhold"))
    ),
    "all but one": Attack(
        lambda _: _tells_of_all(naive(ALL_BUT_ONE)),
        lambda _: _tells_of_all(_shown(ALL_BUT_ONE, full_lines="withhold")),
    ),
    "percentages, rates, medians": Attack(
        lambda _: _worked_back(HIDDEN, REST, WHOLE, "7.5%") and _in_band(10, 15) == [3],
        lambda _: (
            _worked_back(HIDDEN, REST, WHOLE, share(HIDDEN, REST, WHOLE).text) or _by_band() or _by_median()
        ),
    ),
    "sort order and top-N": Attack(
        lambda _: _order(COUNTS, by_value=True) != _order(SWAPPED, by_value=True),
        lambda _: _order(COUNTS, by_value=False) != _order(SWAPPED, by_value=False),
    ),
    "missing against zero": Attack(
        lambda _: _absent({name: n for name, n in naive(COUNTS | {("2019", "d"): 0}).items() if n != 0}),
        lambda _: _absent(_shown(COUNTS | {("2019", "d"): 0})),
    ),
    "zeros in a small line": Attack(
        lambda _: _tells_by_zero(naive(FEW)), lambda _: _tells_by_zero(_shown(FEW))
    ),
    "markers": Attack(
        lambda _: len({"fewer than five" if 0 < n < THRESHOLD else "partner" for n in COUNTS.values()}) != 1,
        lambda _: _marked(protect([mart(COUNTS)])),
    ),
    "officers beside allegations": Attack(lambda _: _two_units(True), lambda _: _two_units(False)),
    "overlapping officer groups": Attack(
        lambda _: max(_overlap("parts")) >= THRESHOLD > max(_overlap("people")),
        lambda _: not _groups_refused(),
    ),
    "public head-counts": Attack(
        lambda _: all(_with_head_count(False, unit) for unit in UNITS),
        lambda _: any(_with_head_count(True, unit) for unit in UNITS),
    ),
    "past FOI answers": Attack(lambda _: _with_answer(False), lambda _: _with_answer(True)),
    "singletons of rank or unit": Attack(
        lambda place: _without_singletons(place) and _only_one_of_a_rank("allegations"),
        lambda _: _seen_by_one(protect([mart(LONELY)])) or _only_one_of_a_rank("officers"),
    ),
    "dominance": Attack(
        lambda _: (
            all(naive(MANY)[name] is not None for name in DOMINATED)
            and _dominated_naively() == [("2019", "a"), ("2019", "b"), ("2020", "a")]
        ),
        lambda _: (
            any(rows(protect([mart(MANY, FEW_PEOPLE)]))[name] is not None for name in DOMINATED)
            or _dominated()
        ),
    ),
    "non-nested hierarchies": Attack(
        lambda _: _difference_of_bands(_apart(_overlapping_bands())),
        lambda _: _difference_of_bands(_together(_overlapping_bands())),
    ),
    "minimality": Attack(
        lambda _: _provably_small((None,)), lambda _: _provably_small(tuple(str(n) for n in range(6)))
    ),
}
