"""The leak scanner: does any private string stand in any byte of a folder, in any form that can be opened?

It names files and surfaces, never what it found. Strings that are not distinctive (see `is_distinctive`) are
not searched: "1234" stands in every file.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from expectations.surfaces import SURFACES, Surface, registered_surfaces

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Leak", "is_distinctive", "registered_surfaces", "scan", "scan_bytes"]

SHORTEST = 6
SHORTEST_NUMBER = 9
ANYWHERE = 10
WINDOW = 6
MASK = (1 << 8 * WINDOW) - 1
LEAST_BITS = 20
SPREAD = 0x9E3779B97F4A7C15
DEEPEST = 5
DIGEST = 12


class Leak(NamedTuple):
    """Where a private string stands: the file, and the surfaces that had to be opened to see it."""

    file: str
    surface: str


class Needle(NamedTuple):
    """One form of a private string in lower case; `whole`: letters or digits beside it make another word."""

    text: bytes
    whole: bool


@dataclass(frozen=True)
class Needles:
    """All forms of all strings, by the last bytes of each form (`keys`, sorted) and the string it comes from.

    A bit table over a hash of those bytes rules out nearly every place of the data at once. Where a place is
    left, the forms are made again, so that many strings take little memory.
    """

    strings: tuple[str, ...]
    keys: npt.NDArray[np.uint64]
    owners: npt.NDArray[np.int64]
    table: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, strings: Iterable[str]) -> Needles:
        """The searchable forms of the distinctive ones among the strings."""
        import numpy as np

        texts = tuple(sorted({text.strip() for text in strings if is_distinctive(text)}))
        tails = [(_tail(form.text), n) for n, text in enumerate(texts) for form in _forms(text)]
        keys = np.array([key for key, _ in tails], dtype=np.uint64)
        owners = np.array([n for _, n in tails], dtype=np.int64)
        order = np.argsort(keys, kind="stable")
        table = np.zeros(1 << max(LEAST_BITS, len(keys).bit_length() + 4), dtype=np.bool_)
        table[_hashed(keys, len(table))] = True
        return cls(texts, keys[order], owners[order], table)

    def stand_in(self, data: bytes) -> bool:
        """Whether any form stands in the data."""
        lowered = data.lower()
        return len(self.keys) > 0 and any(self._ends_at(lowered, end) for end in self._candidates(lowered))

    def _candidates(self, data: bytes) -> Iterator[int]:
        """Places (just behind a form's last byte) where the last bytes are those of some form."""
        import numpy as np

        padded = data + bytes(8)
        for offset in range(min(8, len(data))):
            windows = np.frombuffer(padded, dtype="<u8", offset=offset, count=(len(padded) - offset) // 8)
            windows = windows & np.uint64(MASK)
            near = np.flatnonzero(self.table[_hashed(windows, len(self.table))])
            found = windows[near]
            at = np.minimum(np.searchsorted(self.keys, found), len(self.keys) - 1)
            yield from (int(place) * 8 + offset + WINDOW for place in near[self.keys[at] == found])

    def _ends_at(self, data: bytes, end: int) -> bool:
        import numpy as np

        key = np.uint64(_tail(data[end - WINDOW : end]))
        first, last = np.searchsorted(self.keys, key, "left"), np.searchsorted(self.keys, key, "right")
        owners = {int(owner) for owner in self.owners[first:last]}
        return any(_matches(form, data, end) for owner in owners for form in _forms(self.strings[owner]))


def scan(
    folder: Path, forbidden: Collection[str], surfaces: Sequence[Surface] = SURFACES
) -> tuple[Leak, ...]:
    """Search every file below a folder, and the names of files and folders, for the forbidden strings.

    A surface that cannot be opened is reported as well: what cannot be read cannot be cleared.
    """
    needles = Needles.of(forbidden)
    known: dict[bytes, tuple[str, ...]] = {}
    leaks: list[Leak] = []
    for path in sorted(folder.rglob("*")):
        leaks += _scan_name(folder, path, needles)
        if path.is_file():
            data = path.read_bytes()
            # Copies of a file, as a release has for downloads, are opened once.
            digest = hashlib.sha256(data).digest()
            if digest not in known:
                known[digest] = tuple(sorted(set(_search(data, needles, surfaces, ()))))
            leaks += [Leak(path.relative_to(folder).as_posix(), surface) for surface in known[digest]]
    return tuple(leaks)


def scan_bytes(
    data: bytes, forbidden: Collection[str], surfaces: Sequence[Surface] = SURFACES
) -> tuple[str, ...]:
    """The surfaces of these bytes on which a forbidden string stands, e.g. of a log or a message."""
    return tuple(sorted(set(_search(data, Needles.of(forbidden), surfaces, ()))))


def is_distinctive(text: str) -> bool:
    """Whether a string can be told from chance: 6 characters or more, numbers 9 digits or more."""
    stripped = text.strip()
    return len(stripped) >= (SHORTEST_NUMBER if stripped.isdigit() else SHORTEST)


def _scan_name(folder: Path, path: Path, needles: Needles) -> Iterator[Leak]:
    name = path.relative_to(folder).as_posix()
    target = f"\n{path.readlink()}" if path.is_symlink() else ""
    if needles.stand_in((name + target).encode("utf-8", "surrogateescape")):
        yield Leak("(a file whose name leaks)", "file name")


def _search(
    data: bytes, needles: Needles, surfaces: Sequence[Surface], way: tuple[str, ...]
) -> Iterator[str]:
    """The surfaces on which something stands; `way` is what was opened to come here."""
    if needles.stand_in(data):
        yield " > ".join(way) or "plain bytes"
    fitting = [surface for surface in surfaces if surface.applies(data)]
    files = {surface.name for surface in fitting if surface.kind == "file"}
    if len(way) == DEEPEST:
        yield from (" > ".join((*way, name)) + " (nested too deep)" for name in files)
        return
    for surface in fitting:
        # A file is opened once, as it is: rewritten, it begins like a file and can no longer be read.
        left = [one for one in surfaces if surface.kind != "rewritten" or one.name not in files]
        yield from _search_inside(surface, data, needles, left, (*way, surface.name))


def _search_inside(
    surface: Surface, data: bytes, needles: Needles, surfaces: Sequence[Surface], way: tuple[str, ...]
) -> Iterator[str]:
    try:
        for inner in surface.open(data):
            yield from _search(inner, needles, surfaces, way)
    except Exception:
        yield " > ".join(way) + " (cannot be read)"


def _tail(text: bytes) -> int:
    """The last bytes of a form as a number."""
    return int.from_bytes(text[-WINDOW:], "little")


def _hashed(keys: npt.NDArray[np.uint64], size: int) -> npt.NDArray[np.uint64]:
    """A spread of the keys over a table of a power of two (multiplicative hashing)."""
    import numpy as np

    return (keys * np.uint64(SPREAD)) >> np.uint64(65 - size.bit_length())


def _matches(needle: Needle, data: bytes, end: int) -> bool:
    start = end - len(needle.text)
    if start < 0 or not data.startswith(needle.text, start):
        return False
    around = data[max(start - 1, 0) : start] + data[end : end + 1]
    return not needle.whole or not any(chr(byte).isalnum() and byte < 128 for byte in around)


def _forms(text: str) -> Iterator[Needle]:
    """Every form in which a string is searched: text, UTF-16, hex, base64, digests, packed numbers."""
    plain = text.encode()
    yield Needle(plain.lower(), text.isdigit() or len(plain) < ANYWHERE)
    yield from (Needle(text.encode(code).lower(), False) for code in ("utf-16-le", "utf-16-be"))
    yield Needle(plain.hex().encode(), False)
    yield from (Needle(digest.encode(), False) for digest in _digests(plain))
    if text.isdecimal():
        yield from _numbers(int(text))
    if len(plain) >= ANYWHERE:
        yield from _base64_forms(plain)


def _digests(plain: bytes) -> Iterator[str]:
    """A hash of a short key is as good as the key: whoever knows the format can guess it back."""
    for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        yield digest(plain, usedforsecurity=False).hexdigest()[:DIGEST]


def _numbers(number: int) -> Iterator[Needle]:
    """A number with separators, after a pass through single precision, and as eight packed bytes."""
    yield from (Needle(f"{number:,}".replace(",", mark).encode(), True) for mark in ", ")
    single = str(int(struct.unpack("<f", struct.pack("<f", number))[0])) if number < 1 << 63 else ""
    if single and single != str(number):
        yield Needle(single.encode(), True)
    if number < 1 << 63:
        yield from (Needle(struct.pack(kind, number).lower(), False) for kind in ("<q", ">q", "<d", ">d"))


def _base64_forms(plain: bytes) -> Iterator[Needle]:
    """What a string leaves in base64 at each of the three alignments, whatever stands around it."""
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + plain)
        first = -(-shift * 8 // 6)
        last = (shift + len(plain)) * 8 // 6
        yield Needle(encoded[first:last].lower(), False)
