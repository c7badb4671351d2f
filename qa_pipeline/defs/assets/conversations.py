"""Assets `languages`, `emotions`, `turns` and `call_metrics`: what sentences come to. One step, one transaction.

What recordings say is known here only, by the text: the step also names it among the `sounds` of `acoustics`.

No network and no money: a changed threshold (setting `metrics`) is applied by running the days again.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice

import dagster as dg
import duckdb

from qa_pipeline.conversation.analysis import Conversation
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import Asset, Check, selected, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.reading.conversations import conversations
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.conversations import (
    Announced,
    SpokenCall,
    announced_in,
    name_announcements,
    put_conversations,
    spoken_calls,
)
from qa_pipeline.warehouse.day_rows import days_with_rows_of, delete_moved_rows
from qa_pipeline.warehouse.refilling import refill_days

WRITTEN_AT_ONCE = 200
"""Calls; more would only take memory."""

LABELS = tuple(
    Asset(
        table,
        f"Sentences, speech time and share of each {label} on each channel.",
        group="conversation",
        deps=["sentences"],
        kinds={"duckdb", "sql"},
    )
    for table, label in (("languages", "language"), ("emotions", "emotion"))
)
"""Each is one select, `sql/marts/<table>.sql`."""

TURNS = Asset(
    "turns",
    "One conversation in order, both roles, with gaps, overlaps, interruptions and back-channels.",
    group="conversation",
    deps=["sentences", "transcripts", "acoustics"],
    kinds={"duckdb", "python"},
    checks=[
        Check(
            "turns_lie_inside_the_recording_in_order", "Turns lie inside the recording, in order, and none ends early"
        )
    ],
)
CALL_METRICS = Asset(
    "call_metrics",
    "One row per call: every metric of docs/metrics.md with the thresholds it was made with.",
    group="conversation",
    deps=["sentences", "transcripts", "acoustics"],
    kinds={"duckdb", "python"},
    checks=[
        Check("talk_overlap_and_silence_add_up", "Talk − overlap + silence is the duration"),
        Check("every_call_has_metrics", "Every call that came to its end has a row of metrics", blocking=False),
    ],
)


CONVERSATION = (*LABELS, TURNS, CALL_METRICS)


@step(*CONVERSATION, can_subset=True)
def conversation_tables(
    context: dg.AssetExecutionContext, settings: SettingsResource, warehouse: WarehouseResource
) -> Iterator[dg.MaterializeResult]:
    """Refills the days of the run."""
    thresholds, days = settings.load().metrics, days_of(context)
    chosen = selected(context, CONVERSATION)
    faults: list[str] = []
    with warehouse.open(context).transaction() as connection:
        refill_labels(connection, chosen, days)
        if has_conversations(chosen):
            faults = _refill_conversations(connection, days, thresholds)
        results = conversation_results(connection, chosen, days, thresholds)
    for fault in faults:
        context.log.error(fault)
    yield from results


def refill_labels(connection: duckdb.DuckDBPyConnection, chosen: Sequence[Asset], days: Sequence[dt.date]) -> None:
    """Replaces the days' rows of those of the tables of labels that are chosen."""
    for asset in LABELS:
        if asset in chosen:
            refill_from_mart(connection, asset.key, days)


def has_conversations(chosen: Sequence[Asset]) -> bool:
    """Whether turns and metrics are wanted: neither is ever there without the other."""
    return TURNS in chosen or CALL_METRICS in chosen


def conversation_results(
    connection: duckdb.DuckDBPyConnection,
    chosen: Sequence[Asset],
    days: Sequence[dt.date],
    thresholds: MetricThresholds,
) -> list[dg.MaterializeResult]:
    """What is told to Dagster of the chosen tables."""
    of_metrics = {"definition_version": thresholds.version, "thresholds": dg.MetadataValue.text(thresholds.as_json())}
    return [table_result(connection, asset, days, of_metrics if asset is CALL_METRICS else None) for asset in chosen]


def refill_from_mart(connection: duckdb.DuckDBPyConnection, table: str, days: Sequence[dt.date]) -> None:
    """Replaces the days' rows of `table` by what `sql/marts/<table>.sql` selects."""
    delete_moved_rows(connection, table, days, days_with_rows_of(connection, table, days))
    refill_days(connection, table, days, read_sql(f"marts/{table}.sql"), {"days": list(days)})


def _refill_conversations(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], thresholds: MetricThresholds
) -> list[str]:
    """Replaces turns and metrics of the days' calls; returns what is wrong with calls that have none."""
    faults: dict[str, str] = {}
    analysed = conversations(spoken_calls(connection, days), thresholds, faults)
    announced: list[Announced] = []

    def some_at_once() -> Iterator[list[tuple[SpokenCall, Conversation]]]:
        for some in iter(lambda: list(islice(analysed, WRITTEN_AT_ONCE)), []):
            announced.extend(each for call, conversation in some for each in announced_in(call.call_id, conversation))
            yield some

    put_conversations(connection, days, some_at_once(), dt.datetime.now(dt.UTC))
    name_announcements(connection, days, announced)
    return list(faults.values())
