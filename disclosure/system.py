"""One linked system out of all tables: canonical cells, and the equations and inequalities between them.

Everything here follows from the definitions of the tables alone (never from a count), so whoever holds a
release can build the same system again. Shared margins meet because the same count has the same key.
Inner cells that no table shows are part of it. Where the tables' dimensions form an acyclic hypergraph
(Graham's reduction), whole-number tables that agree on their shared margins always have a common one behind
them (decomposable models; Vorob'ev 1962, Dobra & Fienberg 2000), so the inner cells of each table are all
that an attacker has; where they do not, the joint cube of the cyclic part is added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Any

from disclosure.ages import Ages, impossible
from disclosure.cells import Key, Scope
from disclosure.publish import TOTAL, Codes, Publish, band_code

OTHER = "(other)"
EXCESS = "allegations_beyond_the_first"
MOST_GROUPS, MOST_LOOKED_AT = 60, 400
"""So many groups are added to an axis for what others leave between them, the smallest, of so many."""
OFFICERS_AND_ALLEGATIONS = "officers and allegations"
MOST_ALLEGATIONS = 1000
"""No officer has more allegations than this in a period: ties some allegation to some officer linearly."""

Position = tuple[str, ...]


class SystemTooLarge(ValueError):
    """The joint inner cube of the named tables has more cells than the policy allows."""

    def __init__(self, tables: Sequence[str]) -> None:
        """Name the tables whose dimensions form the cycle."""
        super().__init__(
            f"the tables {', '.join(tables)} cross their dimensions in a circle too large to prove"
        )
        self.tables = tuple(tables)


class OverlappingGroups(ValueError):
    """Officers are grouped in ways that neither nest nor stay apart: no sound bounds on distinct people."""

    def __init__(self, tables: Sequence[str]) -> None:
        """Name the tables that overlap."""
        super().__init__(
            f"the officer groupings of {', '.join(tables)} overlap: make them nested or disjoint"
        )
        self.tables = tuple(tables)


@dataclass(frozen=True)
class Axis:
    """A dimension of a table: its leaves, the groups of leaves, and which of both are tabulated (`shown`)."""

    name: str
    leaves: Codes
    groups: tuple[tuple[str, Codes], ...] = ()
    shown: Codes = ()
    total: bool = True
    adds: bool = True
    time: bool = False

    @cached_property
    def members(self) -> Mapping[str, frozenset[str]]:
        """The leaves below every code of the axis."""
        own = {leaf: frozenset((leaf,)) for leaf in self.leaves}
        return {**own, **{g: frozenset(p) for g, p in self.groups}, TOTAL: frozenset(self.leaves)}

    @property
    def levels(self) -> Codes:
        """Every code that has a cell. People do not add, so their unshown groups have none."""
        groups = tuple(g for g, _ in self.groups if self.adds or g in self.shown)
        total = (TOTAL,) if self.adds or self.total else ()
        return (*self.leaves, *groups, *total)

    @property
    def tabulated(self) -> Codes:
        """The codes that the table shows, in display order."""
        return (*self.shown, *((TOTAL,) if self.total else ()))

    def children(self, code: str, among: Collection[str]) -> Codes:
        """The largest codes of `among` inside `code`; its leaves where groups overlap."""
        inside = [c for c in among if self._below(c, code)]
        top = [c for c in inside if not any(self._below(c, o) for o in inside)]
        if all(self.members[a].isdisjoint(self.members[b]) for a, b in combinations(top, 2)):
            return tuple(top)
        return tuple(leaf for leaf in self.leaves if leaf in self.members[code])

    def _below(self, code: str, other: str) -> bool:
        """Strictly inside; of two codes with the same leaves, leaf below group below total."""
        mine, theirs = self.members[code], self.members[other]
        return mine < theirs or (mine == theirs and self._rank[code] < self._rank[other])

    @cached_property
    def _rank(self) -> Mapping[str, int]:
        return {code: n for n, code in enumerate(self.members)}


@dataclass(frozen=True)
class Line:
    """A tabulated breakdown of one total along one axis; `total` is None where the parts do not cover it."""

    table_id: str
    axis: str
    time: bool
    total: Key | None
    parts: tuple[Key, ...]


@dataclass(frozen=True)
class Definition:
    """What a table counts: enough to name every cell of it and every equation between them.

    `held` names, by time code, the vintage whose rows still stand in the place of this one's. `ages` are
    those of its dimensions of ages, `days` the as-at days of the years that have another than the vintage.
    """

    table_id: str
    scope: Scope
    unit: str
    time_basis: str
    years: tuple[int, ...]
    axes: tuple[Axis, ...]
    within: Mapping[str, str] = field(default_factory=dict)
    structural_zero: tuple[Mapping[str, Codes], ...] = ()
    measure: str = ""
    full_lines: str = "show"
    held: Mapping[str, str] = field(default_factory=dict)
    published: bool = True
    ages: Mapping[str, Ages] = field(default_factory=dict)
    days: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        publish: Publish,
        scope: Scope,
        years: Sequence[int],
        person_constant: Collection[str],
        full_lines: str = "show",
        days: Mapping[int, date] | None = None,
    ) -> Definition:
        """The table of a publish block whose bands are already fitted to `years`; `full_lines` by default.

        `days` are the as-at days of the years' records; without them nothing is known of ages.
        """
        years = publish.years_told(years)
        axes = tuple(_axis(publish, name, years, person_constant) for name in publish.dimensions)
        ages = publish.ages if days is not None else {}
        told = {str(y): day.isoformat() for y, day in (days or {}).items() if ages and y in years}
        whole = cls(
            publish.table_id,
            scope,
            publish.unit,
            publish.time_basis,
            tuple(years),
            axes,
            dict(publish.within),
            tuple(_of_these(publish.structural_zero, {a.name: a.leaves for a in axes})),
            publish.measures[0],
            publish.full_lines or full_lines,
            ages=ages,
            days={year: day for year, day in sorted(told.items()) if day != scope.day},
        )
        return whole.with_rules_apart()

    @property
    def edge(self) -> frozenset[str]:
        """The attributes that the table crosses or is confined to."""
        return frozenset((*(a.name for a in self.axes), *self.within))

    @property
    def size(self) -> int:
        """How many cells the table has, inner ones included."""
        return prod(len(axis.levels) for axis in self.axes)

    def key(self, position: Position) -> Key:
        """The canonical cell at a position (one code an axis)."""
        years: Iterable[int] = self.years
        dimensions = dict(self.within)
        for axis, code in zip(self.axes, position, strict=True):
            if axis.time:
                years = [int(y) for y in axis.members[code]]
            elif code != TOTAL:
                dimensions[axis.name] = code
        return Key.of(self.scope, self.unit, self.time_basis, years, dimensions)

    def row_key(self, position: Position) -> Key:
        """The canonical cell that the table shows at a position: of an older vintage in a held block."""
        key = self.key(position)
        block = next((c for a, c in zip(self.axes, position, strict=True) if a.time), TOTAL)
        return replace(key, scope=replace(key.scope, as_at=self.held.get(block, key.scope.as_at)))

    def positions(self) -> Iterator[Position]:
        """Every position that has a cell."""
        return product(*(axis.levels for axis in self.axes))

    def rows(self) -> tuple[Position, ...]:
        """The tabulated positions in display order, each cell once (a band of all years is the total)."""
        tabulated = list(product(*(axis.tabulated for axis in self.axes)))
        last = {self.key(p).code: p for p in tabulated}
        return tuple(p for p in tabulated if last[self.key(p).code] == p)

    @cached_property
    def calendar_zeros(self) -> tuple[Mapping[str, Codes], ...]:
        """The ages that no day of a year allows on the as-at day of its records: years by age."""
        found = []
        by_year = product((a for a in self.axes if a.time), (a for a in self.axes if a.name in self.ages))
        for time, axis in by_year:
            out = {y: impossible(self.ages[axis.name], int(y), self.day_of(y)) for y in time.leaves}
            zeros = {code: tuple(y for y in time.leaves if code in out[y]) for code in axis.leaves}
            found += [{time.name: years, axis.name: (code,)} for code, years in zeros.items() if years]
        return tuple(found)

    def day_of(self, year: str) -> date:
        """The as-at day of a year's records."""
        return date.fromisoformat(self.days.get(year, self.scope.day))

    def is_structural_zero(self, position: Position) -> bool:
        """Whether the rules or the calendar leave no other value than zero here."""
        return self._all_zero(position, (*self.structural_zero, *self.calendar_zeros))

    def is_zero_by_rule(self, position: Position) -> bool:
        """Whether the rules alone do."""
        return self._all_zero(position, self.structural_zero)

    def with_rules_apart(self) -> Definition:
        """Without those structural zeros that the calendar tells anyway."""
        by_rule = tuple(entry for entry in self.structural_zero if entry not in self.calendar_zeros)
        return replace(self, structural_zero=by_rule)

    def _all_zero(self, position: Position, zeros: Sequence[Mapping[str, Codes]]) -> bool:
        """Whether each combination of leaves below a position is one of these."""
        names = [axis.name for axis in self.axes]
        below = (axis.members[code] for axis, code in zip(self.axes, position, strict=True))
        leaves = (dict(zip(names, leaf, strict=True)) for leaf in product(*below))
        return bool(zeros) and all(
            any(all(leaf.get(n, "") in codes for n, codes in entry.items()) for entry in zeros)
            for leaf in leaves
        )

    def lines(self) -> Iterator[Line]:
        """Every tabulated breakdown along an additive axis."""
        for index, axis in enumerate(self.axes):
            if axis.adds:
                others = [a.tabulated if i != index else ("",) for i, a in enumerate(self.axes)]
                for rest in product(*others):
                    yield from self._lines_along(index, rest)

    def _lines_along(self, index: int, rest: Position) -> Iterator[Line]:
        axis = self.axes[index]
        for parent in dict.fromkeys((*axis.shown, TOTAL)):
            children = axis.children(parent, axis.shown)
            if children and not (len(children) == 1 and axis.members[children[0]] == axis.members[parent]):
                covered = frozenset[str]().union(*(axis.members[c] for c in children))
                total = self.key(_at(rest, index, parent)) if covered == axis.members[parent] else None
                parts = tuple(self.key(_at(rest, index, c)) for c in children)
                yield Line(self.table_id, axis.name, axis.time, total, parts)


