"""Which reader reads which file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.csv_file import read_csv
from ingest.findings import Finding, LandingError, error
from ingest.landing import FileSpec
from ingest.table import Table
from ingest.workbook import OLE, ZIP, read_workbook

TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
WORKBOOK = (".xlsx", ".xlsm", ".ods", ".xls")


def read_cells(path: Path, spec: FileSpec, wanted: Sequence[str], cells: Path) -> Table:
    """Write the cells of a file to Parquet at `cells`.

    Raises:
        LandingError: when the file as a whole cannot be read.
    """
    name = path.name.casefold()
    with path.open("rb") as stream:
        start = stream.read(4)
    is_workbook = bool(start) and any(mark.startswith(start) for mark in (ZIP, OLE))
    if name.endswith(TEXT) and spec.sheet is not None:
        message = f"a text file has no sheets, the entry names {spec.sheet!r}"
        raise LandingError([error("sheet_gone", spec.file, message, "remove sheet from sources.toml")])
    if name.endswith(TEXT) and not is_workbook:
        return read_csv(path, spec, wanted, cells)
    if name.endswith(WORKBOOK) and is_workbook:
        return read_workbook(path, spec, wanted, cells)
    raise LandingError([_unknown(spec.file, name.endswith(TEXT + WORKBOOK), is_workbook)])


def _unknown(file: str, named: bool, is_workbook: bool) -> Finding:
    if not named:
        message = f"no reader for this kind of file (known: {', '.join(TEXT + WORKBOOK)})"
        return error("unknown_format", file, message, "save it as one of these")
    if is_workbook:
        message, remedy = (
            "named as text, but its bytes are those of a workbook",
            "name it .xlsx, .ods or .xls",
        )
    else:
        message = "named as a workbook, but its bytes are not those of one: damaged, or text (a web page?)"
        remedy = "fetch the file again, name it .csv if it is delimited text, or save it as a workbook"
    return error("unknown_format", file, message, remedy)
