"""Accepted rows are put together from cells and verdicts: every cell beside the row that it belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ingest
from ingest import output
from ingest.canonical import MAPPABLE, RAW_TYPES
from ingest.judge import Origin
from ingest.output import write_accepted
from ingest.table import cells_batch, write_cells

YEARS = ("2016", "2017", "2019")


def test_cells_stay_in_their_rows_over_years_gaps_and_row_groups(
    room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few rows of a chunk are in scope, which is when an engine likes to hold them back behind later ones."""
    monkeypatch.setattr(output, "BATCH", 3000)
    monkeypatch.setattr(output, "ROW_GROUP", 500)
    lines = [
        f"C{n},A{n},P{n % 70},{YEARS[n % 2] if n % 97 == 0 or 9000 < n < 12000 else YEARS[2]}-03-04,"
        for n in range(20_000)
    ]
    room.write(
        "a.csv", "case_ref,allegation_ref,officer_key,recorded_date,result\n" + "\n".join(lines) + "\n"
    )
    given = {"case_ref", "allegation_ref", "officer_key", "recorded_date", "result"}
    missing = [name for name in MAPPABLE if name not in given]
    room.sources(room.entry(f"missing = {missing}", years='"2016-2018"'))
    report = room.load()
    rows = room.incoming(report)
    assert len(rows) == sum("2019" not in line for line in lines) == report.files[0].accepted
    for row in rows:
        n = row["source_row"] - 2
        assert (row["case_ref"], row["allegation_ref"], row["officer_key"]) == (
            f"C{n}",
            f"A{n}",
            f"P{n % 70}",
        )
        assert row["recorded_date"] == lines[n].split(",")[3]
        assert row["recorded_date"][:4] == str(row["year"])
    (first, _) = ingest.written(report.files[0], room.raw)
    found = pq.ParquetFile(first)
    assert found.num_row_groups > 1
    assert found.read(columns=["source_row"])["source_row"].to_pylist() == sorted(
        row["source_row"] for row in rows if row["year"] == 2016
    )


@pytest.mark.parametrize("verdict", ["2, 1", "1, 3", "0, 1", "2, 2"])
def test_rows_that_are_not_those_of_the_cells_in_order_are_refused(tmp_path: Path, verdict: str) -> None:
    cells, target = tmp_path / "cells.parquet", tmp_path / "out.parquet"
    write_cells(cells, 1, iter([cells_batch(pa.array([1, 2]), [pa.array(["a", "b"])])]))
    origin = Origin(dict.fromkeys(RAW_TYPES), {"case_ref": "c0"}, {})
    query = f"SELECT unnest([{verdict}])::BIGINT AS source_row, '2017' AS fate"
    with duckdb.connect() as con, pytest.raises(RuntimeError, match="order"):
        write_accepted(con, query, origin, cells, {"2017": target})


def test_a_text_of_a_row_that_went_elsewhere_is_not_in_the_accepted_file(room: Any) -> None:
    """Neither as a label for gate 1 nor among the bytes."""
    rows = room.good(3000)
    rows[7] |= {"sex": "Smuggled"}
    rows[9] |= {"severity": "Elsewhere", "recorded_date": "2019-01-01"}
    room.rows(*rows)
    room.sources(room.entry("max_quarantined = 1", years='"2016-2018"'))
    report = room.load()
    assert (report.files[0].quarantined, report.files[0].out_of_scope) == (1, 1)
    _, labels = ingest.gate_frames(report, room.raw)
    assert {row["label"] for row in labels if row["column"] == "sex"} == {"Male"}
    assert all(row["known"] for row in labels)
    (path,) = ingest.written(report.files[0], room.raw)
    content = path.read_bytes()
    assert [word for word in (b"Male", b"Smuggled", b"Elsewhere") if word in content] == [b"Male"]
