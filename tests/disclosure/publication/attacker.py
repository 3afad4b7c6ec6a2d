"""A brute-force attacker of tiny publications: it counts, it shares no code with protection or audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

CAP = 14
Leaf = tuple[str, ...]


def possible(
    tables: Sequence[Mapping[str, Any]],
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    known: Mapping[str, int] | None = None,
    zeros_shown: bool = True,
) -> dict[str, set[int]]:
    """Every value that each withheld cell of these tables (all with the same dimensions) can have.

    `known` are cells known from elsewhere. With `zeros_shown` a withheld cell cannot be zero.
    """
    leaves = _leaves(tables)
    sums: list[tuple[frozenset[Leaf], int]] = []
    hidden: dict[str, frozenset[Leaf]] = {}
    for table in tables:
        for row in rows[table["table_id"]]:
            inside = frozenset(leaf for leaf in leaves if _covers(table, row, leaf))
            if row["value"] is not None:
                sums.append((inside, row["value"]))
            elif row["marker"] == "c":
                hidden[row["cell"]] = inside
    sums += [(hidden[code], value) for code, value in (known or {}).items() if code in hidden]
    found: dict[str, set[int]] = {code: set() for code in hidden}
    for table_of_counts in _tables(leaves, sums):
        totals = {code: sum(table_of_counts[leaf] for leaf in inside) for code, inside in hidden.items()}
        if not zeros_shown or all(totals.values()):
            for code, total in totals.items():
                found[code].add(total)
    return found


def _leaves(tables: Sequence[Mapping[str, Any]]) -> list[Leaf]:
    first = tables[0]
    return list(product(*(d["categories"] for d in first["dimensions"])))


def _covers(table: Mapping[str, Any], row: Mapping[str, Any], leaf: Leaf) -> bool:
    for dimension, code in zip(table["dimensions"], leaf, strict=True):
        if dimension["time"]:
            if not row["year_from"] <= int(code) <= row["year_to"]:
                return False
        elif row[dimension["name"]] not in ("Total", code) and code not in dimension["bands"].get(
            row[dimension["name"]], ()
        ):
            return False
    return True


def _tables(leaves: Sequence[Leaf], sums: Sequence[tuple[frozenset[Leaf], int]]) -> Iterator[dict[Leaf, int]]:
    def fill(number: int, counts: dict[Leaf, int], left: list[int]) -> Iterator[dict[Leaf, int]]:
        if number == len(leaves):
            if not any(left):
                yield counts
            return
        leaf = leaves[number]
        mine = [n for n, (inside, _) in enumerate(sums) if leaf in inside]
        later = set(leaves[number + 1 :])
        last = [n for n in mine if not sums[n][0] & later]
        most = min([left[n] for n in mine], default=CAP)
        values = {left[n] for n in last} if last else set(range(most + 1))
        for value in sorted(values):
            if value <= most and (not last or len(values) == 1):
                rest = [amount - value if n in mine else amount for n, amount in enumerate(left)]
                yield from fill(number + 1, {**counts, leaf: value}, rest)

    yield from fill(0, {}, [value for _, value in sums])
