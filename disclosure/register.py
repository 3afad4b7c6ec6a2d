"""Figures already public: what everybody knows before a release, bound to the cells that they fix."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from disclosure.cells import Key, Scope, vintage_of, years_code
from disclosure.instance import Instance
from disclosure.knowledge import Block, public_knowledge
from disclosure.lp import INFINITY, Deadline
from disclosure.publish import TIME_BASES, UNITS
from disclosure.system import Axis, Definition, Relation
from disclosure.witness import Explorer

_TEXTS = ("force", "scope", "population", "unit", "time_basis", "wording", "source", "source_ref")
_ALLOWED = {"unit": UNITS, "time_basis": TIME_BASES}
_FIELDS = (*_TEXTS, "as_at", "years", "dimensions", "value", "interval")


class RegisterError(ValueError):
    """The register file is wrong; the message lists every finding."""

    def __init__(self, path: Path, findings: list[str]) -> None:
        """Name the file once and list all findings."""
        super().__init__(f"{path.name}: " + "; ".join(findings))
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Figure:
    """One public figure: the cell it binds and the least and most that the cell can be.

    `outside` are those of its years that the landing does not have: what is left of the figure for them.
    """

    key: Key
    least: int
    most: int
    wording: str = ""
    source: str = ""
    source_ref: str = ""
    outside: tuple[int, ...] = ()

    @property
    def value(self) -> int | None:
        """The number, where the figure is not an interval."""
        return self.least if self.least == self.most else None

    @property
    def definition(self) -> Definition:
        """The figure as an unpublished table of its years, to take its place in the linked system."""
        key = self.key
        adds = not key.unit.startswith("officers")
        leaves = tuple(str(y) for y in key.years)
        rest = tuple(str(y) for y in self.outside)
        groups = ((years_code(self.outside), rest),) if adds and 0 < len(rest) < len(leaves) else ()
        axis = Axis(f"{key.time_basis}_year", leaves, groups, adds=adds, total=True, time=True)
        name = f"figure:{key.code}"
        within = dict(key.dimensions)
        return Definition(
            name, key.scope, key.unit, key.time_basis, key.years, (axis,), within, published=False
        )

    @property
    def residual(self) -> Key | None:
        """What is left for its years outside the landing: anybody can subtract our tables from it."""
        adds = not self.key.unit.startswith("officers")
        return (
            replace(self.key, years=self.outside)
            if self.outside and adds and self.value is not None
            else None
        )

    def at(self, as_at: str) -> Figure:
        """The figure about another vintage of the same day."""
        return replace(self, key=replace(self.key, scope=replace(self.key.scope, as_at=as_at)))

    @classmethod
    def read(cls, entry: Mapping[str, Any], scope: Scope) -> Figure:
        """The figure that `payload` wrote."""
        named = replace(scope, as_at=vintage_of(entry["cell"]))
        key = Key.of(named, entry["unit"], entry["time_basis"], entry["years"], entry["dimensions"])
        return cls(key, int(entry["least"]), int(entry["most"]), outside=tuple(entry.get("outside", ())))

    @property
    def payload(self) -> dict[str, Any]:
        """The figure as `system.json` holds it."""
        key = self.key
        named = {"unit": key.unit, "time_basis": key.time_basis, "years": list(key.years)}
        bounds = {"least": self.least, "most": self.most}
        outside = {"outside": list(self.outside)} if self.outside else {}
        return {"cell": key.code, **named, "dimensions": dict(key.dimensions), **bounds, **outside}

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The interval as inequalities."""
        if self.value is not None:
            return ()
        term = ((self.key.code, 1),)
        return (Relation(term, ">=", self.least, "register"), Relation(term, "<=", self.most, "register"))


@dataclass(frozen=True)
class Register:
    """All figures of a landing folder's `register.toml`."""

    figures: tuple[Figure, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Register:
        """Read a register strictly; a file that is not there is an empty register.

        Raises:
            RegisterError: unknown or missing fields and impossible values, all at once.
        """
        if not path.exists():
            return cls()
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RegisterError(path, [f"is no TOML: {error}"]) from None
        findings = [f"unknown key `{name}`, only [[figure]] is read" for name in document if name != "figure"]
        figures = []
        for number, entry in enumerate(document.get("figure", []), start=1):
            wrong = _findings(entry)
            findings += [f"figure {number}: {text}" for text in wrong]
            if not wrong:
                figures.append(_figure(entry))
        if findings:
            raise RegisterError(path, findings)
        return cls(tuple(figures))

    def binding(self, scope: Scope) -> tuple[Figure, ...]:
        """The figures about this force, scope and population as at this day, for this vintage of it."""
        same = (f for f in self.figures if f.key.scope == replace(scope, as_at=scope.day))
        return tuple(f.at(scope.as_at) for f in same)


def fixed_by_knowledge(instance: Instance, candidates: Iterable[int], budget_s: float) -> dict[int, int]:
    """The candidate cells that the register and structural zeros alone leave one value, with that value."""
    wanted = set(candidates)
    deadline = Deadline(budget_s)
    knowledge = public_knowledge(instance)
    found = {i: v for i, v in knowledge.fixed.items() if i in wanted}
    for block in knowledge.blocks:
        found |= _fixed_in(block, wanted, deadline)
    return found


def _fixed_in(block: Block, wanted: set[int], deadline: Deadline) -> dict[int, int]:
    columns = [n for n, i in enumerate(block.ids) if i in wanted and block.upper[n] < INFINITY]
    if not columns:
        return {}
    explorer = Explorer(block, deadline)
    for column in columns:
        explorer.span(column)
    return {block.ids[n]: int(explorer.lower[n]) for n in columns if explorer.lower[n] == explorer.upper[n]}


def _findings(entry: Mapping[str, Any]) -> list[str]:
    found = []
    for name in entry:
        if name not in _FIELDS:
            close = get_close_matches(name, _FIELDS, n=1)
            found.append(f"unknown field `{name}`" + (f", did you mean `{close[0]}`?" if close else ""))
    found += _wrong_texts(entry)
    if not isinstance(entry.get("as_at"), datetime.date):
        found.append("`as_at` must be a date")
    if not _is_range(entry.get("years")):
        found.append("`years` must be [first, last]")
    if not isinstance(entry.get("dimensions"), Mapping):
        found.append("`dimensions` must be a table of category codes")
    if ("value" in entry) == ("interval" in entry):
        found.append("needs either `value` or `interval`")
    elif "interval" in entry and not _is_range(entry["interval"]):
        found.append("`interval` must be [least, most]")
    elif "value" in entry and not _is_count(entry["value"]):
        found.append("`value` must be a whole number of 0 or more")
    return found


def _wrong_texts(entry: Mapping[str, Any]) -> Iterator[str]:
    for name in _TEXTS:
        allowed = _ALLOWED.get(name)
        if not isinstance(entry.get(name), str):
            yield f"`{name}` must be a text"
        elif allowed and entry[name] not in allowed:
            yield f"`{name}` must be one of {', '.join(allowed)}"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_range(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_count, value)) and value[0] <= value[1]


def _figure(entry: Mapping[str, Any]) -> Figure:
    scope = Scope(entry["force"], entry["scope"], entry["population"], entry["as_at"].isoformat())
    first, last = entry["years"]
    dimensions = {str(k): str(v) for k, v in entry["dimensions"].items()}
    key = Key.of(scope, entry["unit"], entry["time_basis"], range(first, last + 1), dimensions)
    least, most = entry.get("interval", [entry.get("value")] * 2)
    return Figure(key, least, most, entry["wording"], entry["source"], entry["source_ref"])
