"""Labels that their code list knows for some days only: SQL that tells which are used on another day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from ingest.codelists import ANY, TYPE_SEED, VALUE_SEED, CodeLists, SeedRow, normal, normal_sql
from ingest.findings import LandingError, error
from ingest.sql import literal

ALWAYS = (date(1900, 1, 1), date.max)
DAYS = {"allegation_type": ("recorded",)}
"""The days that count, the first that is there; else the day on which the force came to know, or recorded."""

Span = tuple[date, date]
Dated = Mapping[str, Mapping[str, tuple[Span, ...]]]
"""By column and label in normal form, the days on which the label stands for something, first and last."""


def dated_labels(code_lists: CodeLists, vocabulary: str) -> Dated:
    """The columns of a vocabulary with a label that does not stand for ever, each with all its labels.

    A label of the vocabulary's own wins over one for any.

    Raises:
        LandingError: a day of a code list that is none.
    """
    found: dict[str, dict[str, dict[str, list[Span]]]] = {}
    for seed in (VALUE_SEED, TYPE_SEED):
        for row in code_lists.rows.get(seed, ()):
            if row["vocabulary"] in (vocabulary, ANY):
                column = row.get("column_name", "allegation_type")
                owners = found.setdefault(column, {}).setdefault(normal(row["label"]), {})
                owners.setdefault(row["vocabulary"], []).append(_span(seed, row))
    own = {
        column: {label: tuple(owners.get(vocabulary) or owners[ANY]) for label, owners in labels.items()}
        for column, labels in found.items()
    }
    return {column: labels for column, labels in own.items() if set(labels.values()) != {(ALWAYS,)}}


def _span(seed: str, row: SeedRow) -> Span:
    first, last = row.get("valid_from"), row.get("valid_to")
    try:
        return (
            date.fromisoformat(first) if first else ALWAYS[0],
            date.fromisoformat(last) if last else ALWAYS[1],
        )
    except ValueError:
        message = f"the label {row['label']!r} is valid from {first!r} to {last!r}, which are not both days"
        raise LandingError([error("seed_date", seed, message, "write days like 2020-02-01")]) from None


def day_of(column: str, suffix: str) -> str:
    """SQL: the day on which a label of the column must stand in its list, from columns with the suffix."""
    return f"coalesce({', '.join(name + suffix for name in DAYS.get(column, ('known', 'recorded')))})"


def out_of_date(column: str, day: str, labels: Mapping[str, tuple[Span, ...]]) -> str:
    """SQL: whether the column holds a label that does not stand for anything on the day."""
    groups: dict[tuple[Span, ...], list[str]] = {}
    for label, spans in labels.items():
        groups.setdefault(spans, []).append(label)
    text = normal_sql(column)
    tests = [
        f"({text} IN ({_listed(names)}) AND NOT ({' OR '.join(_inside(day, span) for span in spans)}))"
        for spans, names in groups.items()
        if spans != (ALWAYS,)
    ]
    return f"coalesce({' OR '.join(tests)}, false)"


def words(column: str, day: str, labels: Mapping[str, tuple[Span, ...]]) -> str:
    """SQL: what is told of such a label, with the labels that the list has for the day."""
    cases = [
        f"WHEN {_inside(day, span)} THEN {literal(', '.join(repr(name) for name in names))}"
        for span, names in _in_use(labels)
    ]
    return (
        f"'{column} ' || to_json({column}) || ' does not stand in its list on ' || {day} || "
        f"'; that day it has ' || CASE {' '.join(cases)} ELSE 'none' END"
    )


def _in_use(labels: Mapping[str, tuple[Span, ...]]) -> Iterable[tuple[Span, list[str]]]:
    """The spans between the days on which the list changes, each with its labels."""
    spans = [span for found in labels.values() for span in found]
    starts = sorted({first for first, _ in spans} | {_next(last) for _, last in spans if last < date.max})
    for first, after in zip(starts, [*starts[1:], None], strict=True):
        names = sorted(n for n, found in labels.items() if any(a <= first <= b for a, b in found))
        if names:
            yield (first, date.max if after is None else after - timedelta(days=1)), names


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _inside(day: str, span: Span) -> str:
    return f"{day} BETWEEN DATE '{span[0]}' AND DATE '{span[1]}'"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(literal(name) for name in names)
