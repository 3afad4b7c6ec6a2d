"""What is approved or served again is what was judged; a release that is gone is not forgotten."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_project import log, protected, warehouse
from dagster_project.errors import Refused, safe_line
from dagster_project.release import approve, ever_published
from dagster_project.settings import Settings, read_settings
from disclosure.ledger import LedgerError, read_earlier

pytestmark = pytest.mark.slow

Command = Callable[..., tuple[int, str]]
Deed = Callable[[Path], Any]
CSV = "tables/allegations_by_year.csv"


def log_of(home: Path) -> Path:
    return home / "log" / "log.jsonl"


def events(home: Path) -> list[str]:
    return [entry.event for entry in log.entries(log_of(home))]


def published_ids(home: Path) -> list[str]:
    return ever_published(read_settings(home, environ={}))


@pytest.fixture
def name(release: Path) -> str:
    return release.name


@pytest.fixture
def holding(release: Path, name: str, tmp_path: Path) -> Path:
    """A home in which the sample's release waits for an approval."""
    home = tmp_path / "holding"
    shutil.copytree(release, home / "held" / name)
    (home / "held" / f"{name}.json").write_text('{"beside": []}')
    (home / "releases").mkdir()
    log.append(log_of(home), "hold", "waits for approval", name)
    return home


@pytest.fixture
def published(release: Path, name: str, tmp_path: Path) -> Path:
    """A home in which the sample's release is published."""
    home = tmp_path / "published"
    shutil.copytree(release, home / "releases" / name)
    log.append(log_of(home), "publish", "published", name)
    (home / "current").symlink_to(f"releases/{name}")
    return home


def changed(folder: Path) -> None:
    path = folder / CSV
    path.write_bytes(path.read_bytes().replace(b",106,", b",107,"))


def fitted(folder: Path) -> None:
    """Another figure in the tables, and a manifest that fits: the id is that of the old content."""
    path = folder / "protected.json"
    path.write_bytes(path.read_bytes().replace(b'"value":106', b'"value":107'))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


