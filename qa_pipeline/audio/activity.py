"""When somebody speaks on a channel: WebRTC's voice activity detector, and what smooths its frames into segments.

The detector knows voice-like sound from noise by its spectrum, nothing of words: hold music, ringing and a
television count as speech. What was said is the transcripts' to tell; the two are held against each other later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import webrtcvad
from numpy.typing import NDArray

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.levels import FULL_SCALE, decibels, power_of
from qa_pipeline.audio.resampling import ANALYSIS_RATE
from qa_pipeline.audio.samples import Samples


@dataclass(frozen=True)
class SpeechActivity:
    """`segments_ms`: (begin, end) from the start of the recording, in order, apart, none empty. `speech_s`: their
    length. `loudness_db`: RMS level of the frames that were taken for speech, pauses left out, in dB of full scale to
    0.1; None without speech."""

    segments_ms: tuple[tuple[int, int], ...]
    speech_s: float
    loudness_db: float | None


class ActivityDetector:
    """Takes one channel's samples at `ANALYSIS_RATE`, in pieces of any length."""

    def __init__(self, options: AcousticOptions) -> None:
        self._options = options
        self._frame = ANALYSIS_RATE * options.vad_frame_ms // 1000
        self._floor = power_of(options.activity_floor_db)
        self._gain = np.float32(10.0 ** (options.vad_gain_db / 20.0))
        self._detector = webrtcvad.Vad(options.vad_mode)
        self._waiting: Samples = np.zeros(0, np.int16)
        self._active = bytearray()
        self._speech_power = 0.0
        self._speech_frames = 0

    def feed(self, samples: Samples) -> None:
        held = np.concatenate([self._waiting, samples])
        whole = held.size - held.size % self._frame
        frames, self._waiting = held[:whole].reshape(-1, self._frame), held[whole:]
        floats = frames.astype(np.float32)
        power = np.einsum("fs,fs->f", floats, floats) / self._frame
        active = self._speech_like(floats, power)
        self._active += active.tobytes()
        self._speech_power += float(power[active].sum(dtype=np.float64))
        self._speech_frames += int(active.sum())

    def finish(self, duration_ms: int) -> SpeechActivity:
        """Segments of all that was fed; none ends behind `duration_ms`. Less than a frame at the end is left out."""
        found = segments(np.frombuffer(self._active, bool), self._options)
        kept = tuple((begin, min(end, duration_ms)) for begin, end in found if begin < duration_ms)
        loud = round(decibels(self._speech_power / self._speech_frames), 1) if kept else None
        return SpeechActivity(kept, sum(end - begin for begin, end in kept) / 1000, loud)

    def _speech_like(self, frames: NDArray[np.float32], power: NDArray[np.floating]) -> NDArray[np.bool_]:
        """The detector's word on each frame above the floor. It is asked in order: it learns the noise as it goes."""
        amplified = np.clip(frames * self._gain, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        data, size, length = amplified.tobytes(), 2 * self._frame, self._frame
        is_speech = self._detector.is_speech
        loud = np.flatnonzero(power >= self._floor)
        said = [is_speech(data[at : at + size], ANALYSIS_RATE, length) for at in (loud * size).tolist()]
        active = np.zeros(len(frames), bool)
        active[loud] = said
        return active


def segments(active: NDArray[np.bool_], options: AcousticOptions) -> list[tuple[int, int]]:
    """Frames as segments in ms: pauses under `min_pause_ms` are closed, then sounds under `min_speech_ms` dropped."""
    edges = np.flatnonzero(np.diff(active, prepend=False, append=False)) * options.vad_frame_ms
    begins, ends = edges[::2], edges[1::2]
    if not begins.size:
        return []
    apart = begins[1:] - ends[:-1] >= options.min_pause_ms
    begins, ends = begins[np.append(True, apart)], ends[np.append(apart, True)]
    kept = ends - begins >= options.min_speech_ms
    return list(zip(begins[kept].tolist(), ends[kept].tolist(), strict=True))
