"""What a recording may be, by the models that it may be sent to: what the recordings room must know of them."""

from __future__ import annotations

from qa_pipeline.recordings.inspection import RecordingLimits
from qa_pipeline.settings import Settings
from qa_pipeline.sound.voice_network import why_not_told
from qa_pipeline.transcription.choosing import AUTO
from qa_pipeline.transcription.limits import Ask, takers
from qa_pipeline.transcription.models import FLASH_FORMATS, QWEN3_FILETRANS

READABLE = QWEN3_FILETRANS.formats | FLASH_FORMATS
"""A model that answers at once is sent channels that are cut here, so it is for us to read the recording."""


def recording_limits(settings: Settings) -> RecordingLimits:
    """The widest limits among the models that may be asked; a recording beyond them can be sent to none."""
    models = settings.possible_models
    longest = max(model.max_duration_s for model in models)
    longer = takers(Ask("the recording", duration_s=longest + 1))
    why_not = why_not_told(settings) if settings.on_mono == "diarize" else None
    return RecordingLimits(
        # Where a channel is cut from it, the recording's own bytes are not those that are sent.
        max_bytes=max(model.max_bytes if model.is_task_based else QWEN3_FILETRANS.max_bytes for model in models),
        max_duration_s=longest,
        formats=frozenset().union(*(model.formats if model.is_task_based else READABLE for model in models)),
        asked="any model" if settings.model == AUTO else settings.model,
        instead=" or ".join(longer),
        on_truncated=settings.on_truncated,
        channels=settings.channels,
        on_mono="quarantine" if why_not else settings.on_mono,
        mono_problem=why_not or "",
        is_fetched=_fetches_recordings(settings) and any(model.is_task_based for model in models),
    )


def _fetches_recordings(settings: Settings) -> bool:
    """Whether the service gets addresses of the recordings themselves, and not of copies made here."""
    in_a_bucket = settings.landing_bucket is not None
    return settings.audio_urls == "http" or (settings.audio_urls == "presigned" and in_a_bucket)
