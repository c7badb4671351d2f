"""Asset `calls`: what landed for the days of the run, usable or quarantined with a reason."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

import dagster as dg
import duckdb

from qa_pipeline.defs.assets.tables import run_check, table_result
from qa_pipeline.defs.declarations import Asset, Check, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.erasing.retention import require_not_forgotten
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.landing.merging import (
    METADATA_FAULTS,
    call_row,
    channel_rows,
    merge_keeping_paid,
    statuses_of,
    unknown_so_far,
)
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import MAY_BE_PAID
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.notes import Note, gathered
from qa_pipeline.warehouse.calls import (
    known_calls,
    note_stale,
    recordings_in_several,
    rename_calls,
    replace_calls,
    undated_calls,
)
from qa_pipeline.warehouse.recording_keys import other_days_with_recordings_of

NOTES_SHOWN = 50

TOLD_APART = "calls_are_told_apart"

CALLS = Asset(
    "calls",
    "One row per recording that landed: identity, metadata, sound; quarantined with a reason where it is not a usable "
    "stereo call.",
    group="landing",
    kinds={"duckdb", "python"},
    checks=[Check(TOLD_APART, "No recording stands under two usable calls")],
)


@step(CALLS)
def calls(
    context: dg.AssetExecutionContext,
    settings: SettingsResource,
    warehouse: WarehouseResource,
    operations: OperationsResource,
) -> dg.MaterializeResult:
    """Reads the landing zone and replaces the days' rows."""
    days, opened = days_of(context), warehouse.open(context, undated=True)
    loaded = settings.load()
    require_not_forgotten(operations.ledger().engine, days)
    with opened.transaction() as connection:
        written = undated_calls(connection)
    landing = discover_calls(
        loaded, operations.ledger(), days=DayRange(min(days), max(days)), written=written, wait=True
    )
    notes = list(landing.notes[:NOTES_SHOWN])
    if len(landing.notes) > NOTES_SHOWN:
        notes.append(f"{len(landing.notes) - NOTES_SHOWN:,} more kinds of notes on the landing zone are not shown")
    of_run = [call for call in landing.calls if call.call_date is None or call.call_date in days]
    opened.find_known(*_asked(of_run))
    with opened.transaction() as connection:
        known = known_calls(connection, days)
        if changed := unknown_so_far(landing.calls, known, recordings_in_several(connection, days)):
            known = known_calls(connection, days, *_asked(changed))
        elsewhere = landing.dates_of(uri for call in known for uri in call.file_uris)
        merged = merge_keeping_paid(landing.calls, known, days, _paid(operations.ledger(), landing.calls), elsewhere)
        found, statuses = merged.found, statuses_of(known)
        channels = [row for call in found for row in channel_rows(call)]
        rename_calls(connection, merged.renamed)
        replace_calls(
            connection, merged.removed, [call_row(call, statuses, loaded.redaction) for call in found], channels
        )
        note_stale(connection, days, {call_id: call.status_message or "" for call_id, call in merged.kept.items()})
        notes += gathered(_stale(call) for call in merged.kept.values())
        reasons = Counter(str(call.status_reason) for call in found if not call.is_usable)
        result = table_result(
            connection,
            CALLS,
            days,
            {
                "usable": sum(call.is_usable for call in found) + len(merged.kept),
                "quarantined_by_reason": dg.MetadataValue.json(dict(reasons)),
                "left_for_the_next_run": dg.MetadataValue.json(list(landing.unsettled)),
                "notes": dg.MetadataValue.json(notes),
            },
            {TOLD_APART: _check_told_apart(connection, days)},
        )
    for note in notes:
        context.log.warning(note)
    return result


def _check_told_apart(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> dg.AssetCheckResult:
    other_days = other_days_with_recordings_of(connection, days)
    return run_check(connection, days, asset=CALLS.key, name=TOLD_APART, values={"other_days": other_days})


def _asked(calls: Sequence[Call]) -> tuple[list[str], list[str], list[str]]:
    """What calls are looked for by: their ids, their files (sha256), and where these lie."""
    files = [file_id for call in calls for file_id in call.file_ids]
    return [call.call_id for call in calls], files, [uri for call in calls for uri in call.file_uris]


def _paid(ledger: Ledger, landed: Sequence[Call]) -> set[str]:
    """The recordings with faulty metadata for which the service may have been paid."""
    faulty = {each for call in landed if call.status_reason in METADATA_FAULTS for each in call.file_ids}
    return {row.recording_id for row in ledger.of_recordings(sorted(faulty)) if row.state in MAY_BE_PAID}


def _stale(call: Call) -> Note:
    return Note(
        f"{call.relative_path}: what was transcribed and published of it stays as it was, until this is mended: "
        f"{call.status_message}",
        kind="stays as it was",
    )
