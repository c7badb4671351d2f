"""The only assembly point: assets, checks, job, schedule, sensor and resources, by name."""

import warnings

import dagster as dg

# Backfill policies are marked beta in this Dagster line; the version is pinned, so the notice helps nobody.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

from qa_pipeline.assets.calls import calls  # noqa: E402
from qa_pipeline.assets.emotions import emotions  # noqa: E402
from qa_pipeline.assets.languages import languages  # noqa: E402
from qa_pipeline.assets.published import published  # noqa: E402
from qa_pipeline.assets.transcripts import transcripts_and_sentences  # noqa: E402
from qa_pipeline.assets.transcriptions import transcriptions  # noqa: E402
from qa_pipeline.automation import daily, new_recordings, yesterday  # noqa: E402
from qa_pipeline.resources import OperationsResource, SettingsResource, WarehouseResource  # noqa: E402

defs = dg.Definitions(
    assets=[calls, transcriptions, transcripts_and_sentences, languages, emotions, published],
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
