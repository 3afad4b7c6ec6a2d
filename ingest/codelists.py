"""The code lists that a label is checked against: the seed CSVs that the warehouse loads too."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.canonical import OUTCOMES
from ingest.findings import LandingError, error

OUTCOME_SEED = "seed_outcome_labels.csv"
VALUE_SEED = "seed_value_labels.csv"
TYPE_SEED = "seed_allegation_types.csv"
REGIME_SEED = "seed_regimes.csv"
SEEDS = {
    OUTCOME_SEED: ("vocabulary", "label"),
    VALUE_SEED: ("vocabulary", "column_name", "label"),
    TYPE_SEED: ("vocabulary", "label", "name"),
}
"""The columns that are read here, by seed file."""
ANY = "any"


SPACES = r"[\s\x0b\x1c-\x1f\x{85}\p{Z}]+"
"""White space of every kind, as DuckDB's expressions write what Python calls so."""


def normal(label: str) -> str:
    """A label as it is compared: without case, outer white space, or doubled spaces."""
    return " ".join(label.split()).lower()


def normal_sql(column: str) -> str:
    """SQL: the same of a text column; the macro `label_key` of the warehouse is its twin."""
    return f"lower(trim(regexp_replace({column}, '{SPACES}', ' ', 'g')))"


SeedRow = Mapping[str, str]

PATHS = ("formal", "left_before_outcome", "informal", "live", "no_action", "not_investigated", "not_known")
"""What became of an allegation, most severe first: the project's own order, for cells with several."""
SANCTIONS = (
    "dismissal_without_notice",
    "dismissal_with_notice",
    "requirement_to_resign",
    "would_have_been_dismissed",
    "left_before_finding",
    "reduction_in_rank",
    "suspension",
    "final_written_warning",
    "written_warning",
    "management_advice",
    "fine",
    "reprimand",
    "caution",
    "other",
)
"""Sanctions of formal action, most severe first; proven without one and not proven come after all of them."""


@dataclass(frozen=True)
class CodeLists:
    """Known labels by (vocabulary, extract column): normal form to the label as the seed spells it.

    `rows` are the rows of each seed file as they stand, for proposals.
    """

    labels: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    rows: Mapping[str, tuple[SeedRow, ...]] = field(default_factory=dict)

    @staticmethod
    def read(seeds: Path) -> CodeLists:
        """Read the three label seeds of a folder.

        Raises:
            LandingError: when a seed is missing or lacks a column.
        """
        rows = {name: _rows(seeds / name, columns) for name, columns in SEEDS.items()}
        labels: dict[tuple[str, str], dict[str, str]] = {}
        for name, found in rows.items():
            for row in found:
                for column, label in _labels(name, row):
                    labels.setdefault((row["vocabulary"], column), {})[normal(label)] = label
        if (seeds / REGIME_SEED).is_file():
            rows[REGIME_SEED] = _rows(seeds / REGIME_SEED, ("regime", "valid_from", "valid_to"))
        return CodeLists(labels, rows)

    def closed(self, vocabulary: str) -> Mapping[str, Mapping[str, str]]:
        """The columns that are closed for a vocabulary, each with its known labels; others are open.

        Outcomes are closed even where no label of the vocabulary is known: none is ever passed on unmapped.
        """
        closed: dict[str, dict[str, str]] = {column: {} for column in OUTCOMES}
        for (owner, column), known in self.labels.items():
            if owner in (vocabulary, ANY):
                closed.setdefault(column, {}).update(known)
        return closed

    @property
    def vocabularies(self) -> tuple[str, ...]:
        """Those that some list has labels of."""
        return tuple(sorted({owner for owner, _ in self.labels if owner != ANY}))

    def severest(self, vocabulary: str, labels: Sequence[str]) -> str:
        """The most severe of some outcome labels in normal form, the first of equals.

        A label that means different things by regime counts as the most severe of them; one that says
        nothing by itself comes last.
        """
        ranks = self._ranks(vocabulary)
        return min(labels, key=lambda label: ranks.get(label, LAST))

    def _ranks(self, vocabulary: str) -> dict[str, tuple[int, int]]:
        ranks: dict[str, tuple[int, int]] = {}
        for row in self.rows.get(OUTCOME_SEED, ()):
            if row["vocabulary"] in (vocabulary, ANY):
                label, rank = normal(row["label"]), _rank(row)
                ranks[label] = min(ranks.get(label, rank), rank)
        return ranks

    def fingerprint(self, vocabulary: str, severity: bool) -> str:
        """sha256 of what the lists say for one vocabulary; with `severity` how severe its outcomes are."""
        closed = self.closed(vocabulary)
        ranks = self._ranks(vocabulary) if severity else {}
        text = repr([(column, sorted(closed[column])) for column in sorted(closed)] + sorted(ranks.items()))
        return hashlib.sha256(text.encode()).hexdigest()


LAST = (len(PATHS), len(SANCTIONS))


def _rank(row: SeedRow) -> tuple[int, int]:
    """Smaller is more severe."""
    path, sanction = row.get("action_path", ""), row.get("sanction", "")
    return (
        PATHS.index(path) if path in PATHS else LAST[0],
        SANCTIONS.index(sanction) if sanction in SANCTIONS else LAST[1],
    )


def _labels(seed: str, row: SeedRow) -> list[tuple[str, str]]:
    """The (extract column, label) pairs that a seed row makes known."""
    if seed == OUTCOME_SEED:
        return [(column, row["label"]) for column in OUTCOMES]
    if seed == VALUE_SEED:
        return [(row["column_name"], row["label"])]
    return [("allegation_type", label) for label in (row["label"], row["name"]) if label]


def seed_of(column: str) -> str:
    """The seed file that holds the labels of an extract column."""
    if column in OUTCOMES:
        return OUTCOME_SEED
    return TYPE_SEED if column == "allegation_type" else VALUE_SEED


def _rows(path: Path, columns: tuple[str, ...]) -> tuple[SeedRow, ...]:
    if not path.is_file():
        raise LandingError([error("no_seed", path.name, "the code list is missing", "restore the seed file")])
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        absent = [column for column in columns if column not in (reader.fieldnames or ())]
        if absent:
            message = f"the code list lacks {', '.join(absent)}"
            raise LandingError([error("seed_heading", path.name, message, "restore the heading")])
        return tuple(reader)


def parts(label: str) -> tuple[str, ...]:
    """The pieces of a cell that holds several labels joined by ; , / | + & or a line break."""
    return tuple(piece for piece in (normal(piece) for piece in re.split(r"[;,/|+&\n]", label)) if piece)
