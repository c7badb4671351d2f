"""When a day runs by the clock: yesterday, every night."""

import datetime as dt
from zoneinfo import ZoneInfo

import dagster as dg

from qa_pipeline.defs.jobs import daily
from qa_pipeline.defs.partitions import DAILY

NIGHTLY_HOUR = 2
"""Two in the morning of the partitions' time zone: the phone system's last files of the day have landed."""


@dg.schedule(
    job=daily,
    cron_schedule=f"0 {NIGHTLY_HOUR} * * *",
    execution_timezone=DAILY.timezone,
    description="Materializes the day before, every night.",
)
def yesterday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """The day before the tick, in the partitions' time zone."""
    day = context.scheduled_execution_time.astimezone(ZoneInfo(DAILY.timezone)).date() - dt.timedelta(days=1)
    if day.isoformat() not in set(DAILY.get_partition_keys()):
        return dg.SkipReason(f"{day} is before the first day of the partitions (setting start_date)")
    return dg.RunRequest(run_key=day.isoformat(), partition_key=day.isoformat())
