"""What starts runs and who hears of failures: sensors and a schedule, switched off until a team wants them.

Only `dead_runs` is on from the start: it tells the truth about runs whose process was killed.
"""

from collections.abc import Mapping

import dagster as dg

from dagster_project import notify, runbook, runs, watch
from dagster_project.settings import Settings, prepare_home, prepare_process
from dagster_project.stage import REFRESH, YEARS

LOOK_EVERY = "MISCONDUCT_LOOK_EVERY"
LOOK_EVERY_S = 60
TOLD = "misconduct/told"
BUSY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """All of them."""
    follow = dg.AutomationConditionSensorDefinition(
        "follow_new_rows",
        target=dg.AssetSelection.all(),
        minimum_interval_seconds=look_every(settings),
        description="After rows of some years were loaded by hand, brings the rest up to date in one run, "
        "unless gate 1 refused them.",
    )
    return [landing_sensor(settings), dead_runs_sensor(settings), failure_sensor(settings), follow]


@dg.schedule(
    name="nightly_refresh",
    job_name=REFRESH,
    cron_schedule="0 3 * * *",
    execution_timezone="Europe/London",
    description="Files to release, all years, every night at three. Equal content is not published again.",
)
def nightly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """A refresh a night over all years."""
    return dg.RunRequest(tags=dict(range_tags(None)))


def range_tags(years: tuple[int, ...] | None) -> Mapping[str, str]:
    """The tags of one run over a range of years, all of them where None."""
    keys = YEARS.get_partition_keys()
    wanted = [key for key in keys if years is None or int(key) in years] or keys
    return {"dagster/asset_partition_range_start": wanted[0], "dagster/asset_partition_range_end": wanted[-1]}


def look_every(settings: Settings) -> int:
    """Seconds between two looks at the landing folder."""
    stated = settings.environ.get(LOOK_EVERY, "")
    return int(stated) if stated.isdecimal() and int(stated) > 0 else LOOK_EVERY_S


def landing_sensor(settings: Settings) -> dg.SensorDefinition:
    """New or changed files in the landing folder start one run over the years that they hold."""

    @dg.sensor(
        name="landing_folder",
        job_name=REFRESH,
        minimum_interval_seconds=look_every(settings),
        description="Refreshes the years of new and changed files in one run, once two looks in a row find "
        "them the same: half a file starts nothing. A changed sources.toml concerns all years.",
    )
    def landing_folder(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        prepare_process(settings)
        found = watch.look(watch.landing_files(settings), watch.Seen.read(context.cursor))
        if found.changed is None:
            return _later("files are being written: waiting until they are still", found.seen)
        if not found.changed:
            return _later("nothing changed", found.seen)
        if context.instance.get_runs_count(dg.RunsFilter(job_name=REFRESH, statuses=BUSY)):
            # Not yet dealt with: the next look finds the same change again.
            return dg.SensorResult(skip_reason=dg.SkipReason("a refresh is running: looking again after it"))
        years = watch.years_of(settings, found.changed)
        if years == ():
            return _later("no entry of sources.toml names the new files", found.seen)
        request = dg.RunRequest(run_key=f"landing-{found.seen.number}", tags=dict(range_tags(years)))
        return dg.SensorResult(run_requests=[request], cursor=found.seen.cursor)

    return landing_folder


def _later(words: str, seen: watch.Seen) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=dg.SkipReason(words), cursor=seen.cursor)


def dead_runs_sensor(settings: Settings) -> dg.SensorDefinition:
    """A killed run would stay started for ever and keep every other one waiting."""

    @dg.sensor(
        name="dead_runs",
        minimum_interval_seconds=look_every(settings),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends runs whose process was killed: they would look started for ever, and all others "
        "would wait.",
        target=None,
    )
    def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        prepare_home(settings)
        ended = runs.bury(settings, context.instance)
        return dg.SkipReason(f"ended: {', '.join(ended)}" if ended else "every started run is alive")

    return dead_runs


def failure_sensor(settings: Settings) -> dg.SensorDefinition:
    """Tells a team of a failed run in the way they set; without a setting it is off."""
    wanted = bool(settings.environ.get(notify.ON_FAILURE))

    @dg.run_failure_sensor(
        name="failed_runs",
        monitor_all_code_locations=True,
        default_status=dg.DefaultSensorStatus.RUNNING if wanted else dg.DefaultSensorStatus.STOPPED,
        description=f"Tells of a failed run by the command or address in {notify.ON_FAILURE}.",
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> None:
        if TOLD in context.dagster_run.tags:
            return
        lines = [_description(event) for event in context.get_step_failure_events()]
        trouble = notify.tell(settings, failure_words(settings, context.dagster_run.run_id, lines))
        if trouble:
            context.log.warning(trouble)

    return failed_runs


def failure_words(settings: Settings, run_id: str, lines: list[str]) -> str:
    """What a team is told: which run, the headline of what failed, where to read on; no row, no figure."""
    headlines = [line.partition("\n")[0] for line in lines if line]
    headlines = headlines or ["it ended without a word: its process may have died"]
    where = runbook.address(settings, "runbook-what-to-do-when-the-line-stops")
    return "\n".join([f"misconduct: run {run_id[:8]} failed", *headlines, f"what to do: {where}"])


def _description(event: dg.DagsterEvent) -> str:
    """What a stage said about its failure; a check that blocked said it in its own verdict."""
    told = event.step_failure_data.user_failure_data
    return (told.description or "") if told else f"{event.step_key}: a check refused"
