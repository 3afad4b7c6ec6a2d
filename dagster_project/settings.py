"""Where things are: the only module that reads or sets the environment."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

REPOSITORY = Path(__file__).resolve().parents[1]

SETTINGS: Mapping[str, str] = {
    "MISCONDUCT_HOME": "the home folder; `--home` wins over it",
    "MISCONDUCT_LANDING": "the landing folder; `--landing` wins over it",
    "MISCONDUCT_REAL_DATA": 'the folder that `root = "env:MISCONDUCT_REAL_DATA/..."` refers to',
    "MISCONDUCT_ON_FAILURE": "who is told of a failed run: a web address or a command; unset, nobody",
    "MISCONDUCT_LOOK_EVERY": "seconds between two looks at the landing folder in Dagster; 60 if unset",
    "MISCONDUCT_SITE_ADDRESS": "where the site stands on the web, for the links of its feed and citations",
    "MISCONDUCT_RUNBOOK": "where a team serves docs/runbook.md, for the links in Dagster's pages",
}
"""The variables a person may set, each with what it does."""

QUIET: Mapping[str, str] = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DAGSTER_DISABLE_TELEMETRY": "1",
}
"""Every framework's telemetry switched off, before any of them is imported."""

DAGSTER_YAML = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
"""One run at a time, and no copy of what a process prints: a printed value would stay for ever."""


@dataclass(frozen=True)
class Settings:
    """One home, one landing folder and the environment they were read from."""

    home: Path
    landing: Path
    environ: Mapping[str, str] = field(repr=False)
    repository: Path = REPOSITORY

    @property
    def raw(self) -> Path:
        """Parquet by stage: incoming, accepted, quarantine."""
        return self.home / "raw"

    @property
    def build(self) -> Path:
        """Work in progress: may be deleted at any time between two runs."""
        return self.home / "build"

    @property
    def warehouse(self) -> Path:
        """The private DuckDB file that analysts read."""
        return self.home / "warehouse.duckdb"

    @property
    def building(self) -> Path:
        """The warehouse while dbt writes it."""
        return self.build / "warehouse.duckdb"

    @property
    def protected(self) -> Path:
        """The candidate of the next release."""
        return self.home / "protected"

    @property
    def releases(self) -> Path:
        """Published folders, one a release."""
        return self.home / "releases"

    @property
    def held(self) -> Path:
        """Complete folders that wait for an approval: not yet known to anybody outside."""
        return self.home / "held"

    @property
    def withdrawn(self) -> Path:
        """The notices that are served in the place of withdrawn releases."""
        return self.home / "withdrawn"

    @property
    def current(self) -> Path:
        """The pointer to what is served."""
        return self.home / "current"

    @property
    def secret_key(self) -> Path:
        """The key of the partner costs."""
        return self.home / "secret.key"

    @property
    def docs(self) -> Path:
        """Private Data Docs."""
        return self.home / "docs"

    @property
    def log(self) -> Path:
        """The append-only log."""
        return self.home / "log" / "log.jsonl"

    @property
    def dagster(self) -> Path:
        """Dagster's own storage."""
        return self.home / "dagster"

    @property
    def dbt_project(self) -> Path:
        """The dbt project."""
        return self.repository / "dbt"

    @property
    def seeds(self) -> Path:
        """The code lists."""
        return self.dbt_project / "seeds"

    @property
    def policy(self) -> Path:
        """The disclosure policy."""
        return self.repository / "disclosure" / "policy.toml"

    @property
    def decisions(self) -> Path:
        """The decision records, the newest of which names the policy in force."""
        return self.repository / "docs" / "decisions"


def read_settings(
    home: Path | None = None, landing: Path | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Arguments win over the environment, which wins over the folders of the repository."""
    found = dict(os.environ if environ is None else environ)
    home = home or Path(found.get("MISCONDUCT_HOME") or REPOSITORY / "data")
    landing = landing or Path(found.get("MISCONDUCT_LANDING") or REPOSITORY / "sample" / "landing")
    return Settings(home.expanduser().absolute(), landing.expanduser().absolute(), found)


def prepare_process(settings: Settings, environ: MutableMapping[str, str] | None = None) -> None:
    """Tell the frameworks of this process where the home is and that they shall report to nobody.

    A `TZ` that names no time zone becomes UTC, as the system's own library takes it: some of them stop at it.
    """
    target = os.environ if environ is None else environ
    target.update(QUIET)
    target["MISCONDUCT_HOME"] = str(settings.home)
    target["MISCONDUCT_LANDING"] = str(settings.landing)
    target["MISCONDUCT_WAREHOUSE"] = str(settings.building)
    target["DAGSTER_HOME"] = str(settings.dagster)
    if target.get("TZ") and not _is_zone(target["TZ"]):
        target["TZ"] = "UTC"
        if environ is None:
            time.tzset()


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name.removeprefix(":"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def fenced_environment(settings: Settings) -> dict[str, str]:
    """The environment of a process that sees released tables only: nothing in it names the home.

    ``MALLOC_PERTURB_`` fills freed memory, so that a written file holds no bytes of the process's past.
    """
    kept = {
        name: settings.environ[name]
        for name in ("PATH", "LANG", "LD_LIBRARY_PATH")
        if name in settings.environ
    }
    kept["PYTHONPATH"] = str(settings.repository)
    return {**kept, **QUIET, "MALLOC_PERTURB_": "255", "PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1"}


def owner_only() -> AbstractContextManager[None]:
    """Let what is written meanwhile be read by its owner alone; what is published is opened explicitly."""
    return _masking(0o077)


def for_all() -> AbstractContextManager[None]:
    """Let what is written meanwhile be read by everybody, and written by its owner."""
    return _masking(0o022)


@contextmanager
def _masking(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def prepare_home(settings: Settings) -> None:
    """Make the folders of the home, private to its owner, and Dagster's configuration if there is none.

    Raises:
        OSError: the home cannot be written.
    """
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (settings.build, settings.dagster, settings.log.parent, settings.docs):
        folder.mkdir(exist_ok=True, mode=0o700)
    settings.releases.mkdir(exist_ok=True, mode=0o755)
    configuration = settings.dagster / "dagster.yaml"
    if not configuration.exists():
        configuration.write_text(DAGSTER_YAML, encoding="utf-8")
