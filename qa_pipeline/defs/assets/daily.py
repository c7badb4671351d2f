"""Assets of the daily marts, for trends. Each is one select, or a view, and a test of its rows."""

import dagster as dg

from qa_pipeline.defs.assets.tables import OWNERS, SINGLE_RUN, WAREHOUSE_POOL, check_spec, run_check, table_metadata
from qa_pipeline.defs.partitions import DAILY, days_of
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.warehouse.daily import MARTS, mart_test, refill_mart

ADDS_UP = "adds_up"

_MADE_OF: dict[str, tuple[list[str], str]] = {
    "counts_daily": (
        ["calls", "transcripts", "acoustics", "call_metrics"],
        "Calls of each agent, of each queue and of all by day and by what became of them.",
    ),
    "metrics_daily": (
        ["calls", "transcripts", "call_metrics"],
        "n, mean and 95 % interval of each metric by day, for each agent, for each queue and for all.",
    ),
    "calls_daily": (
        ["counts_daily", "metrics_daily"],
        "Calls by day and queue and by what became of them, with n, mean and 95 % interval of each metric.",
    ),
    "agents_daily": (
        ["counts_daily", "metrics_daily"],
        "How each agent's calls of a day went: n, mean and 95 % interval of each metric, and whether n is enough.",
    ),
    "queues_daily": (
        ["counts_daily", "metrics_daily"],
        "How agents did in each queue's calls of a day: n, mean and 95 % interval of each metric.",
    ),
    "emotions_daily": (
        ["calls", "sentences", "emotions"],
        "Calls, sentences, speech time and share of each emotion by day, queue and role.",
    ),
    "languages_daily": (
        ["calls", "sentences", "languages"],
        "Calls, sentences, speech time and share of each language by day, queue and role.",
    ),
    "costs_daily": (
        ["calls", "acoustics", "transcripts"],
        "Channels, attempts, seconds and cost of a day by model and engine, and channels that nobody was paid for.",
    ),
}
"""Mart → the assets it is made of, and what Dagster says of it."""


def mart_asset(name: str) -> dg.AssetsDefinition:
    """The asset that refills `name` for the days of the run and stops what follows where its rows fail their test."""
    sources, description = _MADE_OF[name]

    @dg.asset(
        name=name,
        partitions_def=DAILY,
        deps=sources,
        pool=WAREHOUSE_POOL,
        backfill_policy=SINGLE_RUN,
        group_name="marts",
        owners=OWNERS,
        kinds={"duckdb", "sql"},
        description=description,
        check_specs=[check_spec(name, ADDS_UP, f"No row of {name} fails its test in sql/marts", blocking=True)],
    )
    def mart(
        context: dg.AssetExecutionContext, settings: SettingsResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        days = days_of(context)
        minimum_n = settings.load().minimum_n
        with warehouse.open().transaction() as connection:
            refill_mart(connection, name, days, minimum_n=minimum_n)
            metadata = table_metadata(connection, name, days)
            check = run_check(connection, days, asset=name, name=ADDS_UP, query=mart_test(name))
        return dg.MaterializeResult(metadata=metadata, check_results=[check])

    return mart


DAILY_MARTS = [mart_asset(name) for name in MARTS]
