"""Cuts sound at its pauses into pieces that a server takes in one request, and leaves out where nobody speaks.

Each piece's place in the recording is known, so what the server says of it can be dated even when it gives no times.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import webrtcvad

from qa_pipeline.audio.samples import Samples
from qa_pipeline.local_service.recognizers.mono_sound import SPEECH_RATE

FRAME_MS = 20
FRAME = SPEECH_RATE * FRAME_MS // 1000
"""Samples of a frame, of a length that the detector takes."""

DETECTOR_MODE = 2
"""How strict WebRTC's detector is, 0 to 3. A piece too many costs a request, one too few costs words."""

FLOOR_RMS = 18.4
"""-65 dB of full scale: nobody hears a voice under it, whatever the detector says of line noise."""

START_FRAMES = 3
PAD_FRAMES = 10
"""Kept before and behind the speech (200 ms): the detector hears the middle of sounds better than their ends."""

PAUSE_FRAMES = 30
"""A pause that ends a piece (600 ms): between sentences, hardly ever within one."""

SOFT_LIMIT_FRAMES, SHORT_PAUSE_FRAMES = 750, 10
"""From 15 s on a pause of 200 ms is enough."""

HARD_LIMIT_FRAMES = 1400
"""28 s: a piece is cut here even within a word. Whisper takes 30 s at a time."""


_Frame = tuple[Samples, bool]
"""A frame's samples, and whether somebody speaks in it."""


@dataclass(frozen=True, slots=True)
class SpeechCut:
    """A piece with speech in it; `first` counts samples at `SPEECH_RATE` from the start of the recording.

    `is_speech` says of each frame of 20 ms whether somebody speaks in it.
    """

    first: int
    samples: Samples
    is_speech: tuple[bool, ...]

    @property
    def begin_ms(self) -> int:
        """Where it begins, in ms from the start of the recording."""
        return round(self.first * 1000 / SPEECH_RATE)

    @property
    def end_ms(self) -> int:
        """Where the piece ends, ms from the start of the channel."""
        return round((self.first + len(self.samples)) * 1000 / SPEECH_RATE)


def speech_cuts(sound: Iterator[Samples]) -> Iterator[SpeechCut]:
    """The pieces in order; `sound` is mono at `SPEECH_RATE`, in pieces of any length."""
    cutter = _Cutter()
    for frame in _frames(sound):
        cut = cutter.take(frame)
        if cut is not None:
            yield cut
    last = cutter.close()
    if last is not None:
        yield last


def _frames(sound: Iterator[Samples]) -> Iterator[Samples]:
    """Frames of `FRAME` samples; the last is filled up with silence."""
    waiting: Samples = np.zeros(0, np.int16)
    for piece in sound:
        held = np.concatenate([waiting, piece])
        whole = len(held) - len(held) % FRAME
        yield from held[:whole].reshape(-1, FRAME)
        waiting = held[whole:]
    if len(waiting):
        yield np.concatenate([waiting, np.zeros(FRAME - len(waiting), np.int16)])


class _Cutter:
    """Either waits for speech, with the last frames in hand, or collects a piece until a pause."""

    def __init__(self) -> None:
        self._detector = webrtcvad.Vad(DETECTOR_MODE)
        self._seen = 0
        self._lead: deque[_Frame] = deque(maxlen=PAD_FRAMES)
        self._streak = 0
        self._piece: list[_Frame] = []
        self._silent = 0

    def take(self, frame: Samples) -> SpeechCut | None:
        """The piece that ends with this frame, if one does."""
        self._seen += 1
        is_speech = self._is_speech(frame)
        if self._piece:
            return self._collect(frame, is_speech)
        self._lead.append((frame, is_speech))
        self._streak = self._streak + 1 if is_speech else 0
        # one frame alone is a click
        if self._streak == START_FRAMES:
            self._piece, self._silent = list(self._lead), 0
        return None

    def close(self) -> SpeechCut | None:
        """What is being collected, without the silence at its end."""
        if not self._piece:
            return None
        frames, behind = self._piece, max(0, self._silent - PAD_FRAMES)
        kept = frames[: len(frames) - behind]
        first = (self._seen - len(frames)) * FRAME
        self._piece, self._streak = [], 0
        # the silence cut off here is the lead of the next piece
        self._lead = deque(frames[len(kept) :], maxlen=PAD_FRAMES)
        return SpeechCut(first, np.concatenate([frame for frame, _ in kept]), tuple(is_speech for _, is_speech in kept))

    def _collect(self, frame: Samples, is_speech: bool) -> SpeechCut | None:
        self._piece.append((frame, is_speech))
        self._silent = 0 if is_speech else self._silent + 1
        pause = PAUSE_FRAMES if len(self._piece) < SOFT_LIMIT_FRAMES else SHORT_PAUSE_FRAMES
        if self._silent >= pause or len(self._piece) >= HARD_LIMIT_FRAMES:
            return self.close()
        return None

    def _is_speech(self, frame: Samples) -> bool:
        rms = float(np.sqrt(np.mean(np.square(frame.astype(np.float32)))))
        # the level first: it is the cheaper question
        return rms >= FLOOR_RMS and bool(self._detector.is_speech(frame.tobytes(), SPEECH_RATE))
