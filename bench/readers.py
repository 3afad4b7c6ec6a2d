"""Readers of the site, the published database and the warehouse, while one refresh follows the other.

`python -m bench.readers --refreshes 20` prints a line a refresh and a line a reader, and ends with 1 where a
reader saw an error, a mixture of two releases or half a file, or where a refresh did not come to its end.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.kills import SAMPLE, ended, renewed, start, warm
from bench.measure import REPOSITORY, copied

RELEASE = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")
PAUSE_S = 0.02
PATIENCE_S = 300
"""For a machine that does much else: late is no error."""


def read_warehouse(home: Path, seen: dict[str, Any]) -> None:
    """One answer from the private warehouse: always the same rows, since no count changes."""
    import duckdb

    question = (
        "select (select count(*) from marts.fct_allegations), (select sum(n) from marts.mart_reconciliation)"
    )
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        answer = connection.execute(question).fetchone()
        time.sleep(PAUSE_S)
        again = connection.execute(question).fetchone()
    if not answer == again == seen.setdefault("answer", answer):
        raise ValueError(f"the warehouse answered {answer}, then {again}, before {seen['answer']}")


def read_published(home: Path, _: dict[str, Any]) -> None:
    """Every table of the published database: all of one release."""
    import duckdb

    with duckdb.connect(str(home / "current" / "published.duckdb"), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("show tables").fetchall()]
        found = {
            row for name in tables for row in connection.execute(f"select release_id from {name}").fetchall()
        }
    if len(found) != 1 or not tables:
        raise ValueError(f"the published tables are of {len(found)} releases")


def read_site(home: Path, seen: dict[str, Any]) -> None:
    """The first page with all that it loads, from the server: whole, and of the release that it names."""
    address = seen["address"]
    page = fetched(f"{address}/").decode()
    named = set(RELEASE.findall(page))
    [release] = named
    own = f"{address}/releases/{release}"
    if not page.rstrip().endswith("</html>") or fetched(f"{own}/").decode() != page:
        raise ValueError("a page is not whole")
    for link in re.findall(r'(?:src|href)="((?:assets|figures)/[^"#]+)"', page):
        fetched(f"{address}/{link}")
    table = fetched(f"{own}/files/outcomes_by_year.csv").decode()
    if set(RELEASE.findall(table)) != named:
        raise ValueError("a file is of another release than its page")


def fetched(address: str) -> bytes:
    """The bytes at an address.

    Raises:
        OSError: no answer, or one that says that there is nothing.
    """
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            content: bytes = answer.read()
    except urllib.error.HTTPError as error:
        raise OSError(f"{error.code} at {urllib.parse.urlparse(address).path}") from None
    return content


READERS: dict[str, Callable[[Path, dict[str, Any]], None]] = {
    "warehouse.duckdb": read_warehouse,
    "published.duckdb": read_published,
    "site": read_site,
}


def keep_reading(kind: str, home: Path, stop: Path, address: str) -> None:
    """Read again and again until the stop file is there; print how often, and what went wrong."""
    reads, wrong, seen = 0, [], {"address": address}
    while not stop.exists():
        try:
            READERS[kind](home, seen)
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")
        reads += 1
        time.sleep(PAUSE_S)
    print(json.dumps({"reads": reads, "wrong": wrong}))


def free_port() -> int:
    """A port for a server that is about to start, from where the system picks none for anybody else.

    Raises:
        OSError: there is none.
    """
    first = 20_000 + os.getpid() % 10_000
    for port in range(first, first + 2_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


@contextmanager
def served(home: Path) -> Iterator[str]:
    """`misconduct serve` of that home; its address."""
    port = free_port()
    arguments = ["-m", "dagster_project.cli", "serve", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen([sys.executable, *arguments], cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        while process.poll() is None:
            try:
                fetched(f"{address}/")
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()


def readers(home: Path, stop: Path, address: str, stack: ExitStack) -> dict[str, subprocess.Popen[str]]:
    """One process a kind of reader."""
    started = {}
    for kind in READERS:
        call = (
            f"from bench.readers import keep_reading; keep_reading({kind!r}, Path(a), Path(b), {address!r})"
        )
        code = f"import sys; from pathlib import Path; a, b = sys.argv[1:]; {call}"
        command = [sys.executable, "-c", code, str(home), str(stop)]
        started[kind] = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        stack.callback(started[kind].kill)
    return started


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh so often under the eyes of readers; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.readers", description=__doc__)
    parser.add_argument("--refreshes", type=int, default=20)
    parser.add_argument("--home", type=Path, help="a home that holds the sample's release; else one is made")
    chosen = parser.parse_args(arguments)
    warm()
    with tempfile.TemporaryDirectory(prefix="misconduct-readers-") as name, ExitStack() as stack:
        folder = Path(name)
        home, said, stop = folder / "home", folder / "said", folder / "stop"
        if chosen.home:
            copied(chosen.home, home)
        elif ended(start(home, SAMPLE, said)):
            raise RuntimeError(said.read_text(encoding="utf-8"))
        landing = Path(shutil.copytree(SAMPLE, folder / "landing"))
        address = stack.enter_context(served(home))
        reading = readers(home, stop, address, stack)
        failed = sum(refreshed(home, landing, said, number) for number in range(1, chosen.refreshes + 1))
        stop.touch()
        told = {kind: json.loads(process.communicate()[0]) for kind, process in reading.items()}
    for kind, saw in told.items():
        words = "; ".join(dict.fromkeys(saw["wrong"])) or "nothing wrong"
        print(f"{kind}: {saw['reads']} reads, {words}")
    return int(failed > 0 or any(saw["wrong"] or not saw["reads"] for saw in told.values()))


def refreshed(home: Path, landing: Path, said: Path, number: int) -> bool:
    """Publish once more; whether that failed."""
    renewed(landing)
    before = (home / "current").readlink()
    code = ended(start(home, landing, said))
    if code or (home / "current").readlink() == before:
        print(f"refresh {number}: ended with {code}: {said.read_text(encoding='utf-8')[-500:]}", flush=True)
        return True
    print(f"refresh {number}: published {(home / 'current').readlink().name}", flush=True)
    return False


if __name__ == "__main__":
    raise SystemExit(main())
