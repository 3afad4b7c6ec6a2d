"""The line as Dagster sees it: one unbroken graph from the yearly files to the release.

Every stage is a plain function of its own module; this one only says what follows what. An exception leaves a
stage as `Failure` with words that are safe to keep: Dagster stores messages and causes of anything else.
"""

import logging
import sys
import warnings
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_project import automation, gates, lineage, protected, raw, release, warehouse
from dagster_project.errors import BadInput
from dagster_project.settings import Settings, prepare_home, prepare_process, read_settings
from dagster_project.stage import (
    ACCEPTED,
    DOCS,
    ENGINEERS,
    FOLLOW,
    INCOMING,
    LANDING,
    OFFICERS,
    PROTECTED,
    REFRESH,
    RELEASE,
    YEARS,
    safe_words,
    source_link,
)
from dagster_project.tables import warehouse_assets
from dagster_project.verdicts import gate_checks

if TYPE_CHECKING:
    from ingest import LoadReport

HERE = Path(__file__)
YEARLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=400), warn_window=timedelta(days=370))
"""A force sends its files once a year: a release older than that is one that somebody forgot."""
AWAY = dg.RetryPolicy(max_retries=3, delay=20, backoff=dg.Backoff.EXPONENTIAL)
"""For the ingest alone: nothing after it reads from anywhere but this machine."""


FILES_TO_RELEASE = (
    "Files to release: reads the yearly files, judges them (gate 1), builds and tests the warehouse, "
    "protects all tables together, judges them (gate 2) and publishes. Years may be chosen for the reading, "
    "all of them otherwise; what follows is always made whole. A run that fails publishes nothing: the "
    "release before stays."
)


class ReleaseChoice(dg.Config):
    """What a person may choose about a release: its day of publication, and to hold it for approval."""

    published_on: str | None = None
    hold: bool = False


@dg.logger(config_schema={}, description="What the stages say, a line each: no events, no colours.")
def plain_lines(context: dg.InitLoggerContext) -> logging.Logger:
    """Lines for a terminal or a log file."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_plain)
    handler.setFormatter(PlainFormatter())
    logger = logging.Logger("misconduct", logging.INFO)
    logger.addHandler(handler)
    return logger


def _is_plain(record: logging.LogRecord) -> bool:
    """A refusal is told at the end of the run, in the words of the first stage that refused."""
    event = getattr(record, "dagster_meta", {}).get("dagster_event")
    return event is None and record.levelno < logging.ERROR


class PlainFormatter(logging.Formatter):
    """The words alone, without Dagster's run and step in front of them."""

    def format(self, record: logging.LogRecord) -> str:
        """The message as the stage said it."""
        return str(getattr(record, "dagster_meta", {}).get("orig_message") or record.getMessage())


def build(settings: Settings) -> dg.Definitions:
    """The definitions for one home; parses the dbt project only where it changed since the last time."""
    prepare_process(settings)
    prepare_home(settings)
    project = warehouse.read_project(settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        assets: list[dg.AssetsDefinition | dg.AssetSpec] = [
            landing_files(settings),
            *raw_assets(settings, project.manifest),
            warehouse_assets(settings, project),
            warehouse_docs(settings, project),
            protected_asset(settings, project.manifest),
            released_asset(settings, project.manifest),
        ]
        checks, sensors = gate_checks(settings), automation.sensors(settings)
    line = dg.AssetSelection.all() - dg.AssetSelection.assets(DOCS)
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=[dg.define_asset_job(REFRESH, selection=line, description=FILES_TO_RELEASE)],
        sensors=sensors,
        schedules=[automation.nightly_refresh],
        loggers={"console": plain_lines},
        executor=dg.in_process_executor,
    )


def landing_files(settings: Settings) -> dg.AssetSpec:
    """The files as a force sent them: outside, never changed by us."""
    return dg.AssetSpec(
        LANDING,
        description="The yearly files of the landing folder, as sources.toml describes them.",
        group_name="landing",
        kinds={"file"},
        owners=ENGINEERS,
        partitions_def=YEARS,
        tags={"stage": "landing"},
        metadata=source_link(settings.landing / "sources.toml"),
    )


