"""The places inside a file where text can hide from a plain search, and how each is opened.

A later surface is one more entry of `SURFACES`, with a test that plants a leak in it.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import re
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

LOCAL_HEADER = 30
LENGTHS_AT = 26
SHORT = 256
LEAST = 16
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
STANDARD = bytes(byte if byte in ALPHABET else 32 for byte in range(256)).translate(
    bytes.maketrans(b"-_", b"+/")
)
TYPED = re.compile(
    rb"""dtype[^A-Za-z0-9]{1,12}[<>|]?([iuf][1248])[^A-Za-z0-9]{1,12}bdata[^A-Za-z0-9+/]{1,12}([A-Za-z0-9+/]+={0,2})"""
    rb"""|bdata[^A-Za-z0-9+/]{1,12}([A-Za-z0-9+/]+={0,2})[^A-Za-z0-9]{1,12}dtype[^A-Za-z0-9]{1,12}[<>|]?([iuf][1248])"""
)
ESCAPE = re.compile(
    rb"""&\#(?P<decimal>[0-9]{1,7});|&\#[xX](?P<hex>[0-9a-fA-F]{1,6});|&(?P<name>amp|lt|gt|quot|apos|nbsp);"""
    rb"""|\\u(?P<json>[0-9a-fA-F]{4})|\\x(?P<byte>[0-9a-fA-F]{2})|\\(?P<char>["'/\\])|%(?P<percent>[0-9a-fA-F]{2})"""
)
BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'", b"nbsp": b" "}


@dataclass(frozen=True)
class Surface:
    """A way to hide text: its name, whether bytes may use it, and what they hold when opened.

    `open` raises on bytes that it cannot read, which the scanner reports like a leak. A `file` is known by
    its first bytes and read whole; `parts` stand anywhere; `rewritten` bytes are the same file, only broken.
    """

    name: str
    applies: Callable[[bytes], bool]
    open: Callable[[bytes], Iterable[bytes]]
    kind: Literal["file", "parts", "rewritten"] = "file"


def registered_surfaces() -> tuple[str, ...]:
    """The names of the surfaces that are searched besides plain bytes and file names."""
    return tuple(surface.name for surface in SURFACES)


