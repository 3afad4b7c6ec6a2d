"""Load one file: cells to judged rows, Parquet by year and quarantine, and the report with its balance."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest import judge, parquet
from ingest.bytestream import file_sha256
from ingest.canonical import OUTCOMES, QUARANTINE_TYPES
from ingest.codelists import CodeLists, parts
from ingest.dated import dated_labels
from ingest.expand import split, widen
from ingest.findings import Finding, LandingError, did_you_mean, error
from ingest.furniture import find_furniture
from ingest.judge import Source
from ingest.labels import SettledLabel, UnknownLabel, unknown_labels
from ingest.landing import FileSpec, Join, Landing, SourceEntry, headings_by_column, wanted_headings
from ingest.layout import Layout, Lookup, resolve
from ingest.output import write_accepted
from ingest.readers import read_cells
from ingest.reports import FileReport
from ingest.sql import literal
from ingest.summary import Accepted, quarantine_findings
from ingest.table import ROW, Table, Unreadable

UNREADABLE_ROW = "row_unreadable"
UNKNOWN = tuple(field.name for field in fields(UnknownLabel))
SETTLED = tuple(field.name for field in fields(SettledLabel))


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
    rows = table.read
    unreadable, furniture = _sorted_out(entry, job, table)
    table, layout, blank = widen(job.con, table, layout, job.folder / "wide.parquet")
    source, table = _source(entry, job, table, layout)
    fates, rewritten = _fates(source, job.con)
    out_of_scope, judged = fates.pop(judge.OUT_OF_SCOPE, 0), fates.pop(judge.QUARANTINE, 0)
    quarantined = _quarantine(source, job, unreadable, judged > 0)
    outputs = _accept(source, job, table.cells, sorted(fates), rewritten)
    accepted = Accepted(job.con, tuple(job.staging / place for place in outputs))
    closed = job.code_lists.closed(job.landing.vocabulary)
    return FileReport(
        source_key=entry.source_key,
        file=entry.read.file,
        sheet=entry.read.sheet,
        as_at=entry.as_at.isoformat(),
        read=table.read,
        added=table.read - rows,
        accepted=accepted.rows,
        quarantined=0 if quarantined is None else parquet.rows_in(quarantined),
        furniture=furniture + blank,
        out_of_scope=out_of_scope,
        excluded=accepted.excluded(),
        years=_years(job.staging, outputs),
        reused=False,
        max_quarantined=entry.max_quarantined,
        findings=(
            *warnings,
            *_vocabulary(job, entry),
            *quarantine_findings(job.con, entry, quarantined),
            *accepted.findings(entry, (*source.settled, *source.split)),
        ),
        headings=table.headings,
        closed=tuple(sorted(closed)),
        labels=accepted.known_labels(closed),
        outputs={place: file_sha256(job.staging / place) for place in outputs},
        quarantine_sha256=None if quarantined is None else file_sha256(quarantined),
        fingerprint=fingerprint,
    )


def _sorted_out(entry: SourceEntry, job: Job, table: Table) -> tuple[tuple[Unreadable, ...], int]:
    """The unreadable rows that may be records, and how many rows are furniture."""
    loose = find_furniture(job.con, table, entry.read)
    furniture = table.header_row + len(loose) + _furniture_inside(job.con)
    _check_rows(entry.read, table.read - furniture)
    return tuple(row for row in table.unreadable if row.row not in loose), furniture


def _open(entry: SourceEntry, job: Job) -> tuple[Table, Layout, list[Finding]]:
    """Read the file and its lookups, and find the headings."""
    root = job.landing.root
    table = read_cells(
        root / entry.read.file, entry.read, wanted_headings(entry), job.folder / "cells.parquet"
    )
    lookups = [_read_lookup(job, join, f"lookup_{number}") for number, join in enumerate(entry.joins)]
    layout, faults = resolve(entry, table, lookups, headings_by_column(job.landing))
    if faults:
        raise LandingError(faults)
    job.con.execute(f"CREATE OR REPLACE VIEW cells AS FROM read_parquet({literal(str(table.cells))})")
    for number, lookup in enumerate(layout.lookups):
        _check_rows(lookup.join.read, lookup.table.read - lookup.table.header_row)
        job.con.execute(judge.lookup_sql(number, lookup, lookup.table.cells))
    lost = [_lost(lookup) for lookup in layout.lookups if lookup.table.unreadable]
    seen = [finding for one in (table, *lookups) for finding in one.warnings]
    return table, layout, [*seen, *lost]


def _read_lookup(job: Job, join: Join, name: str) -> Table:
    wanted = [*join.on.values(), *join.columns]
    return read_cells(job.landing.root / join.read.file, join.read, wanted, job.folder / f"{name}.parquet")


def _vocabulary(job: Job, entry: SourceEntry) -> list[Finding]:
    """That no code list has a label of the landing's vocabulary: a slip, or a new force."""
    vocabulary, known = job.landing.vocabulary, job.code_lists.vocabularies
    if vocabulary in known:
        return []
    message = f"no code list has a label of the vocabulary {vocabulary!r}{did_you_mean(vocabulary, known)}"
    remedy = "correct vocabulary in sources.toml, or add its labels to the code lists"
    return [Finding("warning", "unknown_vocabulary", entry.name, None, message, remedy)]


