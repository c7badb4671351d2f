"""Names what sounds on a line and is not speech: ringing, tones and music.

A detector of voices takes all of them for speech, and a recognizer then writes words that nobody said. They are told by
lines that keep their pitch (`spectral_lines`): a tone or ringing is hardly anything else, music has so many of them
over seconds as no voice has. Where somebody speaks louder than a tone or music, it is speech.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.beeps import BeepFinder
from qa_pipeline.audio.resampling import Resampler
from qa_pipeline.audio.rhythm import STEP_MS, rhythmic
from qa_pipeline.audio.samples import Samples
from qa_pipeline.audio.sound_labels import MUSIC, NOTHING, RINGING, TONE, label_frames
from qa_pipeline.audio.spectral_lines import FRAME_MS, LineFinder, LineFrames

FLOOR_DB = -60.0
"""Nothing fainter is looked at: noise of quiet lines is at -75 to -60 dB."""

_BLOCK = 512
"""Windows that are decided together: 33 s."""
_AROUND = 192
"""Windows before and behind them that are looked at for it: 12 s, two periods of the slowest ringing."""
_EDGE_MS = 60
_SHORTEST_WORD_MS = 400
"""Gaps between the bursts of a signal in which nobody has said anything: busy tones pause as long."""

_STEPS = FRAME_MS // STEP_MS
_OTHERS_IN_RHYTHM = 0.1
_BEEPS_KNOWN_MS = 2000
"""So far behind what is decided all beeps are known, however short the pieces."""


class SoundKind(StrEnum):
    """What sounds on a line and is not speech; the values are those of the column `acoustics.sounds`."""

    RINGING = "ringing"
    TONE = "tone"
    MUSIC = "music"


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch without speech, in ms from the start of the recording."""

    begin_ms: int
    end_ms: int
    kind: SoundKind


def signals_ms(sounds: Iterable[Sound]) -> Iterator[tuple[int, int]]:
    """Where nothing that is heard is speech: (begin, end) in ms, in order and apart. `sounds`: in order.

    The stretches with their edges, which codecs blur, and the gaps between bursts of a signal, too short for a word.
    """
    begin = end = None
    for sound in sounds:
        if begin is None or end is None:
            begin, end = sound.begin_ms, sound.end_ms
        elif sound.begin_ms - end <= _SHORTEST_WORD_MS:
            end = sound.end_ms
        else:
            yield max(0, begin - _EDGE_MS), end + _EDGE_MS
            begin, end = sound.begin_ms, sound.end_ms
    if begin is not None and end is not None:
        yield max(0, begin - _EDGE_MS), end + _EDGE_MS


_KINDS = (None, SoundKind.RINGING, SoundKind.TONE, SoundKind.MUSIC)


