"""From definitions, true counts and public figures to the instances that are protected and published."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from disclosure.cells import at_vintage, vintage_of
from disclosure.counts import Count, MartRow, counts, value_of
from disclosure.instance import Cell, Constraint, Equation, Instance
from disclosure.knowledge import public_knowledge
from disclosure.lp import Deadline
from disclosure.register import Figure, fixed_by_knowledge
from disclosure.system import Definition, Linked, Relation, Sum
from disclosure.witness import Explorer

BY_RULE = "not possible under the rules of the time"
BY_CALENDAR = "not possible on this day: nothing recorded in these years has this age"

Source = tuple[Definition, Sequence[MartRow]]


class Contradiction(ValueError):
    """The own records say something else than a public figure, a structural zero or another table."""


@dataclass(frozen=True)
class Knowledge:
    """What outsiders hold before this release: figures of the register, cells of earlier releases.

    `withheld_before` gives the least value that each cell withheld earlier can have; `near` are counts with
    what was ever shown in their place: a small difference must not be worked out.
    """

    figures: tuple[Figure, ...] = ()
    shown_before: Mapping[str, int] = field(default_factory=dict)
    withheld_before: Mapping[str, int] = field(default_factory=dict)
    near: Mapping[str, frozenset[int]] = field(default_factory=dict)
    statements: tuple[Relation, ...] = ()

    @property
    def relations(self) -> tuple[Relation, ...]:
        """All inequalities: of figures that are no single number, and of earlier rates and medians."""
        return (*self.intervals, *self.statements)

    @property
    def intervals(self) -> tuple[Relation, ...]:
        """The figures that are no single number."""
        return tuple(r for f in self.figures for r in f.relations)

    @property
    def stated(self) -> Mapping[str, int]:
        """The figures that are, by code."""
        return {f.key.code: f.least for f in self.figures if f.value is not None}


@dataclass(frozen=True)
class Assembly:
    """All that is known, privately, about one set of tables, by canonical code.

    `tabulated` what the tables of this release show or withhold; `public` what register and structural zeros
    alone fix; `fixed` that and what earlier releases showed; `structural` the structural zeros with why;
    `truth` the count of every cell of the system; `people` the counts with the officers behind them.
    """

    linked: Linked
    vintage: str
    knowledge: Knowledge
    tabulated: frozenset[str]
    public: Mapping[str, int]
    fixed: Mapping[str, int]
    structural: Mapping[str, str]
    truth: Mapping[str, int]
    people: Mapping[str, Count]

    @cached_property
    def published(self) -> frozenset[str]:
        """What this release or an earlier one shows or withholds."""
        others = (*self.knowledge.shown_before, *self.knowledge.withheld_before)
        return self.tabulated | {code for code in others if code in self.linked.keys}


def assemble(
    linked: Linked,
    tables: Sequence[Definition],
    sources: Sequence[Source],
    knowledge: Knowledge,
    budget_s: float,
) -> Assembly:
    """Count every cell, find what the public already knows, and fill in the cells that no mart can count.

    Raises:
        Contradiction: own counts against a public figure, a structural zero, an earlier release or table.
    """
    people = _people(tables, sources)
    tabulated = frozenset(d.row_key(p).code for d in tables for p in d.rows())
    structural = structural_zeros(linked.definitions)
    stated = {**knowledge.stated, **dict.fromkeys(structural, 0)}
    before = {c: v for c, v in knowledge.shown_before.items() if c in linked.keys}
    public = _fixed(linked, knowledge, stated, tabulated | before.keys(), budget_s)
    truth = {code: count.n for code, count in people.items()}
    _refuse_figures(truth, knowledge.figures, sources)
    _refuse_others(truth, {**before, **public})
    fixed = {**before, **public}
    truth |= residuals(knowledge.figures, sources) | _counted_anew(linked, knowledge, sources, truth)
    complete = _completed(linked, {**truth, **fixed}, knowledge, budget_s)
    return Assembly(
        linked, tables[0].scope.as_at, knowledge, tabulated, public, fixed, structural, complete, people
    )


def structural_zeros(definitions: Iterable[Definition]) -> dict[str, str]:
    """Every count that the rules of the time, or the calendar, leave no other value than zero, with which."""
    found = ((d, p) for d in definitions for p in d.positions() if d.is_structural_zero(p))
    return {d.key(p).code: BY_RULE if d.is_zero_by_rule(p) else BY_CALENDAR for d, p in found}


def instance_of(
    linked: Linked,
    known: Mapping[str, int],
    intervals: Iterable[Relation],
    lower: Mapping[str, int] | None = None,
) -> Instance:
    """The bare system as an instance with known values: what an attacker starts from."""
    ids, least = linked.ids, lower or {}
    return Instance(
        cells=tuple(Cell(i, code, None, published=False, lower=least.get(code)) for code, i in ids.items()),
        equations=equations(linked.sums, ids),
        constraints=constraints((*linked.relations, *intervals), ids),
        known={ids[code]: value for code, value in known.items()},
    )


def equations(sums: Iterable[Sum], ids: Mapping[str, int]) -> tuple[Equation, ...]:
    """The sums over cell numbers, in the order given."""
    return tuple(Equation(ids[s.total], tuple(ids[p] for p in s.parts)) for s in sums)


def constraints(relations: Iterable[Relation], ids: Mapping[str, int]) -> tuple[Constraint, ...]:
    """The inequalities over cell numbers, in the order given."""
    return tuple(
        Constraint(tuple((ids[code], factor) for code, factor in r.terms), r.sense, r.rhs, r.why)
        for r in relations
    )


def equation_texts(instance: Instance) -> tuple[str, ...]:
    """Every equation and inequality as a canonical string over the cells' codes, sorted."""
    code = {cell.id: cell.code for cell in instance.cells}
    sums = [f"{code[e.total]} = {' + '.join(sorted(code[p] for p in e.parts))}" for e in instance.equations]
    rules = [
        f"{' + '.join(f'{factor} {code[i]}' for i, factor in c.terms)} {c.sense} {c.rhs}"
        for c in instance.constraints
    ]
    return tuple(sorted((*sums, *rules)))


