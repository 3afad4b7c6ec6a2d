"""The days on which the rules changed, lettered for charts and their keys."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase

from dashboards.model import Release


@dataclass(frozen=True)
class Break:
    """One break in the series: letter on the chart, ISO day, short words and what it means for the reader."""

    letter: str
    on: str
    label: str
    note: str


def lettered(release: Release) -> tuple[Break, ...]:
    """The breaks within the years of a release, in order of time."""
    first, last = release.header.year_from, release.header.year_to
    within = (item for item in release.breaks if first <= int(item["on"][:4]) <= last)
    ordered = sorted(within, key=lambda item: item["on"])
    return tuple(
        Break(letter, item["on"], item["label"], item.get("note", ""))
        for letter, item in zip(ascii_uppercase, ordered, strict=False)
    )
