"""Write the accepted rows to one Parquet file a year: text straight from the cells, constants as one word.

The engine decides about rows and computes what is not in a cell; text that stays as it is never goes through
it. Which rows belong together is told by their row numbers, ascending on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest import parquet
from ingest.canonical import RAW_TYPES
from ingest.judge import FATE, Origin
from ingest.table import ROW

PART = "source_part"
BATCH = 32_768
ROW_GROUP = 65_536
DISORDER = "the rows of the query are not those of the cells, in their order"
LISTS = tuple(name for name, kind in RAW_TYPES.items() if kind.endswith("[]"))
REPEATS = 4.0
"""A column of fewer bytes a row than this is kept as a dictionary; a text of its own needs more."""

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


def write_accepted(
    con: duckdb.DuckDBPyConnection, query: str, origin: Origin, cells: Path, targets: Mapping[str, Path]
) -> None:
    """Write every row of the query (source_row, fate, computed columns; ascending) to the file of its fate.

    Raises:
        OSError: when a target cannot be written.
        RuntimeError: when the query's rows are not those of the cells, in their order.
    """
    file = pq.ParquetFile(cells)
    encoded = _repeating(file, origin.cells.values())
    plain = [column for column, cell in origin.cells.items() if cell not in encoded]
    writers = {fate: _Writer(fate, target, origin, plain) for fate, target in targets.items()}
    try:
        for batch, verdict in _aligned(_cells(cells, origin, encoded), _verdicts(con, query)):
            for fate, rows in _by_fate(verdict, _kept(origin, batch, verdict)):
                writers[fate].add(rows)
    finally:
        for writer in writers.values():
            writer.close()


def _repeating(file: pq.ParquetFile, cells: Iterable[str]) -> frozenset[str]:
    """Cells whose text repeats so much that the file holds them as a dictionary."""
    if not file.num_row_groups:
        return frozenset()
    group = file.metadata.row_group(0)
    columns = (group.column(number) for number in range(group.num_columns))
    sizes = {column.path_in_schema: column.total_uncompressed_size / group.num_rows for column in columns}
    return frozenset(cell for cell in cells if sizes[cell] < REPEATS)


def _cells(path: Path, origin: Origin, encoded: frozenset[str]) -> Iterator[pa.RecordBatch]:
    wanted = [ROW, *dict.fromkeys(origin.cells.values())]
    file = pq.ParquetFile(path, read_dictionary=sorted(encoded))
    yield from file.iter_batches(BATCH, columns=wanted, use_threads=False)


def _verdicts(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    yield from con.execute(query).to_arrow_reader(BATCH)


def _rows(batch: pa.RecordBatch) -> Rows:
    return np.asarray(batch.column(ROW), np.int64)


def _aligned(
    cells: Iterator[pa.RecordBatch], verdicts: Iterator[pa.RecordBatch]
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Cells and verdicts of the same rows, piece by piece; rows without a verdict are left out."""
    pending = next(verdicts, None)
    for batch in cells:
        rows = _rows(batch)
        while pending is not None:
            upto = int(np.searchsorted(_rows(pending), rows[-1], side="right"))
            if upto:
                part = pending.slice(0, upto)
                yield _picked(batch, rows, _rows(part)), part
            if upto < pending.num_rows:
                pending = pending.slice(upto)
                break
            pending = next(verdicts, None)
    if pending is not None:
        raise RuntimeError(DISORDER)


def _picked(batch: pa.RecordBatch, rows: Rows, wanted: Rows) -> pa.RecordBatch:
    """The wanted rows, ascending; without copying where they lie side by side."""
    places = np.searchsorted(rows, wanted)
    first, many = int(places[0]), len(places)
    if not (np.array_equal(rows[np.minimum(places, len(rows) - 1)], wanted) and (np.diff(places) > 0).all()):
        raise RuntimeError(DISORDER)
    if int(places[-1]) - first + 1 == many:
        return batch.slice(first, many)
    return batch.take(pa.array(places))


def _kept(origin: Origin, cells: pa.RecordBatch, verdict: pa.RecordBatch) -> pa.RecordBatch:
    """Every column of the rows that is not the same in all of them."""
    taken = {column: cells.column(cell) for column, cell in origin.cells.items()}
    computed = {column: _as_text(verdict.column(column)) for column in origin.computed}
    return pa.RecordBatch.from_pydict({**_place(origin, verdict), **taken, **computed})


