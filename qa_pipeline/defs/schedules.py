"""When a day runs by the clock: yesterday, every night, and the days before that are not done."""

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG, SCHEDULE_NAME_TAG

from qa_pipeline.defs.asked_days import Ending
from qa_pipeline.defs.jobs import daily
from qa_pipeline.defs.partitions import DAILY
from qa_pipeline.defs.run_endings import days_at_service, ending, instance_of, ledger_of
from qa_pipeline.settings import load_pipeline_settings

NIGHTLY_HOUR = 2
"""Two in the morning of the partitions' time zone: the phone system's last files of the day have landed."""

LOOKS_BACK_DAYS = 7
"""So many nights are looked at again: a day whose run failed is asked for every night until it is done."""

NAME = "yesterday"


@dg.schedule(
    job=daily,
    name=NAME,
    cron_schedule=f"0 {NIGHTLY_HOUR} * * *",
    execution_timezone=DAILY.timezone,
    description="Materializes the day before, every night, and the days of earlier nights that are not done.",
)
def yesterday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | list[dg.RunRequest] | dg.SkipReason:
    """The day before the tick, in the partitions' time zone; and days whose run failed, or that have open channels."""
    night = context.scheduled_execution_time.astimezone(ZoneInfo(DAILY.timezone)).date()
    partitions = set(DAILY.get_partition_keys())
    day = (night - dt.timedelta(days=1)).isoformat()
    again = sorted((_not_done(instance_of(context), night) | _open_now()) & partitions - {day})
    requests = [dg.RunRequest(run_key=f"{earlier}:{night}", partition_key=earlier) for earlier in again]
    if day in partitions:
        requests.append(dg.RunRequest(run_key=day, partition_key=day))
    if not requests:
        return dg.SkipReason(f"{day} is before the first day of the partitions (setting start_date)")
    return requests[0] if len(requests) == 1 else requests


def _not_done(instance: dg.DagsterInstance | None, night: dt.date) -> set[str]:
    """Days of the last nights that this schedule asked for and that no run has got done since."""
    if instance is None:
        return set()
    days = [(night - dt.timedelta(days=back)).isoformat() for back in range(2, LOOKS_BACK_DAYS + 2)]
    asked = instance.get_runs(dg.RunsFilter(tags={SCHEDULE_NAME_TAG: NAME, PARTITION_NAME_TAG: days}))
    wanted = {run.tags[PARTITION_NAME_TAG] for run in asked}
    return {day for day in wanted if ending(_statuses(instance, day)) is Ending.FAILED}


def _statuses(instance: dg.DagsterInstance, day: str) -> list[dg.DagsterRunStatus]:
    return [run.status for run in instance.get_runs(dg.RunsFilter(tags={PARTITION_NAME_TAG: day}))]


def _open_now() -> set[str]:
    with ledger_of(load_pipeline_settings()) as ledger:
        return set(days_at_service(ledger))
