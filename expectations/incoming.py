"""Gate 1: what must hold of the files read before their rows are accepted. The framework's own checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from expectations import suites
from expectations.framework import framework
from expectations.record import GateRecord, digests

if TYPE_CHECKING:
    import pandas as pd

COUNTS = (
    "read", "accepted", "quarantined", "furniture", "out_of_scope", "max_quarantined", "excluded",
    "rows_written",
)  # fmt: skip
NAMES = ("source_key", "file", "as_at")
FLAGS = ("balanced", "reused", "dated")
FILE_COLUMNS = (*NAMES, "sheet", *COUNTS, *FLAGS, "balance")
FILE_KEYS = ("file", "source_key")
LABEL_KEYS = ("file", "column")
LABEL_COLUMNS = ("source_key", *LABEL_KEYS, "label", "known")
DOCUMENTATION = "See docs/gates.md#gate-1-on-the-way-in."


class Check(NamedTuple):
    """One expectation of Great Expectations under our own name, with what to do when it fails."""

    name: str
    expectation: str
    arguments: Mapping[str, Any]
    remedy: str

    def build(self) -> object:
        """The framework's expectation object."""
        expectation = getattr(framework().expectations, self.expectation)
        return expectation(
            **self.arguments,
            notes=self.remedy,
            meta={"name": self.name, "remedy": f"{self.remedy} {DOCUMENTATION}"},
        )


def gate_in(
    files: list[dict[str, Any]], labels: list[dict[str, Any]], judged: Sequence[Path], docs: Path | None
) -> GateRecord:
    """Judge what was read.

    Args:
        files: one row per file with the columns of `FILE_COLUMNS`; `balance` is worked out here.
        labels: one row per file and distinct label in the Parquet files, with `LABEL_COLUMNS`.
        judged: the Parquet files that wait to be accepted, each named after its `source_key`.
        docs: folder for the private Data Docs, which hold row counts per file; none are written without it.
    """
    sources = {path.stem for path in judged}
    undated = any(row.get("accepted") for row in files) and not any(row.get("dated") for row in files)
    checks = (file_checks(sources), label_checks(0 if undated else 1))
    judging = [
        suites.Suite("files", _files_frame(files), [check.build() for check in checks[0]], FILE_KEYS),
        suites.Suite("labels", _labels_frame(labels), [check.build() for check in checks[1]], LABEL_KEYS),
    ]
    required = {check.name for part in checks for check in part}
    outcome = suites.run("gate_in", judging, required, docs)
    return GateRecord(
        gate="in",
        suite_version=suites.version(required),
        policy_sha256="",
        judged_sha256=digests(judged),
        expectations=outcome.verdicts,
        missing=outcome.missing,
        findings=outcome.findings,
    )


def named_checks() -> tuple[Check, ...]:
    """Every check of the gate, by name, whatever waits to be judged."""
    return (*file_checks(set()), *label_checks())


def file_checks(sources: set[str]) -> tuple[Check, ...]:
    """What must hold of the frame of files; `sources` are the source keys of the Parquet files that wait."""
    return (
        Check(
            "files_have_their_columns",
            "ExpectTableColumnsToMatchSet",
            {"column_set": list(FILE_COLUMNS), "exact_match": True},
            "The report of the ingest has another shape than the gate knows: change both together.",
        ),
        Check(
            "files_were_read",
            "ExpectTableRowCountToBeBetween",
            {"min_value": 1},
            "No file was read: check sources.toml and the years asked for.",
        ),
        Check(
            "files_are_named_once",
            "ExpectColumnValuesToBeUnique",
            {"column": "source_key"},
            "The same file, sheet, years and as-at date stand twice in sources.toml: take one out.",
        ),
        Check(
            "files_waiting_are_accounted_for",
            "ExpectColumnDistinctValuesToContainSet",
            {"column": "source_key", "value_set": sorted(sources)},
            "A Parquet file waits that no entry explains: empty raw/incoming and refresh again.",
        ),
        *(_gapless(column) for column in (*NAMES, *COUNTS, *FLAGS, "balance")),
        *(_counted(column) for column in COUNTS),
        *_balance_checks(),
    )


def _balance_checks() -> tuple[Check, ...]:
    """No row may get lost, and no more may be set aside than the entry allows."""
    return (
        Check(
            "rows_read_are_all_accounted_for",
            "ExpectColumnValuesToBeInSet",
            {"column": "balance", "value_set": [0]},
            "Rows read must be accepted, quarantined, furniture or out of scope: a reader is faulty.",
        ),
        Check(
            "rows_read_balance_in_the_report",
            "ExpectColumnValuesToBeInSet",
            {"column": "balanced", "value_set": [True]},
            "The reader itself says that rows are unaccounted for: the reader is faulty.",
        ),
        Check(
            "rows_accepted_are_all_written",
            "ExpectColumnPairValuesToBeEqual",
            {"column_A": "rows_written", "column_B": "accepted"},
            "The Parquet files hold other rows than were accepted: empty raw/incoming and refresh again.",
        ),
        Check(
            "quarantine_is_within_its_limit",
            "ExpectColumnPairValuesAToBeGreaterThanB",
            {"column_A": "max_quarantined", "column_B": "quarantined", "or_equal": True},
            "Mend the rows in raw/quarantine at their source, map their labels, or raise max_quarantined.",
        ),
    )


def label_checks(least: int = 1) -> tuple[Check, ...]:
    """What must hold of the frame of labels; files without a year may have none (`least` 0)."""
    return (
        Check(
            "labels_have_their_columns",
            "ExpectTableColumnsToMatchSet",
            {"column_set": list(LABEL_COLUMNS), "exact_match": True},
            "The report of the ingest has another shape than the gate knows: change both together.",
        ),
        Check(
            "labels_were_read",
            "ExpectTableRowCountToBeBetween",
            {"min_value": least},
            "No coded column gave a label: check the columns of sources.toml and its vocabulary.",
        ),
        Check(
            "labels_are_listed_once",
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["source_key", "column", "label"]},
            "A label is listed twice: the report of the ingest is faulty.",
        ),
        *(_gapless(column, "labels") for column in LABEL_COLUMNS),
        Check(
            "labels_are_known",
            "ExpectColumnValuesToBeInSet",
            {"column": "known", "value_set": [True]},
            "Add the label to its code list in dbt/seeds, or mend it at its source.",
        ),
    )


def _gapless(column: str, frame: str = "files") -> Check:
    return Check(
        f"{frame}_state_{column}",
        "ExpectColumnValuesToNotBeNull",
        {"column": column},
        "The report of the ingest leaves a column empty: refresh again; if it stays, the reader is faulty.",
    )


def _counted(column: str) -> Check:
    return Check(
        f"files_count_{column}",
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": 0},
        "A count of rows is negative or no number: the reader is faulty.",
    )


def _files_frame(files: list[dict[str, Any]]) -> pd.DataFrame:
    """The frame of files, with the balance worked out anew: rows read that no column explains."""
    import pandas as pd

    rows = [{**row, "balance": _balance(row)} for row in files]
    return pd.DataFrame(rows, columns=None if rows else list(FILE_COLUMNS))


def _balance(row: Mapping[str, Any]) -> int | None:
    counts = [row.get(name) for name in ("read", "accepted", "quarantined", "furniture", "out_of_scope")]
    whole = [count for count in counts if type(count) is int]
    return whole[0] - sum(whole[1:]) if len(whole) == len(counts) else None


def _labels_frame(labels: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(labels, columns=None if labels else list(LABEL_COLUMNS))
