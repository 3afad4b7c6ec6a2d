"""Vintages: the same counts as at several days, what attackers may assume about differences, and hold.

A block is the rows of a table for one year, band or total. It is released again only where nothing small
shows in the difference to what was released before; else the old block stands with its own as-at day. Three
attackers are met: one assumes nothing about the differences (free), one that nothing changed where nothing
shown changed (static), one that closed matters and totals only grow (monotone).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from disclosure.assemble import constraints
from disclosure.cells import Key, Scope, at_vintage, vintage_of, vintage_order
from disclosure.cohorts import Period, grown_older, is_aged
from disclosure.instance import Instance, InstanceError
from disclosure.knowledge import published_knowledge
from disclosure.ledger import Earlier
from disclosure.lp import Deadline, SolverError
from disclosure.publish import TOTAL
from disclosure.register import Figure
from disclosure.system import Definition, Linked, Position, Relation
from disclosure.witness import Explorer

FREE, STATIC, MONOTONE = "free", "static", "monotone"
ATTACKERS = (FREE, STATIC, MONOTONE)
SHRINKING: Mapping[str, frozenset[str]] = {
    "action_path": frozenset({"live", "not_known"}),
    "sanction": frozenset({"not_known"}),
    "has_proceedings": frozenset({"no"}),
    "officer_sex": frozenset({"unknown"}),
}
"""Categories that matters leave when they are decided or known; the others only gain."""

Block = tuple[str, str]
Row = Mapping[str, Any]
Rows = Mapping[tuple[str, ...], Row]


def label_after(label: str) -> str:
    """The name of the next vintage of the same day: records corrected without a new as-at date."""
    day, number = vintage_order(label)
    return f"{day}#{number + 1}"


def in_order(labels: Iterable[str]) -> list[str]:
    """Vintages from the oldest: by day, then by correction."""
    return sorted(set(labels), key=vintage_order)


def family(scope: Scope, earlier: Sequence[Earlier]) -> tuple[Earlier, ...]:
    """The earlier releases about the same force, matter and population, oldest vintage first."""
    same = [e for e in earlier if replace(e.scope, as_at=scope.as_at) == scope]
    order = {label: n for n, label in enumerate(in_order(e.scope.as_at for e in same))}
    return tuple(sorted(same, key=lambda e: (order[e.scope.as_at], e.release_id)))


def current_label(as_at: str, earlier: Sequence[Earlier], truth: Mapping[str, int]) -> str:
    """The vintage that these counts belong to: that of the day, or a new one where a shown count has changed.

    `truth` holds the counts under the day's newest known vintage, which `newest_label` names.
    """
    label = newest_label(as_at, earlier)
    shown = {code: value for e in earlier for code, value in e.shown.items()}
    changed = any(shown.get(code, value) != value for code, value in truth.items())
    return label_after(label) if changed else label


def denied(earlier: Sequence[Earlier], truth: Mapping[str, int]) -> bool:
    """Whether these counts are below the least that a release gave for a withheld one, or off its statements.

    A withheld count is at least one where zeros are shown; rates and medians say more.
    """
    below = any(truth.get(code, least) < least for e in earlier for code, least in e.withheld.items())
    said = (r for e in earlier for r in e.statements if truth.keys() >= {code for code, _ in r.terms})
    return below or not all(relation.holds(truth) for relation in said)


def newest_label(as_at: str, earlier: Sequence[Earlier]) -> str:
    """The newest vintage of a day among the earlier releases; the day itself where there is none."""
    known = in_order(e.scope.as_at for e in earlier if e.scope.as_at.partition("#")[0] == as_at)
    return known[-1] if known else as_at


def rows_before(earlier: Sequence[Earlier]) -> dict[tuple[str, ...], Row]:
    """What the newest release with that row said, by table, years and codes."""
    return {
        row_name(table, row): row for e in earlier for table in e.protected["tables"] for row in table["rows"]
    }


def row_name(table: Mapping[str, Any], row: Row) -> tuple[str, ...]:
    """A row's identity over releases."""
    codes = (str(row[d["name"]]) for d in table["dimensions"] if d["kind"] != "time")
    return (str(table["table_id"]), str(row["year_from"]), str(row["year_to"]), *codes)


def name_of(definition: Definition, position: Position) -> tuple[str, ...]:
    """The same identity from a definition."""
    years = definition.key(position).years
    codes = (c for a, c in zip(definition.axes, position, strict=True) if not a.time)
    return (definition.table_id, str(min(years)), str(max(years)), *codes)


