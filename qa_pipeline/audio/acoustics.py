"""Everything that is measured of a recording's sound, in one pass over it and in bounded memory.

Twelve hours of stereo at 8 kHz need some 15 MiB more than a minute: what grows with the length is one number and
20 pixels per second, a byte per frame of the detector and the segments of speech.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.activity import ActivityDetector
from qa_pipeline.audio.containers import REPEAT_ADVICE, open_audio
from qa_pipeline.audio.copies import is_only_a_copy
from qa_pipeline.audio.correlation import PairCorrelator, PairLikeness
from qa_pipeline.audio.decoding import ChannelDigests, decode_blocks
from qa_pipeline.audio.faults import AudioFault, UnusableAudio, shown
from qa_pipeline.audio.line_silence import LineSilenceMeter
from qa_pipeline.audio.loudness import LoudnessMeter
from qa_pipeline.audio.peaks import WaveformPeaks
from qa_pipeline.audio.probing import probe
from qa_pipeline.audio.resampling import Resampler
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.sounds import Sound, SoundDetector


@dataclass(frozen=True)
class ChannelAcoustics:
    """One channel. `segments_ms`: speech as (begin, end) from the start of the recording. `sounds`: ringing, tones and
    music, which are no speech. `speech_ratio`: share of the recording's length. Levels in dB of full scale (see
    `loudness.Loudness`); `speech_loudness_db` is the level of the speech alone, None without any. `line_lead_s` and
    `line_gap_s`: see `line_silence.SilenceOfLine`. `waveform`: see `peaks.WaveformPeaks`. `digest`: as in
    `decoding.ChannelDigests`. `is_copy`: it holds nothing but a faint copy of the other channel, whose speech is not
    counted here (see `copies.is_only_a_copy`)."""

    channel_id: int
    digest: str
    segments_ms: tuple[tuple[int, int], ...]
    speech_s: float
    speech_ratio: float
    speech_loudness_db: float | None
    loudness_db: float
    loudness_per_s_db: tuple[float, ...]
    peak_db: float
    clipping_ratio: float
    waveform: bytes
    line_lead_s: float = 0.0
    line_gap_s: float = 0.0
    sounds: tuple[Sound, ...] = ()
    is_copy: bool = False


@dataclass(frozen=True)
class Acoustics:
    """One recording. `frames`: samples a channel, as decoded. `pair`: channels 0 and 1 against each other, None where
    there is one only. `missing`: why the sound is not all there, None if it is."""

    sample_rate: int
    frames: int
    channels: tuple[ChannelAcoustics, ...]
    pair: PairLikeness | None
    missing: str | None

    @property
    def duration_s(self) -> float:
        """Length of what was decoded, to the millisecond."""
        return round(self.frames / self.sample_rate, 3)

    @property
    def digests(self) -> ChannelDigests:
        """What `decoding.channel_digests` gives for the file, without decoding it once more."""
        return ChannelDigests(self.sample_rate, tuple(channel.digest for channel in self.channels), self.frames)


class _ChannelMeter:
    def __init__(self, sample_rate: int, options: AcousticOptions) -> None:
        self._digest = hashlib.sha256()
        self._loudness = LoudnessMeter(options)
        self._peaks = WaveformPeaks(sample_rate)
        self._line = LineSilenceMeter(sample_rate)
        self._resampler = Resampler(sample_rate)
        self._activity = ActivityDetector(options)
        self._detector = SoundDetector(options.activity_floor_db)
        self._sounds: list[Sound] = []

    def feed(self, seconds: Samples) -> Samples:
        """Whole seconds, shape (seconds, rate); gives them back at the rate of analysis."""
        # the same bytes on a big-endian machine
        self._digest.update(seconds.astype("<i2", copy=False).tobytes())
        self._loudness.feed(seconds)
        self._peaks.feed(seconds)
        self._line.feed(seconds)
        return self._analysed(self._resampler.feed(seconds.reshape(-1)))

    def drain(self) -> Samples:
        """What the resampler still held."""
        return self._analysed(self._resampler.finish())

    def finish(self, channel_id: int, duration_s: float) -> ChannelAcoustics:
        duration_ms = round(duration_s * 1000)
        sounds = (*self._sounds, *self._detector.finish(duration_ms))
        activity = self._activity.finish(duration_ms, sounds)
        loudness, line = self._loudness.finish(), self._line.finish()
        return ChannelAcoustics(
            channel_id=channel_id,
            digest=self._digest.hexdigest(),
            segments_ms=activity.segments_ms,
            sounds=sounds,
            speech_s=activity.speech_s,
            speech_ratio=activity.speech_s / duration_s,
            speech_loudness_db=activity.loudness_db,
            loudness_db=loudness.mean_db,
            loudness_per_s_db=loudness.per_second_db,
            peak_db=loudness.peak_db,
            clipping_ratio=loudness.clipping_ratio,
            waveform=self._peaks.finish(),
            line_lead_s=line.lead_s,
            line_gap_s=line.longest_s,
        )

    def _analysed(self, samples: Samples) -> Samples:
        self._activity.feed(samples)
        self._sounds += self._detector.feed(samples)
        return samples


class _Measurement:
    """One pass: takes decoded blocks, passes whole seconds on."""

    def __init__(self, sample_rate: int, channels: int, options: AcousticOptions) -> None:
        self.sample_rate = sample_rate
        self._options = options
        self._meters = [_ChannelMeter(sample_rate, options) for _ in range(channels)]
        self._pair = PairCorrelator(options) if channels > 1 else None
        self._waiting: Samples = np.zeros((channels, 0), np.int16)
        self.frames = 0

    def feed(self, block: Samples) -> None:
        self.frames += block.shape[1]
        held = np.concatenate([self._waiting, block], axis=1) if self._waiting.size else block
        # loudness and waveform count in seconds, whatever the blocks of the decoder
        whole = held.shape[1] - held.shape[1] % self.sample_rate
        if whole:
            self._measure(held[:, :whole], self.sample_rate)
        self._waiting = held[:, whole:]

    def finish(self, missing: str | None) -> Acoustics:
        if rest := self._waiting.shape[1]:
            # the last, shorter second
            self._measure(self._waiting, rest)
        self._compare([meter.drain() for meter in self._meters])
        duration_s = self.frames / self.sample_rate
        channels = tuple(meter.finish(number, duration_s) for number, meter in enumerate(self._meters))
        pair = self._pair.finish() if self._pair else None
        if pair:
            first, second, *others = channels  # the two parties; nobody is compared with the others
            channels = (self._own(first, second, pair), self._own(second, first, pair), *others)
        return Acoustics(self.sample_rate, self.frames, channels, pair, missing)

    def _own(self, channel: ChannelAcoustics, other: ChannelAcoustics, pair: PairLikeness) -> ChannelAcoustics:
        """Without speech that is the other party's."""
        levels = (channel.loudness_per_s_db, other.loudness_per_s_db)
        if not is_only_a_copy(pair, channel.channel_id, *levels, self._options):
            return channel
        return replace(channel, segments_ms=(), speech_s=0.0, speech_ratio=0.0, speech_loudness_db=None, is_copy=True)

    def _measure(self, samples: Samples, width: int) -> None:
        rows = zip(self._meters, samples, strict=True)
        self._compare([meter.feed(np.ascontiguousarray(row).reshape(-1, width)) for meter, row in rows])

    def _compare(self, analysed: list[Samples]) -> None:
        if self._pair:
            self._pair.feed(analysed[0], analysed[1])


