"""Which reader reads which file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.csv_file import read_csv
from ingest.findings import LandingError, error
from ingest.landing import FileSpec
from ingest.table import Table
from ingest.workbook import read_workbook

TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
WORKBOOK = (".xlsx", ".xlsm", ".ods", ".xls")


def read_cells(path: Path, spec: FileSpec, wanted: Sequence[str], cells: Path) -> Table:
    """Write the cells of a file to Parquet at `cells`.

    Raises:
        LandingError: when the file as a whole cannot be read.
    """
    name = path.name.casefold()
    if name.endswith(TEXT):
        return read_csv(path, spec, wanted, cells)
    if name.endswith(WORKBOOK):
        return read_workbook(path, spec, wanted, cells)
    message = f"no reader for this kind of file (known: {', '.join(TEXT + WORKBOOK)})"
    raise LandingError([error("unknown_format", spec.file, message, "save it as one of these")])
