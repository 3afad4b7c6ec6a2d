"""`python -m dashboards build`: the site of a release from its protected files, in a process of its own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from dashboards.downloads import write_database
from dashboards.site import build


def web_address(text: str) -> str:
    """An address of a site, such as `https://statistics.example.org`.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"{text!r} is no address such as https://statistics.example.org")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it is done."""
    parser = argparse.ArgumentParser(prog="python -m dashboards", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("build", help="write site/, tables/ and published.duckdb")
    made.add_argument("--protected", type=Path, required=True)
    made.add_argument("--release-id", required=True)
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--published-on")
    made.add_argument("--address", type=web_address, help="where the site will stand on the web")
    database = commands.add_parser(
        "database", help="write the released files into one DuckDB file, and as Parquet"
    )
    database.add_argument("--files", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    if chosen.command == "database":
        write_database(chosen.files)
    else:
        build(chosen.protected, chosen.out, chosen.release_id, chosen.published_on, chosen.address or "")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
