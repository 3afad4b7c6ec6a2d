"""Ages that the calendar rules out: structural zeros in every vintage, and an attacker with a calendar."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from disclosure import ages, rules, vintages
from disclosure.assemble import BY_CALENDAR, BY_RULE, equations
from disclosure.instance import Cell, Instance
from disclosure.knowledge import zeros_again
from disclosure.ledger import read_earlier
from disclosure.publication import Publication, canonical
from disclosure.publish import Publish, PublishError
from disclosure.published import Published
from disclosure.system import Definition, from_payload, link, payload
from disclosure.verify import verify

Protect = Callable[..., Publication]
Rule = Callable[[ages.Ages, int, date], tuple[str, ...]]
SPANS: dict[str, tuple[int, int | None]] = {
    "to_1_year": (0, 365), "1_to_2_years": (366, 730), "over_2_years": (731, None)
}  # fmt: skip
DAY, LATER = date(2021, 6, 30), date(2022, 6, 30)
YEARS = (2018, 2019, 2020, 2021)
THRESHOLD = 5


# --- the calendar itself


def by_days(spans: ages.Ages, year: int, as_at: date) -> tuple[str, ...]:
    """The same by looking at every day of the year that had come."""
    days = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]")
    old = (np.datetime64(as_at) - days[days <= np.datetime64(as_at)]).astype(int)
    return tuple(
        code
        for code, (first, last) in spans.items()
        if not np.any((old >= first) & (old <= (np.inf if last is None else last)))
    )


def differing(rule: Rule) -> set[date]:
    """The as-at days on which a rule says otherwise, for years around them."""
    start, end = date(2019, 12, 30), date(2025, 1, 2)
    days = (start + timedelta(n) for n in range((end - start).days))
    return {
        day for day in days for year in range(day.year - 4, day.year + 2)
        if rule(SPANS, year, day) != by_days(SPANS, year, day)
    }  # fmt: skip


def test_impossible_ages_are_those_of_no_day_of_the_year() -> None:
    """All as-at days of five years, two of them leap; years of record from four before to one after."""
    assert differing(ages.impossible) == set()


def _between(youngest: int, oldest: int, spans: ages.Ages) -> tuple[str, ...]:
    return tuple(
        c for c, (first, last) in spans.items() if first > oldest or (last is not None and last < youngest)
    )


def _ends(year: int, as_at: date) -> tuple[int, int]:
    return max((as_at - date(year, 12, 31)).days, 0), (as_at - date(year, 1, 1)).days


WRONG: dict[str, Rule] = {
    "a day too young": lambda s, y, d: _between(_ends(y, d)[0] - 1, _ends(y, d)[1], s),
    "a day too old": lambda s, y, d: _between(_ends(y, d)[0], _ends(y, d)[1] + 1, s),
    "the last day left out": lambda s, y, d: _between(_ends(y, d)[0] + 1, _ends(y, d)[1], s),
    "the first day left out": lambda s, y, d: _between(_ends(y, d)[0], _ends(y, d)[1] - 1, s),
    "no leap years": lambda s, y, d: _between(max(_ends(y, d)[1] - 364, 0), _ends(y, d)[1], s),
    "days to come": lambda s, y, d: _between((d - date(y, 12, 31)).days, max(_ends(y, d)[1], 0), s),
}


@pytest.mark.parametrize("slip", WRONG)
def test_a_rule_that_is_a_day_off_differs_somewhere(slip: str) -> None:
    assert differing(WRONG[slip])


# --- the publish block


def block(**changes: Any) -> dict[str, Any]:
    given = {
        "table_id": "live_by_age", "title": "Words", "unit": "allegations", "measures": ["n"],
        "dimensions": ["recorded_year", "live_age"], "within": {"action_path": "live"},
        "categories": {"live_age": [*SPANS, "not_known"]}, "ages": {"live_age": SPANS},
    }  # fmt: skip
    return given | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ages": {"live_ages": SPANS}}, "no dimension of the table, did you mean `live_age`?"),
        (
            {"ages": {"live_age": {"to_1_yaer": [0, None]}}},
            "no category `to_1_yaer`, did you mean `to_1_year`?",
        ),
        ({"categories": {"live_age": [*SPANS]}}, "leave a category without days"),
        ({"ages": {"live_age": {"to_1_year": [0, 365], "over_2_years": [367, None]}}}, "without a gap"),
        ({"ages": {"live_age": {"to_1_year": [0, 365], "over_2_years": [365, None]}}}, "without a gap"),
        ({"ages": {"live_age": {"to_1_year": [1, None]}}}, "from 0 on"),
        ({"ages": {"live_age": {"to_1_year": [0, 365]}}}, "the last open"),
        ({"ages": {"live_age": {"to_1_year": [0, None], "over_2_years": [1, None]}}}, "without a gap"),
        ({"ages": {"live_age": {"to_1_year": [0, 1.5], "over_2_years": [2.5, None]}}}, "without a gap"),
        ({"ages": {"live_age": {"to_1_year": [0, True], "over_2_years": [2, None]}}}, "without a gap"),
        ({"ages": {"live_age": {"to_1_year": [0, -1], "over_2_years": [0, None]}}}, "without a gap"),
        ({"ages": {"live_age": {"to_1_year": 365}}}, "[first, last] days each"),
        ({"ages": {"live_age": {"to_1_year": "ab"}}}, "[first, last] days each"),
        ({"ages": {"live_age": {}}}, "from 0 on"),
        ({"ages": ["live_age"]}, "must be a table of names"),
        ({"dimensions": ["live_age"]}, "need `recorded_year` among the dimensions"),
        (
            {"dimensions": ["finalised_year", "live_age"], "time_basis": "finalised"},
            "need `recorded_year` among the dimensions",
        ),
    ],
)
def test_ages_are_read_strictly(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(PublishError) as error:
        Publish.parse(block(**changes))
    assert words in str(error.value)


def definition(
    decade: ModuleType, as_at: date = DAY, days: Any = (), years: tuple[int, ...] = YEARS, **changes: Any
) -> Definition:
    context = decade.context(years, as_at=as_at)
    return Definition.of(Publish.parse(block(**changes)), context.prefix, years, (), days=dict(days))


def impossible(found: Definition) -> set[tuple[str, ...]]:
    return {p for p in found.positions() if found.is_structural_zero(p)}


def test_years_and_bands_in_which_no_day_allows_an_age_are_zero(decade: ModuleType) -> None:
    bands = {"bands": {"recorded_year": [[2018, 2019], [2020, 2021]]}, "merge": {"live_age": {
        "to_2_years": ["to_1_year", "1_to_2_years"], "a_year_or_more": ["1_to_2_years", "over_2_years"],
    }}, "show": {"recorded_year": ["bands", "total"], "live_age": ["merge", "leaves", "total"]}}  # fmt: skip
    overlapping = {**bands, "merge": {"live_age": {"to_2_years": ["to_1_year", "1_to_2_years"]}}}
    assert impossible(definition(decade, **overlapping)) == {
        ("2018", "to_1_year"), ("2018", "1_to_2_years"), ("2018", "to_2_years"),
        ("2019", "to_1_year"), ("2018-2019", "to_1_year"),
        ("2020", "over_2_years"),
        ("2021", "1_to_2_years"), ("2021", "over_2_years"), ("2020-2021", "over_2_years"),
    }  # fmt: skip


def test_no_count_of_all_ages_and_of_records_without_one_is_ever_ruled_out(decade: ModuleType) -> None:
    """Not even of a year that began after the as-at day: what is recorded there has no age that is known."""
    found = impossible(definition(decade, date(2020, 12, 31)))
    assert {code for year, code in found if year == "2021"} == {*SPANS}
    assert not {code for _, code in found} & {"Total", "not_known"}


def test_the_day_of_a_years_own_records_counts(decade: ModuleType) -> None:
    own = definition(decade, days={2018: date(2018, 12, 31), 2019: DAY})
    assert {code for year, code in impossible(own) if year == "2018"} == {"1_to_2_years", "over_2_years"}
    assert own.days == {"2018": "2018-12-31"}


def test_a_definition_is_read_back_as_it_was(decade: ModuleType) -> None:
    rule = {"structural_zero": [{"recorded_year": ["2021"], "live_age": ["not_known"]}]}
    for days in ((), {2018: date(2018, 12, 31)}):
        found = definition(decade, days=days, **rule)
        again = from_payload(payload(found, []))
        assert (again, payload(again, [])) == (found, payload(found, []))
        assert impossible(again) == impossible(found)


def test_where_nobody_tells_the_days_nothing_is_ruled_out(decade: ModuleType) -> None:
    context = decade.context(YEARS)
    assert impossible(Definition.of(Publish.parse(block()), context.prefix, YEARS, ())) == set()


# --- releases, attacked


class Line:
    """Releases one after the other, from cases."""

    def __init__(self, run: Protect, modules: Mapping[str, ModuleType], folder: Path) -> None:
        self.run, self.folder = run, folder
        self.decade, self.almanac, self.folders = (modules[n] for n in ("decade", "almanac", "folders"))

    def release(self, found: Any, as_at: date = DAY, told: bool = True, **changes: Any) -> Publication:
        """Protect, prove offline, and keep the release for the next one."""
        answer = self.try_out(
            self.almanac.marts(found, as_at, told, **changes.pop("block", {})), as_at, **changes
        )
        assert answer.status == "proven", answer.findings
        name = f"{as_at}-{len(list(self.folder.iterdir()))}"
        assert verify(self.folders.release(answer, self.folder / name)) == ()
        return answer

    def try_out(self, marts: Any, as_at: date = DAY, **changes: Any) -> Publication:
        years = sorted({int(row.dimensions["recorded_year"]) for mart in marts for row in mart.rows})
        days = changes.pop("days", {})
        context = self.decade.context(years, as_at=as_at, days=days)
        return self.run(marts, context=context, earlier=read_earlier(self.folder), **changes)


@pytest.fixture
def line(
    decade: ModuleType, almanac: ModuleType, folders: ModuleType, protect: Protect, tmp_path: Path
) -> Line:
    (tmp_path / "releases").mkdir()
    modules = {"decade": decade, "almanac": almanac, "folders": folders}
    return Line(protect, modules, tmp_path / "releases")


def rows(answer: Publication) -> dict[tuple[int, int, str], Mapping[str, Any]]:
    table = next(t for t in answer.protected["tables"] if t["table_id"] == "live_by_age")
    return {(r["year_from"], r["year_to"], r["live_age"]): r for r in table["rows"]}


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("told", [True, False])
def test_a_calendar_gives_nothing_away(
    seed: int, told: bool, line: Line, almanac: ModuleType, historian: ModuleType
) -> None:
    """The attack first: where protection knows nothing of the calendar, some ages can be worked out."""
    line.release(almanac.cases(seed, YEARS, 14), told=told)
    book = almanac.read(line.folder, historian)
    assert len(book.withheld) > 1
    assert bool(almanac.worked_out(book, historian, THRESHOLD)) != told
    assert (
        almanac.worked_out(almanac.read(line.folder, historian, calendar=False), historian, THRESHOLD) == []
    )


@pytest.mark.parametrize("days", [(DAY, LATER, date(2023, 6, 30)), (DAY, date(2021, 12, 31), LATER)])
def test_nothing_follows_from_releases_of_several_days(
    days: tuple[date, ...], line: Line, almanac: ModuleType, historian: ModuleType
) -> None:
    """What was impossible becomes possible, and the other way; cases come, close and grow older."""
    found = almanac.cases(5, YEARS, 14)
    answers = [line.release(found, day) for day in days]
    marked = [{p for p, r in rows(a).items() if r["marker"] == "z"} for a in answers]
    assert marked[0] - marked[-1]
    assert marked[-1] - marked[0]
    book = almanac.read(line.folder, historian)
    assert len(book.withheld) > 1
    assert almanac.worked_out(book, historian, THRESHOLD) == []


BANDS = {
    "bands": {"recorded_year": [[2018, 2020]]},
    "show": {"recorded_year": ["bands"], "live_age": ["leaves", "total"]},
}


@pytest.mark.parametrize("grown", [True, False])
def test_who_knows_that_the_same_cases_grew_older_learns_nothing(
    grown: bool, line: Line, almanac: ModuleType, historian: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year later those up to two years old are those that were up to one: together they tell the others."""
    if not grown:
        monkeypatch.setattr(vintages, "grown_older", lambda *_: iter(()))
    recorded = [(date(2020, 9, 1), 20), (date(2019, 10, 1), 3), (date(2018, 3, 1), 10)]
    closed = [(date(year, 2, 1), 30) for year in (2018, 2019, 2020)]
    days = [(day, None) for day, n in recorded for _ in range(n)]
    days += [(day, day + timedelta(30)) for day, n in closed for _ in range(n)]
    found = [almanac.Case(day, end, n) for n, (day, end) in enumerate(days)]
    for day in (DAY, date(2022, 6, 30)):
        line.release(found, day, key=bytes(32), block=BANDS)
    worked_out = almanac.worked_out(almanac.read(line.folder, historian), historian, THRESHOLD)
    assert bool(worked_out) != grown
    assert all(text.startswith("static") for text in worked_out)


