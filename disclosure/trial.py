"""What another policy would cost: cells shown and withheld by table. Private; publishes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
