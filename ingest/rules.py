"""Rows that break a rule of the regulations, as far as the file alone tells: for `misconduct check`.

The warehouse finds the same on its own when it is built; here nothing is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from ingest.canonical import DATES, OUTCOMES
from ingest.codelists import (
    ANY,
    OUTCOME_SEED,
    REGIME_SEED,
    VALUE_SEED,
    CodeLists,
    SeedRow,
    normal,
    normal_sql,
)
from ingest.dated import Dated, dated_labels, day_of, out_of_date, words
from ingest.summary import read_sql

RULES = {
    "R1": "would have been dismissed needs outcome and leaving from 15 December 2017, knowledge after "
    "21 November 2012, and gross misconduct",
    "R2": "reflective practice is of the regulations of 2020",
    "R3": "management action, management advice and dismissal with notice are of the regulations of 2008 "
    "and 2012",
    "R4": "a misconduct meeting neither dismisses nor reduces in rank",
    "R5": "leaving under gross misconduct between 12 January 2015 and 14 December 2017 needed consent",
    "R7": "an outcome comes after the record, and a live case has none",
    "R8": "the label is not of the regulations that hold for the matter",
    "R9": "the code list does not have the label on the day that counts",
    "R10": "no day is later than the day that the extract is as at",
}
"""What each rule says. R6 is about our own sums, and cannot be broken by a file."""
HEARING_ONLY = (
    "dismissal_with_notice",
    "dismissal_without_notice",
    "would_have_been_dismissed",
    "reduction_in_rank",
)
CODED = ("severity", "proceedings_type", "exit_route")

SLIP = "nothing to do, or ask the sender if it is a slip"
REMEDIES = {"R10": "correct as_at in sources.toml if the extract is of a later day, else ask the sender"}
"""What to do about a breach, where it may be the entry's fault and not the row's."""


class Breach(NamedTuple):
    """One rule broken by one row: what identifies the allegation, where it is, what more there is to say."""

    rule: str
    allegation_ref: str
    officer_key: str | None
    row: int
    details: str


def breaches(files: Sequence[Path], code_lists: CodeLists, vocabulary: str) -> tuple[Breach, ...]:
    """Every breach in accepted Parquet files, by rule and row."""
    if not files:
        return ()
    with duckdb.connect(config={"threads": 1}) as con:
        _tables(con, code_lists, vocabulary)
        late = _late(dated_labels(code_lists, vocabulary))
        query = (
            f"SELECT DISTINCT rule, allegation_ref, officer_key, source_row, "
            f"CASE rule WHEN 'R9' THEN late WHEN 'R10' THEN {_to_come()} ELSE '' END FROM "
            f"(SELECT *, unnest({_broken()}) AS rule FROM (SELECT *, {late} AS late FROM ({_coded(files)}))) "
            f"WHERE rule IN (SELECT unnest(?)) ORDER BY rule, source_row"
        )
        return tuple(Breach(*row) for row in con.execute(query, [list(RULES)]).fetchall())


def _tables(con: duckdb.DuckDBPyConnection, code_lists: CodeLists, vocabulary: str) -> None:
    """The code lists of a vocabulary as tables: outcomes by regime, codes of other labels, regimes."""
    ours = (vocabulary, ANY)
    outcomes = [row for row in code_lists.rows.get(OUTCOME_SEED, ()) if row["vocabulary"] in ours]
    values = [row for row in code_lists.rows.get(VALUE_SEED, ()) if row["vocabulary"] in ours]
    _table(con, "outcomes", outcomes, ("label", "regime", "action_path", "sanction", "rule"))
    _table(con, "codes", values, ("column_name", "label", "code"))
    _table(con, "regimes", code_lists.rows.get(REGIME_SEED, ()), ("regime", "valid_from", "valid_to"))


def _table(
    con: duckdb.DuckDBPyConnection, name: str, rows: Iterable[SeedRow], columns: Sequence[str]
) -> None:
    found = [{column: _cell(row, column) for column in columns} for row in rows]
    schema = pa.schema(dict.fromkeys(columns, pa.string()))
    con.register("seed", pa.Table.from_pylist(found, schema=schema))
    con.execute(f"CREATE TABLE {name} AS SELECT DISTINCT * FROM seed")
    con.unregister("seed")


def _cell(row: Mapping[str, str], column: str) -> str | None:
    text = row.get(column, "")
    return (normal(text) if column == "label" else text) or None


def _late(dated: Dated) -> str:
    """SQL: what is to be said of labels of a row that their lists do not have on its day, or nothing."""
    told = [
        f"CASE WHEN {out_of_date(column, day, labels)} THEN {words(column, day, labels)} END"
        for column, labels in dated.items()
        for day in [day_of(column, "_on")]
    ]
    return f"concat_ws('; ', {', '.join([*told, 'NULL'])})"


def _day(column: str) -> str:
    """Where a date stands as a day: `left_date` as `left_on`."""
    return f"{column.removesuffix('_date')}_on"


def _to_come() -> str:
    """SQL: the days of a row that had not come on the day of its extract, in words."""
    told = [f"CASE WHEN {_day(column)} > as_at_on THEN '{column} ' || {_day(column)} END" for column in DATES]
    return f"concat_ws(', ', {', '.join(told)}) || ', as at ' || as_at_on"


def _coded(files: Sequence[Path]) -> str:
    """Rows with the codes, regime and dates that the rules speak of."""
    code = "SELECT any_value(code) FROM codes WHERE column_name"
    codes = ", ".join(
        f"({code} = '{column}' AND label = {normal_sql(column)}) AS {column}_code" for column in CODED
    )
    dates = ", ".join(f"TRY_CAST({column} AS DATE) AS {_day(column)}" for column in (*DATES, "as_at_date"))
    joins = " ".join(
        f"LEFT JOIN outcomes AS of_{column} ON of_{column}.regime = dated.regime "
        f"AND of_{column}.label = {normal_sql(f'dated.{column}')}"
        for column in OUTCOMES
    )
    found = ", ".join(f"of_{column} AS {column}_means" for column in OUTCOMES)
    regime = (
        "coalesce((SELECT any_value(regime) FROM regimes WHERE coalesce(known_on, recorded_on) BETWEEN "
        "CAST(valid_from AS DATE) AND coalesce(CAST(valid_to AS DATE), DATE '9999-12-31') "
        "AND regime IN (SELECT regime FROM outcomes)), 'none')"
    )
    return (
        f"SELECT dated.*, {found} FROM (SELECT *, {regime} AS regime FROM "
        f"(SELECT *, {dates}, {codes} FROM {read_sql(files)} WHERE exclusion IS NULL)) AS dated {joins}"
    )


def _broken() -> str:
    """SQL of the list of rules that a row breaks, with blanks."""
    chain = [f"{column}_means" for column in reversed(OUTCOMES)]
    path = f"coalesce({', '.join(f'{means}.action_path' for means in chain)})"
    sanctions = f"[{', '.join(f'{means}.sanction' for means in chain)}]"
    hearing = ", ".join(f"'{sanction}'" for sanction in HEARING_ONLY)
    allowed = (
        "coalesce(outcome_on >= DATE '2017-12-15' AND left_on >= DATE '2017-12-15' "
        "AND coalesce(known_on, recorded_on) > DATE '2012-11-21' "
        "AND severity_code = 'gross_misconduct', false)"
    )
    leaving = (
        "severity_code = 'gross_misconduct' AND coalesce(exit_route_code, 'unknown') <> 'dismissed' "
        "AND left_on BETWEEN DATE '2015-01-12' AND DATE '2017-12-14' "
        "AND left_on >= coalesce(known_on, recorded_on) AND left_on <= coalesce(outcome_on, left_on)"
    )
    broken = {
        "R1": f"list_contains({sanctions}, 'would_have_been_dismissed') AND NOT {allowed}",
        "R4": f"proceedings_type_code = 'misconduct_meeting' AND list_has_any({sanctions}, [{hearing}])",
        "R5": leaving,
        "R7": f"outcome_on < recorded_on OR (outcome_on IS NOT NULL AND {path} = 'live')",
        "R9": "late <> ''",
        "R10": f"greatest({', '.join(map(_day, DATES))}) > as_at_on",
    }
    rules = [f"CASE WHEN {test} THEN '{rule}' END" for rule, test in broken.items()]
    return f"list_distinct([{', '.join([*rules, *(f'{means}.rule' for means in chain)])}])"
