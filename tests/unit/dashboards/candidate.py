"""A hand-made protected folder: the publication that the example data is known to stand with.

The counts are those of the example data; what is withheld is what protection withholds there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FORCE, SCOPE, POPULATION = "Metropolitan Police Service", "domestic abuse", "officers and special constables"
YEARS = range(2010, 2021)
BANDS = ((2010, 2013), (2014, 2016), (2017, 2020))
ALLEGATIONS = dict(zip(YEARS, (42, 45, 50, 54, 59, 65, 71, 78, 84, 93, 106), strict=True))
MEN = dict(zip(YEARS, (37, 39, 43, 46, 51, 56, 61, 66, 71, 79, 91), strict=True))
OFFICERS = dict(zip(YEARS, (39, 41, 46, 49, 54, 59, 64, 73, 79, 87, 99), strict=True))
PATHS: dict[str, tuple[int, ...]] = {
    "no_action": (30, 32, 36, 40, 44, 51, 56, 61, 64, 69, 71),
    "formal": (3, 3, 4, 4, 4, 5, 5, 7, 5, 4, 3),
    "informal": (6, 6, 6, 6, 6, 6, 6, 4, 4, 3, 3),
    "left_before_outcome": (3, 4, 4, 4, 5, 2, 2, 2, 2, 1, 1),
    "live": (0, 0, 0, 0, 0, 1, 2, 4, 9, 16, 28),
    "not_investigated": (0,) * 11,
    "not_known": (0,) * 11,
}
WITHIN = {
    "sanctions_by_year": {"action_path": "formal"},
    "sanctions_in_detail": {"action_path": "formal"},
    "would_have_been_dismissed_by_year": {"action_path": "formal", "sanction": "would_have_been_dismissed"},
}
WITHHELD = {"live": "s.31(1)(a)", "left_before_outcome": "s.40(2)"}
WHY = "withheld to protect confidentiality"
BREAK_YEARS = (2012, 2017, 2020)
LABELS = {
    "no_action": ("No action", "No case to answer, or no further action."),
    "formal": ("Formal action", "The allegation went to misconduct proceedings, whatever came of them."),
    "informal": ("Informal action", "Management action, reflective practice or local resolution."),
    "left_before_outcome": (
        "Left before an outcome",
        "The officer retired or resigned with no finding made.",
    ),
    "live": ("Live", "Still being considered on the as-at date."),
    "not_investigated": ("Not investigated", "Withdrawn, discontinued, dispensed with or disapplied."),
    "not_known": ("Not known", "The extract does not say."),
    "male": ("Men", ""),
    "female": ("Women", ""),
    "unknown": ("Sex not known", ""),
    "dismissed_or_left": ("Dismissed, would have been dismissed, or left before a finding", ""),
    "warning_or_other": ("Warning, advice or other sanction", ""),
    "not_proven_or_none": ("Not proven, or no sanction", ""),
    "dismissal_without_notice": ("Dismissal without notice", ""),
    "final_written_warning": ("Final written warning", ""),
    "not_proven": ("Not proven", "Proceedings were held and the allegation was not proven."),
    "would_have_been_dismissed": ("Would have been dismissed", "A finding against a former officer."),
    "left_before_finding": ("Left before a finding", "The officer left once proceedings had been ordered."),
    "none": ("No sanction", "Misconduct was found, with no further action."),
    "yes": ("Faced proceedings", "A misconduct meeting or hearing was held or ordered."),
    "no": ("No proceedings", ""),
}
DIMENSIONS = {
    "officer_sex": "Sex of officer",
    "action_path": "Outcome",
    "sanction": "Sanction",
    "has_proceedings": "Proceedings",
}


def cell_key(unit: str, span: tuple[int, int], codes: Mapping[str, str]) -> str:
    """The canonical key of a cell."""
    time = str(span[0]) if span[0] == span[1] else f"{span[0]}-{span[1]}"
    parts = [f"{name}={code}" for name, code in sorted(codes.items()) if code != "Total"]
    return "|".join(
        [
            f"force={FORCE}|scope={SCOPE}|population={POPULATION}|as_at=2021-06-30",
            f"unit={unit}|time=recorded:{time}",
            *parts,
        ]
    )


def row(
    table_id: str,
    unit: str,
    span: tuple[int, int],
    codes: Mapping[str, str],
    value: int | None,
    marker: str | None = None,
    reason: str = "",
    exemption: str = "",
) -> dict[str, Any]:
    """One long row."""
    return {
        "table_id": table_id,
        "force": FORCE,
        "scope": SCOPE,
        "population": POPULATION,
        "unit": unit,
        "time_basis": "recorded",
        "as_at": "2021-06-30",
        "year_from": span[0],
        "year_to": span[1],
        **codes,
        "measure": f"n_{unit}",
        "value": value,
        "marker": marker,
        "notes": "b" if marker is None and any(span[0] <= y <= span[1] for y in BREAK_YEARS) else "",
        "reason": reason,
        "exemption": exemption,
        "cell": cell_key(unit, span, WITHIN.get(table_id, {}) | dict(codes)),
    }


def table(
    table_id: str,
    title: str,
    unit: str,
    dimension: str | None,
    codes: Sequence[str],
    rows: list[dict[str, Any]],
) -> dict[str, Any]:
    """One table with its dimensions."""
    time = {"name": "recorded_year", "label": "Year recorded", "kind": "time", "levels": ["leaves", "total"]}
    dimensions: list[dict[str, Any]] = [time]
    if dimension is not None:
        categories = [
            dict(zip(("code", "label", "definition"), (code, *LABELS[code]), strict=True)) for code in codes
        ]
        dimensions.append(
            {
                "name": dimension,
                "label": DIMENSIONS[dimension],
                "kind": "category",
                "definition": "",
                "total": "Total",
                "categories": categories,
            }
        )
    return {
        "table_id": table_id,
        "title": title,
        "description": "",
        "unit": unit,
        "time_basis": "recorded",
        "as_at": "2021-06-30",
        "measures": [f"n_{unit}"],
        "within": [
            {
                "name": name,
                "dimension": DIMENSIONS[name],
                "code": code,
                "label": LABELS[code][0],
                "definition": "",
            }
            for name, code in sorted(WITHIN.get(table_id, {}).items())
        ],
        "dimensions": dimensions,
        "rows": rows,
    }


def spread(
    table_id: str, unit: str, dimension: str, counts: Mapping[tuple[int, int], Mapping[str, int]]
) -> list[dict[str, Any]]:
    """The rows of a table from the counts by period and category, totals added."""
    return [
        row(table_id, unit, span, {dimension: code}, value)
        for span, by_code in counts.items()
        for code, value in {**by_code, "Total": sum(by_code.values())}.items()
    ]


def sexes() -> list[dict[str, Any]]:
    """Allegations and officers by year and sex."""
    by_year = {(y, y): {"male": MEN[y], "female": ALLEGATIONS[y] - MEN[y], "unknown": 0} for y in YEARS}
    by_year[2010, 2020] = {
        code: sum(c[code] for c in by_year.values()) for code in ("male", "female", "unknown")
    }
    women = {y: ALLEGATIONS[y] - MEN[y] for y in YEARS}
    officers = {(y, y): {"male": OFFICERS[y] - women[y], "female": women[y], "unknown": 0} for y in YEARS}
    codes = ("male", "female", "unknown")
    return [
        table(
            "allegations_by_year",
            "How many allegations were recorded?",
            "allegations",
            "officer_sex",
            codes,
            spread("allegations_by_year", "allegations", "officer_sex", by_year),
        ),
        table(
            "officers_by_year",
            "How many officers were accused?",
            "officers",
            "officer_sex",
            codes,
            spread("officers_by_year", "officers", "officer_sex", officers),
        ),
    ]


def in_band(counts: Sequence[int], band: tuple[int, int]) -> int:
    """The sum of yearly counts over a band."""
    return sum(n for year, n in zip(YEARS, counts, strict=True) if band[0] <= year <= band[1])


def outcomes() -> list[dict[str, Any]]:
    """Outcome paths and proceedings by band."""
    spans = (*BANDS, (2010, 2020))
    rows = spread(
        "outcomes_by_year",
        "allegations",
        "action_path",
        {span: {path: in_band(n, span) for path, n in PATHS.items()} for span in spans},
    )
    for item in rows:
        span, path = (item["year_from"], item["year_to"]), item["action_path"]
        if path in WITHHELD and span in ((2014, 2016), (2010, 2020)):
            item.update(value=None, marker="c", notes="", reason=WHY, exemption=WITHHELD[path])
        elif span == (2017, 2020) and path in (
            "no_action",
            "formal",
            "informal",
            "left_before_outcome",
            "Total",
        ):
            item.update(reason="already public", exemption="s.21")
    faced = {span: in_band(PATHS["formal"], span) for span in spans}
    proceedings = {
        span: {"yes": n, "no": in_band(tuple(ALLEGATIONS.values()), span) - n} for span, n in faced.items()
    }
    return [
        table(
            "outcomes_by_year",
            "What happened to the allegations?",
            "allegations",
            "action_path",
            tuple(PATHS),
            rows,
        ),
        table(
            "proceedings_by_year",
            "How many allegations led to proceedings?",
            "allegations",
            "has_proceedings",
            ("yes", "no"),
            spread("proceedings_by_year", "allegations", "has_proceedings", proceedings),
        ),
    ]


def sanctions() -> list[dict[str, Any]]:
    """Sanctions within formal action, merged and in detail."""
    merged = {
        (2010, 2016): {"dismissed_or_left": 10, "warning_or_other": 10, "not_proven_or_none": 8},
        (2017, 2020): {"dismissed_or_left": 9, "warning_or_other": 5, "not_proven_or_none": 5},
        (2010, 2020): {"dismissed_or_left": 19, "warning_or_other": 15, "not_proven_or_none": 13},
    }
    detail = {
        "dismissal_without_notice": 5,
        "final_written_warning": 5,
        "not_proven": 4,
        "would_have_been_dismissed": 2,
        "left_before_finding": 2,
        "none": 1,
    }
    fine = [
        row(
            "sanctions_in_detail",
            "allegations",
            (2017, 2020),
            {"sanction": code},
            n,
            reason="already public",
            exemption="s.21",
        )
        for code, n in {**detail, "Total": 19}.items()
    ]
    return [
        table(
            "sanctions_by_year",
            "What did formal action lead to?",
            "allegations",
            "sanction",
            tuple(merged[2010, 2020]),
            spread("sanctions_by_year", "allegations", "sanction", merged),
        ),
        table(
            "sanctions_in_detail",
            "What did formal action lead to, in detail?",
            "allegations",
            "sanction",
            tuple(detail),
            fine,
        ),
    ]


def former() -> dict[str, Any]:
    """Would have been dismissed, by year."""
    table_id = "would_have_been_dismissed_by_year"
    rows = []
    for year in YEARS:
        span = (year, year)
        if year < 2012:
            rows.append(
                row(table_id, "allegations", span, {}, None, "z", "not possible under the rules of the time")
            )
        elif year < 2017:
            rows.append(row(table_id, "allegations", span, {}, None, "c", WHY, "s.40(2)"))
        else:
            rows.append(
                row(
                    table_id,
                    "allegations",
                    span,
                    {},
                    2 if year == 2017 else 0,
                    None,
                    "already public",
                    "s.21",
                )
            )
    return table(table_id, "How many would have been dismissed?", "allegations", None, (), rows)


def protected() -> dict[str, Any]:
    """The whole content of `protected.json`."""
    ordered = [*sexes(), *outcomes(), *sanctions(), former()]
    return {
        "version": 1,
        "header": {
            "force": FORCE,
            "scope": SCOPE,
            "population": POPULATION,
            "as_at": "2021-06-30",
            "year_from": 2010,
            "year_to": 2020,
            "synthetic": True,
            "vocabulary": "mps",
            "policy_version": "1",
            "policy_sha256": "0" * 64,
            "threshold": 5,
        },
        "tables": ordered,
        "dropped": [],
        "breaks": [
            {"on": "2012-11-22", "label": "Conduct Regulations 2012", "note": "Outcomes are named anew."},
            {
                "on": "2017-12-15",
                "label": "Former officers",
                "note": "Officers who left can be found against.",
            },
            {
                "on": "2020-02-01",
                "label": "Conduct Regulations 2020",
                "note": "Management advice is abolished.",
            },
        ],
        "register": [
            {
                "wording": "326 officers",
                "source": "S02",
                "source_ref": "S02",
                "year_from": 2017,
                "year_to": 2020,
                "value": 326,
            }
        ],
        "published_figures": [
            published("S01", "allegations", "formal action by sanction", "would have been dismissed", "2"),
            published("S01", "officers would have been dismissed", "exit route", "retired", "1"),
            published("S02", "domestic abuse allegations", "total", "all", "361"),
            published("S02", "people reported", "total", "all", "1319") | {"force": "41 forces"},
            published("S03", "referrals", "total", "all", "7") | {"period_start_year": ""},
        ],
    }


def published(ref: str, measure: str, breakdown: str, category: str, value: str) -> dict[str, str]:
    """One figure that was public before."""
    return {
        "source_ref": ref,
        "source_title": "An answer to a request",
        "publisher": "The force",
        "period_start_year": "2017",
        "period_end_year": "2020",
        "force": FORCE,
        "population": POPULATION,
        "measure": measure,
        "breakdown": breakdown,
        "category": category,
        "value": value,
        "unit": "allegations",
    }


def write(folder: Path, content: Mapping[str, Any] | None = None) -> Path:
    """Write the folder as protection leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {
        "protected": content or protected(),
        "tables": [],
        "system": {"version": 1, "cells": []},
        "certificate": {"version": 1},
        "history": [],
    }
    for name, value in files.items():
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}.json").write_bytes(text.encode())
    return folder
