"""Protect a whole publication as one linked system; drop tables by name until what is left is proven."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from disclosure import ledger, render, rules
from disclosure.assemble import Contradiction
from disclosure.attempt import Attempt, Candidate, Setting, attempt
from disclosure.counts import CountError, Mart, MartRow
from disclosure.instance import Instance, InstanceError
from disclosure.ledger import Earlier
from disclosure.policy import Policy
from disclosure.register import Figure, Register
from disclosure.render import Context, Showing
from disclosure.system import Definition, payload

__all__ = ["Context", "Mart", "MartRow", "Private", "Publication", "protect_publication", "write"]

PROVEN, REFUSED = "proven", "refused"
NO_OFFICERS = "the source has no officer identifier, so distinct officers cannot be counted"
NO_RECORDS = "there are no records for it"
TOO_MANY = "it crosses more attributes than the policy allows"
JOINED = "it joins attributes that the policy never joins"
ALL_WITHHELD = "nearly all of it would have been withheld"


@dataclass(frozen=True)
class Dropped:
    """A table that is not published, and why, in fixed words."""

    table_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class Private:
    """For the second gate only: true counts, the primary cells, and the cells of one officer."""

    values: Mapping[str, int] = field(default_factory=dict)
    primary: frozenset[str] = frozenset()
    singletons: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Publication:
    """What may be published. `findings` say, without a count, why a publication was refused."""

    status: str
    dropped: tuple[Dropped, ...]
    protected: Mapping[str, Any]
    tables: Sequence[Mapping[str, Any]]
    system: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]
    private: Private
    findings: tuple[str, ...] = ()


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

    `key` is the persistent secret behind the choice of partners; `budget_s` bounds each attempt in seconds.
    The status is `refused` where no table is left, or where records and public figures contradict each other.
    """
    scope = context.prefix
    same = tuple(e for e in earlier if e.scope == scope)
    setting = Setting(policy, _binding(register, context), same, key, budget_s)
    candidates, dropped = _admitted(marts, context, policy)
    try:
        found, kept, dropped = _reduced(candidates, dropped, setting)
    except (Contradiction, CountError, InstanceError) as error:
        return _refused(dropped, f"{error}")
    if not kept:
        return _refused(dropped, "no table is left: see the reason that each was left out for")
    return _publication(found, kept, dropped, context, setting, earlier)


def _admitted(
    marts: Sequence[Mart], context: Context, policy: Policy
) -> tuple[tuple[Candidate, ...], tuple[Dropped, ...]]:
    """The tables that may be tried at all, fitted to the landing's years; the others with their reason."""
    kept, dropped = [], []
    for mart in marts:
        publish = mart.publish.fitted(context.years, dict(context.band_overrides))
        definition = Definition.of(publish, context.prefix, context.years, policy.person_constant)
        candidate = Candidate(replace(mart, publish=publish), definition)
        reason = _not_admitted(candidate, policy)
        if reason:
            dropped.append(Dropped(publish.table_id, publish.title, reason))
        else:
            kept.append(candidate)
    return tuple(kept), tuple(dropped)


def _not_admitted(candidate: Candidate, policy: Policy) -> str:
    publish, rows = candidate.mart.publish, candidate.mart.rows
    if publish.order > policy.order:
        return TOO_MANY
    if any(pair <= candidate.definition.edge for pair in policy.never_join):
        return JOINED
    if publish.unit.startswith("officers") and any(row.officers is None for row in rows):
        return NO_OFFICERS
    return NO_RECORDS if not rows or not candidate.codes else ""


def _binding(register: Register, context: Context) -> tuple[Figure, ...]:
    """The figures of this publication's population and day whose years are all in the landing."""
    return tuple(f for f in register.binding(context.prefix) if set(f.key.years) <= set(context.years))


def _reduced(
    candidates: tuple[Candidate, ...], dropped: tuple[Dropped, ...], setting: Setting
) -> tuple[Attempt, tuple[Candidate, ...], tuple[Dropped, ...]]:
    """Try all tables; while they are not proven, leave out one and try again."""
    found = Attempt()
    while candidates:
        found = attempt(candidates, setting)
        unproven, reason = found.unproven, found.reason
        if not unproven:
            unproven, reason = _empty(candidates, found), ALL_WITHHELD
        if not unproven:
            break
        last = min((c for c in candidates if c.definition.table_id in unproven), key=_expendable)
        dropped = (*dropped, Dropped(last.definition.table_id, last.mart.publish.title, reason))
        candidates = tuple(c for c in candidates if c is not last)
    return found, candidates, dropped


