"""Year columns turned long, and several outcomes of a cell made rows: every record back to row and column."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.canonical import MAPPABLE

WIDE = (
    "Note,,,,,\n"
    "case_ref,officer_key,Outcome 2017,Closed 2017,Outcome 2018,Closed 2018\n"
    "C1,P1,No case to answer,2017-09-01, Written warning ,01/02/2019\n"
    ",,,,,\n"
    "C2,P2,,,management action,\n"
    "Total,,,,,\n"
)
PATTERNS = """[source.wide]
result = '^Outcome ([0-9]{4})$'
outcome_date = '^Closed ([0-9]{4})$'"""


def lacking(*there: str) -> str:
    return f"missing = {json.dumps([column for column in MAPPABLE if column not in there])}"


HAS = lacking("case_ref", "officer_key", "result", "outcome_date", "allegation_ref")
LINES = (HAS, 'year_from = "heading"', 'date_formats = ["%d/%m/%Y"]')


def declared(room: Any, *lines: str, text: str = WIDE, wide: str = PATTERNS, **keys: str) -> None:
    room.write("a.csv", text)
    values = {"years": '"2017-2018"', "allegation_ref": '"case_ref"'} | keys
    room.sources(room.entry(*LINES, *lines, wide, **values))


def taken(room: Any, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in room.incoming(room.load())]


def test_every_year_of_a_row_is_a_record_that_leads_back_to_its_cells(room: Any) -> None:
    declared(room)
    names = ("year", "source_row", "source_part", "source_column", "allegation_ref", "result", "outcome_date")
    assert taken(room, *names) == [
        (2017, 3, 1, "Outcome 2017 + Closed 2017", "C1#2017", "No case to answer", "2017-09-01"),
        (2018, 3, 2, "Outcome 2018 + Closed 2018", "C1#2018", "Written warning", "2019-02-01"),
        (2018, 5, 2, "Outcome 2018 + Closed 2018", "C2#2018", "management action", None),
    ]


def test_the_balance_counts_a_row_once_a_year_and_blank_years_as_furniture(room: Any) -> None:
    declared(room)
    file = room.load().files[0]
    assert (file.read, file.added, file.accepted, file.furniture) == (6 + 2, 2, 3, 4 + 1)


def test_the_cells_of_other_years_are_not_in_the_rest(room: Any) -> None:
    declared(
        room,
        text=WIDE.replace("officer_key", "officer_key,Remark", 1)
        .replace("P1,", "P1,seen,")
        .replace("P2,", "P2,,")
        .replace(",,,,,", ",,,,,,"),
    )
    assert json.loads(room.incoming(room.load())[0]["rest"]) == {"Remark": "seen"}
    assert json.loads(room.incoming(room.load())[1]["rest"]) == {
        "Remark": "seen",
        "outcome_date__as_found": "01/02/2019",
    }


def test_a_count_in_a_year_column_is_no_outcome(room: Any) -> None:
    declared(room, "max_quarantined = 9", text=WIDE.replace("No case to answer", "3"))
    file = room.load().files[0]
    assert (file.accepted, file.quarantined) == (2, 1)
    (held,) = room.quarantine()
    assert (held["reason_code"], held["source_row"], held["source_part"]) == ("unknown_label", 3, 1)
    assert held["source_column"] == "Outcome 2017 + Closed 2017"


def test_a_year_of_another_entry_is_out_of_scope_or_of_one_year_quarantined(room: Any) -> None:
    declared(room, years='"2016-2017"')
    assert (room.load().files[0].accepted, room.load().files[0].out_of_scope) == (1, 2)
    declared(room, "max_quarantined = 9", years='"2017"')
    assert room.load().files[0].quarantined == 2


def test_a_date_of_the_year_columns_may_tell_the_year(room: Any) -> None:
    room.write("a.csv", WIDE)
    keys = {"years": '"2017-2019"', "year_from": '"outcome_date"', "allegation_ref": '"case_ref"'}
    room.sources(room.entry(HAS, LINES[2], "max_quarantined = 1", PATTERNS, **keys))
    assert room.load().files[0].years == {2017: 1, 2019: 1}


@pytest.mark.parametrize(
    ("wide", "text"),
    [
        ("[source.wide]\nresult = '^Result ([0-9]{4})$'", WIDE),
        (PATTERNS, WIDE.replace("Closed 2018", "Shut 2018")),
        (PATTERNS, WIDE.replace("Outcome 2017,Closed 2017", "Outcome 2018,Closed 2017")),
    ],
    ids=["none", "one short", "twice"],
)
def test_a_year_without_its_one_heading_is_refused(room: Any, wide: str, text: str) -> None:
    declared(room, wide=wide, text=text)
    assert {found.code for found in room.refused()} == {"heading_gone"}


def test_the_heading_tells_the_year_only_of_year_columns(room: Any) -> None:
    declared(room, wide="")
    assert [found.code for found in room.refused()] == ["no_year"]


def test_a_column_is_in_the_year_columns_or_elsewhere(room: Any) -> None:
    declared(room, wide=PATTERNS + "\nsex = '^Sex ([0-9]{4})$'")
    assert {found.code for found in room.refused()} == {"declared_twice"}


def outcomes(*results: str, action: str = "") -> list[dict[str, str]]:
    return [
        {"case_ref": "C1", "allegation_ref": f"A{n}", "officer_key": f"P{n}", "recorded_date": "2017-03-04"}
        | {"result": result, "action": action}
        for n, result in enumerate(results, 1)
    ]


@pytest.fixture
def several(room: Any) -> Any:
    room.sources(room.entry('several_outcomes = "split"'))
    return room


def test_each_outcome_of_a_cell_becomes_a_record_of_its_row(several: Any) -> None:
    several.rows(*outcomes("no case to answer", " Written  warning; MANAGEMENT ACTION ", "written warning"))
    names = ("source_row", "source_part", "allegation_ref", "result", "source_column")
    assert taken(several, *names) == [
        (2, 1, "A1", "no case to answer", None),
        (3, 1, "A2#1", "written warning", None),
        (3, 2, "A2#2", "management action", None),
        (4, 1, "A3", "written warning", None),
    ]
    rest = [json.loads(row["rest"]) for row in several.incoming(several.load())]
    found = {"result__as_found": " Written  warning; MANAGEMENT ACTION "}
    assert rest == [{}, found, found, {}]


def test_what_is_added_is_in_the_balance_and_told(several: Any) -> None:
    several.rows(*outcomes("no case to answer", "written warning; management action/no case to answer"))
    report = several.load()
    file = report.files[0]
    assert (file.read, file.added, file.accepted) == (5, 2, 4)
    assert [(one.code, one.row) for one in report.findings] == [("split_outcomes", 3)] * 3


def test_outcomes_of_two_cells_belong_together_by_their_order(several: Any) -> None:
    several.rows(
        *outcomes("no case to answer; written warning", action="management action, no case to answer")
    )
    pairs = [("no case to answer", "management action"), ("written warning", "no case to answer")]
    assert taken(several, "result", "action") == pairs


def test_cells_with_different_numbers_of_outcomes_are_quarantined(several: Any) -> None:
    three = "no case to answer; written warning; management action"
    several.rows(*outcomes(three, "written warning", action="management action, no case to answer"))
    several.sources(several.entry('several_outcomes = "split"', "max_quarantined = 1"))
    assert taken(several, "source_row", "source_part") == [(3, 1), (3, 2)]
    assert [(row["source_row"], row["reason_code"]) for row in several.quarantine()] == [
        (2, "several_outcomes")
    ]


def test_an_unknown_outcome_among_several_is_quarantined(several: Any) -> None:
    several.rows(*outcomes("no case to answer; wobble", "written warning"))
    several.load()
    assert [row["reason_code"] for row in several.quarantine()] == ["unknown_label"]


def test_a_row_sent_twice_is_twice_the_same_records(several: Any) -> None:
    row = outcomes("written warning; management action")
    several.rows(*row, *row)
    assert taken(several, "source_row", "exclusion") == [
        (2, None),
        (2, None),
        (3, "exact_duplicate"),
        (3, "exact_duplicate"),
    ]


def test_equal_outcomes_of_a_cell_are_two_records(several: Any) -> None:
    several.rows(*outcomes("written warning; written warning"))
    assert taken(several, "allegation_ref", "exclusion") == [("A1#1", None), ("A1#2", None)]


def test_a_row_number_as_reference_is_the_row_s_own(several: Any) -> None:
    several.rows(*outcomes("no case to answer", "written warning; management action"))
    several.sources(several.entry('several_outcomes = "split"', 'allegation_ref = "row"'))
    assert [ref for (ref,) in taken(several, "allegation_ref")] == ["a.csv:2", "a.csv:3#1", "a.csv:3#2"]


def test_year_columns_may_hold_several_outcomes(room: Any) -> None:
    declared(
        room,
        'several_outcomes = "split"',
        text=WIDE.replace("No case to answer", "No case to answer; written warning"),
    )
    names = ("source_row", "source_part", "allegation_ref", "result")
    assert taken(room, *names) == [
        (3, 1, "C1#2017#1", "no case to answer"),
        (3, 2, "C1#2017#2", "written warning"),
        (3, 3, "C1#2018", "Written warning"),
        (5, 3, "C2#2018", "management action"),
    ]
