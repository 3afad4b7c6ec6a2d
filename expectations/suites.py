"""Running suites of expectations with Great Expectations, and its private Data Docs.

The context lives in memory, its analytics and progress bars are off, and its pages load nothing from the
network.
"""

# ruff: noqa: ANN401 (the framework is untyped)

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.framework import framework
from expectations.record import Finding, Verdict

if TYPE_CHECKING:
    import pandas as pd

REMOTE = re.compile(r'<(?:script|link|img)\b[^>]*\b(?:src|href)="https?://[^>]*>(?:\s*</script>)?')


@dataclass(frozen=True)
class Suite:
    """A named list of the framework's expectations (with `name` and `remedy` in their `meta`) and its frame.

    `keys` are the columns that name a row of the frame; with none, results are booleans only.
    """

    name: str
    frame: pd.DataFrame
    expectations: Sequence[Any]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The verdicts of the suites that ran, the required names without one, and the rows found wanting."""

    verdicts: tuple[Verdict, ...]
    missing: tuple[str, ...]
    findings: tuple[Finding, ...]


def run(gate: str, suites: Sequence[Suite], required: Collection[str], docs: Path | None) -> Outcome:
    """Run the suites of a gate, in order, and write its Data Docs into the folder `docs` if one is given."""
    context = _context(gate, docs)
    results = [(result, suite.keys) for suite in suites for result in _results(context, suite)]
    if docs:
        _build_docs(context, docs)
    verdicts = tuple(_verdict(result) for result, _ in results)
    missing = tuple(sorted(set(required) - {verdict.name for verdict in verdicts}))
    findings = tuple(finding for result, keys in results for finding in _findings(result, keys))
    return Outcome(verdicts, missing, findings)


def version(names: Collection[str]) -> str:
    """The version of a suite: its size, and a hash of its names and of the code of this package."""
    code = hashlib.sha256("\n".join(sorted(names)).encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        code.update(module.read_bytes())
    return f"{len(names)}-{code.hexdigest()[:12]}"


def _context(gate: str, docs: Path | None) -> Any:
    """An in-memory context that tells nobody anything."""
    gx = framework()
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        data_docs_sites={gate: _site(docs)} if docs else {},
        store_backend_defaults=InMemoryStoreBackendDefaults(),
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _site(folder: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_section_builders": {name: _view("PageView") for name in ("expectations", "validations")},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", **_view("IndexView")},
    }


def _view(name: str) -> dict[str, Any]:
    return {"view": {"module_name": "expectations.pages", "class_name": name}}


def _results(context: Any, suite: Suite) -> list[Any]:
    """Validate one suite on its frame; one result per expectation."""
    gx = framework()
    asset = context.data_sources.add_pandas(suite.name).add_dataframe_asset("frame")
    batch = asset.add_batch_definition_whole_dataframe("whole")
    expectations = context.suites.add(
        gx.ExpectationSuite(name=suite.name, expectations=list(suite.expectations))
    )
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=suite.name, data=batch, suite=expectations)
    )
    ran = definition.run(batch_parameters={"dataframe": suite.frame}, result_format=_result_format(suite))
    return list(ran.results)


def _result_format(suite: Suite) -> dict[str, Any]:
    if not suite.keys:
        return {"result_format": "BOOLEAN_ONLY"}
    return {"result_format": "COMPLETE", "unexpected_index_column_names": list(suite.keys)}


def _verdict(result: Any) -> Verdict:
    meta = result.expectation_config.meta
    raised = _raised(result.exception_info or {})
    return Verdict(meta["name"], bool(result.success) and not raised, raised, meta["remedy"])


def _raised(info: Mapping[str, Any]) -> bool:
    """Whether an expectation raised: the framework files that directly, or under the metric that raised."""
    nested = [value for value in info.values() if isinstance(value, Mapping)]
    return any(bool(entry.get("raised_exception")) for entry in [info, *nested])


def _findings(result: Any, keys: Sequence[str]) -> list[Finding]:
    """The rows that broke an expectation, by their key columns only; no place where none is known."""
    verdict = _verdict(result)
    if verdict.passed:
        return []
    rows = result.result.get("unexpected_index_list") or []
    places = {" ".join(str(row[key]) for key in keys if row.get(key) is not None) for row in rows}
    return [Finding(verdict.name, place, verdict.remedy) for place in sorted(places) or [""]]


def _build_docs(context: Any, docs: Path) -> None:
    """Write the pages anew and take out what they would fetch from the network."""
    for earlier in ("validations", "expectations"):
        shutil.rmtree(docs / earlier, ignore_errors=True)
    context.build_data_docs()
    for page in docs.rglob("*.html"):
        page.write_text(REMOTE.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
