"""A line is judged by what is tabulated: groups that nobody sees and tables without a record say nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from disclosure.audit import audit
from disclosure.instance import Cell, Equation, Instance
from disclosure.publication import Publication
from disclosure.publish import Publish
from disclosure.rules import small_inner
from disclosure.secondary import protect as withhold

Protect = Callable[..., Publication]
CODES = ["a", "b", "c", "d", "e", "f"]
PAIRS = {"first": ["a", "b"], "second": ["c", "d"]}


def mart(decade: ModuleType, counts: Mapping[tuple[str, str], int], **block: Any) -> Any:
    return decade.by_path(counts, CODES, **block)


def shown_zeros(publication: Publication, year: int) -> set[str]:
    rows = [row for table in publication.protected["tables"] for row in table["rows"]]
    return {row.get("action_path", "") for row in rows if row["year_to"] == year and row["value"] == 0}


def test_zeros_of_a_small_line_are_withheld_whatever_groups_are_declared_and_not_shown(
    decade: ModuleType, protect: Protect
) -> None:
    counts = {("2019", "c"): 2, ("2019", "d"): 1, **{("2020", c): 20 + n for n, c in enumerate(CODES)}}
    context = decade.context((2019, 2020))
    grouped = mart(decade, counts, merge={"action_path": PAIRS})
    for one in (mart(decade, counts), grouped):
        answer = protect([one], context=context)
        assert answer.status == "proven"
        assert not shown_zeros(answer, 2019)


@pytest.mark.parametrize("told", [True, False])
def test_a_year_that_no_row_counts_casts_no_doubt_on_the_zeros_of_the_others(
    decade: ModuleType, protect: Protect, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a table of one band the years outside are no part: a total with them is a line of nobody's."""
    if not told:
        monkeypatch.setattr(Publish, "years_told", lambda _, years: tuple(years))
    counts = {(year, c): 20 + n for year in ("2018", "2019", "2020") for n, c in enumerate(CODES[:5])}
    shape = {"bands": {"recorded_year": [[2019, 2020]]}, "show": {"recorded_year": ["bands"]}}
    answer = protect([mart(decade, counts, **shape)], context=decade.context((2018, 2019, 2020)))
    assert answer.tables[0]["key"]["years"] == ([2019, 2020] if told else [2018, 2019, 2020])
    assert shown_zeros(answer, 2020) == ({"f"} if told else set())


LATER = {("2020", c): 20 + n for n, c in enumerate(CODES)}
PART: dict[str, Any] = {"dimensions": ["recorded_year"], "categories": {}, "within": {"action_path": "a"}}


def dropped(decade: ModuleType, protect: Protect, counts: Mapping[tuple[str, str], int], **part: Any) -> Any:
    context = decade.context((2019, 2020), untold=part.pop("untold", frozenset()))
    none = replace(mart(decade, {("2019", "a"): 1}, table_id="part", **PART | part), rows=())
    answer = protect([mart(decade, counts), none], context=context)
    return {d.table_id: d.reason for d in answer.dropped}


def test_a_table_without_a_record_is_judged_like_any_other(decade: ModuleType, protect: Protect) -> None:
    others = {key: n for key, n in LATER.items() if key[1] != "a"}
    reasons = dropped(decade, protect, {("2019", "c"): 2, ("2019", "d"): 1, **others})
    assert "records" not in reasons.get("part", "")


def test_what_the_sources_lack_by_their_description_is_no_zero(decade: ModuleType, protect: Protect) -> None:
    counts = {("2019", "c"): 2, ("2019", "d"): 1, **LATER}
    other = {"categories": {}, "within": {"sanction": "none"}}
    assert dropped(decade, protect, counts, **other) == {}
    found = dropped(decade, protect, counts, **other, untold=frozenset(("sanction",)))
    assert found == {"part": "the records do not tell it"}


def test_zeros_of_what_another_table_found_are_not_published(decade: ModuleType, protect: Protect) -> None:
    counts = {("2019", "c"): 2, ("2019", "d"): 1, **LATER}
    assert dropped(decade, protect, counts) == {"part": "nearly nothing of it could have been shown"}


