"""What is cited can be found: the software in the repository, each release and each table in the site."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import yaml

from dashboards.model import Release

REPOSITORY = Path(__file__).resolve().parents[3]
REQUIRED = {"cff-version", "message", "title", "authors", "version"}


def test_the_software_is_cited_as_it_is_packaged() -> None:
    cited = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    packaged = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited.keys() >= REQUIRED
    assert (cited["title"], str(cited["version"]), cited["license"]) == (
        packaged["name"],
        packaged["version"],
        packaged["license"],
    )


def test_a_release_has_its_citation_as_a_file_and_in_words(release: Release, built: Path) -> None:
    cited = json.loads((built / "site" / "files" / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited == yaml.safe_load((built / "site" / "files" / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited.keys() >= REQUIRED
    assert cited["version"] == release.release_id
    assert cited["abstract"] in (built / "site" / "release-log.html").read_text(encoding="utf-8")


def test_every_table_has_its_permanent_address_and_its_citation(release: Release, built: Path) -> None:
    text = (built / "site" / "downloads.html").read_text(encoding="utf-8")
    for table_id in release.tables:
        address = f"/releases/{release.release_id}/files/{table_id}.csv"
        assert address in text
        assert (built / "site" / "files" / f"{table_id}.csv").is_file()


def test_every_page_names_its_permanent_address(release: Release, built: Path) -> None:
    for path in (path for path in (built / "site").glob("*.html") if path.stem != "404"):
        assert f"/releases/{release.release_id}/{path.name}" in path.read_text(encoding="utf-8")
