"""Load one file: cells to judged rows, Parquet by year and quarantine, and the report with its balance."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest import judge, parquet
from ingest.bytestream import file_sha256
from ingest.canonical import QUARANTINE_TYPES
from ingest.codelists import CodeLists, normal
from ingest.findings import Finding, LandingError, Severity, error
from ingest.furniture import find_furniture
from ingest.judge import Source
from ingest.labels import UnknownLabel, unknown_labels
from ingest.landing import FileSpec, Landing, SourceEntry, wanted_headings
from ingest.layout import Layout, resolve
from ingest.readers import read_cells
from ingest.reports import FileReport
from ingest.sql import literal
from ingest.table import ROW, Table, Unreadable

NAMED_ROWS = 20
"""So many rows a reason are named one by one; the rest are in the quarantine file."""
UNREADABLE_ROW = "row_unreadable"


@dataclass(frozen=True)
class Job:
    """What loading needs besides the entry; `folder` is this file's own, and is thrown away."""

    landing: Landing
    code_lists: CodeLists
    con: duckdb.DuckDBPyConnection
    staging: Path
    folder: Path
    hashes: Mapping[str, str]
    now: datetime
    progress: Callable[[str], None]


def load_file(entry: SourceEntry, job: Job, fingerprint: str) -> FileReport:
    """Write the staged Parquet files of one entry.

    Raises:
        LandingError: with what is wrong with the file as a whole.
    """
    job.progress(f"{entry.name}: reading")
    job.folder.mkdir(parents=True)
    table, layout, warnings = _open(entry, job)
    loose = find_furniture(job.con, table, entry.read)
    furniture = table.header_row + len(loose) + _count(job.con, "furniture", f"{ROW} IS NOT NULL")
    _check_rows(entry.read, table.read - furniture)
    unreadable = tuple(row for row in table.unreadable if row.row not in loose)
    source = _source(entry, job, table, layout)
    parts = _judge(source, job)
    quarantined = _quarantine(source, job, unreadable, judge.QUARANTINE in parts)
    outputs = _stage(entry, job, parts)
    return FileReport(
        source_key=entry.source_key,
        file=entry.read.file,
        sheet=entry.read.sheet,
        as_at=entry.as_at.isoformat(),
        read=table.read,
        accepted=sum(parquet.rows_in(job.staging / path) for path in outputs),
        quarantined=0 if quarantined is None else parquet.rows_in(quarantined),
        furniture=furniture,
        out_of_scope=parquet.rows_in(parts[judge.OUT_OF_SCOPE]) if judge.OUT_OF_SCOPE in parts else 0,
        excluded=_excluded(job, outputs),
        years=_years(job.staging, outputs),
        reused=False,
        max_quarantined=entry.max_quarantined,
        findings=(*warnings, *_findings(entry, job, quarantined, outputs)),
        headings=table.headings,
        closed=tuple(sorted(job.code_lists.closed(job.landing.vocabulary))),
        labels=_labels(job, outputs),
        outputs={path: file_sha256(job.staging / path) for path in outputs},
        quarantine_sha256=None if quarantined is None else file_sha256(quarantined),
        fingerprint=fingerprint,
    )


def _open(entry: SourceEntry, job: Job) -> tuple[Table, Layout, list[Finding]]:
    """Read the file and its lookups, and find the headings."""
    root = job.landing.root
    table = read_cells(
        root / entry.read.file, entry.read, wanted_headings(entry), job.folder / "cells.parquet"
    )
    lookups = [
        read_cells(
            root / join.read.file,
            join.read,
            [*join.on.values(), *join.columns],
            job.folder / f"j{number}.parquet",
        )
        for number, join in enumerate(entry.joins)
    ]
    layout, faults = resolve(entry, table, lookups)
    if faults:
        raise LandingError(faults)
    job.con.execute(f"CREATE OR REPLACE VIEW cells AS FROM read_parquet({literal(str(table.cells))})")
    for number, lookup in enumerate(layout.lookups):
        _check_rows(lookup.join.read, lookup.table.read - lookup.table.header_row)
        job.con.execute(judge.lookup_sql(number, lookup, lookup.table.cells))
    return (
        table,
        layout,
        [
            _lost(join.read, lookup)
            for join, lookup in zip(entry.joins, lookups, strict=True)
            if lookup.unreadable
        ],
    )


def _lost(spec: FileSpec, lookup: Table) -> Finding:
    first = lookup.unreadable[0]
    message = f"{len(lookup.unreadable)} rows of the lookup are unreadable, the first because {first.reason}"
    return Finding(
        "warning", "lookup_unreadable", spec.file, first.row, message, "correct the rows at source"
    )


