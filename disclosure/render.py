"""Protected tables as site, files and second gate read them: shown values, markers, fixed words."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from disclosure.cells import Scope
from disclosure.counts import Mart
from disclosure.instance import LEAST_WIDTH
from disclosure.policy import Policy
from disclosure.publish import TOTAL
from disclosure.rates import WITHHELD as WITHHELD
from disclosure.rates import Statement
from disclosure.register import Figure
from disclosure.system import Axis, Definition, Position
from disclosure.vintages import block_of, name_of

ALREADY_PUBLIC = "already public"
ACCESSIBLE = "s.21"

Label = tuple[str, str]


@dataclass(frozen=True)
class Context:
    """Whose publication it is, and words for its codes: `labels[dimension][code]` = (label, definition).

    `untold` are the attributes that the description of the sources says no record can tell: a public fact.
    `days` are the as-at days of the years whose records have another than `as_at`; None where nobody told.
    """

    force: str
    scope: str
    population: str
    as_at: datetime.date
    years: tuple[int, ...]
    synthetic: bool = False
    vocabulary: str = ""
    band_overrides: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, Label]] = field(default_factory=dict)
    breaks: Sequence[Mapping[str, str]] = ()
    published_figures: Sequence[Mapping[str, str]] = ()
    untold: frozenset[str] = frozenset()
    days: Mapping[int, datetime.date] | None = None

    @property
    def prefix(self) -> Scope:
        """The first words of every cell's name."""
        return Scope(self.force, self.scope, self.population, self.as_at.isoformat())

    def label(self, dimension: str, code: str) -> Label:
        """Display label and plain definition of a code; years are their own label."""
        found = self.labels.get(dimension, {})
        label, definition = found.get(code, (code.replace("_", " ").capitalize(), ""))
        return label, definition


@dataclass(frozen=True)
class Showing:
    """What is shown and withheld, what public knowledge fixes, what is structurally zero and why: by code.

    `before` are the rows of earlier releases that stand in held blocks.
    """

    shown: Mapping[str, int]
    withheld: frozenset[str]
    public: frozenset[str]
    structural: Mapping[str, str]
    before: Mapping[tuple[str, ...], Mapping[str, Any]] = field(default_factory=dict)


def header(context: Context, policy: Policy) -> dict[str, Any]:
    """The first object of `protected.json`; a width of two is not stated, there or in the linked system."""
    return {
        "force": context.force,
        "scope": context.scope,
        "population": context.population,
        "as_at": context.as_at.isoformat(),
        "year_from": min(context.years),
        "year_to": max(context.years),
        "synthetic": context.synthetic,
        "vocabulary": context.vocabulary,
        "policy_version": policy.version,
        "policy_sha256": policy.sha256,
        "threshold": policy.threshold,
        **({"width": policy.p1_values} if policy.p1_values != LEAST_WIDTH else {}),
    }


def table(
    mart: Mart, definition: Definition, showing: Showing, context: Context, policy: Policy,
    statements: Sequence[Statement] = (),
) -> dict[str, Any]:  # fmt: skip
    """One table of `protected.json`, with its rates and medians where it has some."""
    own = [one.payload for one in statements if one.table_id == definition.table_id]
    positions = definition.rows()
    levels = dict(mart.publish.show)
    return {
        "table_id": definition.table_id,
        "title": mart.publish.title,
        "description": mart.description,
        "unit": definition.unit,
        "time_basis": definition.time_basis,
        "as_at": definition.scope.day,
        "measures": list(mart.publish.measures),
        "within": [_within(context, name, code) for name, code in sorted(definition.within.items())],
        "dimensions": [
            _dimension(a, levels.get(a.name, ("leaves", "total")), context, definition, positions)
            for a in definition.axes
        ],
        "rows": [
            dict(showing.before[name_of(definition, p)])
            if block_of(definition, p) in definition.held
            else _row(definition, p, showing, context, policy)
            for p in positions
        ],
        **({"statements": own} if own else {}),
    }


