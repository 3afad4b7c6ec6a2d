"""The example's decade, record by record, from its calibration; and marts counted from records."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from disclosure.publication import Context, Mart, MartRow
from disclosure.publish import Publish


class Record(NamedTuple):
    recorded_year: str
    officer: str
    officer_sex: str
    action_path: str
    sanction: str
    has_proceedings: str


class Year(NamedTuple):
    allegations: int
    officers: int
    no_action: int
    formal: int
    informal: int
    left: int
    live: int
    male: int


YEARS = {
    2010: Year(42, 39, 30, 3, 6, 3, 0, 37),
    2011: Year(45, 41, 32, 3, 6, 4, 0, 39),
    2012: Year(50, 46, 36, 4, 6, 4, 0, 43),
    2013: Year(54, 49, 40, 4, 6, 4, 0, 46),
    2014: Year(59, 54, 44, 4, 6, 5, 0, 51),
    2015: Year(65, 59, 51, 5, 6, 2, 1, 56),
    2016: Year(71, 64, 56, 5, 6, 2, 2, 61),
    2017: Year(78, 73, 61, 7, 4, 2, 4, 66),
    2018: Year(84, 79, 64, 5, 4, 2, 9, 71),
    2019: Year(93, 87, 69, 4, 3, 1, 16, 79),
    2020: Year(106, 99, 71, 3, 3, 1, 28, 91),
}
WBD = "would_have_been_dismissed"
EARLY = [
    *["dismissal_without_notice"] * 6,
    *["left_before_finding"] * 1,
    *["dismissal_with_notice"] * 1,
    *["written_warning"] * 5,
    *["final_written_warning"] * 3,
    "management_advice",
    "reprimand",
    *["not_proven"] * 6,
    *["none"] * 2,
]
EARLY_WBD = {2013: 1, 2015: 1}
LATE = [
    *["dismissal_without_notice"] * 5,
    *["final_written_warning"] * 5,
    *["not_proven"] * 4,
    *["left_before_finding"] * 2,
    "none",
]
REPEATED_MEN, REPEATED_WOMEN = 7, 5

SANCTIONS = [
    "dismissal_without_notice",
    "dismissal_with_notice",
    "requirement_to_resign",
    WBD,
    "left_before_finding",
    "final_written_warning",
    "written_warning",
    "management_advice",
    "reduction_in_rank",
    "fine",
    "reprimand",
    "caution",
    "suspension",
    "other",
    "not_proven",
    "none",
    "not_known",
]
MERGED = {
    "dismissed_or_left": SANCTIONS[:5],
    "warning_or_other": SANCTIONS[5:14],
    "not_proven_or_none": SANCTIONS[14:16],
}
PATHS = ["no_action", "formal", "informal", "left_before_outcome", "live", "not_investigated", "not_known"]
THREE_BANDS = [[2010, 2013], [2014, 2016], [2017, 2020]]

BLOCKS: dict[str, dict[str, Any]] = {
    "allegations_by_year": {
        "title": "Allegations by year",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "officer_sex"],
        "categories": {"officer_sex": ["male", "female", "unknown"]},
    },
    "officers_by_year": {
        "title": "Officers by year",
        "unit": "officers",
        "measures": ["n_officers"],
        "dimensions": ["recorded_year", "officer_sex"],
        "categories": {"officer_sex": ["male", "female", "unknown"]},
        "show": {"recorded_year": ["leaves"]},
    },
    "outcomes_by_year": {
        "title": "Outcomes",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "action_path"],
        "categories": {"action_path": PATHS},
        "bands": {"recorded_year": THREE_BANDS},
        "show": {"recorded_year": ["bands", "total"]},
    },
    "sanctions_by_year": {
        "title": "Sanctions",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "sanction"],
        "categories": {"sanction": SANCTIONS},
        "within": {"action_path": "formal"},
        "bands": {"recorded_year": [[2010, 2016], [2017, 2020]]},
        "merge": {"sanction": MERGED},
        "show": {"recorded_year": ["bands", "total"], "sanction": ["merge", "total"]},
    },
    "sanctions_in_detail": {
        "title": "Sanctions in detail",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "sanction"],
        "categories": {"sanction": SANCTIONS},
        "within": {"action_path": "formal"},
        "bands": {"recorded_year": [[2017, 2020]]},
        "show": {"recorded_year": ["bands"], "sanction": ["leaves", "total"]},
        "core": False,
    },
    "would_have_been_dismissed_by_year": {
        "title": "Would have been dismissed",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year"],
        "within": {"action_path": "formal", "sanction": WBD},
        "show": {"recorded_year": ["leaves"]},
        "structural_zero": [{"recorded_year": "2010"}, {"recorded_year": "2011"}],
        "core": False,
    },
    "proceedings_by_year": {
        "title": "Proceedings",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "has_proceedings"],
        "categories": {"has_proceedings": ["yes", "no"]},
        "bands": {"recorded_year": THREE_BANDS},
        "show": {"recorded_year": ["bands", "total"]},
    },
}


def records() -> list[Record]:
    """Every allegation of the decade, with the public figures of 2017 to 2020 met."""
    early, late = list(EARLY), list(LATE)
    found: list[Record] = []
    for year, y in YEARS.items():
        wbd = 2 if year == 2017 else EARLY_WBD.get(year, 0)
        plain = early if year <= 2016 else late
        sanctions = [WBD] * wbd + [plain.pop(0) for _ in range(y.formal - wbd)]
        paths = [("formal", s) for s in sanctions]
        for path, n in (
            ("left_before_outcome", y.left),
            ("live", y.live),
            ("informal", y.informal),
            ("no_action", y.no_action),
        ):
            paths += [(path, "")] * n
        for (path, sanction), (officer, sex) in zip(paths, _people(year, y), strict=True):
            found.append(Record(str(year), officer, sex, path, sanction, "yes" if path == "formal" else "no"))
    assert not early
    assert not late
    return found


def _people(year: int, y: Year) -> list[tuple[str, str]]:
    women, men = y.allegations - y.male, y.officers - (y.allegations - y.male)
    people = [(_officer(year, "male", n, REPEATED_MEN), "male") for n in range(men)]
    people += [(_officer(year, "female", n, REPEATED_WOMEN), "female") for n in range(women)]
    return [*people, *people[20 : 20 + y.allegations - y.officers]]


def _officer(year: int, sex: str, n: int, repeated: int) -> str:
    """Some officers of 2019 come back in 2020, so that distinct officers do not add over years."""
    return f"{year - 1 if year == 2020 and n < repeated else year}-{sex}-{n}"


def marts(found: Sequence[Record], blocks: Mapping[str, Mapping[str, Any]] = BLOCKS) -> tuple[Mart, ...]:
    """Count records into the marts of these publish blocks."""
    return tuple(mart(found, table_id, block) for table_id, block in blocks.items())


def mart(found: Iterable[Record], table_id: str, block: Mapping[str, Any]) -> Mart:
    publish = Publish.parse({"table_id": table_id, **block})
    inside = [r for r in found if all(getattr(r, n) == c for n, c in publish.within.items())]
    groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for record in inside:
        groups[tuple(getattr(record, d) for d in publish.dimensions)].append(record)
    rows = []
    for codes, members in groups.items():
        officers = frozenset(r.officer for r in members)
        n = len(officers) if publish.unit == "officers" else len(members)
        rows.append(MartRow(dict(zip(publish.dimensions, codes, strict=True)), n, officers))
    return Mart(publish, f"About {table_id}.", tuple(rows))


def by_path(counts: Mapping[tuple[str, str], int], paths: Sequence[str], **block: Any) -> Mart:
    """One table, year by outcome path, from counts; every allegation against another officer."""
    found = [
        Record(year, f"{year}-{code}-{n}", "male", code, "", "no")
        for (year, code), count in counts.items()
        for n in range(count)
    ]
    given = {
        "title": "Small",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "action_path"],
        "categories": {"action_path": list(paths)},
    }
    return mart(found, block.pop("table_id", "small"), given | block)


def context(years: Iterable[int] = YEARS, **changes: Any) -> Context:
    values: dict[str, Any] = {
        "force": "Metropolitan Police Service",
        "scope": "domestic abuse",
        "population": "officers and special constables",
        "as_at": datetime.date(2021, 6, 30),
        "years": tuple(years),
        "synthetic": True,
        "vocabulary": "mps",
        "band_overrides": {},
        "labels": {},
        "breaks": (),
        "published_figures": (),
    }
    return Context(**values | changes)
