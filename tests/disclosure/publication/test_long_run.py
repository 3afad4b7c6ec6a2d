"""Twelve yearly vintages with late records, reclassifications and closures, attacked over all of history."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.policy import Policy
from disclosure.verify import verify

THRESHOLD = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("decade")


@pytest.fixture(scope="module")
def told(folder: Path, long_run: ModuleType, folders: ModuleType, policy: Policy) -> tuple[Any, ...]:
    found: tuple[Any, ...] = long_run.run(folder, policy, release=folders.release, blocks=long_run.BLOCKS[:2])
    return found


def test_every_vintage_of_the_decade_is_published(told: tuple[Any, ...]) -> None:
    assert len(told) == 12
    assert {one.publication.status for one in told} == {"proven"}


def test_nothing_withheld_can_be_worked_out_from_the_whole_history(
    told: tuple[Any, ...], folder: Path, historian: ModuleType
) -> None:
    book = historian.read(folder)
    assert len(book.withheld) > 12
    assert historian.worked_out(book, THRESHOLD) == []


def test_no_small_change_can_be_worked_out_from_the_whole_history(
    told: tuple[Any, ...], folder: Path, historian: ModuleType
) -> None:
    assert historian.small_changes(historian.read(folder), THRESHOLD) == []


def test_what_is_shown_does_not_decay(told: tuple[Any, ...], record_property: Any) -> None:
    for one in told:
        record_property("vintage", one.words)
    assert min(one.share for one in told) > 0.6
    assert told[-1].share > 0.7
    assert told[-1].fresh > 0.2
    assert not any(one.publication.dropped for one in told)


def test_the_last_release_proves_itself_offline(told: tuple[Any, ...], folder: Path) -> None:
    assert verify(folder / told[-1].as_at) == ()


def test_the_same_attacker_succeeds_where_each_vintage_forgets_the_others(
    tmp_path: Path, long_run: ModuleType, historian: ModuleType, policy: Policy
) -> None:
    long_run.run(tmp_path, policy, number=5, memory=False)
    book = historian.read(tmp_path)
    assert historian.worked_out(book, THRESHOLD)
    assert historian.small_changes(book, THRESHOLD)
