"""Stretches of speech packed into the windows that Whisper takes, and the way back: each word to its own stretch.

The model listens to 30 s at a time at the same cost, however little is said in them, so stretches are put one behind
the other without the pauses between. A word's place in the window says in which stretch it was said, and so when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from qa_pipeline.audio.samples import Samples
from qa_pipeline.local_service.recognizers.mono_sound import SPEECH_RATE
from qa_pipeline.local_service.recognizers.speech_cuts import FRAME, FRAME_MS, SpeechCut

WINDOW_SAMPLES = 28 * SPEECH_RATE
"""Two seconds less than the model takes: it was trained on speech that ends before its window does."""

EDGE_FRAMES = 5
"""Frames by which a word's time may be wrong, without being in another stretch."""

FRAME_S = FRAME / SPEECH_RATE


@dataclass(frozen=True, slots=True)
class Window:
    """Stretches that are heard together."""

    cuts: tuple[SpeechCut, ...]

    @property
    def samples(self) -> Samples:
        """Their sound, one behind the other."""
        joined: Samples = np.concatenate([cut.samples for cut in self.cuts])
        return joined

    def sound_of(self, begin_ms: int, end_ms: int) -> Samples:
        """What was said in that time of the recording, where it is in the window."""
        parts = []
        for cut in self.cuts:
            begin, end = (max(0, (ms - cut.begin_ms) * SPEECH_RATE // 1000) for ms in (begin_ms, end_ms))
            parts.append(cut.samples[begin:end])
        joined: Samples = np.concatenate(parts)
        return joined

    @property
    def speech_s(self) -> float:
        """Seconds in which somebody speaks."""
        return sum(map(sum, (cut.is_speech for cut in self.cuts))) * FRAME_S


def pack(cuts: Iterable[SpeechCut]) -> Iterator[Window]:
    """The stretches in order, as many to a window as it takes."""
    held: list[SpeechCut] = []
    room = WINDOW_SAMPLES
    for cut in cuts:
        if held and len(cut.samples) > room:
            yield Window(tuple(held))
            held, room = [], WINDOW_SAMPLES
        held.append(cut)
        room -= len(cut.samples)
    if held:
        yield Window(tuple(held))


class WindowClock:
    """Turns times within one window into a stretch and times of the recording."""

    def __init__(self, window: Window) -> None:
        self._cuts = window.cuts
        lengths = [len(cut.is_speech) for cut in window.cuts]
        self._offsets = np.concatenate([[0], np.cumsum(lengths)])
        self._speech = np.concatenate([np.array(cut.is_speech, bool) for cut in window.cuts])
        self._spoken_until = np.concatenate([[0], np.cumsum(self._speech)])

    def place(self, begin_s: float, end_s: float, first_cut: int) -> tuple[int, int, int]:
        """Stretch (its number, not below `first_cut`), begin and end in ms of the recording of a word of the window.

        It belongs to the stretch in which most of its speech lies, and lasts no longer than somebody speaks there.
        """
        begin, end = self._frames(begin_s, end_s)
        number = self._cut_of(begin, end, first_cut)
        lowest, highest = int(self._offsets[number]), int(self._offsets[number + 1])
        begin, end = min(max(begin, lowest), highest - 1), max(min(end, highest), lowest + 1)
        spoken = np.flatnonzero(self._speech[begin : max(end, begin + 1)])
        if len(spoken):
            begin, end = begin + int(spoken[0]), begin + int(spoken[-1]) + 1
        start_ms = self._cuts[number].begin_ms
        return number, start_ms + (begin - lowest) * FRAME_MS, start_ms + (max(end, begin + 1) - lowest) * FRAME_MS

    def is_one_stretch(self, begin_s: float, end_s: float) -> bool:
        """Whether two times lie in the same stretch, or next to its edge."""
        begin, end = self._frames(begin_s, end_s)
        edges = self._offsets[1:-1]
        return not bool(np.any((edges > begin + EDGE_FRAMES) & (edges < end - EDGE_FRAMES)))

    def pause_ms(self, number: int, from_ms: int, until_ms: int) -> int:
        """The longest time between two moments of a stretch in which nobody speaks."""
        cut = self._cuts[number]
        frames = cut.is_speech[(from_ms - cut.begin_ms) // FRAME_MS : (until_ms - cut.begin_ms) // FRAME_MS]
        longest = run = 0
        for is_speech in frames:
            run = 0 if is_speech else run + 1
            longest = max(longest, run)
        return longest * FRAME_MS

    def _frames(self, begin_s: float, end_s: float) -> tuple[int, int]:
        last = int(self._offsets[-1])
        begin = min(round(begin_s / FRAME_S), last - 1)
        return begin, min(max(round(end_s / FRAME_S), begin + 1), last)

    def _cut_of(self, begin: int, end: int, first_cut: int) -> int:
        spoken = [
            int(self._spoken_until[min(end, high)] - self._spoken_until[min(max(begin, low), high)])
            if high > begin
            else 0
            for low, high in zip(self._offsets[:-1], self._offsets[1:], strict=True)
        ]
        middle = int(np.searchsorted(self._offsets, (begin + end) / 2, side="right")) - 1
        best = max(range(len(spoken)), key=lambda number: (spoken[number], number == middle))
        return max(best, first_cut)
