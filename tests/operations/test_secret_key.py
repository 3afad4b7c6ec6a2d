"""The key behind the choice of partners: whole, and readable by its owner only."""

from __future__ import annotations

import hmac
import stat
from pathlib import Path

import pytest

from dagster_project.errors import Refused
from dagster_project.protected import KEY_BYTES, secret_key
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
    with pytest.raises(Refused, match=r"secret\.key is cut off.*restore it from a backup"):
        secret_key(settings)
    assert settings.secret_key.read_bytes() == b"k" * length


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
