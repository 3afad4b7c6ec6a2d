"""`misconduct check`: what drifted, and lines to paste with the evidence; nothing is written or mapped."""

from __future__ import annotations

from typing import Any


def codes(findings: Any) -> list[str]:
    return [finding.code for finding in findings]


def test_a_clean_landing_has_no_findings_and_nothing_is_written(room: Any) -> None:
    assert room.check() == ()
    assert room.check(raw=False) == ()
    assert not room.raw.exists()
    room.accept()
    before = room.bytes()
    assert room.check() == ()
    assert room.bytes() == before


def test_an_unknown_label_is_told_once_with_a_row_for_the_code_list(room: Any) -> None:
    rows = room.good(4, sex="Femal")
    rows[0] |= {"sex": "Male"}
    room.rows(*rows)
    (found,) = room.check()
    assert (found.severity, found.code, found.row) == ("warning", "unmapped_label", 3)
    assert "'Femal'" in found.message
    assert "'Female'" in found.message
    assert "seed_value_labels.csv" in found.remedy
    assert "mps,sex,femal,female,1900-01-01,,?" in found.remedy


def test_a_label_like_no_other_gets_a_row_with_blanks_to_fill(room: Any) -> None:
    room.rows(*room.good(1, result="zzzzzz"))
    (found,) = room.check()
    assert "mps,zzzzzz,?,?,?,?,?,?" in found.remedy


def test_an_outcome_gets_a_row_for_every_regime_of_its_nearest(room: Any) -> None:
    seed = room.base / "seeds" / "seed_outcome_labels.csv"
    seed.write_text(seed.read_text() + "mps,written warning,2020,formal,written_warning,valid,,t\n")
    room.rows(*room.good(1, result="Writen warning"))
    (found,) = room.check()
    assert "mps,writen warning,2012,formal" in found.remedy
    assert "mps,writen warning,2020,formal" in found.remedy


def test_dates_of_an_undeclared_format_get_a_line_for_sources_toml(room: Any) -> None:
    room.rows(*room.good(2, recorded_date="25/03/2017"))
    (found,) = room.check()
    assert (found.code, found.row) == ("unread_dates", 2)
    assert 'date_formats = ["%d/%m/%Y"]' in found.remedy
    for text in ("2017-02-30", "some day"):
        room.rows(*room.good(2, recorded_date=text))
        (found,) = room.check()
        assert (text in found.message, "no usual format" in found.remedy) == (True, True)


def test_dates_that_two_formats_read_are_left_to_the_sender(room: Any) -> None:
    room.rows(*room.good(2, recorded_date="03/04/2017"))
    assert "ask the sender" in room.check()[0].remedy


def test_headings_that_changed_since_last_time_are_told(room: Any) -> None:
    room.accept()
    room.write("b.csv", room.text(room.good(recorded_date="2018-03-04")).replace(",severity,", ",Gravity,"))
    room.sources(room.entry(), room.entry('columns = {severity = "Gravity"}', file='"b.csv"', years='"2018"'))
    (found,) = room.check()
    assert (found.file, found.code) == ("b.csv", "headings_drifted")
    assert "Gravity" in found.message
    assert "severity" in found.message


def test_row_counts_are_compared_with_last_time(room: Any) -> None:
    room.accept()
    room.rows(*room.good(4))
    (found,) = room.check()
    assert (found.code, found.message.startswith("4 rows, 3 in a.csv")) == ("row_count", True)


def test_another_year_s_row_count_is_told_only_when_it_is_far_off(room: Any) -> None:
    room.rows(*room.good(10))
    room.accept()
    room.sources(room.entry(), room.entry(file='"b.csv"', years='"2018"'))
    room.rows(*room.good(13, recorded_date="2018-03-04"), name="b.csv")
    assert room.check() == ()
    room.rows(*room.good(40, recorded_date="2018-03-04"), name="b.csv")
    assert codes(room.check()) == ["row_count"]


def test_an_unreadable_file_is_an_error_and_the_others_are_checked(room: Any) -> None:
    room.write("b.csv", "nothing,like,it\n1,2,3\n")
    room.rows(*room.good(1, sex="?"))
    room.sources(room.entry(), room.entry(file='"b.csv"', years='"2018"'))
    findings = room.check()
    assert [(finding.severity, finding.code) for finding in findings] == [
        ("warning", "unmapped_label"),
        ("error", "heading_gone"),
    ]
    (room.folder / "b.csv").unlink()
    assert codes(room.check()) == ["file_missing"]


def test_rows_that_would_be_quarantined_or_left_out_are_told(room: Any) -> None:
    rows = room.good(2)
    room.rows(*rows, rows[0], rows[1] | {"allegation_ref": ""})
    assert codes(room.check()) == ["identity_missing", "exact_duplicate"]


def test_rows_left_out_are_told_once_a_reason_with_their_number(room: Any) -> None:
    rows = room.good(2)
    room.rows(*rows, *rows, *rows)
    (found,) = room.check()
    assert (found.code, found.row) == ("exact_duplicate", 4)
    assert "4 rows in all" in found.message


def test_what_was_accepted_as_it_is_is_told_as_information_only(room: Any) -> None:
    rows = room.good(3)
    room.rows(*rows, rows[0] | {"severity": "x"}, rows[1] | {"sex": "?"}, rows[2])
    assert {finding.severity for finding in room.check()} == {"warning", "info"}
    room.accept()
    assert {finding.severity for finding in room.check()} == {"warning", "info"}
    room.sources(room.entry("max_quarantined = 1"))
    assert {finding.severity for finding in room.check()} == {"warning", "info"}
    room.accept()
    before = room.check()
    assert {"repeated_reference", "unmapped_label", "exact_duplicate"} <= set(codes(before))
    assert {finding.severity for finding in before} == {"info"}
    room.rows(*rows, rows[1] | {"sex": "?"})
    assert {finding.severity for finding in room.check()} == {"warning"}
