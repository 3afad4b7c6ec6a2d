"""Small promises, one a function: each says whether it is kept by protection as it stands."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path
from types import ModuleType
from typing import Any

from disclosure import forms, rules
from disclosure.cells import Key
from disclosure.ledger import Earlier, LedgerError, read_earlier
from disclosure.policy import Policy
from disclosure.publication import Mart, MartRow, Publication
from disclosure.publish import Publish
from disclosure.published import Published
from disclosure.register import Figure, Register

Counts = Mapping[tuple[str, str], int]
CODES = ("a", "b", "c", "d")
DAY, LATER = datetime.date(2021, 6, 30), datetime.date(2022, 6, 30)
COUNTS: Counts = {
    ("2019", "a"): 3, ("2019", "b"): 9, ("2019", "c"): 8, ("2019", "d"): 7,
    ("2020", "a"): 7, ("2020", "b"): 6, ("2020", "c"): 9, ("2020", "d"): 8,
}  # fmt: skip
LARGE: Counts = {(year, code): 20 + n for year in ("2019", "2020") for n, code in enumerate(CODES)}
LINE: Counts = {("2020", code): 20 + n for n, code in enumerate(CODES)}
KEYS = tuple(bytes([n]) * 32 for n in range(8))
BELOW = 5


@dataclass(frozen=True)
class Lab:
    """Where a promise is tried: protection, the example's marts, release folders, a folder of its own."""

    protect: Callable[..., Publication]
    decade: ModuleType
    folders: ModuleType
    attacker: ModuleType
    policy: Policy
    folder: Path

    def run(self, *marts: Mart, years: tuple[int, ...] = (2019, 2020), **changes: Any) -> Publication:
        context = self.decade.context(years, as_at=changes.pop("as_at", DAY))
        return self.protect(list(marts), context=context, **changes)

    def mart(self, counts: Counts, people: int = 1000, **block: Any) -> Mart:
        """Year by path; the first `people` allegations of a cell have an officer each."""
        rows = [
            MartRow(
                {"recorded_year": year, "action_path": code}, n,
                frozenset(f"{year}-{code}-{at % people}" for at in range(n)),
            )
            for (year, code), n in counts.items() if n
        ]  # fmt: skip
        given = {
            "table_id": "small", "title": "Small", "unit": "allegations", "measures": ["n"],
            "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": CODES},
        }  # fmt: skip
        return Mart(Publish.parse(given | block), "", tuple(rows))

    def figure(self, code: str, years: tuple[int, ...], least: int, most: int | None = None) -> Register:
        prefix = self.decade.context(years, as_at=DAY).prefix
        key = Key.of(prefix, "allegations", "recorded", years, {"action_path": code})
        return Register((Figure(key, least, least if most is None else most, "words", "source", "S1"),))

    def after(self, first: Publication) -> tuple[Earlier, ...]:
        """The ledger after a release."""
        self.folders.release(first, self.folder / "releases" / "first")
        return read_earlier(self.folder / "releases")


def shown(publication: Publication, table_id: str = "small") -> dict[tuple[int, int, str], Any]:
    tables = publication.protected.get("tables", ())
    return {
        (r["year_from"], r["year_to"], r.get("action_path", "")): r["value"]
        for t in tables if t["table_id"] == table_id for r in t["rows"]
    }  # fmt: skip


# --- lines


def no_small_count_shows(lab: Lab) -> bool:
    return not set(range(1, BELOW)) & {*shown(lab.run(lab.mart(COUNTS))).values()}


def nothing_withheld_follows_from_what_is_shown(lab: Lab) -> bool:
    """By counting all tables that fit; where nothing is published nothing follows."""
    answer = lab.run(lab.mart(COUNTS))
    rows = {table["table_id"]: table["rows"] for table in answer.protected.get("tables", ())}
    found = lab.attacker.possible(answer.tables, rows) if rows else {}
    return all(len(values) > 1 for values in found.values())


def few_officers_are_few(lab: Lab) -> bool:
    found = shown(lab.run(lab.mart({**LARGE, ("2019", "a"): 12}, people=3)))
    return bool(found) and found[2019, 2019, "a"] is None


def zeros_of_a_small_line_are_withheld(lab: Lab) -> bool:
    found = shown(lab.run(lab.mart({("2019", "a"): 2, ("2019", "b"): 1, **LINE})))
    return bool(found) and 0 not in {n for (_, last, _), n in found.items() if last == 2019}


