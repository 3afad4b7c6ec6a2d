"""Whatever refuses, nothing is published and the old release stays served."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
pytestmark = pytest.mark.slow


def served(home: Path) -> tuple[Path, list[str]]:
    """Where current points, and every release there is."""
    return (home / "current").resolve(), sorted(path.name for path in (home / "releases").iterdir())


def test_a_threshold_lowered_but_not_recorded_is_refused(
    home: Path, repository_copy: Path, misconduct: Run
) -> None:
    policy = repository_copy / "disclosure" / "policy.toml"
    text = policy.read_text()
    assert re.search(r"(?m)^value = 5$", text) or "value = 5" in text
    policy.write_text(text.replace("value = 5", "value = 3", 1))
    before = served(home)
    ran = misconduct("refresh", "--home", home, repository=repository_copy)
    assert ran.code == 1, ran.said
    assert "ExpectPolicyRecorded" in ran.err
    assert served(home) == before


def test_a_policy_that_cannot_be_read_is_refused(home: Path, repository_copy: Path, misconduct: Run) -> None:
    (repository_copy / "disclosure" / "policy.toml").write_text("threshold = ")
    before = served(home)
    ran = misconduct("refresh", "--home", home, repository=repository_copy)
    assert ran.code == 1, ran.said
    assert "policy.toml" in ran.err
    assert served(home) == before


def test_a_failing_model_publishes_nothing(
    home: Path, repository_copy: Path, new_landing: Path, misconduct: Run
) -> None:
    (repository_copy / "dbt" / "tests" / "assert_never.sql").write_text(
        "select 1 as n from {{ ref('fct_allegations') }}"
    )
    before, warehouse = served(home), (home / "warehouse.duckdb").read_bytes()
    ran = misconduct("refresh", "--home", home, "--landing", new_landing, repository=repository_copy)
    assert ran.code == 1, ran.said
    assert "assert_never" in ran.err
    assert served(home) == before
    assert (home / "warehouse.duckdb").read_bytes() == warehouse


def test_a_table_whose_protection_breaks_is_refused_by_gate_2(
    home: Path, repository_copy: Path, new_landing: Path, misconduct: Run
) -> None:
    """The protector withholds nothing: the gate, which shares no code with it, refuses."""
    path = repository_copy / "disclosure" / "render.py"
    assert path.exists()
    publication = repository_copy / "disclosure" / "publication.py"
    text = publication.read_text()
    assert "def write(" in text
    publication.write_text(
        text + "\n\n_write = write\n\n\ndef write(publication, folder):\n"
        "    for table in publication.protected['tables']:\n"
        "        for row in table['rows']:\n"
        "            if row['marker'] == 'c':\n"
        "                row.update(value=publication.private.values[row['cell']], marker=None)\n"
        "    _write(publication, folder)\n"
    )
    before = served(home)
    ran = misconduct("refresh", "--home", home, "--landing", new_landing, repository=repository_copy)
    assert ran.code == 1, ran.said
    assert "gate 2 refused" in ran.err
    assert served(home) == before


def test_a_refusal_is_logged_by_name(home: Path, repository_copy: Path, misconduct: Run) -> None:
    policy = repository_copy / "disclosure" / "policy.toml"
    policy.write_text(policy.read_text() + "\n# changed\n")
    misconduct("refresh", "--home", home, repository=repository_copy)
    last = json.loads((home / "log" / "log.jsonl").read_text().splitlines()[-1])
    assert last["event"] == "refusal"
    assert "ExpectPolicyRecorded" in last["words"]
