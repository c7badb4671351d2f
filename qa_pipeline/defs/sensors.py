"""When a day runs because its folder changed: new, changed and late recordings."""

import json
from collections.abc import Iterator

import dagster as dg

from qa_pipeline.defs.jobs import daily
from qa_pipeline.defs.partitions import DAILY
from qa_pipeline.landing.discovery import changed_days
from qa_pipeline.settings import load_settings

SENSOR_INTERVAL_S = 300


@dg.sensor(
    job=daily,
    name="new_recordings",
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    description="Asks for a run of every day that got new, changed or late recordings.",
)
def new_recordings(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run per changed day. Late recordings land in their own date, so an old day is asked for again."""
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
