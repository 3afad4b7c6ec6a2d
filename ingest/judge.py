"""The SQL that turns cells into allegations and decides, row by row, what becomes of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ingest.bytestream import UNREADABLE
from ingest.canonical import DATES, EXTRACT, MAPPABLE, RAW_TYPES
from ingest.codelists import normal, normal_sql, seed_of
from ingest.dated import Dated, day_of, out_of_date, words
from ingest.dates import date_sql
from ingest.expand import part_sql, row_sql
from ingest.keys import HEADING
from ingest.landing import Landing, SourceEntry
from ingest.layout import Layout, Lookup
from ingest.sql import literal, optional, value
from ingest.table import BODY, ROW

OUT_OF_SCOPE = "out_of_scope"
QUARANTINE = "quarantine"
FATE = "fate"


@dataclass(frozen=True)
class Origin:
    """Where each column of the accepted rows comes from: one value, a cell as it is, or SQL over `typed`.

    `source_row`, `source_part` and `year` are in none: every row has its number, every file its year.
    `parts` is the most records that a row of the sheet stands for.
    """

    constants: Mapping[str, object]
    cells: Mapping[str, str]
    computed: Mapping[str, str]
    parts: int = 1


@dataclass(frozen=True)
class Rule:
    """When a row is quarantined (SQL over `typed`), and what the person is told (SQL text and plain text)."""

    code: str
    broken: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Source:
    """One file about to be judged: its entry and layout, and what was found out about its labels."""

    landing: Landing
    entry: SourceEntry
    layout: Layout
    sha256: str
    undecodable: bool
    now: datetime
    parts: int = 1
    """The most records that a row of the sheet stands for."""
    unknown: tuple[tuple[str, str], ...] = ()
    """Rule and column of labels to quarantine; the temporary table `unknown_labels` has the reasons."""
    repeats: bool = False
    """Whether the temporary table `duplicates` has rows."""
    split: tuple[str, ...] = ()
    """Columns of which a cell with several outcomes became a row for each."""
    settled: tuple[str, ...] = ()
    """Columns with several outcomes in a cell; the temporary table `settled_labels` has which holds."""
    superseded: bool = False
    """Whether the temporary table `superseded` has rows."""
    dated: Dated = field(default_factory=dict)
    """Labels that stand for some days only, where the entry quarantines them on other days."""


def lookup_sql(number: int, lookup: Lookup, path: Path) -> str:
    """One row a key of a lookup file, with how many different rows the key has."""
    keys = [f"{_key(right, lookup)} AS k{index}" for index, (_, right) in enumerate(lookup.pairs)]
    names = [f"k{index}" for index in range(len(keys))]
    taken = "".join(f", any_value({cell}) AS {cell}" for cell in lookup.taken)
    present = " AND ".join(f"{name} IS NOT NULL" for name in names)
    return (
        f"CREATE OR REPLACE TEMP TABLE lookup_{number} AS "
        f"SELECT {', '.join(names)}, count(*) AS matches{taken} "
        f"FROM (SELECT DISTINCT {', '.join([*keys, *lookup.taken])} FROM read_parquet({literal(str(path))})) "
        f"WHERE {present} GROUP BY {', '.join(names)}"
    )


def _key(cell: str, lookup: Lookup) -> str:
    """A key as it is compared; as a number, 279705.0 and 0279705 are 279705."""
    if not lookup.join.on_number:
        return cell
    whole = f"coalesce(nullif(ltrim(split_part({cell}, '.', 1), '0'), ''), '0')"
    return f"CASE WHEN regexp_full_match({cell}, '[0-9]+([.]0*)?') THEN {whole} ELSE {cell} END"


def base_sql(layout: Layout) -> str:
    """The cells of the body with the cells of their lookups beside them."""
    selected = ["cells.*"]
    joins = []
    for number, lookup in enumerate(layout.lookups):
        name = f"lookup_{number}"
        selected += [f"{name}.matches AS j{number}_matches"]
        selected += [f"{name}.{cell} AS j{number}_{cell}" for cell in lookup.taken]
        on = [
            f"{_key(_owned(left), lookup)} = {name}.k{index}" for index, (left, _) in enumerate(lookup.pairs)
        ]
        joins.append(f"LEFT JOIN {name} ON {' AND '.join(on)}")
    return f"SELECT {', '.join(selected)} FROM cells {' '.join(joins)} WHERE {BODY}"


def _owned(cell: str) -> str:
    """A cell of the file, or of a lookup that was joined before: j0_c2 is c2 of lookup_0."""
    if cell.startswith("c"):
        return f"cells.{cell}"
    lookup, _, own = cell.partition("_")
    return f"lookup_{lookup[1:]}.{own}"


def typed_sql(source: Source) -> str:
    """Base cells with every extract column as trimmed text, dates as <column>_on, and the year."""
    entry = source.entry
    texts = [f"{_text(column, source)} AS {column}" for column in EXTRACT]
    days = [
        f"{date_sql(column, entry.date_formats)} AS {column}_on"
        for column in DATES
        if present(column, source)
    ]
    days += [f"NULL::DATE AS {column}_on" for column in DATES if not present(column, source)]
    return (
        f"SELECT *, {_year(source)} AS year FROM (SELECT *, {', '.join(days)} FROM "
        f"(SELECT *, {', '.join(texts)} FROM ({base_sql(source.layout)})))"
    )


def present(column: str, source: Source) -> bool:
    """Whether the file, a lookup or a constant gives the column."""
    return column in source.layout.columns or column in source.entry.constants


def _text(column: str, source: Source) -> str:
    entry, layout = source.entry, source.layout
    if column == "as_at_date":
        return literal(entry.as_at.isoformat())
    if column == "allegation_ref":
        return _reference(source)
    if column in source.settled:
        cell = layout.columns[column]
        known = f"FROM settled_labels AS s WHERE s.column_name = '{column}' AND s.label = {cell}"
        return f"coalesce((SELECT any_value(s.holds) {known}), {cell})"
    if column in layout.columns:
        return layout.columns[column]
    return optional(entry.constants.get(column)) + "::VARCHAR"


def _reference(source: Source) -> str:
    """What identifies the allegation; one of several records of a row has its year or number behind it."""
    plain, suffix = _row_reference(source), source.layout.suffix
    return plain if suffix is None else f"{plain} || coalesce('#' || {suffix}, '')"


def _row_reference(source: Source) -> str:
    """Several cells joined by '/'; the row number stands behind the file's name, which keeps years apart."""
    entry, cells = source.entry, source.layout.reference
    if cells is None:
        mapped = source.layout.columns.get("allegation_ref")
        return mapped or optional(entry.constants.get("allegation_ref")) + "::VARCHAR"
    if not cells:
        return f"{literal(entry.name + ':')} || {row_sql(source.parts)}"
    if len(cells) == 1:
        return cells[0]
    joined = " || '/' || ".join(f"coalesce({text}, '')" for text in cells)
    return f"CASE WHEN coalesce({', '.join(cells)}) IS NOT NULL THEN {joined} END"


