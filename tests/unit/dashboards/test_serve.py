"""The server gives files of a release with strict headers, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import cycle
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from dashboards import serve, withdrawal_notice, write_withdrawal_notice
from dashboards.serve import HEADERS, application, beside, inside

if TYPE_CHECKING:
    from httpx import Response

OLDER, CURRENT = "2021-06-30-aaaaaaaaaaaa", "2021-06-30-bbbbbbbbbbbb"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for release_id in (OLDER, CURRENT):
        site = tmp_path / "releases" / release_id / "site"
        (site / "assets").mkdir(parents=True)
        (site / "index.html").write_text(f"<p>{release_id}</p>")
        (site / "assets" / "site.0123456789.css").write_text("p { margin: 0 }" * 100)
        (site.parent / "system.json").write_text("{}")
    (tmp_path / "secret.key").write_text("secret")
    (tmp_path / "current").symlink_to(tmp_path / "releases" / CURRENT)
    return tmp_path


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(application(lambda: home / "current" / "site")) as made:
        yield made


def test_the_front_page_is_served_with_every_security_header(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert CURRENT in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert all(answer.headers[name] == value for name, value in HEADERS.items())


def test_the_policy_is_the_strict_one() -> None:
    assert HEADERS["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_a_missing_page_has_the_headers_too(client: TestClient) -> None:
    answer = client.get("/nothing.html")
    assert answer.status_code == 404
    assert all(answer.headers[name] == value for name, value in HEADERS.items())


def test_a_release_has_its_own_words_for_what_is_not_there(client: TestClient, home: Path) -> None:
    for release_id in (OLDER, CURRENT):
        (home / "releases" / release_id / "site" / "404.html").write_text(f"none in {release_id}")
    assert client.get("/nothing.html").text == f"none in {CURRENT}"
    answer = client.get(f"/releases/{OLDER}/nothing.html")
    assert (answer.status_code, answer.text) == (404, f"none in {OLDER}")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_hashed_files_last_and_pages_are_asked_for_again(client: TestClient) -> None:
    assert "immutable" in client.get("/assets/site.0123456789.css").headers["cache-control"]
    assert client.get("/index.html").headers["cache-control"] == "no-cache"


def test_an_unchanged_file_is_not_sent_twice(client: TestClient) -> None:
    first = client.get("/index.html")
    again = client.get("/index.html", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_text_is_compressed(client: TestClient) -> None:
    answer = client.get("/assets/site.0123456789.css", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"


def test_a_switch_of_the_current_release_shows_at_once(client: TestClient, home: Path) -> None:
    assert CURRENT in client.get("/").text
    (home / "next").symlink_to(home / "releases" / OLDER)
    (home / "next").replace(home / "current")
    assert OLDER in client.get("/").text


def test_an_older_release_has_its_permanent_address(client: TestClient) -> None:
    assert OLDER in client.get(f"/releases/{OLDER}/").text
    assert OLDER in client.get(f"/releases/{OLDER}/index.html").text
    assert client.get("/releases/2021-06-30-cccccccccccc/").status_code == 404
    assert client.get(f"/releases/{OLDER}/../../secret.key").status_code == 404


def test_whoever_runs_the_server_decides_which_older_releases_are_served(home: Path) -> None:
    app = application(lambda: home / "current" / "site", named=lambda _: None)
    with TestClient(app) as client:
        assert client.get(f"/releases/{OLDER}/").status_code == 404


def test_a_withdrawn_release_shows_its_notice_at_each_of_its_addresses(
    client: TestClient, home: Path
) -> None:
    write_withdrawal_notice(home / "withdrawn" / OLDER / "site", OLDER, "a column was read wrongly")
    first = client.get(f"/releases/{OLDER}/")
    assert "A column was read wrongly." in first.text
    for path in ("system.json", "outcomes.html", "files/outcomes_by_year.csv"):
        answer = client.get(f"/releases/{OLDER}/{path}")
        assert answer.status_code == 404
        assert "A column was read wrongly." in answer.text
        assert all(answer.headers[name] == value for name, value in HEADERS.items())
        assert set(given_beside(client, answer).values()) == {200}
    assert set(given_beside(client, first).values()) == {200}


def given_beside(client: TestClient, answer: Response) -> dict[str, int]:
    """What the server gives for each style sheet, script and page that an answer names."""
    names = re.findall(r'(?:href|src)="([^":#]+)"', answer.text)
    assert any(name.endswith(".css") for name in names)
    return {name: client.get(urljoin(str(answer.url), name)).status_code for name in names}


@pytest.mark.parametrize(
    "path", ["a/b/c", "a/", "files/none.csv", "a%2Fb/c", f"releases/{OLDER}/none", f"releases/{OLDER}/a/b/c"]
)
def test_the_page_for_what_is_not_there_has_its_style_however_deep_the_address(
    path: str, home: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copytree(built / "site", home / "releases" / OLDER / "site", dirs_exist_ok=True)
    with TestClient(application(lambda: built / "site", beside(lambda: home / "current" / "site"))) as client:
        answer = client.get(f"/{path}")
        assert answer.status_code == 404
        assert set(given_beside(client, answer).values()) == {200}
        monkeypatch.setattr(serve, "_led_up", lambda page, _: page)
        is_deep = path.removeprefix(f"releases/{OLDER}/").count("/") > 0
        assert (404 in given_beside(client, client.get(f"/{path}")).values()) == is_deep


def test_the_address_of_a_release_without_a_slash_leads_to_the_one_with_it(client: TestClient) -> None:
    answer = client.get(f"/releases/{OLDER}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, f"{OLDER}/")
    assert OLDER in client.get(f"/releases/{OLDER}").text
    assert client.get("/releases/2021-06-30-cccccccccccc").status_code == 404


def test_a_withdrawn_current_release_shows_its_notice(client: TestClient, home: Path) -> None:
    write_withdrawal_notice(home / "withdrawn" / CURRENT / "site", CURRENT, "wrong")
    (home / "next").symlink_to(home / "withdrawn" / CURRENT)
    (home / "next").replace(home / "current")
    assert "withdrawn" in client.get("/").text
    assert client.get("/outcomes.html").text == client.get("/").text
    assert OLDER in client.get(f"/releases/{OLDER}/").text


@pytest.mark.parametrize("address", ["https://example.org", "https://example.org/statistics"])
def test_where_the_address_is_known_a_notice_names_its_files_from_the_top(address: str, home: Path) -> None:
    write_withdrawal_notice(home / "withdrawn" / OLDER / "site", OLDER, "wrong", address)
    notice = (home / "withdrawn" / OLDER / "site" / "404.html").read_text(encoding="utf-8")
    folder = f"{address}/releases/{OLDER}/".removeprefix("https://example.org")
    names = re.findall(r'(?:href|src)="([^":#]+)"', notice)
    assert names
    for name in names:
        assert (home / "withdrawn" / OLDER / "site" / name.removeprefix(folder)).is_file()


def test_the_notice_escapes_its_reason_and_needs_nothing_inline() -> None:
    page = withdrawal_notice(CURRENT, "<script>alert(1)</script>")
    assert "<script>alert" not in page
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert "Exit this page" in page


LASTING = ("assets/charts.aaaaaaaaaa.js", "figures/outcomes-wide.bbbbbbbbbb.js")
PASSING = (
    "outcomes.html",
    "files/outcomes.csv",
    "assets/plain.css",
    "figures/x/y.0123456789.js",
    "x.0123456789.js",
)


def only_in_older(home: Path) -> None:
    """Files that the current release does not hold any more."""
    for path in (*LASTING, *PASSING):
        target = home / "releases" / OLDER / "site" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"older {path}")


def given(client: TestClient, paths: Iterable[str]) -> list[str]:
    """Which of the paths the main address serves."""
    return [path for path in paths if client.get(f"/{path}").status_code == 200]


def test_a_page_loaded_before_a_switch_still_gets_its_hashed_files(client: TestClient, home: Path) -> None:
    only_in_older(home)
    assert given(client, LASTING) == list(LASTING)
    answer = client.get(f"/{LASTING[1]}")
    assert answer.text == f"older {LASTING[1]}"
    assert "immutable" in answer.headers["cache-control"]
    assert all(answer.headers[name] == value for name, value in HEADERS.items())


def test_nothing_else_of_an_older_release_is_given(
    client: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_in_older(home)
    assert given(client, PASSING) == []
    monkeypatch.setattr(serve, "OUTLIVES", re.compile(".*"))
    assert given(client, PASSING) == list(PASSING)


def test_hashed_files_of_a_withdrawn_release_are_gone(client: TestClient, home: Path) -> None:
    only_in_older(home)
    write_withdrawal_notice(home / "withdrawn" / OLDER / "site", OLDER, "wrong")
    assert given(client, LASTING) == []
    careless = application(lambda: home / "current" / "site", lambda name: home / "releases" / name / "site")
    with TestClient(careless) as twin:
        assert given(twin, LASTING) == list(LASTING)


def test_hashed_files_of_a_release_that_is_not_served_are_not_given(home: Path) -> None:
    only_in_older(home)
    with TestClient(application(lambda: home / "current" / "site", named=lambda _: None)) as client:
        assert given(client, LASTING) == []


class Switched(type(Path())):  # type: ignore[misc]
    """A link to the current site that is switched each time somebody looks at it."""

    targets: Iterator[Path]

    def resolve(self, strict: bool = False) -> Path:
        return next(self.targets).resolve(strict)


def test_a_switch_between_two_looks_does_not_lose_a_page(home: Path) -> None:
    root = Switched(home / "current" / "site")
    sites = [home / "releases" / name / "site" for name in (OLDER, CURRENT)]
    Switched.targets = cycle(sites)
    assert inside(root, "index.html") == sites[0] / "index.html"
    Switched.targets = cycle(sites)
    first, second = root.resolve() / "index.html", root.resolve()
    assert not first.is_relative_to(second), "the link does not switch, so the test shows nothing"


def test_a_file_that_goes_while_it_is_looked_for_is_missing(
    client: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = home / "releases" / CURRENT / "site" / "gone.html"
    monkeypatch.setattr(serve, "inside", lambda _, path: gone if path == "index.html" else None)
    assert client.get("/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.key",
        "/assets/../../../../secret.0123456789.key",
        "/assets/..%2f..%2fsecret.0123456789.key",
        "/%2e%2e/%2e%2e/secret.key",
        "/..%2f..%2fsecret.key",
        "/%2e%2e%5csecret.key",
        "/assets/../../system.json",
        "/assets/",
        "/assets",
        "//etc/passwd",
        "/%00",
        "/.hidden",
        "/releases/../../secret.key",
        "/releases/..%2f..%2f/secret.key",
    ],
)
def test_no_path_leads_out_of_the_site(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_link_out_of_the_site_is_not_followed(home: Path) -> None:
    site = home / "releases" / CURRENT / "site"
    (site / "leak.html").symlink_to(home / "secret.key")
    assert inside(site, "leak.html") is None
    assert inside(site, "index.html") is not None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_only_reading_is_allowed(client: TestClient, method: str) -> None:
    answer = client.request(method, "/index.html")
    assert answer.status_code == 405
    assert all(answer.headers[name] == value for name, value in HEADERS.items())


def test_head_gives_headers_only(client: TestClient) -> None:
    answer = client.head("/index.html")
    assert answer.status_code == 200
    assert answer.content == b""