def zeros_beside_many_small_counts_are_doubted(lab: Lab) -> bool:
    """Five withheld counts of one make a total of five only for who knows that none of them is zero."""
    codes = ("a", "b", "c", "d", "e", "f")
    counts = {**{("2019", c): 1 for c in codes[:5]}, **{("2020", c): 20 + n for n, c in enumerate(codes)}}
    block = {"categories": {"action_path": codes}, "show": {"recorded_year": ["leaves"]}}
    answer = lab.run(lab.mart(counts, **block))
    published = Published(answer.protected, tuple(answer.tables), answer.system)
    zero = next(c.id for c in published.instance.cells if c.code.endswith("2019|action_path=f"))
    cells = (replace(c, lower=None, value=0 if c.id == zero else c.value) for c in published.instance.cells)
    shows_it = replace(published.instance, cells=tuple(cells), hidden=published.instance.hidden - {zero})
    return any(
        code.endswith("2019|action_path=f") for code in rules.possible_zeros(published.linked, shows_it, ())
    )


FULL: Counts = {("2019", "a"): 14, **LINE}


def full_lines_are_withheld(lab: Lab) -> bool:
    found = shown(lab.run(lab.mart(FULL, full_lines="withhold")))
    return bool(found) and found[2019, 2019, "a"] is None


def full_lines_drop_a_table(lab: Lab) -> bool:
    return _left_out(lab.run(lab.mart(FULL, full_lines="drop"), _years(lab, FULL)))


def zero_lines_drop_a_table(lab: Lab) -> bool:
    few = {("2019", "a"): 2, ("2019", "b"): 1, **LINE}
    return _left_out(lab.run(lab.mart(few, zero_lines="drop"), _years(lab, few)))


def _years(lab: Lab, counts: Counts) -> Mart:
    """How many there were each year, as a table of its own."""
    shape = {"dimensions": ["recorded_year"], "categories": {}}
    return lab.mart(counts, table_id="years", **shape)


def _left_out(answer: Publication, table_id: str = "small") -> bool:
    """Whether other tables are published, but not this one."""
    return answer.status == "proven" and not shown(answer, table_id)


def never_hidden_cells_stay(lab: Lab) -> bool:
    kept = [{"action_path": code} for code in ("b", "c")]
    answers = [shown(lab.run(lab.mart(COUNTS, never_hide=["total", *kept]), key=key)) for key in KEYS]
    return all(
        found and None not in {n for (*_, code), n in found.items() if code in ("b", "c", "Total")}
        for found in answers
    )


def an_officer_alone_learns_nothing(lab: Lab) -> bool:
    counts = {
        ("2019", "a"): 1, ("2019", "b"): 9, ("2019", "c"): 21, ("2019", "d"): 22,
        ("2020", "a"): 9, ("2020", "b"): 2, ("2020", "c"): 23, ("2020", "d"): 24,
    }  # fmt: skip
    answer = lab.run(lab.mart(counts))
    rows = answer.protected["tables"][0]["rows"] if answer.status == "proven" else ()
    mine = [r["cell"] for r in rows if r["cell"].endswith("2019|action_path=a")]
    if not mine:
        return False
    found = lab.attacker.possible(answer.tables, {"small": rows}, {mine[0]: 1})
    return all(len(values) > 1 for code, values in found.items() if code.endswith("2020|action_path=b"))


def year_between_two_bands(lab: Lab, n: int, people: str = "") -> bool:
    """Whether a count of a year that no row shows, but two bands less the total give, is kept back."""
    years = ("2018", "2019", "2020")
    counts = {("2018", "a"): 9, ("2019", "a"): n, ("2020", "a"): 7, **{(y, "b"): 20 for y in years}}
    block = {
        "categories": {"action_path": ["a", "b"]},
        "bands": {"recorded_year": [[2018, 2019], [2019, 2020]]},
        "show": {"recorded_year": ["bands", "total"]},
    }
    mart = lab.mart(counts, **block)
    place = {"recorded_year": "2019", "action_path": "a"} if people else None
    rows = (replace(r, officers=frozenset(people)) if r.dimensions == place else r for r in mart.rows)
    found = shown(lab.run(replace(mart, rows=tuple(rows)), years=(2018, 2019, 2020)))
    return None in [found[(*span, "a")] for span in ((2018, 2019), (2019, 2020), (2018, 2020))]


