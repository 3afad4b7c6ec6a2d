"""Rows that are no records: blank rows, totals, repeated headings, notes below the body, declared ones."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

import duckdb

from ingest.landing import FileSpec
from ingest.sql import literal
from ingest.table import ROW, Table, Unreadable

TOTAL = r"(grand |sub[ -]?|overall )?totals?\b.{0,60}"
NUMBER = r"[-+(]?[£$€]?[0-9.,\s]*[%)]?"
NOTE = (
    r"(notes?\b|source\b|n\.?b\b|\*|†|‡|©|\(c\)|\[\d+\]|\d+[.)] |end of\b|data (as|from|at|extracted)\b|"
    r"extract|produced\b|prepared\b|report (run|date)|run (on|date)|figures\b|official\b|please\b|"
    r"this (extract|report|file|sheet|data|table)\b|these (data|figures)\b).*"
)
TAIL = 100


def find_furniture(con: duckdb.DuckDBPyConnection, table: Table, spec: FileSpec) -> frozenset[int]:
    """Fill the temporary table `furniture` with rows of the cells; return those among the unreadable."""
    width = len(table.headings)
    first = f"coalesce({', '.join(f'c{number}' for number in range(width))}, NULL)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE furniture AS "
        f"SELECT {ROW} FROM (SELECT *, {first} AS first_cell FROM cells) "
        f"WHERE first_cell IS NULL OR {_is_furniture(spec, width)} OR {_repeats_heading(table)}"
    )
    loose = frozenset(row.row for row in table.unreadable if _is_loose(row, spec))
    notes = _closing_notes(con, table, loose)
    inside = notes - {row.row for row in table.unreadable}
    con.executemany("INSERT INTO furniture VALUES (?)", [[row] for row in sorted(inside)] or [[None]])
    return loose | (notes - inside)


def _is_furniture(spec: FileSpec, width: int) -> str:
    """A row that begins as declared, or a total with nothing but numbers beside it: a record has words."""
    cells = [f"c{number}" for number in range(width)]
    words = [
        f"coalesce({cell} <> first_cell AND NOT regexp_full_match({cell}, '{NUMBER}'), false)"
        for cell in cells
    ]
    declared = [_begins(re.escape(text.casefold()) + ".*") for text in spec.furniture]
    return " OR ".join([f"({_begins(TOTAL)} AND NOT ({' OR '.join(words)}))", *declared])


def _begins(pattern: str) -> str:
    return f"regexp_full_match(lower(first_cell), {literal(pattern)}, 's')"


def _repeats_heading(table: Table) -> str:
    """A heading row printed again in the body, as page breaks leave it."""
    named = [
        (number, name) for number, name in enumerate(table.headings) if not re.search(r"column \d+\)?$", name)
    ]
    if len(named) < 2:
        return "false"
    same = [f"c{number} = {literal(name)}" for number, name in named]
    return "(" + " AND ".join(same) + ")"


def first_cell(row: Unreadable, spec: FileSpec) -> str:
    """The first cell of an unreadable row that is not blank, '' where there is none."""
    try:
        cells = next(csv.reader([row.text], delimiter=spec.delimiter), [])
    except csv.Error:
        cells = [row.text]
    return next((cell.strip() for cell in cells if cell.strip()), "")


def _is_loose(row: Unreadable, spec: FileSpec) -> bool:
    first = first_cell(row, spec).casefold()
    declared = any(first.startswith(text.casefold()) for text in spec.furniture)
    return not first or declared or re.fullmatch(TOTAL, first, re.DOTALL) is not None


def _closing_notes(con: duckdb.DuckDBPyConnection, table: Table, loose: frozenset[int]) -> frozenset[int]:
    """Rows that read as a note and hold nothing else, with only notes and furniture below them."""
    if len(table.headings) < 3:
        return frozenset()
    notes = set()
    for row, text in sorted(_last_rows(con, table, loose).items(), reverse=True):
        if text is None or not re.fullmatch(NOTE, text.casefold(), re.DOTALL):
            break
        notes.add(row)
    return frozenset(notes)


def _last_rows(con: duckdb.DuckDBPyConnection, table: Table, loose: frozenset[int]) -> dict[int, str | None]:
    """The last rows that are not furniture yet: the text of an unreadable or one-cell row, else None."""
    cells: Sequence[str] = [f"c{number}" for number in range(len(table.headings))]
    filled = " + ".join(f"({cell} IS NOT NULL)::INTEGER" for cell in cells)
    found = con.execute(
        f"SELECT {ROW}, CASE WHEN {filled} = 1 THEN coalesce({', '.join(cells)}, NULL) END FROM cells "
        f"WHERE {ROW} > ? AND {ROW} NOT IN (SELECT {ROW} FROM furniture)",
        [table.read - TAIL],
    ).fetchall()
    rows: dict[int, str | None] = dict(found)
    for row in table.unreadable[-TAIL:]:
        if row.row > table.read - TAIL and row.row not in loose:
            rows[row.row] = row.text.strip()
    return rows