def _lost(lookup: Lookup) -> Finding:
    first = lookup.table.unreadable[0]
    message = f"the lookup has unreadable rows, the first because {first.reason}"
    file = lookup.join.read.file
    return Finding("warning", "lookup_unreadable", file, first.row, message, "correct the rows at source")


def _check_rows(spec: FileSpec, rows: int) -> None:
    """Rows that are no furniture, against what the entry pins; none at all is an empty file."""
    if spec.rows is not None and rows != spec.rows:
        message = f"{rows} rows, the entry declares rows = {spec.rows}"
        raise LandingError([error("wrong_rows", spec.file, message, "fetch the file again, or correct rows")])
    if rows == 0 and spec.rows is None:
        message = "the file has a heading and no rows below it"
        raise LandingError([error("empty", spec.file, message, "fetch the file again, or declare rows = 0")])


def _furniture_inside(con: duckdb.DuckDBPyConnection) -> int:
    found = con.execute(f"SELECT count({ROW}) FROM furniture").fetchone()
    return int(found[0]) if found else 0


def _source(entry: SourceEntry, job: Job, table: Table, layout: Layout) -> tuple[Source, Table]:
    """The file with its unknown labels, settled outcomes and repeated rows found, and the cells to write."""
    sha256 = job.hashes[entry.read.file]
    source = Source(job.landing, entry, layout, sha256, table.undecodable, job.now)
    strange = _unknown(source, job, table.cells)
    pieces = _pieces(source, job, strange)
    table, layout, _ = split(job.con, table, layout, pieces, job.folder / "split.parquet")
    source = replace(source, layout=layout, parts=table.parts, split=tuple(sorted(pieces)))
    unknown, settled = _settled(source, job, strange)
    _fill(job.con, "unknown_labels", unknown, UNKNOWN)
    _fill(job.con, "settled_labels", settled, SETTLED)
    source = replace(
        source,
        repeats=entry.duplicates == "exact" and _find_duplicates(job.con, layout.width),
        unknown=tuple(sorted({(one.code, one.column_name) for one in unknown})),
        settled=tuple(sorted({one.column_name for one in settled})),
        dated=dated_labels(job.code_lists, job.landing.vocabulary)
        if entry.out_of_date == "quarantine"
        else {},
    )
    superseded = entry.same_key != "keep" and _find_superseded(job.con, source)
    return replace(source, superseded=superseded), table


