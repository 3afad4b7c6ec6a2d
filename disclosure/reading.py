"""Reads an instance strictly: findings name field and id, and all are collected before one is raised."""

from __future__ import annotations

import math
import reprlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Any

from disclosure.instance import (
    DEFAULT_BUDGET_S,
    LEAST_WIDTH,
    MOST_WIDTH,
    VERSION,
    Cell,
    Constraint,
    Equation,
    Instance,
    InstanceError,
    Singleton,
)

SENSES = ("<=", ">=", "==")
CELL_FIELDS = ("id", "code", "value", "published", "public", "lower", "upper", "cost")
FIELDS = (
    "version", "threshold", "zeros_published", "width", "cells", "equations", "constraints", "primary",
    "known", "singletons", "never_hide", "must_hide", "must_prove", "hidden", "key", "budget_s", "release",
)  # fmt: skip
WORDS = ("name", "title", "source", "note", "comment", "description", "why")
"""Fields for people, allowed anywhere and not read; `release` is what a published system says of itself."""
UNKNOWN = -1
MOST = 10**12
"""Larger counts are no counts of people, and the engine's arithmetic would not be exact on them."""


def parse(payload: object) -> Instance:
    """Read a decoded JSON object as an instance, strictly.

    Raises:
        InstanceError: one line naming the field and id of the first finding, and how many there are.
    """
    if not isinstance(payload, dict):
        raise InstanceError("instance: must be a JSON object")
    reader = _Reader()
    instance = reader.instance(payload)
    if not reader.findings:
        reader.findings.extend(_cycles(instance))
        reader.findings.extend(_contradictions(instance))
    if reader.findings:
        more = len(reader.findings) - 1
        raise InstanceError(reader.findings[0] + (f" (and {more} more)" if more else ""))
    return instance