def block_of(definition: Definition, position: Position) -> str:
    """The time code of a position: the block that its row belongs to."""
    return next((c for a, c in zip(definition.axes, position, strict=True) if a.time), TOTAL)


def values_before(shown: Mapping[str, int]) -> dict[str, frozenset[int]]:
    """Every value that a count was shown with, by its code without the vintage."""
    found: dict[str, set[int]] = {}
    for code, value in shown.items():
        found.setdefault(at_vintage(code, ""), set()).add(value)
    return {code: frozenset(values) for code, values in found.items()}


def must_hold(
    definition: Definition,
    before: Rows,
    values: Mapping[str, frozenset[int]],
    shown: Mapping[str, int],
    threshold: int,
    exempt: Collection[str],
) -> frozenset[Block]:
    """The blocks in which a small difference shows, or a count shown before would now be withheld."""
    found = set()
    for position in definition.rows():
        old, key = before.get(name_of(definition, position)), definition.key(position)
        if old is not None and old["value"] is not None:
            now, ever = shown.get(key.code), values.get(at_vintage(key.code, ""), frozenset())
            small = now is not None and any(0 < abs(now - value) < threshold for value in ever)
            if now is None or (small and not is_exempt(key, exempt)):
                found.add((definition.table_id, block_of(definition, position)))
    return frozenset(found)


def is_exempt(key: Key, exempt: Collection[str]) -> bool:
    """Totals by force and year, and declared categories, describe no outcome: they never cause a hold."""
    codes = {code for _, code in key.dimensions}
    return ("total" in exempt and not codes) or bool(codes & set(exempt))


def label_before(definition: Definition, block: str, before: Rows) -> str:
    """The vintage of the block that was released before."""
    first = next(p for p in definition.rows() if block_of(definition, p) == block)
    return vintage_of(str(before[name_of(definition, first)]["cell"]))


def whole(definition: Definition, block: str, before: Rows) -> bool:
    """Whether the old block can stand: every row of it was released before."""
    rows = [p for p in definition.rows() if block_of(definition, p) == block]
    return all(name_of(definition, p) in before for p in rows)


def in_every_vintage(definitions: Sequence[Definition]) -> tuple[Definition, ...]:
    """These definitions of all vintages, and what other vintages count besides counted in each one.

    A total of all years and the newest year give the total of the older years; two categories give the one
    that they were merged into: beside the one released before it shows what changed. A table that came later
    bounds what it would have said earlier, by other tables of that day. Such tables are unpublished.
    """
    labels = in_order(d.scope.as_at for d in definitions)
    at = {label: [d for d in definitions if d.scope.as_at == label] for label in labels}
    found: list[Definition] = []
    for number, label in enumerate(labels):
        older, newer = (
            [d for one in part for d in at[one]] for part in (labels[:number], labels[number + 1 :])
        )
        found += _anew(at[label], sorted(older, key=lambda d: (d.years, d.table_id)))
        found += _before_their_time(at[label], newer)
    return (*definitions, *found)


def _anew(current: Sequence[Definition], older: Sequence[Definition]) -> Iterator[Definition]:
    """Periods and groups of older tables, where the table is still there."""
    scope = current[0].scope
    shapes = {_shape(d, scope) for d in current}
    known = {code for d in current for code in _cells(d)}
    for d in older:
        again = _moved(d, current, f"to {max(d.years)}")
        if _shape(d, scope) in shapes and not (cells := _cells(again)) <= known:
            known |= cells
            yield again


def _before_their_time(current: Sequence[Definition], newer: Sequence[Definition]) -> Iterator[Definition]:
    """Tables that this vintage did not have in any grouping."""
    scope = current[0].scope
    shapes = {_shape(d, scope) for d in current}
    for d in newer:
        if _shape(d, scope) not in shapes:
            shapes.add(_shape(d, scope))
            yield _moved(d, current, f"before {d.scope.as_at}")


def _moved(definition: Definition, current: Sequence[Definition], why: str) -> Definition:
    """The table in the vintage of these, with the days of their records; without ages where none tells."""
    days = next((d.days for d in current if d.ages), None)
    ages = {} if days is None else definition.ages
    table_id, scope = f"{definition.table_id} {why}", current[0].scope
    return replace(
        definition, table_id=table_id, scope=scope, held={}, published=False, ages=ages, days=days or {}
    )


def _shape(definition: Definition, scope: Scope) -> tuple[object, ...]:
    """What makes a table the same but for its years, its vintage and its sums; people do not add up."""
    axes = tuple((a.name, a.leaves, () if a.adds else a.groups) for a in definition.axes if not a.time)
    within = tuple(sorted(definition.within.items()))
    return scope, definition.unit, definition.time_basis, within, axes