def raw_assets(settings: Settings, manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """Incoming by year, and accepted behind gate 1."""
    from ingest.canonical import EXTRACT, PROVENANCE

    columns = dict.fromkeys(EXTRACT, "VARCHAR") | PROVENANCE
    described = {
        "dagster/column_schema": lineage.schema(columns, lineage.raw_words(manifest)),
        **source_link(HERE.with_name("raw.py")),
    }
    return [_incoming(settings, described), _accepted(settings, described, list(columns))]


def _incoming(settings: Settings, described: Mapping[str, Any]) -> dg.AssetsDefinition:
    @dg.asset(
        name=INCOMING,
        deps=[LANDING],
        partitions_def=YEARS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        retry_policy=AWAY,
        description="Rows of the yearly files with file, row and sha256; quarantined rows stand apart. "
        "A partition is a year; a run that names none reads all years.",
        metadata=described,
        group_name="raw",
        kinds={"parquet", "python"},
        owners=ENGINEERS,
        tags={"stage": "raw"},
    )
    def raw_incoming_allegations(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        chosen = context.has_partition_key or context.has_partition_key_range
        years = asked_years(context.partition_keys) if chosen else None
        with safe_words(context, settings, "raw: reading the yearly files", retry=True):
            if context.job_name == REFRESH:
                protected.known_before(settings)
            report = raw.load_incoming(settings, years, context.log.info)
        for key in () if chosen else YEARS.get_partition_keys():
            context.log_event(dg.AssetMaterialization(INCOMING, partition=key))
        return dg.MaterializeResult(metadata={"row_balance": row_balance(report)})

    return raw_incoming_allegations


def _accepted(settings: Settings, described: Mapping[str, Any], columns: list[str]) -> dg.AssetsDefinition:
    @dg.asset(
        name=ACCEPTED,
        deps=[INCOMING],
        automation_condition=FOLLOW,
        description="Rows that gate 1 let through: it is called here again, on the files that are moved.",
        metadata=described,
        group_name="raw",
        kinds={"parquet", "python"},
        owners=ENGINEERS,
        tags={"stage": "raw"},
    )
    def raw_allegations(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with safe_words(context, settings, "raw: accepting what gate 1 let through"):
            gates.accept_incoming(settings)
        return dg.MaterializeResult(
            metadata={"dagster/column_lineage": lineage.same_columns(INCOMING, columns)}
        )

    return raw_allegations


def row_balance(report: "LoadReport") -> dg.TableMetadataValue:
    """Where the rows of each file went; private, as everything in Dagster's pages is."""
    counts = ("read", "accepted", "quarantined", "furniture", "out_of_scope")
    records = [
        dg.TableRecord(
            {
                "file": file.file,
                "sheet": file.sheet or "",
                "as_at": file.as_at,
                **{name: getattr(file, name) for name in counts},
                "balanced": file.balanced,
            }
        )
        for file in report.files
    ]
    kinds = dict.fromkeys(("file", "sheet", "as_at"), "text") | dict.fromkeys(counts, "rows")
    return dg.MetadataValue.table(records, schema=lineage.schema(kinds | {"balanced": "boolean"}))


def asked_years(keys: list[str]) -> list[int] | None:
    """The years of the partitions, or None for all: then whatever the landing folder holds is loaded."""
    return None if set(keys) >= set(YEARS.get_partition_keys()) else sorted(int(key) for key in keys)


def warehouse_docs(settings: Settings, project: warehouse.Project) -> dg.AssetsDefinition:
    """The pages of dbt: on demand, since they cost more than the build of the tables."""

    @dg.asset(
        name=DOCS,
        deps=[node["name"] for node in project.models],
        group_name="marts",
        kinds={"dbt", "html"},
        owners=ENGINEERS,
        tags={"stage": "marts"},
        description="What dbt says about tables and columns, as pages in docs/dbt of the home. On demand.",
        metadata=source_link(HERE.with_name("warehouse.py")),
    )
    def docs(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with safe_words(context, settings, "warehouse: writing the pages of dbt"):
            page = warehouse.write_docs(settings, project)
        return dg.MaterializeResult(metadata={"pages": dg.MetadataValue.url(page.as_uri())})

    return docs


def protected_asset(settings: Settings, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The candidate of a release: all published marts protected together."""
    nodes = protected.published_nodes(manifest)
    columns = lineage.released_columns(nodes)

    @dg.asset(
        name=PROTECTED,
        deps=[node["name"] for node in nodes],
        group_name="protected",
        kinds={"json", "python"},
        owners=OFFICERS,
        tags={"stage": "protected"},
        automation_condition=FOLLOW,
        description="All tables protected together as one linked system: the candidate of a release.",
        metadata={
            "dagster/column_schema": lineage.schema(columns, lineage.released_words(manifest)),
            **source_link(HERE.with_name("protected.py")),
        },
    )
    def protected_publication(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with safe_words(context, settings, "protected: protecting all tables together"):
            protected.protect(settings, manifest)
        return dg.MaterializeResult(metadata={"dagster/column_lineage": lineage.released_lineage(nodes)})

    return protected_publication


def released_asset(settings: Settings, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The release behind gate 2."""
    columns = lineage.released_columns(protected.published_nodes(manifest))

    @dg.asset(
        name=RELEASE,
        deps=[PROTECTED],
        group_name="released",
        kinds={"html", "csv", "duckdb"},
        owners=OFFICERS,
        tags={"stage": "released"},
        automation_condition=FOLLOW,
        freshness_policy=YEARLY,
        description="The published folder: gate 2 is called here again, on the very bytes.",
        metadata={
            "dagster/column_schema": lineage.schema(
                columns | {"release_id": "VARCHAR"}, lineage.released_words(manifest)
            ),
            **source_link(HERE.with_name("release.py")),
        },
    )
    def released(context: dg.AssetExecutionContext, config: ReleaseChoice) -> dg.MaterializeResult[None]:
        with safe_words(context, settings, "released: judging, building and publishing"):
            outcome = release.publish(
                settings, protected.read_private(settings), config.published_on, config.hold
            )
        context.instance.add_run_tags(context.run_id, {"release_id": outcome.release_id})
        kept = lineage.same_columns(PROTECTED, list(columns))
        return dg.MaterializeResult(
            metadata={
                "status": outcome.status,
                "release_id": outcome.release_id,
                "dagster/column_lineage": kept,
            }
        )

    return released


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev`, `dagster asset materialize` and `dg list defs` load."""
    settings = read_settings()
    try:
        return build(settings)
    except BadInput as error:
        raise dg.DagsterInvalidDefinitionError(str(error)) from None
