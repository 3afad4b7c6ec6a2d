"""Files to Parquet: the incoming rows by year, and the accepted rows behind gate 1."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project import log
from dagster_project.errors import BadInput
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from ingest import CodeLists, FileReport, Finding, Landing, LoadReport

Say = Callable[[str], None]


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
    from ingest import LandingError, load

    landing = landing_of(settings)
    try:
        report = load(landing, code_lists(settings), settings.raw, years, datetime.now(UTC), say)
    except LandingError as error:
        raise BadInput(finding_lines(error.findings)) from None
    claim_home(settings, landing)
    write_report(report, settings.build / "incoming.json")
    for year in report.skipped_years:
        say(f"{year}: no entry in sources.toml, skipped")
    return report


def accept_incoming(settings: Settings) -> LoadReport:
    """Move what gate 1 let through to raw/accepted; without its pass nothing moves.

    Raises:
        Refused: the gate did not pass.
    """
    from dagster_project.gates import open_gate_in
    from ingest import accept

    report = read_report(settings.build / "incoming.json")
    open_gate_in(settings, report)
    accept(report, settings.raw)
    log.append(settings.log, "ingest", "accepted: " + ", ".join(sorted({file.file for file in report.files})))
    return report


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


def write_report(report: LoadReport, path: Path) -> None:
    """Keep a load's report for the gate and for a later run of it."""
    path.write_text(json.dumps(asdict(report), default=str), encoding="utf-8")


def read_report(path: Path) -> LoadReport:
    """The last load's report.

    Raises:
        BadInput: nothing was loaded yet.
    """
    from ingest import LoadReport

    if not path.exists():
        raise BadInput(("nothing is loaded yet: materialise raw_incoming_allegations first",))
    loaded = json.loads(path.read_text(encoding="utf-8"))
    files = tuple(_file_report(entry) for entry in loaded["files"])
    return LoadReport(files=files, skipped_years=tuple(loaded["skipped_years"]))


def _file_report(entry: dict[str, Any]) -> FileReport:
    from ingest import FileReport, Finding

    years = {int(year): count for year, count in entry["years"].items()}
    findings = tuple(Finding(**finding) for finding in entry["findings"])
    known = {field.name for field in fields(FileReport)}
    return FileReport(
        **{**{k: v for k, v in entry.items() if k in known}, "years": years, "findings": findings}
    )


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
