"""Raw data of a small example of linked tables, and other raw data that whole-number witnesses imply."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Any, NamedTuple

from disclosure.audit import audit
from disclosure.certificate import read_system
from disclosure.policy import Policy
from disclosure.publication import Context, Mart, MartRow, Publication, protect_publication
from disclosure.publish import Publish
from disclosure.register import Register
from disclosure.system import Definition, from_payload

YEARS = (2017, 2018, 2019, 2020)
PATHS = ("no_action", "formal", "informal", "left_before_outcome")
SEXES = ("female", "male")
Counts = Mapping[int, tuple[tuple[int, ...], int]]
COUNTS: Counts = {
    2017: ((8, 2, 9, 7), 3),
    2018: ((8, 1, 9, 11), 5),
    2019: ((9, 7, 12, 14), 9),
    2020: ((15, 13, 8, 9), 6),
}
"""For each year the allegations by path, and how many of them are about women."""
NEAR: Counts = {
    2017: ((20, 2, 3, 4), 8),
    2018: ((20, 1, 3, 3), 8),
    2019: ((20, 9, 10, 11), 8),
    2020: ((20, 8, 9, 10), 8),
}
"""One small count with two possible partners of nearly the same value."""
BLOCKS: tuple[Mapping[str, Any], ...] = (
    {
        "table_id": "outcomes_by_year",
        "title": "Outcomes",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "action_path"],
        "categories": {"action_path": PATHS},
        "bands": {"recorded_year": [[2017, 2018], [2019, 2020]]},
        "show": {"recorded_year": ["bands", "total"]},
    },
    {
        "table_id": "allegations_by_year",
        "title": "Allegations",
        "unit": "allegations",
        "measures": ["n_allegations"],
        "dimensions": ["recorded_year", "officer_sex"],
        "categories": {"officer_sex": SEXES},
    },
    {
        "table_id": "officers_by_year",
        "title": "Officers",
        "unit": "officers",
        "measures": ["n_officers"],
        "dimensions": ["recorded_year", "officer_sex"],
        "categories": {"officer_sex": SEXES},
        "show": {"recorded_year": ["leaves"]},
    },
)
Values = Mapping[str, int]


class Person(NamedTuple):
    """An allegation: its year, the officer it is about, that officer's sex, and where it ended."""

    recorded_year: str
    officer: str
    officer_sex: str
    action_path: str


def context() -> Context:
    day = datetime.date(2021, 6, 30)
    return Context("Example Police", "domestic abuse", "officers", day, YEARS, True, "mps", {}, {}, (), ())


def records(shift: int, prefix: str = "example-officer", counts: Counts = COUNTS) -> list[Person]:
    """One record an allegation; `shift` moves allegations between cells, so that each is another example."""
    found = []
    for year, (paths, of_women) in counts.items():
        moved = [n + (shift * (2 * at + year)) % 5 for at, n in enumerate(paths)]
        women = of_women + shift % 3
        ended = [path for path, n in zip(PATHS, moved, strict=True) for _ in range(n)]
        spread = {n * len(ended) // women for n in range(women)}
        for n, path in enumerate(ended):
            sex = "female" if n in spread else "male"
            found.append(Person(str(year), f"{prefix}-{year}-{n:03}", sex, path))
    return found


def counted(found: Sequence[Person]) -> tuple[Mart, ...]:
    """The records as the marts of the example."""
    return tuple(_counted(found, Publish.parse(block)) for block in BLOCKS)


def _counted(found: Sequence[Person], publish: Publish) -> Mart:
    groups: dict[tuple[str, ...], list[Person]] = {}
    for one in found:
        groups.setdefault(tuple(getattr(one, name) for name in publish.dimensions), []).append(one)
    rows = []
    for codes, members in groups.items():
        officers = frozenset(one.officer for one in members)
        n = len(officers) if publish.unit == "officers" else len(members)
        rows.append(MartRow(dict(zip(publish.dimensions, codes, strict=True)), n, officers))
    return Mart(publish, f"About {publish.table_id}.", tuple(rows))


def protect(marts: Sequence[Mart], policy: Policy, key: bytes, budget_s: float = 60.0) -> Publication:
    return protect_publication(marts, context(), policy, Register(), (), key, budget_s)


# --- other raw data with the same shown counts


def true_values(publication: Publication, marts: Sequence[Mart]) -> dict[str, int]:
    """The count of every cell of the tables, inner ones included, by canonical key."""
    rows = {mart.publish.table_id: mart.rows for mart in marts}
    found: dict[str, int] = {}
    for definition in map(from_payload, publication.tables):
        for position in definition.positions():
            codes = {a.name: a.members[c] for a, c in zip(definition.axes, position, strict=True)}
            inside = [
                r.n for r in rows[definition.table_id] if all(r.dimensions[n] in c for n, c in codes.items())
            ]
            found[definition.key(position).code] = sum(inside)
    return found


def witnessed(publication: Publication, truth: Values, steps: int) -> Iterator[dict[str, int]]:
    """Whole tables that fit what is published, each other than the truth in a count that is not shown.

    They are the attacker's witnesses, and the truth moved along their differences.
    """
    met = [{code: truth[code] for code in table} for table in _witnesses(publication)[:1]]
    seen = {tuple(sorted(one.items())) for one in met}
    tables = [*_witnesses(publication), *met]
    moves = [
        {code: first[code] - second[code] for code in first} for first, second in combinations(tables, 2)
    ]
    for move, step in product(moves, (n * sign for n in range(1, steps + 1) for sign in (1, -1))):
        unit = math.gcd(*move.values()) or 1
        moved = {code: truth[code] + step * n // unit for code, n in move.items()}
        name = tuple(sorted(moved.items()))
        if name not in seen and _fits(publication, {**truth, **moved}):
            seen.add(name)
            yield {**truth, **moved}


def _witnesses(publication: Publication) -> list[dict[str, int]]:
    """The attacker's own tables: what the certificate holds, and more for counts that no table shows."""
    code = {cell["id"]: cell["code"] for cell in publication.system["cells"]}
    system = read_system(publication.system)
    inner = frozenset(cell.id for cell in system.cells if not cell.published)
    seen = audit(replace(system, must_prove=inner))
    unknown = [cell.id for cell in system.cells if cell.value is None]
    return [{code[i]: table[i] for i in unknown} for table in seen.witnesses]


def _fits(publication: Publication, values: Values) -> bool:
    code = {cell["id"]: cell["code"] for cell in publication.system["cells"]}
    senses = {"<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "==": lambda a, b: a == b}
    return min(values.values()) >= 0 and all(
        senses[c["sense"]](sum(f * values[code[i]] for i, f in c["terms"]), c["rhs"])
        for c in publication.system["constraints"]
    )


def realised(publication: Publication, values: Values, prefix: str) -> tuple[Mart, ...]:
    """Marts with these counts, every unit another officer of another name."""
    definitions = map(from_payload, publication.tables)
    return tuple(
        _realised(Publish.parse(block), definition, values, prefix)
        for block, definition in zip(BLOCKS, definitions, strict=True)
    )


def _realised(publish: Publish, definition: Definition, values: Values, prefix: str) -> Mart:
    rows = []
    for position in product(*(axis.leaves for axis in definition.axes)):
        n = values[definition.key(position).code]
        if n:
            officers = frozenset(f"{prefix}-{'-'.join(position)}-{at}" for at in range(n))
            codes = {axis.name: leaf for axis, leaf in zip(definition.axes, position, strict=True)}
            rows.append(MartRow(codes, n, officers))
    return Mart(publish, f"About {publish.table_id}.", tuple(rows[::-1]))
