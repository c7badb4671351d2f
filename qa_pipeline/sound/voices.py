"""Tells the voices of calls apart that have both parties on one channel, on all cores."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qa_pipeline.audio.containers import open_audio
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.resampling import Resampler
from qa_pipeline.audio.samples import Samples
from qa_pipeline.landing.call_sounds import CallSounds
from qa_pipeline.landing.recording_files import RecordingGone
from qa_pipeline.object_storage.faults import ObjectRefused
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.voices.embedding import Embedder
from qa_pipeline.voices.log_mel import VOICE_RATE
from qa_pipeline.voices.telling import VoicesTold, tell_voices

Segments = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ToldCall:
    """A call and its voices; `problem` says why they could not be told."""

    call: UsableCall
    told: VoicesTold | None
    problem: str | None = None


def tell_voices_of(
    calls: Sequence[UsableCall], speech: Mapping[str, Segments], sounds: CallSounds, embedder: Embedder
) -> Generator[ToldCall]:
    """The voices of each call, in order; `speech` are the segments (ms) in which its channel sounds, by call id.

    A recording that can't be read any more costs its own call only.
    """
    threads = ThreadPoolExecutor(_cores(), thread_name_prefix="voices")
    try:
        yield from threads.map(partial(_tell, speech=speech, sounds=sounds, embedder=embedder), calls)
    finally:
        threads.shutdown(cancel_futures=True)


def _tell(call: UsableCall, *, speech: Mapping[str, Segments], sounds: CallSounds, embedder: Embedder) -> ToldCall:
    try:
        with sounds.hold(call.form, call.sources) as path:
            # several recordings are put together as the channels of the call
            sound = channel_sound(path, call.sources[0].source_channel if len(call.sources) == 1 else 0)
            return ToldCall(call, tell_voices(sound, speech.get(call.call_id, ()), embedder))
    except (UnusableAudio, RecordingGone, ObjectRefused, OSError) as error:
        return ToldCall(call, None, str(error))


def channel_sound(path: Path, channel_id: int) -> Iterator[Samples]:
    """One channel of a file at `VOICE_RATE`, in pieces. Raises `UnusableAudio`."""
    with open_audio(path) as audio:
        resampler = Resampler(audio.sample_rate, VOICE_RATE)
    for block in decode_blocks(path):
        yield resampler.feed(block[channel_id])
    yield resampler.finish()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
