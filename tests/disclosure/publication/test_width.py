"""A policy may ask that more than two counts stay possible for whatever is withheld."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from disclosure.attempt import NOT_PROVABLE
from disclosure.certificate import CertificateError, certify
from disclosure.instance import Audit
from disclosure.policy import Policy
from disclosure.publication import Publication
from disclosure.register import Register
from disclosure.secondary import protect as partners
from disclosure.verify import verify

Protect = Callable[..., Publication]
Run = Callable[..., Publication]
YEARS, CODES = ("2019", "2020"), ("a", "b", "c")
WORLDS = {
    name: dict(zip(((y, c) for y in YEARS for c in CODES), counts, strict=True))
    for name, counts in {
        "few counts left": (2, 5, 5, 2, 3, 5),
        "one small": (4, 4, 1, 3, 5, 4),
        "large partners": (1, 3, 9, 12, 8, 7),
    }.items()
}


@pytest.fixture
def run(
    lab: ModuleType, protect: Protect, decade: ModuleType, folders: ModuleType, attacker: ModuleType,
    policy: Policy, tmp_path: Path,
) -> Run:  # fmt: skip
    """One table under a threshold of three, so that few counts are left where nothing more is asked."""
    room = lab.Lab(protect, decade, folders, attacker, policy, tmp_path)

    def protected(world: str, width: int) -> Publication:
        asked = replace(policy, threshold=3, p1_values=width)
        mart = room.mart(WORLDS[world], categories={"action_path": CODES})
        found: Publication = room.run(mart, policy=asked)
        return found

    return protected


def _fewest(attacker: ModuleType, publication: Publication) -> int:
    """How many counts, of all that fit what is shown, the most exposed withheld cell can have."""
    rows = {table["table_id"]: table["rows"] for table in publication.protected["tables"]}
    return min(len(found) for found in attacker.possible(publication.tables, rows).values())


@pytest.mark.parametrize("width", [3, 5, 8])
@pytest.mark.parametrize("world", WORLDS)
def test_so_many_counts_fit_what_is_shown(
    world: str, width: int, run: Run, attacker: ModuleType, folders: ModuleType, tmp_path: Path
) -> None:
    answer = run(world, width)
    assert answer.status == "proven"
    assert _fewest(attacker, answer) >= width
    assert answer.system["width"] == answer.protected["header"]["width"] == width
    assert verify(folders.release(answer, tmp_path / "release")) == ()


def test_a_policy_of_two_leaves_fewer_and_its_files_do_not_name_it(run: Run, attacker: ModuleType) -> None:
    answers = [run(world, 2) for world in WORLDS]
    assert min(_fewest(attacker, answer) for answer in answers) < 5
    assert not any("width" in (*a.system, *a.protected["header"]) for a in answers)


def test_the_example_is_proven_with_three(
    decade: ModuleType, protect: Protect, register: Register, policy: Policy, folders: ModuleType,
    tmp_path: Path,
) -> None:  # fmt: skip
    three = replace(policy, p1_values=3)
    answer = protect(decade.marts(decade.records()), register=register, policy=three)
    folder = folders.release(answer, tmp_path / "release")
    assert answer.system["hidden"]
    assert {len(proof["p1"]) for proof in folders.read(folder, "certificate")["proofs"]} == {3}
    assert verify(folder) == ()


# --- broken twins


def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protection that forgets what the policy asks: it leaves two counts where there may be no more."""
    two = lambda instance: partners(replace(instance, width=2))  # noqa: E731
    monkeypatch.setattr("disclosure.attempt.protect", two)


def test_what_the_protector_was_not_asked_is_not_published(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _narrow(monkeypatch)
    answer = run("few counts left", 5)
    assert answer.status == "refused"
    assert [table.reason for table in answer.dropped] == [NOT_PROVABLE]


def test_what_no_audit_looked_at_is_neither_certified_nor_verified(
    run: Run, attacker: ModuleType, folders: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders.release(run("few counts left", 2), tmp_path / "release")
    with monkeypatch.context() as patch:
        _narrow(patch)
        patch.setattr("disclosure.attempt.audit", lambda _: Audit("proven"))
        naive = run("few counts left", 5)
    assert _fewest(attacker, naive) < 5
    with pytest.raises(CertificateError, match="not proven"):
        folders.release(naive, tmp_path / "naive")
    _ask(folder, folders, 5, ("protected", "system", "certificate"))
    findings = " ".join(verify(folder))
    assert "the witnesses prove nothing" in findings
    assert "the attack was not beaten off" in findings


def _ask(folder: Path, folders: ModuleType, width: int, files: tuple[str, ...]) -> None:
    """State another width in these files of a release; 2 is stated by no word."""

    def state(content: Any) -> None:
        content.pop("width", None)
        content.update({"width": width} if width > 2 else {})

    steps: dict[str, Callable[[Any], Any]] = {
        "protected": lambda content: state(content["header"]),
        "system": lambda content: (state(content), state(content["release"]["header"])),
        "certificate": state,
    }
    for name in files:
        folders.change(folder, name, steps[name])


@pytest.mark.parametrize("width", [2, 3, 6])
@pytest.mark.parametrize(
    "files",
    [("protected",), ("system",), ("certificate",), ("protected", "system"), ("system", "certificate")],
)
def test_another_width_in_some_files_is_refused(
    width: int, files: tuple[str, ...], run: Run, folders: ModuleType, tmp_path: Path
) -> None:
    """Like the threshold it is stated in three files; who changes all changes what the policy's hash says."""
    folder = folders.release(run("few counts left", 5), tmp_path / "release")
    _ask(folder, folders, width, files)
    assert any("width" in finding for finding in verify(folder))


def test_a_header_alone_does_not_lower_the_width(run: Run, folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.release(run("few counts left", 5), tmp_path / "release")
    folders.change(folder, "system", lambda system: system.pop("width"))
    with pytest.raises(CertificateError, match="its width is not that of protected"):
        certify(folder)
    assert any("its width is not that" in finding for finding in verify(folder))


def test_a_certificate_of_two_counts_proves_no_five(run: Run, folders: ModuleType, tmp_path: Path) -> None:
    folder = folders.release(run("large partners", 5), tmp_path / "release")
    assert verify(folder) == ()

    def only_two(certificate: Any) -> None:
        for proof in certificate["proofs"]:
            proof["p1"] = proof["p1"][:2]

    folders.change(folder, "certificate", only_two)
    assert all("the witnesses prove nothing" in finding for finding in verify(folder))
    assert verify(folder)


@pytest.mark.parametrize("value", [1, 0, 21, 3.0, "3", True, None, [3]])
def test_a_width_that_cannot_be_is_refused_in_words(value: object, policy: Policy) -> None:
    with pytest.raises(ValueError, match="`p1_values` must be a whole number from 2 to 20"):
        policy.changed({"p1_values": value})
