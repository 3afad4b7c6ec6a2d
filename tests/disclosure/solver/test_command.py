"""The file interface: what is printed, the exit codes, and one clear line for every kind of bad input."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from solver_systems import systems

from disclosure.__main__ import main
from disclosure.instance import Instance, InstanceError
from disclosure.reading import parse

GOOD: dict[str, Any] = {
    "version": 1,
    "threshold": 5,
    "cells": [
        {"id": 0, "code": "all", "value": 40},
        {"id": 1, "code": "a", "value": 3},
        {"id": 2, "code": "b", "value": 17},
        {"id": 3, "code": "c", "value": 20},
    ],
    "equations": [{"total": 0, "parts": [1, 2, 3]}],
}
BAD = {
    "a misspelt field": ({"hiden": [1]}, "unknown field 'hiden', did you mean 'hidden'"),
    "another version": ({"version": 2}, "version"),
    "a truth value as version": ({"version": True}, "version: must be 1"),
    "no cells": ({"cells": None}, "cells: is missing"),
    "a negative count": ({"cells": [{"id": 0, "value": -1}]}, "cell 0: value"),
    "a fraction": ({"cells": [{"id": 0, "value": 1.5}]}, "cell 0: value"),
    "a truth value as count": ({"cells": [{"id": 0, "value": True}]}, "cell 0: value"),
    "an id twice": ({"cells": [*GOOD["cells"], {"id": 3, "value": 20}]}, "cell 3: id used twice"),
    "an unknown part": ({"equations": [{"total": 0, "parts": [1, 9]}]}, "equations[0]: parts: unknown id 9"),
    "an unknown hidden cell": ({"hidden": [8]}, "hidden: unknown id 8"),
    "an unknown singleton": ({"singletons": [{"cell": 7}]}, "singletons[0]: cell: unknown id 7"),
    "a contradicting total": (
        {"equations": [{"total": 0, "parts": [1, 2]}]},
        "equations[0]: total 0 is 40 but its parts make 20: off by 20",
    ),
    "a cycle": (
        {"equations": [{"total": 0, "parts": [1, 2, 3]}, {"total": 1, "parts": [0]}]},
        "equations: cyclic",
    ),
    "a total of itself": ({"equations": [{"total": 1, "parts": [1]}]}, "equations[0]: cyclic"),
    "a contradicting known": ({"known": {"1": 4}}, "known[1]: 4 contradicts value 3 of cell 1"),
    "a broken constraint": (
        {"constraints": [{"terms": [[1, 1], [2, -1]], "sense": ">=", "rhs": 0}]},
        "constraints[0] (cells 1, 2): -14 >= 0 does not hold",
    ),
    "an unknown sense": (
        {"constraints": [{"terms": [[1, 1]], "sense": "<", "rhs": 9}]},
        "constraints[0]: sense",
    ),
    "a lower bound above the upper": (
        {"cells": [{"id": 0, "lower": 5, "upper": 4}], "equations": []},
        "cell 0: lower 5 is above upper 4",
    ),
    "a threshold of nothing": ({"threshold": 0}, "threshold"),
    "a budget of text": ({"budget_s": "long"}, "budget_s"),
    "a key of numbers": ({"key": 7}, "key"),
    "no cell at all": ({"cells": [], "equations": []}, "cells: is empty"),
    "a count beyond all people": ({"cells": [{"id": 0, "value": 10**30}]}, "cell 0: value: must be at most"),
    "no number": ({"cells": [{"id": 0, "value": float("nan")}]}, "cell 0: value"),
    "a field nobody knows": ({"colour": "red"}, "instance: unknown field 'colour'"),
    "a field of a cell nobody knows": ({"cells": [{"id": 0, "hue": 1}]}, "cell 0: unknown field 'hue'"),
    "a part twice": (
        {"equations": [{"total": 0, "parts": [1, 1]}]},
        "equations[0]: parts names cell 1 twice",
    ),
    "known of one cell twice": ({"known": {"1": 3, "01": 3}}, "known: names cell 1 twice"),
    "known that is no object": ({"known": [1]}, "known: must be an object"),
    "an unknown known": ({"known": {"9": 1}}, "known: unknown id 9"),
    "an unknown must_prove": ({"must_prove": [7]}, "must_prove: unknown id 7"),
    "an unknown thing a singleton knows": (
        {"singletons": [{"cell": 1, "knows": [8]}]},
        "singletons[0]: knows: unknown id 8",
    ),
    "a cell to hide and to show": ({"must_hide": [1], "never_hide": [1]}, "cell 1: is in must_hide and in"),
    "a cost below nothing": ({"cells": [{"id": 0, "cost": -1}], "equations": []}, "cell 0: cost"),
}


def run(tmp_path: Path, command: str, payload: object) -> int:
    path = tmp_path / "instance.json"
    path.write_text(payload if isinstance(payload, str) else json.dumps(payload), encoding="utf-8")
    return main([command, str(path)])


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["protect", "audit"])
def test_bad_input_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, command: str
) -> None:
    change, words = BAD[name]
    assert run(tmp_path, command, {**GOOD, **change}) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("text", ["", "{", "[1", "nonsense", "[]", "7", "[" * 100_000])
def test_what_is_no_instance_at_all_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert run(tmp_path, "protect", text) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"hidden": [], "hidden": [1]}', "the name 'hidden' stands twice"),
        (b'{"cells": ' + b"1" * 5000 + b"}", "too many digits"),
        (b"\xff\xfe", "is not UTF-8 at byte 0"),
        (b'{"cells": [{"id": 0, "value": 1}], "equations": [],}', "is not JSON"),
    ],
)
def test_broken_files_are_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    path = tmp_path / "instance.json"
    path.write_bytes(content)
    assert main(["protect", str(path)]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1
    assert main(["audit", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_words_for_people_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "instance.json"
    payload = {**GOOD, "note": "two tables", "equations": [*GOOD["equations"], *GOOD["equations"]]}
    path.write_text(json.dumps(payload), encoding="utf-8-sig")
    assert main(["protect", str(path)]) == 0


JUNK = (
    None, True, -1, 0, 7, 2.5, 1e300, float("nan"), float("inf"), 10**30, "", "x", "1", "\ud800", [], {}, [1],
    [[]], [[1, 2]], {"id": 1}, [None],
)  # fmt: skip
RICH: dict[str, Any] = {
    **GOOD,
    "constraints": [{"terms": [[1, 1], [3, -1]], "sense": "<=", "rhs": 0, "why": "officers"}],
    "primary": [1], "known": {"3": 20}, "singletons": [{"cell": 1, "knows": [2]}], "never_hide": [0],
    "must_hide": [], "must_prove": [], "hidden": [1, 2], "key": None, "budget_s": 600,
}  # fmt: skip


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [*([way] if way else []), *(p for name, child in inside for p in places(child, (*way, name)))]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_put_anywhere_ends_in_an_answer_or_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        payload = copy.deepcopy(RICH)
        *way, last = chance.choice(places(payload))
        inner = payload
        for name in way:
            inner = inner[name]
        inner[last] = copy.deepcopy(chance.choice(JUNK))
        for command in ("protect", "audit"):
            code = run(tmp_path, command, payload)
            out, err = capsys.readouterr()
            assert (out == "", err.count("\n")) == ((True, 1) if code == 2 else (False, 0)), payload


def test_a_missing_file_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_protect_then_audit_from_the_shell(tmp_path: Path) -> None:
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "disclosure", "protect", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert set(found) == {"status", "hidden", "secondary", "unprotectable", "lower", "seconds"}
    assert found["status"] == "proven"
    assert set(found["hidden"]) == {1, *found["secondary"]}


def test_audit_prints_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    withheld = [dict(cell, value=None) if cell["id"] == 1 else cell for cell in GOOD["cells"]]
    assert run(tmp_path, "audit", {**GOOD, "cells": withheld, "hidden": [1]}) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == "disclosive"
    assert found["exact"] == found["below_threshold"] == [1]
    assert found["intervals"] == {"1": [3, 3]}
    assert run(tmp_path, "audit", {**GOOD, "hidden": [1, 2]}) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["intervals"] == {"1": [1, 19], "2": [1, 19]}


def test_what_cannot_be_protected_is_exit_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "protect", {**GOOD, "never_hide": [0, 2, 3]}) == 1
    assert json.loads(capsys.readouterr().out)["unprotectable"] == [1]
    assert run(tmp_path, "protect", {**GOOD, "budget_s": 0}) == 1
    assert json.loads(capsys.readouterr().out)["status"] == "budget"


def test_protect_needs_the_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blank = [dict(cell, value=None) if cell["id"] == 2 else cell for cell in GOOD["cells"]]
    assert run(tmp_path, "protect", {**GOOD, "cells": blank}) == 2
    assert "cell 2: protect needs its value" in capsys.readouterr().err


@settings(max_examples=20, deadline=None, derandomize=True)
@given(systems())
def test_an_instance_survives_the_round_trip(instance: Instance) -> None:
    assert parse(json.loads(json.dumps(instance.to_payload()))) == instance


def test_findings_are_counted(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match=r"\(and 1 more\)"):
        parse({**GOOD, "hidden": [8], "never_hide": [9]})
