"""The one job, which the command line, the schedule, the sensor and backfills run."""

import dagster as dg

daily = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all(),
    description="One day (or a range in one run), from landing zone to snapshot.",
)
