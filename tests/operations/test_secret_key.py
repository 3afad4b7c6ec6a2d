"""The key behind the choice of partners: whole, and readable by its owner only."""

from __future__ import annotations

import hmac
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project import log
from dagster_project.errors import BadInput, Refused
from dagster_project.protected import KEY_BYTES, renew_key, secret_key
from dagster_project.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(tmp_path, environ={})


def mode(settings: Settings) -> int:
    return stat.S_IMODE(settings.secret_key.stat().st_mode)


def test_a_key_is_made_once_and_kept(settings: Settings) -> None:
    key = secret_key(settings)
    assert (len(key), mode(settings)) == (KEY_BYTES, 0o600)
    assert secret_key(settings) == key


@pytest.mark.parametrize("length", [0, 1, KEY_BYTES - 1])
def test_a_key_that_is_cut_off_is_refused_and_left_as_it_is(length: int, settings: Settings) -> None:
    settings.secret_key.write_bytes(b"k" * length)
    with pytest.raises(Refused, match=r"(?s)secret\.key is cut off.*restore it from a backup"):
        secret_key(settings)
    assert settings.secret_key.read_bytes() == b"k" * length


@pytest.fixture
def published(settings: Settings) -> Settings:
    """A home that published something, as its log tells."""
    log.append(settings.log, "publish", "published", "2021-06-30-000000000001")
    return settings


def test_a_key_that_is_missing_beside_releases_is_not_replaced(published: Settings) -> None:
    with pytest.raises(Refused, match=r"(?s)secret\.key is missing.*restore it.*--new-key"):
        secret_key(published)
    assert not published.secret_key.exists()


def test_a_folder_without_a_log_is_a_release_too(settings: Settings) -> None:
    (settings.releases / "2021-06-30-000000000001").mkdir(parents=True)
    (settings.releases / "2021-06-30-000000000001" / "manifest.json").touch()
    with pytest.raises(Refused, match=r"secret\.key is missing"):
        secret_key(settings)


@pytest.mark.parametrize("left", [None, b"", b"k" * (KEY_BYTES - 1)])
def test_a_lost_key_is_replaced_when_a_person_says_so(left: bytes | None, published: Settings) -> None:
    if left is not None:
        published.secret_key.write_bytes(left)
    renew_key(published)
    key = secret_key(published)
    assert (len(key), mode(published), key == left) == (KEY_BYTES, 0o600, False)
    assert [entry.event for entry in log.entries(published.log)] == ["publish", "key"]


def test_a_whole_key_is_never_replaced(published: Settings) -> None:
    """The twin: with it, whoever asks twice gets two choices of the same cells."""
    published.secret_key.write_bytes(b"k" * KEY_BYTES)
    with pytest.raises(BadInput, match="is whole"):
        renew_key(published)
    assert secret_key(published) == b"k" * KEY_BYTES


@pytest.mark.slow
def test_a_refresh_without_its_key_reads_nothing_and_goes_on_with_another_only_when_told(
    home: Path, command: Callable[..., tuple[int, str]]
) -> None:
    (home / "secret.key").unlink()
    report = home / "build" / "raw_incoming_allegations.json"
    before = report.stat().st_mtime_ns
    code, said = command("refresh", "--home", home)
    assert (code, "secret.key is missing" in said, "--new-key" in said) == (1, True, True)
    assert "allegations_2010" not in said
    assert (report.stat().st_mtime_ns, (home / "secret.key").exists()) == (before, False)
    code, said = command("refresh", "--home", home, "--new-key")
    assert code == 0, said
    assert len((home / "secret.key").read_bytes()) == KEY_BYTES
    code, said = command("refresh", "--home", home, "--new-key")
    assert (code, "is whole" in said) == (2, True)


def test_what_an_empty_key_keeps_secret(settings: Settings) -> None:
    """The twin: read as it is, an empty file gives everybody the choice that only its owner may repeat."""
    settings.secret_key.touch()
    choice = hmac.digest(settings.secret_key.read_bytes(), b"a cell", "sha256")
    assert choice == hmac.digest(b"", b"a cell", "sha256")
    settings.secret_key.unlink()
    assert hmac.digest(secret_key(settings), b"a cell", "sha256") != choice


def test_a_restored_key_is_closed_to_others(settings: Settings) -> None:
    key = secret_key(settings)
    settings.secret_key.chmod(0o644)
    assert secret_key(settings) == key
    assert mode(settings) == 0o600
