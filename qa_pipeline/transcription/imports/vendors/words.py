"""From words with times to sentences, for documents that have nothing between a word and the whole call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.transcription.imports.speakers import Speaker
from qa_pipeline.transcription.imports.speech_pieces import OddValue, SpeechPiece
from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.results import Word
from qa_pipeline.transcription.sentence_ends import ends_sentence

PAUSE_MS = 1000
"""Without a mark, a pause of this length ends a sentence: engines that write no marks would make one row of a call."""
LONGEST_MS = 30_000
"""Nor does anybody speak one sentence for longer than this; the next word begins another."""


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word, who says it, and the odd values that were met in it."""

    word: Word
    place: str
    speaker: Speaker = ()
    channel_id: int | None = None
    language: str | None = None
    odd_values: tuple[OddValue, ...] = ()

    @property
    def voice(self) -> tuple[int | None, Speaker, str | None]:
        return self.channel_id, self.speaker, self.language


def sentences_of(words: Iterable[SaidWord]) -> tuple[SpeechPiece, ...]:
    """Sentences: until a mark that ends one, a pause, or another voice or language. Words are in the order of their
    channel."""
    groups: list[list[SaidWord]] = []
    for word in words:
        if not groups or _begins_another(groups[-1], word):
            groups.append([])
        groups[-1].append(word)
    return tuple(_piece_of(group) for group in groups)


def _piece_of(group: Sequence[SaidWord]) -> SpeechPiece:
    """Words of one voice as a piece of speech."""
    first = group[0]
    begin_ms = min(each.word.begin_ms for each in group)
    return SpeechPiece(
        place=first.place,
        begin_ms=begin_ms,
        end_ms=max(begin_ms, *(each.word.end_ms for each in group)),
        text=join_texts(each.word.text + each.word.punctuation for each in group),
        speaker=first.speaker,
        channel_id=first.channel_id,
        language=first.language,
        words=tuple(each.word for each in group),
        odd_values=tuple(odd for each in group for odd in each.odd_values),
    )


def _begins_another(group: Sequence[SaidWord], word: SaidWord) -> bool:
    last = group[-1].word
    pause_ms = word.word.begin_ms - last.end_ms
    return (
        word.voice != group[-1].voice
        or pause_ms >= PAUSE_MS
        or ends_sentence(last, word.word, pause_ms, word.language)
        or word.word.end_ms - group[0].word.begin_ms > LONGEST_MS
    )