def measure_acoustics(
    path: Path, options: AcousticOptions | None = None, *, expected_s: float | None = None
) -> Acoustics:
    """Measures a local file in one pass.

    What the file itself promises is looked at; `expected_s` is the length it should have besides, for example what was
    probed when it landed. Sound that can't be decoded to its end is measured up to the last block of ten seconds before
    the damage, and `missing` says why.

    Raises:
        UnusableAudio: it is not an audio file, or can't be decoded from its first ten seconds on.
    """
    options = options or AcousticOptions()
    promised = _shortfall(path)
    with open_audio(path) as audio:
        measurement = _Measurement(audio.sample_rate, audio.channels, options)
    broken = _feed_all(measurement, decode_blocks(path))
    found_s = measurement.frames / measurement.sample_rate
    if not (broken or promised) and expected_s is not None and expected_s - found_s > options.truncation_s:
        promised = f"{shown(path)} should last {expected_s:.2f} s and holds {found_s:.2f} s of sound; {REPEAT_ADVICE}."
    return measurement.finish(broken or promised)


def _feed_all(measurement: _Measurement, blocks: Iterator[Samples]) -> str | None:
    """Why it ended early, if it did; raises what happened before the first sound."""
    try:
        for block in blocks:
            measurement.feed(block)
    except UnusableAudio as error:
        if not measurement.frames:
            raise
        return error.sentence
    return None


def _shortfall(path: Path) -> str | None:
    """What the file lacks of the length its own header promises."""
    try:
        probe(path)
    except UnusableAudio as error:
        if error.code not in (AudioFault.TRUNCATED, AudioFault.UNREADABLE):
            raise
        return error.sentence
    return None
