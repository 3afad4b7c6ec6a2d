"""Gate 1: passes what was read properly, and each broken report is caught by the check meant for it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from expectations import GateRecord, gate_in, incoming, suites

KEY = "allegations-2017-0a1b2c3d"
FILE: Mapping[str, Any] = {
    "source_key": KEY, "file": "allegations_2017.csv", "sheet": None, "as_at": "2021-06-30", "read": 120,
    "accepted": 117, "quarantined": 1, "furniture": 2, "out_of_scope": 0, "excluded": 1, "max_quarantined": 1,
    "rows_written": 117, "balanced": True, "reused": False, "dated": True,
}  # fmt: skip
LABEL: Mapping[str, Any] = {
    "source_key": KEY, "file": "allegations_2017.csv", "column": "result", "label": "No action",
    "known": True,
}  # fmt: skip
OTHER = {**FILE, "source_key": "other-00000000"}


@pytest.fixture
def waiting(tmp_path: Path) -> list[Path]:
    path = tmp_path / "incoming" / "allegations" / "2017" / "2021-06-30" / f"{KEY}.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1")
    return [path]


def failed(record: GateRecord) -> set[str]:
    return {verdict.name for verdict in record.expectations if not verdict.passed}


def test_a_sound_report_opens_the_door_to_the_files_that_it_is_about(waiting: list[Path]) -> None:
    record = gate_in([dict(FILE), {**OTHER, "quarantined": 0, "read": 119}], [dict(LABEL)], waiting, None)
    assert record.passed, record.findings
    assert record.opens(waiting)
    assert len(record.expectations) == len(incoming.file_checks(set())) + len(incoming.label_checks())
    waiting[0].write_bytes(b"PAR1 and more")
    assert not record.opens(waiting)


def test_with_nothing_waiting_a_sound_report_opens_nothing_else(waiting: list[Path]) -> None:
    record = gate_in([dict(FILE)], [dict(LABEL)], [], None)
    assert record.passed
    assert record.opens([])
    assert not record.opens(waiting)


Twin = tuple[str, list[dict[str, Any]]]
FILE_TWINS: tuple[Twin, ...] = (
    ("files_have_their_columns", [{**FILE, "officer": "x"}]),
    ("files_are_named_once", [dict(FILE), dict(FILE)]),
    ("files_waiting_are_accounted_for", [dict(OTHER)]),
    ("rows_read_are_all_accounted_for", [{**FILE, "read": 121}]),
    ("rows_read_balance_in_the_report", [{**FILE, "balanced": False}]),
    ("rows_accepted_are_all_written", [{**FILE, "rows_written": 116}]),
    ("quarantine_is_within_its_limit", [{**FILE, "quarantined": 2, "read": 121}]),
    ("files_state_file", [dict(FILE), {**OTHER, "file": None}]),
    ("files_count_furniture", [{**FILE, "furniture": -1, "read": 117}]),
)


LABEL_TWINS: tuple[Twin, ...] = (
    ("labels_have_their_columns", [{**LABEL, "value": 3}]),
    ("labels_were_read", []),
    ("labels_are_listed_once", [dict(LABEL), dict(LABEL)]),
    ("labels_are_known", [{**LABEL, "known": False}]),
    ("labels_state_label", [{**LABEL, "label": None}]),
    ("labels_state_known", [{**LABEL, "known": None}]),
)


SOUND = ("", [dict(FILE)]), ("", [dict(LABEL)])
TWINS = tuple(zip_longest(FILE_TWINS, LABEL_TWINS))


@pytest.mark.parametrize(("files", "labels"), TWINS, ids=[f"{f and f[0]}-{m and m[0]}" for f, m in TWINS])
def test_a_broken_report_is_caught(waiting: list[Path], files: Twin | None, labels: Twin | None) -> None:
    """One run judges both reports, and no check of one sees what is wrong with the other."""
    (of_files, file_rows), (of_labels, label_rows) = files or SOUND[0], labels or SOUND[1]
    record = gate_in(file_rows, label_rows, waiting, None)
    assert not record.passed
    assert failed(record) == {of_files, of_labels} - {""}


def test_columns_of_nulls_fail_one_and_all(waiting: list[Path]) -> None:
    names = [*incoming.NAMES, *incoming.COUNTS, *incoming.FLAGS]
    record = gate_in([{**FILE, **dict.fromkeys(names)}], [dict(LABEL)], waiting, None)
    assert {f"files_state_{name}" for name in (*names, "balance")} <= failed(record)


def test_missing_columns_fail(waiting: list[Path]) -> None:
    row = {name: value for name, value in FILE.items() if name not in ("source_key", "accepted", "balanced")}
    assert "files_have_their_columns" in failed(gate_in([row], [dict(LABEL)], waiting, None))


def test_no_files_at_all_fail(waiting: list[Path]) -> None:
    assert {"files_were_read", "files_waiting_are_accounted_for"} <= failed(gate_in([], [], waiting, None))


def test_counts_written_as_text_fail(waiting: list[Path]) -> None:
    files = [{**FILE, **{name: str(FILE[name]) for name in incoming.COUNTS}}]
    assert not gate_in(files, [dict(LABEL)], waiting, None).passed


def test_the_file_above_its_limit_is_named_in_findings_and_data_docs(
    waiting: list[Path], tmp_path: Path
) -> None:
    files = [dict(FILE), {**OTHER, "file": "allegations_2018.ods", "quarantined": 2, "read": 121}]
    record = gate_in(files, [dict(LABEL)], waiting, tmp_path / "docs")
    assert [finding.place for finding in record.findings] == ["allegations_2018.ods other-00000000"]
    assert "max_quarantined" in record.findings[0].remedy
    text = "".join(page.read_text(encoding="utf-8") for page in (tmp_path / "docs").rglob("*.html"))
    assert "allegations_2018.ods" in text
    assert "max_quarantined" in text


def test_every_count_is_checked_for_sign(waiting: list[Path]) -> None:
    record = gate_in([{**FILE, **dict.fromkeys(incoming.COUNTS, -1)}], [dict(LABEL)], waiting, None)
    assert {f"files_count_{name}" for name in incoming.COUNTS} <= failed(record)


def test_a_missing_check_fails_the_gate(waiting: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    results = suites._results
    monkeypatch.setattr(suites, "_results", lambda context, suite: results(context, suite)[1:])
    record = gate_in([dict(FILE)], [dict(LABEL)], waiting, None)
    assert not record.passed
    assert record.missing == ("files_have_their_columns", "labels_have_their_columns")


def test_files_without_a_year_may_come_without_a_label_and_no_others(waiting: list[Path]) -> None:
    undated = {**FILE, "dated": False}
    assert gate_in([undated], [], waiting, None).passed
    assert failed(gate_in([dict(FILE)], [], waiting, None)) == {"labels_were_read"}
    nothing = {**undated, "read": 3, "accepted": 0, "quarantined": 1, "rows_written": 0}
    assert failed(gate_in([nothing], [], waiting, None)) == {"labels_were_read"}
