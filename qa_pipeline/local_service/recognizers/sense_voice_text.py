"""What SenseVoice says of a stretch of speech, turned into sentences of the service's shape.

The model writes four tags before the text: language, emotion, sound event, and whether numbers are written as
digits. Its seven emotions are the service's seven. Its tokens come with the time at which each was heard (steps of
60 ms); a stretch is split into sentences at its full stops.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_pipeline.local_service.recognizers.sentence_text import SpokenPiece, words_of
from qa_pipeline.transcription.results import Sentence, join_words

LANGUAGES = ("zh", "en", "ja", "ko", "yue")
"""What the model can be told to assume, by the service's codes, which are its own."""

EMOTIONS = {
    "<|HAPPY|>": "happy",
    "<|SAD|>": "sad",
    "<|ANGRY|>": "angry",
    "<|NEUTRAL|>": "neutral",
    "<|FEARFUL|>": "fearful",
    "<|DISGUSTED|>": "disgusted",
    "<|SURPRISED|>": "surprised",
}
"""The model's tag for each emotion of the service. Its `<|EMO_UNKNOWN|>` is not an emotion."""

_LANGUAGE_OF_TAG = {f"<|{code}|>": code for code in LANGUAGES}
_NO_SPEECH = "<|nospeech|>"
_TAG = re.compile(r"<\|[^|<>]*\|>")
_FULL_STOPS = "。？！?!…"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of speech as the model heard it; times in ms from the start of the recording.

    `tokens` with `starts_ms`, one time each, or both empty where the engine gives none; then `text` is alone.
    """

    begin_ms: int
    end_ms: int
    text: str
    tokens: tuple[str, ...]
    starts_ms: tuple[int, ...]
    language_tag: str
    emotion_tag: str


def sentences_of(stretch: Stretch) -> list[Sentence]:
    """The sentences of one stretch, ids from 0; none where the model heard no speech."""
    if stretch.language_tag == _NO_SPEECH:
        return []
    pieces = _pieces(stretch)
    if not pieces:
        text = " ".join(_TAG.sub("", stretch.text).split())
        return [_labelled(Sentence(0, stretch.begin_ms, stretch.end_ms, text), stretch)] if text else []
    groups = _split(pieces)
    begins = [stretch.begin_ms, *(group[0].begin_ms for group in groups[1:])]
    ends = [*begins[1:], stretch.end_ms]
    rows = [_sentence(group, begin, end, stretch) for group, begin, end in zip(groups, begins, ends, strict=True)]
    return [replace(row, sentence_id=number) for number, row in enumerate(row for row in rows if row.text)]


def _pieces(stretch: Stretch) -> list[SpokenPiece]:
    if len(stretch.tokens) != len(stretch.starts_ms):
        return []
    return [
        SpokenPiece(token, min(max(start_ms, stretch.begin_ms), stretch.end_ms))
        for token, start_ms in zip(stretch.tokens, stretch.starts_ms, strict=True)
        if not _TAG.fullmatch(token.strip())
    ]


def _split(pieces: Sequence[SpokenPiece]) -> list[list[SpokenPiece]]:
    groups: list[list[SpokenPiece]] = [[]]
    for index, piece in enumerate(pieces):
        following = pieces[index + 1].text if index + 1 < len(pieces) else ""
        groups[-1].append(piece)
        if following and _ends_sentence(piece.text.rstrip(), following):
            groups.append([])
    return groups


def _ends_sentence(text: str, following: str) -> bool:
    """A full stop, but not the point of 3.5: behind that the next token continues without a space."""
    return text[-1:] in (*_FULL_STOPS,) or (text[-1:] == "." and following.startswith(" "))


def _sentence(pieces: Sequence[SpokenPiece], begin_ms: int, end_ms: int, stretch: Stretch) -> Sentence:
    words = words_of(pieces, end_ms)
    return _labelled(Sentence(0, begin_ms, end_ms, join_words(words), words=words), stretch)


def _labelled(sentence: Sentence, stretch: Stretch) -> Sentence:
    return replace(
        sentence,
        language=_LANGUAGE_OF_TAG.get(stretch.language_tag),
        emotion=EMOTIONS.get(stretch.emotion_tag),
    )
