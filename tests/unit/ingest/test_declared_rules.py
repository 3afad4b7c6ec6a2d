"""Rules that an entry declares: which of several outcomes holds, and which of two rows about the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.ingest.conftest import TOP

SEVERE = 'several_outcomes = "most_severe"'


@pytest.mark.parametrize(
    ("cell", "holds"),
    [
        ("Management action; Written  warning", "written warning"),
        ("written warning / management action", "written warning"),
        ("no case to answer + reflective practice", "reflective practice"),
        ("reflective practice; management action", "reflective practice"),
        ("management action\nreflective practice", "management action"),
    ],
)
def test_the_most_severe_of_several_outcomes_holds(room: Any, cell: str, holds: str) -> None:
    rows = room.good(4)
    rows[1] |= {"action": f" {cell} "}
    room.rows(*rows)
    room.sources(room.entry(SEVERE))
    report = room.load()
    loaded = room.incoming(report)
    assert [row["action"] for row in loaded] == [None, holds, None, None]
    assert [row["source_row"] for row in loaded][:2] == [2, 3]
    assert [row["rest"] for row in loaded if row["rest"] != "{}"] == [
        json.dumps({"action__as_found": f" {cell} "}, separators=(",", ":"))
    ]
    (found,) = report.findings
    assert (found.severity, found.code, found.row) == ("info", "most_severe", 3)
    assert holds in found.message
    assert (report.files[0].quarantined, ("action", holds) in report.files[0].labels) == (0, True)


def test_the_graver_of_two_sanctions_holds_and_a_word_that_says_nothing_comes_last(room: Any) -> None:
    seed = room.base / "seeds" / "seed_outcome_labels.csv"
    more = "mps,dismissed,2012,formal,dismissal_without_notice,valid,,t\nmps,formal action,2012,,,valid,,t\n"
    seed.write_text(seed.read_text() + more)
    cells = ["written warning; dismissed", "formal action; no case to answer", "formal action; dismissed"]
    room.rows(*(row | {"result": cell} for row, cell in zip(room.good(3), cells, strict=True)))
    room.sources(room.entry(SEVERE))
    assert [row["result"] for row in room.incoming(room.load())] == [
        "dismissed",
        "no case to answer",
        "dismissed",
    ]


def test_an_unknown_outcome_among_several_is_still_quarantined(room: Any) -> None:
    rows = room.good(3)
    rows[0] |= {"action": "management action; flogging"}
    rows[1] |= {"action": "management action; written warning", "sex": "?"}
    room.rows(*rows)
    room.sources(room.entry(SEVERE))
    assert room.load().files[0].quarantined == 2
    held = room.quarantine()
    assert {row["reason_code"] for row in held} == {"unknown_label"}
    assert [row["action"] for row in held] == ["management action; flogging", "written warning"]
    assert "management action; written warning" in str(held[1]["rest"])


def test_another_severity_in_the_code_list_reads_the_file_again(room: Any) -> None:
    room.rows(*room.good(1, action="management action; reflective practice"))
    room.sources(room.entry(SEVERE))
    room.accept()
    assert room.load().files[0].reused
    seed = room.base / "seeds" / "seed_outcome_labels.csv"
    formal = "mps,reflective practice,2020,formal,written_warning"
    seed.write_text(seed.read_text().replace("mps,reflective practice,2020,informal,", formal))
    report = room.load()
    assert not report.files[0].reused
    assert room.incoming(report)[0]["action"] == "reflective practice"


@pytest.mark.parametrize(("rule", "superseded"), [("last", [2, 5]), ("first", [5, 7]), ("keep", [])])
def test_of_two_rows_about_the_same_the_declared_one_holds(
    room: Any, rule: str, superseded: list[int]
) -> None:
    rows = room.good(3)
    again = rows[0] | {"result": "written warning"}
    other = rows[1] | {"officer_key": "P9"}
    room.rows(*rows, again, other, again | {"result": "management action"})
    room.sources(room.entry(f'same_key = "{rule}"'))
    report = room.load()
    excluded = {row["source_row"]: row["exclusion"] for row in room.incoming(report) if row["exclusion"]}
    assert excluded == dict.fromkeys(superseded, "superseded")
    assert report.files[0].accepted == 6
    found = [(finding.severity, finding.code, finding.row) for finding in report.findings]
    if rule == "keep":
        assert found == [("warning", "repeated_reference", row) for row in (5, 7)]
    else:
        assert found == [("info", "superseded", row) for row in superseded]
        assert rule in report.findings[0].message


def test_rows_left_out_or_without_an_officer_supersede_nothing(room: Any) -> None:
    rows = room.good(2)
    bad = rows[1] | {"result": "written warning", "sex": "?"}
    nobody = [rows[0] | {"officer_key": "", "severity": text} for text in ("a", "b")]
    placeholder = [rows[0] | {"officer_key": "Nobody", "severity": text} for text in ("a", "b")]
    room.rows(*rows, bad, rows[0], *nobody, *placeholder)
    room.sources(room.entry('same_key = "last"', 'placeholders = ["nobody"]', "max_quarantined = 1"))
    report = room.load()
    assert report.files[0].excluded == {"exact_duplicate": 1, "placeholder": 2}


@pytest.mark.parametrize("header", ["", "header_row = 1"])
def test_a_table_with_a_column_a_year_is_refused_with_what_is_needed(room: Any, header: str) -> None:
    room.write("a.csv", "Outcome,2016,2017,2018/19\nno case to answer,3,4,5\nwritten warning,1,0,2\n")
    room.sources(room.entry(header, years='"2016-2018"'))
    found = room.refused()[0]
    assert found.code == "wide_years"
    assert "2016, 2017, 2018/19" in found.message
    assert "one row an allegation" in found.remedy


def test_records_with_columns_named_after_years_are_read(room: Any) -> None:
    lines = room.text(room.good(2)).splitlines()
    room.write("a.csv", "\n".join([lines[0] + ",2016,2017", *(line + ",1,2" for line in lines[1:])]) + "\n")
    assert [row["rest"] for row in room.incoming(room.load())] == ['{"2016":"1","2017":"2"}'] * 2


def scoped(room: Any, *flags: str, **changed: str) -> None:
    lines = room.text([row | changed for row in room.good(len(flags))]).splitlines()
    room.write(
        "a.csv",
        "\n".join([f"{lines[0]},DV", *(f"{a},{b}" for a, b in zip(lines[1:], flags, strict=True))]) + "\n",
    )


def test_rows_that_say_otherwise_or_nothing_are_out_of_scope(room: Any) -> None:
    room.sources(room.entry('only = {dv = ["y"]}'))
    scoped(room, "Y", " y ", "N", "", "yes")
    file = room.load().files[0]
    assert (file.accepted, file.out_of_scope, file.quarantined) == (2, 3, 0)


def test_a_broken_row_of_another_scope_is_no_matter_of_ours_but_one_that_says_nothing_is(room: Any) -> None:
    room.sources(room.entry('only = {dv = ["y"]}', "max_quarantined = 9"))
    scoped(room, "N", "", "Y", sex="?")
    file = room.load().files[0]
    assert (file.accepted, file.out_of_scope, file.quarantined) == (0, 1, 2)


def test_the_heading_of_the_scope_must_be_there(room: Any) -> None:
    room.sources(room.entry('only = {dv = ["y"]}'))
    assert [found.code for found in room.refused()] == ["heading_gone"]
    room.sources(room.entry("only = {dv = []}"))
    assert [found.code for found in room.refused()] == ["wrong_type"]


def test_a_file_without_years_is_counted_by_case_and_subject(room: Any) -> None:
    room.sources(room.entry('placeholders = ["Organisational"]', years='"none"'))
    rows = [row | {"recorded_date": ""} for row in room.good(4)]
    rows[1] |= {"officer_key": "P1"}
    room.rows(*rows[:3], rows[3] | {"case_ref": "C2", "officer_key": "Organisational"})
    (told,) = [found for found in room.load().findings if found.code == "no_years"]
    assert "4 rows, 2 cases, and without placeholders 2 subjects, 2 subjects in a case" in told.message


def test_a_vocabulary_that_no_list_knows_passes_no_outcome_on(room: Any) -> None:
    """A slip in `vocabulary` must not turn every outcome into one that is merely not known."""
    room.sources(top=TOP.replace('"mps"', '"msp"'))
    report = room.load()
    assert report.files[0].quarantined == 3
    (told,) = [found for found in report.findings if found.code == "unknown_vocabulary"]
    assert "'mps'" in told.message
    assert {row["reason_code"] for row in room.quarantine()} == {"unknown_label"}


def test_the_year_may_stand_in_a_column_of_its_own(room: Any) -> None:
    lines = room.text(room.good(4, recorded_date="")).splitlines()
    years = ["Year", "2017", "2017/18", "", "1999"]
    room.write("a.csv", "\n".join(f"{line},{year}" for line, year in zip(lines, years, strict=True)) + "\n")
    room.sources(room.entry('year_heading = "year"', "max_quarantined = 1", years='"2016-2018"'))
    file = room.load().files[0]
    assert (file.years, file.quarantined, file.out_of_scope) == ({2017: 2}, 1, 1)
    assert [row["reason_code"] for row in room.quarantine()] == ["year_missing"]
    room.sources(room.entry('year_heading = "Jahr"'))
    assert [found.code for found in room.refused()] == ["heading_gone"]


def test_a_label_outside_its_days_is_held_back_with_the_list_of_that_day(room: Any) -> None:
    days = {"recorded_date": "2020-02-01", "allegation_type": "A"}
    room.rows(*room.good(1, recorded_date="2020-01-31", allegation_type="A"), room.good(2)[1] | days)
    room.sources(room.entry('out_of_date = "quarantine"', "max_quarantined = 1", years='"2020"'))
    add_to_list(room, "mps,other category,O,Other category,2020-02-01,,test")
    (file,) = room.load().files
    assert (file.accepted, file.quarantined) == (1, 1)
    (found,) = [finding for finding in file.findings if finding.severity == "quarantine"]
    assert (found.code, found.row) == ("label_out_of_date", 3)
    assert '"A"' in found.message
    assert "2020-02-01" in found.message
    assert "'other category'" in found.message
    assert "seed_allegation_types.csv" in found.remedy


def test_a_label_outside_its_days_is_taken_where_nothing_is_declared(room: Any) -> None:
    room.rows(*room.good(1, recorded_date="2020-02-01"))
    room.sources(room.entry(years='"2020"'))
    assert [(file.accepted, file.quarantined) for file in room.load().files] == [(1, 0)]


def test_other_days_in_the_list_let_a_file_be_read_again(room: Any) -> None:
    room.rows(*room.good(2, recorded_date="2020-02-01"))
    room.sources(room.entry('out_of_date = "quarantine"', "max_quarantined = 2", years='"2020"'))
    room.accept()
    add_to_list(room, "mps,c,C,Other assault,2020-02-01,,test")
    (file,) = room.load().files
    assert (file.reused, file.accepted) == (False, 2)


def test_a_day_of_a_list_that_is_none_is_named(room: Any) -> None:
    room.sources(room.entry('out_of_date = "quarantine"'))
    add_to_list(room, "mps,late,L,Late,01/02/2020,,test")
    (found,) = room.refused()
    assert (found.code, found.file) == ("seed_date", "seed_allegation_types.csv")
    assert "'late'" in found.message


def add_to_list(room: Any, row: str) -> None:
    with (room.base / "seeds" / "seed_allegation_types.csv").open("a") as file:
        file.write(row + "\n")
