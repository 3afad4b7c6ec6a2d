"""The linked system follows from the definitions: shared cells, sums, inequalities of officers, cycles."""

from __future__ import annotations

import json
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from disclosure.cells import Key, Scope, years_code
from disclosure.publish import Publish
from disclosure.system import (
    Definition,
    Linked,
    OverlappingGroups,
    SystemTooLarge,
    cyclic_core,
    from_payload,
    link,
    payload,
)
from disclosure.verify import verify

SCOPE = Scope("Force", "domestic abuse", "officers", "2021-06-30")
HEAD = "force=Force|scope=domestic abuse|population=officers|as_at=2021-06-30|"
YEARS = (2010, 2011, 2012)
SIX = tuple(range(2010, 2016))
LIMIT = 10_000


def definition(years: tuple[int, ...] = YEARS, **block: Any) -> Definition:
    whole = {"table_id": "t", "title": "T", "unit": "allegations", "measures": ["n"], **block}
    return Definition.of(Publish.parse(whole).fitted(years, {}), SCOPE, years, ("officer_sex",))


def by_path(**block: Any) -> Definition:
    categories = {"action_path": ["formal", "other"]}
    given = {"table_id": "paths", "dimensions": ["recorded_year", "action_path"], "categories": categories}
    return definition(**given | block)


def by_sex(unit: str = "allegations", **block: Any) -> Definition:
    categories = {"officer_sex": ["male", "female"]}
    given = {
        "table_id": f"sexes_{unit}",
        "unit": unit,
        "dimensions": ["recorded_year", "officer_sex"],
        "categories": categories,
    }
    return definition(**given | block)


def sums(linked: Linked) -> set[str]:
    return {s.text.replace(HEAD, "") for s in linked.sums}


def relations(linked: Linked) -> set[str]:
    return {r.text.replace(HEAD, "") for r in linked.relations}


def test_a_key_names_a_count_in_one_way() -> None:
    key = Key.of(
        SCOPE, "allegations", "recorded", [2013, 2012], {"sanction": "none", "action_path": "formal"}
    )
    assert key.code == HEAD + "unit=allegations|time=recorded:2012-2013|action_path=formal|sanction=none"


def test_codes_cannot_forge_another_key() -> None:
    one = Key.of(SCOPE, "allegations", "recorded", [2012], {"a": "x|b=y"})
    two = Key.of(SCOPE, "allegations", "recorded", [2012], {"a": "x", "b": "y"})
    assert one.code != two.code


@pytest.mark.parametrize(
    ("years", "code"), [([2017], "2017"), ([2010, 2011, 2012], "2010-2012"), ([2010, 2012], "2010+2012")]
)
def test_years_are_written_as_runs(years: list[int], code: str) -> None:
    assert years_code(years) == code


def test_two_tables_share_their_margin() -> None:
    linked = link((by_path(), by_sex()), LIMIT)
    assert {"unit=allegations|time=recorded:2010"} == {
        code.replace(HEAD, "") for code in linked.keys if code.endswith("recorded:2010")
    }
    assert (
        "unit=allegations|time=recorded:2010 = unit=allegations|time=recorded:2010|action_path=formal + "
        "unit=allegations|time=recorded:2010|action_path=other"
    ) in sums(linked)


def test_a_band_is_the_sum_of_its_years_and_the_total_of_bands() -> None:
    table = by_path(bands={"recorded_year": [[2010, 2011]]}, show={"recorded_year": ["bands", "total"]})
    found = sums(link((table,), LIMIT))
    band = "unit=allegations|time=recorded:2010-2011"
    assert f"{band} = unit=allegations|time=recorded:2010 + unit=allegations|time=recorded:2011" in found
    assert f"unit=allegations|time=recorded:2010-2012 = {band} + unit=allegations|time=recorded:2012" in found


def test_overlapping_bands_of_allegations_are_sums_of_years() -> None:
    table = by_path(bands={"recorded_year": [[2010, 2011], [2011, 2012]]})
    found = sums(link((table,), LIMIT))
    assert any(
        s.startswith("unit=allegations|time=recorded:2010-2012 = ") and s.count("+") == 2 for s in found
    )


def test_a_band_of_all_years_is_the_total_and_one_row() -> None:
    table = by_path(bands={"recorded_year": [[2010, 2012]]}, show={"recorded_year": ["bands", "total"]})
    codes = [table.key(p).code for p in table.rows()]
    assert len(codes) == len(set(codes)) == 3


def between(*bands: list[int]) -> set[str]:
    """The periods that are cells only because two bands leave them between each other."""
    table = by_path(bands={"recorded_year": list(bands)}, show={"recorded_year": ["bands"]}, years=SIX)
    plain = {table.key(p).code for p in table.positions()}
    found = {key.years for code, key in link((table,), LIMIT).keys.items() if code not in plain}
    return {years_code(years) for years in found}