def a_year_between_two_bands_is_protected(lab: Lab) -> bool:
    return year_between_two_bands(lab, 2)


def a_year_of_few_officers_between_two_bands_is_protected(lab: Lab) -> bool:
    """Twelve allegations, all against two officers."""
    return year_between_two_bands(lab, 12, "xy")


def years_of_few_officers_that_a_band_leaves_are_protected(lab: Lab) -> bool:
    """Twelve allegations of the last two years, all against two officers; no band names these years."""
    years = ("2018", "2019", "2020", "2021")
    counts = {(year, code): 20 if code == "b" else 6 for year in years for code in ("a", "b")}
    bands = {"bands": {"recorded_year": [[2018, 2021], [2018, 2019]]}, "show": {"recorded_year": ["bands"]}}
    mart = lab.mart(counts, **bands, categories={"action_path": ["a", "b"]})
    places = [{"recorded_year": year, "action_path": "a"} for year in years[2:]]
    rows = (replace(r, officers=frozenset("xy")) if r.dimensions in places else r for r in mart.rows)
    found = shown(lab.run(replace(mart, rows=tuple(rows)), years=(2018, 2019, 2020, 2021)))
    return None in [found[2018, last, "a"] for last in (2019, 2021)]


def a_year_that_no_band_covers_is_a_row(lab: Lab) -> bool:
    block = {"bands": {"recorded_year": [[2019, 2019]]}, "show": {"recorded_year": ["bands", "total"]}}
    return (2020, 2020, "a") in shown(lab.run(lab.mart(LARGE, **block)))


def an_impossible_count_is_marked(lab: Lab) -> bool:
    counts = {key: n for key, n in LARGE.items() if key != ("2019", "a")}
    block = {"structural_zero": [{"recorded_year": ["2019"], "action_path": ["a"]}]}
    rows = lab.run(lab.mart(counts, **block)).protected["tables"][0]["rows"]
    return any(row["marker"] == "z" for row in rows)


def a_table_of_markers_is_left_out(lab: Lab) -> bool:
    few = {("2019", "a"): 1, ("2020", "b"): 1}
    block = {"within": {"has_proceedings": "yes"}, "categories": {"action_path": ["a", "b"]}}
    return _left_out(lab.run(lab.mart(few, **block), _years(lab, LARGE)))


# --- what may be asked


def tables_of_more_attributes_than_allowed_are_absent(lab: Lab) -> bool:
    answer = lab.run(lab.mart(LARGE), _years(lab, LARGE), policy=replace(lab.policy, order=1))
    return _left_out(answer) and "take a dimension out" in answer.dropped[0].words


def a_forbidden_join_is_absent(lab: Lab) -> bool:
    policy = replace(lab.policy, never_join=(frozenset(("recorded_year", "action_path")),))
    return _left_out(lab.run(lab.mart(LARGE), _years(lab, LARGE), policy=policy))


def zeros_that_another_table_denies_are_absent(lab: Lab) -> bool:
    shape = {"dimensions": ["recorded_year"], "categories": {}, "within": {"action_path": "a"}}
    empty = replace(lab.mart(LARGE, table_id="part", **shape), rows=())
    return _left_out(lab.run(lab.mart(LARGE), empty), "part")


# --- what is known


def a_printed_figure_is_no_partner(lab: Lab) -> bool:
    answers = [lab.run(lab.mart(COUNTS), register=lab.figure("b", (2019,), 9), key=key) for key in KEYS]
    return all(shown(answer)[2019, 2019, "b"] == 9 for answer in answers)


def a_printed_interval_is_known(lab: Lab) -> bool:
    """Nine or ten, somebody printed: as the only partner it would leave three or two for the small count."""
    answers = [lab.run(lab.mart(COUNTS), register=lab.figure("b", (2019,), 9, 10), key=key) for key in KEYS]
    gone = [{name for name, n in shown(answer).items() if n is None} for answer in answers]
    return {(2019, 2019, "a"), (2019, 2019, "b")} not in [
        {name for name in of if name[:2] == (2019, 2019)} for of in gone
    ]


def a_figure_that_the_records_deny_is_named(lab: Lab) -> bool:
    answer = lab.run(lab.mart(LARGE), register=lab.figure("a", (2019, 2020), 3, 9))
    return any("do not bear out" in finding and "words (source)" in finding for finding in answer.findings)