def _place(origin: Origin, verdict: pa.RecordBatch) -> dict[str, pa.Array]:
    """The row of the sheet, and which of its records this is."""
    if origin.parts == 1:
        return {ROW: verdict.column(ROW), PART: pa.repeat(pa.scalar(1, pa.int32()), verdict.num_rows)}
    places = _rows(verdict) - 1
    part = pa.array(places % origin.parts + 1, pa.int32())
    return {ROW: pa.array(places // origin.parts + 1), PART: part}


def _as_text(column: pa.Array) -> pa.Array:
    """Days in ISO form, each written once; text as it is."""
    if not pa.types.is_date(column.type):
        return column
    days = column.dictionary_encode()
    return pa.DictionaryArray.from_arrays(days.indices, days.dictionary.cast(pa.string()))


def _by_fate(verdict: pa.RecordBatch, rows: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of each fate, in their order."""
    fates = verdict.column(FATE).dictionary_encode()
    codes = fates.indices.to_numpy()
    names = fates.dictionary.to_pylist()
    if len(names) == 1:
        yield names[0], rows
        return
    for code, fate in enumerate(names):
        yield fate, rows.take(pa.array(np.flatnonzero(codes == code)))


def _repeated(value: object, kind: str, many: int) -> pa.Array:
    """One value for many rows, each of its texts held once."""
    if isinstance(value, tuple):
        texts = pa.array(value, pa.string())
        which = np.tile(np.arange(len(value), dtype=np.int32), many)
        ends = np.arange(many + 1, dtype=np.int32) * len(value)
        return pa.ListArray.from_arrays(ends, pa.DictionaryArray.from_arrays(which, texts))
    if value is None or kind != "VARCHAR":
        return pa.repeat(pa.scalar(value, parquet.TYPES[kind]), many)
    return pa.DictionaryArray.from_arrays(np.zeros(many, np.int32), pa.array([value]))


def _used(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with a dictionary of its own texts: none of a row that went elsewhere stays behind."""
    if not pa.types.is_dictionary(column.type):
        return column
    spare = any(_distinct(chunk) < len(chunk.dictionary) for chunk in column.chunks)
    return column.cast(pa.string()).dictionary_encode() if spare else column


def _distinct(chunk: pa.DictionaryArray) -> int:
    return len(chunk.indices.drop_null().unique())


@dataclass
class _Writer:
    """One Parquet file, written a row group at a time."""

    fate: str
    target: Path
    origin: Origin
    plain: Sequence[str]
    waiting: list[pa.RecordBatch] = field(default_factory=list)
    file: pq.ParquetWriter | None = None

    def add(self, rows: pa.RecordBatch) -> None:
        """Take rows; write them once there are enough."""
        self.waiting.append(rows)
        if sum(batch.num_rows for batch in self.waiting) >= ROW_GROUP:
            self._flush()

    def close(self) -> None:
        """Write what waits, and end the file."""
        if self.waiting:
            self._flush()
        if self.file is not None:
            self.file.close()

    def _flush(self) -> None:
        table = pa.Table.from_batches(self.waiting).unify_dictionaries().combine_chunks()
        self.waiting.clear()
        rows = {name: self._column(name, kind, table) for name, kind in RAW_TYPES.items()}
        whole = pa.table(rows)
        if self.file is None:
            self.file = self._open(whole.schema)
        self.file.write_table(whole, row_group_size=max(1, whole.num_rows))

    def _column(self, name: str, kind: str, table: pa.Table) -> pa.Array | pa.ChunkedArray:
        if name in table.column_names:
            return _used(table.column(name))
        year = int(self.fate) if self.fate.isdigit() else None
        value = year if name == "year" else self.origin.constants[name]
        return _repeated(value, kind, table.num_rows)

    def _open(self, schema: pa.Schema) -> pq.ParquetWriter:
        """Columns of their own texts are not tried as a dictionary; nothing of Arrow's types is kept."""
        listed = [name for name in schema.names if name not in (ROW, *self.plain, *LISTS)]
        listed += [f"{name}.list.element" for name in LISTS]
        options = {"compression": "snappy", "use_dictionary": listed, "write_statistics": [ROW]}
        return pq.ParquetWriter(self.target, schema, store_schema=False, **options)
