"""Which cells the policy withholds by itself: small counts, zeros in small lines, lines with all in one category."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from disclosure.counts import Count
from disclosure.policy import Policy
from disclosure.publish import TOTAL, Publish
from disclosure.system import Definition, Line, Position


@dataclass(frozen=True)
class Withholding:
    """`zeros` and others that must be withheld, and every cell that may be a zero for all an outsider knows."""

    must_hide: frozenset[str] = frozenset()
    may_be_zero: frozenset[str] = frozenset()

    def plus(self, other: Withholding) -> Withholding:
        """Both together."""
        return Withholding(self.must_hide | other.must_hide, self.may_be_zero | other.may_be_zero)


def primary_codes(
    people: Mapping[str, Count], codes: Iterable[str], policy: Policy, fixed: Collection[str]
) -> frozenset[str]:
    """The tabulated codes whose count, or number of officers, is from one to below the threshold."""
    by_officers = policy.primary == "officers"
    small = (c for c in codes if people[c].is_primary(policy.threshold, by_officers))
    return frozenset(c for c in small if c not in fixed)


def uncertain_lines(
    lines: Iterable[Line], shown: Mapping[str, int], fixed: Collection[str], threshold: int
) -> tuple[Line, ...]:
    """The lines whose total is small, or may be for all that is shown (P3)."""
    return tuple(
        line
        for line in lines
        if not all(p.code in fixed for p in line.parts) and _may_be_small(line, shown, threshold)
    )


def zeros_withheld(
    lines: Iterable[Line], truth: Mapping[str, int], published: Collection[str], fixed: Collection[str]
) -> Withholding:
    """The zeros of these lines; every other cell of them could be one."""
    parts = {p.code for line in lines for p in line.parts if p.code in published and p.code not in fixed}
    return Withholding(frozenset(c for c in parts if truth[c] == 0), frozenset(parts))


def full_lines(lines: Iterable[Line], truth: Mapping[str, int], threshold: int) -> tuple[Line, ...]:
    """The lines, other than over time, with all but fewer than `threshold` in one category."""
    found = []
    for line in lines:
        values = [truth[p.code] for p in line.parts]
        crowd = sum(values)
        if not line.time and line.total is not None and crowd and crowd - max(values) < threshold:
            found.append(line)
    return tuple(found)


def lines_withheld(lines: Iterable[Line], published: Collection[str], fixed: Collection[str]) -> Withholding:
    """All parts of these lines."""
    codes = {p.code for line in lines for p in line.parts}
    parts = frozenset(c for c in codes if c in published and c not in fixed)
    return Withholding(parts, parts)


def never_hidden(publish: Publish, definition: Definition) -> frozenset[str]:
    """The codes of a table that its publish block keeps from serving as partners."""
    return frozenset(
        definition.key(p).code
        for p in definition.rows()
        if any(_matches(definition, p, pattern) for pattern in publish.never_hide)
    )


def _matches(definition: Definition, position: Position, pattern: Mapping[str, str]) -> bool:
    at = {a.name: c for a, c in zip(definition.axes, position, strict=True)}
    if "*" in pattern:
        return all(at[a.name] == TOTAL for a in definition.axes if not a.time)
    return all(at.get(name) == code for name, code in pattern.items())


def _may_be_small(line: Line, shown: Mapping[str, int], threshold: int) -> bool:
    if line.total is not None and line.total.code in shown:
        return 0 < shown[line.total.code] < threshold
    return sum(shown.get(p.code, 0) for p in line.parts) < threshold
