"""The files of a release: tables as CSV, one DuckDB database, and copies of the proof."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dashboards.model import Release, Row, Table
from dashboards.views import View

LEADING = ("table_id", "force", "scope", "population", "unit", "time_basis", "as_at", "year_from", "year_to")
TRAILING = ("measure", "value", "marker", "notes", "reason", "exemption", "release_id")
BLOCK_BYTES = 16384
PROOF = ("tables.json", "system.json", "certificate.json")
NUMBERS = ("year_from", "year_to", "value")
# Filling freed memory with a fixed byte keeps the pages of the file free of the process's past.
CLEAN_MEMORY = {"MALLOC_PERTURB_": "255"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class File:
    """One file for readers: its path in the site, what it is, and how to check it."""

    path: str
    title: str
    size: int
    sha256: str


def columns(table: Table) -> tuple[str, ...]:
    """The columns of a released table in long form."""
    return (*LEADING, *(dimension.name for dimension in table.categorical), *TRAILING)


def record(row: Row, names: Sequence[str], release_id: str) -> list[str]:
    """One released row as text, in the order of the columns."""
    cell = row.cell
    texts = {
        **row.fields,
        "year_from": str(row.year_from),
        "year_to": str(row.year_to),
        "measure": row.measure,
        "value": "" if cell.value is None else str(cell.value),
        "marker": cell.marker,
        "notes": cell.notes,
        "reason": cell.reason,
        "exemption": cell.exemption,
        "release_id": release_id,
    }
    return [texts[name] for name in names]


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_bytes(lines: Iterable[Sequence[str]]) -> bytes:
    """Lines as CSV in UTF-8."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([safe(text) for text in line] for line in lines)
    return buffer.getvalue().encode()


def table_csv(table: Table, release_id: str) -> bytes:
    """A released table in long form."""
    names = columns(table)
    return csv_bytes([names, *(record(row, names, release_id) for row in table.rows)])


def write(release: Release, protected: Path, out: Path, views: Iterable[View]) -> dict[str, File]:
    """Write every file for readers; give them by their path in the site.

    Raises:
        FileNotFoundError: a file of the proof is missing.
        subprocess.CalledProcessError: the database could not be written.
    """
    tables, files = out / "tables", out / "site" / "files"
    for folder in (tables, files):
        folder.mkdir(parents=True, exist_ok=True)
    for table in release.tables.values():
        content = table_csv(table, release.release_id)
        (tables / f"{table.table_id}.csv").write_bytes(content)
        (files / f"{table.table_id}.csv").write_bytes(content)
    for view in views:
        (files / f"view-{view.view_id}.csv").write_bytes(csv_bytes(view.records()))
    for name in PROOF:
        (files / name).write_bytes((protected / name).read_bytes())
    _database_in_fresh_process(tables, out / "published.duckdb")
    (files / "published.duckdb").write_bytes((out / "published.duckdb").read_bytes())
    return {f"files/{path.name}": _file(path) for path in sorted(files.iterdir())}


def _file(path: Path) -> File:
    content = path.read_bytes()
    return File(f"files/{path.name}", path.name, len(content), sha256(content).hexdigest())


def _database_in_fresh_process(tables: Path, target: Path) -> None:
    command = [sys.executable, "-m", "dashboards", "database", "--tables", str(tables), "--out", str(target)]
    subprocess.run(command, check=True, env=CLEAN_MEMORY, cwd=Path(__file__).parents[1])


def write_database(tables: Path, target: Path) -> None:
    """Write the released CSV files into one DuckDB file; the same files give the same bytes.

    Only to be called in a process that has done nothing else: a DuckDB file's pages hold bytes of the memory
    of the process that wrote it.
    """
    import duckdb

    target.unlink(missing_ok=True)
    with duckdb.connect(config={"threads": 1}) as database:
        # Small blocks: the tables are small, and a file of the usual blocks would be mostly empty.
        database.execute(f"ATTACH '{target}' AS published (BLOCK_SIZE {BLOCK_BYTES})")
        database.execute("USE published")
        for path in sorted(tables.glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as lines:
                names = next(csv.reader(lines))
            kinds = {name: "BIGINT" if name in NUMBERS else "VARCHAR" for name in names}
            kinds["as_at"] = "DATE"
            quoted = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
            database.execute(f'CREATE TABLE "{path.stem}" ({quoted})')
            database.execute(f"COPY \"{path.stem}\" FROM '{path}' (HEADER, FORCE_NOT_NULL (marker))")
