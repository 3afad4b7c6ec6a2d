"""docs/sources.md names every key and every finding, and each of its examples does what it says."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import ingest
from ingest import keys
from ingest.canonical import MAPPABLE
from ingest.headings import fold

REPOSITORY = Path(__file__).resolve().parents[2]
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


def placed(room: Any, example: Example) -> ingest.Landing:
    """The example's landing folder with the files that it reads."""
    room.write("sources.toml", whole(example))
    landing: ingest.Landing = room.landing(MISCONDUCT_REAL_DATA=str(room.folder))
    read = landing.sources[0].read
    text = example.csv or PLAIN_FILE
    path = landing.root / read.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_xlsx(text, read.sheet) if read.sheet else text.encode(read.encoding or "utf-8"))
    (landing.root / "people.csv").write_text(LOOKUP)
    return landing


@pytest.mark.parametrize("example", sections(), ids=lambda example: example.name)
def test_each_example_does_what_the_guide_says(room: Any, example: Example) -> None:
    landing = placed(room, example)
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


@pytest.mark.parametrize("example", sections(), ids=lambda example: example.name)
def test_without_its_key_an_example_comes_out_otherwise(room: Any, example: Example) -> None:
    """A key that could be left out of its own example would be untested, and perhaps do nothing."""
    with_key = outcome(room, placed(room, example))
    document = tomllib.loads(whole(example))
    owner, name = owner_of(document, example.name)
    del owner[name]
    room.write("sources.toml", as_toml(document))
    try:
        without = outcome(room, room.landing(MISCONDUCT_REAL_DATA=str(room.folder)))
    except ingest.LandingError as refused:
        without = str(refused)
    assert without != with_key


def outcome(room: Any, landing: ingest.Landing) -> object:
    """All that an entry decides: what is written, what is told, and what the landing hands on."""
    try:
        report = load(room, landing)
    except ingest.LandingError as refused:
        return str(refused)
    file = report.files[0]
    told = [(finding.code, finding.row, finding.message) for finding in file.findings]
    rows = [*room.incoming(report), *room.quarantine()]
    return rows, told, file.years, file.max_quarantined, file.furniture, landing.bands, landing.synthetic


def owner_of(document: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """The table of a document that holds the key of a section, and the key."""
    source = document["source"][0]
    plain = name.removeprefix("join.")
    joins = source.get("join", [{}])
    if name in ("on", "expect", "on_number", "join.columns"):
        return joins[0], plain
    places = [document, document.get("publish", {}), source]
    return next(place for place in places if name in place), name


def as_toml(document: dict[str, Any]) -> str:
    """TOML text, every table inline but for the first level."""
    plain = [f"{name} = {inline(value)}" for name, value in document.items() if name != "source"]
    entries = [
        "\n".join(["[[source]]", *(f"{name} = {inline(value)}" for name, value in entry.items())])
        for entry in document.get("source", [])
    ]
    return "\n".join([*plain, *entries]) + "\n"


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {inline(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(one) for one in value) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


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