def _check_rows(spec: FileSpec, rows: int) -> None:
    """Rows below the heading that are no furniture, against what the entry pins; none at all is an empty file."""
    if spec.rows is not None and rows != spec.rows:
        message = f"{rows} rows, the entry declares rows = {spec.rows}"
        raise LandingError([error("wrong_rows", spec.file, message, "fetch the file again, or correct rows")])
    if rows == 0 and spec.rows is None:
        message = "the file has a heading and no rows below it"
        raise LandingError([error("empty", spec.file, message, "fetch the file again, or declare rows = 0")])


def _count(con: duckdb.DuckDBPyConnection, table: str, where: str) -> int:
    found = con.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()
    return int(found[0]) if found else 0


def _source(entry: SourceEntry, job: Job, table: Table, layout: Layout) -> Source:
    """The file with its duplicates and unknown labels found."""
    if entry.duplicates == "exact":
        job.con.execute(judge.duplicates_sql(len(table.headings)))
    sha256 = job.hashes[entry.read.file]
    plain = Source(job.landing, entry, layout, sha256, table.undecodable, job.now, {})
    unknown = _unknown(plain, job)
    rows = [(found.column, found.label, found.code, found.reason, found.remedy) for found in unknown]
    job.con.execute(
        "CREATE OR REPLACE TEMP TABLE unknown_labels "
        "(column_name VARCHAR, label VARCHAR, code VARCHAR, reason VARCHAR, remedy VARCHAR)"
    )
    if rows:
        job.con.executemany("INSERT INTO unknown_labels VALUES (?, ?, ?, ?, ?)", rows)
    columns = {column: [found.label for found in unknown if found.column == column] for column, *_ in rows}
    return Source(job.landing, entry, layout, sha256, table.undecodable, job.now, columns)


def _unknown(source: Source, job: Job) -> tuple[UnknownLabel, ...]:
    closed = job.code_lists.closed(job.landing.vocabulary)
    found: list[UnknownLabel] = []
    for column in sorted(closed):
        if column in source.layout.columns or column in source.entry.constants:
            query = f"SELECT DISTINCT {column} FROM ({judge.typed_sql(source)}) WHERE {column} IS NOT NULL"
            labels = [row[0] for row in job.con.execute(query).fetchall()]
            found += unknown_labels(column, labels, closed[column])
    return tuple(found)


def _judge(source: Source, job: Job) -> dict[str, Path]:
    """Write every row of the body to the file of its fate; the file by fate."""
    target = job.folder / "fates"
    job.con.execute(
        f"COPY ({judge.judged_sql(source)}) TO {literal(str(target))} (FORMAT parquet, PARTITION_BY (fate))"
    )
    parts: dict[str, Path] = {}
    for folder in sorted(target.glob("fate=*")):
        files = sorted(folder.glob("*.parquet"))
        if len(files) != 1:
            raise RuntimeError(f"{folder.name}: one file expected, the engine wrote {len(files)}")
        parts[folder.name.removeprefix("fate=")] = files[0]
    return parts


def _quarantine(source: Source, job: Job, unreadable: tuple[Unreadable, ...], judged: bool) -> Path | None:
    """Write the quarantine file of the entry: unreadable rows, and judged ones with their reasons."""
    if not (unreadable or judged):
        return None
    path = job.staging / "quarantine" / f"{source.entry.source_key}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    job.con.register("unreadable", _unreadable_rows(source, unreadable))
    queries = [f"SELECT {', '.join(QUARANTINE_TYPES)} FROM unreadable"]
    if judged:
        rows = f"SELECT source_row FROM read_parquet({literal(str(job.folder / 'fates' / 'fate=quarantine' / '*.parquet'))})"
        queries.append(judge.quarantined_sql(source, rows))
    job.con.execute(
        f"COPY ({' UNION ALL '.join(queries)} ORDER BY source_row) TO {literal(str(path))} (FORMAT parquet)"
    )
    job.con.unregister("unreadable")
    return path


def _unreadable_rows(source: Source, rows: tuple[Unreadable, ...]) -> pa.Table:
    entry, landing = source.entry, source.landing
    remedy = "correct the row at source, or set delimiter or quote in sources.toml"
    found = [
        {
            "rest": json.dumps({"row__as_found": row.text}, ensure_ascii=False),
            "source_file": entry.read.file,
            "source_sheet": entry.read.sheet,
            "source_row": row.row,
            "source_sha256": source.sha256,
            "source_reference": entry.reference,
            "loaded_at": source.now,
            "vocabulary": landing.vocabulary,
            "force": landing.force,
            "scope": landing.scope,
            "population": landing.population,
            "as_at_date": entry.as_at.isoformat(),
            "reason_code": UNREADABLE_ROW,
            "reason": row.reason,
            "remedy": remedy,
        }
        for row in rows
    ]
    return pa.Table.from_pylist(found, schema=parquet.arrow_schema(QUARANTINE_TYPES))


