"""Which units a day's calls ask for."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.ledger.ledger import WantedUnit
from qa_pipeline.settings import Settings
from qa_pipeline.transcription.parameters import TranscriptionParameters
from qa_pipeline.warehouse.calls import UsableCall

STEREO = (0, 1)


def wanted_units(calls: Sequence[UsableCall], settings: Settings) -> list[WantedUnit]:
    """One unit a channel. The call's own language, where its metadata names one, goes before the setting's."""
    return [
        WantedUnit(
            recording_id=call.recording_id,
            channel_id=channel_id,
            model=settings.recognition_model.id,
            parameters=TranscriptionParameters(
                language=call.language or settings.language,
                enable_itn=settings.enable_itn,
                enable_words=settings.enable_words,
            ),
            call_id=call.call_id,
            call_date=call.call_date.isoformat(),
            source_uri=call.source_uri,
            audio_s=call.duration_s,
        )
        for call in calls
        for channel_id in STEREO
    ]
