"""Assets `turns` and `call_metrics`: one conversation in order, and what it comes to. One step, one transaction.

No network and no money: a changed threshold (setting `metrics`) is computed anew by running the days again.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice

import dagster as dg
import duckdb

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.defs.assets.tables import (
    OWNERS,
    SINGLE_RUN,
    WAREHOUSE_POOL,
    check_spec,
    run_check,
    table_metadata,
)
from qa_pipeline.defs.partitions import DAILY, days_of
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.reading.conversations import conversations
from qa_pipeline.warehouse.conversations import add_conversations, clear_conversations, spoken_calls

IN_ORDER = "turns_lie_inside_the_recording_in_order"
ADD_UP = "talk_overlap_and_silence_add_up"
COMPLETE = "every_call_has_metrics"
WRITTEN_AT_ONCE = 1000
"""Calls; more would only take memory."""


@dg.multi_asset(
    name="turns_and_call_metrics",
    specs=[
        dg.AssetSpec(
            "turns",
            deps=["sentences", "transcripts", "acoustics"],
            group_name="conversation",
            owners=OWNERS,
            kinds={"duckdb", "python"},
            description="One conversation in order, both roles, with gaps, overlaps, interruptions and back-channels.",
        ),
        dg.AssetSpec(
            "call_metrics",
            deps=["sentences", "transcripts", "acoustics"],
            group_name="conversation",
            owners=OWNERS,
            kinds={"duckdb", "python"},
            description="One row a call: every metric of docs/metrics.md with the thresholds it was made with.",
        ),
    ],
    check_specs=[
        check_spec("turns", IN_ORDER, "Turns lie inside the recording, in order, and none ends early", blocking=True),
        check_spec("call_metrics", ADD_UP, "Talk − overlap + silence is the duration", blocking=True),
        check_spec("call_metrics", COMPLETE, "Every call that came to its end has a row of metrics", blocking=False),
    ],
    partitions_def=DAILY,
    pool=WAREHOUSE_POOL,
    backfill_policy=SINGLE_RUN,
)
def turns_and_call_metrics(
    context: dg.AssetExecutionContext, settings: SettingsResource, warehouse: WarehouseResource
) -> Iterator[dg.MaterializeResult]:
    """Works out turns and metrics of the days' calls."""
    thresholds, days = settings.load().metrics, days_of(context)
    faults: list[str] = []
    with warehouse.open().transaction() as connection:
        clear_conversations(connection, days)
        conversed = conversations(spoken_calls(connection, days), thresholds, faults)
        loaded_at = dt.datetime.now(dt.UTC)
        for some in iter(lambda: list(islice(conversed, WRITTEN_AT_ONCE)), []):
            add_conversations(connection, some, loaded_at)
        results = _results(connection, days, thresholds)
    for fault in faults:
        context.log.error(fault)
    yield from results


def _results(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], thresholds: MetricThresholds
) -> list[dg.MaterializeResult]:
    return [
        dg.MaterializeResult(
            asset_key="turns",
            metadata=table_metadata(connection, "turns", days),
            check_results=[run_check(connection, days, asset="turns", name=IN_ORDER)],
        ),
        dg.MaterializeResult(
            asset_key="call_metrics",
            metadata={
                **table_metadata(connection, "call_metrics", days),
                "definition_version": thresholds.version,
                "thresholds": dg.MetadataValue.text(thresholds.as_json()),
            },
            check_results=[
                run_check(connection, days, asset="call_metrics", name=ADD_UP),
                run_check(connection, days, asset="call_metrics", name=COMPLETE),
            ],
        ),
    ]
