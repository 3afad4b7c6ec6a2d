"""Files to Parquet: the incoming rows by year, and the accepted rows behind gate 1."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_project.errors import BadInput
from dagster_project.register import elsewhere, register_of
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from ingest import CodeLists, Finding, Landing, LoadReport
    from ingest.landing import SourceEntry

Say = Callable[[str], None]
UNUSED = "heading_unused"


def landing_of(settings: Settings) -> Landing:
    """Read the landing folder's entries and hold them against the home's identity.

    Raises:
        BadInput: an entry is wrong, a file is missing, or the home belongs to another force.
    """
    from ingest import LandingError, read_landing

    try:
        landing = read_landing(settings.landing, settings.environ)
    except LandingError as error:
        raise BadInput(finding_lines(error.findings)) from None
    _check_identity(settings, landing)
    return landing


def files_of(landing: Landing, entry: SourceEntry) -> tuple[Path, ...]:
    """The files that an entry reads: its own, and those that are joined to it."""
    return tuple(landing.root / name for name in (entry.read.file, *(join.read.file for join in entry.joins)))


def claim_home(settings: Settings, landing: Landing) -> None:
    """Write down whose figures this home holds, once."""
    path = settings.home / "home.toml"
    if not path.exists():
        lines = [f"{name} = {json.dumps(value)}" for name, value in _identity(landing).items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def load_incoming(settings: Settings, years: Collection[int] | None, say: Say) -> LoadReport:
    """Read the files of these years (all of them where None) into raw/incoming, and keep the report beside.

    Raises:
        BadInput: nothing was loaded.
    """
    from ingest import LandingError, between_files, held_by, load

    landing, register = landing_of(settings), register_of(settings)
    try:
        report = load(landing, code_lists(settings), settings.raw, years, datetime.now(UTC), say)
    except LandingError as error:
        raise BadInput(finding_lines(error.findings)) from None
    claim_home(settings, landing)
    report_path(settings).write_text(report.to_json(), encoding="utf-8")
    for file in report.files:
        for reason, rows in sorted(file.excluded.items()):
            say(f"{file.file}: {rows} {reason.replace('_', ' ')} rows kept in raw, left out of the facts")
    told = [finding for file in report.files for finding in file.findings if finding.code == UNUSED]
    told += between_files(held_by(landing, report, settings.raw))
    for line in (*elsewhere(register, landing), *finding_lines(told)):
        say(line)
    for year in report.skipped_years if years is not None else _gaps(landing.years):
        say(f"{year}: no entry in sources.toml, skipped")
    return report


def _gaps(years: Collection[int]) -> list[int]:
    return [year for year in range(min(years), max(years)) if year not in years] if years else []


def report_path(settings: Settings) -> Path:
    """Where the report of the last load waits for the gate and for a later run of it."""
    return settings.build / "raw_incoming_allegations.json"


def code_lists(settings: Settings) -> CodeLists:
    """The code lists of the dbt project's seeds."""
    from ingest import CodeLists

    return CodeLists.read(settings.seeds)


def finding_lines(findings: Iterable[Finding]) -> list[str]:
    """One line a finding: file, row, rule, what is wrong, what to do."""
    return [str(finding) for finding in findings]


def judged_files(settings: Settings, report: LoadReport) -> list[Path]:
    """The Parquet files that gate 1 judges: the incoming ones, and the accepted ones of unchanged sources."""
    folders = {True: settings.raw / "accepted", False: settings.raw / "incoming"}
    places = [(folders[file.reused], f"{file.source_key}.parquet") for file in report.files]
    return sorted(path for folder, name in places for path in folder.rglob(name))


def read_report(path: Path) -> LoadReport:
    """The last load's report.

    Raises:
        BadInput: nothing was loaded yet.
    """
    from ingest import LoadReport

    if not path.exists():
        raise BadInput((f"nothing is loaded yet: materialise {path.stem} first",))
    return LoadReport.from_json(path.read_text(encoding="utf-8"))


def _identity(landing: Landing) -> dict[str, str]:
    return {"force": landing.force, "scope": landing.scope, "population": landing.population}


def _check_identity(settings: Settings, landing: Landing) -> None:
    path = settings.home / "home.toml"
    if not path.exists():
        return
    owner = tomllib.loads(path.read_text(encoding="utf-8"))
    given = _identity(landing)
    differing = [name for name in given if owner.get(name) != given[name]]
    if differing:
        name = differing[0]
        raise BadInput(
            (
                f"{settings.home} belongs to another publication: its {name} is {owner.get(name)!r}, "
                f"sources.toml says {given[name]!r}: give each force and scope a home of its own with --home",
            )
        )
