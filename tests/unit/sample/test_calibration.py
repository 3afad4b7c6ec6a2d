"""The synthetic records reproduce the calibration and every figure published for 2017-2020."""

from __future__ import annotations

from collections import Counter
from datetime import date
from statistics import fmean

import pytest

from sample.endings import AS_AT
from sample.plan import CALIBRATION, YearTotals
from sample.records import Record, extras, records

FORMAL_LABELS = {
    "Reprimand": "reprimand",
    "Dismissal without notice": "dismissal_without_notice",
    "Dismissal with notice": "dismissal_with_notice",
    "Management advice": "management_advice",
    "Written warning": "written_warning",
    "Final written warning": "final_written_warning",
    "Would have been dismissed": "would_have_been_dismissed",
    "Not proven": "not_proven",
    "Misconduct found, no further action": "none",
    "Retired": "left_before_finding",
    "Resigned": "left_before_finding",
}
PATH_LABELS = {
    "No action": "no_action",
    "No further action": "no_action",
    "Management action": "informal",
    "Local resolution": "informal",
    "Unsatisfactory performance procedure": "informal",
    "Retired": "left_before_outcome",
    "Resigned": "left_before_outcome",
    "Live": "live",
    "Still being considered": "live",
}
MERGED = {
    "dismissal_without_notice": "dismissed_or_left",
    "dismissal_with_notice": "dismissed_or_left",
    "would_have_been_dismissed": "dismissed_or_left",
    "left_before_finding": "dismissed_or_left",
    "reprimand": "warning_or_other",
    "management_advice": "warning_or_other",
    "written_warning": "warning_or_other",
    "final_written_warning": "warning_or_other",
    "not_proven": "not_proven_or_none",
    "none": "not_proven_or_none",
}
ROWS = records()
FORMAL = [row for row in ROWS if row.proceedings_type]
BANDS = ((2010, 2013), (2014, 2016), (2010, 2016), (2017, 2020))


def path(row: Record) -> str:
    """The path by the row's own labels, read apart from the plan that made them."""
    if row.sanction:
        assert row.sanction in FORMAL_LABELS
        return "formal"
    return PATH_LABELS[row.action or row.result]


def within(first: int, last: int) -> list[Record]:
    return [row for row in ROWS if first <= row.year <= last]


@pytest.mark.parametrize("expected", CALIBRATION, ids=lambda totals: str(totals.year))
def test_a_year_has_its_calibrated_totals(expected: YearTotals) -> None:
    rows = within(expected.year, expected.year)
    paths = Counter(map(path, rows))
    found = YearTotals(
        expected.year,
        len(rows),
        len({row.officer_key for row in rows}),
        paths["no_action"],
        paths["formal"],
        paths["informal"],
        paths["left_before_outcome"],
        paths["live"],
        sum(row.sex == "male" for row in rows),
    )
    assert found == expected
    assert sum(paths.values()) == expected.allegations
    assert {row.recorded_date.year for row in rows} == {expected.year}


def test_the_calibration_adds_up_to_the_published_figures() -> None:
    late = [totals for totals in CALIBRATION if totals.year >= 2017]
    columns = ("allegations", "no_action", "formal", "informal", "left", "live", "male")
    assert [sum(getattr(totals, name) for totals in late) for name in columns] == [
        361,
        265,
        19,
        14,
        6,
        57,
        307,
    ]


def test_women_have_one_allegation_a_year_and_sex_is_never_unknown() -> None:
    women = Counter((row.year, row.officer_key) for row in ROWS if row.sex == "female")
    assert set(women.values()) == {1}
    by_year = Counter(year for year, _ in women)
    assert [by_year[year] for year in range(2010, 2021)] == [5, 6, 7, 8, 8, 9, 10, 12, 13, 14, 15]
    assert {row.sex for row in ROWS} == {"male", "female"}


def test_an_officer_keeps_one_sex() -> None:
    assert len({(row.officer_key, row.sex) for row in ROWS}) == len({row.officer_key for row in ROWS})


def test_the_period_has_326_distinct_officers_of_whom_twelve_come_twice() -> None:
    years = {(row.officer_key, row.sex, row.year) for row in within(2017, 2020)}
    times = Counter((key, sex) for key, sex, _ in years)
    assert Counter(sex for _, sex in times) == {"male": 277, "female": 49}
    assert Counter(times.values()) == {1: 314, 2: 12}


def test_the_nineteen_formal_actions_split_as_published() -> None:
    late = Counter(FORMAL_LABELS[row.sanction] for row in FORMAL if row.year >= 2017)
    assert late == {
        "dismissal_without_notice": 5,
        "final_written_warning": 5,
        "not_proven": 4,
        "would_have_been_dismissed": 2,
        "left_before_finding": 2,
        "none": 1,
    }