# --- the reason why a table is left out, in two worlds that differ in one record

BY_SANCTION: dict[str, Any] = {
    "dimensions": ["recorded_year", "sanction"],
    "categories": {"sanction": ["x", "y"]},
    "within": {"action_path": "a"},
    "bands": {"recorded_year": [[2019, 2019]]},
    "show": {"recorded_year": ["bands"]},
}


def world(decade: ModuleType, path: str, sanction: str) -> list[Any]:
    """Three matters of 2019, the last of them ended in this way; no other ended in path `a`."""
    last = [("c", ""), ("c", ""), (path, sanction)]
    found = [decade.Record("2019", f"o{n}", "male", *end, "no") for n, end in enumerate(last)]
    found += [
        decade.Record("2020", f"{code}{n}", "male", code, "", "no")
        for at, code in enumerate(CODES[1:])
        for n in range(20 + at)
    ]
    given = {"title": "T", "unit": "allegations", "measures": ["n"]}
    whole = {
        "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": CODES},
        "show": {"recorded_year": ["leaves"]},
    }  # fmt: skip
    return [
        decade.mart(found, "small", given | whole),
        decade.mart(found, "sanctions", given | BY_SANCTION),
    ]


def reasons(publication: Publication) -> dict[str, str]:
    return {d.table_id: d.reason for d in publication.dropped}


def told_by_the_records(marts: Any) -> dict[str, str]:
    """The naive reason: a table without a record is said not to be told, if no other table tells it."""
    told = {name for one in marts if one.rows for name in one.publish.dimensions}
    return {
        one.publish.table_id: "the records do not tell it"
        for one in marts
        if not one.rows and not set(one.publish.dimensions) <= told
    }


def test_the_reason_does_not_tell_none_from_one(decade: ModuleType, protect: Protect) -> None:
    none, one = world(decade, "d", ""), world(decade, "a", "x")
    assert told_by_the_records(none) != told_by_the_records(one)
    context = decade.context((2019, 2020))
    first, second = (protect(marts, context=context) for marts in (none, one))
    assert reasons(first) == reasons(second) != {}
    assert first.protected == second.protected
    lacking = decade.context((2019, 2020), untold=frozenset(("action_path", "sanction")))
    found = [reasons(protect(marts, context=lacking)) for marts in (none, one)]
    assert found == [{"sanctions": "the records do not tell it"}] * 2


