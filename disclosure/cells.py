"""Canonical cells: the name of a count that is the same in every table, release and proof."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

_ESCAPES = {"%": "%25", "|": "%7C", "=": "%3D"}


@dataclass(frozen=True, order=True)
class Scope:
    """Whose counts, about what, as at which day: the first words of every cell's name.

    Records of one day that were corrected later are another vintage: `2021-06-30#2`.
    """

    force: str
    scope: str
    population: str
    as_at: str

    @property
    def day(self) -> str:
        """The as-at day without the number of the correction."""
        return self.as_at.partition("#")[0]


@dataclass(frozen=True, order=True)
class Key:
    """The name of a count: scope, unit, time basis, years and dimension codes (totals left out)."""

    scope: Scope
    unit: str
    time_basis: str
    years: tuple[int, ...]
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls, scope: Scope, unit: str, time_basis: str, years: Iterable[int], dimensions: Mapping[str, str]
    ) -> Key:
        """A key in canonical order."""
        return cls(scope, unit, time_basis, tuple(sorted(years)), tuple(sorted(dimensions.items())))

    @cached_property
    def code(self) -> str:
        """The canonical text: `force=..|scope=..|population=..|as_at=..|unit=..|time=recorded:2017|..`."""
        s = self.scope
        head = {"force": s.force, "scope": s.scope, "population": s.population, "as_at": s.as_at}
        named = {**head, "unit": self.unit, "time": f"{self.time_basis}:{years_code(self.years)}"}
        return "|".join(f"{k}={_escaped(v)}" for k, v in (*named.items(), *self.dimensions))

    def without(self, names: Iterable[str]) -> Key:
        """The same count with these dimensions totalled."""
        left = set(names)
        return replace(self, dimensions=tuple(d for d in self.dimensions if d[0] not in left))

    def holds(self, other: Key) -> bool:
        """Whether all that `other` counts is among what this cell counts (same scope and basis)."""
        same = (self.scope, self.time_basis) == (other.scope, other.time_basis)
        return same and set(other.years) <= set(self.years) and set(self.dimensions) <= set(other.dimensions)


def years_code(years: Iterable[int]) -> str:
    """`2010-2013`, `2017`, or `2010+2012-2013` where a year is missing."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and runs[-1][1] == year - 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return "+".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def vintage_of(code: str) -> str:
    """The as-at date in a canonical code."""
    found = re.search(r"\|as_at=([^|]*)\|", code)
    return found.group(1) if found else ""


def vintage_order(label: str) -> tuple[str, int]:
    """What vintages are sorted by: their day, then the number of the correction."""
    day, _, number = label.partition("#")
    return day, int(number or 1)


def at_vintage(code: str, as_at: str) -> str:
    """The code of the same count in another vintage."""
    return re.sub(r"\|as_at=[^|]*\|", f"|as_at={as_at}|", code, count=1)


def _escaped(text: str) -> str:
    return re.sub(r"[%|=]", lambda found: _ESCAPES[found.group()], text)
