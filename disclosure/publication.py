"""Protect a whole publication as one linked system; drop tables by name until what is left is proven."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from disclosure import ledger, render, rules, vintages
from disclosure.assemble import Contradiction
from disclosure.attempt import Attempt, Candidate, Setting
from disclosure.cells import Scope
from disclosure.counts import CountError, Mart, MartRow, counts
from disclosure.instance import Instance, InstanceError
from disclosure.ledger import Earlier
from disclosure.lp import BudgetError
from disclosure.policy import Policy
from disclosure.publish import Publish
from disclosure.register import Figure, Register
from disclosure.render import Context, Showing
from disclosure.search import NEARLY_NOTHING, Dropped, Work, search
from disclosure.system import Definition, payload

__all__ = ["Context", "Mart", "MartRow", "Private", "Publication", "protect_publication", "write"]

PROVEN, REFUSED = "proven", "refused"
LARGEST = 3
OUT_OF_TIME = (
    "no proof was found in the time allowed, and what is published must not depend on the machine's speed: "
    "try again when it has nothing else to do; if that does not help, drop one of the largest tables, merge "
    "categories or widen bands in it"
)
CORRECTED = (
    "all tables: as released before: records of the same day were corrected where nothing shown tells of it; "
    "to change: release them with records of a later day"
)
NO_OFFICERS = "the source has no officer identifier, so distinct officers cannot be counted"
NO_RECORDS = "there are no records"
NOT_TOLD = "the records do not tell it"
NO_YEARS = "it shows none of the years of these records"
TOO_MANY = "it crosses more attributes than the policy allows"
JOINED = "it joins attributes that the policy never joins"

ADVICE = {
    NO_OFFICERS: "map officer_key in sources.toml if the source has one",
    NOT_TOLD: "take the columns out of `missing` in sources.toml if a source has them",
    NO_YEARS: "correct the bands, in its publish block or in sources.toml",
    TOO_MANY: "take a dimension out of its publish block",
    JOINED: "take one of these attributes out of its publish block",
}
"""What to change, by the reason why a table was not tried at all."""


@dataclass(frozen=True)
class Private:
    """For the second gate only: true counts, primary cells, cells of one officer, those `released` before."""

    values: Mapping[str, int] = field(default_factory=dict)
    primary: frozenset[str] = frozenset()
    singletons: tuple[tuple[str, tuple[str, ...]], ...] = ()
    released: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Publication:
    """What may be published.

    `findings` say, without a count, why a publication was refused; `held` names the blocks of tables that
    stand as released before.
    """

    status: str
    dropped: tuple[Dropped, ...]
    protected: Mapping[str, Any]
    tables: Sequence[Mapping[str, Any]]
    system: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]
    private: Private
    findings: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


def protect_publication(
    marts: Sequence[Mart],
    context: Context,
    policy: Policy,
    register: Register,
    earlier: Sequence[Earlier],
    key: bytes,
    budget_s: float,
) -> Publication:
    """Withhold what must be withheld in all tables together, or drop tables by name until the rest is proven.

    `key` is the persistent secret behind the choice of partners; `budget_s` bounds each step in seconds.
    The status is `refused` where no table is left, where records and public figures contradict each other, or
    where a step took longer: a slow machine publishes the same as a fast one, or nothing.
    """
    if not any(mart.rows for mart in marts):
        return _refused((), NO_RECORDS)
    before = vintages.family(context.prefix, earlier)
    dropped: tuple[Dropped, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    try:
        scope = _scope(marts, context, policy, before)
        candidates, dropped = _admitted(marts, context, scope, policy)
        setting = _setting(context, scope, policy, register, before, key, budget_s)
        if _denies(marts, context, scope, policy, before):
            return replace(_standing(before[-1], Work((), dropped), setting, earlier), held=(CORRECTED,))
        found, work = search(Work(candidates, dropped), setting)
    except (Contradiction, CountError, InstanceError) as error:
        return _refused(dropped, f"{error}")
    except BudgetError:
        return _refused(dropped, _out_of_time(candidates))
    if not work.candidates:
        return _refused(work.dropped, "no table is left: see the reason that each was left out for")
    if before and not any(c.is_new for c in work.candidates):
        return _standing(before[-1], work, setting, earlier)
    return _publication(found, work, context, setting, earlier)


def _scope(marts: Sequence[Mart], context: Context, policy: Policy, before: Sequence[Earlier]) -> Scope:
    """The name of this vintage: of the day, or a correction of it where records changed without a new day."""
    newest = replace(context.prefix, as_at=vintages.newest_label(context.prefix.as_at, before))
    if not any(e.scope.day == newest.day for e in before):
        return newest
    truth = _truth(marts, context, newest, policy, before)
    return replace(newest, as_at=vintages.current_label(newest.day, before, truth))


def _denies(
    marts: Sequence[Mart], context: Context, scope: Scope, policy: Policy, before: Sequence[Earlier]
) -> bool:
    """Whether records that were corrected without a new day deny what was said of withheld counts.

    Nothing shown tells of such a correction, so that a release of it would tell what is withheld.
    """
    own = [e for e in before if e.scope.as_at == scope.as_at]
    return bool(own) and vintages.denied(own, _truth(marts, context, scope, policy, own))


def _truth(
    marts: Sequence[Mart], context: Context, scope: Scope, policy: Policy, before: Sequence[Earlier]
) -> dict[str, int]:
    """The count of every cell of the tables, and of what releases of this vintage had in other groupings."""
    candidates, _ = _admitted(marts, context, scope, policy)
    rows = {mart.publish.table_id: mart.rows for mart in marts}
    own = (d for e in before if e.scope.as_at == scope.as_at for d in e.definitions)
    tables = [(d, _inside(d, rows[d.table_id])) for d in own if d.table_id in rows]
    tables += [(c.definition, c.mart.rows) for c in candidates]
    return {code: count.n for d, found in tables for code, count in counts(d, found).items()}


def _inside(definition: Definition, rows: Sequence[MartRow]) -> tuple[MartRow, ...]:
    """The rows with the years and codes of a table."""
    return tuple(r for r in rows if all(r.dimensions.get(a.name) in a.leaves for a in definition.axes))


def _admitted(
    marts: Sequence[Mart], context: Context, scope: Scope, policy: Policy
) -> tuple[tuple[Candidate, ...], tuple[Dropped, ...]]:
    """The tables that may be tried at all, fitted to the landing's years; the others with their reason."""
    kept, dropped = [], []
    for mart in marts:
        first, *others = (
            _candidate(mart, publish, context, scope, policy)
            for publish in (mart.publish, *mart.publish.regrouped())
        )
        reason = _not_admitted(first, policy, context.untold)
        if reason:
            dropped.append(Dropped(mart.publish.table_id, mart.publish.title, reason, advice=ADVICE[reason]))
        else:
            possible = tuple(o for o in others if not _not_admitted(o, policy, context.untold))
            kept.append(replace(first, others=possible))
    false = _false_zeros(kept)
    gone = (Dropped(c.definition.table_id, c.mart.publish.title, NEARLY_NOTHING) for c in false)
    return tuple(c for c in kept if c not in false), (*dropped, *gone)


