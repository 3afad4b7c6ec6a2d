"""The worked example of docs/data-engineer.md: each step tells and does what the guide says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ingest
from tests.unit.ingest.conftest import NOW

REPOSITORY = Path(__file__).resolve().parents[2]
GUIDE = (REPOSITORY / "docs" / "data-engineer.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    (kind, name, text) for kind, name, text in BLOCK.findall(GUIDE) if name or kind in ("told", "balance")
]


def blocks(kind: str, name: str = "") -> list[str]:
    return [text for one, other, text in BLOCKS if (one, other) == (kind, name)]


def lists(room: Any, *more: str) -> ingest.CodeLists:
    """The real code lists, with rows added as a person would."""
    seeds = room.base / "real"
    seeds.mkdir(exist_ok=True)
    for path in sorted((REPOSITORY / "dbt" / "seeds").glob("*.csv")):
        added = (
            "".join(text.split("\n", 1)[1] for text in more) if path.name == "seed_outcome_labels.csv" else ""
        )
        (seeds / path.name).write_text(path.read_text(encoding="utf-8") + added, encoding="utf-8")
    return ingest.CodeLists.read(seeds)


def told(room: Any, known: ingest.CodeLists) -> set[str]:
    return {found.code for found in ingest.check(room.landing(), known, None)}


def test_the_worked_example_leads_from_two_files_to_accepted_rows(room: Any) -> None:
    for name in ("accused.csv", "complaints.csv"):
        room.write(name, blocks("csv", name)[0])
    first, second = blocks("toml", "sources.toml")
    before, between, after = (set(text.split()) for text in blocks("told"))
    room.write("sources.toml", first)
    assert told(room, lists(room)) == before
    room.write("sources.toml", second)
    assert told(room, lists(room)) == between
    dated = second.replace("as_at = 2021-06-30\n", 'as_at = 2021-06-30\ndate_formats = ["%d/%m/%Y"]\n')
    room.write("sources.toml", dated)
    known = lists(room, *blocks("csv", "seed_outcome_labels.csv"))
    assert told(room, known) == after
    (file,) = ingest.load(room.landing(), known, room.raw, None, NOW, lambda _: None).files
    said = (
        f"read {file.read} = accepted {file.accepted} + quarantined {file.quarantined} "
        f"+ furniture {file.furniture} + out of scope {file.out_of_scope}"
    )
    assert said == blocks("balance")[0].strip()


def test_every_key_that_the_guide_points_to_has_its_section() -> None:
    sections = set(re.findall(r"^#+ (.+)$", (REPOSITORY / "docs" / "sources.md").read_text(), re.MULTILINE))
    anchors = {re.sub(r"[^a-z0-9_. -]", "", name.lower()).replace(" ", "-") for name in sections}
    linked = set(re.findall(r"\(sources\.md#([^)]+)\)", GUIDE))
    assert linked
    assert linked <= anchors
