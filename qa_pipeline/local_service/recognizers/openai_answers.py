"""What a server with an OpenAI-style API says of a piece of sound, read into plain values.

Two shapes: a transcription (`text`, with `language`, `segments` and `words` where the server gives them) and a chat
completion, whose text may carry what Qwen3-ASR writes before it: `language English<asr_text>Good morning.`
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa_pipeline.local_service.recognizers.sentence_text import split_marks
from qa_pipeline.transcription.confidence import from_logarithm, known_confidence
from qa_pipeline.transcription.joining import is_unspaced
from qa_pipeline.transcription.languages import LANGUAGE_CODES, LANGUAGE_NAMES
from qa_pipeline.transcription.models import EMOTIONS
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.results import Sentence, Word

_PREFIX = re.compile(r"language\s+([^<>]*)<asr_text>", re.IGNORECASE)
_TAG = re.compile(r"</?asr_text>|<\|[^|<>]*\|>")
_CODES = {
    **{name.lower(): code for code, name in LANGUAGE_NAMES.items()},
    **{code: code for code in LANGUAGE_CODES},
    "tl": "fil",
    "tagalog": "fil",
    "mandarin": "zh",
}
MAX_S = 3600.0
"""Far beyond any piece: a larger time is not a time."""


class BadAnswer(ValueError):
    """The server's answer is not a transcript; the message names the place."""


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence as the server cut it; times in ms from the start of the piece."""

    begin_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was heard in one piece; `parts` empty where the server gives no times."""

    text: str
    language: str | None = None
    emotion: str | None = None
    parts: tuple[Part, ...] = ()

    def sentences(self, begin_ms: int, end_ms: int) -> list[Sentence]:
        """The sentences of a piece at that place of the recording, ids from 0; one for all where no times are known."""
        parts = self.parts or ((Part(0, end_ms - begin_ms, self.text),) if self.text else ())

        def placed(offset_ms: int) -> int:
            return min(begin_ms + offset_ms, end_ms)

        return [
            Sentence(
                sentence_id=number,
                begin_ms=placed(part.begin_ms),
                end_ms=placed(part.end_ms),
                text=part.text,
                language=self.language,
                emotion=self.emotion,
                words=tuple(
                    replace(word, begin_ms=placed(word.begin_ms), end_ms=placed(word.end_ms)) for word in part.words
                ),
                confidence=part.confidence,
            )
            for number, part in enumerate(parts)
        ]


def language_code(name: Any) -> str | None:
    """The service's code for a language's code or English name; None for what it doesn't know."""
    if not isinstance(name, str):
        return None
    first = name.split(",")[0].strip().lower()
    return _CODES.get(first) or _CODES.get(first.partition("-")[0])


def read_transcription(document: Any) -> Answer:
    """A reply of `/audio/transcriptions`.

    Raises:
        BadAnswer: no `text`, or a segment or word that can't be.
    """
    row = _object(document, "the answer")
    text, language = _clean(_text(row, "text", "the answer"))
    words = [_word(item, f"words[{index}]") for index, item in enumerate(_list(row, "words"))]
    parts = [_part(item, f"segments[{index}]") for index, item in enumerate(_list(row, "segments"))]
    return Answer(
        text=text,
        language=language or language_code(row.get("language")),
        parts=_with_words(sorted((part for part in parts if part.text), key=lambda part: part.begin_ms), words),
    )


def read_chat(document: Any) -> Answer:
    """A reply of `/chat/completions`; `annotations` beside the text name language and emotion where there are any.

    Raises:
        BadAnswer: it holds no message with text.
    """
    choices = _object(document, "the answer").get("choices")
    if not isinstance(choices, list) or not choices:
        raise BadAnswer("choices is missing or empty")
    message = _object(_object(choices[0], "choices[0]").get("message"), "choices[0].message")
    content = message.get("content")
    if isinstance(content, list):
        message = {**message, "content": "".join(str(part.get("text", "")) for part in content if type(part) is dict)}
    text, language = _clean(_text(message, "content", "choices[0].message"))
    noted = next((item for item in _list(message, "annotations") if isinstance(item, dict)), {})
    emotion = noted.get("emotion")
    return Answer(
        text=text,
        language=language or language_code(noted.get("language")),
        emotion=emotion if emotion in EMOTIONS else None,
    )


