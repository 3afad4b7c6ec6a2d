"""Dates as the entry's formats say: the SQL that reads them, and formats that contradict each other."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import permutations

from ingest.sql import literal

TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%H:%M:%SZ", "%H:%M:%S.%fZ")
ISO = ("%Y-%m-%d", *(f"%Y-%m-%d{between}{time}" for between in " T" for time in TIMES))
"""Always read besides the declared formats: no other order of day and month can be meant."""
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)


def ambiguous_pairs(formats: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of formats of which one reads the other's text as a different day."""
    probe = datetime(2011, 2, 3, 0, 0, 0)
    written = {pattern: pattern.replace("%-", "%") for pattern in formats if pattern != "excel"}
    clashes = {
        (min(one, other), max(one, other))
        for one, other in permutations(written, 2)
        if _read(probe.strftime(written[one]), written[other]) not in (None, probe.date())
    }
    return sorted(clashes)


def _read(text: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(text, pattern).date()
    except (ValueError, re.error):
        return None


def date_sql(text: str, formats: tuple[str, ...]) -> str:
    """SQL for the DATE that the SQL text expression stands for, NULL where it is none or not of this age."""
    patterns = ", ".join(
        literal(pattern) for pattern in dict.fromkeys([*formats, *ISO]) if pattern != "excel"
    )
    parsed = f"CAST(try_strptime({text}, [{patterns}]) AS DATE)"
    if "excel" in formats:
        parsed = f"coalesce({parsed}, {_serial_sql(text)})"
    low, high = (f"DATE '{limit.isoformat()}'" for limit in (EARLIEST, LATEST))
    return f"CASE WHEN {parsed} BETWEEN {low} AND {high} THEN {parsed} END"


def _serial_sql(text: str) -> str:
    """Day 1 of the spreadsheet calendar is 1 January 1900, with its 29 February 1900 that never was."""
    return (
        f"CASE WHEN regexp_full_match({text}, '[1-9][0-9]{{4}}([.][0-9]+)?') "
        f"THEN DATE '1899-12-30' + CAST(floor(TRY_CAST({text} AS DOUBLE)) AS INTEGER) END"
    )
