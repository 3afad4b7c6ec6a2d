"""What another policy would cost, by table, from the records of this home. Private; publishes nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dagster_project import protected, warehouse
from dagster_project.errors import BadInput
from dagster_project.raw import landing_of
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from disclosure.policy import Policy
    from disclosure.trial import Cost

HEAD = ("table", "shown now", "withheld now", "shown then", "withheld then", "")


def try_policy(settings: Settings, changes: Mapping[str, object]) -> tuple[Cost, ...]:
    """Protect this home's marts under the policy in force and under the changed one.

    As if nothing had been released before: what was shown once stands, whatever the policy says afterwards.

    Raises:
        BadInput: an entry or value that a policy cannot have, or a home without records.
        Refused: the policy in force is wrong.
    """
    from disclosure import trial

    policy = protected._policy(settings)
    other = _changed(policy, changes)
    landing, register = landing_of(settings), protected._register(settings)
    with protected._warehouse(settings) as connection:
        nodes = protected.published_nodes(warehouse.read_project(settings).manifest)
        marts = tuple(protected._mart(connection, node) for node in nodes)
    context, key = protected._context(settings, landing), protected.secret_key(settings)
    return trial.try_policy(marts, context, policy, other, register, (), key, protected.BUDGET_S)


def read_changes(threshold: int | None, entries: Iterable[str]) -> dict[str, object]:
    """`NAME=VALUE` as a policy file would have it; a bare word is a text.

    Raises:
        BadInput: no change at all, or an entry without `=`.
    """
    changes: dict[str, object] = {} if threshold is None else {"threshold": threshold}
    for entry in entries:
        name, sign, text = entry.partition("=")
        if not (name.strip() and sign and text.strip()):
            raise BadInput((f"{entry!r}: write a change as NAME=VALUE, such as zeros=withheld",))
        changes[name.strip()] = _value(text.strip())
    if not changes:
        raise BadInput(("nothing to try: give --threshold N or --set NAME=VALUE",))
    return changes


def lines(costs: Sequence[Cost]) -> list[str]:
    """A line a table, then all of them together."""
    figures = [(c.shown_now, c.withheld_now, c.shown_then, c.withheld_then) for c in costs]
    rows = [(c.table_id, *f, _words(c)) for c, f in zip(costs, figures, strict=True)]
    total = ("all tables", *(sum(column) for column in zip(*figures, strict=True)), "")
    table = [tuple(map(str, row)) for row in (HEAD, *rows, total)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [_line(row, widths) for row in table]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *numbers, words = row
    cells = [n.rjust(width) for n, width in zip(numbers, widths[1:-1], strict=True)]
    return "  ".join([first.ljust(widths[0]), *cells, words]).rstrip()


def _words(cost: Cost) -> str:
    if cost.dropped_then and cost.dropped_now:
        return f"left out either way: {cost.dropped_then}"
    if cost.dropped_then:
        return f"would be left out: {cost.dropped_then}"
    return f"would come in; left out now: {cost.dropped_now}" if cost.dropped_now else ""


def _changed(policy: Policy, changes: Mapping[str, object]) -> Policy:
    try:
        return policy.changed(changes)
    except ValueError as error:
        raise BadInput((str(error),)) from None


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