def _false_zeros(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The tables without a record that would say zero of what the records do not tell.

    They count what another table found, or ask for what only such a table asks for. The reason is that of
    tables with few small counts: nobody should see from it whether there are few or none.
    """
    full, empty = [c for c in candidates if c.mart.rows], [c for c in candidates if not c.mart.rows]
    found = {code for c in full if empty for code, n in counts(c.definition, c.mart.rows).items() if n.n}
    false = [c for c in empty if not found.isdisjoint(counts(c.definition, ()))]
    told = {name for c in full for name in c.definition.edge}
    silent = {name for c in false for name in c.definition.edge} - told
    return [c for c in empty if c in false or c.definition.edge & silent]


def _candidate(mart: Mart, publish: Publish, context: Context, scope: Scope, policy: Policy) -> Candidate:
    fitted = publish.fitted(context.years, context.band_overrides)
    definition = Definition.of(
        fitted, scope, context.years, policy.person_constant, policy.full_lines, context.days
    )
    untold = {str(y) for y in context.years} - {str(y) for y in definition.years}
    rows = tuple(r for r in mart.rows if r.dimensions.get(fitted.time_dimension) not in untold)
    return Candidate(replace(mart, publish=fitted, rows=rows), definition)


def _not_admitted(candidate: Candidate, policy: Policy, untold: Collection[str]) -> str:
    publish, rows = candidate.mart.publish, candidate.mart.rows
    if not publish.within.keys().isdisjoint(untold):
        return NOT_TOLD
    if publish.order > policy.order:
        return TOO_MANY
    if any(pair <= candidate.definition.edge for pair in policy.never_join):
        return JOINED
    if publish.unit.startswith("officers") and any(row.officers is None for row in rows):
        return NO_OFFICERS
    return "" if candidate.codes else NO_YEARS


def _setting(
    context: Context,
    scope: Scope,
    policy: Policy,
    register: Register,
    before: tuple[Earlier, ...],
    key: bytes,
    budget_s: float,
) -> Setting:
    own = _binding(register, scope, context.years)
    known = {f.key.code for f in own}
    older = {f.key.code: f for e in before for f in e.figures if f.key.code not in known}
    figures = (*own, *(figure for _, figure in sorted(older.items())))
    return Setting(policy, figures, before, key, budget_s)


def _binding(register: Register, scope: Scope, years: Sequence[int]) -> tuple[Figure, ...]:
    """The figures of this publication's population and day that count some of the landing's years."""
    own = (f for f in register.binding(scope) if set(f.key.years) & set(years))
    return tuple(replace(f, outside=tuple(sorted(set(f.key.years) - set(years)))) for f in own)


def _out_of_time(candidates: Sequence[Candidate]) -> str:
    """What to do when no answer came in time: the tables with most cells are named, by public attributes."""
    largest = sorted(candidates, key=lambda c: (-len(c.codes), c.definition.table_id))[:LARGEST]
    named = (f"{c.definition.table_id} ({' by '.join(c.mart.publish.dimensions)})" for c in largest)
    return f"{OUT_OF_TIME}: {', '.join(named)}"


def _refused(dropped: tuple[Dropped, ...], finding: str) -> Publication:
    return Publication(REFUSED, dropped, {}, (), {}, (), Private(), (f"publication refused: {finding}",))


def _standing(last: Earlier, work: Work, setting: Setting, earlier: Sequence[Earlier]) -> Publication:
    """Every block is held: the release before stands as it is."""
    return Publication(
        PROVEN, work.dropped, last.protected, last.tables, last.system, ledger.history(earlier),
        Private(dict(last.shown), released=frozenset(last.shown)), held=work.words(setting),
    )  # fmt: skip


def _publication(
    found: Attempt, work: Work, context: Context, setting: Setting, earlier: Sequence[Earlier]
) -> Publication:
    assembly, public = found.assembly, found.public
    if assembly is None or public is None:
        raise TypeError("only a proven attempt can be published")
    ids, policy = assembly.linked.ids, setting.policy
    showing = Showing(
        {c: assembly.truth[c] for c in assembly.tabulated if c not in found.withheld},
        found.withheld,
        frozenset(assembly.public),
        assembly.structural,
        vintages.rows_before(setting.earlier),
    )
    head = render.header(context, policy)
    own = [f for f in setting.figures if f.wording]
    return Publication(
        status=PROVEN,
        dropped=work.dropped,
        protected={
            "version": 1,
            "header": head,
            "tables": [
                render.table(c.mart, c.definition, showing, context, policy, found.statements)
                for c in work.candidates
            ],
            "dropped": [render.left_out(d.table_id, d.title, d.reason) for d in work.dropped],
            "breaks": [dict(b) for b in context.breaks],
            "register": render.register_entries(own),
            "published_figures": [dict(f) for f in context.published_figures],
        },
        tables=[payload(c.definition, [ids[code] for code in c.row_codes]) for c in work.candidates],
        system=_system(public, found, setting, head, work.candidates),
        history=ledger.history(earlier),
        private=_private(found),
        held=work.words(setting),
    )


def _system(
    public: Instance, found: Attempt, setting: Setting, head: Mapping[str, Any], kept: Sequence[Candidate]
) -> dict[str, Any]:
    """`system.json`: the instance without what tells how it was protected, and what it was built from."""
    whole = public.to_payload()
    private = ("singletons", "never_hide", "must_hide", "must_prove", "primary", "key", "budget_s")
    content = {name: value for name, value in whole.items() if name not in private}
    label = kept[0].definition.scope.as_at
    holds = setting.policy.hold != "off" and any(e.scope.as_at != label for e in setting.earlier)
    before = setting.definitions_before([c.definition for c in kept])
    return {
        **content,
        "release": {
            "header": dict(head),
            "inner_cells": setting.policy.inner_cells,
            "earlier": [payload(d, []) for d in before],
            "figures": [f.payload for f in setting.figures],
            **({"excess": True} if setting.policy.allegations_minus_officers == "withhold" else {}),
            **({"hold_exempt": list(setting.policy.hold_exempt)} if holds else {}),
            **_exceptions(public, found),
            **_told_before(found),
        },
    }


def _told_before(found: Attempt) -> dict[str, Any]:
    told = found.assembly.knowledge.statements if found.assembly else ()
    return {"statements": [relation.payload for relation in told]} if told else {}


def _exceptions(public: Instance, found: Attempt) -> dict[str, list[str]]:
    """Cells whose showing, or whose least value, follows from an earlier release and not from this one."""
    assembly = found.assembly
    if assembly is None:
        return {}
    zeros = rules.possible_zeros(assembly.linked, public, assembly.public)
    before = [c.code for c in public.cells if c.code in assembly.knowledge.shown_before and c.published]
    new = [c for c in before if c not in assembly.public]
    kept = [c for c in new if _would_go(assembly.truth[c], c in zeros, public)]
    low = [c.code for c in public.cells if c.lower == 0 and c.code not in zeros]
    exceptions = {"kept": sorted(kept), "may_be_zero_before": sorted(low) if public.zeros_published else []}
    return {name: codes for name, codes in exceptions.items() if codes}


def _would_go(value: int, may_be_zero: bool, public: Instance) -> bool:
    return 0 < value < (public.threshold or 0) or (value == 0 and (may_be_zero or not public.zeros_published))


def _private(found: Attempt) -> Private:
    assembly = found.assembly
    if assembly is None:
        return Private()
    values = {c: assembly.truth[c] for c in sorted(assembly.published)}
    released = {c for c, value in assembly.knowledge.shown_before.items() if values.get(c) == value}
    return Private(values, found.primary, found.singletons, frozenset(released))


def write(publication: Publication, folder: Path) -> None:
    """Write the four files of a protected publication as canonical JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "protected": publication.protected,
        "tables": publication.tables,
        "system": publication.system,
        "history": publication.history,
    }
    for name, value in content.items():
        (folder / f"{name}.json").write_text(canonical(value), encoding="utf-8", newline="\n")


def canonical(value: object) -> str:
    """JSON with one possible text for each value."""
    return (
        json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n"
    )
