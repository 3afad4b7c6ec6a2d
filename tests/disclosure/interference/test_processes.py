"""Everything after the protected folder is a function of its bytes, and nothing private is in any of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from disclosure.policy import Policy
from disclosure.publication import Publication, write
from expectations import GateRecord, PrivateFacts, gate_out
from expectations.scanner import scan, scan_bytes

KEY = b"k" * 32
CANARY = "canary-officer-90417"
PLACES = (
    {"PYTHONHASHSEED": "1", "TZ": "Europe/London", "LANG": "en_GB.UTF-8"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LANG": "C", "HOME": "/nonexistent"},
)


class Made(NamedTuple):
    """One way from raw data to a release: its folders and what was said on the way."""

    publication: Publication
    protected: Path
    release: Path
    said: str


@pytest.fixture(scope="module")
def made(
    raw: ModuleType, processes: ModuleType, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Made, Made]:
    """Releases of two sets of records that agree in all that is shown, one of them full of canaries."""
    marts = raw.counted(raw.records(1))
    first = raw.protect(marts, policy, KEY)
    witnessed = raw.witnessed(first, raw.true_values(first, marts), 2)
    others = (raw.protect(raw.realised(first, values, CANARY), policy, KEY) for values in witnessed)
    second = next(one for one in others if one.protected == first.protected)
    assert first.private.values != second.private.values
    return tuple(  # type: ignore[return-value]
        _released(publication, processes, tmp_path_factory.mktemp("home"), environ)
        for publication, environ in zip((first, second), PLACES, strict=True)
    )


def _released(publication: Publication, processes: ModuleType, home: Path, environ: dict[str, str]) -> Made:
    write(publication, home / "protected")
    (home / "raw.csv").write_text(f"officer,case\n{CANARY},{CANARY}/2017\n", encoding="utf-8")
    copy = Path(shutil.copytree(home / "protected", home / "copy"))
    said = processes.release(copy, home / "release", environ)
    return Made(publication, copy, home / "release", said)


def test_other_raw_data_with_the_same_protected_bytes_gives_the_same_release(
    made: tuple[Made, Made], processes: ModuleType
) -> None:
    for name in ("protected", "release"):
        first, second = (processes.files_of(getattr(one, name)) for one in made)
        assert len(first) > 3
        assert first.keys() == second.keys()
        assert [path for path in first if first[path] != second[path]] == []


def test_what_the_commands_say_is_the_same_and_tells_nothing(made: tuple[Made, Made]) -> None:
    first, second = made
    assert first.said == second.said
    assert not any(character.isdigit() for character in first.said)


def test_another_protected_byte_gives_another_release(
    made: tuple[Made, Made], processes: ModuleType, tmp_path: Path
) -> None:
    """The comparison can fail: a title of one letter more shows in pages and files."""
    folder = Path(shutil.copytree(made[0].protected, tmp_path / "protected"))
    text = (folder / "protected.json").read_text(encoding="utf-8")
    (folder / "protected.json").write_text(text.replace('"Outcomes"', '"Outcomess"'), encoding="utf-8")
    processes.release(folder, tmp_path / "release", PLACES[0])
    first, second = processes.files_of(made[0].release), processes.files_of(tmp_path / "release")
    assert any(first[path] != second.get(path) for path in first if path.endswith(".html"))


def judged(one: Made, folder: Path, docs: Path) -> GateRecord:
    """Gate 2 on the protected files, with canaries among the private strings."""
    target = folder / "judged"
    target.mkdir()
    for name in ("protected.json", "tables.json", "system.json", "history.json"):
        shutil.copyfile(one.protected / name, target / name)
    decisions = folder / "decisions"
    decisions.mkdir()
    policy = one.publication.protected["header"]["policy_sha256"]
    (decisions / "0001-policy.md").write_text(f"# Policy\n\npolicy sha256: {policy}\n", encoding="utf-8")
    private = one.publication.private
    facts = PrivateFacts(private.values, private.primary, dict(private.singletons), frozenset({CANARY}))
    return gate_out(target, facts, decisions, docs)


def test_canaries_are_in_no_byte_of_release_results_and_logs(
    made: tuple[Made, Made], raw: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = made[1]
    record = judged(one, tmp_path, tmp_path / "docs")
    assert record.passed, record.findings
    record.write(tmp_path / "record.json")
    strings = {CANARY, f"{CANARY}/2017", *(f"{CANARY}-{year}" for year in raw.YEARS)}
    (tmp_path / "log.txt").write_text(one.said + caplog.text + repr(record), encoding="utf-8")
    assert scan(one.release.parent, strings), "the canaries are in the raw data"
    assert scan(one.protected, strings) == scan(one.release, strings) == scan(tmp_path, strings) == ()
    assert any((tmp_path / "docs").rglob("*.html"))


def test_a_publication_prints_no_private_fact_when_it_is_refused(raw: ModuleType, policy: Policy) -> None:
    """Refusals name tables and codes; whatever they say holds no officer and no count."""
    answer = raw.protect(raw.counted(raw.records(0, CANARY)), policy, KEY, budget_s=0.0)
    said = "\n".join([*answer.findings, *(dropped.reason for dropped in answer.dropped)])
    assert answer.status == "refused"
    assert said
    assert scan_bytes(said.encode(), {CANARY}) == ()
    assert not any(character.isdigit() for character in said)
