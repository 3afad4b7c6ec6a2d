"""Rows that stand for several records: a column a year turned long, several outcomes of a cell made rows.

Both write the cells anew. The number of a record in the cells file is then its place: with `parts` places a
row of the sheet, row 7 has the places 6 * parts + 1 to 7 * parts, so that row and part can be told from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from ingest.layout import Layout, Record
from ingest.sql import literal
from ingest.table import BODY, ROW, Table

Pieces = Mapping[str, Mapping[str, tuple[str, ...]]]
"""By column, each text that holds several outcomes, and the outcomes as the code list spells them."""


class Expanded(NamedTuple):
    """The cells written anew, where columns are in them now, and how many records were blank."""

    table: Table
    layout: Layout
    blank: int


def row_sql(parts: int) -> str:
    """The row of the sheet that a place belongs to."""
    return ROW if parts == 1 else f"(({ROW} - 1) // {parts} + 1)"


def part_sql(parts: int) -> str:
    """The part of its row that a place is, 1 for the first."""
    return "1" if parts == 1 else f"(({ROW} - 1) % {parts} + 1)"


def widen(con: duckdb.DuckDBPyConnection, table: Table, layout: Layout, path: Path) -> Expanded:
    """A record for each row and year whose cells are not all blank; every row counts once a year."""
    if not layout.records:
        return Expanded(table, layout, 0)
    parts = len(layout.records)
    body = _body(con)
    selects = [_record_sql(number, record, layout, parts) for number, record in enumerate(layout.records, 1)]
    _write(con, f"{' UNION ALL '.join(selects)} ORDER BY {ROW}", path)
    read = table.read + body * (parts - 1)
    return Expanded(replace(table, cells=path, read=read, parts=parts), layout, body * parts - _body(con))


def _record_sql(number: int, record: Record, layout: Layout, parts: int) -> str:
    width = layout.width - len(record.cells) - 2
    held = [*record.cells, literal(record.headings), literal(record.year)]
    found = [*(f"x{cell[1:]}" for cell in record.cells), "NULL::VARCHAR", "NULL::VARCHAR"]
    cells = [f"c{place}" for place in range(width)] + [
        f"{text} AS c{width + k}" for k, text in enumerate(held)
    ]
    texts = [f"x{place}" for place in range(width)] + [
        f"{text} AS x{width + k}" for k, text in enumerate(found)
    ]
    return (
        f"SELECT ({ROW} - 1) * {parts} + {number} AS {ROW}, {', '.join([*cells, *texts])} FROM cells "
        f"WHERE {BODY} AND coalesce({', '.join(record.cells)}, NULL) IS NOT NULL"
    )


def split(
    con: duckdb.DuckDBPyConnection, table: Table, layout: Layout, pieces: Pieces, path: Path
) -> Expanded:
    """A record for each outcome of a cell; a row whose cells differ in their number stays as it is."""
    several = {column: texts for column, texts in pieces.items() if layout.columns[column].startswith("c")}
    if not any(several.values()):
        return Expanded(table, layout, 0)
    parts = max(len(outcomes) for texts in several.values() for outcomes in texts.values())
    suffix = layout.suffix or f"c{layout.width}"
    wider = replace(layout, suffix=suffix, width=max(layout.width, int(suffix[1:]) + 1))
    before = _body(con)
    _write(con, _split_sql(several, layout, suffix, parts), path)
    added = _body(con) - before
    return Expanded(replace(table, cells=path, read=table.read + added, parts=table.parts * parts), wider, 0)


def _split_sql(several: Pieces, layout: Layout, suffix: str, parts: int) -> str:
    held = {column: f"pieces_{column}" for column in several}
    many = ", ".join(f"len({name})" for name in held.values())
    alike = " AND ".join(f"coalesce(len({name}), many) = many" for name in held.values())
    lists = ", ".join(
        f"{_case(layout.columns[column], several[column])} AS {held[column]}" for column in several
    )
    changed = {}
    for column, name in held.items():
        cell, found = layout.columns[column], f"x{layout.columns[column][1:]}"
        changed[cell] = f"CASE WHEN whole AND {name} IS NOT NULL THEN {name}[part] ELSE {cell} END"
        changed[found] = (
            f"CASE WHEN whole AND {name} IS NOT NULL THEN coalesce({found}, {cell}) ELSE {found} END"
        )
    own = "CASE WHEN whole AND many > 1 THEN part::VARCHAR END"
    changed[suffix] = own if layout.suffix is None else f"nullif(concat_ws('#', {layout.suffix}, {own}), '')"
    if layout.suffix is None:
        changed[f"x{suffix[1:]}"] = "NULL::VARCHAR"
    width = max(layout.width, int(suffix[1:]) + 1)
    names = [f"{kind}{number}" for kind in "cx" for number in range(width)]
    return (
        f"SELECT ({ROW} - 1) * {parts} + part AS {ROW}, "
        f"{', '.join(f'{changed[name]} AS {name}' if name in changed else name for name in names)} "
        f"FROM (SELECT *, unnest(range(1, CASE WHEN whole THEN many ELSE 1 END + 1)) AS part "
        f"FROM (SELECT *, {alike} AS whole FROM (SELECT *, greatest(1, {many}) AS many "
        f"FROM (SELECT *, {lists} FROM cells WHERE {BODY})))) ORDER BY {ROW}"
    )


def _case(cell: str, texts: Mapping[str, Sequence[str]]) -> str:
    whens = " ".join(
        f"WHEN {literal(text)} THEN [{', '.join(literal(one) for one in outcomes)}]"
        for text, outcomes in texts.items()
    )
    return f"CASE {cell} {whens} END" if whens else "NULL::VARCHAR[]"


def _body(con: duckdb.DuckDBPyConnection) -> int:
    found = con.execute(f"SELECT count(*) FROM cells WHERE {BODY}").fetchone()
    return int(found[0]) if found else 0


def _write(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the cells anew, without furniture, and look at them from now on."""
    con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")
    con.execute(f"CREATE OR REPLACE VIEW cells AS FROM read_parquet({literal(str(path))})")
    con.execute("DELETE FROM furniture")