def test_inner_years_are_known_to_the_proof_where_only_bands_are_shown(
    line: Line, almanac: ModuleType
) -> None:
    answer = line.release(almanac.cases(1, (2018, 2019, 2020), 20), block=BANDS)
    published = Published(answer.protected, tuple(answer.tables), answer.system)
    known = {
        c.code.partition("time=recorded:")[2]
        for c in published.instance.cells
        if c.id in published.instance.known
    }
    assert known == {
        f"{year}|action_path=live|live_age={code}"
        for year, code in (
            ("2018", "to_1_year"), ("2018", "1_to_2_years"), ("2019", "to_1_year"), ("2020", "over_2_years"),
        )
    }  # fmt: skip
    assert {r["marker"] for r in rows(answer).values()} <= {None, "c"}


def test_rows_say_why_they_are_impossible(line: Line, almanac: ModuleType) -> None:
    answer = line.release(almanac.cases(0, YEARS, 14))
    found = rows(answer)[2018, 2018, "to_1_year"]
    assert (found["value"], found["marker"], found["reason"]) == (None, "z", BY_CALENDAR)
    assert BY_CALENDAR != BY_RULE


def test_what_was_impossible_before_may_be_withheld_or_be_a_partner_now(
    line: Line, almanac: ModuleType
) -> None:
    """Those of 2020 over two years old: impossible in 2021, few in 2022; no earlier release showed them."""
    recorded = [(date(2020, 3, 1), 3), (date(2020, 9, 1), 12), (date(2019, 5, 1), 9), (date(2018, 5, 1), 8)]
    found = [almanac.Case(day, None, f"{day} {n}") for day, size in recorded for n in range(size)]
    found += [
        almanac.Case(date(y, 2, 1), date(y, 3, 1), f"{y} {n}") for y in (2018, 2019, 2020) for n in range(30)
    ]
    first = line.release(found, DAY)
    later = line.release(found, LATER)
    assert rows(first)[2020, 2020, "over_2_years"]["marker"] == "z"
    now = rows(later)[2020, 2020, "over_2_years"]
    assert (now["marker"], now["as_at"]) == ("c", str(LATER))
    assert rows(later)[2020, 2020, "to_1_year"]["marker"] == "z"


