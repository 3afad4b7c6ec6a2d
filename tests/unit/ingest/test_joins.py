"""Lookup files: joined by key, expected to have one row, never multiplying or losing a row."""

from __future__ import annotations

from typing import Any

import pytest

JOIN = """
[[source.join]]
file = "people.csv"
on = {officer_key = "id"}
expect = "one"
"""
PEOPLE = "id,Sex,Station\nP1,Male,North\nP2,Female,South\nP3,Male,East\n"


@pytest.fixture
def joined(room: Any) -> Any:
    room.write("a.csv", room.text(room.good()).replace(",sex,", ",old,"))
    room.write("people.csv", PEOPLE)
    room.sources(room.entry(JOIN))
    return room


def test_a_lookup_gives_columns_and_the_rest(joined: Any) -> None:
    rows = joined.incoming(joined.load())
    assert [row["sex"] for row in rows] == ["Male", "Female", "Male"]
    assert rows[1]["rest"] == '{"old":"Male","Station":"South"}'


def test_a_heading_of_both_files_is_told_apart_by_the_lookup_s_name(joined: Any) -> None:
    joined.write("a.csv", joined.text(joined.good()))
    assert '"people.Sex":"Female"' in joined.incoming(joined.load())[1]["rest"]
    joined.sources(joined.entry('columns = {sex = "people.Sex"}', JOIN))
    assert [row["sex"] for row in joined.incoming(joined.load())] == ["Male", "Female", "Male"]


def test_a_row_without_its_lookup_is_quarantined_unless_that_is_expected(joined: Any) -> None:
    joined.write("people.csv", PEOPLE.replace("P2", "P9"))
    report = joined.load()
    assert [(f.code, f.row) for f in report.findings] == [("join_missing", 3)]
    assert "people.csv" in report.findings[0].message
    joined.sources(joined.entry(JOIN.replace('"one"', '"at_most_one"')))
    assert [row["sex"] for row in joined.incoming(joined.load())] == ["Male", None, "Male"]


def test_two_different_lookup_rows_are_ambiguous_and_two_equal_ones_are_one(joined: Any) -> None:
    joined.write("people.csv", PEOPLE + "P2,Female,South\n")
    assert joined.load().files[0].quarantined == 0
    joined.write("people.csv", PEOPLE + "P2,Female,West\n")
    report = joined.load()
    assert [(f.code, f.row) for f in report.findings] == [("join_ambiguous", 3)]
    assert (report.files[0].accepted, report.files[0].quarantined) == (2, 1)
    joined.sources(joined.entry(JOIN + 'columns = ["Sex"]\n'))
    rows = joined.incoming(joined.load())
    assert [row["sex"] for row in rows] == ["Male", "Female", "Male"]
    assert rows[1]["rest"] == '{"old":"Male"}'


@pytest.mark.parametrize("written", ["279705.0", "0279705", "279705", "279705."])
def test_keys_may_be_compared_as_numbers(joined: Any, written: str) -> None:
    joined.write("a.csv", joined.text(joined.good(1, officer_key="279705")).replace(",sex,", ",old,"))
    joined.write("people.csv", f"id,Sex,Station\n{written},Female,North\n")
    joined.sources(joined.entry(JOIN + "on_number = true\n"))
    assert joined.incoming(joined.load())[0]["sex"] == "Female"
    joined.sources(joined.entry(JOIN))
    assert joined.load().files[0].quarantined == (0 if written == "279705" else 1)


def test_headings_of_a_join_that_are_gone_stop_everything(joined: Any) -> None:
    joined.sources(joined.entry(JOIN.replace("officer_key", "officer_kee")))
    assert ("a.csv", "'officer_key'" in joined.refused()[0].message) == ("a.csv", True)
    joined.sources(joined.entry(JOIN.replace('"id"', '"idd"')))
    assert [(finding.file, finding.code) for finding in joined.refused()] == [("people.csv", "heading_gone")]
    joined.sources(joined.entry(JOIN + 'columns = ["Sax"]\n'))
    assert any("'Sex'" in finding.message for finding in joined.refused())


def test_a_missing_or_pinned_lookup_is_held_like_a_source(joined: Any) -> None:
    joined.sources(joined.entry(JOIN + "rows = 4\n"))
    assert {finding.code for finding in joined.refused()} == {"wrong_rows"}
    joined.sources(joined.entry(JOIN + f'sha256 = "{"0" * 64}"\n'))
    assert {finding.code for finding in joined.refused()} == {"wrong_sha256"}
    (joined.folder / "people.csv").unlink()
    assert {finding.code for finding in joined.refused()} == {"file_missing"}


def test_unreadable_rows_of_a_lookup_are_reported(joined: Any) -> None:
    joined.write("people.csv", PEOPLE + "P4,Male\n")
    found = joined.load().findings
    assert [(f.severity, f.code, f.file, f.row) for f in found] == [
        ("warning", "lookup_unreadable", "people.csv", 5)
    ]


def test_a_change_of_a_lookup_reads_the_file_again(joined: Any) -> None:
    joined.accept()
    assert joined.load().files[0].reused
    joined.write("people.csv", PEOPLE.replace("South", "West"))
    assert not joined.load().files[0].reused
