"""The line as Dagster sees it: one unbroken graph from the yearly files to the release.

Every stage is a plain function of its own module; this one only says what follows what. An exception leaves a
stage as `Failure` with words that are safe to keep: Dagster stores messages and causes of anything else.
"""

import logging
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from dagster_project import gates, protected, raw, release, warehouse
from dagster_project.errors import BadInput, Stop
from dagster_project.lock import one_at_a_time
from dagster_project.settings import Settings, prepare_home, prepare_process, read_settings

if TYPE_CHECKING:
    from expectations import GateRecord

YEARS = dg.TimeWindowPartitionsDefinition(start="2010", cron_schedule="0 0 1 1 *", fmt="%Y", end_offset=1)
"""Fixed here, so that the definitions never depend on a landing folder."""

LANDING, INCOMING, ACCEPTED = "landing_files", "raw_incoming_allegations", "raw_allegations"
PROTECTED, RELEASE, REFRESH = "protected_publication", "release", "refresh"
ENGINEERS, OFFICERS = ["team:data-engineering"], ["team:disclosure"]
STAGES = {"seeds": "code_lists", "staging": "staged", "marts": "marts"}


class ReleaseChoice(dg.Config):
    """What a person may choose about a release: its day of publication, and to hold it for approval."""

    published_on: str | None = None
    hold: bool = False


class StageTranslator(DagsterDbtTranslator):  # type: ignore[misc]
    """Names each dbt node as its table, groups it by stage, and shows its description without its SQL."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The table's name; every source is the accepted raw table."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey(ACCEPTED)
        return dg.AssetKey(dbt_resource_props["name"])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The stage, from the folder the file lies in."""
        folders = dbt_resource_props.get("fqn", [])
        kind = (
            "seeds"
            if dbt_resource_props["resource_type"] == "seed"
            else folders[1]
            if len(folders) > 1
            else ""
        )
        return STAGES.get(kind, "marts")

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The words of the YAML beside the model."""
        return str(dbt_resource_props.get("description") or dbt_resource_props["name"])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Who answers for the table."""
        return ENGINEERS


@contextmanager
def safe_words(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, settings: Settings, words: str
) -> Iterator[None]:
    """Run a stage under the home's lock and let nothing out but safe words and the exit code.

    An unexpected exception is named by kind and place only: its message may hold a value.
    """
    context.log.info(words)
    prepare_process(settings)
    try:
        prepare_home(settings)
        with one_at_a_time(settings.home):
            yield
    except Stop as stop:
        metadata = {
            "exit_code": dg.MetadataValue.int(stop.exit_code),
            "runbook": dg.MetadataValue.path("docs/runbook.md"),
        }
        raise dg.Failure(str(stop), metadata=metadata, allow_retries=False) from None
    except Exception as error:
        from dagster_project.cli import safe_line

        raise dg.Failure(safe_line(error), metadata={"exit_code": 1}, allow_retries=False) from None


