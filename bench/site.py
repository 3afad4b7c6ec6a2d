"""The site of the sample: what it costs to build, what visits weigh, how soon a reader sees the first chart.

`python -m bench.site [RELEASE]` takes a release folder; without one it makes the sample's. The times of the
browser need Chromium and are left out without it.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import measure, misconduct

INPUTS = ("protected.json", "tables.json", "system.json", "certificate.json", "history.json")
TIMES_MORE = 4
VISITS = 5
KB = 1024
SEEN = """
window.moved = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => { window.moved += entry.value; }))
  .observe({type: 'layout-shift', buffered: true});
(function look() {
  if (!document.querySelector('.chart svg.plot')) { requestAnimationFrame(look); return; }
  requestAnimationFrame(() => requestAnimationFrame(() => { window.seen = performance.now(); }));
}());
"""


@dataclass(frozen=True)
class Row:
    """One line: what was measured, in which unit, the budget and the aim where there are such."""

    words: str
    value: float
    unit: str
    budget: float | None = None
    aim: float | None = None


def rows(release: Path) -> Iterator[Row]:
    """Measure one thing after the other."""
    with tempfile.TemporaryDirectory() as folder:
        once = build_cost(release, Path(folder) / "once")
        more = build_cost(release, Path(folder) / "more", TIMES_MORE)
    yield Row("build of the whole site", once, "CPU s", 3)
    yield Row(f"the same with {TIMES_MORE} times the tables", more, "CPU s")
    yield from weights(release / "site")
    yield from times(release / "site")


def build_cost(release: Path, folder: Path, times: int = 1) -> float:
    """The CPU seconds of a build, with each table so many times."""
    protected = folder / "protected"
    protected.mkdir(parents=True)
    for name in INPUTS:
        shutil.copyfile(release / name, protected / name)
    content = json.loads((protected / "protected.json").read_text(encoding="utf-8"))
    endings = ("", *(f"_{i}" for i in range(1, times)))
    tables = content["tables"]
    content["tables"] = [renamed(table, table["table_id"] + ending) for ending in endings for table in tables]
    (protected / "protected.json").write_text(json.dumps(content), encoding="utf-8")
    given = ["--protected", protected, "--release-id", release.resolve().name, "--out", folder / "out"]
    return measure([sys.executable, "-m", "dashboards", "build", *given]).cpu_s


def renamed(table: dict[str, object], name: str) -> dict[str, object]:
    """A copy of a table under another name."""
    copied: dict[str, object] = json.loads(json.dumps(table).replace(f'"{table["table_id"]}"', f'"{name}"'))
    return copied


def weights(site: Path) -> Iterator[Row]:
    """What the network carries, compressed."""
    pages = {page: page.read_text(encoding="utf-8") for page in site.glob("*.html")}
    own = {page.name: zipped(page) for page in pages}
    linked = {page.name: assets(site, text) for page, text in pages.items()}
    first = {name: own[name] + sum(map(zipped, linked[name])) for name in own}
    yield Row("first visit, heaviest page", max(first.values()) / KB, "KB", 450, 300)
    yield Row("first visit, the overview", first["index.html"] / KB, "KB", 450, 300)
    yield Row("further page, heaviest", max(own.values()) / KB, "KB", 70)
    library = next(path for path in site.glob("assets/plotly.*.js"))
    figure = max(zipped(path) for path in site.glob("figures/*-wide.*.js"))
    yield Row("more, once a reader points at a chart", (zipped(library) + figure) / KB, "KB")


def assets(site: Path, text: str) -> list[Path]:
    """The style sheets and scripts that a page asks for at once."""
    found = re.findall(r'<(?:link rel="stylesheet"[^>]*href|script[^>]*\ssrc)="([^"]+)"', text)
    return [site / path for path in found]


def zipped(path: Path) -> int:
    """The size of a file as it travels."""
    return len(gzip.compress(path.read_bytes(), 6))


def times(site: Path) -> Iterator[Row]:
    """How soon a chart is seen, and comes to life, on loopback; nothing where there is no Chromium."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        return
    from playwright.sync_api import sync_playwright

    with served(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        measured = [visit(browser.new_context(), address) for _ in range(VISITS)]
        browser.close()
    seen, alive, moved = (statistics.median(found) for found in zip(*measured, strict=True))
    yield Row("first chart seen, median of five new browsers", seen, "s", 0.8, 0.5)
    yield Row("chart alive after pointing at it", alive, "s")
    yield Row("layout shift", moved, "", 0)


def visit(context: object, address: str) -> tuple[float, float, float]:
    """Seconds to the first chart, seconds from pointing to a living one, and the layout shift."""
    page = context.new_page()  # type: ignore[attr-defined]
    page.add_init_script(SEEN)
    page.goto(f"{address}/trends.html")
    while not (seen := page.evaluate("window.seen")):
        time.sleep(0.01)
    start = time.perf_counter()
    page.locator(".chart").first.hover()
    while page.locator(".chart").first.get_attribute("data-drawn") is None:
        time.sleep(0.01)
    alive = time.perf_counter() - start
    moved = float(page.evaluate("window.moved"))
    context.close()  # type: ignore[attr-defined]
    return seen / 1000, alive, moved


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The site behind the server that readers get, on a free port of loopback."""
    import socket

    import uvicorn

    from dashboards.serve import application, configuration

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(configuration(application(lambda: site), "127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a budget is broken."""
    given = sys.argv[1:] if arguments is None else arguments
    if given:
        return _report(Path(given[0]))
    with tempfile.TemporaryDirectory() as folder:
        misconduct("refresh", "--home", folder)
        return _report(Path(folder) / "current")


def _report(release: Path) -> int:
    print(f"{'what':46} {'value':>9} {'':6} {'budget':>7} {'aim':>6}")
    broken = False
    for row in rows(release.resolve()):
        budget, aim = ("" if limit is None else f"{limit:g}" for limit in (row.budget, row.aim))
        print(f"{row.words:46} {row.value:9.2f} {row.unit:6} {budget:>7} {aim:>6}", flush=True)
        broken = broken or (row.budget is not None and row.value > row.budget)
    return int(broken)


if __name__ == "__main__":
    raise SystemExit(main())
