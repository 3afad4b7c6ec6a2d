"""The example's publication stands; what must be dropped, refused or hidden is; nothing private comes out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.certificate import certify
from disclosure.policy import Policy
from disclosure.publication import Publication, canonical, write
from disclosure.register import Register

Protect = Callable[..., Publication]
THREE = ["a", "b", "c", "d"]


def rows(publication: Publication) -> list[Mapping[str, Any]]:
    return [row for table in publication.protected["tables"] for row in table["rows"]]


def hidden(publication: Publication) -> set[str]:
    return {row["cell"].split("as_at=2021-06-30|")[1] for row in rows(publication) if row["marker"] == "c"}


def table(publication: Publication, table_id: str) -> Mapping[str, Any]:
    return next(t for t in publication.protected["tables"] if t["table_id"] == table_id)


def small(decade: ModuleType, counts: Mapping[tuple[str, str], int], **block: Any) -> Any:
    return decade.by_path(counts, THREE, **block)


COUNTS = {
    ("2019", "a"): 3, ("2019", "b"): 9, ("2019", "c"): 8, ("2019", "d"): 7,
    ("2020", "a"): 7, ("2020", "b"): 6, ("2020", "c"): 9, ("2020", "d"): 8,
}  # fmt: skip


def small_context(decade: ModuleType) -> Any:
    return decade.context((2019, 2020))


# --- the example


def test_the_whole_example_is_published_with_nine_cells_withheld(example: Publication) -> None:
    assert example.status == "proven"
    assert not example.dropped
    counts = Counter(row["marker"] for row in rows(example))
    assert (counts["c"], counts["z"]) == (9, 2)
    assert counts[None] >= 110


def test_the_example_withholds_live_with_one_partner_and_the_years_before_2017(example: Publication) -> None:
    outcomes = {code for code in hidden(example) if "sanction" not in code}
    assert len(outcomes) == 4
    assert {code.split("|")[1] for code in outcomes} == {"time=recorded:2014-2016", "time=recorded:2010-2020"}
    assert sum("action_path=live" in code for code in outcomes) == 2
    years = {code.split("|")[1] for code in hidden(example) if "would_have_been_dismissed" in code}
    assert years == {f"time=recorded:{year}" for year in range(2012, 2017)}


def test_already_public_cells_are_shown_with_their_reason(example: Publication) -> None:
    detail = table(example, "sanctions_in_detail")["rows"]
    assert {(row["reason"], row["exemption"]) for row in detail} == {("already public", "s.21")}
    assert {row["value"] for row in detail} >= {0, 1, 2, 4, 5}


def test_structural_zeros_have_their_own_marker(example: Publication) -> None:
    found = table(example, "would_have_been_dismissed_by_year")["rows"]
    assert [row["marker"] for row in found[:3]] == ["z", "z", "c"]


def test_primary_and_partner_cells_read_alike(example: Publication) -> None:
    withheld = [row for row in rows(example) if row["marker"] == "c" and row.get("action_path") != "live"]
    assert {(row["value"], row["notes"], row["reason"], row["exemption"]) for row in withheld} == {
        (None, "", "withheld to protect confidentiality", "s.40(2)")
    }
    live = [row for row in rows(example) if row["marker"] == "c" and row.get("action_path") == "live"]
    assert {row["exemption"] for row in live} == {"s.31(1)(a)"}


def test_the_same_cell_reads_the_same_in_every_table(example: Publication) -> None:
    said: dict[str, Any] = {}
    for row in rows(example):
        assert said.setdefault(row["cell"], row["value"]) == row["value"]


def test_value_is_missing_exactly_where_there_is_a_marker(example: Publication) -> None:
    assert all((row["value"] is None) == (row["marker"] is not None) for row in rows(example))


def test_nothing_private_is_in_the_published_system(example: Publication) -> None:
    sizes = {"version", "threshold", "zeros_published", "known", "hidden", "release"}
    allowed = sizes | {"cells", "equations", "constraints"}
    assert set(example.system) == allowed
    text = canonical(example.system)
    for word in ("primary", "singletons", '"key"', "cost", "seconds", "secondary"):
        assert word not in text
    for cell in example.system["cells"]:
        if cell["id"] in example.system["hidden"] or cell.get("published") is False:
            assert cell["value"] is None


def test_no_officer_is_named_anywhere(example: Publication, decade: ModuleType, tmp_path: Path) -> None:
    write(example, tmp_path)
    certify(tmp_path)
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    assert not any(record.officer in text for record in decade.records())


# --- determinism, value-blindness, non-interference


def test_the_same_key_gives_the_same_bytes_whatever_the_order(
    example: Publication, decade: ModuleType, protect: Protect, register: Register
) -> None:
    marts = [replace(mart, rows=mart.rows[::-1]) for mart in decade.marts(decade.records())]
    again = protect(marts, register=register)
    assert canonical(again.system) == canonical(example.system)
    assert canonical(again.protected) == canonical(example.protected)


def test_another_key_may_choose_another_partner(
    decade: ModuleType, protect: Protect, register: Register
) -> None:
    patterns = {
        frozenset(hidden(protect(decade.marts(decade.records()), register=register, key=bytes([n]) * 32)))
        for n in range(4)
    }
    assert len(patterns) > 1


def test_large_values_do_not_move_the_pattern(
    example: Publication, decade: ModuleType, protect: Protect, register: Register
) -> None:
    """Value-blind: forty more without action in 2012 change neither a necessity nor, therefore, a choice."""
    more = [decade.Record("2012", f"more-{n}", "male", "no_action", "", "no") for n in range(40)]
    other = protect(decade.marts([*decade.records(), *more]), register=register)
    assert hidden(other) == hidden(example)


def test_what_is_withheld_leaves_no_trace_in_any_byte(
    example: Publication, decade: ModuleType, protect: Protect, register: Register, tmp_path: Path
) -> None:
    """Two sets of records with the same shown counts: the files are the same, certificate included."""
    partner = next(c for c in hidden(example) if "2014-2016" in c and "live" not in c).split("action_path=")[
        1
    ]
    found = decade.records()
    one = next(n for n, r in enumerate(found) if r.recorded_year == "2016" and r.action_path == "live")
    moved = [r._replace(action_path=partner) if n == one else r for n, r in enumerate(found)]
    for name, records in (("a", found), ("b", moved)):
        write(protect(decade.marts(records), register=register), tmp_path / name)
        certify(tmp_path / name)
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


# --- the register


def test_a_public_partner_is_no_partner(decade: ModuleType, attacker: ModuleType, protect: Protect) -> None:
    """With the register ignored a public figure gives the small count away; known, it is no partner."""
    marts, context = [small(decade, COUNTS)], small_context(decade)
    naive = protect(marts, context=context)
    partner = next(c for c in hidden(naive) if "2019|" in c and "action_path=a" not in c)
    code = next(row["cell"] for row in rows(naive) if row["cell"].endswith(partner))
    year, path = "2019", partner.split("action_path=")[1]
    truth = COUNTS[year, path]
    found = attacker.possible(naive.tables, {"small": table(naive, "small")["rows"]}, {code: truth})
    small_cell = next(c for c in found if c.endswith("2019|action_path=a"))
    assert found[small_cell] == {3}
    register = _register(context, [2019, 2019], {"action_path": path}, truth)
    known = protect(marts, context=context, register=register)
    assert code not in {row["cell"] for row in rows(known) if row["marker"] == "c"}
    found = attacker.possible(known.tables, {"small": table(known, "small")["rows"]})
    assert all(len(values) > 1 and max(values) >= 5 for values in found.values())


def _register(context: Any, years: list[int], dimensions: dict[str, str], value: int) -> Register:
    from disclosure.cells import Key
    from disclosure.register import Figure

    key = Key.of(context.prefix, "allegations", "recorded", range(years[0], years[1] + 1), dimensions)
    return Register((Figure(key, value, value, "words", "source", "S1"),))


def test_a_figure_that_contradicts_the_records_is_refused_without_a_count(
    decade: ModuleType, protect: Protect
) -> None:
    context = small_context(decade)
    register = _register(context, [2019, 2020], {"action_path": "b"}, 77)
    answer = protect([small(decade, COUNTS)], context=context, register=register)
    assert answer.status == "refused"
    assert "words (source)" in answer.findings[0]
    assert "77" not in answer.findings[0]
    assert "15" not in answer.findings[0]


def test_a_figure_of_another_population_binds_nothing(decade: ModuleType, protect: Protect) -> None:
    context = small_context(decade)
    other = replace(context, population="officers and staff")
    register = _register(other, [2019, 2019], {"action_path": "b"}, 9)
    assert protect([small(decade, COUNTS)], context=context, register=register).system["known"] == {}


# --- against brute force


@pytest.mark.parametrize("seed", range(6))
def test_no_withheld_cell_of_a_tiny_publication_can_be_worked_out(
    seed: int, decade: ModuleType, attacker: ModuleType, protect: Protect
) -> None:
    counts = {key: (value + seed * (2 * n + 1)) % 10 for n, (key, value) in enumerate(COUNTS.items())}
    answer = protect([small(decade, counts)], context=small_context(decade), key=bytes([seed]) * 32)
    for shown in answer.protected["tables"]:
        found = attacker.possible(answer.tables, {"small": shown["rows"]}, zeros_shown=not _lowered(answer))
        assert all(len(values) > 1 and max(values) >= 5 for values in found.values())


def _lowered(publication: Publication) -> bool:
    return any("lower" in cell for cell in publication.system["cells"])


def test_with_a_least_value_of_zero_the_attack_would_have_been_missed(
    decade: ModuleType, attacker: ModuleType
) -> None:
    """Zeros are shown, so a withheld count is one or more: a total of two hides nothing in two cells."""
    del decade
    axis = {"name": "action_path", "categories": ["a", "b"], "bands": {}, "time": False}
    definition = [{"table_id": "t", "dimensions": [axis]}]
    shown = [
        {"action_path": "a", "value": None, "marker": "c", "cell": "a"},
        {"action_path": "b", "value": None, "marker": "c", "cell": "b"},
        {"action_path": "Total", "value": 2, "marker": None, "cell": "all"},
    ]
    assert attacker.possible(definition, {"t": shown})["a"] == {1}
    assert attacker.possible(definition, {"t": shown}, zeros_shown=False)["a"] == {0, 1, 2}


# --- zeros, full lines


def test_zeros_of_a_line_that_may_be_small_are_withheld(decade: ModuleType, protect: Protect) -> None:
    counts = {("2019", "a"): 2, ("2019", "b"): 1, **{("2020", c): 20 + n for n, c in enumerate(THREE)}}
    answer = protect([small(decade, counts)], context=small_context(decade))
    line = [row for row in rows(answer) if row["year_to"] == 2019]
    assert {row["marker"] for row in line} == {"c"}


def test_zeros_of_a_large_line_are_shown(decade: ModuleType, protect: Protect) -> None:
    counts = {("2019", "a"): 12, ("2019", "b"): 11, **{("2020", c): 20 + n for n, c in enumerate(THREE)}}
    answer = protect([small(decade, counts)], context=small_context(decade))
    assert not hidden(answer)
    assert sum(row["value"] == 0 for row in rows(answer)) == 2


def test_a_table_that_may_not_withhold_zeros_is_dropped_by_name(decade: ModuleType, protect: Protect) -> None:
    counts = {("2019", "a"): 2, ("2019", "b"): 1, **{("2020", c): 20 + n for n, c in enumerate(THREE)}}
    marts = [small(decade, counts, zero_lines="drop"), _plain(decade, counts)]
    answer = protect(marts, context=small_context(decade))
    assert [d.table_id for d in answer.dropped] == ["small"]
    assert "zeros" in answer.dropped[0].reason


def _plain(decade: ModuleType, counts: Mapping[tuple[str, str], int]) -> Any:
    return small(decade, counts, table_id="years", dimensions=["recorded_year"], categories={})


def test_lines_with_all_in_one_category_are_withheld_where_the_table_says_so(
    decade: ModuleType, protect: Protect
) -> None:
    counts = {("2019", "a"): 14, **{("2020", c): 20 + n for n, c in enumerate(THREE)}}
    context = small_context(decade)
    assert not hidden(protect([small(decade, counts)], context=context))
    answer = protect([small(decade, counts, full_lines="withhold")], context=context)
    line = [row for row in rows(answer) if row["year_to"] == 2019 and row["action_path"] != "Total"]
    assert {row["marker"] for row in line} == {"c"}


# --- officers


def test_several_allegations_of_few_officers_are_small(decade: ModuleType, protect: Protect) -> None:
    found = [
        decade.Record(year, f"{code}-{n % 2 if code == 'a' else n}", "male", code, "", "no")
        for year in ("2019", "2020")
        for code in THREE
        for n in range(12)
    ]
    given = {
        "title": "T", "unit": "allegations", "measures": ["n"],
        "dimensions": ["recorded_year", "action_path"],
        "categories": {"action_path": THREE},
    }  # fmt: skip
    answer = protect([decade.mart(found, "few", given)], context=small_context(decade))
    assert any("action_path=a" in code for code in hidden(answer))


def test_an_officer_alone_in_a_cell_cannot_work_out_another_small_one(
    decade: ModuleType, attacker: ModuleType, protect: Protect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two small cells at opposite corners of a rectangle hang on one number, which one officer knows."""
    counts = {
        ("2019", "a"): 1, ("2019", "b"): 9, ("2019", "c"): 21, ("2019", "d"): 22,
        ("2020", "a"): 9, ("2020", "b"): 2, ("2020", "c"): 23, ("2020", "d"): 24,
    }  # fmt: skip
    marts, context = [small(decade, counts)], small_context(decade)
    corner, other = "2019|action_path=a", "2020|action_path=b"

    def seen_by_one(answer: Publication) -> set[int]:
        shown = table(answer, "small")["rows"]
        mine = next(row["cell"] for row in shown if row["cell"].endswith(corner))
        found: dict[str, set[int]] = attacker.possible(answer.tables, {"small": shown}, {mine: 1})
        return next(values for code, values in found.items() if code.endswith(other))

    assert len(seen_by_one(protect(marts, context=context))) > 1
    monkeypatch.setattr("disclosure.attempt._Search._singletons", lambda *_: ())
    naive = protect(marts, context=context)
    assert len(hidden(naive)) == 4
    assert seen_by_one(naive) == {2}


