"""Asset `outcomes`: what became of calls, as outcomes.csv says, also of calls of earlier days."""

import datetime as dt

import dagster as dg

from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import Asset, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.landing.people import landed_outcomes
from qa_pipeline.warehouse.outcomes import replace_outcomes

OUTCOMES = Asset(
    "outcomes",
    "What became of calls, by outcomes.csv: numbers and flags. What comes late is added to the days of its calls.",
    group="people",
    deps=["calls"],
    kinds={"duckdb", "python"},
)


@step(OUTCOMES)
def outcomes(
    context: dg.AssetExecutionContext, settings: SettingsResource, warehouse: WarehouseResource
) -> dg.MaterializeResult:
    """Replaces the days' rows, and adds what is new of other days."""
    days = days_of(context)
    landed = landed_outcomes(settings.load(), days)
    with warehouse.open(context).transaction() as connection:
        changed, unknown = replace_outcomes(connection, days, landed.rows, dt.datetime.now(dt.UTC))
        result = table_result(
            connection,
            OUTCOMES,
            days,
            {
                "changed": changed,
                "calls_not_known": unknown,
                "notes": dg.MetadataValue.json(list(landed.notes)),
            },
        )
    for note in landed.notes:
        context.log.warning(note)
    return result
