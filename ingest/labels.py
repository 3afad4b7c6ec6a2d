"""Labels of closed columns: known, several in one cell, or unknown with the nearest known ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ingest.codelists import normal, parts, seed_of
from ingest.findings import nearest

SEVERAL = 'send one row an outcome, correct the cell, or declare several_outcomes = "most_severe" or "split"'
NEAREST_FOR = 100
"""Looking for like labels costs time: not done for more unknown labels of a column than this."""


@dataclass(frozen=True)
class UnknownLabel:
    """A label that no code list has, why, and what to do."""

    column_name: str
    label: str
    code: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class SettledLabel:
    """A cell with several known outcomes, and the one that holds by the entry's rule."""

    column_name: str
    label: str
    holds: str


def unknown_labels(column: str, labels: Iterable[str], known: Mapping[str, str]) -> tuple[UnknownLabel, ...]:
    """Those of the labels found in a closed column that its code list does not have."""
    strange = sorted(label for label in labels if normal(label) not in known)
    return tuple(_judge(column, label, known, number < NEAREST_FOR) for number, label in enumerate(strange))


def _judge(column: str, label: str, known: Mapping[str, str], look: bool) -> UnknownLabel:
    shown = _shown(label)
    pieces = parts(label)
    if len(pieces) > 1 and all(piece in known for piece in pieces):
        reason = f"{column} holds several outcomes in one cell: {shown}"
        return UnknownLabel(column, label, "several_outcomes", reason, SEVERAL)
    likely = nearest(label, known.values()) if look and len(label) <= 200 else ()
    hint = f" (nearest known: {', '.join(repr(name) for name in likely)})" if likely else ""
    reason = f"{column} has the unknown label {shown}{hint}"
    return UnknownLabel(
        column, label, "unknown_label", reason, f"add a row to {seed_of(column)}, or correct the cell"
    )


def _shown(label: str) -> str:
    return repr(label if len(label) <= 200 else label[:200] + "...")
