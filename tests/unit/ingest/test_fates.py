"""What becomes of bad input: each fate with a message that names file, row, rule and remedy."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import time
from typing import Any

import pytest


def only(findings: Any) -> Any:
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


def test_good_rows_are_accepted_with_their_provenance(room: Any) -> None:
    room.sources(room.entry('reference = "letter 5"'))
    report = room.load()
    file = report.files[0]
    assert (file.read, file.accepted, file.quarantined, file.furniture, file.out_of_scope) == (4, 3, 0, 1, 0)
    assert file.years == {2017: 3}
    first = room.incoming(report)[0]
    digest = hashlib.sha256((room.folder / "a.csv").read_bytes()).hexdigest()
    expected = {
        "source_file": "a.csv",
        "source_sheet": None,
        "source_row": 2,
        "source_sha256": digest,
        "source_reference": "letter 5",
        "vocabulary": "mps",
        "force": "Example Force",
        "scope": "domestic abuse",
        "population": "officers",
        "year": 2017,
        "as_at_date": "2021-06-30",
        "recorded_date": "2017-03-04",
        "known_date": None,
        "exclusion": None,
        "rest": "{}",
    }
    assert {name: first[name] for name in expected} == expected
    assert first["loaded_at"].isoformat() == "2021-07-01T09:30:00"


def test_a_missing_file_stops_everything(room: Any) -> None:
    room.sources(room.entry(), room.entry(file='"gone.csv"', years='"2018"'))
    found = only(room.refused())
    assert (found.file, found.code) == ("gone.csv", "file_missing")


@pytest.mark.parametrize("content", [b"", b"\n \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_stops_everything(room: Any, content: bytes) -> None:
    room.write("a.csv", content)
    assert only(room.refused()).code == "empty"


def test_a_heading_without_rows_is_empty_unless_declared(room: Any) -> None:
    room.rows()
    assert only(room.refused()).code == "empty"
    room.sources(room.entry("rows = 0"))
    assert room.load().files[0].accepted == 0


def test_a_quote_never_closed_is_a_truncated_file(room: Any) -> None:
    text = room.text(room.good())
    room.write("a.csv", text.replace("A2", '"A2'))
    found = only(room.refused())
    assert (found.file, found.code) == ("a.csv", "truncated")
    assert "quote" in found.message


def test_a_last_row_cut_in_the_middle_is_a_truncated_file(room: Any) -> None:
    room.write("a.csv", room.text(room.good())[:-30])
    found = only(room.refused())
    assert found.code == "truncated"
    assert "row 4" in found.message


def test_a_truncated_gzip_file_stops_everything(room: Any) -> None:
    whole = gzip.compress(room.text(room.good(2000)).encode())
    room.write("a.csv.gz", whole)
    room.sources(room.entry(file='"a.csv.gz"'))
    assert room.load().files[0].accepted == 2000
    room.write("a.csv.gz", whole[: len(whole) // 2])
    assert {finding.code for finding in room.refused()} == {"truncated"}


def test_a_wrong_sha256_stops_everything(room: Any) -> None:
    room.sources(room.entry(f'sha256 = "{"0" * 64}"'))
    found = only(room.refused())
    assert found.code == "wrong_sha256"
    right = hashlib.sha256((room.folder / "a.csv").read_bytes()).hexdigest()
    assert right in found.message
    room.sources(room.entry(f'sha256 = "{right}"'))
    assert room.load().files[0].accepted == 3


def test_a_wrong_number_of_rows_stops_everything(room: Any) -> None:
    room.sources(room.entry("rows = 4"))
    found = only(room.refused())
    assert found.code == "wrong_rows"
    assert "3 rows" in found.message
    room.sources(room.entry("rows = 3"))
    room.load()


def test_a_heading_that_is_gone_stops_everything_with_the_nearest(room: Any) -> None:
    room.sources(room.entry('columns = {sex = "Gender"}'))
    room.write("a.csv", room.text(room.good()).replace(",sex,", ",Gendre,"))
    found = only(room.refused())
    assert (found.file, found.code) == ("a.csv", "heading_gone")
    assert "'Gender'" in found.message
    assert 'sex = "Gendre"' in found.remedy


def test_a_heading_used_by_another_entry_is_proposed(room: Any) -> None:
    room.write("b.csv", room.text(room.good(recorded_date="2018-01-05")).replace(",sex,", ",Gender,"))
    room.sources(room.entry(), room.entry('columns = {sex = "Gender"}', file='"b.csv"', years='"2018"'))
    room.write("a.csv", room.text(room.good()).replace(",sex,", ",GENDER,"))
    found = only(room.refused())
    assert "no heading for sex" in found.message
    assert 'sex = "Gender"' in found.remedy


def test_a_column_in_no_list_is_never_guessed(room: Any) -> None:
    room.write("a.csv", room.text(room.good()).replace(",severity,", ",Gravity,"))
    found = only(room.refused())
    assert found.code == "heading_gone"
    assert "missing" in found.remedy
    room.sources(room.entry('missing = ["severity"]'))
    room.write("a.csv", room.text(room.good(severity=" gross ")).replace(",severity,", ",Gravity,"))
    assert room.incoming(room.load())[0]["rest"] == '{"Gravity":" gross "}'


def test_the_same_bytes_under_two_names_are_refused(room: Any) -> None:
    room.rows(*room.good(), name="copy.csv")
    room.sources(room.entry(), room.entry(file='"copy.csv"'))
    found = only(room.refused())
    assert (found.file, found.code) == ("copy.csv", "source_twice")


def test_faults_of_all_files_are_told_at_once(room: Any) -> None:
    room.write("b.csv", "nothing,like,it\n1,2,3\n")
    room.write("c.csv", room.text(room.good()).replace("A2", '"A2'))
    entries = [
        room.entry(file=f'"{name}.csv"', years=f'"{year}"')
        for name, year in zip("abc", (2017, 2018, 2019), strict=True)
    ]
    room.sources(*entries)
    assert {(finding.file, finding.code) for finding in room.refused()} == {
        ("b.csv", "heading_gone"),
        ("c.csv", "truncated"),
    }


QUARANTINED = {
    "an_impossible_date": ({"recorded_date": "2017-02-30"}, "impossible_date", "2017-02-30", "date_formats"),
    "a_date_of_another_age": (
        {"outcome_date": "0217-02-03"},
        "impossible_date",
        "0217-02-03",
        "date_formats",
    ),
    "a_date_in_another_format": ({"left_date": "03/04/2017"}, "impossible_date", "left_date", "date_formats"),
    "another_year": ({"recorded_date": "2016-12-31"}, "year_outside", "2016", "widen years"),
    "no_year": ({"recorded_date": ""}, "year_missing", "recorded_date", "year_from"),
    "no_identity": ({"allegation_ref": "  "}, "identity_missing", "identity", "allegation_ref"),
    "an_unknown_outcome": (
        {"result": "No case to anser"},
        "unknown_label",
        "'no case to answer'",
        "seed_outcome_labels",
    ),
    "an_unknown_sex": ({"sex": "Femal"}, "unknown_label", "'Female'", "seed_value_labels.csv"),
    "an_unknown_type": ({"allegation_type": "Q"}, "unknown_label", "'Q'", "seed_allegation_types.csv"),
    "another_vocabulary's_label": (
        {"result": "sustained"},
        "unknown_label",
        "'sustained'",
        "seed_outcome_labels",
    ),
    "several_outcomes": (
        {"action": "Management action; reflective practice"},
        "several_outcomes",
        "Management action; reflective practice",
        "one row an outcome",
    ),
}


@pytest.mark.parametrize(("change", "code", "said", "remedy"), QUARANTINED.values(), ids=QUARANTINED.keys())
def test_a_bad_row_is_quarantined_with_its_reason(
    room: Any, change: Any, code: str, said: str, remedy: str
) -> None:
    rows = room.good()
    rows[1] |= change
    room.rows(*rows)
    report = room.load()
    assert (report.files[0].accepted, report.files[0].quarantined) == (2, 1)
    found = only(report.findings)
    assert (found.severity, found.code, found.file, found.row) == ("quarantine", code, "a.csv", 3)
    assert said in found.message
    assert remedy in found.remedy
    held = only(room.quarantine())
    assert (held["source_row"], held["reason_code"]) == (3, code)
    assert (held["reason"], held["remedy"]) == (found.message, found.remedy)
    assert held["case_ref"] == "C1"


def test_a_row_with_several_faults_is_held_once_with_all_of_them(room: Any) -> None:
    rows = room.good()
    rows[1] |= {"sex": "?", "outcome_date": "soon", "allegation_ref": ""}
    room.rows(*rows)
    room.load()
    held = only(room.quarantine())
    assert held["reason_code"] == "identity_missing"
    for said in ("identity", "outcome_date", "sex"):
        assert said in held["reason"]


@pytest.mark.parametrize(("row", "cells"), [("only,three,cells", 3), ("," * 25, 26), ("A9", 1)])
def test_a_row_with_too_many_or_too_few_cells_is_quarantined(room: Any, row: str, cells: int) -> None:
    lines = room.text(room.good()).splitlines()
    lines.insert(2, row.replace(",,", ",x,"))
    room.write("a.csv", "\n".join(lines) + "\n")
    report = room.load()
    found = only(report.findings)
    assert (found.code, found.row) == ("row_unreadable", 3)
    assert f"{cells} cells" in found.message
    assert [row["source_row"] for row in room.incoming(report)] == [2, 4, 5]
    assert row.replace(",,", ",x,") in only(room.quarantine())["rest"]


def test_bytes_that_the_encoding_does_not_know_are_quarantined(room: Any) -> None:
    rows = room.good()
    rows[1] |= {"rank_band": "Müller"}
    room.write("a.csv", room.text(rows).encode("cp1252"))
    report = room.load()
    found = only(report.findings)
    assert (found.code, found.row) == ("undecodable", 3)
    assert "cp1252" in found.remedy
    room.sources(room.entry('encoding = "cp1252"'))
    report = room.load()
    assert room.incoming(report)[1]["rank_band"] == "Müller"
    assert not room.quarantine()


def test_rows_outside_an_entry_of_many_years_are_out_of_scope(room: Any) -> None:
    dates = ["2015-12-31", "2016-01-01", "2018-12-31", "2019-01-01"]
    rows = [row | {"recorded_date": day} for row, day in zip(room.good(4), dates, strict=True)]
    rows[0] |= {"sex": "?"}
    room.rows(*rows)
    room.sources(room.entry(years='"2016-2018"'))
    report = room.load()
    file = report.files[0]
    assert (file.accepted, file.quarantined, file.out_of_scope) == (2, 0, 2)
    assert file.years == {2016: 1, 2018: 1}


def test_a_file_without_years_is_accepted_under_none(room: Any) -> None:
    room.sources(room.entry('missing = ["recorded_date"]', years='"none"'))
    room.write("a.csv", room.text(room.good()).replace("recorded_date", "other"))
    report = room.load()
    assert report.files[0].accepted == 3
    assert report.files[0].years == {}
    assert {row["year"] for row in room.incoming(report)} == {None}
    assert "allegations/none/2021-06-30" in next(iter(report.files[0].outputs))


def test_an_exact_duplicate_is_accepted_and_left_out(room: Any) -> None:
    rows = room.good()
    room.rows(*rows, rows[0], rows[0] | {"case_ref": " C1 "})
    report = room.load()
    assert report.files[0].accepted == 5
    assert report.files[0].excluded == {"exact_duplicate": 2}
    assert [finding.row for finding in report.findings] == [5, 6]
    assert {finding.severity for finding in report.findings} == {"info"}
    room.sources(room.entry('duplicates = "keep"'))
    assert room.load().files[0].excluded == {}


def test_a_declared_placeholder_is_accepted_and_left_out(room: Any) -> None:
    rows = room.good()
    rows[2] |= {"officer_key": " organisational"}
    room.rows(*rows)
    room.sources(room.entry('placeholders = ["Organisational"]'))
    report = room.load()
    assert report.files[0].excluded == {"placeholder": 1}
    found = only(report.findings)
    assert (found.severity, found.code, found.row) == ("info", "placeholder", 4)
    assert [row["exclusion"] for row in room.incoming(report)] == [None, None, "placeholder"]


def test_a_row_without_an_officer_is_kept_and_said(room: Any) -> None:
    room.rows(*room.good(2), *room.good(1, allegation_ref="A9", officer_key=""))
    report = room.load()
    found = only(report.findings)
    assert (found.severity, found.code, found.row) == ("info", "officer_id_missing", 4)
    assert report.files[0].excluded == {}


@pytest.mark.parametrize(
    ("declared", "place"),
    [
        ({"missing": '["sex"]'}, "missing"),
        ({"constants": '{sex = "Male"}'}, "[source.constants]"),
    ],
)
def test_a_heading_of_a_column_that_is_declared_otherwise_is_said(
    room: Any, declared: dict[str, str], place: str
) -> None:
    """What the entry says holds, but a year that has the column after all is not read past in silence."""
    room.sources(room.entry(**declared))
    found = only(room.load().findings)
    assert (found.severity, found.code, found.row) == ("warning", "heading_unused", None)
    assert "'sex'" in found.message
    assert place in found.message
    assert place in found.remedy


def test_many_rows_of_one_fault_are_named_up_to_a_limit(room: Any) -> None:
    room.rows(*room.good(100, sex="?"))
    report = room.load()
    assert report.files[0].quarantined == 100
    assert len(report.findings) == 21
    assert "raw/quarantine/" in report.findings[0].message or "raw/quarantine/" in report.findings[-1].message
    assert len(room.quarantine()) == 100


def test_a_free_text_in_a_closed_column_is_quarantined_in_bounded_time(room: Any) -> None:
    room.rows(*(row | {"result": f"text {n}"} for n, row in enumerate(room.good(8_000))))
    started = time.process_time()
    assert room.load().files[0].quarantined == 8_000
    assert time.process_time() - started < 4


def test_a_reference_sent_twice_with_other_content_is_kept_and_reported(room: Any) -> None:
    rows = room.good(3)
    room.rows(*rows, rows[0] | {"result": "written warning"}, rows[1] | {"officer_key": "P9"})
    report = room.load()
    found = only(report.findings)
    assert (found.severity, found.code, found.row) == ("warning", "repeated_reference", 5)
    assert "row 2" in found.message
    assert report.files[0].accepted == 5
    assert report.files[0].excluded == {}


def test_a_heading_of_too_many_cells_is_refused(room: Any) -> None:
    room.write("a.csv", ",".join(["case_ref", "sex", *(f"h{n}" for n in range(2000))]) + "\n")
    assert only(room.refused()).code == "too_wide"


def test_the_original_is_kept_under_its_hash(room: Any) -> None:
    content = (room.folder / "a.csv").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    room.load()
    kept = room.raw / "originals" / digest / "a.csv"
    assert kept.read_bytes() == content
    room.rows(*room.good(4))
    room.load()
    assert kept.read_bytes() == content
    assert len(list((room.raw / "originals").iterdir())) == 2


def test_a_file_that_changes_while_it_is_read_is_refused(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.copyfile

    def growing(source: Any, target: Any) -> None:
        room.rows(*room.good(9))
        real(source, target)

    monkeypatch.setattr(shutil, "copyfile", growing)
    assert only(room.refused()).code == "file_changed"