def test_records_of_years_of_several_days_are_proven_by_their_own(line: Line, almanac: ModuleType) -> None:
    """The file of 2018 is of an older day: its live cases were young then, and the release says which day."""
    found = almanac.cases(4, (2018, 2019, 2020), 14)
    old = date(2019, 1, 31)
    late = almanac.marts([c for c in found if c.recorded.year > 2018], DAY)
    early = almanac.marts([c for c in found if c.recorded.year == 2018], old)
    both = [replace(a, rows=(*a.rows, *b.rows)) for a, b in zip(early, late, strict=True)]
    wrong = line.try_out(both)
    assert wrong.status == "refused"
    assert any("structurally impossible" in text and "2018" in text for text in wrong.findings)
    answer = line.try_out(both, days={2018: old, 2019: DAY})
    assert answer.status == "proven", answer.findings
    assert verify(line.folders.release(answer, line.folder / "first")) == ()
    marked = {age for (year, _, age), row in rows(answer).items() if year == 2018 and row["marker"] == "z"}
    assert marked == {"over_2_years"}
    assert next(t for t in answer.tables if t["table_id"] == "live_by_age")["key"]["days"] == {
        "2018": str(old)
    }


def test_a_zero_that_was_impossible_before_is_no_zero_again() -> None:
    """P3 asks for it: nothing was told of it when the calendar left no other value."""
    codes = (f"force=F|as_at={day}|time=recorded:2020" for day in (DAY, LATER, date(2023, 6, 30)))
    cells = tuple(Cell(n, code, 0, public=n == 0) for n, code in enumerate(codes))
    assert zeros_again(Instance(cells)) == {2}


