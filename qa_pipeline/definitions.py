"""The only assembly point: assets, checks, job, schedule, sensor and resources, by name."""

import dagster as dg

from qa_pipeline.defs.assets.acoustics import acoustics
from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.daily import DAILY_MARTS
from qa_pipeline.defs.assets.emotions import emotions
from qa_pipeline.defs.assets.languages import languages
from qa_pipeline.defs.assets.published import published
from qa_pipeline.defs.assets.transcriptions import transcriptions
from qa_pipeline.defs.assets.transcripts import transcripts_and_sentences
from qa_pipeline.defs.assets.turns import turns_and_call_metrics
from qa_pipeline.defs.jobs import daily
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.defs.schedules import yesterday
from qa_pipeline.defs.sensors import new_recordings

defs = dg.Definitions(
    assets=[
        calls,
        acoustics,
        transcriptions,
        transcripts_and_sentences,
        languages,
        emotions,
        turns_and_call_metrics,
        *DAILY_MARTS,
        published,
    ],
    jobs=[daily],
    schedules=[yesterday],
    sensors=[new_recordings],
    resources={
        "settings": SettingsResource(),
        "warehouse": WarehouseResource(),
        "operations": OperationsResource(),
    },
    executor=dg.in_process_executor,
)
