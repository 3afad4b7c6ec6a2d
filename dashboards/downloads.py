"""The files of a release: tables as CSV, Parquet, spreadsheets and one database, and copies of the proof."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from dashboards import workbooks
from dashboards.columns import STATED, Column, columns
from dashboards.model import Release, Row, Table
from dashboards.statements import all_stated, records
from dashboards.views import View, basis, whole_of

BLOCK_BYTES = 16384
PROOF = ("tables.json", "system.json", "certificate.json")
PACKAGE = "datapackage.json"
DATABASE = "published.duckdb"
STATEMENTS = "statements"
SUMS = "SHA256SUMS"
# Filling freed memory with a fixed byte keeps the pages of the file free of the process's past.
CLEAN_MEMORY = {"MALLOC_PERTURB_": "255"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class File:
    """One file for readers: its path in the site, and how to check it."""

    path: str
    size: int
    sha256: str


def record(row: Row, names: Iterable[str], release_id: str) -> list[str]:
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
    names = [column.name for column in columns(table)]
    return csv_bytes([names, *(record(row, names, release_id) for row in table.rows)])


def view_csv(view: View, release_id: str) -> bytes:
    """A view as its page shows it; each line ends with the day that its figures are as at, and the release.

    Years across that stand from an earlier day say so in their heading.
    """
    (first, *_), *body = view.records()
    across = [f"{s.heading} (as at {s.stands_from})" if s.stands_from else s.heading for s in view.columns]
    lines = [
        [*line, step.stands_from or view.as_at, release_id]
        for step, line in zip(view.rows, body, strict=True)
    ]
    return csv_bytes([[first, *across, "As at", "Release"], *lines])


def write(
    release: Release, protected: Path, out: Path, views: Iterable[View], pictures: Mapping[str, bytes]
) -> dict[str, File]:
    """Write every file for readers, the given pictures among them; give them by their path in the site.

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
    if stated := records(release):
        (files / f"{STATEMENTS}.csv").write_bytes(csv_bytes(stated))
    for view in views:
        (files / f"view-{view.view_id}.csv").write_bytes(view_csv(view, release.release_id))
    for name, picture in pictures.items():
        (files / name).write_bytes(picture)
    for name in PROOF:
        (files / name).write_bytes((protected / name).read_bytes())
    (files / "CITATION.cff").write_bytes(_citation_file(release))
    (files / PACKAGE).write_bytes(_package(release, files))
    _write_workbooks(release, files)
    _database_in_fresh_process(files)
    (out / DATABASE).write_bytes((files / DATABASE).read_bytes())
    made = [_file(path) for path in sorted(files.iterdir())]
    lines = "".join(f"{file.sha256}  {Path(file.path).name}\n" for file in made)
    (files / SUMS).write_text(lines, encoding="utf-8")
    return {file.path: file for file in (*made, _file(files / SUMS))}


def citation(release: Release) -> str:
    """The words to cite a release by."""
    header = release.header
    example = " (synthetic example data)" if header.synthetic else ""
    return (
        f"{header.force}, {header.scope} allegations against {header.population}, {release.years}, "
        f"as at {header.as_at}{example}. Release {release.release_id}."
        + (f" {release.address}/releases/{release.release_id}/" if release.address else "")
    )


def _citation_file(release: Release) -> bytes:
    """The citation in the Citation File Format; a JSON text is a YAML text too."""
    header = release.header
    content = {
        "cff-version": "1.2.0",
        "message": "Cite the release that you used.",
        "type": "dataset",
        "title": f"{header.scope.capitalize()} allegations against {header.population}, {release.years}",
        "version": release.release_id,
        "authors": [{"name": header.force}],
        "abstract": citation(release),
    }
    dated = {"date-released": release.published_on} if release.published_on else {}
    found = {"url": f"{release.address}/releases/{release.release_id}/"} if release.address else {}
    return (json.dumps(content | dated | found, ensure_ascii=False, indent=1) + "\n").encode()


def _file(path: Path) -> File:
    content = path.read_bytes()
    return File(f"files/{path.name}", len(content), sha256(content).hexdigest())


def _write_workbooks(release: Release, files: Path) -> None:
    views = (*whole_of(release), *all_stated(release))
    content = workbooks.sheets(release, [(view, basis(view, release)) for view in views])
    (files / "tables.xlsx").write_bytes(workbooks.xlsx(content))
    (files / "tables.ods").write_bytes(workbooks.ods(content))


def _package(release: Release, files: Path) -> bytes:
    """The description of the CSV files as a data package with a Table Schema for each."""
    tables = [(t.table_id, t.title, t.description, columns(t)) for t in release.tables.values()]
    if any(table.statements for table in release.tables.values()):
        tables.append((STATEMENTS, "Shares and medians", "Beside the rows of the other tables.", STATED))
    content = {
        "profile": "tabular-data-package",
        "name": "allegation-outcomes",
        "version": release.release_id,
        "description": citation(release),
        "resources": [_resource(files, *described) for described in tables],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _resource(
    files: Path, name: str, title: str, description: str, fields: Sequence[Column]
) -> dict[str, Any]:
    content = (files / f"{name}.csv").read_bytes()
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "title": title,
        "description": description,
        "path": f"{name}.csv",
        "bytes": len(content),
        "hash": f"sha256:{sha256(content).hexdigest()}",
        "schema": {"fields": [_field(column) for column in fields], "missingValues": [""]},
    }


def _field(column: Column) -> dict[str, str]:
    return {"name": column.name, "type": column.kind, "description": column.words}


def _database_in_fresh_process(files: Path) -> None:
    command = [sys.executable, "-m", "dashboards", "database", "--files", str(files)]
    subprocess.run(command, check=True, env=CLEAN_MEMORY, cwd=Path(__file__).parents[1])


def write_database(files: Path) -> None:
    """Write the CSV files that the data package describes into one DuckDB file, and each as Parquet.

    The same files give the same bytes. Only to be called in a process that has done nothing else: a DuckDB
    file's pages hold bytes of the memory of the process that wrote it.
    """
    import duckdb

    target = files / DATABASE
    target.unlink(missing_ok=True)
    package = json.loads((files / PACKAGE).read_text(encoding="utf-8"))
    with duckdb.connect(config={"threads": 1}) as database:
        # Small blocks: the tables are small, and a file of the usual blocks would be mostly empty.
        database.execute(f"ATTACH {_quoted(str(target))} AS published (BLOCK_SIZE {BLOCK_BYTES})")
        database.execute("USE published")
        for resource in package["resources"]:
            for statement in _statements(resource, files):
                database.execute(statement)


def _statements(resource: dict[str, Any], files: Path) -> list[str]:
    """The SQL that makes one table from its CSV file, describes its columns, and writes it as Parquet."""
    name, fields = resource["name"], resource["schema"]["fields"]
    types = ", ".join(f'"{f["name"]}" {Column(f["name"], f["type"], "").sql}' for f in fields)
    source, parquet = _quoted(str(files / resource["path"])), _quoted(str(files / f"{name}.parquet"))
    comments = [f'COMMENT ON COLUMN "{name}"."{f["name"]}" IS {_quoted(f["description"])}' for f in fields]
    return [
        f'CREATE TABLE "{name}" ({types})',
        f'COPY "{name}" FROM {source} (HEADER, FORCE_NOT_NULL (marker))',
        f'COMMENT ON TABLE "{name}" IS {_quoted(resource["title"])}',
        *comments,
        f'COPY "{name}" TO {parquet} (FORMAT parquet)',
    ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
