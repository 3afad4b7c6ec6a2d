"""What every stage of the graph shares: names, owners, links, and the guard around its work."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_project import runbook, runs
from dagster_project.errors import Refused, Stop, safe_line
from dagster_project.lock import one_at_a_time
from dagster_project.settings import Settings, prepare_home, prepare_process

LANDING, INCOMING, ACCEPTED = "landing_files", "raw_incoming_allegations", "raw_allegations"
PROTECTED, RELEASE, REFRESH, DOCS = "protected_publication", "release", "refresh", "warehouse_docs"
ENGINEERS, OFFICERS = ["team:data-engineering"], ["team:disclosure"]

YEARS = dg.TimeWindowPartitionsDefinition(start="2010", cron_schedule="0 0 1 1 *", fmt="%Y", end_offset=1)
"""Fixed here, so that the definitions never depend on a landing folder."""

FOLLOW = (
    dg.AutomationCondition.any_deps_updated().since_last_handled()
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
    & dg.AutomationCondition.all_deps_blocking_checks_passed()
).with_label("follow what it is made of, unless a gate refused that")

Context = dg.AssetExecutionContext | dg.AssetCheckExecutionContext

PASSES = frozenset(
    {errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.EBUSY, errno.EHOSTDOWN, errno.EHOSTUNREACH}
    | {errno.ENETDOWN, errno.ENETUNREACH, errno.ECONNRESET, errno.EREMOTEIO}
)
"""What a share on a network says when it is away for a moment."""


@contextmanager
def safe_words(context: Context, settings: Settings, words: str, retry: bool = False) -> Iterator[None]:
    """Run a stage under the home's lock and let nothing out but safe words and the exit code.

    The words are the first error in the run's log, above Dagster's own about what waits for this stage. An
    unexpected exception is named by kind and place only: its message may hold a value. Only with `retry` may
    Dagster try again, and only after what passes by itself: a busy home, a share that was away.
    """
    context.log.info(words)
    prepare_process(settings)
    try:
        prepare_home(settings)
        runs.mark(settings, context.run.run_id)
        with one_at_a_time(settings.home):
            yield
    except Stop as stop:
        raise failure(context, settings, str(stop), stop.exit_code, retry and _is_busy(stop)) from None
    except Exception as error:
        passes = isinstance(error, OSError) and error.errno in PASSES
        raise failure(context, settings, safe_line(error), 1, retry and passes) from None


def failure(
    context: Context, settings: Settings, words: str, exit_code: int = 1, retry: bool = False
) -> dg.Failure:
    """What ends a stage: these words, which become the first error of the run's log too, and a link."""
    context.log.error(words)
    metadata = {
        "exit_code": dg.MetadataValue.int(exit_code),
        "runbook": dg.MetadataValue.url(runbook.address(settings, "runbook-what-to-do-when-the-line-stops")),
    }
    return dg.Failure(words, metadata=metadata, allow_retries=retry)


def _is_busy(stop: Stop) -> bool:
    return isinstance(stop, Refused) and stop.lines[0].startswith("another refresh")


def about(settings: Settings, name: str, entry: runbook.Entry) -> Mapping[str, Any]:
    """What the spec of every check carries: its name, what to do about it, and where to read more."""
    return {
        "name": name,
        "description": f"If it fails: {entry.words}",
        "metadata": {"runbook": runbook.address(settings, entry.anchor)},
    }


def told(settings: Settings, entry: runbook.Entry, passed: bool) -> Mapping[str, Any]:
    """What every verdict carries: where to read more, and what to do where it did not pass."""
    link: dict[str, Any] = {"runbook": dg.MetadataValue.url(runbook.address(settings, entry.anchor))}
    return link if passed else {"what_to_do": entry.words, **link}


def source_link(path: Path, line: int = 1) -> Mapping[str, Any]:
    """The file that defines an asset, as Dagster's pages link it."""
    place = dg.LocalFileCodeReference(file_path=str(path), line_number=line, label=path.name)
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[place])}
