"""Whether somebody speaks in a piece of sound, by more than a detector's word: a pitch that glides.

The detector of voices takes music, bells and rumble for speech too. Asked only where that alone would decide.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.samples import Samples
from qa_pipeline.local_service.recognizers.mono_sound import SPEECH_RATE

_RATE = SPEECH_RATE // 2
_FRAME, _STEP = 320, 128
"""40 ms, each 16 ms."""
_SHORTEST, _LONGEST = _RATE // 400, _RATE // 70
"""Samples of a period: voices from 400 to 70 Hz."""
_PERIODIC = 0.6
_LOUD_DB = 20
"""Fainter frames, against the loudest, say nothing."""
_VOICED = 0.3
_STILL, _LEAPS = 0.0025, 0.08
"""By how much of it a period changes from one frame to the next: less is a note, more is no pitch at all."""
_STEP_DB = 0.4
"""The median change of level from one frame to the next: of a hum it does not change."""
_GLIDING = 0.5
"""In 300 stretches of real speech it is 0.57 and more, in notes 0.2 at most."""


def is_spoken(samples: Samples) -> bool:
    """Whether a voice is heard in 16-bit mono sound at `SPEECH_RATE`; False for less than a tenth of a second."""
    halved = samples[: samples.size - samples.size % 2].astype(np.float32).reshape(-1, 2).mean(axis=1)
    if halved.size < _RATE // 10:
        return False
    frames = np.lib.stride_tricks.sliding_window_view(halved, _FRAME)[::_STEP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    level_db = 10 * np.log10(np.einsum("fs,fs->f", frames, frames) + 1)
    loud = level_db >= level_db.max() - _LOUD_DB
    strengths, periods = _pitches(frames)
    voiced = loud & (strengths >= _PERIODIC)
    pairs = voiced[1:] & voiced[:-1]
    if voiced.sum() < _VOICED * loud.sum() or not pairs.any():
        return False
    changes = np.abs(np.diff(periods))[pairs] / periods[1:][pairs]
    gliding = np.mean((changes > _STILL) & (changes < _LEAPS))
    steps_db = np.abs(np.diff(level_db))[pairs]
    return bool(gliding >= _GLIDING and np.median(steps_db) >= _STEP_DB)


def _pitches(frames: NDArray[np.float32]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """How periodic each frame is, 0 to 1, and its period in samples, parts of them too."""
    spectra = np.fft.rfft(frames, 2 * _FRAME)
    alike = np.fft.irfft(spectra.real**2 + spectra.imag**2)[:, : _LONGEST + 2]
    alike = alike / (alike[:, :1] + 1e-3) * (_FRAME / (_FRAME - np.arange(_LONGEST + 2)))
    at = _SHORTEST + alike[:, _SHORTEST : _LONGEST + 1].argmax(axis=1)
    row = np.arange(len(alike))
    before, here, after = alike[row, at - 1], alike[row, at], alike[row, at + 1]
    bend = before - 2 * here + after
    shift = np.where(np.abs(bend) > 1e-6, (before - after) / np.where(bend == 0, 1, 2 * bend), 0)
    return here, at + np.clip(shift, -0.5, 0.5)