def _year(source: Source) -> str:
    entry, column = source.entry, source.entry.year_from
    if entry.years.first is None:
        return "NULL::INTEGER"
    if source.layout.year is not None:
        return _first_year(source.layout.year)
    if column == HEADING:
        return _first_year(f"{source.layout.suffix}")
    if entry.year_pattern is not None:
        return f"TRY_CAST(regexp_extract({column}, {literal(entry.year_pattern)}, 1) AS INTEGER)"
    if column in DATES:
        return f"CAST(year({column}_on) AS INTEGER)"
    return _first_year(column)


def _first_year(text: str) -> str:
    """The first four digits that look like a year; 2017/18 is 2017."""
    return f"TRY_CAST(regexp_extract({text}, '((?:19|20)[0-9][0-9])', 1) AS INTEGER)"


def rules(source: Source) -> tuple[Rule, ...]:
    """Every rule that quarantines a row of this file, the first that applies giving the reason's code."""
    found = [*_decoding(source), *_joining(source.layout)]
    found.append(
        Rule(
            "identity_missing",
            "allegation_ref IS NULL",
            "'the allegation has no identity'",
            'fill the reference at source, or declare allegation_ref (several columns, or "row")',
        )
    )
    found += [_impossible(column) for column in DATES if present(column, source)]
    found += _labels(source.unknown)
    found += [_outside_its_days(column, source.dated) for column in source.dated if present(column, source)]
    return (*found, *_years(source.entry))


def _decoding(source: Source) -> list[Rule]:
    if not source.undecodable:
        return []
    cells = [f"contains(c{number}, {literal(UNREADABLE)})" for number in range(source.layout.width)]
    reason = "'a cell holds bytes that the encoding does not know'"
    return [
        Rule(
            "undecodable", f"({' OR '.join(cells)})", reason, 'set encoding in sources.toml, perhaps "cp1252"'
        )
    ]