def a_figure_smaller_than_its_years_is_named(lab: Lab) -> bool:
    answer = lab.run(lab.mart(LARGE), register=lab.figure("a", (2019, 2020, 2021), 9))
    return any("more than the register's figure: words" in finding for finding in answer.findings)


def a_count_where_none_is_possible_is_named(lab: Lab) -> bool:
    block = {"structural_zero": [{"recorded_year": ["2019"], "action_path": ["a"]}]}
    answer = lab.run(lab.mart(LARGE, **block))
    return any("structurally impossible" in finding for finding in answer.findings)


def what_figures_fix_together_is_public(lab: Lab) -> bool:
    both, one = lab.figure("a", (2019, 2020), 10), lab.figure("a", (2020,), 7)
    register = Register((*both.figures, *one.figures))
    rows = lab.run(lab.mart(COUNTS), register=register).protected["tables"][0]["rows"]
    return all(
        row["reason"] == "already public" for row in rows if row["cell"].endswith("2019|action_path=a")
    )


def the_rest_of_a_printed_total_is_protected(lab: Lab) -> bool:
    register = lab.figure("a", (2018, 2019, 2020), 2 + LARGE["2019", "a"] + LARGE["2020", "a"])
    found = shown(lab.run(lab.mart(LARGE), register=register))
    return bool(found) and found[2019, 2020, "a"] is None


# --- releases over time


def a_withheld_count_stays_withheld(lab: Lab) -> bool:
    """Under a lower threshold it would be shown, and its partners with it."""
    first = lab.run(lab.mart(COUNTS))
    later = lab.run(lab.mart(COUNTS), earlier=lab.after(first), policy=replace(lab.policy, threshold=3))
    gone = {name for name, n in shown(first).items() if n is None}
    return bool(gone) and gone == {name for name, n in shown(later).items() if n is None}


def a_count_once_shown_is_known(lab: Lab) -> bool:
    """Seven were shown; under a threshold of ten they would be withheld, beside partners."""
    earlier = lab.after(lab.run(lab.mart({**LARGE, ("2019", "a"): 7})))
    policy = replace(lab.policy, threshold=10)
    later = shown(lab.run(lab.mart({**LARGE, ("2019", "a"): 7}), earlier=earlier, policy=policy))
    return bool(later) and None not in later.values()


def one_record_more_does_not_show(lab: Lab) -> bool:
    earlier = lab.after(lab.run(lab.mart(LARGE)))
    more = {**LARGE, ("2020", "c"): LARGE["2020", "c"] + 1}
    found = shown(lab.run(lab.mart(more), earlier=earlier, as_at=LATER))
    return bool(found) and found[2020, 2020, "c"] == LARGE["2020", "c"]


def a_shown_count_is_not_withdrawn(lab: Lab) -> bool:
    """Twelve were shown; of the three that are left now nothing shows, and the twelve stand."""
    earlier = lab.after(lab.run(lab.mart({**LARGE, ("2020", "c"): 12})))
    found = shown(lab.run(lab.mart({**LARGE, ("2020", "c"): 3}), earlier=earlier, as_at=LATER))
    return found.get((2020, 2020, "c")) == 12


def a_table_that_is_gone_bounds_one_that_came_later(lab: Lab) -> bool:
    """Six women then, so six allegations against women at least, then and now: of ten four are left."""
    people = {("2019", "female"): 6, ("2020", "female"): 20, ("2020", "male"): 30}
    matters = {("2019", "female"): 7, ("2019", "male"): 3, ("2020", "female"): 25, ("2020", "male"): 36}
    earlier = lab.after(lab.run(_by_sex(lab, "officers", people)))
    later = lab.run(_by_sex(lab, "allegations", matters), earlier=earlier, as_at=LATER)
    rows = later.protected["tables"][0]["rows"] if later.status == "proven" else ()
    return {row["value"] for row in rows if row["year_to"] == 2019} not in ({None, 10}, set())


def _by_sex(lab: Lab, unit: str, counts: Counts) -> Mart:
    shape = {"categories": {"officer_sex": ["male", "female"]}, "show": {"recorded_year": ["leaves"]}}
    block = {"table_id": unit, "unit": unit, "dimensions": ["recorded_year", "officer_sex"], **shape}
    mart = lab.mart(counts, **block)
    sexes = (
        replace(row, dimensions={"recorded_year": row.dimensions["recorded_year"],
                                 "officer_sex": row.dimensions["action_path"]})
        for row in mart.rows
    )  # fmt: skip
    return replace(mart, rows=tuple(sexes))