def _expendable(candidate: Candidate) -> tuple[bool, int, str]:
    """Tables outside the core first, then the finest: public attributes only."""
    return candidate.mart.publish.core, -len(candidate.codes), candidate.definition.table_id


def _empty(candidates: Sequence[Candidate], found: Attempt) -> tuple[str, ...]:
    """Tables that would show nothing but what is public anyway."""
    public = found.assembly.public if found.assembly else {}
    return tuple(
        c.definition.table_id
        for c in candidates
        if c.codes & found.withheld
        and all(code in found.withheld for code in c.codes - set(public))
        and not any(code in public for code in c.codes - _structural(found))
    )


def _structural(found: Attempt) -> frozenset[str]:
    return found.assembly.structural if found.assembly else frozenset()


def _refused(dropped: tuple[Dropped, ...], finding: str) -> Publication:
    return Publication(REFUSED, dropped, {}, (), {}, (), Private(), (f"publication refused: {finding}",))


def _publication(
    found: Attempt,
    kept: tuple[Candidate, ...],
    dropped: tuple[Dropped, ...],
    context: Context,
    setting: Setting,
    earlier: Sequence[Earlier],
) -> Publication:
    assembly, public = found.assembly, found.public
    if assembly is None or public is None:
        raise TypeError("only a proven attempt can be published")
    ids = assembly.linked.ids
    showing = Showing(
        {c: assembly.truth[c] for c in assembly.tabulated if c not in found.withheld},
        found.withheld,
        frozenset(assembly.public),
        assembly.structural,
    )
    head = render.header(context, setting.policy)
    return Publication(
        status=PROVEN,
        dropped=dropped,
        protected={
            "version": 1,
            "header": head,
            "tables": [render.table(c.mart, c.definition, showing, context, setting.policy) for c in kept],
            "dropped": [asdict(d) for d in dropped],
            "breaks": [dict(b) for b in context.breaks],
            "register": render.register_entries(setting.figures),
            "published_figures": [dict(f) for f in context.published_figures],
        },
        tables=[
            payload(c.definition, [ids[c.definition.key(p).code] for p in c.definition.rows()]) for c in kept
        ],
        system=_system(public, found, setting, head, kept),
        history=ledger.history(earlier),
        private=_private(found),
    )


def _system(
    public: Instance, found: Attempt, setting: Setting, head: Mapping[str, Any], kept: Sequence[Candidate]
) -> dict[str, Any]:
    """`system.json`: the instance without what tells how it was protected, and what it was built from."""
    whole = public.to_payload()
    private = ("singletons", "never_hide", "must_hide", "must_prove", "primary", "key", "budget_s")
    content = {name: value for name, value in whole.items() if name not in private}
    before = setting.definitions_before([c.definition for c in kept])
    return {
        **content,
        "release": {
            "header": dict(head),
            "inner_cells": setting.policy.inner_cells,
            "earlier": [payload(d, []) for d in before],
            "figures": [f.payload for f in setting.figures],
            **_exceptions(public, found),
        },
    }


def _exceptions(public: Instance, found: Attempt) -> dict[str, list[str]]:
    """Cells whose showing, or whose least value, follows from an earlier release and not from this one."""
    assembly = found.assembly
    if assembly is None:
        return {}
    zeros = rules.possible_zeros(assembly.linked, public, assembly.public)
    before = [c.code for c in public.cells if c.code in assembly.knowledge.shown_before and c.published]
    kept = [
        c for c in before if c not in assembly.public and _would_go(assembly.truth[c], c in zeros, public)
    ]
    low = [c.code for c in public.cells if c.lower == 0 and c.code not in zeros]
    exceptions = {"kept": sorted(kept), "may_be_zero_before": sorted(low) if public.zeros_published else []}
    return {name: codes for name, codes in exceptions.items() if codes}


def _would_go(value: int, may_be_zero: bool, public: Instance) -> bool:
    return 0 < value < (public.threshold or 0) or (value == 0 and (may_be_zero or not public.zeros_published))


def _private(found: Attempt) -> Private:
    assembly = found.assembly
    if assembly is None:
        return Private()
    values = {c: assembly.truth[c] for c in sorted(assembly.tabulated)}
    return Private(values, found.primary, found.singletons)


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
