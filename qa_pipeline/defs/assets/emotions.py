"""Asset `emotions`: how much of each channel was spoken in each emotion. One select, sql/marts/emotions.sql."""

import dagster as dg

from qa_pipeline.defs.assets.tables import OWNERS, SINGLE_RUN, WAREHOUSE_POOL, refill_from_mart
from qa_pipeline.defs.partitions import DAILY, days_of
from qa_pipeline.defs.resources import WarehouseResource


@dg.asset(
    partitions_def=DAILY,
    deps=["sentences"],
    pool=WAREHOUSE_POOL,
    backfill_policy=SINGLE_RUN,
    group_name="conversation",
    owners=OWNERS,
    kinds={"duckdb", "sql"},
    description="Sentences, speech time and share of each emotion on each channel.",
)
def emotions(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> dg.MaterializeResult:
    """Refills the days of the run."""
    return dg.MaterializeResult(metadata=refill_from_mart(warehouse.open(), "emotions", days_of(context)))
