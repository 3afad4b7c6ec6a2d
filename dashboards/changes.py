"""What differs between this release and the ones before it, from the cells that both show.

The system of a release (`system.json`) holds the cells that earlier releases showed, and its proof takes them
as known. So a difference between two shown cells tells nothing that is not proven safe; where either of the
two is withheld, none is made.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.model import TOTAL, Release, Row, Table, long_date, period_label

VINTAGE = re.compile(r"(?<=\|as_at=)[^|]+")
Label = tuple[str, int]
HELD = (
    "A new count would differ so little that the difference could point to people; so the figures of the "
    "earlier day stand."
)


@dataclass(frozen=True)
class Change:
    """One figure that both releases show and that differs; the day is that of the figure before."""

    years: str
    what: str
    day: str
    before: int
    now: int

    @property
    def difference(self) -> str:
        """How far it moved: `+5`, or `−3`."""
        return f"{self.now - self.before:+,}".replace("-", "−")


@dataclass(frozen=True)
class Compared:
    """One table beside the release before: the words on what happened to it, and the figures that differ."""

    table: Table
    state: str
    reason: str
    changes: tuple[Change, ...] = ()


def compared(release: Release) -> tuple[Compared, ...]:
    """Each table of the release with what became of it since the one before."""
    if not release.history:
        return tuple(Compared(table, "", "") for table in release.tables.values())
    before = set(release.history[-1]["tables"])
    known = _by_place(release.shown)
    tables = release.tables.values()
    return tuple(_compared(table, table.table_id in before, known, release) for table in tables)


def _compared(
    table: Table, is_known: bool, known: Mapping[str, Mapping[Label, int]], release: Release
) -> Compared:
    if not is_known:
        return Compared(table, "new in this release", "")
    pairs = [pair for row in table.rows if (pair := _pair(table, row, known)) is not None]
    changes = tuple(change for change in pairs if change.before != change.now)
    if changes:
        return Compared(table, "figures changed", _why(changes, release), changes)
    stands = any(row.fields["as_at"] != release.header.as_at for row in table.rows)
    if stands:
        return Compared(table, "stands as it was published before", HELD)
    if pairs:
        return Compared(table, "counted anew", "Every figure that both releases show is the same.")
    return Compared(table, "unchanged" if _is_same_day(release) else "counted anew", _no_pair(release))


def _is_same_day(release: Release) -> bool:
    return bool(release.history[-1]["as_at"] == release.header.as_at)


def _no_pair(release: Release) -> str:
    if _is_same_day(release):
        return "Its figures are those of the same day."
    return "No figure of it is shown by both releases, so no difference is given."


def _why(changes: Sequence[Change], release: Release) -> str:
    days = sorted({change.day for change in changes})
    since = " and ".join(long_date(day) for day in days)
    return f"Counted as at {long_date(release.header.as_at)} in place of {since}."


def _by_place(shown: Mapping[str, int]) -> Mapping[str, Mapping[Label, int]]:
    """The shown cells by their key without the vintage, then by vintage."""
    found: dict[str, dict[Label, int]] = defaultdict(dict)
    for code, value in shown.items():
        vintage = VINTAGE.search(code)
        if vintage is not None:
            found[VINTAGE.sub("", code)][_label(vintage[0])] = value
    return found


def _label(vintage: str) -> Label:
    """A vintage in order of time: its day, and which one of that day it is."""
    day, _, number = vintage.partition("#")
    return day, int(number or 1)


def _pair(table: Table, row: Row, known: Mapping[str, Mapping[Label, int]]) -> Change | None:
    """The figure of a row beside the newest shown one before it; None where either is not shown."""
    cell, vintage = row.cell, VINTAGE.search(row.cell.key)
    if cell.value is None or vintage is None:
        return None
    now = _label(vintage[0])
    older = {label: n for label, n in known.get(VINTAGE.sub("", cell.key), {}).items() if label < now}
    if not older:
        return None
    newest = max(older)
    return Change(period_label(*row.span), _words(table, row), newest[0], older[newest], int(cell.value))


def _words(table: Table, row: Row) -> str:
    """The categories of a row in words; `Total` where it is one of all of them."""
    codes = [(dimension, row.fields[dimension.name]) for dimension in table.categorical]
    return ", ".join(d.label_of(code) for d, code in codes if code != TOTAL) or TOTAL
