"""No record of the example breaks a data-quality rule; each test's twin breaks it and is caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from sample.records import Record, records

ROWS = records()
LEAVER_RULES = date(2017, 12, 15)


def r1(row: Record) -> bool:
    """Would have been dismissed only for leavers, found and gone from 15 December 2017."""
    return row.sanction != "Would have been dismissed" or (
        row.outcome_date is not None
        and row.left_date is not None
        and min(row.outcome_date, row.left_date) >= LEAVER_RULES
        and row.known_date > date(2012, 11, 21)
        and row.severity == "Gross misconduct"
    )


def r3(row: Record) -> bool:
    """Management action, advice and dismissal with notice only for matters of 2008-2020."""
    labels = {row.result, row.action, row.sanction}
    ended = {"Management action", "Management advice", "Dismissal with notice"}
    return not labels & ended or date(2008, 12, 1) <= row.known_date < date(2020, 2, 1)


def r4(row: Record) -> bool:
    """A misconduct meeting does not dismiss."""
    return row.proceedings_type != "Misconduct meeting" or "ismiss" not in row.sanction


def r5(row: Record) -> bool:
    """Nobody leaves under gross misconduct while leaving needs consent."""
    return (
        row.left_date is None
        or row.severity != "Gross misconduct"
        or not date(2015, 1, 12) <= row.left_date <= date(2017, 12, 14)
    )


def r7(row: Record) -> bool:
    """An outcome is not dated before the record."""
    return row.outcome_date is None or row.outcome_date >= row.recorded_date


def r8(row: Record) -> bool:
    """Labels of one regime or case type stand in it alone."""
    if row.sanction == "Reprimand":
        return row.known_date < date(2008, 12, 1)
    if row.action == "Local resolution":
        return row.case_type == "Public complaint" and row.known_date < date(2020, 2, 1)
    if row.sanction == "Misconduct found, no further action":
        return date(2008, 12, 1) <= row.known_date < date(2020, 2, 1)
    return "eflective" not in row.action


def dated_hearing(row: Record) -> bool:
    """Special case hearings end, and accelerated hearings begin, with 1 February 2020."""
    names = {"Special case hearing": False, "Accelerated hearing": True}
    return names.get(row.proceedings_type, row.known_date >= date(2020, 2, 1)) == (
        row.known_date >= date(2020, 2, 1)
    )


def dated_category(row: Record) -> bool:
    """Letter codes to 31 January 2020, named categories after, by both of a matter's dates."""
    new = {row.known_date >= date(2020, 2, 1), row.recorded_date >= date(2020, 2, 1)}
    return new == {len(row.allegation_type) > 1}


RULES = (r1, r3, r4, r5, r7, r8, dated_hearing, dated_category)


def first(sanction: str = "", action: str = "", proceedings: str = "") -> Record:
    wanted = (sanction, action, proceedings)
    return next(
        row
        for row in ROWS
        if all(
            not want or want == have
            for want, have in zip(wanted, (row.sanction, row.action, row.proceedings_type), strict=True)
        )
    )


WBD = first("Would have been dismissed")
TWINS = [
    (r1, replace(WBD, left_date=date(2017, 12, 14))),
    (r3, replace(first(action="Management action"), known_date=date(2020, 2, 1))),
    (r4, replace(first("Dismissal without notice"), proceedings_type="Misconduct meeting")),
    (r5, replace(WBD, left_date=date(2016, 3, 1))),
    (r7, replace(WBD, outcome_date=date(2009, 1, 1))),
    (r8, replace(first("Reprimand"), known_date=date(2010, 1, 1))),
    (dated_hearing, replace(first(proceedings="Special case hearing"), known_date=date(2020, 2, 1))),
    (dated_category, replace(WBD, allegation_type="Sexual conduct")),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_record_breaks_the_rule(rule: Callable[[Record], bool]) -> None:
    assert [row.allegation_ref for row in ROWS if not rule(row)] == []


@pytest.mark.parametrize(("rule", "twin"), TWINS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_record_that_breaks_the_rule_is_caught(rule: Callable[[Record], bool], twin: Record) -> None:
    assert not rule(twin)


def test_every_rule_has_a_twin() -> None:
    assert {rule for rule, _ in TWINS} == set(RULES)
