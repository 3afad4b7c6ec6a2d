"""Raw data with the same protected tables gives the same bytes: pairs made from the attacker's own tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from disclosure.assemble import Assembly, public_instance
from disclosure.certificate import certify
from disclosure.instance import Instance
from disclosure.policy import Policy
from disclosure.publication import Publication, canonical, write

KEY = b"k" * 32
SYSTEMS = ((0, KEY), (1, KEY), (3, KEY), (4, KEY), (5, KEY), (5, b"z" * 32))
A_SYSTEM = 10
LEAST_PAIRS = 20
MOST_SKIPS = 40
FILES = ("protected", "tables", "system", "history")


class Pair(NamedTuple):
    """Two publications of raw data that agree in every shown count and differ in some other."""

    first: Publication
    second: Publication

    @property
    def comparable(self) -> bool:
        """Whether the same cells are small: else others are withheld, and the tables are not the same."""
        return self.first.private.primary == self.second.private.primary

    @property
    def same_tables(self) -> bool:
        return canonical(self.first.protected) == canonical(self.second.protected)


@pytest.fixture(scope="module")
def pairs(raw: ModuleType, policy: Policy) -> tuple[Pair, ...]:
    systems = [*((raw.records(shift), key) for shift, key in SYSTEMS), (raw.records(0, counts=raw.NEAR), KEY)]
    return tuple(pair for found, key in systems for pair in _of_system(raw, policy, found, key))


def _of_system(
    raw: ModuleType, policy: Policy, found: Sequence[object], key: bytes, steps: int = 2
) -> Iterator[Pair]:
    marts = raw.counted(found)
    first = raw.protect(marts, policy, key)
    truth = raw.true_values(first, marts)
    for number, values in enumerate(islice(raw.witnessed(first, truth, steps), A_SYSTEM)):
        yield Pair(first, raw.protect(raw.realised(first, values, f"other-{number}"), policy, key))


def test_enough_pairs_ran_and_few_were_skipped(pairs: tuple[Pair, ...]) -> None:
    compared = [pair for pair in pairs if pair.same_tables]
    assert len(compared) >= LEAST_PAIRS
    assert len(pairs) - len(compared) <= MOST_SKIPS
    assert sum(bool(pair.first.system["hidden"]) for pair in compared) >= LEAST_PAIRS


def test_every_pair_differs_in_what_it_was_made_from(pairs: tuple[Pair, ...]) -> None:
    hidden = [pair for pair in pairs if pair.first.private.values != pair.second.private.values]
    assert len(hidden) >= LEAST_PAIRS


def test_the_same_protected_tables_have_the_same_system(pairs: tuple[Pair, ...]) -> None:
    for pair in pairs:
        if pair.same_tables:
            for name in FILES:
                assert canonical(getattr(pair.first, name)) == canonical(getattr(pair.second, name)), name


def test_where_the_same_cells_are_small_the_same_cells_are_withheld(pairs: tuple[Pair, ...]) -> None:
    """The stronger form: not a single withheld count, small or not, moves the choice of partners."""
    assert all(pair.same_tables for pair in pairs if pair.comparable)


def test_the_certificate_follows_from_the_tables_too(pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    chosen = [pair for pair in pairs if pair.same_tables and pair.first.system["hidden"]][:4]
    for number, pair in enumerate(chosen):
        proofs = []
        for name, publication in zip("ab", pair, strict=True):
            folder = tmp_path / f"{number}{name}"
            write(publication, folder)
            certify(folder)
            proofs.append((folder / "certificate.json").read_bytes())
        assert proofs[0] == proofs[1]


def test_bounds_taken_from_the_data_would_have_been_found(
    raw: ModuleType, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken twin: the same tables, but the published system says how large a withheld count can be."""
    monkeypatch.setattr("disclosure.attempt.public_instance", _with_bounds)
    pairs = list(_of_system(raw, policy, raw.records(0, counts=raw.NEAR), KEY))
    alike = [pair for pair in pairs if pair.same_tables]
    assert alike
    assert not all(canonical(pair.first.system) == canonical(pair.second.system) for pair in alike)


def _with_bounds(assembly: Assembly, *arguments: Any) -> Instance:
    public = public_instance(assembly, *arguments)
    bounded = (replace(c, upper=assembly.truth[c.code] + 40) for c in public.cells if c.id in public.hidden)
    cells = {**public.by_id, **{cell.id: cell for cell in bounded}}
    return replace(public, cells=tuple(cells.values()))
