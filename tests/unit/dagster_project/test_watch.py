"""The landing folder is looked at in ticks: half a file waits, what is new is told once, with its years."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dagster_project import watch
from dagster_project.settings import REPOSITORY, Settings


@dataclass
class Folder:
    """A landing folder and the cursor of its sensor; every tick is one look."""

    settings: Settings
    cursor: str | None = None
    clock: Iterator[int] = field(default_factory=lambda: iter(range(1_700_000_000, 1_800_000_000)))

    def tick(self) -> frozenset[str] | None:
        found = watch.look(watch.landing_files(self.settings), watch.Seen.read(self.cursor))
        self.cursor = found.seen.cursor
        return found.changed

    def write(self, name: str, text: str) -> None:
        """Write a file with a time of change of its own, as a clock would give it."""
        path = self.settings.landing / name
        path.write_bytes(text.encode())
        now = next(self.clock)
        os.utime(path, (now, now))

    def read(self, name: str) -> str:
        return (self.settings.landing / name).read_bytes().decode()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    landing = tmp_path / "landing"
    shutil.copytree(REPOSITORY / "sample" / "landing", landing)
    made = Folder(Settings(tmp_path / "home", landing, {}))
    assert made.tick() is None
    assert "allegations_2018.csv" in (made.tick() or ())
    assert made.tick() == frozenset()
    return made


def test_a_changed_file_is_told_once_and_after_it_was_still(folder: Folder) -> None:
    folder.write("allegations_2018.csv", folder.read("allegations_2018.csv") + "\n")
    assert folder.tick() is None
    assert folder.tick() == {"allegations_2018.csv"}
    assert folder.tick() == frozenset()


def test_a_file_that_is_being_written_waits_until_it_is_whole(folder: Folder) -> None:
    whole = folder.read("allegations_2018.csv") + "\n"
    for part in (len(whole) // 3, len(whole) // 2, len(whole)):
        folder.write("allegations_2018.csv", whole[:part])
        assert folder.tick() is None
    assert folder.tick() == {"allegations_2018.csv"}


def test_a_folder_that_is_copied_in_is_one_change(folder: Folder) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        folder.write(name, name)
        assert folder.tick() is None
    assert folder.tick() == {"a.csv", "b.csv", "c.csv"}


def test_the_same_content_with_another_time_is_no_change(folder: Folder) -> None:
    folder.write("allegations_2018.csv", folder.read("allegations_2018.csv"))
    assert folder.tick() is None
    assert folder.tick() == frozenset()


def test_a_repair_to_what_was_there_before_is_told_again(folder: Folder) -> None:
    sound = folder.read("allegations_2018.csv")
    numbers = set()
    for text in (sound + "\n", sound):
        folder.write("allegations_2018.csv", text)
        folder.tick()
        assert folder.tick() == {"allegations_2018.csv"}
        numbers.add(watch.Seen.read(folder.cursor).number)
    assert len(numbers) == 2


def test_a_file_that_went_away_is_told(folder: Folder) -> None:
    (folder.settings.landing / "allegations_2018.csv").unlink()
    assert folder.tick() is None
    assert folder.tick() == {"allegations_2018.csv"}


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", '{"last": 3}', '{"last": {"a": []}, "stamps": {}}'])
def test_a_foreign_cursor_means_that_nothing_was_seen(cursor: str) -> None:
    assert watch.Seen.read(cursor) == watch.Seen({}, {}, {})


@pytest.mark.parametrize(
    ("changed", "years"),
    [
        ({"allegations_2018.csv"}, (2018,)),
        ({"README.txt"}, None),
        ({"sources.toml"}, None),
        ({"register.toml"}, None),
        ({"published_figures.csv"}, None),
        ({"gone.csv"}, None),
    ],
)
def test_the_years_that_a_change_concerns(
    folder: Folder, changed: set[str], years: tuple[int, ...] | None
) -> None:
    assert watch.years_of(folder.settings, changed) == years


def test_a_new_file_without_an_entry_concerns_no_year(folder: Folder) -> None:
    folder.write("notes.txt", "read me")
    assert watch.years_of(folder.settings, {"notes.txt"}) == ()


def test_entries_that_cannot_be_read_concern_all_years(folder: Folder) -> None:
    folder.write("sources.toml", "force = ")
    assert watch.years_of(folder.settings, {"allegations_2018.csv"}) is None
    assert "allegations_2018.csv" in watch.landing_files(folder.settings)
