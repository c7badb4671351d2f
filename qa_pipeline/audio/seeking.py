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
from itertools import islice
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

_FRAMES_LOOKED_AT = 6
STAMP_S = 0.0011
"""Stamps of Matroska and FLV are whole milliseconds: a frame begins up to so much beside its stamp."""

SECONDS_PER_BLOCK = 4
_ALONE = "pcm_"
_CONVERGES = frozenset(
    {
        "adpcm_g722", "adpcm_g726", "adpcm_g726le", "alac", "amr_nb", "amr_wb", "flac", "g729", "gsm", "gsm_ms", "mp1",
        "mp2", "speex", "wmav1", "wmav2",
    }
)  # fmt: skip
"""Codings whose decoder gives the same samples again some seconds after it was begun anywhere."""
_FILLS_IN_NOISE = frozenset({"aac", "ac3", "eac3", "opus"})
"""Codings whose decoder fills in noise that depends on all that was decoded before. A listener takes one noise for the
other, so a part is given all the same where it can be found: by a `FrameIndex`, or by time stamps. As each stretch has
a decoder of its own, the noise of a stretch is always the same."""
_BY_POSITION = frozenset({"wav", "w64", "aiff", "au", "caf", "nistsphere"})
"""FFmpeg's formats in which the place of a sample follows from its number."""


@dataclass(frozen=True, slots=True)
class FrameClock:
    """When the sound begins by its own stamps (s), how many samples its first frame gives, and how many each of the
    others; 0 where they differ."""

    origin_s: float = 0.0
    first: int = 0
    others: int = 0

    def sample_at(self, stamp_s: float, rate: int) -> int:
        """The number of the sample that a frame with this stamp begins with: that of a whole number of frames, where
        the stamp agrees."""
        stamped = round((stamp_s - self.origin_s) * rate)
        if not self.others or stamped <= 0:
            return stamped
        counted = self.first + max(-1, round((stamped - self.first) / self.others)) * self.others
        return counted if counted >= 0 and abs(counted - stamped) <= STAMP_S * rate else stamped


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
    clock: FrameClock = field(default_factory=FrameClock, compare=False, repr=False)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return 2 * self.channels

    @property
    def size_bytes(self) -> int:
        """The bytes of all samples, without the header."""
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
        is_found = audio.codec in _FILLS_IN_NOISE and audio.format.ffmpeg_format in TIMED_BY_STAMPS
        if not (is_alone or index is not None or is_found or audio.codec in _CONVERGES):
            return None
        is_exact = audio.format.ffmpeg_format in _BY_POSITION and is_alone
        frames = round(duration_s * audio.sample_rate)
        if is_exact:
            frames = _counted_frames(audio, frames)
        elif audio.format.ffmpeg_format in TIMED_BY_STAMPS and not _stamps_agree(audio, duration_s):
            return None
        if not is_exact and index is None and not _is_seekable(audio, duration_s):
            return None
        clock = FrameClock() if is_exact or index is not None else _clock_of(path)
        return PcmView(path, audio.sample_rate, audio.channels, frames, is_exact, index, clock)


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
    for begin, stop in _stretches(view, first, end):
        for block in _placed(view, _pieces(view, begin), begin, stop):
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


def _is_seekable(audio: OpenAudio, duration_s: float) -> bool:
    """Whether places are found at all: of a file whose index names no frame to begin with, none is."""
    try:
        audio.container.seek(round(duration_s / 2 * av.time_base))
    except av.FFmpegError:
        return False
    return True


def _stretches(view: PcmView, first: int, end: int) -> Iterator[tuple[int, int]]:
    if view.is_exact:
        yield first, end
        return
    length = STRETCH_S * view.sample_rate
    for number in range(first // length, (end - 1) // length + 1):
        yield max(first, number * length), min(end, (number + 1) * length)


def _clock_of(path: Path) -> FrameClock:
    """Of the first frames, as they are decoded from the beginning."""
    with open_audio(path) as audio:
        decoded = islice(decode_from(path, audio, at_beginning=True), _FRAMES_LOOKED_AT)
        frames = [(stamp_s, samples.shape[1]) for stamp_s, samples in decoded if samples.shape[1]]
    if not frames:
        return FrameClock()
    others = {length for _, length in frames[1:]}
    return FrameClock(frames[0][0] or 0.0, frames[0][1], others.pop() if len(others) == 1 else 0)


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


def _pieces(view: PcmView, begin: int) -> Iterator[tuple[int, Samples]]:
    """What is decoded from a while before `begin` on, each piece with the number of its first sample."""
    rate = view.sample_rate
    anchor_s = (begin if view.is_exact else begin // (STRETCH_S * rate) * STRETCH_S * rate) / rate
    if view.index is not None and anchor_s > LEAD_S:
        at, offset = view.index.before(round((anchor_s - LEAD_S) * rate))
        with open_part(view.path, view.index.head, offset, view.index.end) as part:
            yield from _counted(decode_from(view.path, part, at_beginning=False), at)
        return
    with open_audio(view.path) as audio:
        # FFmpeg leaves out the padding in front only where it was not sent elsewhere before
        is_beginning = not view.is_exact and anchor_s <= LEAD_S
        if not is_beginning:
            target_s = view.clock.origin_s + anchor_s - (0.0 if view.is_exact else LEAD_S)
            base = audio.stream.time_base or Fraction(1, rate)
            audio.container.seek(math.floor(Fraction(target_s) / base), stream=audio.stream)
        decoded = decode_from(view.path, audio, at_beginning=is_beginning)
        yield from _numbered(decoded, view.clock, rate) if view.index is None else _counted(decoded, 0)


def _counted(decoded: Iterator[tuple[float | None, Samples]], at: int) -> Iterator[tuple[int, Samples]]:
    """Each piece behind the one before, whatever its stamp says: those of MP3 begin behind the padding."""
    for _, samples in decoded:
        yield at, samples
        at += samples.shape[1]


def _numbered(
    decoded: Iterator[tuple[float | None, Samples]], clock: FrameClock, rate: int
) -> Iterator[tuple[int, Samples]]:
    """The first by its stamp, the others behind it unless their stamps leave a gap."""
    follows: int | None = None
    for stamp_s, samples in decoded:
        stamped = None if stamp_s is None else clock.sample_at(stamp_s, rate)
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
