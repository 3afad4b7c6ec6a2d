"""The columns of a raw allegation: those of a yearly extract, then where each row came from."""

EXTRACT = (
    "case_ref",
    "case_type",
    "allegation_ref",
    "officer_key",
    "staff_type",
    "rank_band",
    "sex",
    "known_date",
    "recorded_date",
    "allegation_type",
    "da_flag",
    "severity",
    "result",
    "action",
    "sanction",
    "proceedings_type",
    "outcome_date",
    "left_date",
    "exit_route",
    "investigating_force",
    "as_at_date",
)
DATES = ("known_date", "recorded_date", "outcome_date", "left_date")
OUTCOMES = ("result", "action", "sanction")
FROM_ENTRY = ("as_at_date",)
"""Extract columns that the source entry fills, never a heading of the file."""
MAPPABLE = tuple(column for column in EXTRACT if column not in FROM_ENTRY)

PROVENANCE = {
    "rest": "VARCHAR",
    "source_file": "VARCHAR",
    "source_sheet": "VARCHAR",
    "source_row": "BIGINT",
    "source_part": "INTEGER",
    "source_column": "VARCHAR",
    "source_sha256": "VARCHAR",
    "source_reference": "VARCHAR",
    "loaded_at": "TIMESTAMP",
    "vocabulary": "VARCHAR",
    "force": "VARCHAR",
    "scope": "VARCHAR",
    "population": "VARCHAR",
    "year": "INTEGER",
    "exclusion": "VARCHAR",
    "missing_columns": "VARCHAR[]",
}
RAW_TYPES = {**dict.fromkeys(EXTRACT, "VARCHAR"), **PROVENANCE}
"""Name and DuckDB type of every column of an accepted Parquet file, in order."""
QUARANTINE_TYPES = {**RAW_TYPES, "reason_code": "VARCHAR", "reason": "VARCHAR", "remedy": "VARCHAR"}
