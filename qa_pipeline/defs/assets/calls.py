"""Asset `calls`: what landed for the days of the run, usable or quarantined with a reason."""

from collections import Counter

import dagster as dg

from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import Asset, Check, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.landing.merging import call_row, merge_with_known, statuses_of
from qa_pipeline.warehouse.calls import known_calls, replace_calls

NOTES_SHOWN = 50

CALLS = Asset(
    "calls",
    "One row per recording that landed: identity, metadata, sound; quarantined with a reason where it is not a usable "
    "stereo call.",
    group="landing",
    kinds={"duckdb", "python"},
    checks=[Check("calls_are_told_apart", "No recording stands under two usable calls")],
)


@step(CALLS)
def calls(
    context: dg.AssetExecutionContext,
    settings: SettingsResource,
    warehouse: WarehouseResource,
    operations: OperationsResource,
) -> dg.MaterializeResult:
    """Reads the landing zone and replaces the days' rows."""
    days = days_of(context)
    landing = discover_calls(settings.load(), operations.ledger(), wait=True)
    notes = list(landing.notes[:NOTES_SHOWN])
    if len(landing.notes) > NOTES_SHOWN:
        notes.append(f"{len(landing.notes) - NOTES_SHOWN:,} more kinds of notes on the landing zone are not shown")
    with warehouse.open(context).transaction() as connection:
        known = known_calls(connection)
        found, removed = merge_with_known(landing.calls, known, days)
        statuses = statuses_of(known)
        replace_calls(connection, removed, [call_row(call, statuses) for call in found])
        reasons = Counter(str(call.status_reason) for call in found if not call.is_usable)
        result = table_result(
            connection,
            CALLS,
            days,
            {
                "usable": sum(call.is_usable for call in found),
                "quarantined_by_reason": dg.MetadataValue.json(dict(reasons)),
                "left_for_the_next_run": dg.MetadataValue.json(list(landing.unsettled)),
                "notes": dg.MetadataValue.json(notes),
            },
        )
    for note in notes:
        context.log.warning(note)
    return result
