"""What another policy would cost, by table, from the records of this home. Private; publishes nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_project import protected, warehouse
from dagster_project.errors import BadInput
from dagster_project.raw import landing_of
from dagster_project.register import register_of
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from disclosure.policy import Policy
    from disclosure.publication import Context, Mart
    from disclosure.register import Register
    from disclosure.trial import Cost

HEAD = ("table", "shown now", "withheld now", "shown then", "withheld then", "")


@dataclass(frozen=True)
class Records:
    """What a trial protects: this home's marts as they are, as if nothing had been released before.

    What was shown once stands whatever the policy says, so earlier releases would hide every price.
    """

    marts: tuple[Mart, ...]
    context: Context
    register: Register
    key: bytes


def try_policy(settings: Settings, changes: Mapping[str, object]) -> tuple[Cost, ...]:
    """Protect under the policy in force and under the changed one; compare table by table.

    Raises:
        BadInput: an entry or value that a policy cannot have, or a home without records.
        Refused: the policy in force is wrong.
    """
    from disclosure import trial

    policy = protected.policy_of(settings)
    other, of = _changed(policy, changes), _records(settings)
    return trial.try_policy(of.marts, of.context, policy, other, of.register, (), of.key, protected.BUDGET_S)


def try_options(settings: Settings) -> Mapping[str, tuple[Cost, ...]]:
    """What each single option of a policy costs against the policy in force, by its name.

    Raises:
        BadInput: a home without records.
        Refused: the policy in force is wrong.
    """
    from disclosure import trial

    policy, of = protected.policy_of(settings), _records(settings)
    options = [option for option in trial.OPTIONS if option.earlier]
    return trial.try_options(
        of.marts, of.context, policy, options, of.register, (), of.key, protected.BUDGET_S
    )


def _records(settings: Settings) -> Records:
    landing, register = landing_of(settings), register_of(settings)
    with protected.opened_warehouse(settings) as connection:
        nodes = protected.published_nodes(warehouse.read_project(settings).manifest)
        marts = tuple(protected.mart_of(connection, node) for node in nodes)
        context = protected.context_of(settings, landing, protected.days_of(connection))
    return Records(marts, context, register, protected.secret_key(settings))


def read_changes(threshold: int | None, entries: Iterable[str]) -> dict[str, object]:
    """`NAME=VALUE` as a policy file would have it; a bare word is a text.

    Raises:
        BadInput: an entry without `=`.
    """
    changes: dict[str, object] = {} if threshold is None else {"threshold": threshold}
    for entry in entries:
        name, sign, text = entry.partition("=")
        if not (name.strip() and sign and text.strip()):
            raise BadInput((f"{entry!r}: write a change as NAME=VALUE, such as zeros=withheld",))
        changes[name.strip()] = _value(text.strip())
    return changes


def lines(costs: Sequence[Cost]) -> list[str]:
    """A line a table, then all of them together."""
    figures = [(c.shown_now, c.withheld_now, c.shown_then, c.withheld_then) for c in costs]
    rows = [(c.table_id, *f, _words(c)) for c, f in zip(costs, figures, strict=True)]
    return _aligned([HEAD, *rows, ("all tables", *_together(costs), _left_out(costs))])


def option_lines(costs: Mapping[str, Sequence[Cost]]) -> list[str]:
    """A line an option, for all tables together; the tables that it would leave out are named."""
    rows = [(name, *_together(of), _left_out(of)) for name, of in costs.items()]
    return _aligned([("option", *HEAD[1:]), *rows])


def _left_out(costs: Sequence[Cost]) -> str:
    tables = [cost.table_id for cost in costs if cost.dropped_then]
    if not any(cost.shown_then or cost.withheld_then for cost in costs):
        return "nothing could be published"
    return f"left out: {', '.join(tables)}" if tables else ""


def _together(costs: Sequence[Cost]) -> tuple[int, ...]:
    figures = [(c.shown_now, c.withheld_now, c.shown_then, c.withheld_then) for c in costs]
    return tuple(sum(column) for column in zip(*figures, strict=True))


def _aligned(rows: Sequence[Sequence[object]]) -> list[str]:
    table = [tuple(map(str, row)) for row in rows]
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
