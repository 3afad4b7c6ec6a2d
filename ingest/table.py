"""A file as cells: what every reader hands over, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MAX_PREVIEW = 200
ROW = "source_row"


@dataclass(frozen=True)
class Unreadable:
    """A row whose cells do not fit the heading: its number, its text as found, and how many cells it has."""

    row: int
    text: str
    reason: str
    cells: int


@dataclass(frozen=True)
class Table:
    """The cells of one file or sheet, on disk: Parquet with source_row and c0..cn, all text as found.

    `read` counts every row of the sheet: those above the heading, the heading, and everything below it.
    `cells` holds the rows below the heading that have the heading's number of cells.
    `undecodable` says that some cell holds bytes that the encoding does not know.
    """

    headings: tuple[str, ...]
    header_row: int
    cells: Path
    read: int
    unreadable: tuple[Unreadable, ...]
    undecodable: bool


def schema(width: int) -> pa.Schema:
    """Of a cells file with so many columns."""
    return pa.schema([(ROW, pa.int64()), *((f"c{number}", pa.string()) for number in range(width))])


def write_cells(path: Path, width: int, batches: Iterator[pa.RecordBatch]) -> None:
    """Write batches of cells to Parquet as they come."""
    options = {"compression": "lz4", "use_dictionary": True, "write_statistics": [ROW]}
    with pq.ParquetWriter(path, schema(width), **options) as writer:
        for batch in batches:
            writer.write_batch(batch)


def unique_headings(row: Sequence[str]) -> tuple[str, ...]:
    """Headings without outer or doubled white space; a blank or repeated one gets its column number."""
    names: list[str] = []
    for number, cell in enumerate(row, 1):
        name = " ".join(cell.split())
        if not name:
            name = f"column {number}"
        names.append(f"{name} (column {number})" if name in names else name)
    return tuple(names)
