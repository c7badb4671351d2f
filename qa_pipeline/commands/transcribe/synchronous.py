"""Transcribing by models that answer at once: one call a channel, its text shown as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.live import Live
from rich.text import Text

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.mono_cuts import cut_to_fit
from qa_pipeline.commands.transcribe.request import Options, Source
from qa_pipeline.commands.transcribe.tasks import upload
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.generation import GenerationAnswer, GenerationRequest
from qa_pipeline.published.output import visible
from qa_pipeline.terminal import CommandError, err
from qa_pipeline.transcription.inline_audio import data_uri, file_form, largest_inline
from qa_pipeline.transcription.models import Model

OnText = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sound:
    """What is sent for one channel: an address, or a file of one channel."""

    channel_id: int
    url: str | None = None
    path: Path | None = None
    container: str = "wav"
    sample_rate: int | None = None


@dataclass(slots=True)
class Calls:
    """What has come of a recording's calls, whatever becomes of the next one: answers by channel, and the channel that
    is being asked just now."""

    answers: dict[int, GenerationAnswer] = field(default_factory=dict)
    under_way: int | None = None


async def run_calls(
    client: DashScopeClient, model: Model, source: Source, options: Options, *, calls: Calls, stream: bool
) -> None:
    """One call a channel, one after the other, so that an error leaves no second call unheard."""
    with TemporaryDirectory(prefix="qa-pipeline-") as folder:
        sounds = cut_sounds(model, source, options, Path(folder))
        async with client:
            for sound in sounds:
                request = await _request(client, model, sound, options, stream=stream)

                async def note(channel_id: int = sound.channel_id) -> None:
                    calls.under_way = channel_id

                with _growing(f"channel {sound.channel_id}") as on_text:
                    answer = await client.generate(request, before_send=note, on_text=on_text)
                calls.answers[sound.channel_id], calls.under_way = answer, None


def cut_sounds(model: Model, source: Source, options: Options, folder: Path) -> list[Sound]:
    """What is sent: an address or a mono file as it is, else a mono file for each channel, cut to what fits.

    Raises:
        CommandError: a channel can't be cut.
    """
    if source.path is None or source.found is None:
        return [Sound(0, url=source.url)]
    if source.found.channels == 1:
        return [Sound(0, path=source.path, container=source.found.container, sample_rate=source.found.sample_rate)]
    most = model.max_bytes if "upload" in model.audio_forms else largest_inline(model, "wav")
    sounds = []
    for channel_id in source.channels(options.channels):
        path = folder / f"{source.path.stem}-channel-{channel_id}.wav"
        try:
            rate = cut_to_fit(source.path, channel_id, path, max_bytes=most)
        except UnusableAudio as error:
            raise CommandError(error.sentence) from error
        sounds.append(Sound(channel_id, path=path, sample_rate=rate))
    return sounds


async def _request(
    client: DashScopeClient, model: Model, sound: Sound, options: Options, *, stream: bool
) -> GenerationRequest:
    return GenerationRequest(
        model=model,
        audio=sound.url or await _carried(client, model, sound),
        language=options.language,
        enable_itn=options.itn,
        context=options.context,
        prompt=options.prompt,
        sample_rate=sound.sample_rate,
        stream=stream,
    )


async def _carried(client: DashScopeClient, model: Model, sound: Sound) -> str:
    assert sound.path is not None
    if file_form(model, sound.container, sound.path.stat().st_size) == "base64":
        return data_uri(sound.path.read_bytes(), sound.container)
    return await upload(client, model, sound.path)


@contextmanager
def _growing(label: str) -> Iterator[OnText | None]:
    """Shows the text so far on a terminal, and takes it away at the end; anywhere else nothing is shown."""
    if not err.is_terminal:
        yield None
        return
    with Live(Text(f"{label}: listening …"), console=err, transient=True, vertical_overflow="visible") as live:
        yield lambda text: live.update(Text(f"{label}: {visible(text)}"))
