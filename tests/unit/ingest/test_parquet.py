from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest import parquet


def test_a_text_that_only_the_dictionary_holds_is_no_label(tmp_path: Path) -> None:
    """A writer may leave the texts of dropped rows in the dictionary: they are nobody's."""
    column = pa.DictionaryArray.from_arrays(pa.array([1, None, 1]), pa.array(["42", "Conduct matter"]))
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"case_type": column}), path)
    held = pq.ParquetFile(path, read_dictionary=["case_type"]).read().column("case_type").chunk(0).dictionary
    assert "42" in held.to_pylist()
    assert parquet.distinct(path, ["case_type"]) == {"case_type": {"Conduct matter"}}
