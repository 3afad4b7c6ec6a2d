"""Ages that the calendar rules out: a record of a year is as old as one of its days allows, and no other age.

An age is the whole days from the day of the record to the as-at day: 0 on the day itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

Ages = Mapping[str, tuple[int, int | None]]
"""First and last day of each age; None where it has no last."""


def impossible(ages: Ages, year: int, as_at: date) -> tuple[str, ...]:
    """The ages that nothing recorded in a year, by the as-at day, can have on it.

    All of them where the year began after that day.
    """
    oldest = (as_at - date(year, 1, 1)).days
    youngest = max((as_at - date(year, 12, 31)).days, 0)
    return tuple(
        code
        for code, (first, last) in ages.items()
        if first > oldest or (last is not None and last < youngest)
    )


def follow_on(ages: Ages) -> bool:
    """Whether every number of days from 0 on is in exactly one of them."""
    ends = [day for span in ages.values() for day in span if day is not None]
    if not ages or any(type(day) is not int for day in ends):
        return False
    first, last = zip(*sorted(ages.values(), key=lambda span: span[0]), strict=True)
    return (
        (first[0], last[-1]) == (0, None)
        and None not in last[:-1]
        and all(start <= end for start, end in zip(first, last[:-1], strict=False))
        and all(end + 1 == start for end, start in zip(last, first[1:], strict=False))
    )
