"""Earlier releases are known for ever; what they withheld stays withheld; equal content, equal bytes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.ledger import Earlier, LedgerError, history, read_earlier
from disclosure.policy import Policy
from disclosure.publication import Publication, canonical
from disclosure.register import Register
from disclosure.verify import verify

Protect = Callable[..., Publication]


@pytest.fixture(scope="module")
def releases(example: Publication, folders: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("releases")
    folders.release(example, folder / "2021-06-30-first")
    (folder / ".staging-left").mkdir()
    return folder


@pytest.fixture(scope="module")
def first(releases: Path) -> tuple[Earlier, ...]:
    return read_earlier(releases)


def marts(decade: ModuleType, without: str = "") -> Any:
    blocks = {name: block for name, block in decade.BLOCKS.items() if name != without}
    return decade.marts(decade.records(), blocks)


def withheld(publication: Publication) -> set[str]:
    return {c["code"] for c in publication.system["cells"] if c["id"] in publication.system["hidden"]}


def test_only_whole_release_folders_are_read(first: tuple[Earlier, ...]) -> None:
    assert [e.release_id for e in first] == ["2021-06-30-first"]


@pytest.fixture
def broken(releases: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(releases, tmp_path / "releases")) / "2021-06-30-first"


@pytest.mark.parametrize("name", ["protected", "tables", "system", "manifest"])
@pytest.mark.parametrize(
    ("content", "message"), [(None, "is missing"), ("{", "is no JSON"), ("[]", "do not say what they should")]
)
def test_an_earlier_release_that_cannot_be_read_stops_the_next_one(
    name: str, content: str | None, message: str, broken: Path
) -> None:
    path = broken / f"{name}.json"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(LedgerError, match=f"release 2021-06-30-first: .*{message}.*restore the release"):
        read_earlier(broken.parent)


@pytest.mark.parametrize("name", ["protected", "tables", "system"])
def test_an_altered_earlier_release_stops_the_next_one(name: str, broken: Path) -> None:
    """A number taken out of the past would be protected as if nobody knew it."""
    path = broken / f"{name}.json"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(LedgerError, match=f"{name}.json is not the file that was published"):
        read_earlier(broken.parent)


def test_all_damages_are_named_at_once_without_a_count(releases: Path, broken: Path) -> None:
    shutil.copytree(releases / "2021-06-30-first", broken.with_name("second"))
    for folder in broken, broken.with_name("second"):
        (folder / "system.json").unlink()
    with pytest.raises(LedgerError) as raised:
        read_earlier(broken.parent)
    assert [finding.split(":")[0] for finding in raised.value.findings] == [
        "release 2021-06-30-first", "release second",
    ]  # fmt: skip


def test_a_pruned_or_withdrawn_release_is_known_by_its_four_files(broken: Path) -> None:
    shutil.rmtree(broken / "tables")
    (broken / "certificate.json").unlink()
    (broken / "withdrawn.json").write_text("{}")
    assert [e.release_id for e in read_earlier(broken.parent)] == ["2021-06-30-first"]


def test_the_same_content_beside_its_own_release_gives_the_same_bytes(
    example: Publication, first: tuple[Earlier, ...], decade: ModuleType, protect: Protect, register: Register
) -> None:
    again = protect(marts(decade), register=register, earlier=first)
    for name in ("protected", "tables", "system"):
        assert canonical(getattr(again, name)) == canonical(getattr(example, name))
    assert [entry["release_id"] for entry in again.history] == ["2021-06-30-first"]


def test_what_was_withheld_stays_withheld_whatever_the_key(
    example: Publication, first: tuple[Earlier, ...], decade: ModuleType, protect: Protect, register: Register
) -> None:
    for n in range(4):
        again = protect(marts(decade), register=register, earlier=first, key=bytes([n]) * 32)
        assert withheld(again) == withheld(example)


def test_without_the_ledger_two_patterns_give_the_small_count_away(
    example: Publication, decade: ModuleType, protect: Protect, register: Register
) -> None:
    """The attack: under another secret another partner is withheld, and the first release shows it."""
    patterns = [withheld(protect(marts(decade), register=register, key=bytes([n]) * 32)) for n in range(12)]
    both = [pattern & withheld(example) for pattern in patterns if pattern != withheld(example)]
    assert any(sum("time=recorded:2014-2016|action_path" in code for code in left) == 1 for left in both)


def test_a_table_left_out_is_still_known(
    first: tuple[Earlier, ...], decade: ModuleType, protect: Protect, register: Register, folders: ModuleType,
    tmp_path: Path,
) -> None:  # fmt: skip
    answer = protect(marts(decade, "outcomes_by_year"), register=register, earlier=first)
    shown = {c["code"]: c["value"] for c in answer.system["cells"] if c["value"] is not None}
    assert any("time=recorded:2010-2013|action_path=no_action" in code for code in shown)
    assert [t["table_id"] for t in answer.system["release"]["earlier"]] == ["outcomes_by_year"]
    assert verify(folders.release(answer, tmp_path / "second")) == ()


def test_a_cell_once_shown_is_known_when_the_threshold_rises(
    first: tuple[Earlier, ...], decade: ModuleType, protect: Protect, register: Register, policy: Policy,
    folders: ModuleType, tmp_path: Path,
) -> None:  # fmt: skip
    answer = protect(marts(decade), register=register, earlier=first, policy=replace(policy, threshold=10))
    assert answer.status == "proven"
    kept = answer.system["release"]["kept"]
    assert any("time=recorded:2010|officer_sex=female" in code for code in kept)
    assert verify(folders.release(answer, tmp_path / "second")) == ()


def test_history_says_in_words_what_changed(first: tuple[Earlier, ...], decade: ModuleType) -> None:
    other = replace(first[0], release_id="later", protected={**first[0].protected, "tables": []})
    entries = history((*first, other))
    assert entries[0]["what_changed"] == ["First release."]
    assert "Table no longer published: Outcomes." in entries[1]["what_changed"]
    del decade


def test_a_release_that_is_gone_stops_the_next_one(broken: Path) -> None:
    """Whatever it showed is known: without its folder nothing can be protected against it."""
    published = [broken.name, "2020-06-30-gone", "2022-06-30-gone"]
    with pytest.raises(LedgerError) as raised:
        read_earlier(broken.parent, published)
    assert [finding.split(":")[:2] for finding in raised.value.findings] == [
        [f"release {name}", " its folder is missing, and what it showed stays known"]
        for name in published[1:]
    ]
    assert [e.release_id for e in read_earlier(broken.parent, [broken.name])] == [broken.name]


def test_a_link_in_the_place_of_a_release_is_no_release(broken: Path, tmp_path: Path) -> None:
    """It is not read, so that it may not count as there."""
    broken.rename(tmp_path / "elsewhere")
    broken.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError, match="its folder is missing"):
        read_earlier(broken.parent, [broken.name])


def test_without_the_names_a_release_that_is_gone_is_not_missed(broken: Path) -> None:
    """The twin: the folders alone cannot tell."""
    shutil.rmtree(broken)
    assert read_earlier(broken.parent) == ()
