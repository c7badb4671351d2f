"""The only assembly point: assets, checks, job, schedule, sensor and resources, by name."""

import dagster as dg

from qa_pipeline.defs.alerting import alerts_due, failed_runs
from qa_pipeline.defs.assets.agents import agents
from qa_pipeline.defs.assets.alerts import alerts
from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.daily import daily_marts
from qa_pipeline.defs.assets.evaluations import evaluations
from qa_pipeline.defs.assets.outcomes import outcomes
from qa_pipeline.defs.assets.published import published
from qa_pipeline.defs.assets.rules import rule_tables
from qa_pipeline.defs.assets.sampling_draws import sampling_draws
from qa_pipeline.defs.declarations import IS_SHARED
from qa_pipeline.defs.executors import chosen_executor
from qa_pipeline.defs.jobs import daily, evaluated, ruled
from qa_pipeline.defs.lake_upkeep import nightly_tidy, tidy_lake
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.defs.schedules import yesterday
from qa_pipeline.defs.sensors import new_evaluations, new_recordings

if IS_SHARED:  # where machines share days, their heavy steps are cut into shards
    from qa_pipeline.defs.assets.sharded.acoustics import acoustics
    from qa_pipeline.defs.assets.sharded.conversations import conversation_tables
    from qa_pipeline.defs.assets.sharded.transcriptions import transcriptions
    from qa_pipeline.defs.assets.sharded.transcripts import transcripts_and_sentences
else:
    from qa_pipeline.defs.assets.acoustics import acoustics
    from qa_pipeline.defs.assets.conversations import conversation_tables
    from qa_pipeline.defs.assets.transcriptions import transcriptions
    from qa_pipeline.defs.assets.transcripts import transcripts_and_sentences

defs = dg.Definitions(
    assets=[
        calls,
        agents,
        outcomes,
        acoustics,
        transcriptions,
        transcripts_and_sentences,
        conversation_tables,
        evaluations,
        rule_tables,
        daily_marts,
        sampling_draws,
        published,
        alerts,
    ],
    jobs=[daily, evaluated, ruled, *([tidy_lake] if IS_SHARED else [])],
    schedules=[yesterday, *([nightly_tidy] if IS_SHARED else [])],
    sensors=[new_recordings, new_evaluations, alerts_due, failed_runs],
    resources={
        "settings": SettingsResource(),
        "warehouse": WarehouseResource(),
        "operations": OperationsResource(),
    },
    executor=chosen_executor(),
)
