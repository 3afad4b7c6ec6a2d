"""What the written Parquet files of one source hold: exclusions, labels, and the findings to report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest import parquet
from ingest.codelists import normal
from ingest.findings import Finding, Severity
from ingest.headings import position
from ingest.landing import SourceEntry
from ingest.sql import literal

SETTLED_AS = {"most_severe": "most_severe", "split": "split_outcomes"}
"""The code of the finding, by what the entry says about several outcomes in a cell."""
NAMED_ROWS = 20
"""So many rows a reason are named one by one; the rest are in the Parquet files."""


def read_sql(files: Sequence[Path]) -> str:
    """SQL for the rows of Parquet files, at least one."""
    return f"read_parquet([{', '.join(literal(str(path)) for path in files)}])"


def labels(files: Sequence[Path], columns: Collection[str]) -> list[tuple[str, str]]:
    """Every distinct (column, label) of Parquet files, in order."""
    found = [parquet.distinct(path, columns) for path in files]
    return sorted({(column, label) for one in found for column, texts in one.items() for label in texts})


@dataclass(frozen=True)
class Accepted:
    """The accepted files of one source, perhaps none."""

    con: duckdb.DuckDBPyConnection
    files: tuple[Path, ...]

    @property
    def rows(self) -> int:
        """How many rows they hold."""
        return sum(parquet.rows_in(path) for path in self.files)

    def excluded(self) -> dict[str, int]:
        """Rows kept out of the facts, by reason."""
        if not self.files:
            return {}
        query = (
            f"SELECT exclusion, count(*) FROM {read_sql(self.files)} WHERE exclusion IS NOT NULL GROUP BY 1"
        )
        return dict(sorted(self.con.execute(query).fetchall()))

    def known_labels(self, closed: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
        """Those labels of closed columns that a code list knows."""
        found = labels(self.files, closed)
        return tuple((column, label) for column, label in found if normal(label) in closed[column])

    def findings(self, entry: SourceEntry, settled: Sequence[str]) -> list[Finding]:
        """Rows left out of the facts, rows without an officer, and cells with one outcome of several.

        `settled` are the columns with such cells.
        """
        if not self.files:
            return []
        years = [self._without_years(entry)] if entry.years.first is None else []
        reason = (
            "CASE exclusion WHEN 'placeholder' THEN officer_key || ' is a declared placeholder' "
            "WHEN 'superseded' THEN 'the allegation ' || to_json(allegation_ref) || ' against the same "
            f"officer stands in another row too, and the {entry.same_key} row holds as declared' "
            "ELSE 'the row repeats an earlier row, cell by cell' END"
        )
        remedy = "'kept in raw, left out of the facts: nothing to do unless this is wrong'"
        query = (
            f"SELECT exclusion, source_row, {reason}, {remedy} FROM {read_sql(self.files)} "
            f"WHERE exclusion IS NOT NULL"
        )
        more = "all of them have exclusion set in raw/accepted"
        found = _named(self.con, entry, "info", query, more) if self.excluded() else []
        return [
            *years,
            *found,
            *self._repeated(entry),
            *self._without_officer(entry),
            *self._there_all_the_same(entry),
            *(finding for column in settled for finding in self._settled(entry, column)),
        ]

    def _without_years(self, entry: SourceEntry) -> Finding:
        """What a file without years can be counted by: the case and the subject in it, and nothing else."""
        known = "FILTER (exclusion IS NULL)"
        query = (
            f"SELECT count(*), count(DISTINCT case_ref), count(DISTINCT officer_key) {known}, "
            f"count(DISTINCT (case_ref, officer_key)) {known} FROM {read_sql(self.files)}"
        )
        rows, cases, subjects, pairs = self.con.execute(query).fetchall()[0]
        message = (
            f"no years: {rows} rows, {cases} cases, and without placeholders {subjects} subjects, "
            f"{pairs} subjects in a case"
        )
        remedy = "no table by year can be made of it: ask the sender for the date of each allegation"
        return Finding("info", "no_years", entry.name, None, message, remedy)

    def _settled(self, entry: SourceEntry, column: str) -> list[Finding]:
        """Rows of which a cell held several outcomes: the most severe was taken, or each became a record."""
        found = f"json_extract_string(rest, '$.{column}__as_found')"
        code = SETTLED_AS[entry.several_outcomes]
        query = (
            f"SELECT '{code}', source_row, '{column} holds several outcomes: ' || to_json({found}) || "
            f"', taken as ' || to_json({column}), 'nothing to do: as declared in several_outcomes' "
            f"FROM {read_sql(self.files)} WHERE {found} IS NOT NULL"
        )
        return _named(self.con, entry, "info", query, "rest has the text as found in raw/accepted")

    def _repeated(self, entry: SourceEntry) -> list[Finding]:
        """Rows with the reference and officer of an earlier row but other content: which holds is open."""
        if entry.allegation_ref == "row":
            return []
        rows = f"FROM {read_sql(self.files)} WHERE exclusion IS NULL"
        key = "hash(allegation_ref, officer_key)"
        earlier = "lag(source_row) OVER (PARTITION BY allegation_ref, officer_key ORDER BY source_row)"
        query = (
            f"SELECT 'repeated_reference', source_row, 'the allegation ' || to_json(allegation_ref) || "
            f"' of row ' || earlier || ' again, with other content', 'send one row an allegation against an "
            f"officer, join more headings in allegation_ref or declare same_key; until then both count' "
            f"FROM (SELECT source_row, allegation_ref, {earlier} AS earlier {rows} AND {key} IN "
            f"(SELECT {key} {rows} GROUP BY 1 HAVING count(*) > 1)) WHERE earlier IS NOT NULL"
        )
        return _named(self.con, entry, "warning", query, "the Parquet files in raw/accepted have them all")

    def _there_all_the_same(self, entry: SourceEntry) -> list[Finding]:
        """Columns that are declared missing, or constant, though the file has a heading of that very name."""
        some = f"(SELECT rest FROM {read_sql(self.files)} LIMIT {NAMED_ROWS})"
        query = f"SELECT DISTINCT unnest(json_keys(rest)) FROM {some} ORDER BY 1"
        headings = [str(name) for (name,) in self.con.execute(query).fetchall()]
        places = dict.fromkeys(entry.missing, "missing")
        places |= dict.fromkeys(entry.constants, "[source.constants]")
        there = {column: at for column in places if (at := position(column, headings)) is not None}
        return [
            Finding(
                "warning", "heading_unused", entry.name, None,
                f"the file has the heading {headings[at]!r}, yet {column} stands in {places[column]}",
                f"in sources.toml take {column} out of {places[column]}, unless the file's own is not meant",
            )
            for column, at in there.items()
        ]  # fmt: skip

    def _without_officer(self, entry: SourceEntry) -> list[Finding]:
        lacking = "officer_key IS NULL AND exclusion IS NULL"
        query = f"SELECT min(source_row) FROM {read_sql(self.files)} WHERE {lacking}"
        row = next((found[0] for found in self.con.execute(query).fetchall()), None)
        if row is None:
            return []
        everywhere = "officer_key" in entry.missing
        message = "the file has no officer id" if everywhere else "rows have no officer id, this one first"
        remedy = "nothing to do: the row counts as an allegation, its officer cannot be counted"
        return [
            Finding("info", "officer_id_missing", entry.name, None if everywhere else row, message, remedy)
        ]


def quarantine_findings(
    con: duckdb.DuckDBPyConnection, entry: SourceEntry, path: Path | None
) -> list[Finding]:
    """Every quarantined row with its reason and remedy."""
    if path is None:
        return []
    query = f"SELECT reason_code, source_row, reason, remedy FROM {read_sql([path])}"
    return _named(con, entry, "quarantine", query, f"all of them are in raw/quarantine/{path.name}")


def _named(
    con: duckdb.DuckDBPyConnection, entry: SourceEntry, severity: Severity, query: str, more: str
) -> list[Finding]:
    """The first rows of each code one by one, then that there are more."""
    ranked = (
        f"SELECT *, row_number() OVER (PARTITION BY code ORDER BY source_row) AS place "
        f"FROM ({query}) AS q(code, source_row, reason, remedy)"
    )
    shown = f"SELECT * FROM ({ranked}) WHERE place <= {NAMED_ROWS + 1} ORDER BY code, source_row"
    return [
        Finding(severity, code, entry.name, row, reason, remedy)
        if place <= NAMED_ROWS
        else Finding(severity, code, entry.name, None, f"more rows like these: {more}", remedy)
        for code, row, reason, remedy, place in con.execute(shown).fetchall()
    ]
