"""Every command in the guides does what it says: it is run here, or a short list says why not."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from dagster_project import log
from dagster_project.cli import main, parser

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").glob("*.md"))]
OLD = "2021-06-30-000000000001"
REASONS = {
    "it changes the machine; deploy/rehearse.py, which a test runs, does the same on loopback": (
        r"sudo |systemctl |journalctl "
    ),
    "it is how these tests are run": r"make ",
    "it runs until it is stopped; other tests start it": r"\S*misconduct (serve|ui)\b",
    "it takes minutes; other tests run it with less to do": r"\S*python (-m bench\.|deploy/rehearse\.py)",
}
"""The closed list: whatever no pattern matches is run."""


def blocks(text: str) -> list[str]:
    """The lines of all shell blocks of a page, without their comments."""
    found = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [re.sub(r"\s{2,}# .*$", "", line).strip() for block in found for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def lines_of_guides() -> list[tuple[str, str]]:
    """Page and line of every command in a shell block."""
    return [(page.name, line) for page in PAGES for line in blocks(page.read_text(encoding="utf-8"))]


def reason(line: str) -> str:
    """Why a line is not run here; empty where it is."""
    bare = re.sub(r"^(\w+=('[^']*'|\S+) )+", "", line)
    return next((words for words, pattern in REASONS.items() if re.match(pattern, bare)), "")


def to_run() -> list[tuple[str, str]]:
    """The lines that are run."""
    return [(page, line) for page, line in lines_of_guides() if not reason(line)]


@pytest.fixture
def two(release: Path, home: Path) -> Path:
    """The sample's home with an older release beside the current one."""
    shutil.copytree(release, home / "releases" / OLD)
    for event, name in (("publish", OLD), ("rollback", release.name)):
        log.append(home / "log" / "log.jsonl", event, "as a guide needs it", name)
    return home


def filled(line: str, home: Path) -> str:
    """The line with its placeholders filled in."""
    newest = (home / "current").resolve()
    values = {"RELEASE_DIR": str(newest), "ID": newest.name, "A": OLD, "B": newest.name}
    line = line.replace(".venv/bin/misconduct", f"{sys.executable} -m dagster_project.cli")
    return re.sub(r"\b(RELEASE_DIR|ID|A|B)\b", lambda found: values[found[0]], line)


@pytest.mark.slow
@pytest.mark.parametrize(("page", "line"), to_run())
def test_a_command_of_the_guides_does_what_it_says(page: str, line: str, two: Path) -> None:
    env = {**os.environ, "MISCONDUCT_HOME": str(two), "PYTHONPATH": str(REPOSITORY)}
    env.pop("MISCONDUCT_LANDING", None)
    command = ["bash", "-euo", "pipefail", "-c", filled(line, two)]
    done = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{page}: {line}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr


def test_every_reason_is_needed() -> None:
    told = {reason(line) for _, line in lines_of_guides()} - {""}
    assert told == set(REASONS)


def test_every_private_command_is_run_by_some_guide() -> None:
    """So that a new command cannot come without an example that works."""
    run = "\n".join(line for _, line in to_run())
    skipped = {"serve", "ui", "check", "approve"}
    missing = [name for name in names() if name not in skipped and f"misconduct {name}" not in run]
    assert missing == []


def names() -> list[str]:
    """Every command with its parts, such as `log verify`."""
    return [name for name, _ in leaves(parser(), "")]


def leaves(top: argparse.ArgumentParser, before: str) -> list[tuple[str, argparse.ArgumentParser]]:
    """The commands below a parser that have none below themselves."""
    below = [a for a in top._actions if isinstance(a, argparse._SubParsersAction)]
    if not below:
        return [(before.strip(), top)]
    return [leaf for name, child in below[0].choices.items() for leaf in leaves(child, f"{before} {name}")]


def mentions() -> list[tuple[str, str]]:
    """Every `misconduct ...` inside a sentence."""
    found = []
    for page in PAGES:
        text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        found += [(page.name, words) for words in re.findall(r"`misconduct ([^`]+)`", text)]
    return sorted(set(found))


@pytest.mark.parametrize(("page", "words"), mentions())
def test_a_command_in_a_sentence_is_one_that_exists(page: str, words: str) -> None:
    given = shlex.split(words.replace("\n", " "))
    known = [name.split() for name in names()]
    found = [name for name in known if given[: len(name)] == name]
    groups = {name[0] for name in known if len(name) > 1}
    assert found or given in [[group] for group in groups], f"{page}: misconduct {words}"
    if found:
        options = dict(leaves(parser(), ""))[" ".join(found[0])]
        known_options = {text for action in options._actions for text in action.option_strings}
        assert {word for word in given if word.startswith("--")} <= known_options, (
            f"{page}: misconduct {words}"
        )


@pytest.mark.parametrize("name", names())
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, mock.patch.dict(os.environ):
        main([*name.split(), "--help"])
    assert ended.value.code == 0
    assert "usage: misconduct" in capsys.readouterr().out


def test_what_is_not_in_the_list_would_be_run() -> None:
    text = "```sh\nmisconduct forget   # all\nmake run\nMAIL='a b' misconduct ui\n```\n"
    assert [line for line in blocks(text) if not reason(line)] == ["misconduct forget"]
