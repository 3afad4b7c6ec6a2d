"""The bytes of a landing file: hashed, unpacked within a limit, and decoded to UTF-8 as they flow."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from ingest.findings import Finding, LandingError, error

CHUNK = 1 << 20
TEXT_LIMIT = 4 << 30
WORKBOOK_LIMIT = 512 << 20
ASCII_LIKE = frozenset({"utf-8", "ascii", "cp1252", "iso8859-1", "iso8859-15", "cp1250", "latin-1"})
UNREADABLE = "\ufffd"
CELL = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
"""Where a cell stands in a sheet of an xlsx workbook."""
LOST = re.compile(
    rb"""<c r="([A-Z]{1,3}[0-9]{1,7})"(?:[^>]*\bt="e"[^>]*>|"""
    rb"""[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>)"""
)
"""A cell of a sheet of an xlsx workbook that is an error, or a formula without the value it had."""
LONGEST = 8192
"""So many bytes of a part of a workbook are looked at again with the next ones: a formula has no more."""
MAX_CELLS = 20_000_000
"""A workbook is unpacked into a full rectangle of cells in memory."""


def file_sha256(path: Path) -> str:
    """sha256 of a file as it lies on disk."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def too_large(file: str, limit: int) -> Finding:
    """The finding for a file that unpacks to more than its limit."""
    message = f"unpacks to more than max_bytes = {limit}"
    return error("too_large", file, message, "raise max_bytes in sources.toml if the file is genuine")


def truncated(file: str, what: str) -> Finding:
    """The finding for a file that ends before it should."""
    return error("truncated", file, what, "fetch the file again, in full")


def _misread(file: str, encoding: str, fault: UnicodeError) -> Finding:
    message = f"not readable as {encoding}: {fault}"
    return error("wrong_encoding", file, message, "correct encoding in sources.toml")


class LimitedBytes(io.RawIOBase):
    """The unpacked bytes of a text file; raises LandingError past `limit` and on a truncated gzip file."""

    def __init__(self, path: Path, file: str, limit: int) -> None:
        """Open the file, through gzip where its first bytes say so."""
        self.file, self._limit, self._seen = file, limit, 0
        raw = path.open("rb")
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        self._raw = raw
        self._stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if zipped else raw  # type: ignore[assignment]

    def readable(self) -> bool:
        """Always."""
        return True

    def chunk(self) -> bytes:
        """The next bytes, empty at the end."""
        try:
            piece = self._stream.read(CHUNK)
        except (EOFError, OSError, zlib.error) as fault:
            raise LandingError(
                [truncated(self.file, f"the gzip file is cut short or damaged: {fault}")]
            ) from None
        self._seen += len(piece)
        if self._seen > self._limit:
            raise LandingError([too_large(self.file, self._limit)])
        return piece

    def close(self) -> None:
        """Close the file below too."""
        self._raw.close()
        super().close()


class Decoded(io.RawIOBase):
    """A text file as UTF-8 bytes, whatever its encoding, ending in a line break and `tail`.

    Bytes that the encoding does not know become U+FFFD, and `undecodable` is set: rows are told apart later.
    `skip` bytes of UTF-8 are left out at the start. `ends_in_newline` is known once all is read.
    `swaps` has characters that the parser cannot take, each with one that stands for it.
    """

    def __init__(
        self,
        raw: LimitedBytes,
        encoding: str,
        swaps: Mapping[str, str],
        skip: int = 0,
        tail: bytes = b"",
    ) -> None:
        """Decode the unpacked bytes of a file."""
        self._chunk, self._file, self._swaps = raw.chunk, raw.file, swaps
        self._encoding, self._skip, self._tail = encoding, skip, tail
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._buffer, self._ended, self._first = b"", False, True
        self._last = b""
        self.undecodable = False

    def readable(self) -> bool:
        """Always."""
        return True

    @property
    def ends_in_newline(self) -> bool:
        """Whether the file's own text ended in a line break."""
        return self._last in (b"\n", b"\r", b"")

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `target` with the next bytes."""
        while not self._buffer and not self._ended:
            self._buffer = self._next()
        piece, self._buffer = self._buffer[: len(target)], self._buffer[len(target) :]
        target[: len(piece)] = piece
        return len(piece)

    def _next(self) -> bytes:
        raw = self._chunk()
        self._ended = not raw
        text = self._decode(raw)
        if self._first and text:
            text, self._first = text.removeprefix(codecs.BOM_UTF8), False
        dropped = min(self._skip, len(text))
        self._skip -= dropped
        text = text[dropped:]
        self._last = text[-1:] or self._last
        if not self._ended:
            return text
        return text + (b"" if self.ends_in_newline else b"\n") + self._tail

    def _decode(self, raw: bytes) -> bytes:
        settled = self._encoding in ASCII_LIKE and not self._decoder.getstate()[0] and not self._swaps
        if settled and raw.isascii():
            return raw
        try:
            text = self._decoder.decode(raw, final=not raw)
        except UnicodeError as fault:
            raise LandingError([_misread(self._file, self._encoding, fault)]) from None
        self.undecodable = self.undecodable or UNREADABLE in text
        for found, instead in self._swaps.items():
            if instead in text:
                message = f"the text holds {instead!r}, which is to stand for {found!r}"
                raise LandingError([error("unreadable_file", self._file, message, "export with a comma")])
            text = text.replace(found, instead)
        return text.encode("utf-8", errors="replace")


def _unpack(stream: IO[bytes], file: str) -> list[str]:
    """Read a part of a workbook to its end; the cells of it that hold an error or an unknown result.

    Refuses a sheet whose furthest cell makes a huge rectangle.
    """
    column, row, rest = 0, 0, b""
    lost: list[str] = []
    while piece := stream.read(CHUNK):
        lost += [cell.decode() for cell in LOST.findall(rest + piece)]
        for letters, number in CELL.findall(rest + piece):
            column, row = max(column, _column(letters)), max(row, int(number))
        if column * row > MAX_CELLS:
            message = f"a sheet reaches to row {row} and column {column}: more than {MAX_CELLS} cells"
            raise LandingError([error("too_large", file, message, "save the sheet as csv")])
        rest = piece[-LONGEST:]
    return lost


def _column(letters: bytes) -> int:
    """A spreadsheet's column as a number: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def check_archive(path: Path, file: str, limit: int) -> tuple[str, ...]:
    """Unpack an xlsx or ods file once, so that a truncated file or a bomb is refused before it is parsed.

    Returns cells that hold an error or a formula whose result was never stored: readers see them as blank.

    Raises:
        LandingError: `truncated` or `too_large`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > limit:
                raise LandingError([too_large(file, limit)])
            lost: list[str] = []
            for member in members:
                with archive.open(member) as stream:
                    lost += _unpack(stream, file)
            return tuple(lost)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as fault:
        raise LandingError([truncated(file, f"the workbook is cut short or damaged: {fault}")]) from None
