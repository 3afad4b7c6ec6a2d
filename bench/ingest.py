"""Loading a csv file against bare DuckDB writing the same rows, and many damaged files."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import duckdb

import ingest
from ingest.canonical import MAPPABLE

REPOSITORY = Path(__file__).resolve().parents[1]
NOW = datetime(2021, 7, 1)
SOURCES = """force = "Bench"
scope = "all misconduct"
population = "officers"
vocabulary = "mps"
synthetic = true
[[source]]
file = "a.csv"
years = "2010-2020"
as_at = 2021-06-30
"""
TEXTS = {
    "case_ref": "'C' || (i // 2)",
    "case_type": "['conduct matter', 'public complaint'][1 + i % 2]",
    "allegation_ref": "'A' || i",
    "officer_key": "'P' || (i * 7919 % 400000)",
    "staff_type": "'officer'",
    "rank_band": "['constable', 'sergeant', 'inspector'][1 + i % 3]",
    "sex": "['Male', 'Female', 'Unknown'][1 + i * 31 % 7 % 3]",
    "known_date": "(DATE '2010-01-01' + CAST(i % 3900 AS INTEGER))::VARCHAR",
    "recorded_date": "(DATE '2010-01-01' + CAST(i % 3900 AS INTEGER))::VARCHAR",
    "allegation_type": "['A', 'B', 'C', 'D'][1 + i * 17 % 11 % 4]",
    "severity": "['misconduct', 'gross misconduct'][1 + i % 2]",
    "result": "['case to answer', 'no case to answer'][1 + i % 2]",
    "action": "CASE WHEN i % 2 = 0 THEN 'formal action' END",
    "sanction": "CASE WHEN i % 2 = 0 THEN ['written warning', 'final written warning'][1 + i % 4 // 2] END",
    "outcome_date": "(DATE '2010-03-01' + CAST(i % 3900 AS INTEGER))::VARCHAR",
}
BARE_DATES = ("known_date", "recorded_date", "outcome_date", "left_date")


def generate(folder: Path, rows: int) -> Path:
    """A landing folder with one csv file of so many rows."""
    folder.mkdir(parents=True)
    (folder / "sources.toml").write_text(SOURCES)
    columns = ", ".join(f"{TEXTS.get(column, 'NULL')} AS {column}" for column in MAPPABLE)
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(f"COPY (SELECT {columns} FROM range({rows}) AS t(i)) TO '{folder / 'a.csv'}' (HEADER)")
    return folder


def load(landing: Path, home: Path) -> None:
    """What is measured: the file to raw/incoming, every check made."""
    lists = ingest.CodeLists.read(REPOSITORY / "dbt" / "seeds")
    report = ingest.load(ingest.read_landing(landing, {}), lists, home / "raw", None, NOW, lambda _: None)
    if not all(file.balanced and file.accepted for file in report.files):
        raise RuntimeError("the benchmark's own file was not accepted")


def bare(landing: Path, home: Path) -> None:
    """The same rows and columns by one statement of DuckDB on one thread, without any check."""
    same = {"force": "Bench", "scope": "all misconduct", "population": "officers", "vocabulary": "mps"}
    same |= {"rest": "{}", "as_at_date": "2021-06-30", "source_file": "a.csv", "source_sha256": "0" * 64}
    days = ", ".join(f"try_strptime({name}, '%Y-%m-%d')::DATE::VARCHAR AS {name}" for name in BARE_DATES)
    fixed = ", ".join(f"'{value}' AS {name}" for name, value in same.items())
    query = (
        f"SELECT * REPLACE ({days}), {fixed}, row_number() OVER () + 1 AS source_row, "
        f"TIMESTAMP '2021-07-01' AS loaded_at, NULL::VARCHAR AS source_sheet, "
        f"NULL::VARCHAR AS source_reference, NULL::VARCHAR AS exclusion, left(recorded_date, 4) AS year "
        f"FROM read_csv('{landing / 'a.csv'}', all_varchar = true, header = true)"
    )
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "memory_limit": "1GB",
        "temp_directory": str(home / "spill"),
    }
    with duckdb.connect(config=config) as con:
        con.execute(f"COPY ({query}) TO '{home / 'bare'}' (FORMAT parquet, PARTITION_BY (year))")


MEASURE = """
import json, resource, sys, time
from pathlib import Path
from bench import ingest as bench
started = time.process_time(), time.perf_counter()
getattr(bench, sys.argv[1])(Path(sys.argv[2]), Path(sys.argv[3]))
cpu, wall = time.process_time() - started[0], time.perf_counter() - started[1]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([cpu, wall, peak]))
"""


def measured(what: str, landing: Path) -> tuple[float, float, float]:
    """CPU and wall seconds and peak MB of `load` or `bare` in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as home:
        command = [sys.executable, "-c", MEASURE, what, str(landing), home]
        done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    cpu, wall, peak = json.loads(done.stdout.splitlines()[-1])
    return cpu, wall, peak


def speed(sizes: list[int]) -> None:
    """One line a size: CPU of both, their ratio, wall time and peak memory."""
    print(f"{'csv rows':>10} {'load CPU s':>11} {'bare CPU s':>11} {'ratio':>6} {'wall s':>7} {'peak MB':>8}")
    for rows in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-ingest-") as folder:
            landing = generate(Path(folder) / "landing", rows)
            ours, theirs = measured("load", landing), measured("bare", landing)
        ratio = ours[0] / theirs[0]
        print(
            f"{rows:>10} {ours[0]:>11.2f} {theirs[0]:>11.2f} {ratio:>6.2f} {ours[1]:>7.1f} {ours[2]:>8.0f}",
            flush=True,
        )


def mutations(cases: int) -> int:
    """Run the property tests of damaged files with so many cases; the exit code of pytest."""
    tests = ["tests/ingest/test_mutations.py", "-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *tests, f"--hypothesis-profile=cases-{cases}"]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    lines = done.stdout.strip().splitlines() or [done.stderr]
    print(f"{cases} damaged files: {lines[-1]}", flush=True)
    return done.returncode


def main(arguments: list[str] | None = None) -> int:
    """Print the table; the exit code is 0 if no damaged file broke anything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--cases", type=int, default=2000)
    given = parser.parse_args(arguments)
    speed(given.rows)
    return mutations(given.cases) if given.cases else 0


if __name__ == "__main__":
    sys.exit(main())
