"""The committed extracts are what the generator writes, on any day and in any process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sample.generate import LANDING, extracts, main
from sample.layouts import LAYOUTS

ROOT = LANDING.parents[1]


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return dict(extracts())


def test_the_generator_reproduces_every_committed_byte(made: dict[str, bytes]) -> None:
    assert {name: (LANDING / name).read_bytes() for name in made} == made


def test_what_the_process_wrote_before_changes_no_byte(made: dict[str, bytes]) -> None:
    from odf.opendocument import OpenDocumentText
    from odf.text import P

    OpenDocumentText().text.addElement(P(text="written before"))
    assert dict(extracts()) == made


def test_no_other_extract_lies_in_the_landing_folder(made: dict[str, bytes]) -> None:
    beside = {"sources.toml", "register.toml", "published_figures.csv"}
    assert {path.name for path in LANDING.iterdir()} == beside | set(made)


def test_another_process_with_another_hash_seed_and_zone_writes_the_same_bytes(
    tmp_path: Path, made: dict[str, bytes]
) -> None:
    environment = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-m", "sample.generate", "--out", str(tmp_path / "out")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == made


def test_the_out_option_leaves_the_committed_folder_alone(tmp_path: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in LANDING.iterdir()}
    assert main(["--out", str(tmp_path)]) == 0
    assert {path.name: path.stat().st_mtime_ns for path in LANDING.iterdir()} == before


def test_a_changed_seed_changes_the_files(monkeypatch: pytest.MonkeyPatch, made: dict[str, bytes]) -> None:
    monkeypatch.setattr("sample.plan.SEED", "another seed")
    assert extracts()["allegations_2013.csv"] != made["allegations_2013.csv"]


def test_there_are_eleven_years_in_three_formats() -> None:
    formats = [layout.file.rpartition(".")[2] for layout in LAYOUTS.values()]
    assert list(LAYOUTS) == list(range(2010, 2021))
    assert (formats.count("xlsx"), formats.count("ods"), formats.count("csv")) == (2, 2, 7)


def test_a_declared_sha256_is_that_of_the_file() -> None:
    entries = tomllib.loads((LANDING / "sources.toml").read_text())["source"]
    declared = {entry["file"]: entry["sha256"] for entry in entries if "sha256" in entry}
    assert declared
    assert {name: hashlib.sha256((LANDING / name).read_bytes()).hexdigest() for name in declared} == declared