@pytest.mark.parametrize("aged", [True, False])
def test_a_zero_of_an_age_is_another_one_on_another_day(
    aged: bool, decade: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That nobody of a large line was so old says nothing of those who have that age now."""
    if not aged:
        monkeypatch.setattr(rules, "is_aged", lambda *_: False)
    days = (DAY, date(2021, 9, 30))
    linked = link([definition(decade, day, years=(2019,)) for day in days], 1000)
    shown = {"to_1_year": 0, "1_to_2_years": 0, "over_2_years": 20, "not_known": 0, "Total": 20}
    cells, hidden = [], set()
    for code, n in linked.ids.items():
        key = linked.keys[code]
        age = dict(key.dimensions).get("live_age", "Total")
        published = ("action_path", "live") in key.dimensions
        if published and key.scope.as_at == str(days[1]) and shown[age]:
            hidden.add(n)
        value = shown[age] if published and n not in hidden else None
        cells.append(Cell(n, code, value, published=published))
    equations_ = equations(linked.sums, linked.ids)
    public = Instance(tuple(cells), equations_, threshold=THRESHOLD, hidden=frozenset(hidden))
    fixed = [c for c in linked.ids if "2019|" in c and c.endswith("to_1_year")]
    doubtful = {code.rpartition("=")[2] for code in rules.possible_zeros(linked, public, fixed)}
    assert ("1_to_2_years" in doubtful) == aged
    assert "not_known" not in doubtful


# --- forgeries


@pytest.fixture(scope="module")
def sound(
    decade: ModuleType, almanac: ModuleType, protect: Protect, folders: ModuleType,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:  # fmt: skip
    """Bands beside years, so that some zeros are shown and others are not, and a year of another day."""
    shape = BANDS | {
        "show": {"recorded_year": ["bands", "total"]},
        "bands": {"recorded_year": [[2018, 2019]]},
    }
    found = almanac.marts(almanac.cases(3, YEARS, 14), DAY, **shape)
    context = decade.context(YEARS, days={2021: date(2021, 6, 29)})
    answer = protect(found, context=context)
    folder: Path = folders.release(answer, tmp_path_factory.mktemp("sound") / "release")
    assert verify(folder) == ()
    return folder


def _ages_of(table: Any) -> Any:
    return table["key"]["ages"]["live_age"]


def _by_age(files: Mapping[str, Any], name: str) -> Any:
    tables = files[name]["tables"] if name == "protected" else files[name]
    return next(t for t in tables if t["table_id"] == "live_by_age")


def _unknown(files: Mapping[str, Any]) -> None:
    """A zero that is not known any more, but is one in every witness."""
    cell, _ = files["system"]["known"].popitem()
    for witness in files["certificate"]["witnesses"]:
        witness[cell] = 0


def _possible(files: Mapping[str, Any]) -> None:
    """An impossible age shown as a true zero."""
    row = next(r for r in _by_age(files, "protected")["rows"] if r["marker"] == "z")
    row |= {"value": 0, "marker": None, "reason": "already public", "exemption": "s.21"}


FORGED: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "a zero is not stated": (
        "soundness._tables", "definition of live_by_age",
        lambda f: _by_age(f, "tables")["structural_zero"].pop(),
    ),
    "a zero is not known": ("forms.knowledge", "the known values are not", _unknown),
    "a zero is a count": ("soundness._shown", "json differ", _possible),
    "an age has a third day": (
        "soundness._tables", "definition of live_by_age",
        lambda f: _ages_of(_by_age(f, "tables"))["to_1_year"].append(364),
    ),
    "ages leave a gap": (
        "soundness._sound", "", lambda f: _ages_of(_by_age(f, "tables")).update(to_1_year=[0, 364])
    ),
    "a day is that of the release": (
        "soundness._sound", "", lambda f: _by_age(f, "tables")["key"]["days"].update({"2020": str(DAY)})
    ),
    "a day of a year that there is not": (
        "soundness._sound", "", lambda f: _by_age(f, "tables")["key"]["days"].update({"1999": "2020-06-30"})
    ),
}  # fmt: skip
"""By what is wrong: the step that finds it, words of the finding, and the change."""


@pytest.mark.parametrize("wrong", FORGED)
def test_without_this_step_of_verify_a_forgery_passes(
    wrong: str, sound: Path, folders: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, words, how = FORGED[wrong]
    copy = Path(shutil.copytree(sound, tmp_path / "release"))
    forge(copy, folders, how)
    assert verify(copy)
    module, _, name = step.partition(".")
    real = getattr(import_module(f"disclosure.{module}"), name)
    off = (lambda *_: True) if not words else lambda *given: (t for t in real(*given) if words not in t)
    monkeypatch.setattr(f"disclosure.{step}", off)
    assert verify(copy) == ()


def forge(folder: Path, folders: ModuleType, how: Callable[[Any], Any]) -> None:
    """Change the files as a careful forger would, who makes the downloads, the hash and the seal anew."""
    files = {name: folders.read(folder, name) for name in ("protected", "tables", "system", "certificate")}
    how(files)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(canonical(content), encoding="utf-8")
    for table in files["protected"]["tables"]:
        folders.write_csv(folder / "tables" / f"{table['table_id']}.csv", table["rows"])
    folders.change(folder, "certificate", lambda _: None)


@pytest.mark.parametrize("seed", range(40))
def test_every_single_change_of_what_the_calendar_tells_is_found(
    seed: int, sound: Path, folders: ModuleType, forgeries: ModuleType, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(sound, tmp_path / "release"))
    tables = folders.read(copy, "tables")
    table = next(t for t in tables if t["table_id"] == "live_by_age")
    part = {"ages": table["key"]["ages"], "structural_zero": table["structural_zero"]}
    _, _, changed = forgeries.forged(part, random.Random(seed))
    table["key"]["ages"], table["structural_zero"] = changed.get("ages"), changed.get("structural_zero")
    (copy / "tables.json").write_text(canonical(tables), encoding="utf-8")
    folders.seal(copy)
    assert verify(copy)