def _stage(entry: SourceEntry, job: Job, parts: Mapping[str, Path]) -> tuple[str, ...]:
    """Move the accepted parts to their place in the staging folder; the places."""
    outputs = []
    for fate, path in parts.items():
        if fate not in (judge.QUARANTINE, judge.OUT_OF_SCOPE):
            place = f"allegations/{fate}/{entry.as_at.isoformat()}/{entry.source_key}.parquet"
            (job.staging / place).parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, job.staging / place)
            outputs.append(place)
    return tuple(outputs)


def _accepted(job: Job, outputs: tuple[str, ...]) -> str:
    files = ", ".join(literal(str(job.staging / path)) for path in outputs)
    return f"read_parquet([{files}])"


def _excluded(job: Job, outputs: tuple[str, ...]) -> dict[str, int]:
    if not outputs:
        return {}
    query = f"SELECT exclusion, count(*) FROM {_accepted(job, outputs)} WHERE exclusion IS NOT NULL GROUP BY 1 ORDER BY 1"
    return dict(job.con.execute(query).fetchall())


def _years(staging: Path, outputs: tuple[str, ...]) -> dict[int, int]:
    rows = {path.split("/")[1]: parquet.rows_in(staging / path) for path in outputs}
    return {int(year): count for year, count in rows.items() if year.isdigit()}


def _labels(job: Job, outputs: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Distinct labels of the closed columns among the accepted rows that a code list knows."""
    closed = job.code_lists.closed(job.landing.vocabulary)
    return tuple(
        (column, label)
        for column, label in labels_in(job.con, [job.staging / path for path in outputs], sorted(closed))
        if normal(label) in closed[column]
    )


def labels_in(
    con: duckdb.DuckDBPyConnection, files: Sequence[Path], columns: Sequence[str]
) -> list[tuple[str, str]]:
    """Every distinct (column, label) of Parquet files, in order."""
    if not files or not columns:
        return []
    names = ", ".join(literal(str(path)) for path in files)
    queries = [
        f"SELECT DISTINCT '{column}', {column} FROM read_parquet([{names}]) WHERE {column} IS NOT NULL"
        for column in columns
    ]
    return [
        (row[0], row[1]) for row in con.execute(" UNION ALL ".join(queries) + " ORDER BY 1, 2").fetchall()
    ]


def _findings(
    entry: SourceEntry, job: Job, quarantined: Path | None, outputs: tuple[str, ...]
) -> list[Finding]:
    findings: list[Finding] = []
    if quarantined is not None:
        query = (
            f"SELECT reason_code, source_row, reason, remedy FROM read_parquet({literal(str(quarantined))})"
        )
        findings += _named(
            entry, job, "quarantine", query, f"all of them are in quarantine/{quarantined.name}"
        )
    if outputs:
        query = (
            f"SELECT exclusion, source_row, CASE exclusion WHEN 'placeholder' THEN officer_key || ' is a placeholder' "
            f"ELSE 'the row repeats an earlier row, cell by cell' END, "
            f"'kept in raw, left out of the facts: nothing to do unless this is wrong' "
            f"FROM {_accepted(job, outputs)} WHERE exclusion IS NOT NULL"
        )
        findings += _named(entry, job, "info", query, "all of them have exclusion set in raw/accepted")
        findings += _without_officer(entry, job, outputs)
    return findings


def _named(entry: SourceEntry, job: Job, severity: Severity, query: str, more: str) -> list[Finding]:
    """The first rows of each code one by one, then that there are more."""
    ranked = f"SELECT *, row_number() OVER (PARTITION BY code ORDER BY source_row) AS place FROM ({query}) AS q(code, source_row, reason, remedy)"
    rows = job.con.execute(
        f"SELECT * FROM ({ranked}) WHERE place <= {NAMED_ROWS + 1} ORDER BY code, source_row"
    ).fetchall()
    return [
        Finding(severity, code, entry.name, row, reason, remedy)
        if place <= NAMED_ROWS
        else Finding(severity, code, entry.name, None, f"more rows like these: {more}", remedy)
        for code, row, reason, remedy, place in rows
    ]


def _without_officer(entry: SourceEntry, job: Job, outputs: tuple[str, ...]) -> list[Finding]:
    query = f"SELECT min(source_row) FROM {_accepted(job, outputs)} WHERE officer_key IS NULL AND exclusion IS NULL"
    found = job.con.execute(query).fetchone()
    if found is None or found[0] is None:
        return []
    everywhere = "officer_key" in entry.missing
    message = "the file has no officer id" if everywhere else "rows have no officer id, this one first"
    remedy = "nothing to do: the row counts as an allegation, its officer cannot be counted"
    return [
        Finding("info", "officer_id_missing", entry.name, None if everywhere else found[0], message, remedy)
    ]