def test_officer_tables_without_officer_ids_are_dropped_saying_so(
    decade: ModuleType, protect: Protect, register: Register
) -> None:
    marts = [
        replace(mart, rows=tuple(replace(row, officers=None) for row in mart.rows))
        for mart in decade.marts(decade.records())
    ]
    answer = protect(marts)
    assert answer.dropped[0].table_id == "officers_by_year"
    assert "no officer identifier" in answer.dropped[0].reason
    assert answer.status == "proven"


# --- tables that cannot stand


def test_a_table_that_cannot_be_proven_is_dropped_by_name_and_the_rest_stands(
    decade: ModuleType, protect: Protect, register: Register
) -> None:
    """Yearly leavers cannot be shown in any pattern: the public six are spread over four years."""
    blocks = dict(decade.BLOCKS)
    yearly = {"show": {"recorded_year": ["leaves", "bands", "total"]}, "core": False}
    blocks["outcomes_each_year"] = {**blocks["outcomes_by_year"], **yearly, "title": "Outcomes each year"}
    answer = protect(decade.marts(decade.records(), blocks), register=register)
    assert answer.status == "proven"
    assert [d.table_id for d in answer.dropped] == ["outcomes_each_year"]
    assert not any(character.isdigit() for character in answer.dropped[0].reason)


