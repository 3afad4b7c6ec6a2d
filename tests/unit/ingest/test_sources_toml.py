"""sources.toml is read strictly: every fault at once, with the nearest known key."""

from __future__ import annotations

from typing import Any

import pytest

import ingest

FAULTS = {
    "an_unknown_key": ("fil = 1", "unknown_key", "'file'"),
    "a_key_of_the_wrong_place": ("on_number = true", "unknown_key", "on_number"),
    "years_as_a_number": ("years = 2017", "wrong_type", '"2017"'),
    "years_backwards": ('years = "2018-2010"', "wrong_type", "first year first"),
    "as_at_as_text": ('as_at = "2021-06-30"', "wrong_type", "without quotes"),
    "a_sha256_that_is_none": ('sha256 = "abc"', "wrong_type", "hexadecimal"),
    "an_encoding_that_is_none": ('encoding = "latin-99"', "wrong_type", "cp1252"),
    "a_delimiter_of_two": ('delimiter = ";;"', "wrong_type", "one character"),
    "a_quote_of_two": ('quote = "<<"', "wrong_type", "one character"),
    "a_row_zero": ("header_row = 0", "wrong_type", "1 for the first row"),
    "a_negative_count": ("max_quarantined = -1", "wrong_type", "zero or more"),
    "a_number_as_text": ('rows = "3"', "wrong_type", "without quotes"),
    "a_date_format_without_a_day": ('date_formats = ["%m/%Y"]', "wrong_type", "%d/%m/%Y"),
    "an_unknown_column": ('missing = ["sexx"]', "wrong_type", "'sex'"),
    "an_unknown_column_in_year_from": ('year_from = "recorded"', "wrong_type", "'recorded_date'"),
    "a_pattern_without_a_group": ("year_pattern = '^[0-9]+'", "wrong_type", "one group"),
    "a_duplicates_word": ('duplicates = "all"', "wrong_type", '"exact"'),
    "a_text_where_a_list_is_meant": ('placeholders = "x"', "wrong_type", "list of texts"),
    "a_constant_that_is_no_text": ("constants = {sex = 1}", "wrong_type", "table of texts"),
    "a_join_without_on": ('join = [{file = "b.csv", expect = "one"}]', "key_absent", "on = ..."),
    "a_join_that_expects_many": (
        'join = [{file = "b", on = {a = "a"}, expect = "many"}]',
        "wrong_type",
        '"one"',
    ),
    "a_file_outside_the_root": ('file = "../a.csv"', "outside_root", ".."),
    "a_column_missing_and_mapped": ('missing = ["sex"]\ncolumns = {sex = "S"}', "declared_twice", "sex"),
    "an_identity_declared_missing": ('missing = ["allegation_ref"]', "no_identity", "row"),
    "a_year_from_a_missing_column": ('missing = ["recorded_date"]', "no_year", "recorded_date"),
    "formats_that_disagree": ('date_formats = ["%d/%m/%Y", "%m/%d/%Y"]', "ambiguous_dates", "different days"),
}


@pytest.mark.parametrize(("lines", "code", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_with_its_rule_and_remedy(room: Any, lines: str, code: str, said: str) -> None:
    names = {line.split("=")[0].strip() for line in lines.splitlines()}
    kept = {"file": '"a.csv"', "years": '"2017"', "as_at": "2021-06-30"}
    entry = "\n".join(
        ["", "[[source]]", *(f"{k} = {v}" for k, v in kept.items() if k not in names), lines, ""]
    )
    room.sources(entry)
    with pytest.raises(ingest.LandingError) as caught:
        room.landing()
    assert [finding.code for finding in caught.value.findings] == [code]
    finding = caught.value.findings[0]
    assert finding.file == "sources.toml"
    assert finding.severity == "error"
    assert said in str(finding)


def test_all_faults_are_told_at_once(room: Any) -> None:
    room.sources(room.entry("fil = 1", years="2017"), top="synthetic = 'yes'\nforse = 'x'\n")
    with pytest.raises(ingest.LandingError) as caught:
        room.landing()
    codes = [finding.code for finding in caught.value.findings]
    assert codes.count("key_absent") == 4
    assert codes.count("unknown_key") == 2
    assert codes.count("wrong_type") == 2
    assert "'force'" in str(caught.value)


def test_no_landing_folder_and_no_sources_are_said(room: Any) -> None:
    with pytest.raises(ingest.LandingError, match="no_landing"):
        ingest.read_landing(room.base / "nowhere", {})
    (room.folder / "sources.toml").unlink()
    with pytest.raises(ingest.LandingError, match=r"no_sources.*docs/sources\.md"):
        room.landing()


def test_bad_toml_names_the_line(room: Any) -> None:
    room.write("sources.toml", 'force = "x"\nscope = \n')
    with pytest.raises(ingest.LandingError, match=r"bad_toml.*line 2"):
        room.landing()


def test_no_source_entry_is_said(room: Any) -> None:
    room.write(
        "sources.toml", (room.folder / "sources.toml").read_text().split("[[source]]")[0] + "source = []\n"
    )
    with pytest.raises(ingest.LandingError, match="no_source"):
        room.landing()


@pytest.mark.parametrize("years", ['"2017"', '"2016-2018"'])
def test_the_same_file_and_years_twice_is_refused(room: Any, years: str) -> None:
    room.sources(room.entry(), room.entry(years=years, as_at="2022-06-30"))
    with pytest.raises(ingest.LandingError, match=r"a\.csv: source_twice.*remove one"):
        room.landing()


def test_the_same_file_for_other_years_is_allowed(room: Any) -> None:
    room.sources(room.entry(), room.entry(years='"2018-2019"'))
    assert room.landing().years == (2017, 2018, 2019)


def test_a_root_by_environment_variable_needs_it_set(room: Any) -> None:
    room.sources(top=f'root = "env:REAL_DATA/sub"\n{_top(room)}')
    with pytest.raises(ingest.LandingError, match=r"root_unset.*REAL_DATA.*set REAL_DATA"):
        room.landing()
    assert room.landing(REAL_DATA=str(room.base)).root == (room.base / "sub").resolve()


def _top(room: Any) -> str:
    return str((room.folder / "sources.toml").read_text().split("[[source]]")[0])


def test_bands_override_is_read_as_years(room: Any) -> None:
    room.sources(room.entry(), "\n[publish.bands]\nrecorded_year = [[2010, 2013], [2014, 2017]]\n")
    assert room.landing().bands == {"recorded_year": ((2010, 2013), (2014, 2017))}
    room.sources(room.entry(), "\n[publish.bands]\nrecorded_year = [[2013, 2010]]\n")
    with pytest.raises(ingest.LandingError, match="first year first"):
        room.landing()


def test_the_source_key_depends_on_file_sheet_years_and_vintage_alone(room: Any) -> None:
    def key(**keys: str) -> str:
        room.sources(room.entry(**keys))
        return str(room.landing().sources[0].source_key)

    first = key()
    assert first.startswith("a-")
    assert key(reference='"letter 5"', max_quarantined="3") == first
    assert (
        len({first, key(sheet='"S 1"'), key(years='"2018"'), key(as_at="2022-01-01"), key(file='"b/a.csv"')})
        == 5
    )
    assert key(sheet='"S 1"').startswith("a-s-1-")