@pytest.mark.parametrize(("band", "expected"), [((2010, 2016), (10, 10, 8)), ((2017, 2020), (9, 5, 5))])
def test_merged_sanctions_have_distinct_officers(band: tuple[int, int], expected: tuple[int, ...]) -> None:
    rows = [(MERGED[FORMAL_LABELS[row.sanction]], row.officer_key) for row in FORMAL if row in within(*band)]
    counts = Counter(group for group, _ in rows)
    officers = Counter(group for group, _ in set(rows))
    groups = ("dismissed_or_left", "warning_or_other", "not_proven_or_none")
    assert tuple(counts[group] for group in groups) == expected
    assert officers == counts


@pytest.mark.parametrize("band", BANDS)
def test_no_officer_has_two_formal_allegations_in_a_band(band: tuple[int, int]) -> None:
    keys = [row.officer_key for row in FORMAL if band[0] <= row.year <= band[1]]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("band", BANDS)
def test_informal_and_left_cells_have_one_officer_an_allegation(band: tuple[int, int]) -> None:
    for wanted in ("informal", "left_before_outcome"):
        keys = [row.officer_key for row in within(*band) if path(row) == wanted]
        assert len(keys) == len(set(keys))


def test_every_formal_allegation_and_no_other_has_a_proceedings_type() -> None:
    assert all((path(row) == "formal") == bool(row.proceedings_type) for row in ROWS)


def test_the_two_would_have_been_dismissed_of_2017_have_their_published_margins() -> None:
    late = [row for row in FORMAL if row.sanction == "Would have been dismissed" and row.year >= 2017]
    assert [row.year for row in late] == [2017, 2017]
    assert {row.allegation_type for row in late} == {"C", "D"}
    assert {row.exit_route for row in late} == {"Retired", "Resigned"}
    assert {row.investigating_force for row in late if row.allegation_type == "D"} == {"Another force"}
    assert sum(row.investigating_force == "Another force" for row in ROWS) == 1


def test_informal_action_from_2017_is_management_action_known_before_its_abolition() -> None:
    late = [row for row in within(2017, 2020) if path(row) == "informal"]
    assert {row.action for row in late} == {"Management action"}
    assert max(row.known_date for row in late) < date(2020, 2, 1)


def test_live_is_the_absence_of_an_outcome_date() -> None:
    assert all((path(row) == "live") == (row.outcome_date is None) for row in ROWS)


def test_conduct_to_complaint_is_about_55_to_45() -> None:
    conduct = sum(row.case_type != "Public complaint" for row in ROWS)
    assert 0.53 <= conduct / len(ROWS) <= 0.57


def test_days_to_outcome_are_as_long_as_the_published_review_found() -> None:
    ended = [row for row in within(2010, 2018) if row.outcome_date]
    days = [(row.outcome_date - row.recorded_date).days for row in ended if row.outcome_date]
    assert 390 <= fmean(days) <= 410
    assert 0.18 <= sum(day > 730 for day in days) / len(days) <= 0.22


def test_dates_follow_one_another_and_none_is_after_the_as_at_date() -> None:
    for row in ROWS:
        chain = [row.known_date, row.recorded_date, row.outcome_date or AS_AT, AS_AT]
        assert chain == sorted(chain)
        assert row.left_date is None or row.recorded_date <= row.left_date <= AS_AT
        assert (row.left_date is None) == (row.exit_route == "Serving")


def test_someone_who_has_left_is_not_alleged_against_later() -> None:
    left = {row.officer_key: row.left_date for row in ROWS if row.left_date}
    assert all(row.recorded_date <= left[row.officer_key] for row in ROWS if row.officer_key in left)


def test_allegations_of_one_case_share_its_kind_and_dates() -> None:
    facts = {(row.case_ref, row.case_type, row.known_date, row.recorded_date) for row in ROWS}
    assert len(facts) == len({row.case_ref for row in ROWS}) < len(ROWS)
    assert len({row.allegation_ref for row in ROWS}) == len(ROWS)


def test_the_rows_outside_the_totals_are_one_placeholder_and_one_several_outcomes_cell() -> None:
    placeholder, several = extras()
    assert placeholder.officer_key == "Organisational"
    assert several.action.split("; ") == ["No action", "Reflective practice"]
    assert not {row.allegation_ref for row in extras()} & {row.allegation_ref for row in ROWS}
    assert not any("eflective" in label for row in ROWS for label in (row.result, row.action, row.sanction))
