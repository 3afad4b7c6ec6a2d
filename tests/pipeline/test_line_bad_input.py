"""Bad input: each kind ends with its exit code, a message to act on, and the old release still served."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from dagster_project.cli import main

Damage = Callable[[Path], None]

pytestmark = pytest.mark.slow


def edit(name: str, old: str, new: str, encoding: str = "utf-8", count: int = 1) -> Damage:
    """Replace a text in a file of the landing folder."""

    def damage(landing: Path) -> None:
        text = (landing / name).read_bytes().decode(encoding)
        assert old in text
        (landing / name).write_bytes(text.replace(old, new, count).encode(encoding))

    return damage


def cut(name: str) -> Damage:
    """Keep the first half of a file."""
    return lambda landing: (landing / name).write_bytes(
        (landing / name).read_bytes()[: (landing / name).stat().st_size // 2]
    )


def repeat_first_entry(landing: Path) -> None:
    """Name the first file twice in sources.toml."""
    path = landing / "sources.toml"
    head, first, *others = path.read_text().split("[[source]]")
    path.write_text("[[source]]".join([head, first, first, *others]))


NOTHING_LOADED = {
    "missing file": (lambda landing: (landing / "allegations_2012.csv").unlink(), ["allegations_2012.csv"]),
    "empty file": (
        lambda landing: (landing / "allegations_2012.csv").write_bytes(b""),
        ["allegations_2012.csv", "empty"],
    ),
    "truncated workbook": (cut("allegations_2017.xlsx"), ["allegations_2017.xlsx"]),
    "truncated ods": (cut("allegations_2019.ods"), ["allegations_2019.ods"]),
    "heading gone": (
        edit("allegations_2018.csv", "Case Ref,", "Case,"),
        ["allegations_2018.csv", "Case Ref"],
    ),
    "same file twice": (repeat_first_entry, ["allegations_2010.csv", "twice"]),
    "wrong sha256": (
        edit(
            "sources.toml",
            'file = "allegations_2011.csv"',
            f'file = "allegations_2011.csv"\nsha256 = "{"0" * 64}"',
        ),
        ["allegations_2011.csv", "sha256"],
    ),
    "wrong row count": (
        edit("sources.toml", 'file = "allegations_2011.csv"', 'file = "allegations_2011.csv"\nrows = 7'),
        ["allegations_2011.csv", "rows"],
    ),
    "typo in sources.toml": (
        edit("sources.toml", "date_formats", "date_fromats"),
        ["date_fromats", "date_formats"],
    ),
    "no toml at all": (lambda landing: (landing / "sources.toml").write_text("force = "), ["sources.toml"]),
    "no sources.toml": (lambda landing: (landing / "sources.toml").unlink(), ["sources.toml"]),
    "typo in register.toml": (edit("register.toml", "wording", "wordnig"), ["register.toml", "wordnig"]),
    "category that no list has": (
        edit("register.toml", '"no_action"', '"no_acton"'),
        ["register.toml: figure", "`action_path` has no category `no_acton`", "did you mean `no_action`"],
    ),
    "dimension that there is not": (
        edit("register.toml", "officer_sex", "officer_sx"),
        ["register.toml: figure", "no dimension `officer_sx`, did you mean `officer_sex`"],
    ),
    "another force": (
        edit("sources.toml", "Metropolitan Police Service", "Example Constabulary"),
        ["Example Constabulary", "Metropolitan Police Service", "--home"],
    ),
}

REFUSED = {
    "unknown label": (
        edit("allegations_2018.csv", "Public complaint", "Public complant"),
        [r"allegations_2018\.csv, row \d+", "Public complant", "(?i)public complaint"],
    ),
    "impossible date": (
        edit("allegations_2018.csv", "2018-01-03", "2018-02-31"),
        [r"allegations_2018\.csv, row \d+", "2018-02-31"],
    ),
    "row of another year": (
        edit("allegations_2018.csv", ",2018-01-03,", ",2016-01-03,"),
        [r"allegations_2018\.csv, row \d+", "2016"],
    ),
}


def served(home: Path) -> tuple[Path, list[str]]:
    """Where current points, and every release there is."""
    return (home / "current").resolve(), sorted(path.name for path in (home / "releases").iterdir())


def refresh(home: Path, landing: Path) -> int:
    """A refresh in this process; its settings are gone afterwards."""
    with mock.patch.dict(os.environ):
        return main(["refresh", "--home", str(home), "--landing", str(landing)])


def check(home: Path, landing: Path, code: int, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The refresh ends with the code and all words, and nothing that was published changed."""
    before = served(home)
    assert refresh(home, landing) == code
    said = "".join(capsys.readouterr())
    for word in words:
        assert re.search(word, said), said
    assert "Traceback" not in said
    assert "Dependencies for step" not in said
    assert served(home) == before


@pytest.mark.parametrize("name", NOTHING_LOADED)
def test_nothing_is_loaded(name: str, home: Path, landing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage, words = NOTHING_LOADED[name]
    damage(landing)
    accepted = {path: path.read_bytes() for path in (home / "raw" / "accepted").rglob("*.parquet")}
    check(home, landing, 2, [re.escape(word) for word in words], capsys)
    assert {path: path.read_bytes() for path in (home / "raw" / "accepted").rglob("*.parquet")} == accepted


@pytest.mark.parametrize("name", REFUSED)
def test_gate_1_refuses(name: str, home: Path, landing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage, words = REFUSED[name]
    damage(landing)
    check(home, landing, 1, [*words, "gate 1 refused"], capsys)


UNDATED = """
force = "Example Constabulary"
scope = "all misconduct"
population = "officers"
vocabulary = "mps"
synthetic = true

[[source]]
file = "cases.csv"
years = "none"
as_at = 2021-06-30
allegation_ref = ["Case", "Subject"]
missing = ["case_type", "staff_type", "rank_band", "sex", "known_date", "recorded_date", "allegation_type",
  "da_flag", "severity", "result", "action", "sanction", "proceedings_type", "outcome_date", "left_date",
  "exit_route", "investigating_force"]

[source.columns]
case_ref = "Case"
officer_key = "Subject"
"""


def test_a_file_without_years_is_accepted_and_the_rest_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, landing = tmp_path / "home", tmp_path / "landing"
    landing.mkdir()
    (landing / "sources.toml").write_text(UNDATED, encoding="utf-8")
    (landing / "cases.csv").write_text("Case,Subject\nC1,S1\nC1,S2\nC2,S1\n", encoding="utf-8")
    assert refresh(home, landing) == 1
    said = "".join(capsys.readouterr())
    assert "no row has a year" in said
    assert "recorded_date" in said
    assert [path.stem[:5] for path in (home / "raw" / "accepted").rglob("*/2021-06-30/*.parquet")] == [
        "cases"
    ]
    assert not (home / "current").exists()


def test_no_landing_folder(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(home, tmp_path / "nowhere", 2, ["nowhere"], capsys)


def test_a_home_in_a_bad_landing_folder_is_never_made(tmp_path: Path) -> None:
    assert refresh(tmp_path / "home", tmp_path / "nowhere") == 2
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("option", ["--home", "--landing"])
def test_an_empty_folder_is_not_the_folder_of_the_moment(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["refresh", option, ""])
    assert ended.value.code == 2
    assert "no folder" in capsys.readouterr().err


def test_an_unknown_command_or_day_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["refrsh"], ["refresh", "--published-on", "tomorrow"], ["withdraw", "x"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
    assert "YYYY-MM-DD" in capsys.readouterr().err
