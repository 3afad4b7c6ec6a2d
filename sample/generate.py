"""Write the example extracts: `python -m sample.generate [--out DIR]`.

Eleven yearly files of synthetic allegations, 2010-2020, which reproduce the published totals of 2017-2020
exactly and are otherwise invented. No clock and no chance: two runs write identical bytes. The hand-written
`sources.toml`, `register.toml` and `published_figures.csv` beside them are left alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from sample.layouts import LAYOUTS
from sample.records import Record, extras, records
from sample.write import render

LANDING = Path(__file__).parent / "landing"


def extracts() -> Mapping[str, bytes]:
    """File name -> bytes of every yearly extract."""
    rows = (*records(), *extras())
    return {layout.file: render(layout, _of(rows, year)) for year, layout in LAYOUTS.items()}


def _of(rows: Sequence[Record], year: int) -> list[Record]:
    """The year's records in the order of their recorded date."""
    chosen = [row for row in rows if row.year == year]
    return sorted(chosen, key=lambda row: (row.recorded_date, row.allegation_ref))


def write(folder: Path) -> None:
    """Write every extract into `folder`, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in extracts().items():
        (folder / name).write_bytes(content)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; 0 when every file is written."""
    parser = argparse.ArgumentParser(prog="python -m sample.generate", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=LANDING, help="folder to write to (default: sample/landing)"
    )
    write(parser.parse_args(arguments).out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
