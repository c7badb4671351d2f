"""A file with several audio streams, a party on each: its tracks, and their sound as channels side by side.

Screen recorders, conference servers and some call recorders keep each party in a stream of its own, mono or stereo.
Each stream is mixed down to one channel and placed by its time stamps, so that a track that begins later, or pauses,
stays in step with the others. The streams are read next to each other, so memory is that of some seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream

from qa_pipeline.audio.containers import open_audio
from qa_pipeline.audio.faults import AudioFault, UnusableAudio, shown
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.side_by_side import InStep

BLOCK_S = 10.0
LATE_S = 0.1
"""Time stamps that are off by less are rounding, not a pause."""


@dataclass(frozen=True, slots=True)
class Track:
    """One audio stream: the title and language in its tags, its channels (0 where its coding is not known), and where
    it ends, in seconds from the beginning of the file."""

    title: str | None
    language: str | None
    channels: int
    end_s: float


def tracks_of(path: Path) -> tuple[Track, ...]:
    """The audio streams of a file, in order; reads its packets, decodes nothing.

    Raises:
        UnusableAudio: it can't be read.
    """
    with open_audio(path) as audio:
        streams = audio.container.streams.audio
        ends = dict.fromkeys((stream.index for stream in streams), 0.0)
        try:
            for packet in audio.container.demux(list(streams)):
                if packet.pts is not None and packet.time_base is not None:
                    end_s = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                    ends[packet.stream.index] = max(ends[packet.stream.index], end_s)
        except av.FFmpegError as error:
            raise UnusableAudio(
                AudioFault.UNREADABLE, f"{shown(path)} breaks off while it is read ({error.strerror})."
            ) from error
        return tuple(
            Track(
                title=_tag(stream, "title") or _tag(stream, "handler_name"),
                language=_tag(stream, "language"),
                channels=getattr(stream.codec_context, "channels", 0),
                end_s=round(ends[stream.index], 3),
            )
            for stream in streams
        )


def _tag(stream: AudioStream, name: str) -> str | None:
    tags = {key.casefold(): value.strip() for key, value in stream.metadata.items()}
    return tags.get(name) or None


def track_blocks(path: Path, rate: int) -> Iterator[Samples]:
    """Yields int16 arrays of shape (tracks, samples) at `rate` Hz, a channel per track, as long as the longest track.

    Raises:
        UnusableAudio: a track can't be decoded.
    """
    with open_audio(path) as audio:
        tracks = audio.audio_streams
    readers = [InStep(_placed(path, index, rate), 1) for index in range(tracks)]
    while True:
        rows = [reader.read(round(BLOCK_S * rate))[0] for reader in readers]
        longest = max(len(row) for row in rows)
        if not longest:
            return
        block = np.zeros((tracks, longest), np.int16)
        for target, samples in zip(block, rows, strict=True):
            target[: len(samples)] = samples
        yield block


def _placed(path: Path, index: int, rate: int) -> Iterator[Samples]:
    """One track as one channel, with silence where its time stamps leave a gap."""
    with open_audio(path) as audio:
        stream = audio.container.streams.audio[index]
        mixer = av.AudioResampler(format="s16", layout="mono", rate=rate)
        reached_s = 0.0
        try:
            for frame in audio.container.decode(stream):
                gap_s = 0.0 if frame.time is None else frame.time - reached_s
                if gap_s > LATE_S:
                    yield from _silence(gap_s, rate)
                    reached_s += gap_s
                reached_s += frame.samples / frame.sample_rate
                frame.pts = None  # the mixer would fill gaps by its own measure
                yield from _mono(mixer.resample(frame))
            yield from _mono(mixer.resample(None))
        except av.FFmpegError as error:
            raise UnusableAudio(
                AudioFault.UNREADABLE,
                f"Track {index} of {shown(path)} can't be decoded from {reached_s:.1f} s on ({error.strerror}).",
            ) from error


def _mono(frames: list[av.AudioFrame]) -> Iterator[Samples]:
    for frame in frames:
        yield np.ascontiguousarray(frame.to_ndarray().astype(np.int16, copy=False)[:1])


def _silence(seconds: float, rate: int) -> Iterator[Samples]:
    """A gap of any length, in pieces of a second."""
    left = round(seconds * rate)
    for begin in range(0, left, rate):
        yield np.zeros((1, min(rate, left - begin)), np.int16)
