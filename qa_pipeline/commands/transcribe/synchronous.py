"""Transcribing by models that answer at once: one call per channel, its text shown as it comes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.live import Live
from rich.text import Text

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.sent_copies import copy_to_send
from qa_pipeline.commands.transcribe.request import Options, Source
from qa_pipeline.commands.transcribe.tasks import object_name
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.generation import GenerationAnswer, GenerationRequest
from qa_pipeline.dispatch.channel_audio import CUT_FORMAT, ChannelAudio, carry_audio, cut_channel
from qa_pipeline.published.output import visible
from qa_pipeline.terminal import CommandError, err
from qa_pipeline.transcription.models import Model


@dataclass(slots=True)
class Calls:
    """What has come of a recording's calls, whatever becomes of the next one: answers by channel, and the channel that
    is being asked just now."""

    answers: dict[int, GenerationAnswer] = field(default_factory=dict)
    under_way: int | None = None


async def run_calls(
    client: DashScopeClient, model: Model, source: Source, options: Options, *, calls: Calls, stream: bool
) -> None:
    """One call per channel, one after the other, so that an error leaves no second call unheard."""
    with TemporaryDirectory(prefix="qa-pipeline-") as folder:
        sounds = _sounds(model, source, options, Path(folder))
        async with client:
            for channel_id, sound in sounds.items():
                if isinstance(sound, ChannelAudio):
                    audio, rate = await carry_audio(client, model, sound, object_name(sound.path)), sound.sample_rate
                else:
                    audio, rate = sound, None
                request = GenerationRequest(
                    model=model,
                    audio=audio,
                    language=options.language,
                    enable_itn=options.itn,
                    context=options.context,
                    prompt=options.prompt,
                    sample_rate=rate,
                    vocabulary_id=options.vocabulary_id,
                    vocabulary=json.loads(options.hot_words) if options.hot_words else None,
                    stream=stream,
                )

                async def note(channel_id: int = channel_id) -> None:
                    calls.under_way = channel_id

                with _growing(f"channel {channel_id}") as on_text:
                    answer = await client.generate(request, before_send=note, on_text=on_text)
                calls.answers[channel_id], calls.under_way = answer, None


def _sounds(model: Model, source: Source, options: Options, folder: Path) -> dict[int, ChannelAudio | str]:
    """What is sent, by channel: an address or a mono file as it is, else each channel cut to a file that fits.

    Raises:
        CommandError: a channel can't be cut.
    """
    if source.path is None or source.found is None:
        return {0: source.url or ""}
    if source.found.channels == 1:
        copy = copy_to_send(source.path, folder)
        sent, container = (copy, copy.suffix[1:]) if copy else (source.path, source.found.container)
        return {0: ChannelAudio(sent, source.found.sample_rate, container)}
    path, channels = source.path, source.channels(options.channels)
    targets = {channel_id: folder / f"{path.stem}-channel-{channel_id}.{CUT_FORMAT}" for channel_id in channels}
    try:
        return {channel_id: cut_channel(path, channel_id, target, model) for channel_id, target in targets.items()}
    except UnusableAudio as error:
        raise CommandError(error.sentence) from error


@contextmanager
def _growing(label: str) -> Iterator[Callable[[str], None] | None]:
    """Shows the text so far on a terminal, and takes it away at the end; anywhere else nothing is shown."""
    if not err.is_terminal:
        yield None
        return
    with Live(Text(f"{label}: listening …"), console=err, transient=True, vertical_overflow="visible") as live:
        yield lambda text: live.update(Text(f"{label}: {visible(text)}"))