def test_what_a_band_leaves_of_a_longer_one_is_a_cell() -> None:
    assert between([2010, 2015], [2010, 2011]) == {"2012-2015"}
    assert between([2010, 2015], [2012, 2013]) == {"2010-2011+2014-2015"}
    assert between([2010, 2015], [2010, 2011], [2014, 2015]) == {"2012-2013"}


def test_no_line_of_shown_counts_comes_of_it() -> None:
    """2012 to 2015 would be a line with the band of 2014 in it, of a total that nobody asked for."""
    bands = {"recorded_year": [[2010, 2015], [2010, 2011], [2014, 2014]]}
    table = by_path(bands=bands, show={"recorded_year": ["bands"]}, years=SIX)
    plain, linked = {table.key(p).code for p in table.positions()}, link((table,), LIMIT)
    new = [line for line in linked.sums if line.total not in plain]
    assert new
    assert not {table.key(p).code for p in table.rows()} & {part for line in new for part in line.parts}


def test_bands_that_make_a_longer_one_up_leave_nothing() -> None:
    assert between([2010, 2015], [2010, 2011], [2012, 2015]) == set()
    assert between([2010, 2015]) == set()


def test_what_is_left_is_looked_for_over_all_tables_with_the_same_margin() -> None:
    """A band of paths beside one of sexes leaves allegations of the years between, of all paths and sexes."""
    long, short = ({"recorded_year": [[2010, last]]} for last in (2015, 2011))
    show = {"show": {"recorded_year": ["bands"]}, "years": SIX}
    linked = link((by_path(bands=long, **show), by_sex(bands=short, **show)), LIMIT)
    left = {
        code.replace(HEAD, "") for code, key in linked.keys.items() if key.years == (2012, 2013, 2014, 2015)
    }
    assert left == {"unit=allegations|time=recorded:2012-2015"}


def test_a_merged_category_is_the_sum_of_its_parts() -> None:
    table = definition(
        dimensions=["recorded_year", "s"],
        categories={"s": ["a", "b", "c"]},
        merge={"s": {"ab": ["a", "b"]}},
        show={"s": ["merge", "total"]},
    )
    found = sums(link((table,), LIMIT))
    at = "unit=allegations|time=recorded:2010"
    assert f"{at}|s=ab = {at}|s=a + {at}|s=b" in found
    assert f"{at} = {at}|s=ab + {at}|s=c" in found
    assert table.axes[1].shown == ("ab", "c")


def test_a_table_within_a_category_hangs_on_the_breakdown_it_is_part_of() -> None:
    inside = definition(
        table_id="sanctions",
        within={"action_path": "formal"},
        dimensions=["recorded_year", "sanction"],
        categories={"sanction": ["none", "warning"]},
    )
    linked = link((by_path(), inside), LIMIT)
    assert all(d.published for d in linked.definitions)
    alone = link((inside,), LIMIT)
    at = "unit=allegations|time=recorded:2010"
    assert f"{at} = {at}|action_path=(other) + {at}|action_path=formal" in sums(alone)


def test_officers_add_by_sex_but_not_over_years() -> None:
    bands = {"recorded_year": [[2010, 2011]]}
    table = by_sex("officers", bands=bands, show={"recorded_year": ["leaves", "bands"]})
    linked = link((table,), LIMIT)
    at = "unit=officers|time=recorded:"
    assert f"{at}2010 = {at}2010|officer_sex=female + {at}2010|officer_sex=male" in sums(linked)
    assert not any(s.startswith(f"{at}2010-2011 = ") and f"{at}2010 " in s for s in sums(linked))
    assert f"1 {at}2010 + -1 {at}2010-2011 <= 0" in relations(linked)
    assert f"-1 {at}2010 + 1 {at}2010-2011 + -1 {at}2011 <= 0" in relations(linked)


def test_officers_are_at_most_allegations_and_none_without_one() -> None:
    found = relations(link((by_sex(), by_sex("officers", show={"recorded_year": ["leaves"]})), LIMIT))
    allegations, officers = "unit=allegations|time=recorded:2010", "unit=officers|time=recorded:2010"
    assert f"-1 {allegations} + 1 {officers} <= 0" in found
    assert f"1 {allegations} + -1000 {officers} <= 0" in found


def test_overlapping_groups_of_officers_are_refused_by_name() -> None:
    """7, 7 and 10 over three overlapping groups gave an interval that misses the truth: no bound is sound."""
    bands = {"recorded_year": [[2010, 2011], [2011, 2012]]}
    table = by_sex("officers", bands=bands, show={"recorded_year": ["bands"]})
    with pytest.raises(OverlappingGroups, match="sexes_officers"):
        link((table,), LIMIT)


def test_nested_groups_of_officers_are_accepted() -> None:
    bands = {"recorded_year": [[2010, 2011], [2010, 2012]]}
    assert link((by_sex("officers", bands=bands, show={"recorded_year": ["leaves", "bands"]}),), LIMIT)


