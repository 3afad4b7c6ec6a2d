"""Each known attack succeeds against naive protection and fails against ours."""

from __future__ import annotations

from typing import Any

LIST = (
    "0 and 100 % rows", "all but one", "percentages, rates, medians",
    "chart hover, customdata, axis range, bar length", "sort order and top-N", "missing against zero",
    "zeros in a small line", "markers", "downloads and embedded data", "totals of earlier releases",
    "one record more between releases", "a case moving year or path", "officers beside allegations",
    "overlapping officer groups", "public head-counts", "past FOI answers", "singletons of rank or unit",
    "dominance", "non-nested hierarchies", "minimality", "an equation left out of the certificate",
    "run metadata and row counts", "unexpected_list and Data Docs",
    "store_failures, compiled SQL, catalogue counts", "deleted rows in a DuckDB file",
    "Parquet statistics and dictionaries", "release ids and hashes of inputs",
    "fixtures, error messages, git history",
)  # fmt: skip
"""Every attack that protection must stand; none may go missing below."""


def test_every_attack_of_the_list_is_tried(attack_names: list[str]) -> None:
    assert sorted(attack_names) == sorted(LIST)


def test_the_attack_succeeds_against_naive_protection(attack: Any, place: Any) -> None:
    assert attack.naive(place)


def test_the_attack_fails_against_ours(attack: Any, place: Any) -> None:
    assert not attack.ours(place)
