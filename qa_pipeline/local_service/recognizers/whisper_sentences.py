"""Words put together to sentences: where a text ends one, and where a long one without marks is cut.

A full stop is not the end of a sentence behind an abbreviation, an initial or within a number. A stretch of speech ends
at a pause, and so does every sentence: what one pauses in is two rows, with the pause between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_pipeline.local_service.recognizers.whisper_words import PlacedWord
from qa_pipeline.transcription.results import Sentence, Word, join_words

LONGEST_MS = 10_000
"""A longer sentence is cut at its best pause or comma: Chinese and Japanese often come without full stops."""

PAUSE_MS = 200
"""Behind a point that may belong to the word, a pause of this length ends the sentence."""

SHORTEST_PART_MS = 1000

_ENDS = frozenset(".?!…。？！｡．؟۔।")
_COMMAS = frozenset(",;:，、；：،")
_COMMA_MS = 300
"""What a comma is worth beside pauses, when a long sentence is cut."""

_BEFORE_A_NAME = frozenset(
    {
        "mr", "mrs", "ms", "dr", "prof", "st", "gen", "col", "sgt", "capt", "lt", "rev", "hon", "vs",
        "sr", "sra", "srta", "dra", "núm", "sig", "dott", "mme", "mlle", "hr", "fr", "nr", "bzw", "ca", "evtl", "ggf",
        "г", "ул", "тел", "им",
    }
)  # fmt: skip
_MAYBE_LAST = frozenset({"etc", "inc", "ltd", "co", "corp", "jr", "usw", "ecc", "no"})
_ORDINALS_WITH_POINT = frozenset({"de", "da", "no", "nn", "fi", "cs", "sk", "pl", "hu", "tr", "is", "et", "sl", "hr"})


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
        if following is None or following.cut != item.cut or _ends(item, following.word, language):
            yield group
            group = []


def _ends(item: PlacedWord, following: Word, language: str) -> bool:
    """Whether a sentence ends with this word, and not with a part of what is being said."""
    mark = item.word.punctuation.strip()
    if not _ENDS & set(mark):
        return False
    starts_low = following.text.lstrip("¿¡\"'“‘«(")[:1].islower()
    if mark.strip("\"'”’»)") != ".":
        return not starts_low
    return not starts_low and not _keeps_its_point(item, language)


def _keeps_its_point(item: PlacedWord, language: str) -> bool:
    text = item.word.text.strip().lstrip("¿¡\"'“‘«(").casefold()
    if text in _BEFORE_A_NAME:
        return True
    if item.pause_ms >= PAUSE_MS:
        return False
    if text.isdigit():
        return language in _ORDINALS_WITH_POINT
    return text in _MAYBE_LAST or (len(text) == 1 and text.isalpha()) or _is_dotted(text)


def _is_dotted(text: str) -> bool:
    """a.m, U.S, z.B: letters with points between them."""
    parts = text.split(".")
    return len(parts) > 1 and all(part.isalpha() and len(part) <= 2 for part in parts)


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