def _joining(layout: Layout) -> list[Rule]:
    found = []
    for number, lookup in enumerate(layout.lookups):
        file, matches = lookup.join.read.file, f"j{number}_matches"
        many = f"{literal(f'more than one row of {file} has its key')}"
        found.append(
            Rule("join_ambiguous", f"{matches} > 1", many, "name the columns that you need in the join")
        )
        if lookup.join.expect == "one":
            none = literal(f"no row of {file} has its key")
            remedy = 'correct the key, send the missing row, or set expect = "at_most_one"'
            found.append(Rule("join_missing", f"{matches} IS NULL", none, remedy))
    return found


def _impossible(column: str) -> Rule:
    return Rule(
        "impossible_date",
        f"({column} IS NOT NULL AND {column}_on IS NULL)",
        f"'{column} ' || to_json({column}) || ' is no date by the formats of the entry'",
        "correct the date at source, or add its format to date_formats",
    )


def _labels(unknown: Sequence[tuple[str, str]]) -> list[Rule]:
    found = []
    for code, column in unknown:
        known = f"FROM unknown_labels AS u WHERE u.column_name = '{column}' AND u.code = '{code}'"
        reason = f"(SELECT any_value(u.reason) {known} AND u.label = typed.{column})"
        remedy = f"(SELECT any_value(u.remedy) {known} AND u.label = typed.{column})"
        found.append(Rule(code, f"{column} IN (SELECT u.label {known})", reason, remedy))
    return found


def _outside_its_days(column: str, dated: Dated) -> Rule:
    day = day_of(column, "_date_on")
    remedy = (
        f'correct label or date at source, or the days in {seed_of(column)}; out_of_date = "keep" takes it'
    )
    broken, reason = out_of_date(column, day, dated[column]), words(column, day, dated[column])
    return Rule("label_out_of_date", broken, reason, remedy)


def _years(entry: SourceEntry) -> list[Rule]:
    if entry.years.first is None:
        return []
    column = entry.year_heading or entry.year_from
    absent = f"{column} has no year"
    broken = (
        f"({column} IS NULL OR {column}_on IS NOT NULL) AND year IS NULL"
        if entry.year_heading is None and column in DATES
        else "year IS NULL"
    )
    found = [
        Rule(
            "year_missing", broken, literal(absent), "fill it at source, or name another column in year_from"
        )
    ]
    if entry.years.single:
        outside = f"{literal(f'{column} is of ')} || year || ', the entry declares {entry.years}'"
        remedy = "correct the date, or widen years of the entry if the row belongs there"
        found.append(Rule("year_outside", f"year <> {entry.years.first}", outside, remedy))
    return found


def fate_sql(source: Source) -> str:
    """Where a row goes: 'out_of_scope', 'quarantine', or the folder of its year.

    A row that says that it is not in scope is no matter of ours; one that does not say so may be broken.
    """
    years = source.entry.years
    cases = []
    if years.first is not None and not years.single:
        cases.append(f"WHEN year NOT BETWEEN {years.first} AND {years.last} THEN '{OUT_OF_SCOPE}'")
    broken = " OR ".join(f"coalesce({rule.broken}, false)" for rule in rules(source))
    other, blank = _other_scope(source)
    cases.append(f"WHEN {other} THEN '{OUT_OF_SCOPE}'")
    cases.append(f"WHEN {broken} THEN '{QUARANTINE}'")
    cases.append(f"WHEN {blank} THEN '{OUT_OF_SCOPE}'")
    return f"CASE {' '.join(cases)} ELSE coalesce(year::VARCHAR, 'none') END"


def _other_scope(source: Source) -> tuple[str, str]:
    """Whether a row says that it is not in scope, and whether it does not say that it is."""
    others, blanks = ["false"], ["false"]
    for cell, texts in source.layout.only:
        known = ", ".join(literal(normal(text)) for text in texts)
        others.append(f"coalesce({normal_sql(cell)} NOT IN ({known}), false)")
        blanks.append(f"{cell} IS NULL")
    return f"({' OR '.join(others)})", f"({' OR '.join(blanks)})"


def _provenance(source: Source) -> dict[str, object]:
    """What every row of the file has, beside its number, its year and whether it is excluded."""
    entry, landing = source.entry, source.landing
    return {
        "source_file": entry.read.file,
        "source_sheet": entry.read.sheet,
        "source_sha256": source.sha256,
        "source_reference": entry.reference,
        "loaded_at": source.now,
        "vocabulary": landing.vocabulary,
        "force": landing.force,
        "scope": landing.scope,
        "population": landing.population,
        "missing_columns": tuple(sorted(entry.missing)),
    }


