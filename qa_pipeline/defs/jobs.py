"""The job of the days, which the command line, schedule, sensor and backfills run; and a short one for evaluations."""

import dagster as dg

from qa_pipeline.warehouse.daily import EVALUATION_VIEWS

daily = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all(),
    description="One day (or a range in one run), from landing zone to snapshot.",
)

evaluated = dg.define_asset_job(
    "evaluated",
    selection=dg.AssetSelection.assets("evaluations", *EVALUATION_VIEWS, "published"),
    description="What people have evaluated meanwhile, from the store to the snapshot; of whatever day.",
)
