"""Assets `languages`, `emotions`, `turns` and `call_metrics`: calls are analysed in shards of a day."""

from collections.abc import Iterator

import dagster as dg

from qa_pipeline.defs.assets.conversations import (
    CONVERSATION,
    conversation_results,
    has_conversations,
    refill_labels,
)
from qa_pipeline.defs.declarations import selected
from qa_pipeline.defs.partitions import StepContext, days_of
from qa_pipeline.defs.sharded_step import Resources, sharded_step
from qa_pipeline.sharding.conversations import KIND, analyse_shard, cut_conversations, register_conversations
from qa_pipeline.sharding.opening import shards_of


def _cut(context: StepContext, resources: Resources) -> list[str]:
    settings, warehouse, _ = resources
    loaded = settings.load()
    if not has_conversations(selected(context, CONVERSATION)):
        return []
    return cut_conversations(loaded, warehouse.open_days(context), shards_of(loaded, KIND), days_of(context))


def _analyse(context: StepContext, resources: Resources, name: str) -> None:
    loaded = resources[0].load()
    analyse_shard(loaded, shards_of(loaded, KIND), name)


def _register(context: StepContext, resources: Resources) -> Iterator[dg.MaterializeResult]:
    settings, warehouse, _ = resources
    loaded, days, chosen = settings.load(), days_of(context), selected(context, CONVERSATION)
    opened, shards = warehouse.open_days(context), shards_of(loaded, KIND)
    if has_conversations(chosen):
        for name in cut_conversations(loaded, opened, shards, days):
            analyse_shard(loaded, shards, name)  # of calls that changed while shards were at work
    faults: list[str] = []
    with opened.transaction() as connection:
        refill_labels(connection, chosen, days)
        if has_conversations(chosen):
            faults = register_conversations(loaded, opened, connection, shards, days)
        results = conversation_results(connection, chosen, days, loaded.metrics)
    for fault in faults:
        context.log.error(fault)
    yield from results


conversation_tables = sharded_step(
    *CONVERSATION, name="conversation_tables", cut=_cut, shard=_analyse, register=_register, can_subset=True
)
