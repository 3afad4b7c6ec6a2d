"""The life of a release: held, approved, rolled back, withdrawn, compared; never published twice."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from dagster_project import log
from dagster_project.cli import main

pytestmark = pytest.mark.slow

OLD, NEW = "2021-06-30-000000000001", "2021-06-30-000000000002"
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """A command in this process: its exit code and what it said."""

    def run(*arguments: object) -> tuple[int, str]:
        with mock.patch.dict(os.environ):
            code = main([str(argument) for argument in arguments])
        return code, "".join(capsys.readouterr())

    return run


@pytest.fixture
def two(release: Path, tmp_path: Path) -> Path:
    """A home with two published releases, the newer one current; the newer one shows one number more."""
    home = tmp_path / "two"
    for name in (OLD, NEW):
        shutil.copytree(release, home / "releases" / name)
        log.append(home / "log" / "log.jsonl", "publish", "published", name)
    path = home / "releases" / NEW / "protected.json"
    content = json.loads(path.read_text())
    next(row for table in content["tables"] for row in table["rows"] if row["value"] == 42)["value"] = 43
    path.write_text(json.dumps(content))
    (home / "current").symlink_to(f"releases/{NEW}")
    return home


def current(home: Path) -> str:
    return (home / "current").resolve().name


def test_releases_lists_them_with_their_state(two: Path, command: Command) -> None:
    assert command("releases", "--home", two) == (0, f"{OLD}  published\n{NEW}  current\n")


def test_an_empty_home_has_no_release(tmp_path: Path, command: Command) -> None:
    code, said = command("releases", "--home", tmp_path)
    assert code == 0
    assert "misconduct refresh" in said


def test_diff_names_what_changed_in_published_words(two: Path, command: Command) -> None:
    code, said = command("diff", OLD, NEW, "--home", two)
    assert code == 0
    assert re.fullmatch(r"\w+: \d{4}-\d{4}, .*: 42 -> 43\n", said)
    assert command("diff", OLD, OLD, "--home", two)[1] == "the same tables with the same figures\n"


def test_rollback_serves_an_older_release_and_is_logged(two: Path, command: Command) -> None:
    assert command("rollback", OLD, "--home", two)[0] == 0
    assert current(two) == OLD
    assert (
        log.entries(two / "log" / "log.jsonl")[-1].event,
        sorted(p.name for p in (two / "releases").iterdir()),
    ) == (
        "rollback",
        [OLD, NEW],
    )


def test_withdrawing_the_current_release_serves_a_notice_at_once(two: Path, command: Command) -> None:
    assert command("withdraw", NEW, "--reason", "a wrong <label>", "--home", two)[0] == 0
    page = (two / "current" / "site" / "index.html").read_text()
    assert "A wrong &lt;label&gt;" in page
    assert (two / "releases" / NEW / "system.json").is_file()
    assert f"{NEW}  withdrawn" in command("releases", "--home", two)[1]
    code, said = command("rollback", NEW, "--home", two)
    assert code == 1
    assert "withdrawn" in said


def test_withdrawing_another_release_leaves_the_current_one(two: Path, command: Command) -> None:
    assert command("withdraw", OLD, "--reason", "old", "--home", two)[0] == 0
    assert current(two) == NEW


@pytest.mark.parametrize("name", ["rollback", "approve", "withdraw"])
def test_a_release_that_nobody_knows_is_bad_input(name: str, two: Path, command: Command) -> None:
    reason = ["--reason", "text"] if name == "withdraw" else []
    code, said = command(name, "2020-01-01-ffffffffffff", *reason, "--home", two)
    assert code == 2
    assert "misconduct releases" in said


def test_a_pointer_that_is_gone_is_put_back(two: Path, command: Command) -> None:
    command("rollback", OLD, "--home", two)
    (two / "current").unlink()
    command("withdraw", NEW, "--reason", "text", "--home", two)
    assert current(two) == OLD


def test_a_held_release_waits_until_it_is_approved(home: Path, new_landing: Path, command: Command) -> None:
    before = current(home)
    code, said = command("refresh", "--home", home, "--landing", new_landing, "--hold")
    assert code == 0
    held = re.search(r"misconduct approve (\S+)", said)
    assert held, said
    assert current(home) == before
    assert sorted(path.name for path in (home / "releases").iterdir()) == [before]
    assert f"{held[1]}  held" in command("releases", "--home", home)[1]
    assert command("approve", held[1], "--home", home)[0] == 0
    assert current(home) == held[1]
    events = [entry.event for entry in log.entries(home / "log" / "log.jsonl")]
    assert events[-3:] == ["hold", "approval", "publish"]
    assert log.verify(home / "log" / "log.jsonl") == ()


def test_a_held_release_judged_before_a_newer_one_is_not_approved(
    home: Path, new_landing: Path, release: Path, command: Command
) -> None:
    _, said = command("refresh", "--home", home, "--landing", new_landing, "--hold")
    held = re.search(r"misconduct approve (\S+)", said)
    assert held, said
    shutil.copytree(release, home / "releases" / NEW)
    log.append(home / "log" / "log.jsonl", "publish", "published", NEW)
    code, said = command("approve", held[1], "--home", home)
    assert code == 1
    assert "refresh again" in said


def test_a_refresh_does_not_undo_a_rollback(home: Path, new_landing: Path, command: Command) -> None:
    first = current(home)
    assert command("refresh", "--home", home, "--landing", new_landing)[0] == 0
    assert current(home) != first
    assert command("rollback", first, "--home", home)[0] == 0
    (home / "build" / "last.json").unlink()
    code, said = command("refresh", "--home", home, "--landing", new_landing)
    assert code == 0
    assert "not published again" in said
    assert current(home) == first
