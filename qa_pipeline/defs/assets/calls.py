"""Asset `calls`: what landed for the days of the run, usable or quarantined with a reason."""

from collections import Counter

import dagster as dg

from qa_pipeline.defs.assets.tables import OWNERS, SINGLE_RUN, WAREHOUSE_POOL, check_spec, run_check, table_metadata
from qa_pipeline.defs.partitions import DAILY, days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.landing.merging import call_row, merge_with_known, statuses_of
from qa_pipeline.warehouse.calls import known_calls, replace_calls

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