def a_correction_of_the_same_day_is_another_vintage(lab: Lab) -> bool:
    earlier = lab.after(lab.run(lab.mart(LARGE)))
    answer = lab.run(lab.mart({**LARGE, ("2020", "c"): 40}), earlier=earlier)
    return answer.status == "proven" and shown(answer)[2020, 2020, "c"] == 40


def who_thinks_that_nothing_changed_learns_nothing(lab: Lab) -> bool:
    """Released again under other secrets, all counts the same: what one shows, the other withholds."""
    first = lab.run(lab.mart(COUNTS))
    earlier, before = lab.after(first), shown(first)
    for key in KEYS:
        later = shown(lab.run(lab.mart(COUNTS), earlier=earlier, as_at=LATER, key=key))
        gone = {name for name, n in before.items() if n is None and later.get(name) is None}
        if len([name for name in gone if name[0] == name[1] == 2019]) == 1:
            return False
    return True


def an_altered_release_stops_the_next(lab: Lab) -> bool:
    lab.after(lab.run(lab.mart(COUNTS)))
    path = lab.folder / "releases" / "first" / "system.json"
    path.write_text(path.read_text().replace('"value":9', '"value":8', 1))
    try:
        read_earlier(lab.folder / "releases")
    except LedgerError:
        return True
    return False


def what_a_rate_said_is_known(lab: Lab) -> bool:
    rates = {"share": {"dimension": "action_path", "category": "a"}}
    wide = replace(lab.policy, rates=20)
    earlier = lab.after(lab.run(lab.mart({**LARGE, ("2019", "a"): 3}, rates=rates), policy=wide))
    later = lab.run(lab.mart({**LARGE, ("2019", "a"): 3}), policy=wide, earlier=earlier)
    return any(constraint["why"] == "rate" for constraint in later.system["constraints"])


# --- the linked system


def _pair(lab: Lab, **officers: Any) -> tuple[Mart, Mart]:
    """Allegations of each year, and the officers that they are made against."""
    shape = {"dimensions": ["recorded_year"], "categories": {}, "show": {"recorded_year": ["leaves"]}}
    counts = {("2019", "a"): 40, ("2020", "a"): 50, ("2021", "a"): 60}
    people = {"unit": "officers", "table_id": "officers"}
    whole = lab.mart(counts, people=30, **shape)
    rows = tuple(replace(row, n=len(row.officers or ())) for row in whole.rows)
    return whole, replace(lab.mart(counts, people=30, **shape | people | officers), rows=rows)


def _why(answer: Publication) -> set[str]:
    return {constraint["why"] for constraint in answer.system.get("constraints", ())}


def officers_are_tied_to_allegations(lab: Lab) -> bool:
    return "officers and allegations" in _why(lab.run(*_pair(lab), years=(2019, 2020, 2021)))


def officers_of_several_years_are_bounded(lab: Lab) -> bool:
    marts = _pair(lab, show={"recorded_year": ["leaves", "total"]})
    return "distinct officers" in _why(lab.run(*marts, years=(2019, 2020, 2021)))


def overlapping_groups_of_officers_are_absent(lab: Lab) -> bool:
    bands = {"bands": {"recorded_year": [[2019, 2020], [2020, 2021]]}, "show": {"recorded_year": ["bands"]}}
    return _left_out(lab.run(*_pair(lab, **bands), years=(2019, 2020, 2021)), "officers")


def further_allegations_are_cells_where_the_policy_says_so(lab: Lab) -> bool:
    policy = replace(lab.policy, allegations_minus_officers="withhold")
    answer = lab.run(*_pair(lab), years=(2019, 2020, 2021), policy=policy)
    return any("unit=allegations_beyond_the_first" in cell["code"] for cell in answer.system.get("cells", ()))


def a_part_of_a_path_is_at_most_the_path(lab: Lab) -> bool:
    """A table within path `a` hangs on the breakdown that `a` is a part of, even where none is published."""
    shape = {"dimensions": ["recorded_year"], "categories": {}}
    only = {key: n for key, n in LARGE.items() if key[1] == "a"}
    answer = lab.run(
        lab.mart(only, table_id="part", **shape, within={"action_path": "a"}), _years(lab, LARGE)
    )
    names = {cell["id"]: cell["code"] for cell in answer.system["cells"]}
    return any(
        "action_path" not in names[line["total"]]
        and any("action_path=a" in names[part] for part in line["parts"])
        for line in answer.system["equations"]
    )


