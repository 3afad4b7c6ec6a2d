"""Protect one set of tables as one linked system, or say which tables stand in the way."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from disclosure import rules, vintages
from disclosure.assemble import (
    Assembly,
    Knowledge,
    assemble,
    constraints,
    private_instance,
    public_instance,
)
from disclosure.audit import BUDGET, audit
from disclosure.cells import Key, at_vintage, vintage_of
from disclosure.counts import Mart, counts
from disclosure.instance import Audit, Instance, Protection, Singleton
from disclosure.ledger import Earlier
from disclosure.lp import BudgetError
from disclosure.policy import Policy
from disclosure.rates import Known, Statement, statements, without
from disclosure.register import Figure
from disclosure.rules import Withholding
from disclosure.secondary import protect
from disclosure.system import (
    OFFICERS_AND_ALLEGATIONS,
    Definition,
    Linked,
    OverlappingGroups,
    SystemTooLarge,
    link,
    payload,
    remainders,
)

PROVEN = "proven"
ROUNDS = 12
DRAWS = 6
DRAWN_ONCE = 3000
MANY_HIDDEN = 40
NOT_PROVABLE = (
    "its small counts could have been worked out from it together with other tables or public figures"
)
NOT_SOLVED = "no proof was found"
TOO_LARGE = "its dimensions cross those of other tables in a way too large to prove"
OVERLAPS = "its groups of officers overlap with those of another table"
UNIDENTIFIED = "nobody can be counted in a group whose allegations all name no officer"
FULL_LINES = "all of a group are in one category, and it may not be published then"
ZERO_LINES = "its zeros would tell too much and it may not be published without them"


@dataclass(frozen=True)
class Candidate:
    """A mart and the definition of its table for this landing; `others` are its regroupings, in order."""

    mart: Mart
    definition: Definition
    others: tuple[Candidate, ...] = ()

    @cached_property
    def codes(self) -> frozenset[str]:
        """The canonical codes that the table would show."""
        return frozenset(self.row_codes)

    @cached_property
    def row_codes(self) -> tuple[str, ...]:
        """The same in display order."""
        return tuple(self.definition.row_key(p).code for p in self.definition.rows())

    @property
    def is_new(self) -> bool:
        """Whether any row is of this vintage."""
        return any(self.definition.row_key(p) == self.definition.key(p) for p in self.definition.rows())


@dataclass(frozen=True)
class Setting:
    """What an attempt is made under: policy, public figures, earlier releases, secret, time."""

    policy: Policy
    figures: tuple[Figure, ...]
    earlier: tuple[Earlier, ...]
    key: bytes
    budget_s: float
    sticky: frozenset[str] = frozenset()
    more: frozenset[str] = frozenset()
    draw: int = 0

    @cached_property
    def rows_before(self) -> vintages.Rows:
        """What the newest earlier release said, row by row."""
        return vintages.rows_before(self.earlier)

    @cached_property
    def shown_before(self) -> Mapping[str, int]:
        """Every cell that an earlier release showed: once shown is known."""
        return {c: v for e in self.earlier for c, v in e.shown.items()}

    @cached_property
    def values_before(self) -> Mapping[str, frozenset[int]]:
        """Every value that a count was ever shown with, in whatever vintage."""
        return vintages.values_before(self.shown_before)

    def knowledge(self, linked: Linked) -> Knowledge:
        """What outsiders hold before this release."""
        shown = self.shown_before
        withheld = {c: low for e in self.earlier for c, low in e.withheld.items() if c not in shown}
        exempt = self.policy.hold_exempt if self.policy.hold != "off" else None
        near = vintages.differences(linked, self.figures, exempt, shown, shown)
        told = {relation: None for e in self.earlier for relation in e.statements}
        known = tuple(r for r in told if all(code in linked.keys for code, _ in r.terms))
        return Knowledge(self.figures, shown, withheld, near, known)

    def definitions_before(self, current: Sequence[Definition]) -> tuple[Definition, ...]:
        """The tables of earlier releases that are not tables of this one."""
        now = set(map(_identity, current))
        before = {_identity(d): d for e in self.earlier for d in e.definitions}
        return tuple(replace(d, published=False) for text, d in sorted(before.items()) if text not in now)

    def linked(self, current: Sequence[Definition]) -> Linked:
        """The system of these tables with all that is known.

        Raises:
            OverlappingGroups, SystemTooLarge: see `system.link`.
        """
        figures, excess = (f.definition for f in self.figures), self.policy.allegations_minus_officers
        everything = vintages.in_every_vintage((*current, *self.definitions_before(current)))
        return link((*everything, *figures), self.policy.inner_cells, excess == "withhold")


Single = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class Attempt:
    """Protected tables, or (`unproven` not empty) the tables that stand in the way and the reason.

    `exposed` are the cells that an attacker over several vintages could work out.
    """

    unproven: tuple[str, ...] = ()
    reason: str = ""
    exposed: frozenset[str] = frozenset()
    attacker: str = ""
    assembly: Assembly | None = None
    primary: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    singletons: tuple[Single, ...] = ()
    public: Instance | None = None
    statements: tuple[Statement, ...] = ()


def attempt(candidates: Sequence[Candidate], setting: Setting) -> Attempt:
    """Try to protect these tables together.

    Raises:
        Contradiction: the records contradict public figures or each other.
        BudgetError: the time ran out. Nothing may follow from that but a refusal: what is published must not
            depend on how fast the machine is.
    """
    definitions = tuple(c.definition for c in candidates)
    try:
        linked = setting.linked(definitions)
    except SystemTooLarge as error:
        return Attempt(_named(error.tables, candidates), TOO_LARGE)
    except OverlappingGroups as error:
        return Attempt(_named(error.tables, candidates), OVERLAPS)
    sources = tuple((c.definition, c.mart.rows) for c in candidates)
    assembly = assemble(linked, definitions, sources, setting.knowledge(linked), setting.budget_s)
    if nobody := _without_officers(assembly, definitions):
        return Attempt(nobody, UNIDENTIFIED)
    return _Search(candidates, setting, assembly).run()


def _without_officers(assembly: Assembly, definitions: Sequence[Definition]) -> tuple[str, ...]:
    """The tables of officers, where a cell has allegations and yet no officer: none of them names one.

    That nobody is accused by nobody is what every reader takes for granted, so it may not be untrue.
    """
    units = (r for r in assembly.linked.relations if r.why == OFFICERS_AND_ALLEGATIONS)
    if all(relation.holds(assembly.truth) for relation in units):
        return ()
    return tuple(d.table_id for d in definitions if d.unit.startswith("officers"))


def _fewest(instance: Instance) -> Protection:
    """The pattern with the fewest cells of several that the key draws.

    A large system, and one of which many cells are withheld, is drawn once: another draw takes as long and
    saves a cell in a hundred. What one draw finds unprotectable no other can protect.
    """
    draws = DRAWS if len(instance.cells) <= DRAWN_ONCE else 1
    answers: list[Protection] = []
    for draw in range(draws):
        answers.append(_in_time(protect(replace(instance, key=f"{instance.key}:{draw}"))))
        if answers[-1].unprotectable:
            return answers[-1]
        if len(answers[-1].hidden) > MANY_HIDDEN:
            break
    proven = [answer for answer in answers if answer.status == PROVEN]
    return min(proven or answers, key=lambda answer: len(answer.hidden))


Answer = TypeVar("Answer", Protection, Audit)


def _in_time(answer: Answer) -> Answer:
    if answer.status == BUDGET:
        raise BudgetError("the time budget is used up")
    return answer


def _crosses(definition: Definition, key: Key) -> bool:
    return definition.unit == key.unit and {name for name, _ in key.dimensions} <= definition.edge


def _named(tables: Collection[str], candidates: Sequence[Candidate]) -> tuple[str, ...]:
    own = tuple(c.definition.table_id for c in candidates)
    return tuple(t for t in own if t in tables) or own


def _identity(definition: Definition) -> str:
    return json.dumps(payload(definition, []), sort_keys=True)


@dataclass(frozen=True)
class _Search:
    candidates: Sequence[Candidate]
    setting: Setting
    assembly: Assembly

    @cached_property
    def primary(self) -> frozenset[str]:
        a = self.assembly
        return rules.primary_codes(a.people, a.tabulated & a.people.keys(), self.setting.policy, a.fixed)

    @cached_property
    def _few(self) -> frozenset[int]:
        """What no table shows and few people are behind: it may not be worked out by subtraction either."""
        a = self.assembly
        people = dict(a.people)
        for candidate in self.candidates:
            for rest in remainders(a.linked, candidate.definition):
                people |= counts(rest, candidate.mart.rows)
        few = rules.primary_codes(people, people.keys() - a.tabulated, self.setting.policy, a.fixed)
        return frozenset(a.linked.ids[code] for code in few)

    def run(self) -> Attempt:
        """Protect, look again at lines whose totals are now withheld, until nothing more is needed."""
        withholding, inner, guarded = self._first(), frozenset[str](), dict[str, tuple[str, ...]]()
        hidden = self.primary | withholding.must_hide
        for _ in range(ROUNDS):
            withholding = withholding.plus(self._zeros(hidden))
            if refused := self._zero_lines_refused(withholding):
                return Attempt(refused, ZERO_LINES)
            if refused := self._full_lines_refused():
                return Attempt(refused, FULL_LINES)
            answer = _fewest(self._instance(withholding, inner, guarded))
            if answer.status != PROVEN:
                reason = NOT_PROVABLE if answer.unprotectable else NOT_SOLVED
                return self._exposed(answer.unprotectable, reason, "")
            hidden = self._codes(answer.hidden) & self.assembly.published | withholding.must_hide
            now = self._now(hidden)
            withholding = withholding.plus(Withholding(hidden))
            if now.must_hide <= hidden and now.may_be_zero & hidden <= withholding.may_be_zero:
                public = self._public(hidden, now.may_be_zero & hidden)
                if denied := self._denied(public):
                    return self._exposed(denied, NOT_PROVABLE, "")
                alone = _in_time(audit(self._known_to_one(public, self._singletons(hidden))))
                seeing = self._insiders(alone, hidden)
                follows = rules.small_inner(public, self._few)
                open_ones = self._codes(follows)
                if open_ones & inner:
                    return self._exposed(follows, NOT_PROVABLE, "")
                if seeing.items() <= guarded.items() and not open_ones:
                    return self._proven(public, hidden, alone)
                guarded, inner = {**guarded, **seeing}, inner | open_ones
        return Attempt(self._tables_of(()), NOT_SOLVED)

    def _first(self) -> Withholding:
        a, policy = self.assembly, self.setting.policy
        wanted = (self.setting.sticky | self.setting.more) & a.tabulated
        before = (*a.knowledge.withheld_before, *wanted)
        must = frozenset(c for c in before if c in a.linked.keys and c not in a.fixed)
        found = Withholding(must, must & self.setting.sticky)
        if policy.zeros == "withheld":
            found = found.plus(rules.zeros_among(a.tabulated - a.fixed.keys(), a.truth))
        for candidate in self.candidates:
            if candidate.definition.full_lines == "withhold":
                lines = rules.full_lines(candidate.definition.lines(), a.truth, policy.threshold)
                found = found.plus(rules.lines_withheld(lines, a.tabulated, a.fixed))
        return found

    def _zeros(self, hidden: frozenset[str]) -> Withholding:
        """What may be zero when these cells are withheld."""
        shown = self._public(hidden, hidden)
        return rules.zeros_among(
            rules.possible_zeros(self.assembly.linked, shown, self.assembly.fixed), self.assembly.truth
        )

    def _now(self, hidden: frozenset[str]) -> Withholding:
        """What may be zero now; so may what was withheld before, with its totals."""
        found, kept = self._zeros(hidden), self.setting.sticky & hidden
        free = found.may_be_zero & hidden | kept
        totals = rules.totals_of_withheld(self.assembly.linked, self._public(hidden, free), kept, free)
        return found.plus(Withholding(may_be_zero=kept | totals))

    def _denied(self, public: Instance) -> tuple[int, ...]:
        """The withheld zeros of which the published least values say that they are none."""
        withheld = (c for c in public.cells if c.id in public.hidden and public.zeros_published)
        return tuple(c.id for c in withheld if c.lower != 0 and self.assembly.truth[c.code] == 0)

    def _public(self, hidden: frozenset[str], may_be_zero: frozenset[str]) -> Instance:
        policy = self.setting.policy
        public = public_instance(self.assembly, policy.threshold, hidden, may_be_zero)
        return replace(
            public,
            width=policy.p1_values,
            zeros_published=self._zeros_shown,
            budget_s=self.setting.budget_s,
        )

    def _full_lines_refused(self) -> tuple[str, ...]:
        strict = (c.definition for c in self.candidates if c.definition.full_lines in ("merge", "drop"))
        threshold = self.setting.policy.threshold
        return tuple(
            d.table_id for d in strict if rules.full_lines(d.lines(), self.assembly.truth, threshold)
        )

    @property
    def _zeros_shown(self) -> bool:
        return self.setting.policy.zeros != "withheld"

    def _zero_lines_refused(self, withholding: Withholding) -> tuple[str, ...]:
        zeros = frozenset(c for c in withholding.must_hide if self.assembly.truth[c] == 0)
        strict = [c for c in self.candidates if c.mart.publish.zero_lines == "drop"]
        return tuple(c.definition.table_id for c in strict if c.codes & zeros)

    @cached_property
    def _small_differences(self) -> frozenset[str]:
        """Counts that differ little from one shown before: withheld, or protected like a withheld one."""
        truth, threshold = self.assembly.truth, self.setting.policy.threshold
        near = {
            c: n for c, n in self.assembly.knowledge.near.items() if vintage_of(c) == self.assembly.vintage
        }
        return frozenset(c for c in near if any(0 < abs(truth[c] - base) < threshold for base in near[c]))

    @cached_property
    def _shown_elsewhere(self) -> frozenset[str]:
        """Cells that another vintage showed: no partners, for who thinks that little changed knows them.

        What was impossible then says nothing of now.
        """
        a = self.assembly
        told = a.knowledge.shown_before.keys() - a.structural.keys()
        before = {at_vintage(c, a.vintage) for c in told}
        return frozenset(before & a.tabulated)

    def _instance(
        self, withholding: Withholding, inner: frozenset[str], guarded: Mapping[str, tuple[str, ...]]
    ) -> Instance:
        """What the protector is asked.

        `inner` are unpublished counts that must not be worked out either, `guarded` the single officers who
        must learn nothing from what they know.
        """
        ids = self.assembly.linked.ids
        unseen = self._small_differences | inner
        withholding = withholding.plus(Withholding(unseen, unseen - self.assembly.tabulated))
        # A held block shows an older vintage: its counts of this one are seen by nobody.
        seen = self.assembly.tabulated
        kept = [rules.never_hidden(c.mart.publish, c.definition) & seen for c in self.candidates]
        return replace(
            private_instance(
                self.assembly, withholding.must_hide, withholding.may_be_zero, self._zeros_shown
            ),
            threshold=self.setting.policy.threshold,
            width=self.setting.policy.p1_values,
            primary=tuple(sorted(ids[c] for c in self.primary)),
            must_hide=frozenset(
                ids[c] for c in withholding.must_hide if vintage_of(c) == self.assembly.vintage
            ),
            never_hide=frozenset(ids[c] for codes in (*kept, self._shown_elsewhere) for c in codes),
            singletons=tuple(Singleton(ids[c], tuple(ids[o] for o in known)) for c, known in guarded.items()),
            key=f"{self.setting.key.hex()}{f':{self.setting.draw}' if self.setting.draw else ''}",
            budget_s=self.setting.budget_s,
        )

    def _proven(self, public: Instance, hidden: frozenset[str], alone: Audit) -> Attempt:
        """Prove the pattern from what would be published, and by `alone` against every single officer."""
        broken = self._broken(public, alone)
        if broken is not None:
            return broken
        if alone.singletons:
            return Attempt(self._tables_of(alone.singletons), NOT_PROVABLE)
        ones = self._singletons(hidden)
        told = tuple(self._told(public, hidden))
        whole = self._telling(public, told)
        return Attempt((), "", frozenset(), "", self.assembly, self.primary, hidden, ones, whole, told)

    def _broken(self, public: Instance, alone: Audit) -> Attempt | None:
        """What any attacker works out from a published system; None where all are beaten off.

        `alone` is what who assumes nothing works out, and besides what single officers do.
        """
        for name, instance in vintages.met(public, self.assembly.linked):
            seen = alone if name == vintages.FREE else _in_time(audit(instance))
            stand = (*seen.exact, *seen.narrow, *seen.below_threshold, *seen.zero_lines)
            if stand or not (seen.status == PROVEN or seen.singletons):
                return self._exposed(stand, NOT_PROVABLE if stand else NOT_SOLVED, name)
            gone = () if name == vintages.STATIC else vintages.given_away(instance, self._near)
            if gone:
                return self._exposed(gone, NOT_PROVABLE, name)
        return None

    def _told(self, public: Instance, hidden: frozenset[str]) -> Iterator[Statement]:
        """The rates and medians; those of a line that would give something away are withheld together."""
        truth, policy = self.assembly.truth, self.setting.policy
        known = Known({c: truth[c] for c in self.assembly.tabulated if c not in hidden}, truth, policy)
        kept: list[Statement] = []
        for candidate in self.candidates:
            found = list(statements(candidate.mart, candidate.definition, known))
            for line in dict.fromkeys(one.denominator for one in found):
                telling = [one for one in found if one.denominator == line and one.relations]
                if telling and not self._beaten_off(self._telling(public, (*kept, *telling)), hidden):
                    found = [without(one) if one in telling else one for one in found]
                else:
                    kept += telling
            yield from found

    def _telling(self, public: Instance, told: Iterable[Statement]) -> Instance:
        extra = constraints((r for one in told for r in one.relations), self.assembly.linked.ids)
        return replace(public, constraints=(*public.constraints, *extra))

    def _beaten_off(self, public: Instance, hidden: frozenset[str]) -> bool:
        alone = _in_time(audit(self._known_to_one(public, self._singletons(hidden))))
        return (
            alone.status == PROVEN
            and not rules.small_inner(public, self._few)
            and self._broken(public, alone) is None
        )

    def _exposed(self, cells: Iterable[int], reason: str, attacker: str) -> Attempt:
        """What an attacker works out, or (no attacker named) what no pattern of this vintage protects."""
        stand = tuple(cells)
        return Attempt(self._tables_of(stand), reason, self._codes(stand), attacker, self.assembly)

    def _insiders(self, alone: Audit, hidden: frozenset[str]) -> dict[str, tuple[str, ...]]:
        """Who is alone in a withheld cell and could work out another, and what they know of this vintage."""
        seeing, a = self._codes(alone.insiders), self.assembly
        return {
            code: tuple(c for c in inside if vintage_of(c) == a.vintage)
            for code, inside in self._singletons(hidden)
            if code in seeing
        }

    def _singletons(self, hidden: frozenset[str]) -> tuple[Single, ...]:
        """Withheld cells with one officer behind them, and the withheld cells inside their population."""
        a = self.assembly
        if not self.setting.policy.singletons:
            return ()
        alone = [c for c in sorted(hidden) if c in a.people and len(a.people[c].officers or ()) == 1]
        keys = a.linked.keys
        return tuple(
            (c, tuple(o for o in sorted(hidden) if o != c and keys[c].holds(keys[o]))) for c in alone
        )

    def _known_to_one(self, public: Instance, singletons: Iterable[Single]) -> Instance:
        ids, truth = self.assembly.linked.ids, self.assembly.truth
        names = self._names
        cells = tuple(replace(c, value=truth[names[c.id]]) for c in public.cells)
        ones = tuple(Singleton(ids[c], tuple(ids[o] for o in known)) for c, known in singletons)
        return replace(public, cells=cells, singletons=ones)

    @cached_property
    def _near(self) -> Mapping[int, frozenset[int]]:
        ids = self.assembly.linked.ids
        return {ids[c]: old for c, old in self.assembly.knowledge.near.items()}

    @cached_property
    def _names(self) -> Mapping[int, str]:
        return {i: code for code, i in self.assembly.linked.ids.items()}

    def _codes(self, ids: Iterable[int]) -> frozenset[str]:
        return frozenset(self._names[i] for i in ids)

    def _tables_of(self, ids: Iterable[int]) -> tuple[str, ...]:
        """The tables that show one of these cells, or else cross the same attributes, or else all tables."""
        codes = self._codes(ids)
        keys = [self.assembly.linked.keys[code] for code in codes]
        own = [(c.definition, c.codes) for c in self.candidates]
        showing = tuple(d.table_id for d, shown in own if shown & codes)
        crossing = tuple(d.table_id for d, _ in own if any(_crosses(d, key) for key in keys))
        return showing or crossing or tuple(d.table_id for d, _ in own)
