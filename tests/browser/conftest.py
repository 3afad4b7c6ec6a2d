"""A real browser on a real server: the strict policy is on, and nothing leaves the machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import pytest
import uvicorn

from dashboards.serve import application

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Route

WAIT_S = 60.0


@pytest.fixture(scope="session")
def site(release: Path) -> Path:
    """The site of the sample's release, made once a session."""
    return release / "site"


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address of a server of that site, on a free port of loopback."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(100)
    server = uvicorn.Server(uvicorn.Config(application(lambda: site), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(WAIT_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, ended with the file of tests: while its driver lives the thread has a running event
    loop, and tests of other rooms that start one of their own would be refused."""
    executable = which("chromium") or which("chromium-browser")
    if executable is None:
        pytest.skip("no Chromium here: apt-get install --no-install-recommends chromium fonts-liberation")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield made
        made.close()


@dataclass
class Visit:
    """One tab, with what it asked for and complained about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(f"{self.address}/{path}")
        return self.page

    def point_at(self, chart: str) -> Locator:
        """Point at a chart and wait until it has come to life; give what then stands in its place."""
        found = self.page.locator(f"#chart-{chart}")
        found.hover()
        until(lambda: found.get_attribute("data-drawn") is not None)
        return found.locator(".chart__live")


def box(page: Page, selector: str, text: str | None = None) -> dict[str, float]:
    """Where an element lies on the page, in pixels."""
    found = page.locator(selector, has_text=text).first.bounding_box()
    assert found is not None, selector
    return dict(found)


def middle(place: dict[str, float]) -> tuple[float, float]:
    """The middle of a place."""
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


def until(done: Callable[[], object]) -> None:
    """Ask again until it is so; the strict policy refuses the driver's own way of waiting."""
    end = time.monotonic() + WAIT_S
    while not done():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.03)


def visit(context: BrowserContext, address: str) -> Visit:
    """A tab in which any other site answers with a plain page, so that leaving can be seen."""
    context.set_default_timeout(1000 * WAIT_S)
    made = Visit(context.new_page(), address)

    def elsewhere(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<title>elsewhere</title>elsewhere")

    def note(request: Request) -> None:
        if not request.url.startswith((address, "data:")):
            made.outside.append(request.url)

    context.route(lambda url: not url.startswith(address), elsewhere)
    made.page.on("request", note)
    made.page.on("console", lambda message: made.complaints.append(message.text))
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    return made


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Visit]:
    """A tab of desktop width."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield visit(context, address)
    context.close()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visit]:
    """A tab of the narrowest width that must work."""
    context = browser.new_context(viewport={"width": 320, "height": 640})
    yield visit(context, address)
    context.close()