@pytest.mark.parametrize("off", [True, False])
def test_zeros_do_not_hold_each_other_up(
    off: bool, decade: ModuleType, protect: Protect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table below a zero of a small line shows that zero again: neither may stand because of the other."""
    if off:
        monkeypatch.setattr("disclosure.rules._with_parts", lambda _, doubtful: set(doubtful))
    answer = protect(world(decade, "d", ""), context=decade.context((2019, 2020)))
    kept = answer.status == "proven" and not shown_zeros(answer, 2019)
    assert kept != off


def test_without_any_record_nothing_is_published(decade: ModuleType, protect: Protect) -> None:
    answer = protect(
        [replace(mart(decade, {("2019", "a"): 9}), rows=())], context=decade.context((2019, 2020))
    )
    assert answer.status == "refused"
    assert "no records" in answer.findings[0]


def difference(**other: Any) -> Instance:
    """Two shown counts whose difference is an unpublished 0; it stands beside `w` in a withheld line."""
    cells = [
        Cell(0, "both", 20),
        Cell(1, "one", 20),
        Cell(2, "inner", None, False),
        Cell(3, "w", None, lower=0),
        Cell(4, "line", None, lower=0),
    ]
    found = Instance(tuple(cells), (Equation(0, (1, 2)), Equation(4, (2, 3))), threshold=5)
    return replace(found, **{"hidden": frozenset({3, 4}), **other})


def test_a_zero_that_no_table_shows_tells_in_a_line_that_may_be_small() -> None:
    assert small_inner(difference()) == {2}


def test_such_a_zero_tells_nothing_in_a_large_line_or_below_a_shown_one() -> None:
    large = [replace(c, value=30) if c.code == "line" else c for c in difference().cells]
    assert small_inner(difference(cells=tuple(large), hidden=frozenset({3}))) == frozenset()
    below = (*difference().equations, Equation(5, (2,)))
    assert (
        small_inner(difference(cells=(*difference().cells, Cell(5, "shown", 0)), equations=below))
        == frozenset()
    )


def test_it_tells_in_a_line_of_which_no_cell_is_published_too() -> None:
    unseen = [replace(c, published=c.id < 2, lower=None) for c in difference().cells]
    assert small_inner(difference(cells=tuple(unseen), hidden=frozenset())) == {2}


def test_it_tells_nothing_where_zeros_that_stand_add_up_to_it() -> None:
    """Two shown ones of large lines; or two that no table shows either, unless they are known by it alone."""
    parts = (Cell(5, "x", 0), Cell(6, "y", 0), Cell(7, "large", 40), Cell(8, "rest", 40))
    cells = (*difference().cells, *parts)
    sums = (*difference().equations, Equation(2, (5, 6)))
    assert small_inner(difference(cells=cells, equations=sums)) == {2}
    own = (*sums, Equation(7, (5, 6, 8)))
    assert small_inner(difference(cells=cells, equations=own)) == frozenset()
    inner = tuple(replace(c, value=None, published=False) if c.id in (5, 6) else c for c in cells)
    assert small_inner(difference(cells=inner, equations=own)) == {2}


def test_the_parts_of_a_difference_of_nothing_are_zeros_too() -> None:
    """Four years, their total, and the two bands that end in the third and begin in it: 20 each."""
    bands = (Equation(0, (2, 5, 6, 7)), Equation(1, (5, 6)), Equation(8, (6, 7)), Equation(4, (2, 3)))
    years = tuple(Cell(n, f"year {n}", None, False) for n in (5, 6, 7))
    cells = (*difference().cells, *years, Cell(8, "another", 20))
    assert small_inner(difference(cells=cells, equations=bands)) == {2}


@pytest.mark.parametrize("older", [True, False])
def test_what_earlier_releases_told_is_not_asked_again(older: bool) -> None:
    """Nothing can be done about it: only counts of the newest vintage can be withheld."""
    of = [replace(c, code=f"force=F|as_at=2020-06-30|{c.code}") for c in difference().cells]
    now = Cell(5, f"force=F|as_at={'2021-06-30' if older else '2020-06-30'}|other", 9)
    assert (2 in small_inner(difference(cells=(*of, now)))) != older


# --- the same by a reader of a publication, who counts all tables that fit

OVERLAPPING = {
    "bands": {"recorded_year": [[2018, 2019], [2019, 2020]]},
    "show": {"recorded_year": ["bands", "total"]},
}
TWO = {"categories": {"action_path": ["a", "b"]}}
BETWEEN = {
    ("2018", "a"): 9, ("2020", "a"): 8, ("2018", "b"): 5, ("2019", "b"): 3, ("2020", "b"): 6,
}  # fmt: skip


def seen_of(year: int, publication: Publication, attacker: ModuleType) -> dict[str, set[int]]:
    """What `a` and all of a year can be, for all that the table shows."""
    row = {"year_from": year, "year_to": year, "value": None, "marker": "c"}
    asked = [{**row, "cell": path, "action_path": path} for path in ("a", "Total")]
    rows = {"small": [*publication.protected["tables"][0]["rows"], *asked]}
    found = attacker.possible(publication.tables, rows, zeros_shown=False)
    return {path: found[path] for path in ("a", "Total")}


@pytest.mark.parametrize("off", [True, False])
def test_no_zero_between_two_bands_says_what_did_not_happen_in_a_year_that_may_be_small(
    off: bool, decade: ModuleType, protect: Protect, attacker: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    if off:
        monkeypatch.setattr("disclosure.rules._telling", lambda *_: frozenset())
    answer = protect([mart(decade, BETWEEN, **OVERLAPPING | TWO)], context=decade.context((2018, 2019, 2020)))
    seen = seen_of(2019, answer, attacker)
    assert answer.status == "proven"
    assert seen["Total"] & {1, 2, 3, 4}
    assert (seen["a"] == {0}) == off


NESTED = {"bands": {"recorded_year": [[2018, 2021], [2018, 2019]]}, "show": {"recorded_year": ["bands"]}}
LAST = {**dict.fromkeys([("2018", "a"), ("2019", "a"), ("2020", "a"), ("2018", "b")], 6), ("2021", "b"): 1}


@pytest.mark.parametrize("off", [True, False])
def test_no_small_count_is_left_between_two_bands(
    off: bool, decade: ModuleType, protect: Protect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven in four years, six of them in the first two: the last one is of two years that no table names."""
    if off:
        monkeypatch.setattr("disclosure.system._remainders", lambda _: ())
    answer = protect([mart(decade, LAST, **NESTED | TWO)], context=decade.context((2018, 2019, 2020, 2021)))
    rows = answer.protected["tables"][0]["rows"]
    assert answer.status == "proven"
    assert ([row["value"] for row in rows if row["action_path"] == "b"] == [7, 6]) == off


# --- what follows through cells that no table shows

LONG = {"table_id": "long", "bands": {"recorded_year": [[2018, 2020]]}, "show": {"recorded_year": ["bands"]}}
SHORT = {"bands": {"recorded_year": [[2018, 2019], [2020, 2021]]}, "show": {"recorded_year": ["bands"]}}
NEVER = {("2021", "a"): 9, ("2018", "b"): 2, ("2019", "b"): 1, ("2020", "b"): 9, ("2021", "b"): 6}


def test_a_zero_below_one_of_a_longer_band_stands(
    decade: ModuleType, protect: Protect, attacker: ModuleType
) -> None:
    """Nobody in three years, so nobody in two of them, by the single years that neither table shows."""
    marts = [mart(decade, NEVER, **block | TWO) for block in (SHORT, LONG)]
    answer = protect(marts, context=decade.context((2018, 2019, 2020, 2021)))
    assert (answer.status, answer.dropped) == ("proven", ())
    rows = {table["table_id"]: table["rows"] for table in answer.protected["tables"]}
    assert {row["value"] for row in rows["small"] if row["year_to"] == 2019} == {0, None}
    found = attacker.possible(answer.tables, rows)
    assert found
    assert all(len(counts) > 1 and max(counts) >= 5 for counts in found.values())


def followed(*more: Equation) -> Instance:
    """A 0 of a large line; its inner parts make up another, which stands in a small line."""
    counts = {
        "large": 40, "none": 0, "some": 40, "none too": 0, "few": 3, "three": 3, "whole": 43, "rest": 40,
    }  # fmt: skip
    shown = [Cell(n, code, value) for n, (code, value) in enumerate(counts.items())]
    inner = [Cell(8, "inner", 0, published=False), Cell(9, "other", 0, published=False)]
    sums = {0: (1, 2), 1: (8, 9), 3: (8,), 4: (3, 5), 6: (4, 7)}
    lines = (*(Equation(*one) for one in sums.items()), *more)
    return Instance((*shown, *inner), lines, threshold=5)


def test_a_zero_that_follows_through_inner_cells_needs_no_withholding() -> None:
    found = withhold(followed(), escalate=True)
    assert (found.status, found.hidden) == ("proven", (4, 5, 7))
    assert audit(followed().with_hidden(found.hidden, found.lower)).status == "proven"


def test_it_supports_nothing_where_the_zero_above_is_of_a_small_line_too() -> None:
    small = followed(Equation(4, (1, 5)))
    assert audit(small.with_hidden({4, 5, 7})).zero_lines == (4,)
    found = withhold(small, escalate=True)
    assert found.status == "unprotectable" or {1, 3} <= set(found.hidden)
