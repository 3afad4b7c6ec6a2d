"""The dbt project as Dagster sees it: a table an asset, a test a check, built whole in one step."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from dagster_project import lineage, runbook, warehouse
from dagster_project.settings import Settings
from dagster_project.stage import ACCEPTED, ENGINEERS, FOLLOW, about, safe_words, source_link, told

if TYPE_CHECKING:
    from dagster_dbt import DbtProject

STAGES = {"seeds": "code_lists", "staging": "staged", "marts": "marts"}


class StageTranslator(DagsterDbtTranslator):  # type: ignore[misc]
    """Names each dbt node as its table, groups it by stage, and shows its description without its SQL."""

    def __init__(self, settings: Settings) -> None:
        """Keep where the project lies and what the runbook says about its tests."""
        super().__init__()
        self.home = settings
        self.known = runbook.read(settings)

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The table's name; every source is the accepted raw table."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey(ACCEPTED)
        return dg.AssetKey(dbt_resource_props["name"])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The stage, from the folder that the file lies in."""
        return _stage(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The words of the YAML beside the model."""
        return str(dbt_resource_props.get("description") or dbt_resource_props["name"])

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Who answers for the table."""
        return ENGINEERS

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """The stage, and whether anything of the table may be published."""
        published = bool(dbt_resource_props["config"].get("meta", {}).get("publish"))
        return {"stage": _stage(dbt_resource_props), "publish": "after_protection" if published else "never"}

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """Columns and table name, and the file that defines it."""
        path = self.home.dbt_project / dbt_resource_props["original_file_path"]
        return {**super().get_metadata(dbt_resource_props), **source_link(path)}

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition:  # type: ignore[type-arg]
        """Follow what it is made of."""
        return FOLLOW

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: "DbtProject | None",
    ) -> dg.AssetCheckSpec | None:
        """One check a test, also where a test reads several tables; it says what to do."""
        nodes, home = manifest["nodes"], warehouse.home_of_test(manifest, unique_id)
        if asset_spec.key != self.get_asset_key(nodes[home]):
            return None
        test = nodes[unique_id]
        read = [nodes[name] for name in test["depends_on"]["nodes"] if name in nodes and name != home]
        entry = runbook.entry_of(test["name"], self.known)
        return dg.AssetCheckSpec(
            asset=asset_spec.key,
            additional_deps=[self.get_asset_key(node) for node in read],
            blocking=str(test["config"].get("severity", "error")).casefold() == "error",
            **about(self.home, test["name"], entry),
        )


def warehouse_assets(settings: Settings, project: warehouse.Project) -> dg.AssetsDefinition:
    """Seeds, staging and marts: always built whole, since the file is replaced whole."""
    translator, manifest = StageTranslator(settings), warehouse.with_tests_at_home(project.manifest)

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="warehouse")  # type: ignore[untyped-decorator]
    def dbt_warehouse(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with safe_words(context, settings, "warehouse: building and testing the tables"):
            results = warehouse.build_warehouse(settings, project)
        yield from _checks(context, settings, {result.name: result for result in results})
        with safe_words(context, settings, "warehouse: looking at the tests"):
            warehouse.check_results(settings, results)
            compiled = warehouse.compiled_sql(settings)
            origins = lineage.origins(project, settings.seeds, compiled, ACCEPTED)
        yield from _tables(context, results, origins)

    assets: dg.AssetsDefinition = dbt_warehouse
    return assets


def _checks(
    context: dg.AssetExecutionContext, settings: Settings, results: Mapping[str, warehouse.NodeResult]
) -> Iterator[dg.AssetCheckResult]:
    """The verdict of every test that ran; Dagster says of the others that they were not executed."""
    known = runbook.read(settings)
    for key in context.selected_asset_check_keys:
        result = results[key.name]
        if result.status == warehouse.SKIPPED:
            continue
        entry = runbook.entry_of(key.name, known)
        passed = result.status == "pass"
        if result.status == "warn":
            context.log.info(f"{key.name}: {entry.words}")
        yield dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=passed,
            severity=dg.AssetCheckSeverity.WARN if result.status == "warn" else dg.AssetCheckSeverity.ERROR,
            description=None if passed else entry.words,
            metadata={
                "status": result.status,
                "seconds": result.seconds,
                **told(settings, entry, passed),
            },
        )


def _tables(
    context: dg.AssetExecutionContext, results: tuple[warehouse.NodeResult, ...], origins: lineage.Origins
) -> Iterator[dg.MaterializeResult[None]]:
    """In the order of the build: Dagster wants a table after the tables that it comes from."""
    for result in results:
        key = dg.AssetKey(result.name)
        if key in context.selected_asset_keys:
            metadata: dict[str, Any] = {"status": result.status, "seconds": result.seconds}
            if result.name in origins:
                metadata["dagster/column_lineage"] = lineage.column_lineage(origins[result.name])
            yield dg.MaterializeResult(asset_key=key, metadata=metadata)


def _stage(node: Mapping[str, Any]) -> str:
    folders = node.get("fqn", [])
    kind = "seeds" if node["resource_type"] == "seed" else folders[1] if len(folders) > 1 else ""
    return STAGES.get(kind, "marts")
