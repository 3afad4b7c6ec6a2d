"""Records corrected without a new as-at day, and counts that follow whatever is withheld, stop no line."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from disclosure import attempt, publication, rules, vintages
from disclosure.counts import Mart
from disclosure.instance import Cell, Instance, Protection
from disclosure.ledger import read_earlier
from disclosure.publication import Publication
from disclosure.rules import totals_of_withheld
from disclosure.system import Sum

Protect = Callable[..., Publication]
Release = Callable[..., Publication]
FIRST = {"no_action": 24, "informal": 7, "formal": 12, "live": 2}
DAY, LATER = datetime.date(2021, 1, 31), datetime.date(2022, 1, 31)


@pytest.fixture
def release(decade: ModuleType, folders: ModuleType, protect: Protect, tmp_path: Path) -> Release:
    """Protect counts of one year by outcome beside all that was released before; keep what is new."""

    def run(counts: Mapping[str, int], as_at: datetime.date = DAY, **changes: Any) -> Publication:
        block = {
            "title": "Outcomes", "unit": "allegations", "measures": ["n_allegations"],
            "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": list(FIRST)},
            "show": {"recorded_year": ["leaves"]}, **changes,
        }  # fmt: skip
        found = [
            decade.Record("2014", f"{code}-{n}", "male", code, "", "no")
            for code, count in counts.items()
            for n in range(count)
        ]
        answer = protect(
            [decade.mart(found, "outcomes", block)],
            context=decade.context((2014,), as_at=as_at),
            earlier=read_earlier(tmp_path),
        )
        if answer.status == "proven" and not answer.held:
            folders.release(answer, tmp_path / f"{as_at}-{len(list(tmp_path.iterdir()))}")
        return answer

    return run


def shown(publication: Publication) -> dict[str, Any]:
    return {row["action_path"]: row["value"] for row in publication.protected["tables"][0]["rows"]}


def emptied(first: Publication) -> dict[str, int]:
    """The live ones closed and counted by the other withheld path: no shown count changes."""
    (partner,) = {code for code, value in shown(first).items() if value is None} - {"live"}
    return FIRST | {partner: FIRST[partner] + FIRST["live"], "live": 0}


def test_a_correction_that_nothing_shown_tells_of_waits_for_another_day(release: Release) -> None:
    first = release(FIRST)
    second = release(emptied(first))
    assert second.status == "proven"
    assert (second.protected, second.tables, second.system) == (first.protected, first.tables, first.system)
    assert "corrected" in " ".join(second.held)
    later = release(emptied(first), LATER)
    assert (later.status, later.held) == ("proven", ())
    assert {row["as_at"] for row in later.protected["tables"][0]["rows"]} == {f"{LATER}"}


def test_without_that_look_the_line_would_stop_at_every_refresh(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = release(FIRST)
    monkeypatch.setattr(vintages, "denied", lambda *_: False)
    assert release(emptied(first)).status == "refused"


def test_a_correction_that_is_told_of_is_a_vintage_of_its_own(release: Release) -> None:
    first = release(FIRST)
    large = {code: count for code, count in FIRST.items() if shown(first)[code] is not None}
    code, count = next(iter(large.items()))
    second = release(emptied(first) | {code: count + 9})
    assert (second.status, second.held) == ("proven", ())
    assert {row["as_at"] for row in second.protected["tables"][0]["rows"]} == {f"{DAY}"}
    assert shown(second)[code] == count + 9


def test_a_correction_that_another_grouping_hides_is_a_vintage_of_its_own(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No count stands in both releases but those that stayed; the sums shown first are others now."""
    levels = {"recorded_year": ["leaves"], "action_path": ["merge"]}
    acted, rest = ({"merge": {"action_path": {name: codes}}, "show": levels} for name, codes in MERGED)
    plenty = {"no_action": 24, "informal": 9, "formal": 12, "live": 10}
    moved = plenty | {"formal": 22, "informal": 19}
    release(plenty, **acted)
    real = publication._truth
    with monkeypatch.context() as naive:
        naive.setattr(publication, "_truth", lambda *given: real(*given[:-1], ()))
        assert release(moved, **rest).status == "refused"
    assert release(moved, **rest).status == "proven"