class _Reader:
    """Turns decoded JSON into an instance and remembers every finding on the way."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.ids: set[int] = set()

    def instance(self, payload: Mapping[str, Any]) -> Instance:
        self._names("instance", payload, FIELDS)
        if payload.get("version", VERSION) != VERSION or isinstance(payload.get("version"), bool):
            self.findings.append(f"version: must be {VERSION}")
        cells = tuple(self._cell(i, raw) for i, raw in enumerate(self._list(payload, "cells", required=True)))
        if payload.get("cells") == []:
            self.findings.append("cells: is empty")
        self._unique([cell.id for cell in cells])
        self.ids = {cell.id for cell in cells}
        primary = payload.get("primary")
        return Instance(
            cells=cells,
            equations=tuple(self._rows(payload, "equations", self._equation, required=True)),
            constraints=tuple(self._rows(payload, "constraints", self._constraint)),
            threshold=self._whole(payload.get("threshold"), "threshold", least=1),
            zeros_published=self._flag(payload, "zeros_published", True, "instance"),
            width=self._width(payload.get("width")),
            primary=None if primary is None else tuple(self._id_list(primary, "primary")),
            known=self._known(payload.get("known")),
            singletons=tuple(self._rows(payload, "singletons", self._singleton)),
            key=self._key(payload.get("key")),
            budget_s=self._seconds(payload.get("budget_s")),
            **{
                name: frozenset(self._id_list(self._list(payload, name), name))
                for name in ("never_hide", "must_hide", "must_prove", "hidden")
            },
        )

    def _cell(self, position: int, raw: object) -> Cell:
        place = f"cells[{position}]"
        if not isinstance(raw, dict):
            self.findings.append(f"{place}: must be an object")
            return Cell(UNKNOWN)
        identity = self._whole(raw.get("id"), f"{place}.id", required=True)
        place = f"cell {identity}" if identity is not None else place
        self._names(place, raw, CELL_FIELDS)
        code = raw.get("code", "")
        if not isinstance(code, str):
            self.findings.append(f"{place}: code must be text")
        value, lower, upper = (self._whole(raw.get(n), f"{place}: {n}") for n in ("value", "lower", "upper"))
        self._between(place, value, lower, upper)
        cost = raw.get("cost")
        if cost is not None and not _is_number(cost):
            self.findings.append(f"{place}: cost must be a number from 0 to {MOST}, not {_short(cost)}")
            cost = None
        return Cell(
            id=UNKNOWN if identity is None else identity,
            code=str(code),
            value=value,
            published=self._flag(raw, "published", True, place),
            public=self._flag(raw, "public", False, place),
            lower=lower,
            upper=upper,
            cost=None if cost is None else float(cost),
        )

    def _between(self, place: str, value: int | None, lower: int | None, upper: int | None) -> None:
        if lower is not None and upper is not None and lower > upper:
            self.findings.append(f"{place}: lower {lower} is above upper {upper}")
        if value is not None and lower is not None and value < lower:
            self.findings.append(f"{place}: value {value} is below lower {lower}")
        if value is not None and upper is not None and value > upper:
            self.findings.append(f"{place}: value {value} is above upper {upper}")

    def _equation(self, place: str, raw: Mapping[str, Any]) -> Equation:
        self._names(place, raw, ("total", "parts"))
        total = self._id(raw.get("total"), f"{place}: total")
        parts = tuple(self._id_list(raw.get("parts"), f"{place}: parts"))
        if raw.get("parts") == []:
            self.findings.append(f"{place}: parts is empty")
        twice = _twice(i for i in parts if i != UNKNOWN)
        if twice is not None:
            self.findings.append(f"{place}: parts names cell {twice} twice")
        if total in parts and total != UNKNOWN:
            self.findings.append(f"{place}: cyclic, total {total} is one of its own parts")
        return Equation(total, parts)

    def _constraint(self, place: str, raw: Mapping[str, Any]) -> Constraint:
        self._names(place, raw, ("terms", "sense", "rhs", "why"))
        sense, rhs, terms = raw.get("sense"), raw.get("rhs"), raw.get("terms")
        if sense not in SENSES:
            self.findings.append(f"{place}: sense must be one of {', '.join(SENSES)}")
        pairs: dict[int, int] = {}
        if not isinstance(terms, list) or not terms:
            self.findings.append(f"{place}: terms must be a list of [cell, coefficient]")
            terms = []
        for term in terms:
            if not (isinstance(term, list) and len(term) == 2 and _is_small(term[1])):
                self.findings.append(
                    f"{place}: each term must be [cell, whole coefficient], not {_short(term)}"
                )
                continue
            identity = self._id(term[0], f"{place}: terms")
            pairs[identity] = pairs.get(identity, 0) + int(term[1])
        if not _is_small(rhs):
            self.findings.append(f"{place}: rhs must be a whole number of at most {MOST}, not {_short(rhs)}")
            rhs = 0
        return Constraint(tuple(pairs.items()), str(sense), int(rhs or 0), str(raw.get("why", "")))

    def _singleton(self, place: str, raw: Mapping[str, Any]) -> Singleton:
        self._names(place, raw, ("cell", "knows"))
        cell = self._id(raw.get("cell"), f"{place}: cell")
        return Singleton(cell, tuple(self._id_list(raw.get("knows", []), f"{place}: knows")))

    def _known(self, raw: object) -> dict[int, int]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self.findings.append(f"known: must be an object of id: value, not {_short(raw)}")
            return {}
        known: dict[int, int] = {}
        for text, value in raw.items():
            identity = self._id(_number(text), "known")
            whole = self._whole(value, f"known[{_short(text)}]", required=True)
            if identity in known and identity != UNKNOWN:
                self.findings.append(f"known: names cell {identity} twice")
            known[identity] = 0 if whole is None else whole
        return known

    def _rows(
        self,
        payload: Mapping[str, Any],
        name: str,
        one: Callable[[str, Mapping[str, Any]], Any],
        required: bool = False,
    ) -> Iterable[Any]:
        for position, raw in enumerate(self._list(payload, name, required)):
            if isinstance(raw, dict):
                yield one(f"{name}[{position}]", raw)
            else:
                self.findings.append(f"{name}[{position}]: must be an object")

    def _list(self, payload: Mapping[str, Any], name: str, required: bool = False) -> list[Any]:
        raw = payload.get(name)
        if isinstance(raw, list):
            return raw
        if raw is not None or required:
            self.findings.append(f"{name}: must be a list" if raw is not None else f"{name}: is missing")
        return []

    def _id_list(self, raw: object, place: str) -> list[int]:
        if not isinstance(raw, list):
            self.findings.append(f"{place}: must be a list of ids")
            return []
        return [self._id(item, place) for item in raw]

    def _id(self, raw: object, place: str) -> int:
        if not _is_integer(raw) or raw not in self.ids:
            self.findings.append(f"{place}: unknown id {_short(raw)}")
            return UNKNOWN
        return int(raw)  # type: ignore[call-overload,no-any-return]

    def _whole(self, raw: object, place: str, least: int = 0, required: bool = False) -> int | None:
        if raw is None and not required:
            return None
        if not _is_integer(raw) or raw < least:  # type: ignore[operator]
            self.findings.append(f"{place}: must be a whole number of {least} or more, not {_short(raw)}")
            return None
        if raw > MOST:  # type: ignore[operator]
            self.findings.append(f"{place}: must be at most {MOST}, not {_short(raw)}")
            return None
        return int(raw)  # type: ignore[call-overload,no-any-return]

    def _width(self, raw: object) -> int:
        width = self._whole(raw, "width", least=LEAST_WIDTH)
        if width is not None and width > MOST_WIDTH:
            self.findings.append(f"width: must be at most {MOST_WIDTH}, not {_short(raw)}")
        return LEAST_WIDTH if width is None else width

    def _flag(self, raw: Mapping[str, Any], name: str, default: bool, place: str) -> bool:
        value = raw.get(name, default)
        if not isinstance(value, bool):
            self.findings.append(f"{place}: {name} must be true or false, not {_short(value)}")
        return bool(value)

    def _key(self, raw: object) -> str | None:
        if raw is not None and not (isinstance(raw, str) and raw):
            self.findings.append("key: must be text (not empty) or null")
        return raw if isinstance(raw, str) else None

    def _seconds(self, raw: object) -> float:
        if raw is None:
            return DEFAULT_BUDGET_S
        if not _is_number(raw):
            self.findings.append(f"budget_s: must be a number of seconds from 0 to {MOST}, not {_short(raw)}")
            return DEFAULT_BUDGET_S
        return float(raw)  # type: ignore[arg-type]

    def _unique(self, ids: list[int]) -> None:
        seen: set[int] = set()
        for identity in ids:
            if identity in seen and identity != UNKNOWN:
                self.findings.append(f"cell {identity}: id used twice")
            seen.add(identity)

    def _names(self, place: str, raw: Mapping[str, Any], fields: tuple[str, ...]) -> None:
        """Refuse what is no field: a misspelt `hidden` would silently audit nothing."""
        for name in raw:
            if name not in fields and name not in WORDS:
                near = get_close_matches(str(name), fields, n=1, cutoff=0.6)
                meant = f", did you mean {near[0]!r}?" if near else f"; the fields are {', '.join(fields)}"
                self.findings.append(f"{place}: unknown field {_short(name)}{meant}")


def _short(raw: object) -> str:
    """What was found, on one line of bounded length."""
    return reprlib.repr(raw)


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else text


def _twice(ids: Iterable[int]) -> int | None:
    return next((i for i, times in Counter(ids).items() if times > 1), None)


def _is_integer(raw: object) -> bool:
    if isinstance(raw, bool):
        return False
    return isinstance(raw, int) or (isinstance(raw, float) and math.isfinite(raw) and raw.is_integer())


def _is_small(raw: object) -> bool:
    return _is_integer(raw) and abs(raw) <= MOST  # type: ignore[arg-type]


def _is_number(raw: object) -> bool:
    return isinstance(raw, (int, float)) and not isinstance(raw, bool) and 0 <= raw <= MOST


def _cycles(instance: Instance) -> list[str]:
    graph: dict[int, set[int]] = {}
    for equation in instance.equations:
        graph.setdefault(equation.total, set()).update(equation.parts)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        way = [str(i) for i in error.args[1]]
        shown = way if len(way) <= 12 else [*way[:6], "...", *way[-5:]]
        return [f"equations: cyclic, cell {' is part of '.join(shown)}"]
    return []


def _contradictions(instance: Instance) -> list[str]:
    values = {cell.id: cell.value for cell in instance.cells if cell.value is not None}
    found = [
        f"known[{i}]: {value} contradicts value {values[i]} of cell {i}"
        for i, value in instance.known.items()
        if values.get(i, value) != value
    ]
    values |= instance.known
    found += [_outside(cell, instance.known) for cell in instance.cells]
    found += [
        f"cell {i}: is in must_hide and in never_hide"
        for i in sorted(instance.must_hide & instance.never_hide)
    ]
    found += [
        f"cell {cell.id}: public needs a value"
        for cell in instance.cells
        if cell.public and cell.id not in values
    ]
    found += [_line(n, e, values) for n, e in enumerate(instance.equations)]
    found += [_rule(n, c, values) for n, c in enumerate(instance.constraints)]
    return [text for text in found if text]


def _outside(cell: Cell, known: Mapping[int, int]) -> str:
    value = known.get(cell.id)
    if value is not None and cell.lower is not None and value < cell.lower:
        return f"known[{cell.id}]: {value} is below lower {cell.lower} of cell {cell.id}"
    if value is not None and cell.upper is not None and value > cell.upper:
        return f"known[{cell.id}]: {value} is above upper {cell.upper} of cell {cell.id}"
    return ""


def _line(position: int, equation: Equation, values: Mapping[int, int]) -> str:
    if equation.total not in values:
        return ""
    total = values[equation.total]
    parts = sum(values.get(i, 0) for i in equation.parts)
    whole = all(i in values for i in equation.parts)
    if parts == total or (parts < total and not whole):
        return ""
    return (
        f"equations[{position}]: total {equation.total} is {total} but its parts make {parts}"
        f"{'' if whole else ' or more'}: off by {abs(total - parts)}"
    )


def _rule(position: int, constraint: Constraint, values: Mapping[int, int]) -> str:
    if any(i not in values for i, _ in constraint.terms):
        return ""
    left = sum(coefficient * values[i] for i, coefficient in constraint.terms)
    holds = {"<=": left <= constraint.rhs, ">=": left >= constraint.rhs, "==": left == constraint.rhs}
    if holds[constraint.sense]:
        return ""
    ids = ", ".join(str(i) for i, _ in constraint.terms)
    return f"constraints[{position}] (cells {ids}): {left} {constraint.sense} {constraint.rhs} does not hold"
