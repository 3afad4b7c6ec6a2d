"""What changed in a file since the one before it: headings, labels, how dates are written, row counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from ingest.canonical import DATES
from ingest.codelists import normal
from ingest.findings import Finding
from ingest.headings import fold
from ingest.reports import FileReport
from ingest.summary import read_sql

FEWER, MORE = 0.5, 2.0
"""A file of another year with fewer or more rows than this share of the last one's is worth a look."""
FORMS = 20
"""So many different forms of a date column are told."""


def drift(
    name: str, now: FileReport, files: Sequence[Path], then: FileReport, earlier: Sequence[Path]
) -> Iterator[Finding]:
    """Findings about what changed; `files` and `earlier` are the Parquet files of the two reports."""
    yield from _headings(name, now, then)
    yield from _labels(name, now, then)
    yield from _forms(name, files, then, earlier)
    yield from _counts(name, now, then)


def _headings(name: str, now: FileReport, then: FileReport) -> Iterator[Finding]:
    came = _new(now.headings, then.headings)
    went = _new(then.headings, now.headings)
    if came or went:
        message = f"headings changed since {then.file}: new {came or 'none'}, gone {went or 'none'}"
        remedy = "see that [source.columns] means the right ones; unmapped headings are kept in rest"
        yield Finding("info", "headings_drifted", name, None, message, remedy)


def _new(these: Sequence[str], those: Sequence[str]) -> list[str]:
    known = {fold(heading) for heading in those}
    return [heading for heading in these if fold(heading) not in known]


def _labels(name: str, now: FileReport, then: FileReport) -> Iterator[Finding]:
    """Known labels that came into use or went out of use; unknown ones are quarantined and told elsewhere."""
    old, new = _by_column(then), _by_column(now)
    for column in sorted({*old, *new}):
        came, went = sorted(new[column] - old[column]), sorted(old[column] - new[column])
        if came or went:
            message = (
                f"labels of {column} changed since {then.file}: new {came or 'none'}, gone {went or 'none'}"
            )
            remedy = "nothing to do if the force changed its words; ask the sender if a whole group is gone"
            yield Finding("info", "labels_drifted", name, None, message, remedy)


def _by_column(report: FileReport) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for column, label in report.labels:
        found[column].add(normal(label))
    return found


def _forms(name: str, files: Sequence[Path], then: FileReport, earlier: Sequence[Path]) -> Iterator[Finding]:
    """Ways to write a date that the file before did not have, each with a row that has it."""
    old = {(column, form) for column, form, *_ in date_forms(earlier)}
    known = {column for column, _ in old}
    for column, form, row, text in date_forms(files):
        if column in known and (column, form) not in old:
            message = f"{column} is written like {text!r}, which {then.file} had nowhere"
            remedy = "see that date_formats reads it as the sender means it, above all day before month"
            yield Finding("info", "formats_drifted", name, row, message, remedy)


def date_forms(files: Sequence[Path]) -> list[tuple[str, str, int, str]]:
    """(column, form, first row, its text) of accepted dates as they were found: 9 is a digit, a a letter."""
    if not files:
        return []
    with duckdb.connect(config={"threads": 1}) as con:
        return [row for column in DATES for row in con.execute(_forms_sql(column, files)).fetchall()]


def _forms_sql(column: str, files: Sequence[Path]) -> str:
    found = f"coalesce(json_extract_string(rest, '$.{column}__as_found'), {column})"
    form = "regexp_replace(regexp_replace(trim(text), '[0-9]+', '9', 'g'), '[A-Za-z]+', 'a', 'g')"
    return (
        f"SELECT '{column}', {form} AS form, min(source_row), arg_min(text, source_row) "
        f"FROM (SELECT source_row, {found} AS text FROM {read_sql(files)} WHERE {column} IS NOT NULL) "
        f"GROUP BY form ORDER BY 3 LIMIT {FORMS}"
    )


def _counts(name: str, now: FileReport, then: FileReport) -> Iterator[Finding]:
    rows, earlier = now.read - now.furniture, then.read - then.furniture
    same_file = then.source_key == now.source_key
    unlike = rows != earlier if same_file else not FEWER * earlier <= rows <= MORE * earlier
    if unlike:
        message = f"{rows} rows, {earlier} in {then.file} as it was accepted last"
        remedy = "ask the sender whether this is meant; pin it with rows = ..."
        yield Finding("warning", "row_count", name, None, message, remedy)