MERGED = (("acted", ["formal", "informal"]), ("rest", ["informal", "live"]))


def test_a_withheld_zero_that_nothing_allows_for_leaves_its_table_out(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all zeros of large lines are shown, a withheld one would be read as one at least."""
    real = attempt._fewest

    def careless(instance: Instance) -> Protection:
        zeros = {c.id for c in instance.cells if c.published and c.value == 0}
        found = real(instance)
        return replace(found, hidden=tuple(sorted({*found.hidden, *zeros})))

    monkeypatch.setattr(attempt, "_fewest", careless)
    answer = release(FIRST | {"informal": 0})
    assert [dropped.table_id for dropped in answer.dropped] == ["outcomes"]
    assert "no table is left" in " ".join(answer.findings)


LINES = SimpleNamespace(
    sums=(Sum("band", ("kept", "shown")), Sum("all", ("band", "free")), Sum("other", ("free", "free too")))
)


@pytest.mark.parametrize(
    ("zero", "kept", "found"),
    [(0, {"kept"}, {"band", "all"}), (3, {"kept"}, set()), (0, set(), set())],
)
def test_the_total_of_what_stays_withheld_may_be_zero_with_it(
    zero: int, kept: set[str], found: set[str]
) -> None:
    codes = ("band", "kept", "all", "free", "free too", "other")
    hidden = [Cell(n, code, None) for n, code in enumerate(codes)]
    public = Instance((*hidden, Cell(9, "shown", zero)), (), hidden=frozenset(c.id for c in hidden))
    free = {*kept, "free", "free too"}
    assert totals_of_withheld(LINES, public, kept, free) == found  # type: ignore[arg-type]


def test_what_follows_although_it_was_asked_for_is_never_called_proven(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A count that no pattern hides leaves the table out, as the certificate would refuse it."""
    monkeypatch.setattr(rules, "small_inner", lambda public, *_: frozenset({public.cells[0].id}))
    answer = release(FIRST)
    assert answer.status == "refused"
    assert [dropped.table_id for dropped in answer.dropped] == ["outcomes"]


def test_allegations_that_name_no_officer_leave_the_tables_of_officers_out(
    decade: ModuleType, protect: Protect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All women of a year lack an officer id: they have allegations, and nobody to count."""
    found = [
        decade.Record("2014", "" if sex == "female" else f"{sex}-{n}", sex, "formal", "", "no")
        for sex, count in {"male": 30, "female": 12}.items()
        for n in range(count)
    ]
    marts = [_identified(decade.mart(found, name, decade.BLOCKS[name])) for name in BY_SEX]
    given = {"context": decade.context((2014,))}
    answer = protect(marts, **given)
    assert answer.status == "proven"
    assert [table["table_id"] for table in answer.tables] == ["allegations_by_year"]
    assert [dropped.reason for dropped in answer.dropped] == [attempt.UNIDENTIFIED]
    assert "officer ids" in answer.dropped[0].words
    monkeypatch.setattr(attempt, "_without_officers", lambda *_: ())
    assert protect(marts, **given).status == "refused"


BY_SEX = ("allegations_by_year", "officers_by_year")


def _identified(mart: Mart) -> Mart:
    """As the warehouse counts: nobody is remembered for a row without an officer id."""
    rows = tuple(replace(row, officers=(row.officers or frozenset()) - {""}) for row in mart.rows)
    by_officers = mart.publish.unit == "officers"
    kept = (replace(row, n=len(row.officers or ())) if by_officers else row for row in rows)
    return replace(mart, rows=tuple(row for row in kept if row.n))