def tables_in_a_circle_have_their_cube(lab: Lab) -> bool:
    """Three attributes crossed by pairs only: what all three tables say together is proven too."""
    names = ("action_path", "has_proceedings", "officer_sex")
    cube = {(x, y, z): 20 + n for n, (x, y, z) in enumerate(product("ab", ("yes", "no"), ("male", "female")))}
    marts = []
    for left, right in combinations(names, 2):
        categories = {
            left: sorted({c[names.index(left)] for c in cube}),
            right: sorted({c[names.index(right)] for c in cube}),
        }
        rows = tuple(
            MartRow(
                {left: c[names.index(left)], right: c[names.index(right)]},
                n,
                frozenset(f"{c}-{at}" for at in range(n)),
            )
            for c, n in cube.items()
        )
        block = {"table_id": f"{left}_{right}", "dimensions": [left, right], "categories": categories}
        given = {"title": "Pair", "unit": "allegations", "measures": ["n"]}
        marts.append(Mart(Publish.parse(given | block), "", rows))
    cells = lab.run(*marts, years=(2019,)).system["cells"]
    return any(all(f"|{name}=" in cell["code"] for name in names) for cell in cells)


def both_bases_bound_each_other(lab: Lab) -> bool:
    closed = {
        "time_basis": "finalised",
        "dimensions": ["finalised_year", "action_path"],
        "table_id": "closed",
    }
    later = lab.mart(LARGE)
    publish = lab.mart(LARGE, **closed).publish
    rows = (
        replace(row, dimensions={"finalised_year": "2020", "action_path": row.dimensions["action_path"]})
        for row in later.rows
    )
    return "recorded before finalised" in _why(
        lab.run(later, replace(later, publish=publish, rows=tuple(rows)))
    )


# --- rates and medians

SHARE = {"share": {"dimension": "action_path", "category": "a"}}
ENDS = {"a": 90, "b": 180, "c": 365}


def _with_days(mart: Mart, days: Mapping[str, int]) -> Mart:
    rows = (replace(r, values={"days": (days[r.dimensions["action_path"]],) * r.n}) for r in mart.rows)
    return replace(mart, rows=tuple(rows))


def _median(lab: Lab, counts: Counts, days: Mapping[str, int], people: int = 1000) -> Publication:
    medians = {"days": {"dimension": "action_path", "breakpoints": ENDS}}
    return lab.run(_with_days(lab.mart(counts, people, medians=medians), days))


def _statements(answer: Publication) -> list[Mapping[str, Any]]:
    return [one for table in answer.protected["tables"] for one in table["statements"]]


def a_rate_of_a_withheld_count_is_withheld(lab: Lab) -> bool:
    first = _statements(lab.run(lab.mart(COUNTS, rates=SHARE)))[0]
    return bool(first["marker"] == "c") and first["least"] is None


def a_median_of_few_people_is_withheld(lab: Lab) -> bool:
    """Eight officers a year, two in each category; over both years there are enough of them."""
    answer = _median(lab, LARGE, {"a": 60, "b": 150, "c": 300, "d": 500}, people=2)
    years = [one for one in _statements(answer) if re.search(r"recorded:\d{4}$", one["denominator"])]
    return bool(years) and all(one["marker"] == "c" for one in years)


def days_outside_their_category_are_named(lab: Lab) -> bool:
    answer = _median(lab, LARGE, {"a": 100, "b": 150, "c": 300, "d": 500})
    return any("days of `a` lie outside" in finding for finding in answer.findings)


def a_median_that_hides_a_breakpoint_is_found(lab: Lab) -> bool:
    """With fewer breakpoints than its categories have it would bind the attack less than its readers."""
    answer = _median(lab, LARGE, {"a": 60, "b": 150, "c": 300, "d": 500})
    for one in _statements(answer):
        one["numerator"].pop()  # type: ignore[attr-defined]
        one["breakpoints"].pop()  # type: ignore[attr-defined]
    published = Published(answer.protected, tuple(answer.tables), answer.system)
    return any("not about the cells" in finding for finding in forms.statements(published))
