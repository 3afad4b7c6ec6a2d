"""Random small publications: what is published proves itself, and a brute-force attacker finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disclosure.publication import Publication
from disclosure.verify import verify

Protect = Callable[..., Publication]
YEARS = ("2019", "2020")
CODES = ("a", "b", "c")
KEYS = [(year, code) for year in YEARS for code in CODES]
COUNTS = st.lists(st.integers(0, 9), min_size=6, max_size=6)
BLOCK: dict[str, Any] = {
    "title": "Small", "unit": "allegations", "measures": ["n"],
    "dimensions": ["recorded_year", "action_path"],
    "categories": {"action_path": list(CODES)},
}  # fmt: skip
MERGED = {
    "merge": {"action_path": {"ab": ["a", "b"]}},
    "show": {"action_path": ["merge", "total"], "recorded_year": ["leaves"]},
}
FEW = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def marts(decade: ModuleType, counts: list[int]) -> list[Any]:
    """Two tables of the same counts: all categories, and two of them merged without a total of years."""
    found = [
        decade.Record(year, f"{year}-{code}-{n}", "male", code, "", "no")
        for (year, code), count in zip(KEYS, counts, strict=True)
        for n in range(count)
    ]
    return [decade.mart(found, "small", BLOCK), decade.mart(found, "merged", BLOCK | MERGED)]


def rows(publication: Publication) -> dict[str, Any]:
    return {table["table_id"]: table["rows"] for table in publication.protected.get("tables", ())}


@FEW
@given(counts=COUNTS, key=st.binary(min_size=32, max_size=32))
def test_nothing_withheld_can_be_worked_out_from_linked_tables(
    decade: ModuleType,
    attacker: ModuleType,
    protect: Protect,
    folders: ModuleType,
    counts: list[int],
    key: bytes,
) -> None:
    answer = protect(marts(decade, counts), context=decade.context((2019, 2020)), key=key)
    if answer.status == "proven":
        with TemporaryDirectory() as folder:
            assert verify(folders.release(answer, Path(folder) / "release")) == ()
        lowered = any("lower" in cell for cell in answer.system["cells"])
        found = attacker.possible(answer.tables, rows(answer), zeros_shown=not lowered)
        assert all(len(values) > 1 and max(values) >= 5 for values in found.values())


@FEW
@given(counts=COUNTS)
def test_shown_numbers_are_true_and_small_ones_never_shown(
    decade: ModuleType, protect: Protect, counts: list[int]
) -> None:
    answer = protect(marts(decade, counts), context=decade.context((2019, 2020)))
    truth = dict(zip(KEYS, counts, strict=True))
    members = {"ab": ("a", "b"), "Total": CODES}
    for row in (row for table in rows(answer).values() for row in table if row["value"] is not None):
        years = [year for year in YEARS if row["year_from"] <= int(year) <= row["year_to"]]
        codes = members.get(row["action_path"], (row["action_path"],))
        assert row["value"] == sum(truth[year, code] for year in years for code in codes)
        assert row["value"] == 0 or row["value"] >= 5


@FEW
@given(counts=COUNTS, order=st.permutations(range(2)))
def test_the_order_of_tables_does_not_matter(
    decade: ModuleType, protect: Protect, counts: list[int], order: list[int]
) -> None:
    made = marts(decade, counts)
    context = decade.context((2019, 2020))
    one, two = protect(made, context=context), protect([made[n] for n in order], context=context)
    assert one.status == two.status
    assert {t: [r["value"] for r in rs] for t, rs in rows(one).items()} == {
        t: [r["value"] for r in rs] for t, rs in rows(two).items()
    }