def private_instance(
    assembly: Assembly, must_hide: Collection[str], may_be_zero: Collection[str], zeros_shown: bool
) -> Instance:
    """The system of this vintage with the true count of every cell, for the protector.

    Older vintages share no equation with it, and nothing of them is left to decide. Which zeros are withheld
    and which cells may be zero is decided here, by what outsiders can work out: shown zeros are constants,
    and every other cell has its least value. The codes leave the vintage out: the keyed choice of partners
    should not change with every new as-at day.
    """
    published, truth = assembly.published | set(must_hide), assembly.truth
    shown = {c: 0 for c in published if truth[c] == 0 and c not in must_hide} if zeros_shown else {}
    cells = []
    for code, i in assembly.linked.ids.items():
        if vintage_of(code) != assembly.vintage:
            continue
        lower = _lower(assembly, code, may_be_zero)
        least = int(zeros_shown and code in published) if lower is None else lower
        cells.append(
            Cell(i, at_vintage(code, ""), truth[code], code in published, lower=min(least, truth[code]))
        )
    bare = instance_of(assembly.linked, {**shown, **assembly.fixed}, assembly.knowledge.relations)
    ids = {cell.id for cell in cells}
    return replace(
        bare,
        cells=tuple(cells),
        equations=tuple(e for e in bare.equations if e.total in ids),
        constraints=tuple(c for c in bare.constraints if c.terms[0][0] in ids),
        known={i: value for i, value in bare.known.items() if i in ids},
        zeros_published=zeros_shown,
    )


def public_instance(
    assembly: Assembly, threshold: int, hidden: Collection[str], may_be_zero: Collection[str]
) -> Instance:
    """The system as it is published: no count but the shown ones, nothing that tells how it was protected."""
    ids, published = assembly.linked.ids, assembly.published
    cells = tuple(
        Cell(
            i,
            code,
            assembly.truth[code] if code in published and code not in hidden else None,
            code in published,
            code in assembly.public and code in published,
            _lower(assembly, code, may_be_zero) if code in hidden else None,
        )
        for code, i in ids.items()
    )
    figures = {c: v for c, v in assembly.knowledge.stated.items() if c in ids}
    stated = dict.fromkeys(assembly.structural.keys() - published, 0) | figures
    bare = instance_of(assembly.linked, stated, assembly.knowledge.relations)
    return replace(bare, cells=cells, threshold=threshold, hidden=frozenset(ids[c] for c in hidden))