def _starts(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(magics)


def _open_zip(data: bytes) -> Iterator[bytes]:
    """Names and contents of all members, listed or dropped from the list: xlsx and ods are such archives."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            yield member.filename.encode() + b"\n" + member.comment
            yield archive.read(member)
        yield from _between(data, archive)


def _between(data: bytes, archive: zipfile.ZipFile) -> Iterator[bytes]:
    """The bytes that belong to no listed member; those of a dropped one look like an archive cut short."""
    end = 0
    for member in sorted(archive.infolist(), key=lambda one: one.header_offset):
        yield data[end : member.header_offset]
        lengths = struct.unpack_from("<HH", data, member.header_offset + LENGTHS_AT)
        end = member.header_offset + LOCAL_HEADER + sum(lengths) + member.compress_size
    yield data[end : archive.start_dir]


def _open_xz(data: bytes) -> Iterator[bytes]:
    yield lzma.decompress(data)


def _open_gzip(data: bytes) -> Iterator[bytes]:
    yield gzip.decompress(data)


def _open_bz2(data: bytes) -> Iterator[bytes]:
    yield bz2.decompress(data)


def _open_base64(data: bytes) -> Iterator[bytes]:
    """Every run that could be base64 (both alphabets); short ones in one piece, since text has many."""
    short: list[bytes] = []
    for run in data.translate(STANDARD).split():
        if len(run) < LEAST:
            continue
        decoded = _decoded(run)
        if len(decoded) < SHORT:
            short.append(decoded)
        else:
            yield decoded
    yield b"\n".join(short)


def _decoded(run: bytes) -> bytes:
    body = run.rstrip(b"=")
    body = body[: len(body) - (len(body) % 4 == 1)]
    return base64.b64decode(body + b"=" * (-len(body) % 4))


def _open_typed(data: bytes) -> Iterator[bytes]:
    """The numbers of typed arrays in figures (`dtype` beside `bdata`), written out."""
    import numpy as np

    for found in TYPED.finditer(data):
        kind, run = (found[1], found[2]) if found[1] else (found[4], found[3])
        blob = _decoded(run)
        array = np.frombuffer(blob[: len(blob) - len(blob) % int(kind[1:])], dtype="<" + kind.decode())
        yield _written(array.tolist())


def _contents(values: Iterable[Any]) -> Iterator[bytes]:
    """Values of a column or a catalogue: all text and numbers in one piece, each blob as it is."""
    found = list(values)
    yield _written(value for value in found if not isinstance(value, bytes))
    yield from (value for value in found if isinstance(value, bytes))


def _written(values: Iterable[Any]) -> bytes:
    """Values as text, one a line; whole floats as whole numbers."""
    texts = (
        str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in values if v is not None
    )
    return "\n".join(texts).encode("utf-8", "surrogatepass")


def _open_escapes(data: bytes) -> Iterator[bytes]:
    """The text behind HTML entities, JSON escapes and percent signs."""
    yield ESCAPE.sub(_unescaped, data)


def _unescaped(found: re.Match[bytes]) -> bytes:
    kind, text = str(found.lastgroup), found[str(found.lastgroup)]
    if kind == "name":
        return NAMED[text]
    if kind == "char":
        return text
    if kind in ("byte", "percent"):
        return bytes([int(text, 16)])
    number = int(text, 10 if kind == "decimal" else 16)
    return chr(number).encode("utf-8", "surrogatepass") if number < 0x110000 else b""


def _open_parquet(data: bytes) -> Iterator[bytes]:
    """Column names, key-value metadata, statistics, whole dictionaries (used or not) and all values."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(data))
    meta = file.metadata
    yield from _contents([meta.created_by, *(meta.metadata or {}), *(meta.metadata or {}).values()])
    columns = [
        meta.row_group(g).column(c) for g in range(meta.num_row_groups) for c in range(meta.num_columns)
    ]
    stats = [column.statistics for column in columns if column.is_stats_set]
    yield from _contents([column.path_in_schema for column in columns])
    yield from _contents([end for one in stats if one.has_min_max for end in (one.min, one.max)])
    names = [column.path_in_schema for column in columns if column.physical_type == "BYTE_ARRAY"]
    table = pq.read_table(io.BytesIO(data), read_dictionary=sorted(set(names)))
    for column in table.columns:
        for chunk in column.chunks:
            yield from _contents(chunk.dictionary.to_pylist() if hasattr(chunk, "dictionary") else [])
            yield from _contents(chunk.to_pylist())


def _is_duckdb(data: bytes) -> bool:
    return data[8:12] == b"DUCK"


def _open_duckdb(data: bytes) -> Iterator[bytes]:
    """All tables with their names and comments, decompressed; the pages are searched as plain bytes too."""
    import duckdb

    with _as_file(data) as path, duckdb.connect(str(path), read_only=True) as connection:
        catalogue = "select schema_name, table_name, comment, sql from duckdb_tables() where not internal"
        tables = connection.execute(catalogue).fetchall()
        yield from _contents(text for table in tables for text in table)
        for schema, table, *_ in tables:
            rows = connection.execute(f"from {_quoted(schema)}.{_quoted(table)}").fetchall()
            yield from _contents(value for row in rows for value in row)


def _open_sqlite(data: bytes) -> Iterator[bytes]:
    """All tables of an SQLite file."""
    with _as_file(data) as path:
        connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        try:
            schema = connection.execute("select name, type, sql from sqlite_master").fetchall()
            yield from _contents(text for row in schema for text in row)
            for name in (row[0] for row in schema if row[1] == "table"):
                rows = connection.execute(f"select * from {_quoted(name)}").fetchall()
                yield from _contents(value for row in rows for value in row)
        finally:
            connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _as_file(data: bytes) -> Iterator[Path]:
    """The bytes as a temporary file, for libraries that read files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        yield path


SURFACES = (
    Surface("zip", _starts(b"PK\x03\x04"), _open_zip),
    Surface("gzip", _starts(b"\x1f\x8b\x08"), _open_gzip),
    Surface("bzip2", lambda data: BZIP2.match(data) is not None, _open_bz2),
    Surface("xz", _starts(b"\xfd7zXZ\x00"), _open_xz),
    Surface("Parquet", _starts(b"PAR1"), _open_parquet),
    Surface("DuckDB", _is_duckdb, _open_duckdb),
    Surface("SQLite", _starts(b"SQLite format 3\x00"), _open_sqlite),
    Surface(
        "typed array", lambda data: b"bdata" in data and TYPED.search(data) is not None, _open_typed, "parts"
    ),
    Surface("base64", lambda data: len(data) >= LEAST, _open_base64, "parts"),
    Surface("escapes", lambda data: ESCAPE.search(data) is not None, _open_escapes, "rewritten"),
)
