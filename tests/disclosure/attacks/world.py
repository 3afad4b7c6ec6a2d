"""A small world: counts, what naive protection makes of them, what ours does, what arithmetic gives back."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from disclosure.certificate import certify
from disclosure.ledger import Earlier
from disclosure.policy import Policy, default_policy
from disclosure.publication import Context, Mart, MartRow, Publication, protect_publication, write
from disclosure.publish import TOTAL, Publish
from disclosure.register import Register

ROOT = Path(__file__).parents[3]
KEY = b"a key of the tests, thirty-two b"
THRESHOLD = 5
CODES = ("a", "b", "c", "d")
CANARY = "canary-officer-90417"
Counts = Mapping[tuple[str, str], int]
Rows = dict[tuple[str, str], int | None]
COUNTS: Counts = {
    ("2019", "a"): 3, ("2019", "b"): 9, ("2019", "c"): 8, ("2019", "d"): 7,
    ("2020", "a"): 7, ("2020", "b"): 6, ("2020", "c"): 9, ("2020", "d"): 8,
}  # fmt: skip
LARGE: Counts = {
    ("2019", "no_action"): 918273645, ("2019", "formal"): 3,
    ("2020", "no_action"): 564738291, ("2020", "formal"): 8,
}  # fmt: skip
SEARCHED = frozenset({"918273645", "564738291", CANARY})


@dataclass(frozen=True)
class Attack:
    """Whether an attack succeeds: against the naive way, and against ours."""

    naive: Callable[[Any], bool]
    ours: Callable[[Any], bool]


@dataclass(frozen=True)
class Place:
    """A publication whose withheld counts can be searched for: protected folder, site, what was said."""

    publication: Publication
    protected: Path
    release: Path
    said: str


def context(years: Sequence[int] = (2019, 2020), day: str = "2021-06-30") -> Context:
    at = datetime.date.fromisoformat(day)
    return Context(
        "Example Police", "domestic abuse", "officers", at, tuple(years), True, "mps", {}, {}, (), ()
    )


def mart(counts: Counts, people: Mapping[tuple[str, str], int] | None = None, **block: Any) -> Mart:
    """Year by path; every allegation is about another officer, unless `people` says how many there are."""
    codes = tuple(dict.fromkeys(code for _, code in counts))
    given = {
        "table_id": "small", "title": "Small", "unit": "allegations", "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "action_path"], "categories": {"action_path": codes},
    }  # fmt: skip
    rows = []
    for (year, code), n in counts.items():
        behind = min((people or {}).get((year, code), n), 30)
        officers = frozenset(f"{CANARY}-{year}-{code}-{at}" for at in range(behind))
        if n:
            rows.append(MartRow({"recorded_year": year, "action_path": code}, n, officers))
    return Mart(Publish.parse(given | block), "", tuple(rows))


def protect(marts: Sequence[Mart], **changes: Any) -> Publication:
    given: dict[str, Any] = {
        "context": context(), "policy": Policy.read(default_policy()), "register": Register(), "earlier": (),
        "key": KEY, "budget_s": 30.0,
    }  # fmt: skip
    found = protect_publication(marts, **given | changes)
    assert found.status == "proven", found.findings
    return found


def earlier(publication: Publication) -> Earlier:
    return Earlier("first", publication.protected, publication.tables, publication.system)


def true_rows(counts: Counts) -> dict[tuple[str, str], int]:
    """Every count of a table of year by path, totals included."""
    years, codes = (tuple(dict.fromkeys(name[at] for name in counts)) for at in (0, 1))
    return {
        (year, code): sum(n for (y, c), n in counts.items() if year in (y, TOTAL) and code in (c, TOTAL))
        for year, code in product((*years, TOTAL), (*codes, TOTAL))
    }


def naive(counts: Counts) -> Rows:
    """What is usually done: counts of 1 to 4 are withheld, and nothing else."""
    return {name: None if 0 < n < THRESHOLD else n for name, n in true_rows(counts).items()}


def rows(publication: Publication, table_id: str = "small") -> Rows:
    """What our table shows, by year and path; several years are the total."""
    found: Rows = {}
    for table in publication.protected["tables"]:
        for row in table["rows"]:
            single = row["year_from"] == row["year_to"]
            if table["table_id"] == table_id:
                found[str(row["year_from"]) if single else TOTAL, row["action_path"]] = row["value"]
    return found


def solve(shown: Rows, known: Mapping[tuple[str, str], int] | None = None) -> Rows:
    """What subtraction gives back: every line with one number missing is filled, until none is left."""
    found = {**shown, **(known or {})}
    years, codes = (tuple(dict.fromkeys(name[at] for name in shown)) for at in (0, 1))
    lines = [[(TOTAL, c), *((y, c) for y in years if y != TOTAL)] for c in codes]
    lines += [[(y, TOTAL), *((y, c) for c in codes if c != TOTAL)] for y in years]
    for _ in range(len(found)):
        for total, *parts in lines:
            gaps = [name for name in (total, *parts) if found[name] is None]
            if len(gaps) == 1:
                inside = sum(found[part] or 0 for part in parts)
                found[gaps[0]] = inside if gaps[0] == total else (found[total] or 0) - inside
    return found


def gives_away(shown: Rows, counts: Counts, known: Mapping[tuple[str, str], int] | None = None) -> bool:
    """Whether subtraction finds a small count that somebody withheld."""
    found, truth = solve(shown, known), true_rows(counts)
    return any(shown[name] is None and found[name] == n for name, n in truth.items() if 0 < n < THRESHOLD)


def build(folder: Path) -> Place:
    """Protect, certify and build by the real commands."""
    block = {"table_id": "outcomes_by_year", "title": "Outcomes"}
    publication = protect([mart(LARGE, **block)])
    protected, out = folder / "protected", folder / "release"
    write(publication, protected)
    certify(protected)
    command = [sys.executable, "-P", "-m", "dashboards", "build", "--protected", str(protected)]
    command += ["--release-id", "2021-06-30-0123456789ab", "--out", str(out)]
    env = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Place(publication, protected, out, done.stdout + done.stderr)
