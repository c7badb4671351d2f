"""The only assembly point: assets, checks, job, schedule, sensor and resources, by name."""

import dagster as dg

from qa_pipeline.assets.acoustics import acoustics
from qa_pipeline.assets.calls import calls
from qa_pipeline.assets.daily import DAILY_MARTS
from qa_pipeline.assets.emotions import emotions
from qa_pipeline.assets.languages import languages
from qa_pipeline.assets.published import published
from qa_pipeline.assets.transcriptions import transcriptions
from qa_pipeline.assets.transcripts import transcripts_and_sentences
from qa_pipeline.assets.turns import turns_and_call_metrics
from qa_pipeline.automation import daily, new_recordings, yesterday
from qa_pipeline.resources import OperationsResource, SettingsResource, WarehouseResource

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
