"""Our named expectations as Great Expectations classes. Imports the framework: import this late.

Every class asks the same of a frame of findings: its own rule was judged once, and held. So a frame without
rows, a frame of nulls and a rule that was left out all fail.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from expectations.findings import HELD, RAISED

METRIC = "table.findings"


class NotJudged(Exception):
    """A rule could not be judged. Carries no detail, because details may hold values."""


class FindingsFrame(TableMetricProvider):  # type: ignore[misc]
    """The frame of findings itself, so that an expectation can look up its own rule."""

    metric_name = METRIC

    @metric_value(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, execution_engine: Any, metric_domain_kwargs: dict[str, Any], **_: object) -> Any:  # noqa: ANN401
        frame, _, _ = execution_engine.get_compute_domain(
            domain_kwargs=metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        return frame


class NoFindings(BatchExpectation):  # type: ignore[misc]
    """The rule that bears the class's name was judged and found nothing."""

    metric_dependencies = (METRIC,)

    @classmethod
    def is_abstract(cls) -> bool:
        """Only the named subclasses are expectations."""
        return cls.__name__ == "NoFindings"

    def _validate(self, metrics: dict[str, Any], **_: object) -> dict[str, bool]:
        frame = metrics[METRIC]
        states = list(frame.loc[frame["expectation"] == type(self).__name__, "state"])
        if RAISED in states:
            raise NotJudged("this rule could not be judged; see the gate's record")
        return {"success": states == [HELD]}


@cache
def expectation_class(name: str, says: str) -> type:
    """The Great Expectations class of one of our rules: `name` shows in results, `says` in the Data Docs."""
    return type(name, (NoFindings,), {"__doc__": says, "__module__": __name__})
