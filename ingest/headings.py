"""Where the heading row is, and which of its cells an entry means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from ingest.findings import Finding, error, nearest
from ingest.landing import FileSpec

SHOWN = 600
"""So many characters of a row that may be the heading are told."""
YEAR = re.compile(r"(19|20)\d\d([/-](\d\d|(19|20)\d\d))?")
"""A calendar year, or a business year like 2017/18."""


def fold(heading: str) -> str:
    """A heading as it is compared: without case, outer white space, doubled spaces; _ is a space."""
    return " ".join(heading.replace("_", " ").split()).casefold()


def find_header(preview: Sequence[Sequence[str]], wanted: Iterable[str], declared: int | None) -> int:
    """The 1-based row with most of the wanted headings (the first such), or the declared one; 0 for none.

    One heading of several is not enough: a record may hold such a word by chance.
    """
    if declared is not None:
        return declared if declared <= len(preview) else 0
    names = {fold(heading) for heading in wanted}
    scores = [len(names & {fold(cell) for cell in row}) for row in preview]
    best = max(scores, default=0)
    return scores.index(best) + 1 if best and best >= min(2, len(names)) else 0


def fullest(preview: Sequence[Sequence[str]]) -> int:
    """The 1-based row that looks most like a heading where none is known: the first of the fullest."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in preview]
    return filled.index(max(filled)) + 1


def wide_years(file: str, rows: Iterable[Sequence[str]]) -> Finding | None:
    """The finding for a table with a column a year: its cells are counts or marks, not records."""
    for row in rows:
        named = [cell.strip() for cell in row if YEAR.fullmatch(cell.strip())]
        if len(named) > 1:
            message = (
                f"the headings {', '.join(named[:5])} are years: this is no table of one row an allegation"
            )
            remedy = (
                "if each cell is the outcome or date of one allegation declare [source.wide]; else ask for "
                "one row an allegation against an officer: a count is never made into rows"
            )
            return error("wide_years", file, message, remedy)
    return None


def no_heading(spec: FileSpec, wanted: Iterable[str], preview: Sequence[Sequence[str]]) -> Finding:
    """The finding for a file in which no row holds a heading that the entry names."""
    file = spec.file
    if not any(any(cell.strip() for cell in row) for row in preview):
        return error("empty", file, "the file has no rows", "fetch the file again")
    if spec.header_row is not None:
        message = f"header_row = {spec.header_row}, but only {len(preview)} rows are there to look for it"
        return error("heading_gone", file, message, "correct header_row in sources.toml, or leave it out")
    row = fullest(preview)
    wide = wide_years(file, preview[row - 1 : row])
    if wide is not None:
        return wide
    seen = ", ".join(repr(cell.strip()) for cell in preview[row - 1] if cell.strip())[:SHOWN]
    message = (
        f"no row of the first {len(preview)} holds the headings of the entry ({', '.join(wanted)}); "
        f"row {row} may be the heading: {seen}"
    )
    remedy = "map its headings in [source.columns], or set header_row, delimiter or encoding"
    mark = _delimiter(preview, wanted)
    if mark is not None:
        remedy = f"if you agree set delimiter = {json.dumps(mark)}: a row then holds such headings"
    return error("heading_gone", file, message, remedy, row)


def _delimiter(preview: Sequence[Sequence[str]], wanted: Iterable[str]) -> str | None:
    """Another delimiter that would bring wanted headings to light in a row, if any does."""
    names = {fold(heading) for heading in wanted}
    rows = [cell for row in preview for cell in row]
    found = {
        mark: max((len(names & {fold(cell) for cell in text.split(mark)}) for text in rows), default=0)
        for mark in (";", "\t", "|", ",", ":")
    }
    best = max(found, key=lambda mark: found[mark])
    return best if found[best] > 1 else None


def position(heading: str, headings: Sequence[str]) -> int | None:
    """The index of a heading: exact before folded; None when it is not there or not alone."""
    if heading in headings:
        return headings.index(heading)
    same = [index for index, name in enumerate(headings) if fold(name) == fold(heading)]
    return same[0] if len(same) == 1 else None


def likely(heading: str, headings: Sequence[str]) -> tuple[str, ...]:
    """The headings that may be meant: the same one in several columns, else those most like it."""
    numbered = tuple(name for name in headings if fold(name).startswith(f"{fold(heading)} (column "))
    return numbered or nearest(heading, headings)


def gone(file: str, heading: str, headings: Sequence[str], use: str) -> Finding:
    """The finding for a heading that the file no longer has."""
    names = ", ".join(repr(name) for name in likely(heading, headings))
    message = f"the heading {heading!r} ({use}) is gone" + (f" (nearest known: {names})" if names else "")
    return error(
        "heading_gone", file, message, "correct the heading in sources.toml, or declare the column missing"
    )
