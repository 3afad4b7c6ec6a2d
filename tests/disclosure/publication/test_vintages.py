"""Later vintages: small differences never show, old blocks stand, three attackers are met."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from disclosure.assemble import constraints
from disclosure.audit import audit
from disclosure.cells import Key, Scope
from disclosure.instance import Cell, Equation, Instance
from disclosure.knowledge import zeros_again
from disclosure.ledger import read_earlier
from disclosure.policy import Policy
from disclosure.publication import Publication
from disclosure.publish import Publish
from disclosure.register import Figure, Register
from disclosure.system import Definition, Linked, Relation, link
from disclosure.verify import verify
from disclosure.vintages import attackers, in_every_vintage, in_order, is_possible, label_after, upheld

Protect = Callable[..., Publication]
Counts = Mapping[tuple[str, str], int]
PATHS = ["no_action", "formal", "informal", "live"]
FIRST: Counts = {
    ("2018", "no_action"): 40, ("2018", "formal"): 9, ("2018", "informal"): 11, ("2018", "live"): 0,
    ("2019", "no_action"): 42, ("2019", "formal"): 8, ("2019", "informal"): 12, ("2019", "live"): 7,
    ("2020", "no_action"): 35, ("2020", "formal"): 7, ("2020", "informal"): 9, ("2020", "live"): 20,
}  # fmt: skip
DAY = datetime.date(2021, 6, 30)
LATER = datetime.date(2022, 6, 30)


class Line:
    """Releases one after the other, from counts."""

    def __init__(self, decade: ModuleType, folders: ModuleType, protect: Protect, folder: Path) -> None:
        self.decade, self.folders, self.protect, self.folder = decade, folders, protect, folder

    def release(self, counts: Counts, as_at: datetime.date = DAY, **changes: Any) -> Publication:
        """Protect, prove offline, and keep the release for the next one."""
        answer = self.try_out(counts, as_at, **changes)
        assert answer.status == "proven", answer.findings
        name = f"{as_at}-{len(list(self.folder.iterdir()))}"
        assert verify(self.folders.release(answer, self.folder / name)) == ()
        return answer

    def try_out(
        self,
        counts: Counts,
        as_at: datetime.date = DAY,
        block: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> Publication:
        years = tuple(sorted({int(year) for year, _ in counts}))
        context = self.decade.context(years, as_at=as_at)
        earlier = read_earlier(self.folder)
        return self.protect([self.mart(counts, block or {})], context=context, earlier=earlier, **changes)

    def mart(self, counts: Counts, changes: Mapping[str, Any]) -> Any:
        found = [
            self.decade.Record(year, f"{year}-{code}-{n}", "male", code, "", "no")
            for (year, code), count in counts.items()
            for n in range(count)
        ]
        block = {
            "title": "Outcomes", "unit": "allegations", "measures": ["n_allegations"],
            "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": PATHS},
        }  # fmt: skip
        return self.decade.mart(found, "outcomes", block | dict(changes))


@pytest.fixture
def line(decade: ModuleType, folders: ModuleType, protect: Protect, tmp_path: Path) -> Line:
    (tmp_path / "releases").mkdir()
    return Line(decade, folders, protect, tmp_path / "releases")


def shown(publication: Publication) -> dict[tuple[int, int, str], tuple[Any, str]]:
    rows = publication.protected["tables"][0]["rows"]
    return {(r["year_from"], r["year_to"], r["action_path"]): (r["value"], r["as_at"]) for r in rows}


def test_vintages_are_ordered_by_day_and_correction() -> None:
    assert label_after("2021-06-30") == "2021-06-30#2"
    assert label_after("2021-06-30#9") == "2021-06-30#10"
    labels = ["2022-06-30", "2021-06-30#10", "2021-06-30", "2021-06-30#2"]
    assert in_order(labels) == ["2021-06-30", "2021-06-30#2", "2021-06-30#10", "2022-06-30"]


def test_unchanged_counts_of_a_later_day_are_released_as_of_that_day(line: Line) -> None:
    line.release(FIRST)
    later = line.release(FIRST, LATER)
    assert {as_at for _, as_at in shown(later).values()} == {"2022-06-30"}
    assert not later.held


def test_large_differences_are_released(line: Line) -> None:
    line.release(FIRST)
    later = line.release({**FIRST, ("2020", "no_action"): 50, ("2020", "live"): 5}, LATER)
    assert shown(later)[2020, 2020, "no_action"] == (50, "2022-06-30")


def test_one_record_more_between_releases_is_not_shown(line: Line) -> None:
    """The attack first: 2020's formal actions went from seven to eight, which is one officer's outcome."""
    first = line.release(FIRST)
    later = line.release(
        {**FIRST, ("2020", "formal"): 8, ("2020", "live"): 14, ("2020", "no_action"): 40}, LATER
    )
    naive = FIRST["2020", "formal"] + 1 - shown(first)[2020, 2020, "formal"][0]
    assert naive == 1
    assert shown(later)[2020, 2020, "formal"] == (7, "2021-06-30")
    assert any(text.startswith("outcomes: as released before, as at 2021-06-30: 2020") for text in later.held)
    said = {word for text in later.held for word in re.split(r"\W+", text)}
    assert not said & {"1", "7", "8"}, "no count and no difference"
    assert all("what combines:" in text and "to change:" in text for text in later.held)


def _held_years(publication: Publication) -> set[tuple[str, str]]:
    return {(t["table_id"], b) for t in publication.tables for b in t["key"].get("held", {})}


NEVER = {(year, "not_known"): 0 for year in ("2018", "2019", "2020")}


@pytest.mark.parametrize("excused", [True, False])
def test_zeros_of_untouched_years_are_released_again(
    line: Line, excused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the total held its line may be small: without the rule every year would stand for its zero."""
    changes = {"block": {"categories": {"action_path": [*PATHS, "not_known"]}}}
    line.release({**FIRST, **NEVER}, **changes)
    if not excused:
        for module in ("rules", "audit"):
            monkeypatch.setattr(f"disclosure.{module}.zeros_again", lambda _: frozenset())
    later = line.release({**FIRST, **NEVER, ("2018", "no_action"): 39}, LATER, **changes)
    days = {as_at for (first, last, _), (_, as_at) in shown(later).items() if first == last != 2018}
    assert days == {"2022-06-30" if excused else "2021-06-30"}