def raw_sql(source: Source) -> str:
    """Select list of a quarantined row, over `typed`."""
    values = {column: _final(column, source) for column in EXTRACT}
    values |= {name: value(held) for name, held in _provenance(source).items()}
    values |= {"rest": _rest(source, DATES), "year": "year", "exclusion": "NULL"}
    values |= {"source_row": row_sql(source.parts), "source_part": part_sql(source.parts)}
    values |= {"source_column": source.layout.mark or "NULL"}
    return ", ".join(f"CAST({values[name]} AS {kind}) AS {name}" for name, kind in RAW_TYPES.items())


def _final(column: str, source: Source) -> str:
    if column in DATES and present(column, source):
        return f"coalesce(CAST({column}_on AS VARCHAR), {column})"
    return column


def origin(source: Source, rewritten: Collection[str]) -> Origin:
    """Where the columns of the accepted rows come from; `rewritten` dates are kept as found in `rest` too.

    A date that is no date is quarantined: in an accepted row the day stands for the text.
    """
    entry, layout = source.entry, source.layout
    constants = {**_provenance(source), "as_at_date": entry.as_at.isoformat()}
    constants |= {column: entry.constants.get(column) for column in MAPPABLE if column not in layout.columns}
    cells = {
        column: cell
        for column, cell in layout.columns.items()
        if cell.startswith("c") and column not in (*DATES, *source.settled)
    }
    if layout.suffix is not None:
        cells.pop("allegation_ref", None)
    if layout.mark is not None:
        cells["source_column"] = layout.mark
    constants |= {} if layout.mark else {"source_column": None}
    computed = {column: column for column in layout.columns if column not in cells}
    computed |= {column: f"{column}_on" for column in DATES if present(column, source)}
    if layout.reference is not None or layout.suffix is not None:
        computed["allegation_ref"] = "allegation_ref"
    computed |= {"rest": _rest(source, rewritten), "exclusion": _exclusion(source)}
    fixed = {"'{}'": "{}", "NULL": None}
    constants |= {name: fixed[sql] for name, sql in computed.items() if sql in fixed}
    computed = {name: sql for name, sql in computed.items() if sql not in fixed}
    return Origin(constants, cells, computed, source.parts)


def _rest(source: Source, rewritten: Collection[str]) -> str:
    """JSON text of the other cells as found, and of dates that were written otherwise; no blank cells."""
    pieces = [_piece(name, _as_found(cell)) for name, cell in source.layout.rest]
    for column in DATES:
        if column in source.layout.columns and column in rewritten:
            found = _as_found(source.layout.columns[column])
            pieces.append(
                _piece(f"{column}__as_found", f"CASE WHEN {_differs(column, source)} THEN {found} END")
            )
    for column in source.settled:
        cell = source.layout.columns[column]
        found = f"CASE WHEN {cell} <> {column} THEN {_as_found(cell)} END"
        pieces.append(_piece(f"{column}__as_found", found))
    for column in source.split:
        cell = source.layout.columns[column]
        found = f"CASE WHEN length(trim(x{cell[1:]})) > length({cell}) THEN x{cell[1:]} END"
        pieces.append(_piece(f"{column}__as_found", found))
    return f"'{{' || concat_ws(',', {', '.join(pieces)}) || '}}'" if pieces else "'{}'"


def _differs(column: str, source: Source) -> str:
    """Whether a date was written otherwise than in ISO form."""
    return f"{_as_found(source.layout.columns[column])} <> CAST({column}_on AS VARCHAR)"


def _piece(name: str, value: str) -> str:
    return f"{literal(json.dumps(name, ensure_ascii=False) + ':')} || to_json({value})"


def _as_found(cell: str) -> str:
    """A cell with the white space that stood around it; a lookup's cells are kept without."""
    return f"coalesce(x{cell[1:]}, {cell})" if cell.startswith("c") else cell


def _exclusion(source: Source) -> str:
    cases = []
    if source.entry.placeholders:
        folded = ", ".join(literal(normal(text)) for text in source.entry.placeholders)
        cases.append(f"WHEN {normal_sql('officer_key')} IN ({folded}) THEN 'placeholder'")
    if source.repeats:
        cases.append(f"WHEN {ROW} IN (SELECT {ROW} FROM duplicates) THEN 'exact_duplicate'")
    if source.superseded:
        cases.append(f"WHEN {ROW} IN (SELECT {ROW} FROM superseded) THEN 'superseded'")
    return f"CASE {' '.join(cases)} END" if cases else "NULL"


