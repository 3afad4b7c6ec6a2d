"""A cube on the command line: protected, attacked again, and one clear line for every kind of bad input."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_margins import cube

from disclosure.__main__ import main

NAMES = ("force", "year", "sex", "rank")
GOOD: dict[str, Any] = {
    "version": 1,
    "threshold": 5,
    "key": "a secret",
    "cube": {"file": "c.csv", "order": 2},
}


def rows(seed: int) -> str:
    inner = cube(seed).inner
    lines = [",".join((*NAMES, "count"))]
    for position, count in zip(np.ndindex(inner.shape), inner.ravel().tolist(), strict=True):
        lines.append(
            ",".join((*(f"{name[0]}{n}" for name, n in zip(NAMES, position, strict=True)), str(count)))
        )
    return "\n".join(lines) + "\n"


def run(folder: Path, command: str, payload: object, text: str | None = None) -> int:
    (folder / "c.csv").write_text(rows(3) if text is None else text, encoding="utf-8")
    (folder / "i.json").write_text(json.dumps(payload), encoding="utf-8")
    return main([command, str(folder / "i.json")])


def answer(folder: Path, command: str, payload: object, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code = run(folder, command, payload)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == (found["status"] != "proven")
    return found


def test_what_protect_withholds_is_proven_by_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(tmp_path, "protect", GOOD, capsys)
    assert found["status"] == "proven"
    assert set(found["secondary"]) < set(found["hidden"])
    hidden = {**GOOD, "key": None, "hidden": found["hidden"]}
    assert answer(tmp_path, "audit", hidden, capsys)["status"] == "proven"


def test_audit_fails_what_is_too_little(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(tmp_path, "protect", GOOD, capsys)
    small = sorted(set(found["hidden"]) - set(found["secondary"]))
    without = answer(tmp_path, "audit", {**GOOD, "hidden": small[1:]}, capsys)
    assert (without["status"], without["shown"]) == ("disclosive", small[:1])
    alone = answer(tmp_path, "audit", {**GOOD, "hidden": small}, capsys)
    assert alone["status"] != "proven"
    assert alone["unproven"]
    assert answer(tmp_path, "audit", {**GOOD, "hidden": small, "budget_s": 0}, capsys) == {"status": "budget"}


def test_somebody_named_alone_is_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(tmp_path, "protect", {**GOOD, "singletons": ["force=f0|year=y0"]}, capsys)
    assert found["status"] in ("proven", "unprotectable")
    run(tmp_path, "protect", {**GOOD, "singletons": ["force=f0|year=y9"]})
    assert "singletons: no published cell is called 'force=f0|year=y9'" in capsys.readouterr().err


def test_compressed_counts_are_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = answer(tmp_path, "protect", GOOD, capsys)
    with gzip.open(tmp_path / "c.csv.gz", "wt", encoding="utf-8") as file:
        file.write(rows(3))
    packed = answer(tmp_path, "protect", {**GOOD, "cube": {"file": "c.csv.gz", "order": 2}}, capsys)
    assert packed["hidden"] == plain["hidden"]


BAD_FIELDS = {
    "no key": ({"key": None}, "key: is missing"),
    "no threshold": ({"threshold": None}, "threshold: is missing"),
    "an equation": ({"equations": []}, "'equations' cannot stand beside cube"),
    "no file": ({"cube": {"order": 2}}, "cube: file must be the name"),
    "a missing file": ({"cube": {"file": "other.csv"}}, "other.csv: cannot be read"),
    "a misspelt field": ({"cube": {"file": "c.csv", "ordr": 2}}, "cube: unknown field 'ordr'"),
    "no order": ({"cube": {"file": "c.csv", "order": 0}}, "cube: order must be"),
    "too high an order": ({"cube": {"file": "c.csv", "order": 9}}, "cube: order 9 is more than"),
    "no cube": ({"cube": []}, "cube: must be an object"),
    "another version": ({"version": 2}, "version: must be 1"),
    "an unknown cell": ({"hidden": ["force=x"]}, "hidden: no published cell is called 'force=x'"),
    "an inner cell": ({"hidden": ["force=f0|year=y0|sex=s0"]}, "hidden: no published cell"),
    "a number for a cell": ({"hidden": [3]}, "hidden: no published cell"),
    "no list": ({"hidden": "total"}, "hidden: must be a list"),
}
BAD_ROWS = {
    "nothing": ("", "row 1: columns must be"),
    "no count": ("a,b\nx,1\n", "row 1: columns must be"),
    "a dimension twice": ("a,a,count\nx,y,1\n", "row 1: dimension 'a'"),
    "no row": ("a,b,count\n", "has no row"),
    "a negative count": ("a,b,count\nx,y,-1\n", "row 2: count must be a whole number"),
    "a fraction": ("a,b,count\nx,y,1.5\n", "row 2: count must be a whole number"),
    "too few fields": ("a,b,count\nx,1\n", "row 2: has 2 fields, not 3"),
    "an empty code": ("a,b,count\nx,,1\n", "row 2: a code is empty"),
    "a combination twice": ("a,b,count\nx,y,1\nx,z,1\nx,y,2\n", "row 4: the same combination as in row 2"),
    "an open quote": ('a,b,count\n"x,y,1\n', "is not a CSV file"),
}


@pytest.mark.parametrize("name", BAD_FIELDS)
def test_bad_fields_are_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    change, words = BAD_FIELDS[name]
    assert run(tmp_path, "protect", {**GOOD, **change}) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err


@pytest.mark.parametrize("name", BAD_ROWS)
def test_bad_rows_are_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    text, words = BAD_ROWS[name]
    assert run(tmp_path, "audit", GOOD, text) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"c.csv: {words}" in err


def test_a_broken_archive_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(rows(3).encode())[:-20])
    assert run(tmp_path, "audit", {**GOOD, "cube": {"file": "c.csv.gz"}}) == 2
    assert "c.csv.gz: is not a CSV file" in capsys.readouterr().err
