"""Which tables and blocks stand together: leave one out, or let old rows stand, until all is proven."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from disclosure import vintages
from disclosure.attempt import Attempt, Candidate, Setting, attempt
from disclosure.cells import at_vintage
from disclosure.vintages import Block

ALL_WITHHELD = "nearly all of it would have been withheld"
DIFFERENCES = "small differences to what was released before would have shown"


@dataclass(frozen=True)
class Dropped:
    """A table that is not published, and why, in fixed words."""

    table_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class Work:
    """The tables still tried (their definitions name the held blocks) and those left out.

    `sticky` are the cells that stay withheld because they were before.
    """

    candidates: tuple[Candidate, ...]
    dropped: tuple[Dropped, ...] = ()
    sticky: frozenset[str] = frozenset()

    @property
    def held(self) -> tuple[str, ...]:
        """The held blocks in words."""
        return tuple(
            f"{c.definition.table_id}: {block} stands as at {label.partition('#')[0]}"
            for c in self.candidates
            for block, label in sorted(c.definition.held.items())
        )

    def without(self, tables: Collection[str], reason: str) -> Work:
        """Without one of these tables: outside the core first, then the finest (public attributes).

        A table with regroupings left takes the next of them instead.
        """
        last = min((c for c in self.candidates if c.definition.table_id in tables), key=_expendable)
        if last.others:
            other = replace(last.others[0], others=last.others[1:])
            return replace(self, candidates=tuple(other if c is last else c for c in self.candidates))
        gone = Dropped(last.definition.table_id, last.mart.publish.title, reason)
        left = tuple(c for c in self.candidates if c is not last)
        return replace(self, candidates=left, dropped=(*self.dropped, gone))

    def holding(self, blocks: Collection[Block], setting: Setting) -> Work:
        """With the old rows of these blocks in place of the new, where there are old rows for all."""
        before = vintages.rows_before(setting.earlier)
        return replace(self, candidates=tuple(_held(c, blocks, before) for c in self.candidates))


def search(work: Work, setting: Setting) -> tuple[Attempt, Work]:
    """Try all tables; while they are not proven, hold blocks or leave out a table, and try again."""
    found = Attempt()
    while work.candidates:
        found = attempt(work.candidates, replace(setting, sticky=work.sticky))
        after = _next(work, found, setting)
        if after == work:
            break
        work = after
    return found, work


def _next(work: Work, found: Attempt, setting: Setting) -> Work:
    if found.unproven:
        return _for_exposed(work, found, setting) or work.without(found.unproven, found.reason)
    empty = _empty(work, found)
    if empty:
        return work.without(empty, ALL_WITHHELD)
    blocks = _small_differences(work, found, setting)
    after = work.holding(blocks, setting)
    still = {table for table, block in blocks if not _is_held(after, table, block)}
    return after.without(still, DIFFERENCES) if still else after


def _for_exposed(work: Work, found: Attempt, setting: Setting) -> Work | None:
    """What helps where earlier releases give something away: withhold again, then hold blocks."""
    if not setting.earlier:
        return None
    label = work.candidates[0].definition.scope.as_at
    sticky = frozenset(at_vintage(code, label) for e in setting.earlier for code in e.withheld)
    if found.exposed and not sticky <= work.sticky:
        return replace(work, sticky=work.sticky | sticky)
    exposed = {at_vintage(code, "") for code in found.exposed}
    named = {b for c in work.candidates for b in _blocks_with(c, exposed)}
    whole = {(c.definition.table_id, b) for c in work.candidates for b in _blocks(c)}
    tables = {(t, b) for t, b in whole if t in found.unproven}
    for blocks in (named, tables):
        after = work.holding(blocks, setting)
        if after != work:
            return after
    return None


def _small_differences(work: Work, found: Attempt, setting: Setting) -> frozenset[Block]:
    assembly, policy = found.assembly, setting.policy
    if assembly is None or not setting.earlier or policy.hold == "off":
        return frozenset()
    before = vintages.rows_before(setting.earlier)
    shown = {c: assembly.truth[c] for c in assembly.tabulated if c not in found.withheld}
    found_blocks = [
        vintages.must_hold(c.definition, before, shown, policy.threshold, policy.hold_exempt)
        for c in work.candidates
    ]
    return frozenset().union(*found_blocks)


def _held(candidate: Candidate, blocks: Collection[Block], before: vintages.Rows) -> Candidate:
    definition = candidate.definition
    held = dict(definition.held)
    for block in _blocks(candidate):
        asked = (definition.table_id, block) in blocks and block not in held
        if asked and vintages.whole(definition, block, before):
            held[block] = vintages.label_before(definition, block, before)
    return replace(candidate, definition=replace(definition, held=held))


def _is_held(work: Work, table: str, block: str) -> bool:
    return any(c.definition.table_id == table and block in c.definition.held for c in work.candidates)


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
    silent = found.withheld | assembly.structural
    return tuple(c.definition.table_id for c in work.candidates if c.codes <= silent)