def counts_sql(source: Source) -> str:
    """How many rows of the body have each fate, and for each date of the file whether one is rewritten."""
    rewritten = [f"coalesce(bool_or({_differs(column, source)}), false)" for column in dated(source)]
    return (
        f"SELECT {', '.join([f'{fate_sql(source)} AS {FATE}', 'count(*)', *rewritten])} "
        f"FROM ({typed_sql(source)}) AS typed GROUP BY {FATE}"
    )


def dated(source: Source) -> tuple[str, ...]:
    """The dates that the file or a lookup has, in order."""
    return tuple(column for column in DATES if column in source.layout.columns)


def accepted_sql(source: Source, origin: Origin) -> str:
    """The accepted rows with the folder of their year; a join disturbs their order, which is restored."""
    order = f" ORDER BY {ROW}" if source.layout.lookups or source.settled else ""
    computed = "".join(f", {sql} AS {name}" for name, sql in origin.computed.items())
    return (
        f"SELECT {ROW}, {fate_sql(source)} AS {FATE}{computed} FROM ({typed_sql(source)}) AS typed "
        f"WHERE {FATE} NOT IN ('{OUT_OF_SCOPE}', '{QUARANTINE}'){order}"
    )


def superseded_sql(source: Source) -> str:
    """Accepted rows whose allegation and officer stand in another row that holds by the entry's rule.

    Rows left out for another reason, and rows without an officer id, take no part.
    """
    order = "DESC" if source.entry.same_key == "last" else "ASC"
    key = "hash(allegation_ref, officer_key)"
    return (
        f"CREATE OR REPLACE TEMP TABLE superseded AS WITH counted AS ("
        f"SELECT {ROW}, allegation_ref, officer_key, {fate_sql(source)} AS {FATE} "
        f"FROM ({typed_sql(source)}) AS typed "
        f"WHERE {FATE} NOT IN ('{OUT_OF_SCOPE}', '{QUARANTINE}') "
        f"AND officer_key IS NOT NULL AND ({_exclusion(source)}) IS NULL), "
        f"repeated AS (SELECT {key} AS h FROM counted GROUP BY h HAVING count(*) > 1) "
        f"SELECT {ROW} FROM counted WHERE {key} IN (SELECT h FROM repeated) "
        f"QUALIFY row_number() OVER (PARTITION BY allegation_ref, officer_key ORDER BY {ROW} {order}) > 1"
    )


def quarantined_sql(source: Source) -> str:
    """The quarantined rows with code, reasons and remedies in words."""
    found = rules(source)
    codes = " ".join(f"WHEN {rule.broken} THEN '{rule.code}'" for rule in found)
    reasons = ", ".join(f"CASE WHEN {rule.broken} THEN {rule.reason} END" for rule in found)
    remedies = ", ".join(f"CASE WHEN {rule.broken} THEN {_remedy(rule)} END" for rule in found)
    return (
        f"SELECT {raw_sql(source)}, CASE {codes} END AS reason_code, concat_ws('; ', {reasons}) AS reason, "
        f"concat_ws('; ', {remedies}) AS remedy FROM ({typed_sql(source)}) AS typed "
        f"WHERE {fate_sql(source)} = '{QUARANTINE}'"
    )


def _remedy(rule: Rule) -> str:
    return rule.remedy if rule.remedy.startswith("(SELECT") else literal(rule.remedy)


def repeated_sql(width: int) -> str:
    """Hashes that several rows of the body have: the candidates for duplicates."""
    return (
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {_hashed(width)} AS h FROM cells "
        f"WHERE {BODY} GROUP BY h HAVING count(*) > 1"
    )


def duplicates_sql(width: int) -> str:
    """Rows of the body that repeat an earlier row cell by cell: the candidates compared in full."""
    return (
        f"CREATE OR REPLACE TEMP TABLE duplicates AS SELECT {ROW} FROM cells "
        f"WHERE {_hashed(width)} IN (SELECT h FROM repeated) AND {BODY} "
        f"QUALIFY row_number() OVER (PARTITION BY {_cells(width)} ORDER BY {ROW}) > 1"
    )


def _hashed(width: int) -> str:
    return f"hash({_cells(width)})"


def _cells(width: int) -> str:
    return ", ".join(f"c{number}" for number in range(width))