def test_a_table_is_regrouped_before_it_is_left_out(
    decade: ModuleType, protect: Protect, register: Register
) -> None:
    """Single years cannot be proven beside the public totals; two-year bands can."""
    blocks = dict(decade.BLOCKS)
    yearly = {"show": {"recorded_year": ["leaves", "bands", "total"]}, "core": False, "title": "Yearly"}
    pairs = {"bands": {"recorded_year": [[2010, 2013], [2014, 2016], [2017, 2018], [2019, 2020]]}}
    show = {"show": {"recorded_year": ["bands", "total"]}}
    blocks["outcomes_often"] = {**blocks["outcomes_by_year"], **yearly, "alternatives": [pairs | show]}
    answer = protect(decade.marts(decade.records(), blocks), register=register)
    assert not answer.dropped
    often = table(answer, "outcomes_often")["rows"]
    assert (2019, 2020) in {(r["year_from"], r["year_to"]) for r in often}
    assert (2019, 2019) not in {(r["year_from"], r["year_to"]) for r in often}


def test_a_publication_without_a_table_left_is_refused(decade: ModuleType, protect: Protect) -> None:
    counts = {("2019", "a"): 1, ("2019", "b"): 1}
    answer = protect([small(decade, counts)], context=small_context(decade))
    assert answer.status == "refused"
    assert answer.protected == {}
    assert [d.table_id for d in answer.dropped] == ["small"]


