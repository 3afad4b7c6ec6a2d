"""A file as cells: what every reader hands over, whatever the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.findings import Finding, LandingError, error

MAX_PREVIEW = 200
MAX_COLUMNS = 1000
ROW = "source_row"
BODY = f"NOT EXISTS (FROM furniture WHERE furniture.{ROW} = cells.{ROW})"
"""SQL of a row of the cells: that it is a record, and no furniture."""
SPACES = " \t\r\n\v\f\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x2010))
)
"""White space that a cell may have around it, of width or of none."""
EDGE = np.isin(np.arange(256), sorted({byte for space in SPACES for byte in space.encode()}))
"""By byte value, whether it is part of white space in UTF-8."""


@dataclass(frozen=True)
class Unreadable:
    """A row whose cells do not fit the heading: its number, its text as found, and how many cells it has."""

    row: int
    text: str
    reason: str
    cells: int


@dataclass(frozen=True)
class Table:
    """The cells of one file or sheet, on disk: Parquet with source_row, c0..cn and x0..xn as text.

    c is a cell without the white space around it, NULL where nothing is left; x is the cell as found where
    that differs, else NULL.

    `read` counts every row of the sheet: those above the heading, the heading, and everything below it. A row
    that stands for several records counts once for each; `parts` is then the most that a row may stand for.
    `cells` holds the rows below the heading that have the heading's number of cells.
    `undecodable` says that some cell holds bytes that the encoding does not know. `warnings` is what else
    the reader saw.
    """

    headings: tuple[str, ...]
    header_row: int
    cells: Path
    read: int
    unreadable: tuple[Unreadable, ...]
    undecodable: bool
    warnings: tuple[Finding, ...] = ()
    parts: int = 1


def schema(width: int) -> pa.Schema:
    """Of a cells file with so many columns."""
    cells = [(f"c{number}", pa.string()) for number in range(width)]
    found = [(f"x{number}", pa.string()) for number in range(width)]
    return pa.schema([(ROW, pa.int64()), *cells, *found])


def cells_batch(numbers: pa.Array, columns: Sequence[pa.Array]) -> pa.RecordBatch:
    """Rows of a cells file from cells as found, NULL where blank."""
    trimmed = [_trimmed(column) for column in columns]
    arrays = [numbers, *(cell for cell, _ in trimmed), *(found for _, found in trimmed)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema(len(columns)))


def _trimmed(column: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The column trimmed, and as found where that differs; whole columns mostly need no trimming."""
    if not _may_be_padded(column):
        return column, pa.nulls(len(column), pa.string())
    cut = pc.utf8_trim(column, SPACES)
    found = pc.if_else(pc.equal(cut, column), None, column)
    return pc.if_else(pc.equal(cut, ""), None, cut), found


def _may_be_padded(column: pa.Array) -> bool:
    """Whether a cell begins or ends with a byte that white space has there; a false alarm costs time only."""
    _, places, content = column.buffers()
    if content is None or not content.size:
        return False
    text = np.frombuffer(content, np.uint8)
    ends = np.frombuffer(places, np.int32)[column.offset : column.offset + len(column) + 1]
    first = text[np.minimum(ends[:-1], len(text) - 1)]
    last = text[np.maximum(ends[1:], 1) - 1]
    return bool(EDGE[first].any() or EDGE[last].any())


def write_cells(path: Path, width: int, batches: Iterator[pa.RecordBatch]) -> None:
    """Write batches of cells to Parquet as they come."""
    options = {"compression": "lz4", "use_dictionary": True, "write_statistics": [ROW]}
    with pq.ParquetWriter(path, schema(width), **options) as writer:
        for batch in batches:
            writer.write_batch(batch)


def unique_headings(row: Sequence[str], file: str) -> tuple[str, ...]:
    """Headings without outer or doubled white space; a blank one, and each of several alike, gets its number.

    Two headings that are the same are never told apart by their order alone: `sex` is gone, `sex (column 7)`
    and `sex (column 9)` are there.

    Raises:
        LandingError: `too_wide`, for what is no table of records.
    """
    if len(row) > MAX_COLUMNS:
        message = f"the heading has {len(row)} cells, more than {MAX_COLUMNS}"
        raise LandingError(
            [error("too_wide", file, message, "correct delimiter or header_row in sources.toml")]
        )
    names = [" ".join(cell.split()) or f"column {number}" for number, cell in enumerate(row, 1)]
    many = Counter(names)
    return tuple(
        f"{name} (column {number})" if many[name] > 1 else name for number, name in enumerate(names, 1)
    )
