"""Who is told while nobody runs anything: Dagster's daemon, by `qa-pipeline up` or a server's own.

Both sensors are on from the beginning: without alerts.yaml they do nothing."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.execution.stats import StepEventStatus
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
    ROOT_RUN_ID_TAG,
)

from qa_pipeline.alerts.causes import Cause
from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.defs.run_endings import instance_of
from qa_pipeline.outbox.alert_file import alert_file
from qa_pipeline.outbox.failed_runs import failed_run
from qa_pipeline.outbox.rounds import Alerting, alerting
from qa_pipeline.published.newest import published_identity
from qa_pipeline.published.snapshot import NothingPublished
from qa_pipeline.settings import Settings, load_pipeline_settings

INTERVAL_S = 60
RUNS_LOOKED_AT = 50
NO_FILE = "there is no alerts.yaml"


@dg.sensor(
    name="alerts_due",
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks through what was newly published, and sends what waits in the outbox of alerts.",
)
def alerts_due(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Asks for no run, ever. Also finds runs that failed while the other sensor could not tell."""
    settings = load_pipeline_settings()
    with alerting(settings) as opened:
        if opened is None:
            return dg.SkipReason(NO_FILE)
        added = opened.add(_failed_lately(instance_of(context), opened))
        mark = _mark(settings, opened)
        if mark != context.cursor:
            added += opened.find()
            context.update_cursor(mark)
        done = opened.send()
    return dg.SkipReason(f"{added} new, {done.sent} sent, {done.failed} failed, {done.given_up} given up")


@dg.run_failure_sensor(
    name="failed_runs",
    minimum_interval_seconds=INTERVAL_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells of a run that failed, where alerts.yaml asks for it.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """A run that is tried again, and fails again, is told once."""
    with alerting(load_pipeline_settings()) as opened:
        if opened is not None:
            steps = [str(event.step_key) for event in context.get_step_failure_events()]
            opened.add(cause_of_run(opened.plan, context.dagster_run, steps))
            opened.send()


def cause_of_run(plan: AlertPlan, run: dg.DagsterRun, steps: Iterable[str]) -> list[Cause]:
    """A run that failed, as a cause; `steps` are those that did."""
    names = (PARTITION_NAME_TAG, ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG)
    days = [dt.date.fromisoformat(run.tags[name]) for name in names if name in run.tags]
    return failed_run(plan, run.tags.get(ROOT_RUN_ID_TAG, run.run_id), run.job_name, days, list(steps))


def _failed_lately(instance: dg.DagsterInstance | None, opened: Alerting) -> list[Cause]:
    """The newest runs that failed on the days that the plan is for; those that the outbox has are told apart there."""
    if instance is None or not opened.plan.watched("failed_run"):
        return []
    zone = ZoneInfo(opened.settings.timezone)
    first = opened.plan.first_day(dt.datetime.fromtimestamp(opened.outbox.clock(), zone).date())
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])
    found = []
    for record in instance.get_run_records(failed, limit=RUNS_LOOKED_AT):
        ended = dt.datetime.fromtimestamp(record.end_time or record.create_timestamp.timestamp(), zone)
        if ended.date() >= first:
            steps = instance.get_run_step_stats(record.dagster_run.run_id)
            failures = [stats.step_key for stats in steps if stats.status is StepEventStatus.FAILURE]
            found += cause_of_run(opened.plan, record.dagster_run, failures)
    return found


def _mark(settings: Settings, opened: Alerting) -> str:
    """What decides which causes there are: what is published, the file, the channels with an address, and the day."""
    try:
        published = published_identity(settings)
    except NothingPublished:
        published = ""
    path = alert_file(settings)
    said = hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else ""
    day = dt.datetime.fromtimestamp(opened.outbox.clock(), ZoneInfo(settings.timezone)).date().isoformat()
    return json.dumps([published, said, sorted(opened.addresses), day])