class SoundDetector:
    """Takes one channel's samples at `ANALYSIS_RATE`, in pieces of any length; what it holds does not grow with them.

    What it finds does not depend on the length of the pieces. A stretch is given when it has ended and up to a minute
    after.
    """

    def __init__(self, floor_db: float = FLOOR_DB) -> None:
        self._lines = LineFinder(floor_db)
        self._short = BeepFinder()
        self._beeps: list[tuple[int, int]] = []
        self._level_db = np.zeros(0, np.float32)
        self._held: list[LineFrames] = []
        self._held_frames = 0
        self._begin = 0  # the window that is held first
        self._decided = 0
        self._open: Sound | None = None

    @property
    def decided_ms(self) -> int:
        """Up to here it is known what sounds; what has not come to its end there is `under_way`."""
        return _middle_ms(self._decided)

    @property
    def under_way(self) -> Sound | None:
        """The stretch that reaches up to `decided_ms` and may go on: hold music lasts for hours."""
        return self._open

    def feed(self, samples: Samples) -> list[Sound]:
        """The stretches that have come to their end, in order."""
        found = []
        beeps, level_db = self._short.feed(samples)
        self._beeps += beeps
        self._level_db = np.concatenate([self._level_db, level_db.astype(np.float32)])
        for frames in self._lines.feed(samples):
            self._hold(frames)
            while self._begin + self._held_frames >= self._decided + _BLOCK + _AROUND:
                found += self._decide(self._decided + _BLOCK)
        return found

    def finish(self, duration_ms: int) -> list[Sound]:
        """The rest; none ends behind `duration_ms`."""
        self._beeps += self._short.finish()
        self._hold(self._lines.finish())
        found = []
        while (end := self._begin + self._held_frames) > self._decided:
            found += self._decide(min(end, self._decided + _BLOCK))
        if self._open:
            found.append(self._open)
        inside = (replace(sound, end_ms=min(sound.end_ms, duration_ms)) for sound in found)
        return [sound for sound in inside if sound.begin_ms < sound.end_ms]

    def _hold(self, frames: LineFrames) -> None:
        self._held.append(frames)
        self._held_frames += len(frames)

    def _decide(self, end: int) -> list[Sound]:
        """Decides up to window `end`, with what is around."""
        frames = LineFrames.joined(self._held)
        around = frames.part(0, end + _AROUND - self._begin)
        labels = label_frames(around)
        self._mark_beeps(labels, end)
        self._mark_rhythm(labels)
        labels = labels[self._decided - self._begin : end - self._begin]
        found = self._stretches(labels)
        self._decided = end
        keep = max(self._begin, end - _AROUND)
        self._held, self._held_frames = [frames.part(keep - self._begin, len(frames))], len(frames) - keep + self._begin
        self._level_db = self._level_db[(keep - self._begin) * _STEPS :]
        self._begin = keep
        self._beeps = [beep for beep in self._beeps if beep[1] > _middle_ms(keep)]
        return found

    def _mark_rhythm(self, labels: NDArray[np.uint8]) -> None:
        """What beats in time is music, but for tones that come again and again."""
        others = (labels == RINGING) | (labels == TONE)
        for begin, end in rhythmic(self._level_db[: labels.size * _STEPS]):
            inside = slice(begin // _STEPS, -(-end // _STEPS))
            if others[inside].mean() < _OTHERS_IN_RHYTHM:
                labels[inside][~others[inside]] = MUSIC

    def _mark_beeps(self, labels: NDArray[np.uint8], end: int) -> None:
        """Those up to some seconds behind window `end`; what they are part of keeps its name."""
        known_ms = _middle_ms(end) + _BEEPS_KNOWN_MS
        for begin_ms, end_ms in self._beeps:
            if end_ms <= known_ms:
                first, behind = (
                    (ms - FRAME_MS // 2) // FRAME_MS - self._begin for ms in (begin_ms, end_ms + FRAME_MS - 1)
                )
                inside = labels[max(0, first) : max(0, behind)]
                inside[inside == NOTHING] = TONE

    def _stretches(self, labels: NDArray[np.uint8]) -> list[Sound]:
        """Equal neighbours as stretches; the last stays open, as it may go on."""
        edges = np.flatnonzero(np.diff(labels)) + 1
        bounds = [0, *edges.tolist(), labels.size]
        found: list[Sound] = []
        for begin, end in pairwise(bounds):
            kind = _KINDS[labels[begin]]
            at = self._decided + begin
            if self._open and (kind is not self._open.kind or _middle_ms(at) != self._open.end_ms):
                found.append(self._open)
                self._open = None
            if kind:
                began = self._open.begin_ms if self._open else _middle_ms(at)
                self._open = Sound(began, _middle_ms(self._decided + end), kind)
        return found


def _middle_ms(frame: int) -> int:
    """Where the time begins that a window stands for: the quarter on either side of its middle."""
    return frame * FRAME_MS + FRAME_MS // 2 if frame else 0


def find_sounds(sound: Iterable[Samples], sample_rate: int) -> Iterator[Sound]:
    """The stretches of a mono recording that are ringing, tones or music and not speech, in order and apart.

    `sound`: 16-bit samples at any rate, in pieces of any length, as a decoder gives them; they are read once, and some
    seconds are held, so a recording of twelve hours takes no more memory than one of a minute. A stretch is given up to
    a minute after it has sounded: read the recording once for these and once more for whatever they are left out of.
    """
    resampler, detector = Resampler(sample_rate), SoundDetector()
    samples = 0
    for piece in sound:
        samples += piece.size
        yield from detector.feed(resampler.feed(piece))
    yield from detector.feed(resampler.finish())
    yield from detector.finish(round(samples * 1000 / sample_rate))