def _lower(assembly: Assembly, code: str, may_be_zero: Collection[str]) -> int | None:
    """Zero where the cell may be one for all that is or was shown; None for the default of one."""
    before = assembly.knowledge.withheld_before.get(code)
    if code in may_be_zero:
        return 1 if before == 1 else 0
    return 0 if before == 0 else None


def _fixed(
    linked: Linked,
    knowledge: Knowledge,
    stated: Mapping[str, int],
    tabulated: Collection[str],
    budget_s: float,
) -> dict[str, int]:
    known = {c: v for c, v in stated.items() if c in linked.keys}
    base = instance_of(linked, known, knowledge.intervals)
    names = {linked.ids[code]: code for code in tabulated}
    found = fixed_by_knowledge(base, names, budget_s)
    return {**known, **{names[i]: value for i, value in found.items()}}


def _people(tables: Sequence[Definition], sources: Sequence[Source]) -> dict[str, Count]:
    rows_of = {d.table_id: rows for d, rows in sources}
    found: dict[str, Count] = {}
    owner: dict[str, str] = {}
    for definition in tables:
        for code, count in counts(definition, rows_of[definition.table_id]).items():
            if code in found and found[code].n != count.n:
                raise Contradiction(
                    f"the tables {owner[code]} and {definition.table_id} count the same cell differently "
                    f"({code}): one of the marts leaves rows out or counts them twice"
                )
            found[code], owner[code] = count, definition.table_id
    return found


def _counted_anew(
    linked: Linked, knowledge: Knowledge, sources: Sequence[Source], truth: Mapping[str, int]
) -> dict[str, int]:
    """The counts of this vintage that only older tables named, where a mart can tell."""
    wanted = (code for code in knowledge.near if code not in truth)
    found = {code: value_of(linked.keys[code], sources) for code in wanted}
    return {code: value for code, value in found.items() if value is not None}


def _refuse_figures(truth: Mapping[str, int], figures: Sequence[Figure], sources: Sequence[Source]) -> None:
    wrong = [
        f"{f.wording} ({f.source})" for f in figures if not f.least <= _true(f, truth, sources) <= f.most
    ]
    if wrong:
        raise Contradiction(
            "the records do not bear out these figures of the register: "
            + "; ".join(wrong)
            + ": correct the records, or the figure's key if it counts something else"
        )


def _refuse_others(truth: Mapping[str, int], fixed: Mapping[str, int]) -> None:
    others = sorted(code for code, value in fixed.items() if truth.get(code, value) != value)
    if others:
        raise Contradiction(
            "what is public, structurally impossible or released before rules out the records' count of: "
            + "; ".join(others)
        )


def residuals(figures: Sequence[Figure], sources: Sequence[Source]) -> dict[str, int]:
    """What public figures leave for years outside the landing.

    Raises:
        Contradiction: the records have more than the figure.
    """
    found: dict[str, int] = {}
    for figure in figures:
        rest, value = figure.residual, figure.value
        if rest is not None and value is not None:
            inside = tuple(y for y in figure.key.years if y not in figure.outside)
            own = value_of(replace(figure.key, years=inside), sources)
            if own is not None and own > value:
                raise Contradiction(
                    f"the records have more than the register's figure: {figure.wording} ({figure.source})"
                )
            found |= {} if own is None else {rest.code: value - own}
    return found


def _true(figure: Figure, truth: Mapping[str, int], sources: Sequence[Source]) -> int:
    """The own count of a figure's cell; the figure itself where this landing cannot count it."""
    if figure.outside:
        return figure.least
    if figure.key.code in truth:
        return truth[figure.key.code]
    value = value_of(figure.key, sources)
    return figure.least if value is None else value


def _completed(
    linked: Linked, truth: Mapping[str, int], knowledge: Knowledge, budget_s: float
) -> dict[str, int]:
    """Whole numbers for the cells that no mart can count: any that fit do, for no release shows them."""
    if linked.keys.keys() <= truth.keys():
        return dict(truth)
    known = {c: v for c, v in truth.items() if c in linked.keys}
    base = instance_of(linked, known, knowledge.relations, knowledge.withheld_before)
    limits = public_knowledge(base)
    values = dict(limits.fixed)
    deadline = Deadline(budget_s)
    for block in limits.blocks:
        values.update(zip(block.ids, (int(v) for v in Explorer(block, deadline).tables[0]), strict=True))
    return {code: values[i] for code, i in linked.ids.items()}