def _pieces(
    source: Source, job: Job, strange: tuple[UnknownLabel, ...]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """The outcomes of each cell that is to become a row for each, where the entry says so."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    if source.entry.several_outcomes == "split":
        known = job.code_lists.closed(job.landing.vocabulary)
        for one in strange:
            if one.code == "several_outcomes" and _is_own_outcome(source, one.column_name):
                texts = tuple(known[one.column_name][piece] for piece in parts(one.label))
                found.setdefault(one.column_name, {})[one.label] = texts
    return found


def _is_own_outcome(source: Source, column: str) -> bool:
    """Whether the column is an outcome that stands in the file itself."""
    return column in OUTCOMES and source.layout.columns.get(column, "").startswith("c")


def _settled(
    source: Source, job: Job, strange: tuple[UnknownLabel, ...]
) -> tuple[list[UnknownLabel], list[SettledLabel]]:
    """Labels that stay unknown, and cells with several outcomes of which the entry says which one holds."""
    settle = source.entry.several_outcomes == "most_severe"
    unknown, settled = [], []
    for one in strange:
        outcome = one.column_name in OUTCOMES and one.column_name in source.layout.columns
        if settle and outcome and one.code == "several_outcomes":
            worst = job.code_lists.severest(job.landing.vocabulary, parts(one.label))
            known = job.code_lists.closed(job.landing.vocabulary)[one.column_name]
            settled.append(SettledLabel(one.column_name, one.label, known[worst]))
        else:
            unknown.append(one)
    return unknown, settled


def _fill(
    con: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[UnknownLabel] | Sequence[SettledLabel],
    names: Sequence[str],
) -> None:
    """Make a temporary table of text columns; nothing reads it where there are no rows."""
    if not rows:
        return
    schema = pa.schema(dict.fromkeys(names, pa.string()))
    con.register("found", pa.Table.from_pylist([asdict(row) for row in rows], schema=schema))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM found")
    con.unregister("found")


def _find_duplicates(con: duckdb.DuckDBPyConnection, width: int) -> bool:
    con.execute(judge.repeated_sql(width))
    if not con.execute("FROM repeated LIMIT 1").fetchall():
        return False
    con.execute(judge.duplicates_sql(width))
    return bool(con.execute("FROM duplicates LIMIT 1").fetchall())


def _find_superseded(con: duckdb.DuckDBPyConnection, source: Source) -> bool:
    con.execute(judge.superseded_sql(source))
    return bool(con.execute("FROM superseded LIMIT 1").fetchall())


def _unknown(source: Source, job: Job, cells: Path) -> tuple[UnknownLabel, ...]:
    closed = job.code_lists.closed(job.landing.vocabulary)
    found = _labels(source, cells, closed)
    return tuple(
        one for column in sorted(found) for one in unknown_labels(column, found[column], closed[column])
    )


def _labels(source: Source, cells: Path, closed: Collection[str]) -> dict[str, set[str]]:
    """The labels of every closed column, each read from where it lies, without a join."""
    layout, constants = source.layout, source.entry.constants
    labels = {column: {constants[column]} for column in closed if column in constants}
    places = {column: layout.columns[column].rpartition("_") for column in closed if column in layout.columns}
    files = [("", cells), *((f"j{number}", one.table.cells) for number, one in enumerate(layout.lookups))]
    for owner, path in files:
        held = {column: cell for column, (where, _, cell) in places.items() if where == owner}
        texts = parquet.distinct(path, set(held.values()))
        labels |= {column: texts[cell] for column, cell in held.items()}
    return labels


def _fates(source: Source, con: duckdb.DuckDBPyConnection) -> tuple[dict[str, int], frozenset[str]]:
    """Rows of the body by fate, and the dates that an accepted row writes otherwise."""
    counted = con.execute(judge.counts_sql(source)).fetchall()
    held = (judge.OUT_OF_SCOPE, judge.QUARANTINE)
    rewritten = [
        column
        for fate, _, *differ in counted
        for column, differs in zip(judge.dated(source), differ, strict=True)
        if differs and fate not in held
    ]
    return {fate: rows for fate, rows, *_ in counted}, frozenset(rewritten)


def _accept(
    source: Source, job: Job, cells: Path, years: Sequence[str], rewritten: Collection[str]
) -> tuple[str, ...]:
    """Write the accepted rows to a staged file a year; the places of the files below raw/incoming."""
    entry = source.entry
    places = {
        year: f"allegations/{year}/{entry.as_at.isoformat()}/{entry.source_key}.parquet" for year in years
    }
    for place in places.values():
        (job.staging / place).parent.mkdir(parents=True, exist_ok=True)
    if places:
        origin = judge.origin(source, rewritten)
        targets = {year: job.staging / place for year, place in places.items()}
        write_accepted(job.con, judge.accepted_sql(source, origin), origin, cells, targets)
    return tuple(places.values())


def _quarantine(source: Source, job: Job, unreadable: tuple[Unreadable, ...], judged: bool) -> Path | None:
    """Write the quarantine file of the entry: unreadable rows, and judged ones with their reasons."""
    if not (unreadable or judged):
        return None
    path = job.staging / "quarantine" / f"{source.entry.source_key}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    job.con.register("unreadable", _unreadable_rows(source, unreadable))
    queries = [f"SELECT {', '.join(QUARANTINE_TYPES)} FROM unreadable"]
    if judged:
        queries.append(judge.quarantined_sql(source))
    rows = f"{' UNION ALL '.join(queries)} ORDER BY source_row, source_part"
    job.con.execute(f"COPY ({rows}) TO {literal(str(path))} (FORMAT parquet)")
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
            "missing_columns": sorted(entry.missing),
            "source_part": 1,
            "reason_code": UNREADABLE_ROW,
            "reason": row.reason,
            "remedy": remedy,
        }
        for row in rows
    ]
    return pa.Table.from_pylist(found, schema=parquet.arrow_schema(QUARANTINE_TYPES))


def _years(staging: Path, outputs: tuple[str, ...]) -> dict[int, int]:
    rows = {place.split("/")[1]: parquet.rows_in(staging / place) for place in outputs}
    return {int(year): count for year, count in rows.items() if year.isdigit()}
