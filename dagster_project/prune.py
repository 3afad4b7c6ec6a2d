"""Take away what need not be kept: pages and files of old releases, and copies of files sent long ago."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.raw import landing_of
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from ingest import Landing


def prune_originals(settings: Settings) -> tuple[str, ...]:
    """Delete the kept copies of files that the landing folder no longer holds; name the folders that went.

    Raises:
        BadInput: the landing folder cannot be read; nothing was deleted.
    """
    needed = {_sha256(path) for path in _received(landing_of(settings))}
    originals = settings.raw / "originals"
    folders = sorted(path for path in originals.iterdir() if path.is_dir()) if originals.is_dir() else []
    gone = [folder for folder in folders if folder.name not in needed]
    for folder in gone:
        shutil.rmtree(folder)
    return tuple(folder.name for folder in gone)


def _received(landing: Landing) -> Iterator[Path]:
    for source in landing.sources:
        for file in (source.read.file, *(join.read.file for join in source.joins)):
            yield landing.root / file


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
