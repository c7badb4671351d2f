"""The job of the days, which command line, schedule, sensor and backfills run; short ones for evaluations and rules."""

import dagster as dg

from qa_pipeline.warehouse.daily import EVALUATION_VIEWS

daily = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all(),
    description="One day (or a range in one run), from landing zone to snapshot.",
)

evaluated = dg.define_asset_job(
    "evaluated",
    selection=dg.AssetSelection.assets("evaluations", *EVALUATION_VIEWS, "published", "alerts"),
    description="What people have evaluated meanwhile, from the store to the snapshot; of whatever day.",
)

ruled = dg.define_asset_job(
    "ruled",
    selection=dg.AssetSelection.assets(
        "rule_outcomes", "rule_hits", "rules_daily", "evaluations", *EVALUATION_VIEWS, "published", "alerts"
    ),
    description="Rules that changed, applied to stored calls, with the answers that they give to scorecards. No "
    "network, no money.",
)
