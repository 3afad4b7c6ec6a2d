"""`misconduct check`: what drifted, and lines to paste with the evidence; nothing is written or mapped."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import ingest
from ingest.rules import RULES, breaches

SEEDS = Path(__file__).resolve().parents[2] / "dbt" / "seeds"


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
        ("warning", "columns_open"),
    ]
    (room.folder / "b.csv").unlink()
    assert codes(room.check()) == ["file_missing", "unmapped_label"]


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


def test_a_file_that_was_accepted_is_not_read_again(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    room.rows(*room.good(2), *room.good(1))
    room.accept()
    before = room.check()
    monkeypatch.setattr(sys.modules["ingest.check"], "load", None)
    assert room.check() == before != ()
    room.rows(*room.good(3))
    with pytest.raises(TypeError):
        room.check()


def test_labels_that_came_or_went_are_told(room: Any) -> None:
    room.accept()
    room.rows(*room.good(2), *room.good(1, sex="Female", allegation_ref="A3", officer_key="P3"))
    (found,) = room.check()
    assert (found.severity, found.code) == ("info", "labels_drifted")
    assert "new ['female']" in found.message
    room.rows(*room.good(3, sex=""))
    (found,) = room.check()
    assert "gone ['male']" in found.message


def test_a_new_way_to_write_dates_is_told_with_a_row(room: Any) -> None:
    lines = 'date_formats = ["%d/%m/%Y", "%d-%b-%Y"]'
    room.sources(room.entry(lines))
    room.rows(*room.good(3, recorded_date="04/03/2017"))
    room.accept()
    room.rows(*room.good(3, recorded_date="05/03/2017"))
    assert room.check() == ()
    room.rows(
        *room.good(2, recorded_date="04/03/2017"),
        *room.good(1, recorded_date="4-Mar-2017", allegation_ref="A9"),
    )
    (found,) = room.check()
    assert (found.code, found.row) == ("formats_drifted", 4)
    assert "'4-Mar-2017'" in found.message


def test_day_serials_are_proposed_as_such(room: Any) -> None:
    room.rows(*room.good(2, recorded_date="42798"))
    (found,) = room.check()
    assert 'date_formats = ["excel"]' in found.remedy


@pytest.mark.parametrize(
    ("column", "heading", "cell", "evidence"),
    [
        ("sex", "Geschlecht", "Female", "1 of its 1 different texts are labels of it ('Female')"),
        ("outcome_date", "Finalised", "2018-03-04", "like '2018-03-04'"),
    ],
)
def test_a_heading_is_proposed_by_what_stands_below_it(
    room: Any, column: str, heading: str, cell: str, evidence: str
) -> None:
    room.write("a.csv", room.text(room.good(3, **{column: cell})).replace(f",{column},", f",{heading},"))
    gone, proposed = room.check()
    assert (gone.code, proposed.code, proposed.severity) == ("heading_gone", "heading_proposed", "warning")
    assert evidence in proposed.message
    assert f'{column} = "{heading}"' in proposed.remedy


BREACHES = {
    "R1": {"sanction": "would have been dismissed", "outcome_date": "2017-12-01"},
    "R2": {"action": "reflective practice"},
    "R3": {"action": "management advice", "recorded_date": "2020-03-04"},
    "R4": {"sanction": "dismissal without notice", "proceedings_type": "misconduct meeting"},
    "R5": {"severity": "gross misconduct", "left_date": "2017-06-01", "exit_route": "resigned"},
    "R7": {"result": "no case to answer", "outcome_date": "2017-03-03"},
    "R8": {"sanction": "reprimand"},
    "R9": {"allegation_type": "discreditable conduct"},
    "R10": {"left_date": "2021-07-01"},
}
KEPT = {
    "R1": {
        "sanction": "would have been dismissed",
        "outcome_date": "2018-03-01",
        "left_date": "2018-01-10",
        "severity": "gross misconduct",
    },
    "R2": {"action": "reflective practice", "recorded_date": "2020-03-04"},
    "R3": {"action": "management advice"},
    "R4": {"sanction": "dismissal without notice", "proceedings_type": "misconduct hearing"},
    "R5": {"severity": "gross misconduct", "left_date": "2017-12-15", "exit_route": "resigned"},
    "R7": {"result": "no case to answer", "outcome_date": "2017-03-04"},
    "R8": {"sanction": "written warning"},
    "R9": {"allegation_type": "discreditable conduct", "recorded_date": "2020-03-04"},
    "R10": {"left_date": "2021-06-30"},
}


def with_real_lists(room: Any, *rows: dict[str, str]) -> tuple[ingest.Finding, ...]:
    room.rows(*rows)
    room.sources(room.entry(years='"2017-2020"'))
    return ingest.check(room.landing(), ingest.CodeLists.read(SEEDS), room.raw)


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_told_with_row_and_key_and_a_kept_one_is_not(room: Any, rule: str) -> None:
    plain = {"result": "", "case_type": "", "allegation_type": ""}
    kept = room.good(1, **plain | KEPT[rule])
    broken = room.good(1, **plain | {"allegation_ref": "A7", "officer_key": "P7"} | BREACHES[rule])
    (found,) = with_real_lists(room, *kept, *broken)
    assert (found.severity, found.code, found.row) == ("warning", "rule_breach", 3)
    assert found.message.startswith(f"{rule}: ")
    assert "'A7'" in found.message
    assert "'P7'" in found.message


def test_a_day_after_the_extract_is_told_with_its_column(room: Any) -> None:
    days = {"recorded_date": "2017-03-04", "outcome_date": "2022-01-02", "left_date": "2021-07-01"}
    (found,) = with_real_lists(room, *room.good(1, case_type="", **days))
    assert found.message.endswith(": outcome_date 2022-01-02, left_date 2021-07-01, as at 2021-06-30")
    assert "correct as_at" in found.remedy


def test_a_breach_of_last_time_is_information_and_a_new_one_a_warning(room: Any) -> None:
    late = {"case_type": "", "outcome_date": "2017-03-01"}
    with_real_lists(room, *room.good(1, **late))
    lists = ingest.CodeLists.read(SEEDS)
    report = ingest.load(room.landing(), lists, room.raw, None, datetime(2021, 7, 1), lambda _: None)
    ingest.accept(report, room.raw)
    found = with_real_lists(room, *room.good(2, **late))
    told = [(one.severity, one.row) for one in found if one.code == "rule_breach"]
    assert told == [("warning", 3), ("info", 2)]


def test_a_rule_says_nothing_of_a_row_that_is_left_out(room: Any) -> None:
    rows = room.good(1, case_type="", outcome_date="2017-03-01")
    with_real_lists(room, *rows, *rows)
    report = room.load()
    files = ingest.written(report.files[0], room.raw)
    assert [found.row for found in breaches(files, ingest.CodeLists.read(SEEDS), "mps")] == [2]


NEW_FORCE = """Complaint No,Officer Id,Officer Sex,Category,Finding,Action,Received
X1,P1,Female,Force,Exonerated,Action,2017-03-04
X2,P2,Male,Discourtesy,Upheld (informal),none,2017-04-05
"""


def test_a_new_force_is_led_from_its_headings_to_the_lines_to_paste(room: Any) -> None:
    """With no line but file, years and as_at: the heading, what its columns hold, a line of the others."""
    room.write("a.csv", NEW_FORCE.replace(",Action,Received", ",Note,Received"))
    gone, rest, *proposed = room.check()
    assert (gone.code, gone.row, "'Complaint No', 'Officer Id'" in gone.message) == ("heading_gone", 1, True)
    assert (rest.code, '"case_type", "officer_key"' in rest.remedy) == ("columns_open", True)
    assert 'sex = "Officer Sex"' in " ".join(found.remedy for found in proposed)
    assert 'recorded_date = "Received"' in " ".join(found.remedy for found in proposed)


def test_one_word_of_a_record_does_not_make_it_the_heading(room: Any) -> None:
    room.write("a.csv", NEW_FORCE)
    found = room.check()[0]
    assert (found.code, found.row) == ("heading_gone", 1)


def test_years_in_a_record_do_not_make_it_a_table_of_years(room: Any) -> None:
    room.write("a.csv", NEW_FORCE.replace("2017-03-04", "2017").replace("Exonerated", "2018"))
    assert room.check()[0].code == "heading_gone"


def test_another_force_s_label_is_evidence_and_no_proposal(room: Any) -> None:
    room.rows(*room.good(1, result="Sustained"))
    (found,) = room.check()
    assert "other_force has 'sustained' as formal; yours may differ" in found.remedy
    assert found.remedy.endswith("mps,sustained,?,?,?,?,?,?")
    assert "under vocabulary,label,regime,action_path" in found.remedy


def test_an_allegation_in_two_files_of_one_extract_is_told(room: Any) -> None:
    room.rows(*room.good(2), name="b.csv")
    room.rows(*room.good(1, case_ref="C9"), *room.good(1, allegation_ref="A7"))
    room.sources(room.entry(), room.entry(file='"b.csv"'))
    (found,) = room.check()
    assert (found.code, found.file, found.row) == ("repeated_between_files", "b.csv", 2)
    assert "row 2 of a.csv" in found.message
    room.sources(room.entry(), room.entry(file='"b.csv"', as_at="2022-06-30"))
    assert room.check() == ()


@pytest.mark.parametrize("duplicates", ["exact", "keep"])
def test_a_row_that_two_files_have_cell_by_cell_is_told_as_counted_once(room: Any, duplicates: str) -> None:
    room.rows(*room.good(2), name="b.csv")
    room.rows(*room.good(1), *room.good(1, allegation_ref="A7"))
    said = f'duplicates = "{duplicates}"'
    room.sources(room.entry(said), room.entry(said, file='"b.csv"'))
    (found,) = room.check()
    assert (found.code, found.severity, found.row) == ("repeated_between_files", "info", 2)
    assert "cell by cell" in found.message


def test_a_year_that_a_later_extract_declares_and_leaves_out_is_told(room: Any) -> None:
    room.rows(*room.good(2), name="b.csv")
    room.rows(*room.good(1, recorded_date="2016-05-05", known_date="2016-05-05"))
    both = room.entry(years='"2016-2018"', as_at="2022-06-30")
    room.sources(both, room.entry(file='"b.csv"'))
    told = {found.code: found for found in room.check()}
    assert "declares 2017 and has no row of it; the rows of b.csv stay" in told["year_left_out"].message
    room.sources(both, room.entry(file='"b.csv"', as_at="2022-06-30"))
    assert "year_left_out" not in {found.code for found in room.check()}
