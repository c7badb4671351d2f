"""When a day runs because its folder changed (new, changed and late recordings), or because it is not done yet."""

import time
from collections.abc import Iterator

import dagster as dg

from qa_pipeline.defs.asked_days import Cursor, Seen, decide
from qa_pipeline.defs.jobs import daily, evaluated
from qa_pipeline.defs.partitions import DAILY
from qa_pipeline.defs.run_endings import days_at_service, endings_of, instance_of, ledger_of, open_days
from qa_pipeline.landing.discovery import changed_days
from qa_pipeline.reviews.table_rows import StoreReader
from qa_pipeline.settings import load_pipeline_settings
from qa_pipeline.wording.landing import still_to_read

SENSOR_INTERVAL_S = 300
EVALUATIONS_INTERVAL_S = 3600
"""Pages lay what was saved since over the snapshot, so figures may be an hour behind."""

LOOK_S = 40.0
"""How long a tick reads what changed: after a minute Dagster takes a tick for failed."""

NOTHING_CHANGED = "no folder of the landing zone changed"
NOTHING_EVALUATED = "nobody has evaluated anything since"


@dg.sensor(
    job=daily,
    name="new_recordings",
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    description="Asks for a run of every day that got new, changed or late recordings, and again until it is done.",
)
def new_recordings(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run per changed day. Late recordings land in their own date, so an old day is asked for again.

    So is a day whose run failed, and one with channels that the service has not answered yet.
    """
    settings, now = load_pipeline_settings(), time.time()
    cursor = Cursor.read(context.cursor, series=f"{int(now * 1000):x}")
    found = changed_days(settings, cursor.seen, former=cursor.folders, within_s=LOOK_S)
    unread = still_to_read(found.unread_folders)
    if not unread:
        cursor.seen, cursor.folders = found.fingerprints, {}
    with ledger_of(settings) as ledger:
        seen = Seen(
            changed=found.changed,
            partitions=DAILY.get_partition_keys(),
            endings=endings_of(instance_of(context), cursor.days),
            open_days=open_days(ledger),
            at_service=days_at_service(ledger),
        )
    decision = decide(cursor, seen, now)
    notes = [*unread, *decision.notes]
    for note in notes:
        context.log.info(note)
    for day, run_key in decision.requests.items():
        yield dg.RunRequest(run_key=run_key, partition_key=day)
    context.update_cursor(cursor.write())
    if not decision.requests:
        yield dg.SkipReason("; ".join(notes if unread else [NOTHING_CHANGED, *notes]))


@dg.sensor(
    job=evaluated,
    name="new_evaluations",
    minimum_interval_seconds=EVALUATIONS_INTERVAL_S,
    description="Brings what people have evaluated into a new snapshot, at most once an hour.",
)
def new_evaluations(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run brings what changed on whatever days. Where machines share days each of these days has a run of its own,
    since only its state is at hand."""
    settings, known = load_pipeline_settings(), set(DAILY.get_partition_keys())
    with ledger_of(settings) as ledger:
        store = StoreReader(ledger.engine)
        head = store.head()
        changed = store.days_changed_since(int(context.cursor or 0))
    days = sorted({day.isoformat() for day in changed} & known)
    for day in days if settings.uses_lake else days[-1:]:
        yield dg.RunRequest(run_key=f"evaluations:{head.seq}:{day}", partition_key=day)
    context.update_cursor(str(head.seq))
    if not days:
        yield dg.SkipReason(NOTHING_EVALUATED)
