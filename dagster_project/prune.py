"""Take away what need not be kept: pages and files of old releases, and copies of files sent long ago."""

from __future__ import annotations

import shutil

from dagster_project.content import sha256_of
from dagster_project.raw import files_of, landing_of
from dagster_project.settings import Settings


def prune_originals(settings: Settings) -> tuple[str, ...]:
    """Delete the kept copies of files that the landing folder no longer holds; name the folders that went.

    Raises:
        BadInput: the landing folder cannot be read; nothing was deleted.
    """
    landing = landing_of(settings)
    needed = {sha256_of(path) for entry in landing.sources for path in files_of(landing, entry)}
    originals = settings.raw / "originals"
    folders = sorted(path for path in originals.iterdir() if path.is_dir()) if originals.is_dir() else []
    gone = [folder for folder in folders if folder.name not in needed]
    for folder in gone:
        shutil.rmtree(folder)
    return tuple(folder.name for folder in gone)
