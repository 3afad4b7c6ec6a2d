"""Reads a cube to protect: an instance with `cube` in place of cells and equations.

    {"version": 1, "threshold": 5, "key": "a secret", "cube": {"file": "counts.csv.gz", "order": 3}}

The file (beside the instance; .gz or not) has a column a dimension and, last, `count`: one row a combination;
what is not listed is 0. Every margin of at most `order` dimensions is published, the inner counts are not.
A cell is named by its codes, `force=f1|year=y2` in the order of the columns, the grand total `total`.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import reprlib
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from disclosure.cube import Cell, Cube, Whole
from disclosure.instance import InstanceError
from disclosure.reading import WORDS, parse

FIELDS = ("version", "threshold", "key", "budget_s", "cube", "singletons", "hidden")
BUDGET_S = 300.0
DEFAULT_ORDER = 3
MOST_INNER = 5_000_000
MOST_COUNT = 10**9
COUNT, TOTAL = "count", "total"
Codes = tuple[str, ...]


@dataclass(frozen=True)
class Margins:
    """A cube with the names of its codes, and how its margins are to be protected or attacked.

    `alone` are cells of one person beside the counts of 1.
    """

    cube: Cube
    names: Codes
    codes: tuple[Codes, ...]
    threshold: int
    key: str | None
    budget_s: float
    alone: frozenset[Cell] = frozenset()
    hidden: frozenset[Cell] = frozenset()

    def name(self, cell: Cell) -> str:
        """What a cell is called."""
        parts = (f"{self.names[axis]}={self.codes[axis][n]}" for axis, n in zip(*cell, strict=True))
        return "|".join(parts) or TOTAL

    def named(self, cells: Collection[Cell]) -> list[str]:
        """The names of cells, lower margins first."""
        return [self.name(c) for c in sorted(cells, key=lambda c: (len(c[0]), c))]


def read_margins(payload: Mapping[str, Any], folder: Path) -> Margins:
    """Read a decoded JSON object with a `cube`, and the file that it names in `folder`.

    Raises:
        InstanceError: one line that names the field, or the file and its row.
    """
    for name in payload:
        if name not in FIELDS and name not in WORDS:
            allowed = ", ".join(FIELDS)
            raise InstanceError(f"instance: {reprlib.repr(name)} cannot stand beside cube; fields: {allowed}")
    plain = {name: payload[name] for name in ("version", "threshold", "key", "budget_s") if name in payload}
    common = parse({**plain, "cells": [{"id": 0}], "equations": []})
    if common.threshold is None:
        raise InstanceError("threshold: is missing, a cube needs one")
    file, order = _description(payload["cube"])
    names, codes, inner = _counts(folder / file)
    if order > len(names):
        raise InstanceError(f"cube: order {order} is more than the {len(names)} dimensions of {file}")
    budget_s = common.budget_s if "budget_s" in payload else BUDGET_S
    bare = Margins(Cube(inner, order), names, codes, common.threshold, common.key, budget_s)
    alone, hidden = (_cells(bare, payload.get(name), name) for name in ("singletons", "hidden"))
    return replace(bare, alone=alone, hidden=hidden)


def _description(raw: object) -> tuple[str, int]:
    if not isinstance(raw, dict):
        raise InstanceError("cube: must be an object with file and order")
    for name in raw:
        if name not in ("file", "order") and name not in WORDS:
            raise InstanceError(f"cube: unknown field {reprlib.repr(name)}; the fields are file, order")
    file, order = raw.get("file"), raw.get("order", DEFAULT_ORDER)
    if not isinstance(file, str) or not file or "\0" in file:
        raise InstanceError("cube: file must be the name of a CSV file")
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise InstanceError("cube: order must be a whole number of 1 or more")
    return file, order


def _counts(path: Path) -> tuple[Codes, tuple[Codes, ...], Whole]:
    """Dimensions, their codes in order, and the counts by position."""
    (_, header), *lines = _lines(path) or [(1, [])]
    names, rows = _header(path, header), dict(_rows(path, lines, len(header)))
    if not rows:
        raise InstanceError(f"{path.name}: has no row")
    codes = tuple(tuple(sorted({row[n] for row in rows})) for n in range(len(names)))
    size = math.prod(len(some) for some in codes)
    if size > MOST_INNER:
        raise InstanceError(f"{path.name}: {size} inner counts are too many, at most {MOST_INNER}")
    places = [{code: n for n, code in enumerate(some)} for some in codes]
    inner = np.zeros([len(some) for some in codes], dtype=np.int64)
    for row, count in rows.items():
        inner[tuple(place[code] for place, code in zip(places, row, strict=True))] = count
    return names, codes, inner


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, with the numbers of their lines."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""), strict=True)
            return [(reader.line_num, row) for row in reader if row]
    except (UnicodeDecodeError, csv.Error, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InstanceError(f"{path.name}: is not a CSV file in UTF-8: {error}") from error
    except OSError as error:
        raise InstanceError(f"{path.name}: cannot be read: {error.strerror or error}") from error


def _header(path: Path, header: Sequence[str]) -> Codes:
    names = tuple(header[:-1])
    if not names or header[-1] != COUNT:
        raise InstanceError(f"{path.name}: row 1: columns must be the dimensions and, last, {COUNT!r}")
    odd = next((n for n in names if not _plain(n) or names.count(n) > 1), None)
    if odd is not None:
        raise InstanceError(f"{path.name}: row 1: dimension {odd!r} is empty, twice or has | or = in it")
    return names


def _plain(code: str) -> bool:
    return bool(code) and "|" not in code and "=" not in code


def _rows(path: Path, lines: Iterable[tuple[int, list[str]]], width: int) -> Iterator[tuple[Codes, int]]:
    seen: dict[Codes, int] = {}
    for number, row in lines:
        place, key = f"{path.name}: row {number}", tuple(row[:-1])
        if len(row) != width:
            raise InstanceError(f"{place}: has {len(row)} fields, not {width}")
        if not all(map(_plain, key)):
            raise InstanceError(f"{place}: a code is empty or has | or = in it")
        if key in seen:
            raise InstanceError(f"{place}: the same combination as in row {seen[key]}")
        seen[key] = number
        yield key, _count(place, row[-1].strip())


def _count(place: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and int(text) <= MOST_COUNT):
        most = f"from 0 to {MOST_COUNT}"
        raise InstanceError(f"{place}: count must be a whole number {most}, not {reprlib.repr(text)}")
    return int(text)


def _cells(margins: Margins, raw: object, field: str) -> frozenset[Cell]:
    """Cells by their names."""
    if raw is None:
        return frozenset()
    if not isinstance(raw, list):
        raise InstanceError(f"{field}: must be a list of names of cells")
    return frozenset(_cell(margins, name, field) for name in raw)


def _cell(margins: Margins, name: object, field: str) -> Cell:
    wrong = InstanceError(f"{field}: no published cell is called {reprlib.repr(name)}")
    if name == TOTAL:
        return (), ()
    if not isinstance(name, str):
        raise wrong
    pairs = [part.partition("=") for part in name.split("|")]
    try:
        axes = tuple(margins.names.index(dimension) for dimension, _, _ in pairs)
        index = tuple(margins.codes[a].index(code) for a, (_, _, code) in zip(axes, pairs, strict=True))
    except ValueError:
        raise wrong from None
    if len(axes) > margins.cube.order or list(axes) != sorted(set(axes)):
        raise wrong
    return axes, index
