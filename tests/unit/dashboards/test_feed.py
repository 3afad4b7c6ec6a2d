"""The feed of releases: valid Atom, with links that lead somewhere from wherever it is read."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from dashboards.__main__ import main

RELEASE_ID, OLDER = "2021-06-30-0123456789ab", "2020-06-30-0123456789ab"
ADDRESS = "https://statistics.example.org/police"
ATOM, BASE = "{http://www.w3.org/2005/Atom}", "{http://www.w3.org/XML/1998/namespace}base"


@pytest.fixture(scope="module")
def later(content: dict[str, Any], candidate: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A candidate with a release before it."""
    folder: Path = candidate.write(tmp_path_factory.mktemp("later"), content)
    entry = {"release_id": OLDER, "as_at": "2020-06-30", "tables": [], "what_changed": ["A <change> & more."]}
    (folder / "history.json").write_text(json.dumps([entry]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def plain(later: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its site, of which nobody said where it will stand."""
    out = tmp_path_factory.mktemp("plain")
    assert main(["build", "--protected", str(later), "--release-id", RELEASE_ID, "--out", str(out)]) == 0
    return out / "site"


def feed(site: Path) -> ET.Element:
    return ET.fromstring((site / "feed.xml").read_bytes())


def links(found: ET.Element, place: str) -> list[str]:
    """Where the links lead to, for whoever read the feed at that place."""
    base = urljoin(place, found.attrib[BASE])
    return [urljoin(base, link.attrib["href"]) for link in found.iter(f"{ATOM}link")]


def wrong(found: ET.Element) -> list[str]:
    """What the Atom format (RFC 4287) asks for and the feed lacks."""
    parts = [found, *found.iter(f"{ATOM}entry")]
    lacking = [
        f"no {name}"
        for part in parts
        for name in ("id", "title", "updated")
        if part.find(ATOM + name) is None
    ]
    names = [part.findtext(f"{ATOM}id") or "" for part in parts]
    lacking += [f"{name} is no absolute address" for name in names if not urlsplit(name).scheme]
    lacking += ["two of one id"] if len(set(names)) < len(names) else []
    kinds = [link.attrib.get("rel") for link in found.findall(f"{ATOM}link")]
    return lacking + [f"no link {kind}" for kind in ("self", "alternate") if kind not in kinds]


def test_the_feed_is_valid_and_its_links_resolve_without_an_address(plain: Path) -> None:
    found = feed(plain)
    assert wrong(found) == []
    place = "https://anywhere.example/a/"
    for link in links(found, f"{place}feed.xml"):
        path, _, part = link.removeprefix(place).partition("#")
        assert (plain / path).is_file(), link
        assert not part or f'id="{part}"' in (plain / path).read_text(encoding="utf-8")


def test_with_an_address_every_link_is_absolute_and_releases_have_their_own(
    later: Path, tmp_path: Path
) -> None:
    words = ["--protected", str(later), "--release-id", RELEASE_ID, "--out", str(tmp_path)]
    assert main(["build", *words, "--address", f"{ADDRESS}/"]) == 0
    found = feed(tmp_path / "site")
    assert wrong(found) == []
    hrefs = [link.attrib["href"] for link in found.iter(f"{ATOM}link")]
    assert hrefs[2:] == [f"{ADDRESS}/releases/{name}/" for name in (RELEASE_ID, OLDER)]
    assert all(href.startswith(f"{ADDRESS}/") for href in hrefs)
    page = (tmp_path / "site" / "outcomes.html").read_text(encoding="utf-8")
    assert f"<code>{ADDRESS}/releases/{RELEASE_ID}/outcomes.html</code>" in page
    cited = json.loads((tmp_path / "site" / "files" / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["url"] == f"{ADDRESS}/releases/{RELEASE_ID}/"


def test_a_broken_feed_would_be_found(plain: Path) -> None:
    found = feed(plain)
    found.find(f"{ATOM}id").text = "releases"  # type: ignore[union-attr]
    found.remove(found.findall(f"{ATOM}link")[0])
    assert wrong(found) == ["releases is no absolute address", "no link self"]


@pytest.mark.parametrize("text", ["statistics.example.org", "javascript:alert(1)", "https://", "https://a?b"])
def test_what_is_no_address_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["build", "--protected", ".", "--release-id", RELEASE_ID, "--out", ".", "--address", text])
    assert refusal.value.code == 2
    assert "no address" in capsys.readouterr().err
