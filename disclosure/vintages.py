"""Vintages: the same counts as at several days, what attackers may assume about differences, and hold.

A block is the rows of a table for one year, band or total. It is released again only where nothing small
shows in the difference to what was released before; else the old block stands with its own as-at day. Three
attackers are met: one assumes nothing about the differences (free), one that nothing changed where nothing
shown changed (static), one that closed matters and totals only grow (monotone).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from disclosure.assemble import constraints
from disclosure.audit import audit
from disclosure.cells import Key, Scope, vintage_of
from disclosure.instance import Instance, InstanceError
from disclosure.knowledge import published_knowledge
from disclosure.ledger import Earlier
from disclosure.lp import Deadline
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
    day, _, number = label.partition("#")
    return f"{day}#{int(number or 1) + 1}"


def in_order(labels: Iterable[str]) -> list[str]:
    """Vintages from the oldest: by day, then by correction."""
    return sorted(set(labels), key=lambda label: (label.partition("#")[0], int(label.partition("#")[2] or 1)))


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


def must_hold(
    definition: Definition,
    before: Rows,
    shown: Mapping[str, int],
    threshold: int,
    exempt: Collection[str],
) -> frozenset[Block]:
    """The blocks in which a small difference shows, or a count shown before would now be withheld."""
    found = set()
    for position in definition.rows():
        old = before.get(name_of(definition, position))
        if old is not None and old["value"] is not None:
            now = shown.get(definition.key(position).code)
            small = now is not None and 0 < abs(now - old["value"]) < threshold
            if now is None or (small and not is_exempt(definition, position, exempt)):
                found.add((definition.table_id, block_of(definition, position)))
    return frozenset(found)


def is_exempt(definition: Definition, position: Position, exempt: Collection[str]) -> bool:
    """Totals by force and year, and declared categories, describe no outcome: they never cause a hold."""
    codes = {c for a, c in zip(definition.axes, position, strict=True) if not a.time} | set(
        definition.within.values()
    )
    return ("total" in exempt and codes <= {TOTAL}) or bool(codes & set(exempt))


def label_before(definition: Definition, block: str, before: Rows) -> str:
    """The vintage of the block that was released before."""
    first = next(p for p in definition.rows() if block_of(definition, p) == block)
    return vintage_of(str(before[name_of(definition, first)]["cell"]))


def whole(definition: Definition, block: str, before: Rows) -> bool:
    """Whether the old block can stand: every row of it was released before."""
    rows = [p for p in definition.rows() if block_of(definition, p) == block]
    return all(name_of(definition, p) in before for p in rows)


def differences(
    definitions: Iterable[Definition],
    figures: Iterable[Figure],
    exempt: Collection[str],
    shown: Mapping[str, int],
) -> dict[str, int]:
    """Unpublished counts with a public one beside them: a small difference must not be worked out.

    These are the counts of this vintage in held blocks, beside the old ones that stand; and what public
    figures leave for years outside the landing, beside nothing.
    """
    found = {f.residual.code: 0 for f in figures if f.residual is not None}
    for d in definitions:
        for position in d.rows():
            old, new = d.row_key(position).code, d.key(position).code
            if old != new and old in shown and not is_exempt(d, position, exempt):
                found[new] = shown[old]
    return found


def given_away(instance: Instance, near: Mapping[int, int]) -> frozenset[int]:
    """The cells of `near` whose difference from the count beside them is certainly small and not zero.

    Raises:
        InstanceError: what is shown contradicts itself.
    """
    if not near:
        return frozenset()
    threshold = instance.threshold or 0
    seen = audit(_only(instance, frozenset(near)))
    if seen.status not in ("proven", "disclosive"):
        return frozenset(near)
    return frozenset(
        i for i, base in near.items() if _certainly_small(seen.intervals.get(i), base, threshold)
    )


def _only(instance: Instance, targets: frozenset[int]) -> Instance:
    """The same knowledge with other cells to attack than the withheld ones."""
    least = int(instance.zeros_published)
    cells = tuple(
        replace(c, published=False, lower=least if c.lower is None else c.lower)
        if c.id in instance.hidden
        else c
        for c in instance.cells
    )
    return replace(instance, cells=cells, must_prove=targets, hidden=frozenset())


def _certainly_small(interval: tuple[int, int | None] | None, base: int, threshold: int) -> bool:
    if interval is None:
        return True
    least, most = interval[0], math.inf if interval[1] is None else interval[1]
    return not least <= base <= most and max(abs(least - base), abs(most - base)) < threshold


def attackers(linked: Linked, shown: Mapping[str, int]) -> dict[str, tuple[Relation, ...]]:
    """What each attacker adds to the system; only `free` where there is one vintage."""
    labels = in_order(key.scope.as_at for key in linked.keys.values())
    static: list[Relation] = []
    monotone: list[Relation] = []
    for old, new in pairwise(labels):
        common = list(_common(linked, old, new))
        unchanged = _unchanged_years(common, shown)
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
    """The published system as each attacker has it; a model that contradicts what is shown is dropped."""
    shown = {c.code: c.value for c in public.cells if c.published and c.value is not None}
    for name, relations in attackers(linked, shown).items():
        extra = constraints(relations, linked.ids)
        instance = replace(public, constraints=(*public.constraints, *extra))
        if name == FREE or is_possible(instance):
            yield name, instance


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


def _unchanged_years(
    common: Sequence[tuple[Key, Key]], shown: Mapping[str, int]
) -> frozenset[tuple[str, tuple[int, ...]]]:
    """Units and years in which counts of both vintages are shown and none of them differs."""
    both = [(a, b) for a, b in common if a.code in shown and b.code in shown]
    changed = [(b.unit, frozenset(b.years)) for a, b in both if shown[a.code] != shown[b.code]]
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
