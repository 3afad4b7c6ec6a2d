"""What another policy would cost: cells shown and withheld by table. Private; publishes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from disclosure.counts import Mart
from disclosure.ledger import Earlier
from disclosure.policy import Policy
from disclosure.publication import Publication, protect_publication
from disclosure.register import Register
from disclosure.render import Context


@dataclass(frozen=True)
class Cost:
    """One table under two policies: cells shown and withheld; `dropped`: why it is left out."""

    table_id: str
    shown_now: int
    withheld_now: int
    shown_then: int
    withheld_then: int
    dropped_now: str = ""
    dropped_then: str = ""


def try_policy(
    marts: Sequence[Mart],
    context: Context,
    policy: Policy,
    other: Policy,
    register: Register,
    earlier: Sequence[Earlier],
    key: bytes,
    budget_s: float,
) -> tuple[Cost, ...]:
    """Protect under both policies and compare table by table, in the order of the marts."""
    now, then = (
        protect_publication(marts, context, p, register, earlier, key, budget_s) for p in (policy, other)
    )
    return tuple(_cost(mart.publish.table_id, now, then) for mart in marts)


@dataclass(frozen=True)
class Option:
    """Something to try: other policy values, less that is known or protected against, another secret."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    register: bool = True
    earlier: bool = True
    singletons: bool = True
    key: bytes | None = None


OPTIONS = (
    *(Option(f"threshold {n}", {"threshold": n}) for n in (3, 5, 10)),
    Option("zeros withheld", {"zeros": "withheld"}),
    Option("allegations counted in place of officers", {"primary": "allegations"}),
    Option("full lines withheld", {"full_lines": "withhold"}),
    Option("officers or allegations, not both", {"allegations_minus_officers": "withhold"}),
    Option("without the register", register=False),
    Option("without earlier releases", earlier=False),
    Option("without protection against single officers", singletons=False),
    Option("another secret", key=b"another secret of thirty-two byt"),
)
"""What an officer may want to know the price of; `try_options` takes these or others."""


def try_options(
    marts: Sequence[Mart],
    context: Context,
    policy: Policy,
    options: Sequence[Option],
    register: Register,
    earlier: Sequence[Earlier],
    key: bytes,
    budget_s: float,
) -> dict[str, tuple[Cost, ...]]:
    """What each option costs by itself, table by table, against the policy in force; by its name.

    Raises:
        ValueError: an entry or value that the policy does not know.
    """
    now = protect_publication(marts, context, policy, register, earlier, key, budget_s)
    found = {}
    for option in options:
        other = replace(policy.changed(option.values), singletons=option.singletons)
        known, before = register if option.register else Register(), earlier if option.earlier else ()
        then = protect_publication(marts, context, other, known, before, option.key or key, budget_s)
        found[option.name] = tuple(_cost(mart.publish.table_id, now, then) for mart in marts)
    return found


def _cost(table_id: str, now: Publication, then: Publication) -> Cost:
    (shown_now, withheld_now), (shown_then, withheld_then) = _cells(now, table_id), _cells(then, table_id)
    return Cost(
        table_id,
        shown_now,
        withheld_now,
        shown_then,
        withheld_then,
        _reason(now, table_id),
        _reason(then, table_id),
    )


def _cells(publication: Publication, table_id: str) -> tuple[int, int]:
    tables: Sequence[Mapping[str, object]] = publication.protected.get("tables", ())
    rows = [row for table in tables if table["table_id"] == table_id for row in _rows(table)]
    return sum(row["value"] is not None for row in rows), sum(row["marker"] == "c" for row in rows)


def _rows(table: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    rows = table["rows"]
    return rows if isinstance(rows, list) else []


def _reason(publication: Publication, table_id: str) -> str:
    return next((d.reason for d in publication.dropped if d.table_id == table_id), "")
