"""Where the site stands is told by feed and manifest, not by the id; verifiers build the same pages again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project import imprint, protected
from dagster_project import release as releasing
from dagster_project.errors import BadInput
from dagster_project.imprint import ADDRESS, Imprint
from dagster_project.release import Outcome
from dagster_project.run import summary
from dagster_project.settings import Settings, prepare_home, read_settings
from disclosure.publication import canonical

WEB = "https://statistics.example.org/misconduct"


def settings(home: Path, address: str) -> Settings:
    return read_settings(home, environ={ADDRESS: address})


@pytest.mark.parametrize(
    "address",
    [WEB, "http://127.0.0.1:8000", "https://statistics.example.org:8443/a/b"],
)
def test_an_address_is_taken_without_its_last_stroke(tmp_path: Path, address: str) -> None:
    said = imprint.chosen(settings(tmp_path, address + "/"), None)
    assert said.options == [f"--address={address}"]
    assert imprint.stated(said.entries) == said


@pytest.mark.parametrize(
    "address",
    [
        "statistics.example.org",
        "ftp://example.org",
        "https://",
        "https://exa mple.org",
        "https://example.org/?q=1",
        "https://example.org/#top",
        "https://me@example.org",
        "https://[example.org",
        'https://example.org/"><script>',
        "https://example.org/\n",
    ],
)
def test_what_is_no_address_is_refused_with_its_setting(tmp_path: Path, address: str) -> None:
    with pytest.raises(BadInput, match=rf"{ADDRESS}: .* is no address of a site"):
        imprint.chosen(settings(tmp_path, address), None)
    assert imprint.stated({"address": address, "published_on": "today\0"}) == Imprint()


@pytest.mark.parametrize("day", ["today", "2026-13-01", "20261123", "2026-11-23T00:00"])
def test_what_is_no_day_is_refused(tmp_path: Path, day: str) -> None:
    with pytest.raises(BadInput, match="YYYY-MM-DD"):
        imprint.chosen(settings(tmp_path, ""), day)


def test_nothing_is_said_unless_chosen(tmp_path: Path) -> None:
    assert imprint.chosen(settings(tmp_path, ""), None) == imprint.stated({}) == Imprint()
    assert Imprint().options == []


@pytest.mark.slow
def test_an_address_changes_links_alone_and_is_verified(
    home: Path, release: Path, command: Callable[..., tuple[int, str]]
) -> None:
    again = published_again(home)
    manifest = json.loads((again / "manifest.json").read_text())
    assert (again.name, manifest["address"]) == (release.name, WEB)
    feed = (again / "site" / "feed.xml").read_text()
    assert f"{WEB}/" in feed
    assert WEB not in (release / "site" / "feed.xml").read_text()
    for path in (release / "tables").iterdir():
        assert (again / "tables" / path.name).read_bytes() == path.read_bytes()
    assert command("verify", again)[0] == 0
    elsewhere = {**manifest, "address": "https://elsewhere.example"}
    (again / "manifest.json").write_text(canonical(elsewhere), encoding="utf-8")
    code, said = command("verify", again)
    assert (code, "feed.xml: is not what the released tables give" in said) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize(("address", "told"), [("", False), (WEB + "/", True)])
def test_another_address_than_the_served_one_is_told_where_nothing_changes(
    release_home: Path, release: Path, address: str, told: bool
) -> None:
    lines = summary(settings(release_home, address), Outcome("unchanged", release.name))
    to_come = f"{ADDRESS} is {WEB}, the pages of {release.name} say none: it counts from the next release"
    assert any(line.startswith(to_come) for line in lines) == told
    assert any(ADDRESS in line for line in lines) == told


def published_again(home: Path) -> Path:
    """The candidate of a home published as its first release, at an address."""
    for name in ("releases", "log"):
        shutil.rmtree(home / name)
    for name in (".log.head", "current"):
        (home / name).unlink()
    at = settings(home, WEB)
    prepare_home(at)
    outcome = releasing.publish(at, protected.read_private(at), None, hold=False)
    assert outcome.status == "published"
    return at.releases / outcome.release_id