def _cells(definition: Definition) -> set[str]:
    return {definition.key(position).code for position in definition.positions()}


def differences(
    linked: Linked,
    figures: Iterable[Figure],
    exempt: Collection[str] | None,
    shown: Mapping[str, int],
    settled: Collection[str],
) -> dict[str, frozenset[int]]:
    """Counts with what was `shown` before in their place: a small difference must not be worked out.

    Earlier vintages are one such place, with all that their counts add up to (`exempt` counts have none; with
    None nothing is held); what public figures leave for years outside the landing, beside nothing, is the
    other. `settled` counts were judged by an earlier release.
    """
    found = {f.residual.code: frozenset((0,)) for f in figures if f.residual is not None}
    if exempt is None:
        return found
    labels = in_order(key.scope.as_at for key in linked.keys.values())
    told = _told(linked, shown, labels[:-1])
    for number, label in enumerate(labels):
        older = values_before({c: value for c, value in told.items() if vintage_of(c) in labels[:number]})
        for code, key in linked.keys.items() if older else ():
            if key.scope.as_at == label and code not in settled and not is_exempt(key, exempt):
                base = older.get(at_vintage(code, ""))
                found |= {code: base} if base else {}
    return found


def _told(linked: Linked, shown: Mapping[str, int], labels: Iterable[str]) -> dict[str, int]:
    """The counts of each vintage that the shown ones give by sums and differences, in any table's grouping.

    What adds up in one vintage adds up in each: bands of a later table are sums of years shown before.
    """
    lines = sorted({tuple(at_vintage(c, "") for c in (s.total, *s.parts)) for s in linked.sums})
    found: dict[str, int] = {}
    for label in labels:
        own = {at_vintage(code, ""): value for code, value in shown.items() if vintage_of(code) == label}
        found |= {at_vintage(code, label): value for code, value in _filled_in(own, lines).items()}
    return found


def _filled_in(known: Mapping[str, int], lines: Sequence[tuple[str, ...]]) -> dict[str, int]:
    """With every total whose parts are known, and every part that is alone unknown in its line."""
    found, waiting = dict(known), lines if known else ()
    while waiting:
        before, left = len(found), []
        for total, *parts in waiting:
            unknown = [code for code in (total, *parts) if code not in found]
            if len(unknown) == 1:
                rest = sum(found.get(part, 0) for part in parts)
                found[unknown[0]] = rest if unknown[0] == total else found[total] - rest
            elif unknown:
                left.append((total, *parts))
        waiting = left if len(found) > before else ()
    return found


def given_away(instance: Instance, near: Mapping[int, Collection[int]]) -> frozenset[int]:
    """The cells of `near` whose difference from the count beside them is certainly small and not zero.

    A cell is safe where whole tables that fit leave room for no difference at all, or for a large one.

    Raises:
        InstanceError: what is shown contradicts itself.
        BudgetError: the time ran out.
    """
    try:
        return _given_away(instance, near, Deadline(instance.budget_s)) if near else frozenset()
    except SolverError:
        return frozenset(near)


def _given_away(
    instance: Instance, near: Mapping[int, Collection[int]], deadline: Deadline
) -> frozenset[int]:
    knowledge, threshold = published_knowledge(instance), instance.threshold or 0
    fixed = {i: knowledge.fixed[i] for i in near.keys() & knowledge.fixed.keys()}
    found = {i for i, n in fixed.items() if any(0 < abs(n - base) < threshold for base in near[i])}
    for block in knowledge.blocks:
        columns = {i: n for n, i in enumerate(block.ids) if i in near}
        if columns:
            explorer = Explorer(block, deadline)
            found |= {
                i
                for i, n in columns.items()
                if not all(_leaves_room(explorer, n, base, threshold) for base in near[i])
            }
    return frozenset(found)


def _leaves_room(explorer: Explorer, column: int, base: int, threshold: int) -> bool:
    """Whether no difference, or a large one, is possible in a column; whole-number searches come last."""
    for look in (None, explorer.span, explorer.settle):
        if look:
            look(column)
        low, high = int(explorer.low[column]), int(explorer.high[column])
        if low <= base <= high or max(abs(low - base), abs(high - base)) >= threshold:
            return True
    return False