def left_out(table_id: str, title: str, reason: str) -> dict[str, str]:
    """A table that is not published, as the site names it."""
    return {"table_id": table_id, "title": title, "reason": reason}


def register_entries(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """The public figures that bind this publication, as they were worded."""
    return [
        {
            "wording": f.wording,
            "source": f.source,
            "source_ref": f.source_ref,
            "year_from": f.key.years[0],
            "year_to": f.key.years[-1],
            "unit": f.key.unit,
            "value": f.value if f.value is not None else f"{f.least}-{f.most}",
        }
        for f in figures
    ]


def _within(context: Context, name: str, code: str) -> dict[str, str]:
    label, definition = context.label(name, code)
    return {
        "name": name,
        "dimension": _name(context, name)[0],
        "code": code,
        "label": label,
        "definition": definition,
    }


def _name(context: Context, name: str) -> Label:
    found = context.labels.get("dimension", {})
    words = {"recorded_year": "Year recorded", "finalised_year": "Year finalised"}
    label, definition = found.get(name, (words.get(name, name.replace("_", " ").capitalize()), ""))
    return label, definition


def _dimension(
    axis: Axis, levels: Sequence[str], context: Context, definition: Definition, positions: Sequence[Position]
) -> dict[str, Any]:
    label, words = _name(context, axis.name)
    used = {p[definition.axes.index(axis)] for p in positions}
    entry: dict[str, Any] = {
        "name": axis.name,
        "label": label,
        "definition": words,
        "kind": "time" if axis.time else "category",
        "levels": list(levels),
        "total": "Total" if axis.total else None,
    }
    codes = [c for c in axis.shown if c in used]
    entry["categories"] = [
        dict(
            zip(
                ("code", "label", "definition"),
                (c, *((c, "") if axis.time else context.label(axis.name, c))),
                strict=True,
            )
        )
        for c in codes
    ]
    return entry


def _row(
    definition: Definition, position: Position, showing: Showing, context: Context, policy: Policy
) -> dict[str, Any]:
    key = definition.key(position)
    codes = {a.name: c for a, c in zip(definition.axes, position, strict=True) if not a.time}
    marker = _marker(key.code, showing, policy)
    return {
        **identity(definition, position),
        "value": None if marker else showing.shown[key.code],
        "marker": marker,
        "notes": "" if marker else _notes(key.years, context),
        "reason": _reason(key.code, marker, showing),
        "exemption": _exemption(key.code, marker, showing, {**definition.within, **codes}, policy),
    }


def identity(definition: Definition, position: Position) -> dict[str, Any]:
    """What a row says it counts: all of it but the figure follows from the definition."""
    key = definition.row_key(position)
    codes = {a.name: c for a, c in zip(definition.axes, position, strict=True) if not a.time}
    return {
        "table_id": definition.table_id,
        "force": key.scope.force,
        "scope": key.scope.scope,
        "population": key.scope.population,
        "unit": definition.unit,
        "time_basis": definition.time_basis,
        "as_at": key.scope.day,
        "year_from": min(key.years),
        "year_to": max(key.years),
        **codes,
        "measure": definition.measure,
        "cell": key.code,
    }


def _marker(code: str, showing: Showing, policy: Policy) -> str | None:
    if code in showing.structural:
        return "z"
    return policy.marker if code in showing.withheld else None


def _reason(code: str, marker: str | None, showing: Showing) -> str:
    if marker == "z":
        return showing.structural[code]
    if marker:
        return WITHHELD
    return ALREADY_PUBLIC if code in showing.public else ""


def _exemption(
    code: str, marker: str | None, showing: Showing, codes: Mapping[str, str], policy: Policy
) -> str:
    if marker == "z":
        return ""
    if marker:
        return policy.exemption({n: c for n, c in codes.items() if c != TOTAL})
    return ACCESSIBLE if code in showing.public else ""


def _notes(years: Sequence[int], context: Context) -> str:
    """`b` where the regulations changed within the years counted."""
    changed = any(min(years) <= int(str(b["on"])[:4]) <= max(years) for b in context.breaks)
    return "b" if changed else ""
