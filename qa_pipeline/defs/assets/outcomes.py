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
    days, loaded = days_of(context), settings.load()
    landed = landed_outcomes(loaded, days)
    notes = list(landed.notes)
    with warehouse.open(context).transaction() as connection:
        changed, absent = replace_outcomes(connection, days, landed.rows, dt.datetime.now(dt.UTC), read=landed.read)
        if loaded.uses_lake and absent:
            notes.append(_not_of_these_days(absent))
        result = table_result(
            connection,
            OUTCOMES,
            days,
            {
                "changed": changed,
                "calls_of_other_days" if loaded.uses_lake else "calls_not_known": absent,
                "notes": dg.MetadataValue.json(notes),
            },
        )
    for note in landed.notes:
        context.log.warning(note)
    return result


def _not_of_these_days(calls: int) -> str:
    """Where machines share days a run has the calls of its own days only, so others may be known or not."""
    return (
        f"{calls:,} of the listed calls are not of the days of this run. To take what is new of them, run the days of "
        "these calls again, together with the day in whose folder the list lies."
    )
