"""Read a delimited text file: any delimiter, quote and encoding, gzip or not, as a stream of batches."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from ingest.bytestream import CHUNK, TEXT_LIMIT, UNREADABLE, Decoded, LimitedBytes, truncated
from ingest.findings import Finding, LandingError, error
from ingest.headings import find_header, no_heading
from ingest.landing import FileSpec
from ingest.table import MAX_PREVIEW, Table, Unreadable, cells_batch, unique_headings, write_cells

BLOCK = 8 << 20
"""A row of up to this many bytes of UTF-8 is read; one of more than twice as many is refused."""
SENTINEL = "\x02end of file\x03"
"""A last row of our own: a quote that is never closed swallows it, which is how we know."""
MAX_UNREADABLE = 1_000_000


@dataclass
class Skipped:
    """Rows that the parser could not fit to the heading, by their place among all rows below it."""

    offset: int
    width: int
    rows: list[Unreadable] = field(default_factory=list)

    def __call__(self, row: pc.InvalidRow) -> str:
        """Keep the row and go on; called by the parser."""
        reason = f"the row has {row.actual_columns} cells, the heading has {self.width}"
        self.rows.append(Unreadable(self.offset + row.number, row.text, reason, row.actual_columns))
        return "error" if len(self.rows) > MAX_UNREADABLE else "skip"


def read_csv(path: Path, spec: FileSpec, wanted: Sequence[str], cells: Path) -> Table:
    """Write the cells of a text file to Parquet.

    Raises:
        LandingError: `empty`, `truncated`, `too_large`, `heading_gone` or `row_too_long`.
    """
    spec, swaps = _in_ascii(spec)
    preview, lines = _preview(path, spec, swaps)
    header_row = find_header(preview, wanted, spec.header_row)
    if not header_row:
        raise LandingError([no_heading(spec, wanted, preview)])
    headings = unique_headings(preview[header_row - 1], spec.file)
    _refuse_unknown_bytes(spec, headings)
    width, start = len(headings), len("".join(lines[:header_row]).encode("utf-8", errors="replace"))
    tail = spec.delimiter.join([SENTINEL] + [""] * (width - 1)) + "\n"
    skipped = Skipped(header_row, width)
    with LimitedBytes(path, spec.file, _limit(spec)) as raw:
        text = Decoded(raw, _encoding(path, spec), swaps, skip=start, tail=tail.encode())
        counter = _Counter(header_row, skipped)
        batches = counter.numbered(_batches(text, spec, width, skipped))
        write_cells(cells, width, batches)
    _refuse_cut_off(spec, text, counter)
    unreadable = tuple(_as_found(row, swaps) for row in skipped.rows)
    return Table(headings, header_row, cells, counter.read, unreadable, text.undecodable)


def _refuse_unknown_bytes(spec: FileSpec, headings: Sequence[str]) -> None:
    strange = next((heading for heading in headings if UNREADABLE in heading), None)
    if strange is not None:
        message = f"the heading {strange!r} holds bytes that the encoding does not know"
        remedy = 'set encoding in sources.toml, perhaps "cp1252"'
        raise LandingError([error("wrong_encoding", spec.file, message, remedy)])


def _in_ascii(spec: FileSpec) -> tuple[FileSpec, dict[str, str]]:
    """The file as it is parsed: a delimiter or quote beyond ASCII is exchanged for a control character."""
    swaps = {
        mark: instead
        for mark, instead in ((spec.delimiter, "\x1f"), (spec.quote, "\x1e"))
        if not mark.isascii()
    }
    delimiter, quote = (swaps.get(mark, mark) for mark in (spec.delimiter, spec.quote))
    return replace(spec, delimiter=delimiter, quote=quote), swaps


def _as_found(row: Unreadable, swaps: Mapping[str, str]) -> Unreadable:
    text = row.text
    for found, instead in swaps.items():
        text = text.replace(instead, found)
    return replace(row, text=text)


def _limit(spec: FileSpec) -> int:
    return TEXT_LIMIT if spec.max_bytes is None else spec.max_bytes


def _encoding(path: Path, spec: FileSpec) -> str:
    """The declared encoding; else by the byte order mark, else UTF-8: never guessed from the bytes."""
    if spec.encoding is not None:
        return spec.encoding
    with LimitedBytes(path, spec.file, TEXT_LIMIT) as raw:
        start = raw.chunk()[:2]
    return "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8"


def _preview(path: Path, spec: FileSpec, swaps: Mapping[str, str]) -> tuple[list[list[str]], list[str]]:
    """The first rows as cells, and the text of each."""
    with LimitedBytes(path, spec.file, _limit(spec)) as raw:
        buffered = io.BufferedReader(Decoded(raw, _encoding(path, spec), swaps), CHUNK)
        text = buffered.read(CHUNK).decode("utf-8", errors="ignore")
    if not text.strip():
        raise LandingError([error("empty", spec.file, "the file is empty", "fetch the file again")])
    physical = list(io.StringIO(text, newline=""))
    rows: list[list[str]] = []
    lines: list[str] = []
    used = 0
    for row, line_number in _records(physical, spec):
        rows.append(row)
        lines.append("".join(physical[used:line_number]))
        used = line_number
    if not rows:
        message = f"row 1 has a cell of more than {csv.field_size_limit()} characters: no row of headings"
        raise LandingError([error("unreadable_file", spec.file, message, "correct delimiter or quote")])
    return rows, lines


def _records(physical: list[str], spec: FileSpec) -> Iterator[tuple[list[str], int]]:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if spec.quote else csv.QUOTE_NONE
    reader = csv.reader(physical, delimiter=spec.delimiter, quotechar=spec.quote or None, quoting=quoting)
    try:
        for row, _ in zip(reader, range(max(MAX_PREVIEW, spec.header_row or 0)), strict=False):
            yield row, reader.line_num
    except csv.Error:
        return  # a cell longer than the csv module reads: the rows before it are enough for a heading


def _batches(text: Decoded, spec: FileSpec, width: int, skipped: Skipped) -> Iterator[pa.RecordBatch]:
    names = [f"c{number}" for number in range(width)]
    read = pc.ReadOptions(column_names=names, use_threads=False, block_size=BLOCK)
    parse = pc.ParseOptions(
        delimiter=spec.delimiter,
        quote_char=spec.quote or False,
        newlines_in_values=bool(spec.quote),
        ignore_empty_lines=False,
        invalid_row_handler=skipped,
    )
    convert = pc.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        check_utf8=False,
    )
    try:
        stream = io.BufferedReader(text, BLOCK)
        yield from pc.open_csv(stream, read_options=read, parse_options=parse, convert_options=convert)
    except pa.ArrowInvalid as fault:
        raise LandingError([_refused(spec, skipped, str(fault))]) from None


def _refused(spec: FileSpec, skipped: Skipped, fault: str) -> Finding:
    if len(skipped.rows) > MAX_UNREADABLE:
        message = f"more than {MAX_UNREADABLE} rows do not have the {skipped.width} cells of the heading"
        return error(
            "unreadable_file", spec.file, message, "correct delimiter, quote or header_row in sources.toml"
        )
    if "straddling" in fault:
        message = f"a row is longer than {BLOCK} bytes: most likely a quote that is never closed"
        return error(
            "row_too_long", spec.file, message, "fetch the file again, or correct quote in sources.toml"
        )
    return error("unreadable_file", spec.file, f"not readable as delimited text: {fault}", "correct the file")


@dataclass
class _Counter:
    """Gives the rows of each batch their number in the file, and finds our own last row."""

    header_row: int
    skipped: Skipped
    valid: int = 0
    closed: bool = False

    @property
    def read(self) -> int:
        """Rows of the file: up to the heading, readable and not."""
        return self.header_row + self.valid + len(self.skipped.rows)

    def numbered(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Each batch with its row numbers in front, the last without our own row."""
        for batch in batches:
            kept = self._without_sentinel(batch)
            yield cells_batch(pa.array(self._rows(kept.num_rows)), kept.columns)
            self.valid += kept.num_rows

    def _without_sentinel(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        last = batch.num_rows - 1
        if last >= 0 and batch.column(0)[last].as_py() == SENTINEL:
            self.closed = True
            return batch.slice(0, last)
        return batch

    def _rows(self, many: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The k-th readable row stands below as many unreadable ones as come before it."""
        kth = np.arange(self.valid + 1, self.valid + many + 1, dtype=np.int64)
        rows = np.array([row.row - self.header_row for row in self.skipped.rows], dtype=np.int64)
        before = np.searchsorted(rows - np.arange(len(rows)), kth, side="right")
        return self.header_row + kth + before


def _refuse_cut_off(spec: FileSpec, text: Decoded, counter: _Counter) -> None:
    """A quote left open, or a last row with too few cells and no line break, is a file cut short."""
    if not counter.closed:
        message = "a quote is opened and never closed: the file is cut short or a cell is damaged"
        raise LandingError([truncated(spec.file, message)])
    short = counter.skipped.rows and counter.skipped.rows[-1].row == counter.read
    if short and not text.ends_in_newline:
        row = counter.skipped.rows[-1]
        if row.cells < counter.skipped.width and row.cells > 1:
            message = f"row {row.row} stops in the middle: {row.reason}"
            raise LandingError([truncated(spec.file, message)])
