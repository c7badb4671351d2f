"""Asset `calls`: what landed for the days of the run, usable or quarantined with a reason."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import dagster as dg

from qa_pipeline.defs.assets.tables import OWNERS, SINGLE_RUN, WAREHOUSE_POOL, check_spec, run_check, table_metadata
from qa_pipeline.defs.partitions import DAILY, days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.recordings.assessment import Call
from qa_pipeline.recordings.duplicates import resolve_duplicates
from qa_pipeline.warehouse.calls import KnownCall, imports_json, known_calls, replace_calls

TOLD_APART = "calls_are_told_apart"
NOTES_SHOWN = 50


@dg.asset(
    partitions_def=DAILY,
    pool=WAREHOUSE_POOL,
    backfill_policy=SINGLE_RUN,
    group_name="landing",
    owners=OWNERS,
    kinds={"duckdb", "python"},
    description="One row a recording that landed: identity, metadata, sound; quarantined with a reason where it is "
    "not a usable stereo call.",
    check_specs=[check_spec("calls", TOLD_APART, "No recording stands under two usable calls", blocking=True)],
)
def calls(
    context: dg.AssetExecutionContext,
    settings: SettingsResource,
    warehouse: WarehouseResource,
    operations: OperationsResource,
) -> dg.MaterializeResult:
    """Reads the landing zone and replaces the days' rows."""
    days = days_of(context)
    landing = discover_calls(settings.load(), operations.ledger(), wait=True)
    with warehouse.open().transaction() as connection:
        known = known_calls(connection)
        found, removed = merge_with_known(landing.calls, known, days)
        statuses = statuses_of(known)
        replace_calls(connection, removed, [call_row(call, statuses) for call in found])
        metadata = table_metadata(connection, "calls", days)
        check = run_check(connection, days, asset="calls", name=TOLD_APART)
    for note in landing.notes[:NOTES_SHOWN]:
        context.log.warning(note)
    reasons = Counter(str(call.status_reason) for call in found if not call.is_usable)
    metadata |= {
        "usable": sum(call.is_usable for call in found),
        "quarantined_by_reason": dg.MetadataValue.json(dict(reasons)),
        "left_for_the_next_run": dg.MetadataValue.json(list(landing.unsettled)),
        "notes": dg.MetadataValue.json(list(landing.notes[:NOTES_SHOWN])),
    }
    return dg.MaterializeResult(metadata=metadata, check_results=[check])


def merge_with_known(
    landed: Sequence[Call], known: Sequence[KnownCall], days: Sequence[dt.date]
) -> tuple[list[Call], list[str]]:
    """The calls of the days (and of no day) to be written, and the ids of known calls that they replace.

    A known call whose recording left the landing zone stays: tidying up must not lose what was paid for. One whose
    recording is there under another day, path or id moves along with it. A quarantined row of another day gives up
    its id to a usable call and gets one of its own, as it would have if both days were run at once.
    """
    of_run = {*days, None}
    found = [call for call in landed if call.call_date in of_run]
    dates_by_uri = {call.source_uri: call.call_date for call in landed}
    recordings = {call.recording_id for call in found if call.is_usable}
    claimed = {call.call_id for call in found if call.is_usable}
    giving_way = {
        call.source_uri
        for call in known
        if call.status == "quarantined" and call.call_id in claimed and call.call_date not in of_run
    }

    def is_replaced(call: KnownCall) -> bool:
        if call.source_uri in giving_way:
            return True
        if call.source_uri in dates_by_uri:
            return dates_by_uri[call.source_uri] in of_run
        if call.status == "quarantined":
            return call.call_date in of_run
        return call.recording_id in recordings

    of_others = [call for call in landed if call.call_date not in of_run and not call.is_usable]
    found += [call for call in of_others if call.source_uri in giving_way]
    kept = [call for call in known if not is_replaced(call)]
    resolved = resolve_duplicates(
        found,
        known_recordings={
            call.recording_id: call.call_id for call in kept if call.recording_id and call.status != "quarantined"
        },
        taken_call_ids={call.call_id for call in kept},
    )
    return resolved, [call.call_id for call in known if is_replaced(call)]


Statuses: TypeAlias = dict[tuple[str, str | None], str]
"""Call id and recording id → status: what a recording came to says nothing of another one under the same id."""


def statuses_of(known: Sequence[KnownCall]) -> Statuses:
    """The statuses that calls have now."""
    return {(call.call_id, call.recording_id): call.status for call in known}


def call_row(call: Call, statuses: Statuses) -> dict[str, Any]:
    """A row of `calls`; a call that was transcribed before keeps its status until its channels are read again."""
    before = statuses.get((call.call_id, call.recording_id), "pending")
    usable_status = before if before != "quarantined" else "pending"
    return {
        "call_id": call.call_id,
        "recording_id": call.recording_id,
        "call_date": call.call_date,
        "started_at": call.started_at,
        "agent_id": call.agent_id,
        "agent_name": call.agent_name,
        "customer_id": call.customer_id,
        "queue": call.queue,
        "direction": call.direction,
        "language": call.language,
        "duration_s": call.duration_s,
        "container": call.container,
        "codec": call.codec,
        "sample_rate": call.sample_rate,
        "channels": call.channels,
        "size_bytes": call.size_bytes,
        "agent_channel": call.agent_channel,
        "source_uri": call.source_uri,
        "metadata_source": call.metadata_source,
        "metadata_extra": json.dumps(dict(call.metadata_extra), ensure_ascii=False, default=str),
        "status": usable_status if call.is_usable else "quarantined",
        "status_reason": call.status_reason.value if call.status_reason else None,
        "status_message": call.status_message,
        "loaded_at": dt.datetime.now(dt.UTC),
        "imports": imports_json(call.imports),
    }
