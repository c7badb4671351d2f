"""When runs start by themselves: yesterday every night, and any day whose folder changed (late recordings too)."""

import datetime as dt
import json
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import dagster as dg

from qa_pipeline.defs.partitions import DAILY
from qa_pipeline.landing.discovery import changed_days
from qa_pipeline.settings import load_settings

NIGHTLY_HOUR = 2
"""Two in the morning of the partitions' time zone: the phone system's last files of the day have landed."""

SENSOR_INTERVAL_S = 300

daily = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all(),
    description="One day (or a range in one run), from landing zone to snapshot.",
)


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


@dg.sensor(
    job=daily,
    name="new_recordings",
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    description="Asks for a run of every day that got new, changed or late recordings.",
)
def new_recordings(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run a changed day. Late recordings land in their own date, so an old day is asked for again."""
    settings = load_settings()
    known = json.loads(context.cursor) if context.cursor else {}
    found = changed_days(settings, known)
    partitions = set(DAILY.get_partition_keys())
    for day, fingerprint in sorted(found.changed.items()):
        if day in partitions:
            yield dg.RunRequest(run_key=f"{day}:{fingerprint}", partition_key=day)
    context.update_cursor(json.dumps(found.fingerprints))
    if not found.changed:
        yield dg.SkipReason("no folder of the landing zone changed")
