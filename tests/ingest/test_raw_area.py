"""raw/incoming, raw/accepted, raw/quarantine: unchanged files are not read again, nothing is half there."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

import ingest
from ingest import parquet
from ingest.canonical import MAPPABLE, QUARANTINE_TYPES, RAW_TYPES
from ingest.reports import VERSION, report_path

LATER = datetime(2022, 1, 1)


@pytest.fixture
def two(room: Any) -> Any:
    """Two files, of which the second has a row to quarantine."""
    rows = room.good(3, recorded_date="2018-05-06")
    rows[1] |= {"sex": "?"}
    room.rows(*rows, name="b.csv")
    room.sources(room.entry(), room.entry("max_quarantined = 1", file='"b.csv"', years='"2018"'))
    return room


def test_an_empty_typed_file_always_matches_the_pattern(room: Any) -> None:
    room.rows()
    room.refused()
    query = f"DESCRIBE FROM read_parquet('{room.raw}/accepted/allegations/**/*.parquet')"
    assert {row[0]: row[1] for row in duckdb.sql(query).fetchall()} == RAW_TYPES


def test_an_empty_file_of_an_earlier_version_is_replaced(room: Any) -> None:
    path = room.raw / "accepted" / "allegations" / "empty.parquet"
    parquet.ensure_empty(path, {name: kind for name, kind in RAW_TYPES.items() if name != "missing_columns"})
    room.load()
    assert pq.read_schema(path).names == list(RAW_TYPES)
    before = path.stat().st_mtime_ns
    room.load()
    assert path.stat().st_mtime_ns == before


def test_every_row_says_which_columns_its_file_is_declared_to_lack(two: Any) -> None:
    two.write("a.csv", "case_ref,allegation_ref,recorded_date\nC1,A1,2017-01-02\nC1,A2,2017-02-30\n")
    lacking = sorted(set(MAPPABLE) - {"case_ref", "allegation_ref", "recorded_date"})
    two.sources(
        two.entry(f"missing = {lacking[::-1]}", "max_quarantined = 1"),
        two.entry("max_quarantined = 1", file='"b.csv"', years='"2018"'),
    )
    rows = [*two.incoming(two.load()), *two.quarantine()]
    assert [row["missing_columns"] for row in rows] == [lacking, [], [], lacking, []]


def test_a_file_of_an_earlier_version_is_read_again_whatever_years_are_asked_for(two: Any) -> None:
    two.accept()
    stale = two.load().files[1]
    path = report_path(two.raw / "accepted", stale.source_key)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"version": VERSION - 1}), "utf-8")
    assert [(file.file, file.reused) for file in two.load(years=[2017]).files] == [
        ("a.csv", True),
        ("b.csv", False),
    ]
    two.accept()
    assert [file.file for file in two.load(years=[2017]).files] == ["a.csv"]


def test_incoming_and_quarantine_have_the_agreed_columns_and_places(two: Any) -> None:
    report = two.load()
    key = report.files[1].source_key
    incoming = two.raw / "incoming" / "allegations" / "2018" / "2021-06-30" / f"{key}.parquet"
    held = two.raw / "quarantine" / f"{key}.parquet"
    assert pq.read_schema(incoming).names == list(RAW_TYPES)
    assert pq.read_schema(held).names == list(QUARANTINE_TYPES)
    types = {row[0]: row[1] for row in duckdb.sql(f"DESCRIBE FROM '{incoming}'").fetchall()}
    assert types == RAW_TYPES
    assert report.files[1].max_quarantined == 1


def test_accepting_moves_every_file_and_leaves_nothing_incoming(two: Any) -> None:
    two.accept()
    names = set(two.bytes())
    assert not [name for name in names if name.startswith("incoming/")]
    assert len([name for name in names if name.startswith("accepted/allegations/201")]) == 2
    assert len([name for name in names if name.startswith("quarantine/")]) == 1


def test_nothing_is_read_again_and_no_byte_changes(two: Any) -> None:
    two.accept()
    before = two.bytes()
    two.messages.clear()
    report = two.load(now=LATER)
    ingest.accept(report, two.raw)
    assert two.bytes() == before
    assert [file.reused for file in report.files] == [True, True]
    assert two.messages == ["a.csv: unchanged", "b.csv: unchanged"]
    assert [file.quarantined for file in report.files] == [0, 1]


def test_two_homes_loaded_at_the_same_moment_have_the_same_bytes(two: Any) -> None:
    two.accept()
    other = type(two)(two.base / "again")
    other.base.mkdir()
    (two.base / "landing").rename(other.base / "landing")
    (two.base / "seeds").rename(other.base / "seeds")
    other.accept()
    assert other.bytes() == two.bytes()


CHANGES = {
    "the file": lambda room: room.rows(*room.good(4)),
    "the entry": lambda room: room.sources(room.entry('reference = "x"')),
    "the code lists": lambda room: (
        (room.base / "seeds" / "seed_value_labels.csv").open("a").write("any,sex,X,x,,,t\n")
    ),
    "the accepted bytes": lambda room: next((room.raw / "accepted").rglob("a-*.parquet")).write_bytes(
        b"PAR1"
    ),
    "the report": lambda room: next((room.raw / "accepted").rglob("a-*.json")).unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_read_again(room: Any, change: Any) -> None:
    room.accept()
    change(room)
    report = room.load(now=LATER)
    assert not report.files[0].reused
    assert {row["loaded_at"] for row in room.incoming(report)} == {LATER}


def test_a_label_of_another_vocabulary_changes_nothing(room: Any) -> None:
    room.accept()
    seed = room.base / "seeds" / "seed_outcome_labels.csv"
    seed.write_text(seed.read_text() + "other_force,exonerated,none,no_action,,valid,,t\n")
    assert room.load().files[0].reused


def test_a_quarantine_file_that_was_changed_is_made_again(two: Any) -> None:
    two.accept()
    held = next((two.raw / "quarantine").glob("*.parquet"))
    good = held.read_bytes()
    held.unlink()
    two.load()
    assert held.read_bytes() == good


def test_a_refused_load_leaves_what_was_accepted(two: Any) -> None:
    two.accept()
    before = two.bytes()
    two.write("b.csv", "cut")
    two.refused()
    assert two.bytes() == before


def test_a_file_not_accepted_leaves_the_accepted_one_in_place(room: Any) -> None:
    room.accept()
    accepted = {name: data for name, data in room.bytes().items() if name.startswith("accepted")}
    room.rows(*room.good(3, sex="?"))
    room.load()
    assert {name: data for name, data in room.bytes().items() if name.startswith("accepted")} == accepted
    room.rows(*room.good(3))
    assert room.load().files[0].reused
    assert not [name for name in room.bytes() if name.startswith("incoming")]


def test_years_asked_for_choose_the_entries_and_the_others_are_said(two: Any) -> None:
    report = two.load(years=[2018, 2025, 2024])
    assert [file.file for file in report.files] == ["b.csv"]
    assert report.skipped_years == (2024, 2025)
    assert not report.complete
    ingest.accept(report, two.raw)
    whole = two.load()
    assert [file.reused for file in whole.files] == [False, True]
    ingest.accept(whole, two.raw)
    ingest.accept(two.load(years=[2018]), two.raw)
    assert len([name for name in two.bytes() if name.startswith("accepted/allegations/201")]) == 2


def test_an_entry_that_left_the_landing_leaves_the_accepted_files(two: Any) -> None:
    two.accept()
    two.sources(two.entry())
    two.accept()
    names = set(two.bytes())
    assert len([name for name in names if name.startswith("accepted/allegations/2017")]) == 1
    assert not [name for name in names if "2018" in name or name.startswith("quarantine")]


def test_a_year_that_left_a_file_leaves_the_accepted_files(room: Any) -> None:
    room.sources(room.entry(years='"2016-2018"'))
    room.rows(*room.good(1, recorded_date="2016-01-01"), *room.good(1))
    room.accept()
    assert {name.split("/")[2] for name in room.bytes() if "/201" in name} == {"2016", "2017"}
    room.rows(*room.good(2))
    room.accept()
    assert {name.split("/")[2] for name in room.bytes() if "/201" in name} == {"2017"}


def test_a_year_sent_again_with_a_later_as_at_stands_beside_the_earlier_one(room: Any) -> None:
    room.rows(*room.good(4), name="a2.csv")
    room.sources(room.entry(), room.entry(file='"a2.csv"', as_at="2022-06-30"))
    room.accept()
    places = sorted(name for name in room.bytes() if name.startswith("accepted/allegations/2017"))
    assert [place.split("/")[3] for place in places] == ["2021-06-30", "2022-06-30"]


@pytest.mark.parametrize("kill_at", range(8))
def test_a_kill_while_loading_or_accepting_heals_at_the_next_run(
    two: Any, monkeypatch: pytest.MonkeyPatch, kill_at: int
) -> None:
    two.accept()
    before = {name: data for name, data in two.bytes().items() if name.startswith("accepted/allegations")}
    two.rows(*two.good(5))
    two.rows(*two.good(2, recorded_date="2018-05-06"), name="b.csv")
    moves = iter(range(100))
    real = parquet.move

    def dying(source: Any, target: Any) -> None:
        if next(moves) == kill_at:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(parquet, "move", dying)
    with pytest.raises(KeyboardInterrupt):
        two.accept()
    monkeypatch.undo()
    for path in two.raw.rglob("*.parquet"):
        pq.read_metadata(path)
    report = two.accept()
    assert [file.accepted for file in report.files] == [5, 2]
    clean = type(two)(two.base)
    after = {name: data for name, data in clean.bytes().items() if name.startswith("accepted/allegations")}
    assert set(after) == set(before)
    assert sum(len(pq.read_table(two.raw / name)) for name in after if "/201" in name) == 7


def test_an_unwritable_home_is_an_os_error_and_leaves_what_was_accepted(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.accept()
    before = room.bytes()
    room.rows(*room.good(5))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet, "move", full)
    with pytest.raises(OSError, match="No space"):
        room.load()
    assert room.bytes() == before


def test_the_gate_sees_what_is_written_and_not_what_was_reported(two: Any) -> None:
    report = two.load()
    files, labels = ingest.gate_frames(report, two.raw)
    assert [row["rows_written"] for row in files] == [row["accepted"] for row in files] == [3, 2]
    assert all(row["balanced"] for row in files)
    assert {(row["file"], row["column"], row["label"], row["known"]) for row in labels} >= {
        ("a.csv", "sex", "Male", True),
        ("b.csv", "result", "no case to answer", True),
    }
    assert not [row for row in labels if row["label"] == "?"]
    smuggled = two.raw / "incoming" / sorted(report.files[0].outputs)[0]
    table = pq.ParquetFile(smuggled).read()
    place = table.schema.get_field_index("sex")
    pq.write_table(table.set_column(place, "sex", [["Mail", "Male", "Male"]]).slice(0, 2), smuggled)
    files, labels = ingest.gate_frames(report, two.raw)
    assert (files[0]["accepted"], files[0]["rows_written"]) == (3, 2)
    assert [row["label"] for row in labels if not row["known"]] == ["Mail"]


def test_the_gate_sees_reused_files_too(two: Any) -> None:
    first = ingest.gate_frames(two.load(), two.raw)
    two.accept()
    files, labels = ingest.gate_frames(two.load(), two.raw)
    assert labels == first[1]
    assert [row | {"reused": False} for row in files] == first[0]


def test_a_report_survives_the_way_to_another_process(two: Any) -> None:
    report = two.load(years=[2018, 2030])
    assert ingest.LoadReport.from_json(report.to_json()) == report


def test_the_time_of_loading_is_kept_in_utc(two: Any) -> None:
    report = two.load(now=datetime(2021, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))))
    assert {row["loaded_at"] for row in [*two.incoming(report), *two.quarantine()]} == {
        datetime(2021, 6, 30, 23, 30)
    }


def test_loading_twice_before_accepting_gives_one_set_of_files(two: Any) -> None:
    two.load(now=LATER - timedelta(days=1))
    report = two.load(now=LATER)
    assert len(list((two.raw / "incoming").rglob("*.parquet"))) == 2
    assert {row["loaded_at"] for row in two.incoming(report)} == {LATER}
