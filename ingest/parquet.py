"""Small chores with Parquet files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

TYPES = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "TIMESTAMP": pa.timestamp("us"),
}


def rows_in(path: Path) -> int:
    """How many rows a Parquet file holds."""
    return int(pq.read_metadata(path).num_rows)


def distinct(path: Path, columns: Collection[str]) -> dict[str, set[str]]:
    """The texts of some text columns of a Parquet file; a dictionary may hold texts that no row has."""
    found: dict[str, set[str]] = {column: set() for column in columns}
    if not found:
        return found
    file = pq.ParquetFile(path, read_dictionary=sorted(found))
    for batch in file.iter_batches(columns=sorted(found), use_threads=False):
        for column, texts in found.items():
            used = batch.column(column).unique().to_pylist()
            texts.update(text for text in used if text is not None)
    return found


def arrow_schema(types: Mapping[str, str]) -> pa.Schema:
    """The Arrow schema of columns given by DuckDB type."""
    return pa.schema([(name, TYPES[kind]) for name, kind in types.items()])


def ensure_empty(path: Path, types: Mapping[str, str]) -> None:
    """Write a Parquet file without rows where none with these columns lies, so that a pattern finds one."""
    schema = arrow_schema(types)
    if path.exists() and pq.read_schema(path).equals(schema):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    pq.write_table(schema.empty_table(), part)
    part.replace(path)


def move(source: Path, target: Path) -> None:
    """Put a finished file in its place, atomically within one file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
