"""Which tables and blocks stand together, and in which declared grouping.

While the tables are not proven together, old rows stand, cells are withheld again, a table is regrouped or
left out; then other declared groupings are tried, and the publication that shows most of the core stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from disclosure import rules, vintages
from disclosure.attempt import UNIDENTIFIED, Attempt, Candidate, Setting, attempt
from disclosure.cells import at_vintage, vintage_of
from disclosure.counts import counts
from disclosure.documents import combining
from disclosure.policy import Policy
from disclosure.vintages import Block

NEARLY_NOTHING = "nearly nothing of it could have been shown"
DIFFERENCES = "small differences to what was released before would have shown"
WORKED_OUT = "old and new figures together would have given a withheld or small count away"
REDRAWS = 1
HOLD_ADVICE = "wait until every figure has stayed or has changed by the threshold, or widen the bands"
DROP_ADVICE = (
    "widen its bands, merge categories, show fewer levels, or declare alternatives in its publish block"
)
ID_ADVICE = "give the officer ids that are missing: `misconduct check` names the first row without one"


@dataclass(frozen=True)
class Dropped:
    """A table that is not published, and why, in fixed words; `documents` would combine to give it away."""

    table_id: str
    title: str
    reason: str
    documents: tuple[str, ...] = ()
    advice: str = DROP_ADVICE

    @property
    def words(self) -> str:
        """For the disclosure officer: what combines and what to change, never a count."""
        beside = f"; what combines: {', '.join(self.documents)}" if self.documents else ""
        return f"{self.table_id} is left out: {self.reason}{beside}; to change: {self.advice}"


@dataclass(frozen=True)
class Work:
    """The tables still tried (their definitions name the held blocks) and those left out.

    `sticky` are the cells that stay withheld because they were before, `more` those withheld besides,
    `draw` counts the patterns drawn anew, and `why` says for each held block what would have happened.
    """

    candidates: tuple[Candidate, ...]
    dropped: tuple[Dropped, ...] = ()
    sticky: frozenset[str] = frozenset()
    more: frozenset[str] = frozenset()
    draw: int = 0
    why: Mapping[Block, str] = field(default_factory=dict)

    def without(self, tables: Collection[str], reason: str, setting: Setting) -> Work:
        """Without one of these tables: outside the core first, then the finest (public attributes).

        A table with regroupings left takes the next of them instead.
        """
        last = min((c for c in self.candidates if c.definition.table_id in tables), key=_expendable)
        if last.others:
            other = replace(last.others[0], others=last.others[1:])
            return replace(self, candidates=tuple(other if c is last else c for c in self.candidates))
        left = tuple(c for c in self.candidates if c is not last)
        documents = combining(last, left, setting)
        advice = ID_ADVICE if reason == UNIDENTIFIED else DROP_ADVICE
        gone = Dropped(last.definition.table_id, last.mart.publish.title, reason, documents, advice)
        return replace(self, candidates=left, dropped=(*self.dropped, gone))

    def holding(self, blocks: Collection[Block], setting: Setting, why: str) -> Work:
        """With the old rows of these blocks in place of the new, where there are old rows for all."""
        before = setting.rows_before
        held = replace(self, candidates=tuple(_held(c, blocks, before) for c in self.candidates))
        known = {b: self.why.get(b, why) for c in held.candidates for b in _held_blocks(c)}
        return replace(held, why=known)

    def words(self, setting: Setting) -> tuple[str, ...]:
        """The held blocks, ready to print: whose rows stand and why, what combines, what to change."""
        released = {e.scope.as_at: e.release_id for e in setting.earlier}
        alike: dict[tuple[str, str, str], list[str]] = {}
        for table_id, held in ((c.definition.table_id, c.definition.held) for c in self.candidates):
            for block, label in sorted(held.items()):
                why = self.why.get((table_id, block), DIFFERENCES)
                alike.setdefault((table_id, label, why), []).append(block)
        return tuple(
            f"{table_id}: as released before, as at {label.partition('#')[0]}: {', '.join(blocks)}: {why}; "
            f"what combines: the new table and release {released.get(label, label)}; to change: {HOLD_ADVICE}"
            for (table_id, label, why), blocks in alike.items()
        )


def search(work: Work, setting: Setting) -> tuple[Attempt, Work]:
    """The publication that shows most of the core tables, of all declared groupings tried one at a time.

    A table that was released before keeps the first grouping that can be proven, so that it stays comparable.
    """
    found, best = _settled(work, setting)
    released = {d.table_id for e in setting.earlier for d in e.definitions}
    for original in (c for c in work.candidates if c.others and c.definition.table_id not in released):
        for option in (original, *original.others):
            standing = next((c for c in best.candidates if _same_table(c, option)), None)
            if standing and standing.definition.axes == option.definition.axes:
                continue
            if _at_best(option, found, best, setting.policy) > shown_of_core(found, best):
                other = _settled(_with(best, replace(option, others=()), work), setting, option)
                found, best = max((found, best), other, key=lambda one: shown_of_core(*one))
    return found, best


def shown_of_core(found: Attempt, work: Work) -> tuple[int, int]:
    """Counts shown that are neither zero nor already public: in core tables, and in all."""
    return _told(found, work.candidates)


def _told(found: Attempt, candidates: Collection[Candidate]) -> tuple[int, int]:
    assembly = found.assembly
    if assembly is None or found.unproven:
        return -1, -1
    silent = found.withheld | assembly.public.keys()
    news = {code for code in assembly.tabulated - silent if assembly.truth[code]}
    core = frozenset[str]().union(*(c.codes for c in candidates if c.mart.publish.core))
    every = frozenset[str]().union(*(c.codes for c in candidates))
    return len(news & core), len(news & every)


def _at_best(option: Candidate, found: Attempt, work: Work, policy: Policy) -> tuple[int, int]:
    """What the publication would tell if of this grouping of a table only small counts were withheld."""
    others = [c for c in work.candidates if not _same_table(c, option)]
    core, every = _told(found, others)
    people, public = (
        counts(option.definition, option.mart.rows),
        found.assembly.public if found.assembly else (),
    )
    more = len(
        {c for c in option.codes if people[c].n}
        - rules.primary_codes(people, option.codes, policy, ())
        - {*public}
    )
    return core + more * option.mart.publish.core, every + more


def _same_table(one: Candidate, other: Candidate) -> bool:
    return one.definition.table_id == other.definition.table_id


def _with(work: Work, option: Candidate, first: Work) -> Work:
    """The tables that stand, one of them in another grouping; in the order they came in."""
    others = {c.definition.table_id: c for c in work.candidates} | {option.definition.table_id: option}
    order = [c.definition.table_id for c in first.candidates]
    dropped = tuple(d for d in work.dropped if d.table_id not in others)
    return Work(tuple(replace(others[t], others=()) for t in order if t in others), dropped)


def _settled(work: Work, setting: Setting, tried: Candidate | None = None) -> tuple[Attempt, Work]:
    """Try all tables; while they are not proven, hold blocks or leave out a table, and try again.

    Where a grouping is `tried`, only as long as its table stands: without it there is nothing to win.
    """
    while any(tried is None or _same_table(tried, c) for c in work.candidates):
        work = work.holding(_foreseen(work, setting), setting, DIFFERENCES)
        found = attempt(work.candidates, replace(setting, sticky=work.sticky, more=work.more, draw=work.draw))
        after = _next(work, found, setting)
        if after == work:
            return found, work
        work = after
    return Attempt(), work


def _next(work: Work, found: Attempt, setting: Setting) -> Work:
    if found.unproven:
        return _for_exposed(work, found, setting) or work.without(found.unproven, found.reason, setting)
    empty = _empty(work, found)
    if empty:
        return work.without(empty, NEARLY_NOTHING, setting)
    return work.holding(_lost(work, found, setting), setting, DIFFERENCES)


def _for_exposed(work: Work, found: Attempt, setting: Setting) -> Work | None:
    """What helps where earlier releases give something away, the least first.

    Hold the blocks that show it, withhold again what was withheld before, withhold the totals
    above it, draw other partners, hold the blocks of its lines, of the totals above it, of its tables.
    """
    if not setting.earlier:
        return None
    label = work.candidates[0].definition.scope.as_at
    exposed = {_unnamed(code) for code in found.exposed}
    named = work.holding({b for c in work.candidates for b in _blocks_with(c, exposed)}, setting, WORKED_OUT)
    if named == work and _only_new(found, setting):
        return None
    again = work.sticky | {at_vintage(code, label) for e in setting.earlier for code in e.withheld}
    sticky = replace(work, sticky=again if exposed else work.sticky)
    longer, wider = (work.more | _totals_above(found, label, over_time) for over_time in (True, False))
    beside, above = (
        work.holding({b for c in work.candidates for b in _blocks_with(c, codes)}, setting, WORKED_OUT)
        for codes in (_in_lines(found), _holding(found))
    )
    tables = {(c.definition.table_id, b) for c in work.candidates for b in _blocks(c)}
    whole = work.holding({(t, b) for t, b in tables if t in found.unproven}, setting, WORKED_OUT)
    older = any(vintage_of(code) != label for code in found.exposed)
    if not found.attacker:
        return next((step for step in (named, beside, above, whole) if step != work), None)
    first = (sticky, named) if older else (named, sticky)
    steps = (
        *first,
        replace(work, more=longer),
        replace(work, more=wider),
        _redrawn(work) if exposed else work,
        beside,
        above,
        whole,
    )
    return next((step for step in steps if step != work), None)


def _in_lines(found: Attempt) -> frozenset[str]:
    """The counts of the same period that stand in a sum with an exposed one: they can tell what it is."""
    if found.assembly is None:
        return frozenset()
    keys = found.assembly.linked.keys
    lines = ({s.total, *s.parts} for s in found.assembly.linked.sums)
    pairs = ((c, e) for line in lines for e in line & found.exposed for c in line)
    return frozenset(_unnamed(c) for c, e in pairs if keys[c].years == keys[e].years)


def _holding(found: Attempt) -> frozenset[str]:
    """The counts that hold an exposed one: of its period or a longer one, and of all that it is part of."""
    if found.assembly is None:
        return frozenset()
    keys = found.assembly.linked.keys
    exposed = [keys[code] for code in found.exposed]
    return frozenset(
        _unnamed(c) for c, key in keys.items() if any(key.unit == e.unit and key.holds(e) for e in exposed)
    )


def _only_new(found: Attempt, setting: Setting) -> bool:
    """Whether all that is exposed was in no release before: no old rows can stand in its place."""
    before = {_unnamed(code) for e in setting.earlier for code in (*e.shown, *e.withheld)}
    return found.attacker == vintages.FREE and not before & set(map(_unnamed, found.exposed))


def _redrawn(work: Work) -> Work:
    return replace(work, draw=min(work.draw + 1, REDRAWS))


def _totals_above(found: Attempt, label: str, over_time: bool) -> frozenset[str]:
    """Tabulated counts of this vintage that hold an exposed one: over more years, or of more categories."""
    assembly = found.assembly
    if assembly is None or found.attacker == vintages.FREE:
        return frozenset()
    keys, free = assembly.linked.keys, assembly.tabulated - assembly.fixed.keys()
    exposed = [keys[c] for c in (at_vintage(code, label) for code in found.exposed) if c in keys]
    mine = [keys[code] for code in free if vintage_of(code) == label]
    pairs = ((t, e) for t in mine for e in exposed if t.unit == e.unit and t != e and t.holds(e))
    return frozenset(t.code for t, e in pairs if over_time == (t.dimensions == e.dimensions))


def _unnamed(code: str) -> str:
    return at_vintage(code, "")


def _foreseen(work: Work, setting: Setting) -> frozenset[Block]:
    """The blocks with small differences to what was shown before: certain before anything is tried."""
    if not setting.earlier:
        return frozenset()
    found: set[Block] = set()
    for candidate in work.candidates:
        people = counts(candidate.definition, candidate.mart.rows)
        found |= _held_for(candidate, {code: count.n for code, count in people.items()}, setting)
    return frozenset(found)


def _lost(work: Work, found: Attempt, setting: Setting) -> frozenset[Block]:
    """The blocks in which a count shown before would now be withheld."""
    assembly = found.assembly
    if assembly is None or not setting.earlier:
        return frozenset()
    shown = {c: assembly.truth[c] for c in assembly.tabulated if c not in found.withheld}
    return frozenset().union(*(_held_for(c, shown, setting) for c in work.candidates))


def _held_for(candidate: Candidate, shown: Mapping[str, int], setting: Setting) -> frozenset[Block]:
    policy = setting.policy
    if policy.hold == "off":
        return frozenset()
    definition, values = candidate.definition, setting.values_before
    return vintages.must_hold(
        definition, setting.rows_before, values, shown, policy.threshold, policy.hold_exempt
    )


def _held(candidate: Candidate, blocks: Collection[Block], before: vintages.Rows) -> Candidate:
    definition = candidate.definition
    held = dict(definition.held)
    for block in _blocks(candidate):
        asked = (definition.table_id, block) in blocks and block not in held
        if asked and vintages.whole(definition, block, before):
            held[block] = vintages.label_before(definition, block, before)
    return replace(candidate, definition=replace(definition, held=held))


def _held_blocks(candidate: Candidate) -> Iterator[Block]:
    return ((candidate.definition.table_id, block) for block in candidate.definition.held)


def _blocks(candidate: Candidate) -> frozenset[str]:
    definition = candidate.definition
    return frozenset(vintages.block_of(definition, p) for p in definition.rows())


def _blocks_with(candidate: Candidate, exposed: Collection[str]) -> frozenset[Block]:
    d = candidate.definition
    rows = (p for p in d.rows() if at_vintage(d.key(p).code, "") in exposed)
    return frozenset((d.table_id, vintages.block_of(d, p)) for p in rows)


def _expendable(candidate: Candidate) -> tuple[bool, int, str]:
    return candidate.mart.publish.core, -len(candidate.codes), candidate.definition.table_id


def _empty(work: Work, found: Attempt) -> tuple[str, ...]:
    """Tables that show nothing at all but impossible combinations."""
    assembly = found.assembly
    if assembly is None:
        return ()
    silent = found.withheld | assembly.structural.keys()
    return tuple(c.definition.table_id for c in work.candidates if c.codes <= silent)