def _clean(text: str) -> tuple[str, str | None]:
    """The text without marks of the model, and the language that they name."""
    named = [language_code(name) for name in _PREFIX.findall(text)]
    spoken = _TAG.sub("", _PREFIX.sub(" ", text))
    return " ".join(spoken.split()), next((code for code in named if code), None)


def _part(item: Any, place: str) -> Part:
    row = _object(item, place)
    begin_ms, end_ms = _times(row, place)
    text, _ = _clean(_text(row, "text", place))
    confidence = _confidence(row)
    if confidence is None:
        confidence = from_logarithm(row.get("avg_logprob"))
    return Part(begin_ms, end_ms, text, confidence=confidence)


def _word(item: Any, place: str) -> Word:
    row = _object(item, place)
    begin_ms, end_ms = _times(row, place)
    core, mark = split_marks(_text(row, "word", place).strip())
    return Word(begin_ms, end_ms, core or mark, mark if core else "", _confidence(row))


def _confidence(row: dict[str, Any]) -> float | None:
    """How sure the server was, where it says so; an odd value says nothing."""
    return known_confidence(row.get("confidence", row.get("probability")))[0]


def _with_words(parts: Sequence[Part], words: Sequence[Word]) -> tuple[Part, ...]:
    """Each word goes to the last part that has begun when it is spoken."""
    if not parts:
        return ()
    rows: list[list[Word]] = [[] for _ in parts]
    for word in sorted(words, key=lambda word: word.begin_ms):
        begun = [number for number, part in enumerate(parts) if part.begin_ms <= word.begin_ms]
        rows[begun[-1] if begun else 0].append(word)
    return tuple(
        replace(part, words=tuple(_spaced(row)), confidence=None if _says(row) else part.confidence)
        for part, row in zip(parts, rows, strict=True)
    )


def _says(words: Sequence[Word]) -> bool:
    """Whether words say how sure the server was: they know better than a segment, of which half a minute is one."""
    return any(word.confidence is not None for word in words)


def _spaced(words: Sequence[Word]) -> list[Word]:
    """Words with the space that follows each, in its text or behind its mark, as the service writes them."""
    rows = []
    for number, word in enumerate(words):
        last = number + 1 == len(words)
        space = "" if last or (is_unspaced(word.text[-1:]) and is_unspaced(words[number + 1].text[:1])) else " "
        text, mark = (word.text, word.punctuation + space) if word.punctuation else (word.text + space, "")
        rows.append(replace(word, text=text, punctuation=mark))
    return rows


def _times(row: dict[str, Any], place: str) -> tuple[int, int]:
    values = []
    for key in ("start", "end"):
        value = row.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadAnswer(f"{place}.{key} is {described(value)}, not a number of seconds")
        if not 0 <= value <= MAX_S:
            raise BadAnswer(f"{place}.{key} is {described(value)}, outside the recording")
        values.append(round(value * 1000))
    return values[0], max(values)


def _text(row: dict[str, Any], key: str, place: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise BadAnswer(f"{place} has no {key}, or it is not text")
    try:
        value.encode()  # JSON can spell half a surrogate pair, no file or database can hold one
    except UnicodeEncodeError:
        raise BadAnswer(f"{place}.{key} holds characters that are not valid Unicode") from None
    return value


def _list(row: dict[str, Any], key: str) -> list[Any]:
    """The list of that name; empty if there is none."""
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadAnswer(f"{key} is not a list")
    return value


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadAnswer(f"{place} is not a JSON object")
    return value