def test_a_spent_budget_publishes_nothing(decade: ModuleType, protect: Protect) -> None:
    answer = protect([small(decade, COUNTS)], context=small_context(decade), budget_s=0.0)
    assert answer.status == "refused"
    assert not answer.dropped
    assert "in the time allowed" in answer.findings[0]
    assert "small (recorded_year by action_path)" in answer.findings[0]


class _Clock:
    """A clock that stands still, and after so many looks at it is past every deadline."""

    def __init__(self, stops_at: int) -> None:
        self.looks, self.stops_at = 0, stops_at

    def monotonic(self) -> float:
        self.looks += 1
        return 1e9 if self.looks > self.stops_at else 0.0


@pytest.mark.parametrize("fails_closed", [True, False])
def test_whenever_the_time_runs_out_nothing_else_is_published(
    decade: ModuleType, protect: Protect, fails_closed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    marts = [
        small(decade, COUNTS),
        small(decade, COUNTS, table_id="again", show={"recorded_year": ["leaves"]}),
    ]

    def published(stops_at: int) -> tuple[str, int]:
        clock = _Clock(stops_at)
        monkeypatch.setattr("disclosure.lp.time", clock)
        answer = protect(marts, context=small_context(decade))
        text = canonical(answer.protected) if answer.status == "proven" else answer.status
        return text, clock.looks

    whole, looks = published(10**9)
    if not fails_closed:
        monkeypatch.setattr("disclosure.attempt._in_time", lambda answer: answer)
    found = {published(stops_at)[0] for stops_at in range(1, looks, max(looks // 40, 1))}
    assert (found <= {whole, "refused"}) == fails_closed


def test_the_join_that_the_policy_forbids_is_absent(
    decade: ModuleType, protect: Protect, policy: Policy
) -> None:
    never = replace(policy, never_join=(frozenset({"action_path", "officer_sex"}),))
    blocks = {
        "joined": {
            "title": "J", "unit": "allegations", "measures": ["n"],
            "dimensions": ["recorded_year", "officer_sex"], "within": {"action_path": "no_action"},
            "categories": {"officer_sex": ["male", "female", "unknown"]},
        },
        "allegations_by_year": decade.BLOCKS["allegations_by_year"],
    }  # fmt: skip
    answer = protect(decade.marts(decade.records(), blocks), policy=never)
    assert [d.table_id for d in answer.dropped] == ["joined"]
    assert "never joins" in answer.dropped[0].reason


def test_a_table_of_too_many_dimensions_is_dropped(
    decade: ModuleType, protect: Protect, policy: Policy
) -> None:
    answer = protect(decade.marts(decade.records()), policy=replace(policy, order=1))
    assert {"allegations_by_year", "outcomes_by_year"} <= {d.table_id for d in answer.dropped}


def test_a_code_outside_the_categories_is_refused_by_name(decade: ModuleType, protect: Protect) -> None:
    mart = small(decade, {("2019", "zebra"): 9, ("2020", "a"): 9})
    answer = protect([mart], context=small_context(decade))
    assert answer.status == "refused"
    assert "zebra" in answer.findings[0]


def test_marts_that_disagree_are_refused(decade: ModuleType, protect: Protect) -> None:
    other = _plain(decade, {**COUNTS, ("2019", "a"): 4})
    answer = protect([small(decade, COUNTS), other], context=small_context(decade))
    assert answer.status == "refused"
    assert "count the same cell differently" in answer.findings[0]


def test_bands_are_clipped_and_may_be_overridden(decade: ModuleType, protect: Protect) -> None:
    found = [r for r in decade.records() if r.recorded_year >= "2015"]
    blocks = {"outcomes_by_year": decade.BLOCKS["outcomes_by_year"]}
    years = tuple(range(2015, 2021))
    clipped = protect(decade.marts(found, blocks), context=decade.context(years))
    assert {(r["year_from"], r["year_to"]) for r in rows(clipped)} == {
        (2015, 2016),
        (2017, 2020),
        (2015, 2020),
    }
    override = {"recorded_year": ((2015, 2018), (2019, 2020))}
    other = protect(decade.marts(found, blocks), context=decade.context(years, band_overrides=override))
    assert {(r["year_from"], r["year_to"]) for r in rows(other)} == {(2015, 2018), (2019, 2020), (2015, 2020)}


def test_series_breaks_are_noted_beside_values(decade: ModuleType, protect: Protect) -> None:
    breaks = ({"on": "2012-11-22", "label": "x", "note": "y"},)
    answer = protect(decade.marts(decade.records()), context=decade.context(breaks=breaks))
    by_year = {r["year_to"]: r["notes"] for r in table(answer, "officers_by_year")["rows"]}
    assert (by_year[2011], by_year[2012], by_year[2013]) == ("", "b", "")


def test_files_are_canonical(example: Publication, tmp_path: Path) -> None:
    write(example, tmp_path)
    for path in tmp_path.iterdir():
        assert canonical(json.loads(path.read_text())) == path.read_text()


def _ids(tables: Sequence[Mapping[str, Any]]) -> list[str]:
    return [t["table_id"] for t in tables]


def test_definitions_and_rows_speak_of_the_same_cells(example: Publication) -> None:
    codes = [cell["code"] for cell in example.system["cells"]]
    assert _ids(example.tables) == _ids(example.protected["tables"])
    for definition, shown in zip(example.tables, example.protected["tables"], strict=True):
        assert [codes[i] for i in definition["rows"]] == [row["cell"] for row in shown["rows"]]
