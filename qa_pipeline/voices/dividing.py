"""Divides the transcript of one channel between two voices: by the times of its words, else of its sentences.

Where sentences carry the numbers of speakers that somebody else has told apart, these count.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.results import ChannelTranscript, Sentence, Word
from qa_pipeline.voices.telling import VoiceSpan

VOICES = (0, 1)
SPEAKERS, SOUND = "speakers", "sound"
"""What told the voices apart."""


@dataclass(frozen=True, slots=True)
class DividedTranscript:
    """What each voice says, sentences numbered from 0 for each; `by` says what told."""

    voices: tuple[ChannelTranscript, ChannelTranscript]
    by: str


def divide_transcript(transcript: ChannelTranscript, spans: Sequence[VoiceSpan]) -> DividedTranscript | None:
    """The transcript by voice; None where nothing divides it: no two speakers are named, and there are no spans of two
    voices or a sentence has no times."""
    speakers = {said.speaker_id for said in transcript.sentences}
    if speakers and None not in speakers and speakers <= set(VOICES):
        named = [(said, said.speaker_id or 0) for said in transcript.sentences]
        return DividedTranscript(_by_voice(transcript, named), SPEAKERS)
    if len({span.voice for span in spans}) < len(VOICES) or any(said.begin_ms is None for said in transcript.sentences):
        return None
    course = _Course(spans)
    pieces = [piece for said in transcript.sentences for piece in _pieces(said, course)]
    return DividedTranscript(_by_voice(transcript, pieces), SOUND)


def _by_voice(
    transcript: ChannelTranscript, pieces: Sequence[tuple[Sentence, int]]
) -> tuple[ChannelTranscript, ChannelTranscript]:
    """Remarks go with the first piece of their sentence; those on no sentence with the first voice."""
    numbers: dict[int, tuple[int, int]] = {}
    sentences: dict[int, list[Sentence]] = {voice: [] for voice in VOICES}
    for said, voice in pieces:
        numbers.setdefault(said.sentence_id, (voice, len(sentences[voice])))
        sentences[voice].append(replace(said, sentence_id=len(sentences[voice]), speaker_id=None))
    first, second = (
        replace(
            transcript,
            channel_id=voice,
            text=join_texts(said.text for said in sentences[voice]),
            sentences=tuple(sentences[voice]),
            remarks=tuple(
                replace(remark, sentence_id=None if remark.sentence_id is None else at[1])
                for remark in transcript.remarks
                if (at := numbers.get(-1 if remark.sentence_id is None else remark.sentence_id, (0, 0)))[0] == voice
            ),
        )
        for voice in VOICES
    )
    return first, second


def _pieces(said: Sentence, course: _Course) -> list[tuple[Sentence, int]]:
    """The sentence, cut where another voice says its next word."""
    assert said.begin_ms is not None, "sentences without times are not divided"
    assert said.end_ms is not None, "of two times there is never one alone"
    if not said.words:
        return [(said, course.voice_at(said.begin_ms, said.end_ms))]
    told = [(word, course.voice_at(word.begin_ms, word.end_ms)) for word in said.words]
    runs = [(voice, [word for word, _ in run]) for voice, run in groupby(told, key=lambda item: item[1])]
    if len(runs) == 1:
        return [(said, runs[0][0])]
    texts = _texts(said.text, [words for _, words in runs])
    last = len(runs) - 1
    return [
        (
            replace(
                said,
                begin_ms=said.begin_ms if number == 0 else words[0].begin_ms,
                end_ms=said.end_ms if number == last else max(word.end_ms for word in words),
                text=text,
                words=tuple(words),
            ),
            voice,
        )
        for number, ((voice, words), text) in enumerate(zip(runs, texts, strict=True))
    ]


class _Course:
    """Who speaks when, made to be asked often."""

    def __init__(self, spans: Sequence[VoiceSpan]) -> None:
        self._spans = spans
        self._ends = [span.end_ms for span in spans]

    def voice_at(self, begin_ms: int, end_ms: int) -> int:
        """The voice that speaks most of that time; where none does, the one that speaks nearest to it."""
        shared = [0, 0]
        first = bisect_right(self._ends, begin_ms)
        for span in self._spans[first:]:
            if span.begin_ms >= end_ms:
                break
            shared[span.voice] += min(end_ms, span.end_ms) - max(begin_ms, span.begin_ms)
        if any(shared):
            return int(shared[1] > shared[0])
        near = self._spans[max(0, first - 1) : first + 1]
        return min(near, key=lambda span: max(span.begin_ms - end_ms, begin_ms - span.end_ms)).voice


def _texts(text: str, runs: Sequence[Sequence[Word]]) -> list[str]:
    """The sentence's own text cut before the first word of each run; where its words are not found in it, theirs."""
    cuts, cursor = [], 0
    for run in runs:
        for number, word in enumerate(run):
            found = text.find(word.text.strip(), cursor)
            if found < 0:
                return [join_texts(word.text + word.punctuation for word in run) for run in runs]
            if number == 0:
                cuts.append(found)
            cursor = found + len(word.text.strip())
    return [text[begin:end].strip() for begin, end in zip([0, *cuts[1:]], [*cuts[1:], len(text)], strict=True)]