@pytest.mark.parametrize(
    ("told", "again"),
    [
        ((("2021-06-30", 0), ("2022-06-30", 0)), {1}),
        ((("2021-06-30", 0), ("2021-06-30#2", 0), ("2021-06-30#10", 0)), {1, 2}),
        ((("2022-06-30", 0), ("2021-06-30", 7)), set()),
        ((("2021-06-30", 0), ("2022-06-30", 5), ("2023-06-30", 0)), set()),
        ((("2021-06-30", None), ("2022-06-30", 0)), set()),
        ((("", 0), ("", 0)), set()),
    ],
)
def test_a_zero_stands_again_only_where_every_older_vintage_showed_it(
    told: tuple[tuple[str, int | None], ...], again: set[int]
) -> None:
    codes = (
        f"force=F|as_at={day}|time=recorded:2019" if day else f"cell {n}" for n, (day, _) in enumerate(told)
    )
    cells = tuple(Cell(n, code, value) for n, (code, (_, value)) in enumerate(zip(codes, told, strict=True)))
    hidden = frozenset(n for n, (_, value) in enumerate(told) if value is None)
    assert zeros_again(Instance(cells, hidden=hidden)) == again


@pytest.mark.parametrize("step_by_step", [True, False])
def test_one_old_record_less_leaves_other_years_new(
    decade: ModuleType, folders: ModuleType, protect: Protect, register: Register, tmp_path: Path,
    step_by_step: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Only blocks that count the year of the record stand: the steps between them and whole tables help."""
    told = {"told": [path for path in decade.PATHS if path != "not_known"]}
    quality = {
        "title": "Known", "unit": "allegations", "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": decade.PATHS},
        "merge": {"action_path": told}, "show": {"action_path": ["merge", "total"]}, "core": False,
    }  # fmt: skip
    blocks, found = {**decade.BLOCKS, "quality": quality}, decade.records()
    first = protect(decade.marts(found, blocks), register=register)
    (tmp_path / "releases").mkdir()
    folders.release(first, tmp_path / "releases" / "first")
    gone = next(r for r in found if r.recorded_year == "2013" and r.action_path == "no_action")
    if not step_by_step:
        monkeypatch.setattr("disclosure.search._in_lines", lambda _: frozenset())
        monkeypatch.setattr("disclosure.search._holding", lambda _: frozenset())
    left = [record for record in found if record is not gone]
    earlier = read_earlier(tmp_path / "releases")
    later = protect(decade.marts(left, blocks), register=register, earlier=earlier)
    assert later.status == "proven", later.findings
    of_other_years = {b for _, b in _held_years(later)} - {"2013", "2010-2013", "2010-2016", "Total"}
    assert (not of_other_years) == step_by_step


def test_the_held_difference_cannot_be_subtracted_from_totals(line: Line) -> None:
    """Other years and the total of all years would give the held year back."""
    line.release(FIRST)
    later = line.release({**FIRST, ("2020", "formal"): 8}, LATER)
    rows = shown(later)
    years = [rows[year, year, "formal"] for year in (2018, 2019)]
    total, as_at = rows[2018, 2020, "formal"]
    if as_at == "2022-06-30" and total is not None:
        assert None in [value for value, _ in years] or total - sum(value for value, _ in years) != 8


def test_a_count_that_is_never_hidden_stands_as_it_was(line: Line) -> None:
    """It may not be withheld; its table is held, not left out."""
    kept = {"never_hide": [{"action_path": "formal"}, {"action_path": "no_action"}]}
    line.release(FIRST, block=kept)
    later = line.release({**FIRST, ("2019", "formal"): 9, ("2019", "live"): 6}, LATER, block=kept)
    assert shown(later)[2019, 2019, "formal"] == (8, "2021-06-30")
    assert later.held


def all_or_nothing(public: Instance, linked: Linked, relations: Sequence[Relation]) -> Sequence[Relation]:
    """An attacker who gives up at the first thing that cannot be."""
    extra = tuple(constraints(relations, linked.ids))
    return relations if is_possible(replace(public, constraints=extra)) else ()


def test_what_one_count_denies_says_nothing_of_the_others() -> None:
    """A record left 2018; that matters closed in 2019 only grew is still believed, and tells two counts."""
    days = [Scope("F", "s", "p", day) for day in ("2021-06-30", "2022-06-30")]

    def keys(name: str, codes: tuple[str, str], year: int) -> list[list[Key]]:
        parts = [
            [Key.of(d, "allegations", "recorded", (year,), {name: code}) for code in codes] for d in days
        ]
        totals = [Key.of(d, "allegations", "recorded", (year,), {}) for d in days]
        return [[total, *own] for total, own in zip(totals, parts, strict=True)]

    tables = [
        (keys("officer_sex", ("male", "female"), 2018), [10, None, None], [9, 4, 5]),
        (keys("action_path", ("formal", "informal"), 2019), [14, None, None], [14, 6, 8]),
    ]
    listed = [
        (key, n) for (old, new), then, now in tables for key, n in zip(old + new, then + now, strict=True)
    ]
    ids = {key.code: number for number, (key, _) in enumerate(listed)}
    linked: Any = SimpleNamespace(keys={key.code: key for key, _ in listed}, ids=ids)
    sums = [Equation(ids[t.code], (ids[a.code], ids[b.code])) for of, *_ in tables for t, a, b in of]
    cells = tuple(Cell(ids[key.code], key.code, n) for key, n in listed)
    hidden = frozenset(c.id for c in cells if c.value is None)
    public = Instance(cells, tuple(sums), threshold=3, hidden=hidden)
    grown = [
        Relation.of({old.code: 1, new.code: -1}, "monotone")
        for (before, after), *_ in tables
        for old, new in zip(before[1:], after[1:], strict=True)
    ]
    believed = upheld(public, linked, grown)
    assert {key.years for key, _ in listed if any(key.code == r.terms[0][0] for r in believed)} >= {(2019,)}
    told = replace(public, constraints=tuple(constraints(believed, ids)))
    assert set(audit(told).exact) >= {ids[key.code] for key in tables[1][0][0][1:]}
    assert all_or_nothing(public, linked, grown) == ()
    assert audit(public).exact == ()


CLOSED = {("2019", "live"): 6, ("2019", "informal"): 13}
MOVED = {("2019", "no_action"): 41, ("2019", "informal"): 13}
LEAVES = {"show": {"recorded_year": ["leaves"], "action_path": ["leaves"]}}
BANDS = {"bands": {"recorded_year": [[2018, 2019], [2020, 2020]]}, "show": {"recorded_year": ["bands"]}}
MERGED = {
    "merge": {"action_path": {"acted": ["formal", "informal"]}},
    "show": {"recorded_year": ["leaves"], "action_path": ["merge", "total"]},
}
TOTALS = {"show": {"recorded_year": ["total"], "action_path": ["leaves"]}}


@pytest.mark.parametrize(
    ("first", "second", "change"),
    [(LEAVES, BANDS, MOVED), (LEAVES, MERGED, CLOSED), (LEAVES, TOTALS, MOVED), (MERGED, LEAVES, CLOSED)],
)
def test_another_grouping_shows_no_small_difference(
    first: Any, second: Any, change: Counts, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack first: two years or categories shown before add up to the band or group shown now."""
    line.release(FIRST, block=first)
    guarded = line.try_out({**FIRST, **change}, LATER, block=second)
    assert guarded.status == "refused" or None in [value for value, _ in shown(guarded).values()]
    monkeypatch.setattr("disclosure.vintages._told", lambda _, before, __: before)
    monkeypatch.setattr("disclosure.vintages._anew", lambda *_: ())
    monkeypatch.setattr("disclosure.vintages.upheld", all_or_nothing)
    naive = line.try_out({**FIRST, **change}, LATER, block=second)
    assert None not in [value for value, _ in shown(naive).values()]
    assert {as_at for _, as_at in shown(naive).values()} == {"2022-06-30"}


def test_a_table_that_came_later_bounds_what_it_would_have_said() -> None:
    """Few officers were women then, so few allegations against women, whichever table says so now."""
    block = {
        "table_id": "t", "title": "T", "unit": "officers", "measures": ["n"], "time_basis": "recorded",
        "dimensions": ["recorded_year", "officer_sex"],
        "categories": {"officer_sex": ["male", "female"]},
    }  # fmt: skip
    scopes = [Scope("Example Police", "domestic abuse", "officers", str(day)) for day in (DAY, LATER)]
    of = [
        Definition.of(Publish.parse(block | {"unit": unit}), scope, (2018, 2019), ["officer_sex"])
        for unit, scope in zip(("officers", "allegations"), scopes, strict=True)
    ]
    every = in_every_vintage(of)
    again = [d for d in every if d.unit == "allegations" and d.scope == scopes[0]]
    assert [d.published for d in again] == [False]
    old, new = (link(found, 10_000) for found in (of, every))
    assert not [name for name in attackers(old, {}) if name == "monotone"]
    assert [name for name in attackers(new, {}) if name == "monotone"]


def test_a_new_year_is_released_beside_held_ones(line: Line) -> None:
    line.release(FIRST)
    new = {("2021", "no_action"): 30, ("2021", "formal"): 6, ("2021", "informal"): 8, ("2021", "live"): 25}
    later = line.release({**FIRST, ("2020", "formal"): 9, ("2020", "live"): 13, **new}, LATER)
    assert shown(later)[2021, 2021, "no_action"] == (30, "2022-06-30")
    assert shown(later)[2020, 2020, "formal"] == (7, "2021-06-30")


WIDE = {"bands": {"recorded_year": [[2018, 2020]]}, "show": {"recorded_year": ["bands", "total"]}}
WITHOUT_2019: Counts = {(year, path): n for (year, path), n in FIRST.items() if year != "2019"}


def test_a_year_may_go_from_the_middle_and_come_back(line: Line) -> None:
    spans = [
        {(first, last) for first, last, _ in shown(line.release(counts, block=WIDE))}
        for counts in (FIRST, WITHOUT_2019, FIRST)
    ]
    assert spans == [{(2018, 2020)}, {(2018, 2018), (2020, 2020)}, {(2018, 2020)}]


def test_a_band_over_a_missing_year_would_say_that_it_counts_it(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: bands that are clipped to the first and last year."""
    monkeypatch.setattr(
        "disclosure.publish._runs", lambda years: [(min(found), max(found))] if (found := list(years)) else []
    )
    assert {span[:2] for span in shown(line.release(WITHOUT_2019, block=WIDE))} == {(2018, 2020)}


def test_corrected_records_of_the_same_day_are_another_vintage(line: Line) -> None:
    first = line.release(FIRST)
    later = line.release({**FIRST, ("2019", "formal"): 9})
    assert shown(later)[2019, 2019, "formal"] == shown(first)[2019, 2019, "formal"]
    again = line.try_out({**FIRST, ("2019", "formal"): 9})
    assert again.protected == later.protected
    assert again.system == later.system


def test_totals_by_year_and_live_cases_never_cause_a_hold(line: Line) -> None:
    line.release(FIRST)
    later = line.release({**FIRST, ("2020", "live"): 22}, LATER)
    assert shown(later)[2020, 2020, "live"] == (22, "2022-06-30")
    assert shown(later)[2020, 2020, "Total"] == (73, "2022-06-30")


def test_without_hold_the_policy_says_so_and_differences_show(line: Line, policy: Policy) -> None:
    line.release(FIRST)
    later = line.release({**FIRST, ("2020", "formal"): 8}, LATER, policy=replace(policy, hold="off"))
    assert shown(later)[2020, 2020, "formal"][0] == 8


def test_a_count_withheld_before_is_not_given_away_by_a_later_pattern(line: Line) -> None:
    """Under another secret another partner would go, and unchanged years would tell the small count."""
    small = {**FIRST, ("2020", "formal"): 3}
    first = line.release(small)
    hidden = {key for key, (value, _) in shown(first).items() if value is None}
    later = line.release(small, LATER, key=b"quite another secret of 32 bytes")
    assert {key for key, (value, _) in shown(later).items() if value is None} == hidden


def test_the_certificate_names_the_attackers_and_proves_against_each(line: Line) -> None:
    small = {**FIRST, ("2020", "formal"): 3}
    line.release(small)
    line.release({**small, ("2019", "no_action"): 60}, LATER)
    newest = sorted(line.folder.iterdir())[-1]
    certificate = line.folders.read(newest, "certificate")
    assert sum("assumes" in words for words in certificate["attackers"]) >= 2
    assert {"static", "monotone"} & {proof.get("attacker") for proof in certificate["proofs"]}
    line.folders.change(newest, "certificate", lambda c: _forget(c, "attacker"))
    assert any("no proof for a withheld cell" in finding for finding in verify(newest))


def _forget(certificate: dict[str, Any], name: str) -> None:
    certificate["proofs"] = [proof for proof in certificate["proofs"] if name not in proof]


def test_a_year_that_no_band_covers_is_a_band_of_its_own(decade: ModuleType, protect: Protect) -> None:
    """A total beside bands gives the remaining years away: they must be protected like the others."""
    answer = protect(
        decade.marts(decade.records(), {"outcomes_by_year": decade.BLOCKS["outcomes_by_year"]}),
        context=decade.context(band_overrides={"recorded_year": ((2010, 2013), (2014, 2019))}),
    )
    rows = answer.protected["tables"][0]["rows"]
    assert (2020, 2020) in {(row["year_from"], row["year_to"]) for row in rows}


def test_overlapping_bands_do_not_give_the_years_between_away(
    decade: ModuleType, protect: Protect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two bands that share a year, and their total, yield that year: it is protected as if it were shown."""
    found = [
        decade.Record(year, f"{year}-{code}-{n}", "male", code, "", "no")
        for (year, code), count in {**FIRST, ("2019", "formal"): 2}.items()
        for n in range(count)
    ]
    block = {
        "title": "Outcomes", "unit": "allegations", "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": PATHS},
        "bands": {"recorded_year": [[2018, 2019], [2019, 2020]]},
        "show": {"recorded_year": ["bands", "total"]},
    }  # fmt: skip

    def three() -> list[Any]:
        marts = [decade.mart(found, "outcomes", block)]
        rows = shown(protect(marts, context=decade.context((2018, 2019, 2020))))
        return [rows[first, last, "formal"][0] for first, last in ((2018, 2019), (2019, 2020), (2018, 2020))]

    assert None in three()
    monkeypatch.setattr("disclosure.rules.MOST_ELIMINATED", 0)
    first, second, total = three()
    assert first + second - total == 2


# --- public figures for years outside the landing


def _figure(context: Any, value: int) -> Register:
    from disclosure.cells import Key

    key = Key.of(context.prefix, "allegations", "recorded", (2018, 2019, 2020), {"action_path": "formal"})
    return Register((Figure(key, value, value, "formal action, 2018 to 2020", "FOI"),))


def test_a_public_total_does_not_give_a_missing_year_away(decade: ModuleType, line: Line) -> None:
    """A table for 2018 and 2019 beside a public total of three years yields the third."""
    two = {key: count for key, count in FIRST.items() if key[0] != "2020"}
    context = decade.context((2018, 2019), as_at=DAY)
    naive = line.try_out(two)
    assert 19 - sum(shown(naive)[y, y, "formal"][0] for y in (2018, 2019)) == 2
    answer = line.release(two, register=_figure(context, 19))
    assert shown(answer)[2018, 2019, "formal"][0] is None
    assert None in [shown(answer)[y, y, "formal"][0] for y in (2018, 2019)]


def test_a_large_rest_of_a_public_total_may_be_worked_out(decade: ModuleType, line: Line) -> None:
    two = {key: count for key, count in FIRST.items() if key[0] != "2020"}
    context = decade.context((2018, 2019), as_at=DAY)
    answer = line.release(two, register=_figure(context, 24))
    assert shown(answer)[2018, 2019, "formal"][0] == 17


def test_records_with_more_than_a_public_total_are_refused(decade: ModuleType, line: Line) -> None:
    two = {key: count for key, count in FIRST.items() if key[0] != "2020"}
    answer = line.try_out(two, register=_figure(decade.context((2018, 2019), as_at=DAY), 12))
    assert answer.status == "refused"
    assert "more than the register's figure" in answer.findings[0]
