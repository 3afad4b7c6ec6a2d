"""An attacker who kept every release: reads published files only, shares no code with protection or audit.

Unknown is every count of one year, one category and one vintage; known is what any release shows. The attack
is a linear programme of its own. What it pins to one whole number is worked out.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import highspy
import numpy as np

EPSILON = 1e-6
LEAVING = frozenset({"live"})
"""Categories that cases leave with time."""

Atom = tuple[str, str, int, frozenset[tuple[str, str]]]
Name = Atom | str


@dataclass
class Book:
    """All that the releases say: linear equations over names, what is shown, what is withheld and how low."""

    equations: list[dict[Name, int]] = field(default_factory=list)
    shown: dict[str, int] = field(default_factory=dict)
    least: dict[str, int] = field(default_factory=dict)
    meant: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    atoms: set[Atom] = field(default_factory=set)

    @property
    def withheld(self) -> list[str]:
        """Counts that no release ever showed."""
        return sorted(self.least.keys() - self.shown.keys())


def read(folder: Path) -> Book:
    """Every release in a folder."""
    book = Book()
    for release in sorted(folder.iterdir()):
        _read_release(release, book)
    return book


def _read_release(release: Path, book: Book) -> None:
    protected, tables, system = (
        json.loads((release / f"{name}.json").read_text("utf-8"))
        for name in ("protected", "tables", "system")
    )
    lower = {cell["code"]: cell.get("lower", int(system["zeros_published"])) for cell in system["cells"]}
    defined = {table["table_id"]: table for table in tables}
    for table in protected["tables"]:
        axes = {d["name"]: d for d in defined[table["table_id"]]["dimensions"] if not d["time"]}
        within = frozenset(defined[table["table_id"]]["key"]["within"].items())
        for row in table["rows"]:
            _read_row(row, axes, within, defined[table["table_id"]], lower, book)


def _read_row(
    row: Mapping[str, Any], axes: Mapping[str, Any], within: frozenset[tuple[str, str]],
    table: Mapping[str, Any], lower: Mapping[str, int], book: Book,
) -> None:  # fmt: skip
    code, unit = row["cell"], row["unit"]
    vintage = code.split("|as_at=")[1].split("|")[0]
    years = [year for year in table["key"]["years"] if row["year_from"] <= year <= row["year_to"]]
    if row["value"] is not None:
        book.shown[code] = row["value"]
    else:
        book.least[code] = lower.get(code, 1)
    grouped = [_leaves(axis, row[name]) for name, axis in axes.items()]
    chosen = [frozenset(zip(axes, codes, strict=True)) | within for codes in product(*grouped)]
    inside: list[Atom] = [(vintage, unit, year, one) for year in years for one in chosen]
    book.equations.append({code: -1, **dict.fromkeys(inside, 1)})
    every = [frozenset(zip(axes, c, strict=True)) for c in product(*(a["categories"] for a in axes.values()))]
    for year in years:
        whole = [(vintage, unit, year, one | within) for one in every]
        book.atoms.update(whole)
        if axes:
            book.atoms.add((vintage, unit, year, within))
            book.equations.append({(vintage, unit, year, within): -1, **dict.fromkeys(whole, 1)})
    book.meant[code] = (vintage, unit, tuple(years), frozenset(chosen))


def _leaves(axis: Mapping[str, Any], code: str) -> Sequence[str]:
    if code == "Total":
        return list(axis["categories"])
    return list(axis["bands"].get(code, [code]))


def models(book: Book) -> Iterator[tuple[str, list[tuple[dict[Name, int], float, float]]]]:
    """What may be assumed about time: nothing; no change where none shows; only growth."""
    people = [
        ({atom: 1, (atom[0], "allegations", *atom[2:]): -1}, -math.inf, 0.0)
        for atom in book.atoms
        if atom[1] == "officers" and (atom[0], "allegations", *atom[2:]) in book.atoms
    ]
    both = list(_in_turn(book))
    still = _unchanged(book)
    static = [({new: 1, old: -1}, 0.0, 0.0) for old, new in both if (old[0], *new[:3]) in still]
    grown = [({new: 1, old: -1}, 0.0, math.inf) for old, new in both if not {c for _, c in new[3]} & LEAVING]
    yield "free", people
    yield "static", [*people, *static]
    yield "monotone", [*people, *grown]


def _in_turn(book: Book) -> Iterator[tuple[Atom, Atom]]:
    """The same count in one vintage and the next."""
    for old, new in pairwise(sorted({atom[0] for atom in book.atoms})):
        for atom in (a for a in book.atoms if a[0] == new):
            before = (old, *atom[1:])
            if before in book.atoms:
                yield before, atom


def _unchanged(book: Book) -> set[tuple[str, str, str, int]]:
    """Vintages, unit and year between which something is shown twice and nothing shown differs."""
    seen: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    for code, value in book.shown.items():
        vintage, unit, years, kind = book.meant[code]
        if len(years) == 1:
            seen[unit, years[0], kind][vintage] = value
    order = sorted({atom[0] for atom in book.atoms})
    found: dict[tuple[str, str, str, int], set[bool]] = defaultdict(set)
    for (unit, year, _), values in seen.items():
        for old, new in pairwise(order):
            if old in values and new in values:
                found[old, new, unit, year].add(values[old] == values[new])
    return {name for name, same in found.items() if same == {True}}


def worked_out(book: Book, threshold: int) -> list[str]:
    """The withheld counts that some attacker pins to one number, or below the threshold."""
    found = []
    for name, more in models(book):
        attack = Attack.on(book, more)
        for code in book.withheld if attack else ():
            low, high = attack.span({code: 1})
            if _whole(low, high) or high < threshold - EPSILON:
                found.append(f"{name}: {code}")
    return found


def small_changes(book: Book, threshold: int) -> list[str]:
    """Counts that were shown once and certainly differ by a few in a later vintage, shown or not."""
    found = []
    for name, more in models(book):
        attack = None if name == "static" else Attack.on(book, more)
        for code, base, later in _counterparts(book) if attack else ():
            low, high = attack.span(later)
            small = max(abs(low - base), abs(high - base)) < threshold - EPSILON
            if small and not low - EPSILON <= base <= high + EPSILON:
                found.append(f"{name}: {code}")
    return found


def _whole(low: float, high: float) -> bool:
    return math.isfinite(high) and math.ceil(low - EPSILON) >= math.floor(high + EPSILON)


def _counterparts(book: Book) -> Iterator[tuple[str, int, dict[Name, int]]]:
    """Each outcome shown, and the same count in the next and the last vintage; totals and live are exempt."""
    order = sorted({atom[0] for atom in book.atoms})
    for code, base in book.shown.items():
        vintage, unit, years, kinds = book.meant[code]
        outcome = len(kinds) == 1 and not {c for kind in kinds for _, c in kind} & LEAVING and set(*kinds)
        after = order[order.index(vintage) + 1 :]
        for new in dict.fromkeys((*after[:1], *after[-1:])) if outcome else ():
            later: list[Atom] = [(new, unit, year, kind) for year in years for kind in kinds]
            if all(atom in book.atoms for atom in later):
                yield f"{code} in {new}", base, dict.fromkeys(later, 1)


@dataclass(frozen=True)
class Attack:
    """All unknowns in one linear programme."""

    names: Mapping[Name, int]
    engine: highspy.Highs

    @classmethod
    def on(cls, book: Book, more: Iterable[tuple[dict[Name, int], float, float]]) -> Attack | None:
        """None where the assumptions contradict what is shown."""
        rows = [*((terms, 0.0, 0.0) for terms in book.equations), *more]
        names: dict[Name, int] = {}
        for terms, _, _ in rows:
            for name in terms:
                names.setdefault(name, len(names))
        low, high = np.zeros(len(names)), np.full(len(names), highspy.kHighsInf)
        for name, n in ((name, n) for name, n in names.items() if isinstance(name, str)):
            low[n] = book.shown.get(name, book.least.get(name, 0))
            high[n] = book.shown.get(name, highspy.kHighsInf)
        engine = highspy.Highs()
        engine.setOptionValue("output_flag", False)
        engine.setOptionValue("threads", 1)
        engine.addVars(len(names), low, high)
        for terms, least, most in rows:
            columns = np.array([names[name] for name in terms], dtype=np.int32)
            engine.addRow(least, most, len(terms), columns, np.array(list(terms.values()), dtype=float))
        return None if _optimum(engine) is None else cls(names, engine)

    def span(self, terms: Mapping[Name, int]) -> tuple[float, float]:
        """How low and how high a sum can be."""
        ends = []
        for sign in (1.0, -1.0):
            for name, factor in terms.items():
                self.engine.changeColCost(self.names[name], sign * factor)
            best = _optimum(self.engine)
            ends.append(-math.inf if best is None else best)
        for name in terms:
            self.engine.changeColCost(self.names[name], 0.0)
        return ends[0], -ends[1]


def _optimum(engine: highspy.Highs) -> float | None:
    """None where there is no table or no limit."""
    engine.run()
    if engine.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return float(engine.getInfo().objective_function_value)
