"""docs/sources.md names every key and every finding, and each of its examples does what it says."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import ingest
from ingest import keys
from ingest.canonical import MAPPABLE
from ingest.headings import fold

REPOSITORY = Path(__file__).resolve().parents[3]
GUIDE = (REPOSITORY / "docs" / "sources.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOP = tuple(key.name for key in keys.TOP)


@dataclass(frozen=True)
class Example:
    """A section of the guide: its name, the lines to try, the file they read and what is promised."""

    name: str
    toml: str
    csv: str | None
    balance: str | None
    finding: str | None


def sections() -> list[Example]:
    found = []
    for part in re.split(r"^### ", GUIDE, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        blocks = dict(BLOCK.findall(body.split("\n## ")[0].split("```csv people.csv")[0]))
        balance, finding = blocks.get("balance"), blocks.get("finding")
        found.append(Example(name.strip(), blocks.get("toml", ""), blocks.get("csv"), balance, finding))
    return found


def first_block(kind: str, info: str = "") -> str:
    match = re.search(rf"^```{kind}{info}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert match is not None
    return match[1]


PLAIN_FILE = first_block("csv")
PLAIN_BALANCE = first_block("balance")
LOOKUP = first_block("csv", " people.csv")


def test_every_key_has_a_section_and_every_section_is_a_key() -> None:
    plain = {key.name for group in (keys.TOP, keys.PUBLISH, keys.SOURCE) for key in group}
    lookup = {key.name for key in keys.JOIN} - {key.name for key in keys.FILE} - {"columns"}
    assert sorted(example.name for example in sections()) == sorted(plain | lookup | {"join.columns"})


@pytest.mark.parametrize("example", sections(), ids=lambda example: example.name)
def test_the_example_of_a_key_uses_the_key(example: Example) -> None:
    assert re.search(rf"\b{example.name.split('.')[-1]}\b", example.toml)


def whole(example: Example) -> str:
    """The example with the lines that the guide says it leaves out."""
    given = tomllib.loads(example.toml)
    top = [line for line in first_block("toml").splitlines()[:5] if line.split(" = ")[0] not in given]
    entry = {"file": '"a.csv"', "years": '"2017"', "as_at": "2021-06-30"}
    if any(name in TOP and not isinstance(given[name], dict | list) for name in given) or "publish" in given:
        return "\n".join([*top, example.toml, *_entry(entry, {}), _missing(example, {})])
    if isinstance(given.get("source"), list):
        return "\n".join([*top, example.toml, _missing(example, {})])
    inside = {**given, **given.get("source", {})}
    return "\n".join([*top, *_entry(entry, inside), _missing(example, inside), example.toml])


def _entry(entry: dict[str, str], given: dict[str, Any]) -> list[str]:
    return ["[[source]]", *(f"{name} = {value}" for name, value in entry.items() if name not in given)]


def _missing(example: Example, given: dict[str, Any]) -> str:
    """A line that lists the canonical columns that the files do not have and the example does not mention."""
    if "missing" in given:
        return ""
    lookup = LOOKUP.splitlines()[0].split(",") if "join" in given else []
    taken = [name for join in given.get("join", ()) for name in join.get("columns", lookup)]
    heading = (example.csv or PLAIN_FILE).splitlines()[given.get("header_row", 1) - 1]
    found = {fold(name) for name in [*re.split("[,;]", heading), *taken]}
    mentioned = {*given.get("columns", ()), *given.get("constants", ()), *given.get("wide", ())}
    mentioned |= {"allegation_ref"} if "allegation_ref" in given else set()
    absent = [name for name in MAPPABLE if fold(name) not in found and name not in mentioned]
    return f"missing = {json.dumps(absent)}"


def as_xlsx(text: str, sheet: str) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    book.create_sheet("Notes")
    for row in csv.reader(io.StringIO(text)):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("example", sections(), ids=lambda example: example.name)
def test_each_example_does_what_the_guide_says(room: Any, example: Example) -> None:
    text = whole(example)
    room.write("sources.toml", text)
    landing = room.landing(MISCONDUCT_REAL_DATA=str(room.folder))
    entry = landing.sources[0]
    content = (example.csv or PLAIN_FILE).encode()
    path = landing.root / entry.read.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_xlsx(content.decode(), entry.read.sheet) if entry.read.sheet else content)
    (landing.root / "people.csv").write_text(LOOKUP)
    if example.finding is not None:
        with pytest.raises(ingest.LandingError, match=f": {example.finding.strip()}: "):
            load(room, landing)
        return
    file = load(room, landing).files[0]
    said = (
        f"read {file.read} = accepted {file.accepted} + quarantined {file.quarantined} "
        f"+ furniture {file.furniture} + out of scope {file.out_of_scope}"
    )
    assert said == (example.balance or PLAIN_BALANCE).strip()


def load(room: Any, landing: ingest.Landing) -> ingest.LoadReport:
    return ingest.load(landing, room.code_lists(), room.raw, None, datetime(2021, 7, 1), lambda _: None)


def codes_in_the_source() -> set[str]:
    """Every code that a finding or a rule of the ingest room can have."""
    found = set()
    for path in sorted((REPOSITORY / "ingest").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"error": 0, "Rule": 0, "Finding": 1, "UnknownLabel": 2}.get(node.func.id)
                if (
                    place is not None
                    and len(node.args) > place
                    and isinstance(node.args[place], ast.Constant)
                ):
                    found.add(str(node.args[place].value))
    return found


def test_every_finding_is_in_the_guide_and_every_code_of_the_guide_exists() -> None:
    table = GUIDE.split("## Findings")[1]
    named = {
        code
        for line in table.splitlines()
        if line.startswith("| `")
        for code in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    computed = {"unknown_label", "several_outcomes", "placeholder", "exact_duplicate", "row_unreadable"}
    computed |= {"repeated_reference", "superseded", "most_severe", "split_outcomes"}
    assert named == codes_in_the_source() | computed