@dg.logger(config_schema={}, description="What the stages say, a line each: no events, no colours.")
def plain_lines(context: dg.InitLoggerContext) -> logging.Logger:
    """Lines for a terminal or a log file."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(lambda record: getattr(record, "dagster_meta", {}).get("dagster_event") is None)
    handler.setFormatter(PlainFormatter())
    logger = logging.Logger("misconduct", logging.INFO)
    logger.addHandler(handler)
    return logger


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
        assets = [
            *raw_assets(settings),
            warehouse_assets(settings, project),
            *release_assets(settings, project.manifest),
        ]
    return dg.Definitions(
        assets=[landing_files(), *assets],
        asset_checks=[gate_in_check(settings), gate_out_check(settings)],
        jobs=[
            dg.define_asset_job(REFRESH, selection=dg.AssetSelection.all(), description="Files to release.")
        ],
        loggers={"console": plain_lines},
        executor=dg.in_process_executor,
    )


def landing_files() -> dg.AssetSpec:
    """The files as a force sent them: outside, never changed by us."""
    return dg.AssetSpec(
        LANDING,
        description="The yearly files of the landing folder, as sources.toml describes them.",
        group_name="landing",
        kinds={"file"},
        owners=ENGINEERS,
        partitions_def=YEARS,
        tags={"stage": "landing"},
    )


def raw_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Incoming by year, and accepted behind gate 1."""

    @dg.asset(
        name=INCOMING,
        deps=[LANDING],
        partitions_def=YEARS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="raw",
        kinds={"parquet", "python"},
        owners=ENGINEERS,
        tags={"stage": "raw"},
        description="Rows of the yearly files with file, row and sha256; quarantined rows stand apart.",
    )
    def raw_incoming_allegations(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with safe_words(context, settings, "raw: reading the yearly files"):
            report = raw.load_incoming(settings, asked_years(context.partition_keys), context.log.info)
        return dg.MaterializeResult(metadata={"files": [file.file for file in report.files]})

    @dg.asset(
        name=ACCEPTED,
        deps=[INCOMING],
        group_name="raw",
        kinds={"parquet", "python"},
        owners=ENGINEERS,
        tags={"stage": "raw"},
        description="Rows that gate 1 let through: it is called here again, on the files that are moved.",
    )
    def raw_allegations(context: dg.AssetExecutionContext) -> None:
        with safe_words(context, settings, "raw: accepting what gate 1 let through"):
            raw.accept_incoming(settings)

    return [raw_incoming_allegations, raw_allegations]


def asked_years(keys: list[str]) -> list[int] | None:
    """The years of the partitions, or None for all: then whatever the landing folder holds is loaded."""
    return None if set(keys) >= set(YEARS.get_partition_keys()) else sorted(int(key) for key in keys)


def warehouse_assets(settings: Settings, project: warehouse.Project) -> dg.AssetsDefinition:
    """Seeds, staging and marts: always built whole, since the file is replaced whole."""

    @dbt_assets(manifest=project.manifest, dagster_dbt_translator=StageTranslator(), name="warehouse")  # type: ignore[untyped-decorator]
    def dbt_warehouse(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with safe_words(context, settings, "warehouse: building and testing the tables"):
            results = warehouse.build_warehouse(settings, project)
        by_name = {result.name: result for result in results}
        yield from _checks(context, by_name)
        with safe_words(context, settings, "warehouse: looking at the tests"):
            warehouse.check_results(settings, results)
        yield from _tables(context, results)

    assets: dg.AssetsDefinition = dbt_warehouse
    return assets


def _checks(
    context: dg.AssetExecutionContext, results: Mapping[str, warehouse.NodeResult]
) -> Iterator[dg.AssetCheckResult]:
    for key in context.selected_asset_check_keys:
        result = results[key.name]
        yield dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=result.status == "pass",
            severity=dg.AssetCheckSeverity.WARN if result.status == "warn" else dg.AssetCheckSeverity.ERROR,
            metadata={"status": result.status, "seconds": result.seconds},
        )


def _tables(
    context: dg.AssetExecutionContext, results: tuple[warehouse.NodeResult, ...]
) -> Iterator[dg.MaterializeResult[None]]:
    """In the order of the build: Dagster wants a table after the tables that it comes from."""
    for result in results:
        key = dg.AssetKey(result.name)
        if key in context.selected_asset_keys:
            told: dict[str, str | float] = {"status": result.status, "seconds": result.seconds}
            yield dg.MaterializeResult(asset_key=key, metadata=told)


def release_assets(settings: Settings, manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """The protected candidate, and the release behind gate 2."""

    @dg.asset(
        name=PROTECTED,
        deps=[node["name"] for node in protected.published_nodes(manifest)],
        group_name="protected",
        kinds={"json", "python"},
        owners=OFFICERS,
        tags={"stage": "protected"},
        description="All tables protected together as one linked system: the candidate of a release.",
    )
    def protected_publication(context: dg.AssetExecutionContext) -> None:
        with safe_words(context, settings, "protected: protecting all tables together"):
            protected.protect(settings, manifest)

    @dg.asset(
        name=RELEASE,
        deps=[PROTECTED],
        group_name="released",
        kinds={"html", "csv", "duckdb"},
        owners=OFFICERS,
        tags={"stage": "released"},
        description="The published folder: gate 2 is called here again, on the very bytes.",
    )
    def released(context: dg.AssetExecutionContext, config: ReleaseChoice) -> dg.MaterializeResult[None]:
        with safe_words(context, settings, "released: judging, building and publishing"):
            outcome = release.publish(
                settings, protected.read_private(settings), config.published_on, config.hold
            )
        context.instance.add_run_tags(context.run_id, {"release_id": outcome.release_id})
        return dg.MaterializeResult(metadata={"status": outcome.status, "release_id": outcome.release_id})

    return [protected_publication, released]


def gate_in_check(settings: Settings) -> dg.AssetChecksDefinition:
    """Gate 1 as a visible verdict."""

    @dg.asset_check(
        asset=INCOMING,
        name="gate_in",
        blocking=True,
        description="What must hold on the way in. On failure see docs/runbook.md, 'Gate 1 refuses'.",
    )
    def gate_in(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with safe_words(context, settings, "gate 1: judging what was read"):
            report = raw.read_report(raw.report_path(settings))
            record = gates.judge_incoming(settings, report)
        return _verdict(settings, record, gates.quarantined(report))

    return gate_in


def gate_out_check(settings: Settings) -> dg.AssetChecksDefinition:
    """Gate 2 as a visible verdict."""

    @dg.asset_check(
        asset=PROTECTED,
        name="gate_out",
        blocking=True,
        description="What must hold on the way out. On failure see docs/runbook.md, 'Gate 2 refuses'.",
    )
    def gate_out(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with safe_words(context, settings, "gate 2: judging what is to be published"):
            record = gates.judge_protected(settings, settings.protected, protected.read_private(settings))
        return _verdict(settings, record, [])

    return gate_out


def _verdict(settings: Settings, record: "GateRecord", findings: list[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=record.passed,
        metadata={
            "lines": [] if record.passed else gates.refusal_lines(record, findings),
            "suite_version": record.suite_version,
            "data_docs": dg.MetadataValue.path(str(settings.docs / f"gate_{record.gate}")),
            "runbook": dg.MetadataValue.path("docs/runbook.md"),
        },
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev`, `dagster asset materialize` and `dg list defs` load."""
    settings = read_settings()
    try:
        return build(settings)
    except BadInput as error:
        raise dg.DagsterInvalidDefinitionError(str(error)) from None
