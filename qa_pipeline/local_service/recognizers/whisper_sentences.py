"""Words put together to sentences: where a text ends one, and where a long one without marks is cut.

What ends a sentence is told by `transcription.sentence_ends`. A stretch of speech ends
at a pause, and so does every sentence: what one pauses in is two rows, with the pause between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_pipeline.local_service.recognizers.whisper_words import PlacedWord
from qa_pipeline.transcription.results import Sentence, Word, join_words
from qa_pipeline.transcription.sentence_ends import ends_sentence

LONGEST_MS = 10_000
"""A longer sentence is cut at its best pause or comma: Chinese and Japanese often come without full stops."""

SHORTEST_PART_MS = 1000

_COMMAS = frozenset(",;:，、；：،")
_COMMA_MS = 300
"""What a comma is worth beside pauses, when a long sentence is cut."""


def sentences_of(words: Sequence[PlacedWord], language: str) -> Iterator[Sentence]:
    """The sentences of one window, ids 0; `language` is the window's."""
    for group in _groups(words, language):
        for part in _short_enough(group):
            yield _sentence([item.word for item in part], language)


def _groups(words: Sequence[PlacedWord], language: str) -> Iterator[list[PlacedWord]]:
    group: list[PlacedWord] = []
    for at, item in enumerate(words):
        group.append(item)
        following = words[at + 1] if at + 1 < len(words) else None
        if (
            following is None
            or following.cut != item.cut
            or ends_sentence(item.word, following.word, item.pause_ms, language)
        ):
            yield group
            group = []


def _short_enough(group: list[PlacedWord]) -> Iterator[list[PlacedWord]]:
    if group[-1].word.end_ms - group[0].word.begin_ms <= LONGEST_MS or (cut := _best_cut(group)) is None:
        yield group
        return
    yield from _short_enough(group[:cut])
    yield from _short_enough(group[cut:])


def _best_cut(group: Sequence[PlacedWord]) -> int | None:
    """Before which word to cut: at the longest pause, a comma counting as one, the nearer to the middle the better."""
    begin_ms, end_ms = group[0].word.begin_ms, group[-1].word.end_ms
    middle_ms = (begin_ms + end_ms) / 2
    worths = []
    for at in range(1, len(group)):
        before, after = group[at - 1], group[at].word
        if before.word.end_ms - begin_ms < SHORTEST_PART_MS or end_ms - after.begin_ms < SHORTEST_PART_MS:
            continue
        has_comma = bool(_COMMAS & set(before.word.punctuation))
        off_ms = abs(after.begin_ms - middle_ms)
        worths.append((before.pause_ms + _COMMA_MS * has_comma - off_ms / 20, at))
    return max(worths)[1] if worths else None


def _sentence(words: Sequence[Word], language: str) -> Sentence:
    sure = [word.confidence for word in words if word.confidence is not None]
    return Sentence(
        sentence_id=0,
        begin_ms=words[0].begin_ms,
        end_ms=words[-1].end_ms,
        text=join_words(words),
        language=language,
        words=tuple(words),
        confidence=sum(sure) / len(sure) if sure else None,
    )
