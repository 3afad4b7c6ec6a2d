"""Which documents touch the cells of a table: other tables, public figures, earlier releases. Names only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from disclosure.attempt import Candidate, Setting
from disclosure.cells import at_vintage
from disclosure.register import Figure


def combining(candidate: Candidate, others: Sequence[Candidate], setting: Setting) -> tuple[str, ...]:
    """What an outsider would hold beside this table, by name and never by number."""
    cells = _cells(candidate)
    tables = (f"the table {c.definition.table_id}" for c in others if cells & _cells(c))
    figures = (f"the public figure `{f.wording}` ({f.source})" for f in _binding(setting.figures, cells))
    releases = (f"the release {e.release_id}" for e in setting.earlier if cells & _unnamed(e.shown))
    return (*tables, *figures, *releases)


def _cells(candidate: Candidate) -> frozenset[str]:
    """Every cell that the table's equations touch, in whatever vintage."""
    definition = candidate.definition
    return _unnamed(definition.key(p).code for p in definition.positions())


def _unnamed(codes: Iterable[str]) -> frozenset[str]:
    return frozenset(at_vintage(code, "") for code in codes)


def _binding(figures: Sequence[Figure], cells: frozenset[str]) -> Iterator[Figure]:
    return (f for f in figures if f.wording and at_vintage(f.key.code, "") in cells)
