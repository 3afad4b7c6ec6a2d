"""The same line in Dagster's default arrangement: a process a step, and dbt as a command of its own.

`misconduct refresh` runs the same stages in one process; this module exists to be measured against it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from dagster_project import definitions, warehouse
from dagster_project.settings import Settings, prepare_home, prepare_process, read_settings
from dagster_project.tables import StageTranslator
from dagster_project.verdicts import gate_checks

JOB = "default_refresh"


def warehouse_by_command(settings: Settings, project: warehouse.Project) -> dg.AssetsDefinition:
    """The tables as most projects build them: `dbt build`, its events streamed."""

    @dbt_assets(  # type: ignore[untyped-decorator]
        manifest=project.manifest, dagster_dbt_translator=StageTranslator(settings), name="warehouse"
    )
    def dbt_warehouse(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        settings.building.unlink(missing_ok=True)
        yield from dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context).stream()
        settings.building.replace(settings.warehouse)

    assets: dg.AssetsDefinition = dbt_warehouse
    return assets


@dg.definitions
def defs() -> dg.Definitions:
    """The assets of the line, run by the multiprocess executor, one step after the other."""
    settings = read_settings()
    prepare_process(settings)
    prepare_home(settings)
    project = warehouse.read_project(settings)
    folder, program = str(settings.dbt_project), str(Path(sys.executable).with_name("dbt"))
    return dg.Definitions(
        assets=[
            definitions.landing_files(settings),
            *definitions.raw_assets(settings, project.manifest),
            warehouse_by_command(settings, project),
            definitions.protected_asset(settings, project.manifest),
            definitions.released_asset(settings, project.manifest),
        ],
        asset_checks=gate_checks(settings),
        jobs=[dg.define_asset_job(JOB, selection=dg.AssetSelection.all())],
        resources={"dbt": DbtCliResource(project_dir=folder, profiles_dir=folder, dbt_executable=program)},
        executor=dg.multiprocess_executor.configured({"max_concurrent": 1}),
    )