@dataclass(frozen=True, order=True)
class Sum:
    """`total` is the sum of `parts` (canonical codes, parts sorted)."""

    total: str
    parts: Codes

    @property
    def text(self) -> str:
        """The canonical string of the equation."""
        return f"{self.total} = {' + '.join(self.parts)}"


@dataclass(frozen=True, order=True)
class Relation:
    """A linear inequality between canonical cells."""

    terms: tuple[tuple[str, int], ...]
    sense: str
    rhs: int
    why: str

    @classmethod
    def of(cls, terms: Mapping[str, int], why: str) -> Relation:
        """`sum(factor * cell) <= 0`, terms in canonical order."""
        return cls(tuple(sorted(terms.items())), "<=", 0, why)

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Relation:
        """The inequality that `payload` wrote."""
        terms = tuple((str(code), int(factor)) for code, factor in entry["terms"])
        return cls(terms, str(entry["sense"]), int(entry["rhs"]), str(entry["why"]))

    @property
    def payload(self) -> dict[str, Any]:
        """The inequality over codes, as `system.json` states it."""
        terms = [list(term) for term in self.terms]
        return {"terms": terms, "sense": self.sense, "rhs": self.rhs, "why": self.why}

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether these values meet it."""
        left = sum(factor * values[code] for code, factor in self.terms)
        return {"<=": left <= self.rhs, ">=": left >= self.rhs, "==": left == self.rhs}[self.sense]

    @property
    def text(self) -> str:
        """The canonical string of the inequality."""
        left = " + ".join(f"{factor} {code}" for code, factor in self.terms)
        return f"{left} {self.sense} {self.rhs}"


@dataclass(frozen=True)
class Linked:
    """All cells of all tables by canonical code, and what ties them."""

    keys: Mapping[str, Key]
    sums: tuple[Sum, ...]
    relations: tuple[Relation, ...]
    definitions: tuple[Definition, ...]

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """Dense cell numbers in the order of the canonical codes."""
        return {code: i for i, code in enumerate(sorted(self.keys))}


def link(definitions: Sequence[Definition], limit: int, excess: bool = False) -> Linked:
    """Build the system of all definitions; `limit` bounds the cells of a joint inner cube.

    With `excess` the allegations beyond the first of each officer are cells too: nobody may work them out.

    Raises:
        OverlappingGroups: groupings of officers that are not laminar.
        SystemTooLarge: a cyclic set of tables whose joint cube exceeds `limit`.
    """
    _refuse_overlaps(definitions)
    hosted = _with_hosts(definitions)
    complete = (*hosted, *_joint_cubes(hosted, limit), *_remainders(hosted))
    keys: dict[str, Key] = {}
    sums: set[Sum] = set()
    relations: set[Relation] = set()
    for definition in complete:
        at = {p: definition.key(p) for p in definition.positions()}
        keys.update({key.code: key for key in at.values()})
        for total, parts, adds in _families(definition, at):
            sums.update(_sums(total, parts) if adds else ())
            relations.update(() if adds else _distinct(total, parts))
    relations.update(_unit_relations(keys))
    relations.update(_basis_relations(keys))
    for beyond, line in list(_excess(keys)) if excess else ():
        keys[beyond.code] = beyond
        sums.add(line)
    return Linked(keys, tuple(sorted(sums)), tuple(sorted(relations)), complete)


def remainders(linked: Linked, definition: Definition) -> tuple[Definition, ...]:
    """What groups of this table leave between them, as unpublished tables of the linked system."""
    return tuple(
        d
        for d in linked.definitions
        if d.scope == definition.scope and d.table_id == _name_between(definition, d.axes)
    )


def payload(definition: Definition, rows: Sequence[int]) -> dict[str, Any]:
    """The definition as `tables.json` holds it."""
    scope = definition.scope
    key = {"force": scope.force, "scope": scope.scope, "population": scope.population, "as_at": scope.as_at}
    key |= {"unit": definition.unit, "time_basis": definition.time_basis}
    full = {} if definition.full_lines == "show" else {"full_lines": definition.full_lines}
    held = {"held": dict(definition.held)} if definition.held else {}
    ages = {n: {code: list(days) for code, days in of.items()} for n, of in definition.ages.items()}
    known = {"ages": ages, "days": dict(definition.days)} if ages else {}
    zeros = (*definition.structural_zero, *definition.calendar_zeros)
    return {
        "table_id": definition.table_id,
        "key": {
            **key, "years": list(definition.years), "within": dict(definition.within), **held, **full, **known
        },
        "dimensions": [_axis_payload(axis) for axis in definition.axes],
        "measures": [definition.measure],
        "rule": "officers" if definition.unit.startswith("officers") else "add",
        "structural_zero": [{n: list(c) for n, c in e.items()} for e in zeros],
        "rows": list(rows),
    }  # fmt: skip


def from_payload(table: Mapping[str, Any]) -> Definition:
    """The definition that `payload` wrote."""
    key = table["key"]
    whole = Definition(
        table["table_id"],
        Scope(key["force"], key["scope"], key["population"], key["as_at"]),
        key["unit"],
        key["time_basis"],
        tuple(key["years"]),
        tuple(_axis_from(axis) for axis in table["dimensions"]),
        dict(key["within"]),
        tuple({n: tuple(c) for n, c in e.items()} for e in table["structural_zero"]),
        table["measures"][0],
        key.get("full_lines", "show"),
        dict(key.get("held", {})),
        ages={n: {c: (d[0], d[1]) for c, d in of.items()} for n, of in key.get("ages", {}).items()},
        days=dict(key.get("days", {})),
    )
    return whole.with_rules_apart()


def _axis_payload(axis: Axis) -> dict[str, Any]:
    return {
        "name": axis.name,
        "categories": list(axis.leaves),
        "bands": {g: list(p) for g, p in axis.groups},
        "shown": list(axis.shown),
        "total": axis.total,
        "adds": axis.adds,
        "time": axis.time,
    }


def _axis_from(axis: Mapping[str, Any]) -> Axis:
    groups = tuple(sorted((g, tuple(p)) for g, p in axis["bands"].items()))
    return Axis(
        axis["name"],
        tuple(axis["categories"]),
        groups,
        tuple(axis["shown"]),
        axis["total"],
        axis["adds"],
        axis["time"],
    )


def _at(rest: Position, index: int, code: str) -> Position:
    return (*rest[:index], code, *rest[index + 1 :])


def _axis(publish: Publish, name: str, years: Sequence[int], person_constant: Collection[str]) -> Axis:
    time = name == publish.time_dimension
    leaves = tuple(str(y) for y in years) if time else publish.categories[name]
    groups = (
        _year_groups(publish, name, years) if time else tuple(sorted(publish.merge.get(name, {}).items()))
    )
    levels = publish.show.get(name, ("leaves", "total"))
    grouped = {leaf for _, parts in groups for leaf in parts}
    shown = leaves if "leaves" in levels else ()
    if "bands" in levels or "merge" in levels:
        display = [band_code(b) for b in publish.bands.get(name, ())] if time else publish.merge.get(name, {})
        shown += tuple(code for code in display if code not in shown)
        shown += tuple(leaf for leaf in leaves if not time and leaf not in grouped and leaf not in shown)
    adds = not publish.unit.startswith("officers") or name in person_constant
    groups = tuple((code, parts) for code, parts in groups if code in shown)
    return Axis(name, leaves, groups, shown, "total" in levels, adds, time)


def _of_these(
    zeros: Iterable[Mapping[str, Codes]], leaves: Mapping[str, Codes]
) -> Iterator[Mapping[str, Codes]]:
    """The structural zeros as far as a table has their codes: of a period the years that are there."""
    for entry in zeros:
        cut = {name: tuple(c for c in codes if c in leaves.get(name, ())) for name, codes in entry.items()}
        if all(cut.values()):
            yield cut


def _year_groups(publish: Publish, name: str, years: Sequence[int]) -> tuple[tuple[str, Codes], ...]:
    return tuple(
        (band_code(band), tuple(str(y) for y in years if band[0] <= y <= band[1]))
        for band in sorted(publish.bands.get(name, ()))
        if band[0] != band[1]
    )


def _families(
    definition: Definition, at: Mapping[Position, Key]
) -> Iterator[tuple[Key, tuple[Key, ...], bool]]:
    for position, total in at.items():
        for index, axis in enumerate(definition.axes):
            code = position[index]
            if code not in axis.leaves:
                parts = tuple(at[_at(position, index, c)] for c in axis.children(code, axis.levels))
                if parts != (total,):
                    yield total, parts, axis.adds


def _sums(total: Key, parts: Sequence[Key]) -> tuple[Sum, ...]:
    return (Sum(total.code, tuple(sorted(p.code for p in parts))),)


def _distinct(total: Key, parts: Sequence[Key]) -> list[Relation]:
    """Distinct people of a union: at least each part, at most all parts together."""
    why = "distinct officers"
    least = [Relation.of({p.code: 1, total.code: -1}, why) for p in parts]
    return [*least, Relation.of({total.code: 1, **{p.code: -1 for p in parts}}, why)]


def _unit_relations(keys: Mapping[str, Key]) -> Iterator[Relation]:
    """Nobody is counted without an allegation, and no allegation is without somebody it is made against."""
    for code, key in keys.items():
        if key.unit == "officers":
            allegations = replace(key, unit="allegations").code
            if allegations in keys:
                yield Relation.of({code: 1, allegations: -1}, OFFICERS_AND_ALLEGATIONS)
                yield Relation.of({allegations: 1, code: -MOST_ALLEGATIONS}, OFFICERS_AND_ALLEGATIONS)


def _basis_relations(keys: Mapping[str, Key]) -> Iterator[Relation]:
    """Whatever was finalised by a year was recorded by then: the two bases count the same matters."""
    recorded: dict[tuple[object, ...], dict[int, str]] = {}
    for code, key in keys.items():
        if key.time_basis == "recorded" and len(key.years) == 1:
            recorded.setdefault((key.scope, key.unit, key.dimensions), {})[key.years[0]] = code
    for code, key in keys.items():
        years = recorded.get((key.scope, key.unit, key.dimensions), {})
        parts = [part for year, part in years.items() if year <= max(key.years)]
        if key.time_basis == "finalised" and parts:
            yield Relation.of({code: 1, **dict.fromkeys(parts, -1)}, "recorded before finalised")


def _excess(keys: Mapping[str, Key]) -> Iterator[tuple[Key, Sum]]:
    """Allegations are officers and further allegations against the same officers."""
    for code, key in keys.items():
        if key.unit == "officers":
            allegations, beyond = (replace(key, unit=unit) for unit in ("allegations", EXCESS))
            if allegations.code in keys:
                yield beyond, Sum(allegations.code, tuple(sorted((code, beyond.code))))


def _refuse_overlaps(definitions: Sequence[Definition]) -> None:
    groups: dict[tuple[str, frozenset[str]], set[str]] = {}
    for d in definitions:
        for axis in (a for a in d.axes if not a.adds):
            named = [g for g, _ in axis.groups if g in axis.levels]
            for code in (*named, *((TOTAL,) if axis.time and axis.total else ())):
                groups.setdefault((axis.name, axis.members[code]), set()).add(d.table_id)
    clashes = [
        first_tables | second_tables
        for ((name, first), first_tables), ((other, second), second_tables) in combinations(groups.items(), 2)
        if name == other and first & second and not (first <= second or second <= first)
    ]
    if clashes:
        raise OverlappingGroups(sorted(set().union(*clashes)))


def _with_hosts(definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    """Add, for tables confined to a category, the breakdown that this category is a part of."""
    complete = list(definitions)
    while True:
        lonely = [d for d in complete if d.within and not any(_hosts(h, d) for h in complete)]
        if not lonely:
            return tuple(complete)
        complete.append(_host(lonely))


def _hosts(host: Definition, guest: Definition) -> bool:
    outside = {n: c for n, c in guest.within.items() if n not in host.within}
    leaves = {a.name: a.leaves for a in host.axes}
    return (
        host is not guest
        and (host.scope, host.unit, host.time_basis) == (guest.scope, guest.unit, guest.time_basis)
        and host.within.items() <= guest.within.items()
        and bool(outside)
        and all(c in leaves.get(n, ()) for n, c in outside.items())
        and _time_leaves(guest) <= _time_leaves(host)
        and (any(a.time for a in host.axes) or host.years == guest.years)
    )


def _time_leaves(definition: Definition) -> set[str]:
    return {leaf for a in definition.axes if a.time for leaf in a.leaves}


def _host(lonely: Sequence[Definition]) -> Definition:
    first = lonely[0]
    name = max(first.within)
    outer = {n: c for n, c in first.within.items() if n != name}
    family = [
        d
        for d in lonely
        if name in d.within
        and {n: c for n, c in d.within.items() if n != name} == outer
        and (d.scope, d.unit, d.time_basis) == (first.scope, first.unit, first.time_basis)
    ]
    years = tuple(sorted({y for d in family for y in d.years}))
    codes = tuple(sorted({d.within[name] for d in family}))
    adds = not first.unit.startswith("officers")
    time = Axis(f"{first.time_basis}_year", tuple(str(y) for y in years), adds=adds, total=False, time=True)
    axis = Axis(name, (*codes, OTHER), adds=adds)
    table_id = f"around:{'+'.join(d.table_id for d in family)}"
    return Definition(
        table_id, first.scope, first.unit, first.time_basis, years, (time, axis), outer, published=False
    )


def _joint_cubes(definitions: Sequence[Definition], limit: int) -> Iterator[Definition]:
    families: dict[tuple[Scope, str, str], list[Definition]] = {}
    for d in definitions:
        families.setdefault((d.scope, d.unit, d.time_basis), []).append(d)
    for family in families.values():
        core = cyclic_core([d.edge for d in family])
        if core:
            yield _joint(family, core, limit)


def _remainders(definitions: Sequence[Definition]) -> Iterator[Definition]:
    """What two groups of an axis, one in the other, leave between them: whoever sees both can subtract.

    Each margin that several tables show is looked at once; people do not subtract.
    """
    margins: dict[tuple[object, ...], list[Definition]] = {}
    for margin in (m for d in definitions if d.measure for m in _margins(d)):
        names, within = frozenset(a.name for a in margin.axes), frozenset(margin.within.items())
        of = (margin.scope, margin.unit, margin.time_basis, within, names)
        margins.setdefault(of, []).append(margin)
    for same in margins.values():
        axes = [a for margin in same for a in margin.axes]
        left = {a.name: _left_between([b for b in axes if b.name == a.name]) for a in same[0].axes}
        if any(left.values()):
            yield from (_between(margin, left) for margin in same)


def _margins(definition: Definition) -> Iterator[Definition]:
    """The table, and what it shows with axes left out that it has a total of."""
    axes = definition.axes
    for size in range(1, len(axes) + 1):
        for kept in combinations(axes, size):
            if all(a in kept or (a.total and a.adds) for a in axes):
                yield replace(definition, axes=kept)


def _left_between(axes: Sequence[Axis]) -> tuple[frozenset[str], ...]:
    """Differences of tabulated groups, and of those, with none of the tabulated groups inside.

    A group inside is shown or protected, and what is left beside it is a difference of its own.
    """
    told = {axis.members[code] for axis in axes if axis.adds for code in axis.tabulated}
    if told.issuperset(_apart(told)):
        return ()
    found, rim = set(told), set(told)
    while rim and len(found) < MOST_LOOKED_AT:
        rim = {a - b for a in found for b in found if b < a and (a in rim or b in rim)} - found
        found |= rim
    left = (s for s in found if len(s) > 1 and not any(group <= s for group in told))
    return tuple(sorted(left, key=lambda s: (len(s), sorted(s)))[:MOST_GROUPS])


def _apart(groups: Collection[frozenset[str]]) -> set[frozenset[str]]:
    """The finest parts that the groups tell apart: every difference is made of them."""
    inside: dict[frozenset[frozenset[str]], set[str]] = {}
    for leaf in frozenset[str]().union(*groups):
        inside.setdefault(frozenset(g for g in groups if leaf in g), set()).add(leaf)
    return {frozenset(leaves) for leaves in inside.values()}


def _between(margin: Definition, left: Mapping[str, Sequence[frozenset[str]]]) -> Definition:
    axes = []
    for axis in margin.axes:
        own = [sorted(leaves) for leaves in left[axis.name] if leaves <= axis.members[TOTAL]]
        groups = tuple((f"({'+'.join(leaves)})", tuple(leaves)) for leaves in own)
        axes.append(replace(axis, groups=groups, shown=()))
    whole = replace(margin, table_id=_name_between(margin, axes), axes=tuple(axes), full_lines="show")
    return replace(whole, held={}, published=False)


def _name_between(definition: Definition, axes: Iterable[Axis]) -> str:
    return f"between:{definition.table_id}:{'+'.join(axis.name for axis in axes)}"


def cyclic_core(edges: Iterable[frozenset[str]]) -> frozenset[str]:
    """The attributes left by Graham's reduction: none when the tables are acyclic."""
    left = set(edges)
    while True:
        count = {v: sum(v in e for e in left) for e in left for v in e}
        slim = {frozenset(v for v in e if count[v] > 1) for e in left}
        slim = {e for e in slim if not any(e < other for other in slim)}
        if slim == left:
            return frozenset[str]().union(*left) if left else frozenset()
        left = slim


def _joint(family: Sequence[Definition], core: frozenset[str], limit: int) -> Definition:
    axes: dict[str, Axis] = {}
    for d in family:
        for axis in d.axes:
            if axis.name in core:
                known = axes.get(axis.name, replace(axis, leaves=())).leaves
                leaves = tuple(dict.fromkeys((*known, *axis.leaves)))
                axes[axis.name] = Axis(axis.name, leaves, adds=axis.adds, time=axis.time)
    tables = sorted(d.table_id for d in family if len(d.edge & core) > 1)
    if prod(len(a.levels) for a in axes.values()) > limit:
        raise SystemTooLarge(tables)
    first = family[0]
    years = tuple(sorted({y for d in family for y in d.years}))
    ordered = tuple(axes[n] for n in sorted(axes))
    return Definition(
        f"joint:{'+'.join(tables)}",
        first.scope,
        first.unit,
        first.time_basis,
        years,
        ordered,
        published=False,
    )