DAMAGES: dict[str, tuple[Deed, str]] = {
    "a number in a file": (changed, f"{CSV}: differs from the manifest"),
    "a page is missing": (
        lambda folder: (folder / "site" / "index.html").unlink(),
        "site/index.html: is in the manifest but not in the folder",
    ),
    "a file too many": (lambda folder: (folder / "x.txt").touch(), "x.txt: is not in the manifest"),
    "a manifest made to fit": (fitted, "the release id is not that of the published content"),
    "no certificate": (lambda folder: (folder / "certificate.json").unlink(), "certificate.json"),
    "a broken table": (lambda folder: (folder / "tables.json").write_text("{"), "tables.json"),
    "no header": (lambda folder: (folder / "protected.json").write_text("{}"), "protected.json: differs"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_held_release_is_approved_only_as_it_was_judged(
    damage: str, holding: Path, name: str, command: Command
) -> None:
    harm, words = DAMAGES[damage]
    harm(holding / "held" / name)
    code, said = command("approve", name, "--home", holding)
    assert (code, words in said) == (1, True), said
    assert "withdraw it, then refresh again" in said
    assert not (holding / "current").is_symlink()
    assert not (holding / "releases" / name).exists()
    assert events(holding)[-1] == "refusal"


def test_without_the_look_at_the_bytes_an_altered_figure_is_published(
    holding: Path, name: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(holding / "held" / name)
    monkeypatch.setattr("dagster_project.release.differing", lambda folder: ())
    assert command("approve", name, "--home", holding)[0] == 0
    assert b",107," in (holding / "current" / CSV).read_bytes()


def test_an_untouched_held_release_is_approved(holding: Path, name: str, command: Command) -> None:
    assert command("approve", name, "--home", holding)[0] == 0
    assert (holding / "current").resolve() == (holding / "releases" / name).resolve()


def test_all_that_changed_since_a_release_was_judged_is_told_at_once(
    holding: Path, name: str, release: Path, command: Command
) -> None:
    later, gone = "2021-06-30-000000000002", "2021-06-30-000000000001"
    shutil.copytree(release, holding / "releases" / later)
    log.append(log_of(holding), "publish", "published", later)
    (holding / "held" / f"{name}.json").write_text(json.dumps({"beside": [gone]}))
    changed(holding / "held" / name)
    code, said = command("approve", name, "--home", holding)
    assert code == 1
    for words in (f"{later} was published since", f"{gone} was published before, and is missing", CSV):
        assert words in said


def test_nobody_knows_beside_what_it_was_judged(holding: Path, name: str, command: Command) -> None:
    (holding / "held" / f"{name}.json").unlink()
    code, said = command("approve", name, "--home", holding)
    assert (code, f"held/{name}.json is missing" in said) == (1, True)


def test_a_release_held_under_another_policy_is_not_approved(
    holding: Path, name: str, tmp_path: Path
) -> None:
    """The policy stands in the repository: here in one that holds nothing else."""
    code = tmp_path / "code"
    (code / "disclosure").mkdir(parents=True)
    policy = read_settings(holding, environ={}).policy.read_text()
    (code / "disclosure" / "policy.toml").write_text(policy + "\n# raised\n")
    with pytest.raises(Refused, match=r"policy\.toml was changed since"):
        approve(Settings(holding, tmp_path, {}, repository=code), name)


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_altered_release_is_not_served_again(
    damage: str, published: Path, name: str, command: Command
) -> None:
    harm, words = DAMAGES[damage]
    harm(published / "releases" / name)
    (published / "current").unlink()
    before = events(published)
    code, said = command("rollback", name, "--home", published)
    assert (code, words in said) == (1, True), said
    assert "restore its folder from a backup" in said
    assert events(published) == before


def test_without_the_look_at_the_bytes_an_altered_release_is_served_again(
    published: Path, name: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(published / "releases" / name)
    monkeypatch.setattr("dagster_project.release.differing", lambda folder: ())
    assert command("rollback", name, "--home", published)[0] == 0


def test_what_was_withdrawn_while_held_may_be_withdrawn_when_published(
    holding: Path, name: str, release: Path, command: Command
) -> None:
    """Judged anew, the same content has the same name: the old withdrawal is not about the new release."""
    changed(holding / "held" / name)
    assert command("withdraw", name, "--reason", "altered", "--home", holding)[0] == 0
    shutil.copytree(release, holding / "held" / name)
    (holding / "held" / f"{name}.json").write_text('{"beside": []}')
    log.append(log_of(holding), "hold", "waits for approval", name)
    assert command("approve", name, "--home", holding)[0] == 0
    assert command("rollback", name, "--home", holding)[0] == 0
    assert not (holding / "withdrawn").exists()
    assert command("withdraw", name, "--reason", "wrong after all", "--home", holding)[0] == 0
    assert "Wrong after all" in (holding / "current" / "site" / "index.html").read_text()
    assert command("rollback", name, "--home", holding)[0] == 1


@pytest.fixture
def protecting(home: Path) -> Callable[[], Any]:
    """Protect the marts of a copy of the sample's home."""
    settings = read_settings(home, environ={})
    manifest = warehouse.read_project(settings).manifest
    return lambda: protected.protect(settings, manifest)


def test_nothing_is_protected_while_an_earlier_release_is_missing(
    home: Path, name: str, protecting: Callable[[], Any]
) -> None:
    shutil.rmtree(home / "releases" / name)
    before = {path: path.stat().st_mtime_ns for path in (home / "protected").iterdir()}
    with pytest.raises(LedgerError) as raised:
        protecting()
    words = safe_line(raised.value)
    assert f"release {name}: its folder is missing" in words
    assert "restore the release from a backup" in words
    assert "the release before stays" in words
    assert {path: path.stat().st_mtime_ns for path in (home / "protected").iterdir()} == before


def test_a_refresh_looks_for_earlier_releases_before_it_reads_a_file(
    home: Path, name: str, command: Command
) -> None:
    shutil.rmtree(home / "releases" / name)
    before = {path: path.stat().st_mtime_ns for path in (home / "raw").rglob("*")}
    code, said = command("refresh", "--home", home)
    assert (code, f"release {name}: its folder is missing" in said) == (1, True)
    assert "allegations_2010" not in said
    assert {path: path.stat().st_mtime_ns for path in (home / "raw").rglob("*")} == before


def test_without_the_log_the_folders_alone_tell_what_is_known(published: Path, name: str) -> None:
    """The twin: what a missing release showed would be protected as if nobody had read it."""
    shutil.rmtree(published / "releases" / name)
    assert read_earlier(published / "releases") == ()
    with pytest.raises(LedgerError, match=name):
        read_earlier(published / "releases", published_ids(published))


@pytest.mark.parametrize("deed", [("withdraw", "--reason", "text"), ("prune", "--keep", "1")])
def test_withdrawn_and_pruned_releases_are_not_missing(
    deed: tuple[str, ...], published: Path, name: str, release: Path, command: Command
) -> None:
    later = "2021-06-30-000000000002"
    shutil.copytree(release, published / "releases" / later)
    log.append(log_of(published), "publish", "published", later)
    verb, *options = deed
    arguments = [name, *options] if verb == "withdraw" else options
    assert command(verb, *arguments, "--home", published)[0] == 0
    assert command("log", "verify", "--home", published)[0] == 0
    ever = published_ids(published)
    assert [e.release_id for e in read_earlier(published / "releases", ever)] == [later, name]


def test_a_release_that_was_only_held_is_not_missing(holding: Path, name: str, command: Command) -> None:
    assert command("withdraw", name, "--reason", "text", "--home", holding)[0] == 0
    assert published_ids(holding) == []
    assert command("log", "verify", "--home", holding)[0] == 0


def test_log_verify_names_a_release_that_is_missing(published: Path, name: str, command: Command) -> None:
    kept = published / "elsewhere"
    (published / "releases" / name).rename(kept)
    code, said = command("log", "verify", "--home", published)
    assert code == 1
    assert said.splitlines() == [line for line in said.splitlines() if f"{name} was published, but" in line]
    kept.rename(published / "releases" / name)
    assert command("log", "verify", "--home", published)[0] == 0


def test_a_copy_under_another_name_is_not_taken_for_a_release(
    published: Path, name: str, command: Command
) -> None:
    """Once it stood in the log, nobody could take it away again."""
    shutil.copytree(published / "releases" / name, published / "releases" / f"{name}.bak")
    assert command("rollback", name, "--home", published)[0] == 0
    assert published_ids(published) == [name]
    assert (published / "current").resolve().name == name
    code, said = command("log", "verify", "--home", published)
    assert (code, f"{name}.bak is published, but the log does not say so" in said) == (1, True)
