"""How each year's file was laid out: the drift that a real run of yearly extracts shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CANONICAL = (
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

PLAIN = {
    "case_ref": "Case Ref",
    "case_type": "Case Type",
    "allegation_ref": "Allegation Ref",
    "officer_key": "Subject Ref",
    "staff_type": "Staff Type",
    "rank_band": "Rank",
    "sex": "Gender",
    "known_date": "Date Known",
    "recorded_date": "Date Recorded",
    "allegation_type": "Allegation Type",
    "da_flag": "DA Flag",
    "severity": "Severity",
    "result": "Result",
    "action": "Action",
    "sanction": "Sanction",
    "proceedings_type": "Proceedings",
    "outcome_date": "Date Finalised",
    "left_date": "Date Left",
    "exit_route": "Leaver Type",
    "investigating_force": "Investigating Force",
    "as_at_date": "As At",
}

SECOND = PLAIN | {
    "officer_key": "Officer ID",
    "sex": "Sex",
    "result": "Outcome",
    "recorded_date": "Recorded",
    "known_date": "Known to force",
    "outcome_date": "Outcome date",
    "allegation_type": "Allegation category",
}

THIRD = SECOND | {
    "allegation_ref": "Allegation No",
    "proceedings_type": "Type of proceedings",
    "exit_route": "Exit route",
    "left_date": "Leaving date",
    "da_flag": "Domestic abuse",
    "rank_band": "Rank or grade",
}

SHORT = {"male": "M", "female": "F"}
UPPER = {"male": "MALE", "female": "FEMALE"}
TITLE = {"male": "Male", "female": "Female"}


@dataclass(frozen=True)
class Layout:
    """One file: name, headings by canonical column, and everything that is peculiar to it."""

    file: str
    headings: Mapping[str, str]
    missing: tuple[str, ...] = ()
    date_format: str = "%d/%m/%Y"
    real_dates: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = "Data"
    sexes: Mapping[str, str] = field(default_factory=lambda: TITLE)
    notes: tuple[str, ...] = ()
    total_after: int | None = None
    remark: str = ""
    untidy: bool = False
    repeated_row: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Canonical columns present, in file order."""
        return tuple(name for name in CANONICAL if name not in self.missing)


NOTES = ("Allegations recorded in the year, officers and special constables", "Synthetic example data")

LAYOUTS: Mapping[int, Layout] = {
    2010: Layout(
        "allegations_2010.csv",
        PLAIN,
        missing=("action", "da_flag", "investigating_force", "as_at_date"),
        encoding="cp1252",
        notes=NOTES,
        total_after=42,
        remark="Paper file – été register",
    ),
    2011: Layout(
        "allegations_2011.csv",
        PLAIN | {"sex": "Sex"},
        missing=("action", "known_date", "investigating_force", "as_at_date"),
        date_format="%d-%b-%Y",
        sexes=SHORT,
    ),
    2012: Layout(
        "allegations_2012.csv",
        PLAIN,
        missing=("investigating_force", "as_at_date"),
        delimiter=";",
        sexes=SHORT,
    ),
    2013: Layout(
        "allegations_2013.csv",
        PLAIN | {"sex": "Sex", "officer_key": "Officer ID"},
        missing=("as_at_date",),
        encoding="utf-8-sig",
        untidy=True,
        repeated_row=17,
    ),
    2014: Layout(
        "allegations_2014.xlsx",
        SECOND,
        missing=("as_at_date",),
        real_dates=True,
        sheet="Allegations",
        notes=NOTES,
        total_after=59,
    ),
    2015: Layout("allegations_2015.ods", SECOND, missing=("as_at_date",), sheet="2015"),
    2016: Layout(
        "allegations_2016.csv",
        SECOND | {"sex": "Gender"},
        date_format="%Y-%m-%d",
        sexes=UPPER,
        total_after=34,
    ),
    2017: Layout("allegations_2017.xlsx", SECOND, missing=("as_at_date",), sheet="2017"),
    2018: Layout("allegations_2018.csv", THIRD, date_format="%Y-%m-%d", untidy=True),
    2019: Layout("allegations_2019.ods", THIRD, real_dates=True, sheet="Extract", notes=NOTES),
    2020: Layout("allegations_2020.csv", THIRD, date_format="%d-%b-%Y", sexes=SHORT),
}
