"""Any part of a recording as 16-bit PCM, without decoding what lies before it.

A *view* is the whole recording as samples; a part of it is always the same samples, whichever part was asked for. Of
codings whose samples stand for themselves (PCM, G.711) the view is exactly what
`decode_blocks` gives. Decoders of the others remember what came before: their view is made of stretches, each decoded
from a few seconds before its beginning, by which time what was forgotten no longer matters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from qa_pipeline.audio.containers import OpenAudio, open_audio, open_part
from qa_pipeline.audio.decoding import decode_from
from qa_pipeline.audio.frame_index import FrameIndex, frame_index
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.timeline import SHORTEST_GAP_S, TIMED_BY_STAMPS

STRETCH_S = 30
LEAD_S = 4.0
"""Decoded before a stretch and thrown away. Measured on speech: see tests/audio/test_seeking.py."""

DURATION_TOLERANCE_S = 0.5
"""By how much the length that a container counts may differ from the one that was measured, for its stamps to be
believed: those of files joined one after the other begin anew."""

SECONDS_PER_BLOCK = 4
_ALONE = "pcm_"
_CONVERGES = frozenset(
    {
        "adpcm_g722", "adpcm_g726", "adpcm_g726le", "alac", "amr_nb", "amr_wb", "g729", "gsm", "gsm_ms", "mp1", "mp2",
        "speex", "wmav1", "wmav2",
    }
)  # fmt: skip
"""Codings whose decoder gives the same samples again some seconds after it was begun anywhere. AAC, AC-3 and Opus fill
in noise that depends on all that was decoded before; a listener takes one noise for the other, so of a file that has a
`FrameIndex` a part is given all the same."""
_BY_POSITION = frozenset({"wav", "w64", "aiff", "au", "caf", "nistsphere"})
"""FFmpeg's formats in which the place of a sample follows from its number."""


@dataclass(frozen=True, slots=True)
class PcmView:
    """A recording as `frames` samples for each of `channels` at `sample_rate` Hz. `is_exact`: see above;
    `index` is of one whose format has none."""

    path: Path
    sample_rate: int
    channels: int
    frames: int
    is_exact: bool
    index: FrameIndex | None = field(default=None, compare=False, repr=False)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return 2 * self.channels

    @property
    def size_bytes(self) -> int:
        """Of all samples."""
        return self.frames * self.frame_bytes


def pcm_view(path: Path, duration_s: float) -> PcmView | None:
    """The view of a recording that was measured to be `duration_s` long; None where its parts can't be found without
    decoding it from the beginning.

    Raises:
        UnusableAudio: it can't be read.
    """
    with open_audio(path) as audio:
        is_alone = audio.codec.startswith(_ALONE)
        if audio.audio_streams > 1:
            return None
        index = None if is_alone else frame_index(audio, round(duration_s * audio.sample_rate))
        if not (is_alone or index is not None or audio.codec in _CONVERGES):
            return None
        is_exact = audio.format.ffmpeg_format in _BY_POSITION and is_alone
        frames = round(duration_s * audio.sample_rate)
        if is_exact:
            frames = _counted_frames(audio, frames)
        elif audio.format.ffmpeg_format in TIMED_BY_STAMPS and not _stamps_agree(audio, duration_s):
            return None
        return PcmView(path, audio.sample_rate, audio.channels, frames, is_exact, index)


def is_misread(path: Path) -> bool:
    """Whether players would hear something else than is meant, because the header of a WAV file is wrong.

    Raises:
        UnusableAudio: it can't be read.
    """
    with open_audio(path) as audio:
        return audio.wav is not None and audio.wav.is_misread_by_others


def read_frames(view: PcmView, first: int, end: int) -> Iterator[bytes]:
    """The samples `first` up to and without `end`, little-endian and interleaved, some seconds at a time.

    Raises:
        UnusableAudio: the recording can't be read, also after some of it was given.
    """
    if first >= end:
        return
    with open_audio(view.path) as audio:
        origin_s = 0.0 if view.is_exact else _first_stamp(view.path)
        for begin, stop in _stretches(view, first, end):
            for block in _placed(view, _pieces(view, audio, origin_s, begin), begin, stop):
                yield np.ascontiguousarray(block.T).astype("<i2", copy=False).tobytes()


