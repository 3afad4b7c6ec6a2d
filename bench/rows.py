"""Many rows from a csv file through raw, the models and tests, against bare DuckDB with the same SQL."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from bench.ingest import BARE_DATES, NOW, SOURCES, TEXTS
from bench.line import in_order, statement
from bench.measure import Cost, python
from ingest.canonical import MAPPABLE, RAW_TYPES

SMALL_RATIO, LARGE_RATIO, LARGE_MB = 2.0, 1.3, 1536
"""At most so many times the CPU of bare DuckDB to a million rows, and beyond; at most so much memory."""
NAMES = ("csv rows", "line CPU s", "bare CPU s", "ratio", "wall s", "peak MB", "bare MB")
CONFIG: dict[str, Any] = {"threads": 1, "memory_limit": "700MB", "preserve_insertion_order": False}
ONE = {
    "source_part": "1",
    "source_row": "row_number() OVER () + 1",
    "missing_columns": "CAST([] AS VARCHAR[])",
}
GIVEN = {
    "force": "Bench",
    "scope": "all misconduct",
    "population": "officers",
    "vocabulary": "mps",
    "as_at_date": "2021-06-30",
    "source_file": "a.csv",
    "source_sha256": "0" * 64,
    "rest": "{}",
}
OURS = "import sys; from pathlib import Path; from bench import rows; rows.ours(*map(Path, sys.argv[1:]))"
BARE = "import sys; from pathlib import Path; from bench import rows; rows.bare(*map(Path, sys.argv[1:]))"


def generate(folder: Path, rows: int) -> None:
    """A landing folder with one csv file of so many rows and nine officers to ten of them."""
    folder.mkdir(parents=True)
    (folder / "sources.toml").write_text(SOURCES)
    texts = TEXTS | {"officer_key": f"'P' || (i * 7919 % {max(rows * 9 // 10, 1)})"}
    columns = ", ".join(f"{texts.get(column, 'NULL')} AS {column}" for column in MAPPABLE)
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(f"COPY (SELECT {columns} FROM range({rows}) AS t(i)) TO '{folder / 'a.csv'}' (HEADER)")


def ours(landing: Path, home: Path) -> None:
    """The line as it is: the file to raw, then dbt with its tests."""
    import ingest
    from dagster_project.settings import prepare_home, prepare_process, read_settings
    from dagster_project.warehouse import build_warehouse, read_project

    settings = read_settings(home, landing)
    prepare_process(settings)
    prepare_home(settings)
    lists = ingest.CodeLists.read(settings.seeds)
    report = ingest.load(ingest.read_landing(landing, {}), lists, settings.raw, None, NOW, lambda _: None)
    ingest.accept(report, settings.raw)
    bad = [node.name for node in build_warehouse(settings, read_project(settings)) if not node.good]
    if bad:
        raise RuntimeError(f"not good: {bad}")


def bare(landing: Path, built: Path, home: Path) -> None:
    """The same rows and the SQL that dbt compiled in the home `built`: no check, no contract, no dbt."""
    from dagster_project.settings import read_settings
    from dagster_project.warehouse import read_project

    settings = read_settings(built, landing)
    manifest = read_project(settings).manifest
    target = settings.build / "dbt" / "target"
    raw = home / "raw" / "accepted" / "allegations"
    raw.mkdir(parents=True)
    config = CONFIG | {"file_search_path": str(home), "temp_directory": str(home / "spill")}
    with duckdb.connect(str(home / "warehouse.duckdb"), config=config) as con:
        con.execute(
            f"COPY ({_raw_rows(landing / 'a.csv')}) TO '{raw}' (FORMAT parquet, PARTITION_BY (folder))"
        )
        con.execute("CREATE SCHEMA staging; CREATE SCHEMA marts")
        for node in in_order(manifest):
            con.execute(statement(node, settings.dbt_project, target))
        for query in _tests(manifest, target):
            con.execute(f"SELECT count(*) FROM ({query})").fetchall()


def _raw_rows(file: Path) -> str:
    days = {name: f"try_strptime({name}, '%Y-%m-%d')::DATE::VARCHAR" for name in BARE_DATES}
    made = days | ONE | {name: f"'{value}'" for name, value in GIVEN.items()}
    made |= {"loaded_at": f"TIMESTAMP '{NOW}'", "year": "left(recorded_date, 4)::INTEGER"}
    columns = [
        f"{made.get(name, name if name in MAPPABLE else f'CAST(NULL AS {kind})')} AS {name}"
        for name, kind in RAW_TYPES.items()
    ]
    read = f"read_csv('{file}', all_varchar = true, header = true)"
    return f"SELECT {', '.join(columns)}, left(recorded_date, 4) AS folder FROM {read}"


def _tests(manifest: Any, target: Path) -> Iterator[str]:  # noqa: ANN401
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            found = [*(target / "compiled" / "misconduct").rglob(node["path"].rpartition("/")[2])]
            yield found[0].read_text(encoding="utf-8")


def measured(rows: int) -> tuple[Cost, Cost]:
    """What the line costs for so many rows, and bare DuckDB; each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-rows-") as folder:
        landing, home, other = (Path(folder) / name for name in ("landing", "home", "bare"))
        generate(landing, rows)
        cost = python(OURS, landing, home)
        return cost, python(BARE, landing, home, other)


def row(rows: int, cost: Cost, theirs: Cost) -> str:
    """One line of the table."""
    ratio = f"{cost.cpu_s / theirs.cpu_s:.2f}"
    times = (rows, f"{cost.cpu_s:.1f}", f"{theirs.cpu_s:.1f}", ratio, f"{cost.wall_s:.0f}")
    return _line(*times, f"{cost.memory_mb:.0f}", f"{theirs.memory_mb:.0f}")


def _line(*texts: object) -> str:
    return " ".join(f"{text!s:>10}" for text in texts)


def good(rows: int, cost: Cost, theirs: Cost) -> bool:
    """Whether the ratio and the memory are within their limits."""
    most = SMALL_RATIO if rows <= 1_000_000 else LARGE_RATIO
    return cost.cpu_s <= most * theirs.cpu_s and cost.memory_mb <= LARGE_MB


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000, 10_000_000])
    sizes: list[int] = parser.parse_args(arguments).rows
    print(_line(*NAMES))
    all_good = True
    for rows in sizes:
        costs = measured(rows)
        print(row(rows, *costs), flush=True)
        all_good &= good(rows, *costs)
    return int(not all_good)


if __name__ == "__main__":
    sys.exit(main())
