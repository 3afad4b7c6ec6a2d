"""The benchmarks as one program: parts that can be chosen, and a failure that loses none of the others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.measure import copied


def fine(_: bool) -> int:
    """It ends well."""
    return 0


def slow(_: bool) -> int:
    """It breaks a limit."""
    return 1


def torn(_: bool) -> int:
    """It fails."""
    raise RuntimeError("no such table\nand more")


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "PARTS", {"torn": torn, "slow": slow, "fine": fine})
    monkeypatch.setattr(bench, "machine", lambda: "a machine")


def ended(printed: str) -> dict[str, str]:
    rows = printed.split("how it ended\n")[1].splitlines()
    return {name: words for name, _, words in (row.split(maxsplit=2) for row in rows)}


def test_a_part_that_fails_loses_none_of_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([]) == 1
    assert ended(capsys.readouterr().out) == {
        "torn": "failed: RuntimeError: no such table",
        "slow": "a limit is broken",
        "fine": "every limit holds",
    }


def test_only_the_chosen_parts_are_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--only", "fine"]) == 0
    assert list(ended(capsys.readouterr().out)) == ["fine"]
    assert bench.main(["--skip", "torn"]) == 1
    assert list(ended(capsys.readouterr().out)) == ["slow", "fine"]


def test_a_part_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SystemExit) as refused:
        bench.main(["--only", "guess"])
    assert refused.value.code == 2


def test_a_home_is_copied_while_somebody_looks_into_its_record(tmp_path: Path) -> None:
    """What SQLite keeps beside an open database may be gone before it is copied."""
    home = tmp_path / "home"
    home.mkdir()
    with closing(sqlite3.connect(home / "index.db")) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table runs (name text)")
        assert (home / "index.db-wal").exists()
        copy = copied(home, tmp_path / "copy")
    assert [path.name for path in copy.iterdir()] == ["index.db"]