def test_graham_reduction_finds_cycles_only_where_there_are_some() -> None:
    assert not cyclic_core([frozenset("ab"), frozenset("bc"), frozenset("bd"), frozenset("abx")])
    assert cyclic_core([frozenset("ab"), frozenset("bc"), frozenset("ca"), frozenset("cz")]) == frozenset(
        "abc"
    )


def triangle() -> tuple[Definition, ...]:
    leaves = {n: [f"{n}1", f"{n}2"] for n in "xyz"}
    return tuple(
        definition(table_id=f"{a}{b}", dimensions=[a, b], categories={a: leaves[a], b: leaves[b]})
        for a, b in ("xy", "yz", "xz")
    )


def test_a_cycle_of_tables_gets_its_joint_inner_cube() -> None:
    linked = link(triangle(), LIMIT)
    assert any(code.endswith("|x=x1|y=y1|z=z1") for code in linked.keys)


def test_a_joint_cube_too_large_is_refused_with_the_names_of_its_tables() -> None:
    with pytest.raises(SystemTooLarge) as raised:
        link(triangle(), 20)
    assert raised.value.tables == ("xy", "xz", "yz")


def test_structural_zeros_cover_bands_only_where_all_years_are_zero() -> None:
    table = definition(
        dimensions=["recorded_year"],
        bands={"recorded_year": [[2010, 2011]]},
        show={"recorded_year": ["leaves", "bands", "total"]},
        structural_zero=[{"recorded_year": [2010, 2011]}],
    )
    zeros = [p for p in table.rows() if table.is_structural_zero(p)]
    assert zeros == [("2010",), ("2011",), ("2010-2011",)]


def test_a_gap_in_the_years_ends_a_band_and_leaves_no_total_over_years() -> None:
    whole = {
        "table_id": "t",
        "title": "T",
        "unit": "allegations",
        "measures": ["n"],
        "dimensions": ["recorded_year"],
        "bands": {"recorded_year": [[2010, 2013], [2014, 2016]]},
        "show": {"recorded_year": ["bands", "total"]},
    }
    years = (2010, 2011, 2013, 2014, 2016, 2018)
    table = Definition.of(Publish.parse(whole).fitted(years, {}), SCOPE, years, ())
    assert [p for (p,) in table.rows()] == ["2010-2011", "2013", "2014", "2016", "2018"]
    full = Definition.of(Publish.parse(whole).fitted(YEARS, {}), SCOPE, YEARS, ())
    assert [p for (p,) in full.rows()] == ["Total"]


def test_definitions_survive_the_published_file(decade: ModuleType) -> None:
    for mart in decade.marts([]):
        publish = mart.publish.fitted(YEARS, {})
        table = Definition.of(publish, SCOPE, YEARS, ("officer_sex",))
        assert from_payload(json.loads(json.dumps(payload(table, [])))) == table


def test_the_system_does_not_depend_on_the_order_of_tables() -> None:
    one, two = link((by_path(), by_sex()), LIMIT), link((by_sex(), by_path()), LIMIT)
    assert (one.sums, one.relations, one.ids) == (two.sums, two.relations, two.ids)


def finalised(**block: Any) -> Definition:
    return by_path(
        table_id="closed", time_basis="finalised", dimensions=["finalised_year", "action_path"], **block
    )


def test_what_was_finalised_by_a_year_was_recorded_by_then() -> None:
    found = relations(link((by_path(), finalised()), LIMIT))
    at = "unit=allegations|time=recorded:"
    closed = "unit=allegations|time=finalised:2011|action_path=formal"
    assert f"1 {closed} + -1 {at}2010|action_path=formal + -1 {at}2011|action_path=formal <= 0" in found
    assert not any("finalised" in text for text in relations(link((by_path(),), LIMIT)))


def test_the_two_bases_bound_each_other(
    decade: ModuleType, protect: Any, folders: ModuleType, tmp_path: Any
) -> None:
    """A count withheld in one basis could be bounded by the other: both are proven in one system."""
    found = [r._replace(recorded_year=str(2011 + n % 2)) for n, r in enumerate(decade.records()[:90])]
    block = decade.BLOCKS["outcomes_by_year"] | {"bands": {}, "show": {}}
    recorded = decade.mart(found, "outcomes", block)
    closed = {"time_basis": "finalised", "dimensions": ["finalised_year", "action_path"]}
    publish = Publish.parse({"table_id": "closed", **block, **closed})
    rows = (
        replace(row, dimensions={"finalised_year": "2012", "action_path": row.dimensions["action_path"]})
        for row in recorded.rows
    )
    answer = protect(
        [recorded, replace(recorded, publish=publish, rows=tuple(rows))], context=decade.context((2011, 2012))
    )
    assert answer.status == "proven"
    assert any(c["why"] == "recorded before finalised" for c in answer.system["constraints"])
    assert verify(folders.release(answer, tmp_path / "release")) == ()