def attackers(linked: Linked, shown: Mapping[str, int]) -> dict[str, tuple[Relation, ...]]:
    """What each attacker adds to the system; only `free` where there is one vintage."""
    labels = in_order(key.scope.as_at for key in linked.keys.values())
    static: list[Relation] = []
    monotone: list[Relation] = []
    for old, new in pairwise(labels):
        common = [(a, b) for a, b in _common(linked, old, new) if not is_aged(b, linked)]
        ties = list(grown_older(linked, old, new, STATIC))
        broken = {period for period, tie in ties if _is_shown(tie, shown) and not tie.holds(shown)}
        unchanged = _unchanged_years(common, shown, broken)
        static += [tie for period, tie in ties if period in unchanged and not _is_shown(tie, shown)]
        for first, second in common:
            if first.code in shown and second.code in shown:
                continue
            if (second.unit, second.years) in unchanged:
                static.append(Relation(_terms(first, second), "==", 0, STATIC))
            if not _shrinks(second):
                monotone.append(Relation(_terms(first, second), "<=", 0, MONOTONE))
    found = {STATIC: tuple(sorted(static)), MONOTONE: tuple(sorted(monotone))}
    return {FREE: (), **{name: relations for name, relations in found.items() if relations}}


def met(public: Instance, linked: Linked) -> Iterator[tuple[str, Instance]]:
    """The published system as each attacker has it, who believes what the shown counts do not deny."""
    shown = {c.code: c.value for c in public.cells if c.published and c.value is not None}
    for name, relations in attackers(linked, shown).items():
        believed = upheld(public, linked, relations)
        if believed or name == FREE:
            yield name, _believing(public, linked, believed)


def upheld(public: Instance, linked: Linked, relations: Sequence[Relation]) -> tuple[Relation, ...]:
    """The relations that may hold together for all that is shown, of one topic after the other.

    A topic is a unit by some attributes in some years, totals first: a count that fell in one says nothing
    against another.
    """
    topics: dict[tuple[object, ...], list[Relation]] = {}
    for relation in relations:
        topics.setdefault(_topic(relation, linked), []).append(relation)

    def with_more(believed: tuple[Relation, ...], more: Sequence[list[Relation]]) -> tuple[Relation, ...]:
        whole = (*believed, *(relation for topic in more for relation in topic))
        if is_possible(_believing(public, linked, whole)):
            return whole
        half = len(more) // 2
        return with_more(with_more(believed, more[:half]), more[half:]) if half else believed

    return with_more((), [topics[topic] for topic in sorted(topics)]) if topics else ()


def _topic(relation: Relation, linked: Linked) -> tuple[object, ...]:
    key = linked.keys[max((code for code, _ in relation.terms), key=lambda c: vintage_order(vintage_of(c)))]
    names = tuple(name for name, _ in key.dimensions)
    return len(names), key.unit, key.time_basis, names, key.years, key.scope.as_at


def _believing(public: Instance, linked: Linked, relations: Iterable[Relation]) -> Instance:
    return replace(public, constraints=(*public.constraints, *constraints(relations, linked.ids)))


def is_possible(instance: Instance) -> bool:
    """Whether any whole-number table fits."""
    deadline = Deadline(instance.budget_s)
    try:
        for block in published_knowledge(instance).blocks:
            Explorer(block, deadline)
    except InstanceError:
        return False
    return True


def _terms(first: Key, second: Key) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((first.code, 1), (second.code, -1))))


def _common(linked: Linked, old: str, new: str) -> Iterator[tuple[Key, Key]]:
    for key in linked.keys.values():
        if key.scope.as_at == new:
            before = replace(key, scope=replace(key.scope, as_at=old))
            if before.code in linked.keys:
                yield before, key


def _is_shown(relation: Relation, shown: Mapping[str, int]) -> bool:
    return all(code in shown for code, _ in relation.terms)


def _unchanged_years(
    common: Sequence[tuple[Key, Key]], shown: Mapping[str, int], broken: Collection[Period]
) -> frozenset[Period]:
    """Units and years in which counts of both vintages are shown and none of them differs.

    Nor are those `broken` of which the ages shown say that something came or went.
    """
    both = [(a, b) for a, b in common if a.code in shown and b.code in shown]
    changed = [(b.unit, frozenset(b.years)) for a, b in both if shown[a.code] != shown[b.code]]
    changed += [(unit, frozenset(years)) for unit, years in broken]
    same = [(b.unit, frozenset(b.years)) for a, b in both if shown[a.code] == shown[b.code]]
    return frozenset(
        (unit, years)
        for unit, years in {(b.unit, b.years) for _, b in common}
        if any(u == unit and y <= set(years) for u, y in same)
        and not any(u == unit and y <= set(years) for u, y in changed)
    )


def _shrinks(key: Key) -> bool:
    return any(
        code in SHRINKING.get(name, ()) or re.fullmatch(r"\(.*\)", code) for name, code in key.dimensions
    )
