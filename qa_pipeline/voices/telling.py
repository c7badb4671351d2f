"""Who of two speaks when on one channel, and how far that can be relied on.

One pass over the sound. What grows with its length are 512 bytes for each 0.2 s of speech: 30 MB for twelve hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.audio.samples import Samples
from qa_pipeline.voices.clustering import Labels, divide
from qa_pipeline.voices.embedding import VECTOR_LENGTH, WINDOW_FRAMES, Embedder, Vectors
from qa_pipeline.voices.log_mel import BANDS, FRAME_MS, Frames, LogMelFrames

TELLING = 1
"""Version of how voices are told apart; a change raises it, and all is told again."""

STEP_FRAMES = 20
"""A window every 0.2 s."""

BATCH = 32

LEAST_SPEECH_S = 15.0
"""Of less speech a voice is not known well enough: two thirds of the short calls tried went wrong in a tenth of their
time and more."""

LEAST_OF_A_VOICE_S = 2.0
"""A second voice that is heard for less may be a cough, a tone or a passer-by."""

MORE_VOICES_FROM_S = 10.0
"""Speech of one side from which it is looked for a third voice in it."""

ALIKE, ANOTHER_VOICE = 0.02, 0.1
"""Two sides that are no further apart (1 less the cosine) are one voice, however evenly it divides; a third voice is
further from the one it was counted with. The two most alike of those tried are 0.04 apart, one voice's halves 0.02 to
0.06; people who are not much alike 0.1 and more."""

_WINDOW_MS = WINDOW_FRAMES * FRAME_MS


class Unsure(StrEnum):
    """Why the voices of a call must not be relied on; names as the column `calls.voices_unsure_reason` has them."""

    TOO_SHORT = "too_short"
    ONE_VOICE = "one_voice"
    BADLY_SEPARATED = "badly_separated"
    MORE_THAN_TWO = "more_than_two"
    HARDLY_HEARD = "hardly_heard"
    NO_SPEECH = "no_speech"
    NO_TIMES = "no_times"
    NOT_TOLD = "not_told"


@dataclass(frozen=True, slots=True)
class VoiceSpan:
    """A voice speaks from `begin_ms` to `end_ms`, from the start of the recording."""

    begin_ms: int
    end_ms: int
    voice: int


@dataclass(frozen=True, slots=True)
class VoicesTold:
    """`spans`: in order, apart. `voices`: 0, 1 or 2. `separation`: see `clustering.TwoVoices`; None without speech.
    `unsure`: why not to rely on it, None where one may."""

    spans: tuple[VoiceSpan, ...]
    voices: int
    separation: float | None
    unsure: Unsure | None

    def speech_s(self, voice: int) -> float:
        """How long a voice speaks."""
        return sum(span.end_ms - span.begin_ms for span in self.spans if span.voice == voice) / 1000


def one_voice_below(speech_s: float) -> float:
    """Separations below are found in one voice too: up to 0.16 over minutes, 0.21 over 15 s of speech."""
    return 0.15 + 1.0 / max(speech_s, 1.0)


def sure_from(speech_s: float) -> float:
    """From here on nine of ten tried calls had over 95% of their time on the right side."""
    return 0.25 + 3.0 / max(speech_s, 1.0)


def tell_voices(sound: Iterator[Samples], segments_ms: Sequence[tuple[int, int]], embedder: Embedder) -> VoicesTold:
    """`sound` is one channel at `log_mel.VOICE_RATE`, in pieces; `segments_ms` where there is speech, in order."""
    segments = [(begin, end) for begin, end in segments_ms if end > begin]
    if not segments:
        return VoicesTold((), 0, None, Unsure.NO_SPEECH)
    stretches, begins = _windows_of(segments)
    vectors = _embedded(sound, begins, embedder)
    found, heard_of = len(vectors), np.asarray(segments)
    if not found:
        return VoicesTold(_all_of_one(segments), 1, 0.0, Unsure.TOO_SHORT)
    stretches, begins = stretches[:found], begins[:found]
    middles = begins.astype(np.float64) * FRAME_MS + _WINDOW_MS / 2
    two = divide(vectors, stretches, middles)
    spans = _spans(heard_of, stretches, middles, two.labels)
    speech_s = sum(end - begin for begin, end in segments) / 1000
    told = VoicesTold(spans, 2, two.separation, None)
    if two.separation < one_voice_below(speech_s) or two.distance < ALIKE:
        is_short = speech_s < LEAST_SPEECH_S
        return VoicesTold(_all_of_one(segments), 1, two.separation, Unsure.TOO_SHORT if is_short else Unsure.ONE_VOICE)
    return VoicesTold(spans, 2, two.separation, _doubt(told, speech_s, vectors, stretches, middles, two.labels))


def _doubt(
    told: VoicesTold,
    speech_s: float,
    vectors: Vectors,
    stretches: NDArray[np.intp],
    middles: NDArray[np.float64],
    labels: Labels,
) -> Unsure | None:
    if speech_s < LEAST_SPEECH_S:
        return Unsure.TOO_SHORT
    if told.separation is None or told.separation < sure_from(speech_s):
        return Unsure.BADLY_SEPARATED
    if min(told.speech_s(0), told.speech_s(1)) < LEAST_OF_A_VOICE_S:
        return Unsure.HARDLY_HEARD
    for voice in (0, 1):
        own, own_s = labels == voice, told.speech_s(voice)
        if own_s >= MORE_VOICES_FROM_S:
            within = divide(vectors[own], stretches[own], middles[own])
            if within.separation >= sure_from(own_s) and within.distance >= ANOTHER_VOICE:
                return Unsure.MORE_THAN_TWO
    return None


def _windows_of(segments: Sequence[tuple[int, int]]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(the segment of each window, its first frame), in order. A segment that is shorter than a window has one about
    its middle; the last window of a longer one ends with it."""
    stretches: list[int] = []
    begins: list[int] = []
    for number, (begin_ms, end_ms) in enumerate(segments):
        first, last = begin_ms // FRAME_MS, end_ms // FRAME_MS - WINDOW_FRAMES
        own = [max(0, (first + last) // 2)] if last < first else [*range(first, last, STEP_FRAMES), last]
        begins += own
        stretches += [number] * len(own)
    return np.array(stretches, np.intp), np.array(begins, np.intp)


def _embedded(sound: Iterator[Samples], begins: NDArray[np.intp], embedder: Embedder) -> Vectors:
    """The vectors of the windows that lie inside the sound; 16-bit, which is all the network is exact to."""
    vectors: list[NDArray[np.float16]] = []
    batch: list[Frames] = []
    held, held_from, next_window = np.zeros((0, BANDS), np.float32), 0, 0
    mel = LogMelFrames()
    for samples in sound:
        held = np.concatenate([held, mel.feed(samples)])
        while next_window < len(begins) and begins[next_window] + WINDOW_FRAMES <= held_from + len(held):
            at = int(begins[next_window]) - held_from
            batch.append(held[at : at + WINDOW_FRAMES])
            next_window += 1
            if len(batch) == BATCH:
                vectors.append(embedder.embed(np.stack(batch)).astype(np.float16))
                batch.clear()
        # two windows may overlap, also across segments: what begins next is what is still needed
        needed_from = int(begins[next_window]) if next_window < len(begins) else held_from + len(held)
        drop = max(0, min(needed_from - held_from, len(held)))
        held, held_from = held[drop:], held_from + drop
    if batch:
        vectors.append(embedder.embed(np.stack(batch)).astype(np.float16))
    found = np.concatenate(vectors) if vectors else np.zeros((0, VECTOR_LENGTH), np.float16)
    return found.astype(np.float32)


def _spans(
    segments: NDArray[np.intp], stretches: NDArray[np.intp], middles: NDArray[np.float64], labels: Labels
) -> tuple[VoiceSpan, ...]:
    """Each segment, divided in the middle between two windows of different voices."""
    spans: list[VoiceSpan] = []
    for number, (begin, end) in enumerate(segments.tolist()):
        own = np.flatnonzero(stretches == number)
        if not own.size:  # at the end of the sound, shorter than a window
            spans.append(VoiceSpan(begin, end, spans[-1].voice if spans else 0))
            continue
        changes = [index for index in own[1:] if labels[index] != labels[index - 1]]
        edges = [begin, *(round(float(middles[index - 1] + middles[index]) / 2) for index in changes), end]
        voices = [int(labels[own[0]]), *(int(labels[index]) for index in changes)]
        spans += [VoiceSpan(*span) for span in zip(edges, edges[1:], voices, strict=False)]
    return tuple(span for span in spans if span.end_ms > span.begin_ms)


def _all_of_one(segments: Sequence[tuple[int, int]]) -> tuple[VoiceSpan, ...]:
    return tuple(VoiceSpan(begin, end, 0) for begin, end in segments)
