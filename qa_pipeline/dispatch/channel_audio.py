"""One channel's audio in the form in which a model takes it that answers at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.audio.mono_cuts import cut_to_fit
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.transcription.inline_audio import data_uri, file_form, largest_inline
from qa_pipeline.transcription.models import Model

CUT_FORMAT = "wav"


@dataclass(frozen=True, slots=True)
class ChannelAudio:
    """A file of one channel; `sample_rate` in Hz."""

    path: Path
    sample_rate: int | None
    container: str = CUT_FORMAT


def cut_channel(recording: Path, channel_id: int, target: Path, model: Model) -> ChannelAudio:
    """Writes one channel to `target` as a mono WAV, at a sample rate low enough for what the model takes.

    Raises:
        UnusableAudio: it can't be cut.
    """
    most = model.max_bytes if "upload" in model.audio_forms else largest_inline(model, CUT_FORMAT)
    return ChannelAudio(target, cut_to_fit(recording, channel_id, target, max_bytes=most))


async def carry_audio(client: DashScopeClient, model: Model, audio: ChannelAudio, object_name: str) -> str:
    """The audio inline where it fits, else its `oss://` address in the service's temporary storage.

    Raises:
        DashScopeError: it could not be uploaded.
    """
    if file_form(model, audio.container, audio.path.stat().st_size) == "base64":
        return data_uri(await asyncio.to_thread(audio.path.read_bytes), audio.container)
    return await client.upload(audio.path, model=model.id, object_name=object_name)