def _counted_frames(audio: OpenAudio, measured: int) -> int:
    """To the sample, where the header counts what was measured to the millisecond."""
    duration, base = audio.stream.duration, audio.stream.time_base
    if duration is None or base is None:
        return measured
    counted = round(duration * base * audio.sample_rate)
    return counted if abs(counted - measured) <= audio.sample_rate / 1000 else measured


def _stamps_agree(audio: OpenAudio, duration_s: float) -> bool:
    counted = audio.container.duration
    return counted is not None and abs(counted / av.time_base - duration_s) <= DURATION_TOLERANCE_S


def _stretches(view: PcmView, first: int, end: int) -> Iterator[tuple[int, int]]:
    if view.is_exact:
        yield first, end
        return
    length = STRETCH_S * view.sample_rate
    for number in range(first // length, (end - 1) // length + 1):
        yield max(first, number * length), min(end, (number + 1) * length)


def _first_stamp(path: Path) -> float:
    """When the sound begins by its own clock, in s."""
    with open_audio(path) as audio:
        return next((stamp_s or 0.0 for stamp_s, _ in decode_from(path, audio, at_beginning=True)), 0.0)


def _placed(view: PcmView, pieces: Iterator[tuple[int, Samples]], begin: int, end: int) -> Iterator[Samples]:
    """Samples from `begin` to `end`, with silence where there is nothing: in a gap, and behind the end."""
    at = begin
    for start, samples in _joined(view, pieces, end):
        if start > at:
            yield from _silence(view, at, min(start, end))
            at = min(start, end)
        wanted = samples[:, max(0, at - start) : end - start]
        if wanted.shape[1]:
            yield wanted
            at += wanted.shape[1]
        if at >= end:
            return
    yield from _silence(view, at, end)


def _pieces(view: PcmView, audio: OpenAudio, origin_s: float, begin: int) -> Iterator[tuple[int, Samples]]:
    """What is decoded from a while before `begin` on, each piece with the number of its first sample."""
    rate = view.sample_rate
    anchor_s = (begin if view.is_exact else begin // (STRETCH_S * rate) * STRETCH_S * rate) / rate
    if not view.is_exact and anchor_s <= LEAD_S:
        # FFmpeg leaves out the padding in front only where it was not sent elsewhere before
        with open_audio(view.path) as fresh:
            yield from _numbered(decode_from(view.path, fresh, at_beginning=True), origin_s, rate)
        return
    if view.index is not None:
        at, offset = view.index.before(round((anchor_s - LEAD_S) * rate))
        with open_part(view.path, view.index.head, offset, view.index.end) as part:
            for _, samples in decode_from(view.path, part, at_beginning=False):
                yield at, samples
                at += samples.shape[1]
        return
    target_s = origin_s + anchor_s - (0.0 if view.is_exact else LEAD_S)
    base = audio.stream.time_base or Fraction(1, rate)
    audio.container.seek(math.floor(Fraction(target_s) / base), stream=audio.stream)
    yield from _numbered(decode_from(view.path, audio, at_beginning=False), origin_s, rate)


def _numbered(
    decoded: Iterator[tuple[float | None, Samples]], origin_s: float, rate: int
) -> Iterator[tuple[int, Samples]]:
    """The first by its stamp, the others behind it unless their stamps leave a gap."""
    follows: int | None = None
    for stamp_s, samples in decoded:
        stamped = None if stamp_s is None else round((stamp_s - origin_s) * rate)
        if follows is None:
            follows = stamped or 0
        elif stamped is not None and stamped - follows >= SHORTEST_GAP_S * rate:
            follows = stamped
        yield follows, samples
        follows += samples.shape[1]


def _joined(view: PcmView, pieces: Iterator[tuple[int, Samples]], end: int) -> Iterator[tuple[int, Samples]]:
    """Pieces that follow one another in blocks of some seconds: a packet of AMR lasts 20 ms."""
    most = SECONDS_PER_BLOCK * view.sample_rate
    start, held, length = 0, list[Samples](), 0
    for at, samples in pieces:
        if held and (at != start + length or length >= most):
            yield start, np.concatenate(held, axis=1)
            held, length = [], 0
        if not held:
            start = at
        held.append(samples)
        length += samples.shape[1]
        if start + length >= end:
            break
    if held:
        yield start, np.concatenate(held, axis=1)


def _silence(view: PcmView, begin: int, end: int) -> Iterator[Samples]:
    for at in range(begin, end, view.sample_rate):
        yield np.zeros((view.channels, min(view.sample_rate, end - at)), np.int16)
