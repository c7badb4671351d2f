"""Cuts of speech without the ringing, tones and music that the detector of voices takes for speech.

What sounds on a line is known up to a minute after it was heard, so cuts wait that long: a minute of sound is held,
however long the recording or the hold music in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from qa_pipeline.audio.resampling import Resampler
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.sounds import Sound, SoundDetector, signals_ms
from qa_pipeline.local_service.recognizers.mono_sound import SPEECH_RATE
from qa_pipeline.local_service.recognizers.speech_cuts import FRAME, FRAME_MS, SpeechCut, speech_cuts

SHORTEST_FRAMES = 8
"""Frames of 20 ms with speech in a stretch: the shortest answers ("mm") last that long, clicks less."""


def spoken_stretches(sound: Iterator[Samples]) -> Iterator[SpeechCut]:
    """The pieces of `speech_cuts` in which somebody speaks, in order, each without what is ringing, a tone or music.

    `sound` is mono at `SPEECH_RATE`, in pieces of any length.
    """
    line = _Line()
    waiting: deque[SpeechCut] = deque()
    for cut in speech_cuts(line.listened_to(sound)):
        waiting.append(cut)
        while waiting and waiting[0].end_ms <= line.known_ms:
            yield from line.speech_in(waiting.popleft())
    for cut in waiting:
        yield from line.speech_in(cut)


class _Line:
    """What sounds on the line besides speech, as far as it is known."""

    def __init__(self) -> None:
        self._detector = SoundDetector()
        self._resampler = Resampler(SPEECH_RATE)
        self._sounds: deque[Sound] = deque()
        self._is_over = False

    @property
    def known_ms(self) -> int:
        """Up to where speech and pauses are decided, ms from the start."""
        return self._detector.decided_ms

    def listened_to(self, sound: Iterator[Samples]) -> Iterator[Samples]:
        """The same pieces, each heard here before it is handed on."""
        samples = 0
        for piece in sound:
            samples += len(piece)
            self._sounds += self._detector.feed(self._resampler.feed(piece))
            yield piece
        self._sounds += self._detector.feed(self._resampler.finish())
        self._sounds += self._detector.finish(round(samples * 1000 / SPEECH_RATE))
        self._is_over = True

    def speech_in(self, cut: SpeechCut) -> Iterator[SpeechCut]:
        """What is left of a cut. Cuts come in order: what ended before this one is forgotten."""
        while self._sounds and self._sounds[0].end_ms <= cut.begin_ms:
            self._sounds.popleft()
        going_on = None if self._is_over else self._detector.under_way
        sounds = [*self._sounds, *([going_on] if going_on else [])]
        for begin, end in _runs(_is_clear(cut, sounds)):
            is_speech = cut.is_speech[begin:end]
            if sum(is_speech) >= SHORTEST_FRAMES:
                yield SpeechCut(cut.first + begin * FRAME, cut.samples[begin * FRAME : end * FRAME], is_speech)


def _is_clear(cut: SpeechCut, sounds: Iterable[Sound]) -> list[bool]:
    """Of each frame of the cut, whether none of the sounds reaches into it."""
    clear = np.ones(len(cut.is_speech), bool)
    for begin_ms, end_ms in signals_ms(sounds):
        begin = (begin_ms - cut.begin_ms) // FRAME_MS
        end = -((cut.begin_ms - end_ms) // FRAME_MS)
        clear[max(begin, 0) : max(end, 0)] = False
    return [bool(is_clear) for is_clear in clear]


def _runs(clear: list[bool]) -> Iterator[tuple[int, int]]:
    """First and last frame (the last left out) of each run of clear ones."""
    begin: int | None = None
    for at, is_clear in enumerate([*clear, False]):
        if is_clear and begin is None:
            begin = at
        elif not is_clear and begin is not None:
            yield begin, at
            begin = None
