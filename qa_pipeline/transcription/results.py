"""A result file in its exact form, read into sentences.

Accepts both documented shapes (`audio_info` or `properties`; sentence ids from 0 or from 1). Anything that
could put a wrong fact into a table is refused with `BadResult`, which names the place. A field that was left out is
None, never a guess. What the service itself answers was paid for and is brought into this form first: `mending`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.transcription.models import EMOTIONS
from qa_pipeline.transcription.odd_values import described, each_described
from qa_pipeline.transcription.remarks import Remark

MAX_RESULT_BYTES = 100 * 1024 * 1024
"""A 12 h call with words is about 30 MB; more than this is not a result."""

LONGEST_MS = 24 * 3600 * 1000
"""Twice the longest recording the service takes; times are stored as 32-bit integers, which hold far more."""


class BadResult(ValueError):
    """The result file does not say what a result file must; the message names the place."""


class Untimed(ValueError):
    """A sentence's times are needed and its model gave none."""


LanguageSource = Literal["engine", "text", "metadata"]
"""Who says which language a sentence is in: the engine, the sentence's own text, or the call's metadata."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word or character, with its own punctuation; times in ms from the start of the recording.

    `confidence` is how sure the engine was, 0 to 1; None where it does not say.
    """

    begin_ms: int
    end_ms: int
    text: str
    punctuation: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of one channel; times in ms from the start of the recording, ids from 0.

    Both times are None where the model gives none (those that answer at once) or what it gave could not be believed,
    never one of them alone. `speaker_id`
    counts from 0 and is only there where a model was asked to tell the voices of one channel apart. `confidence` is how
    sure the engine was of its words, 0 to 1; None where it does not say. `segment` is the recording of the call in
    which it was said, from 0 in order of time; a result knows of one. `language_source` is set where it is known not to
    be the engine's own label of the sentence.
    """

    sentence_id: int
    begin_ms: int | None
    end_ms: int | None
    text: str
    language: str | None = None
    emotion: str | None = None
    words: tuple[Word, ...] = ()
    speaker_id: int | None = None
    confidence: float | None = None
    segment: int = 0
    language_source: LanguageSource | None = None

    @property
    def span_ms(self) -> tuple[int, int]:
        """Begin and end, for those who can do nothing without.

        Raises:
            Untimed: the sentence has no times.
        """
        if self.begin_ms is None or self.end_ms is None:
            raise Untimed(f"sentence {self.sentence_id} has no times")
        return self.begin_ms, self.end_ms


@dataclass(frozen=True, slots=True)
class ChannelTranscript:
    """What the service heard on one channel, and which of its values could not be taken as they came.

    `engine` is who heard it, where the answer itself says so, as the local service's does.
    """

    channel_id: int
    text: str
    sentences: tuple[Sentence, ...]
    remarks: tuple[Remark, ...] = ()
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class TranscriptionResult:
    """A parsed result file."""

    file_url: str | None
    transcripts: tuple[ChannelTranscript, ...]

    def channel(self, channel_id: int) -> ChannelTranscript:
        """The transcript of `channel_id`.

        Raises:
            BadResult: the result has no such channel.
        """
        for transcript in self.transcripts:
            if transcript.channel_id == channel_id:
                return transcript
        present = [transcript.channel_id for transcript in self.transcripts]
        raise BadResult(f"channel {channel_id} was asked for, the result has channels {each_described(present)}")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def parse_result(raw: bytes) -> TranscriptionResult:
    """Reads a result file.

    Raises:
        BadResult: not JSON, not an object, a field missing, of the wrong type or outside its range.
    """
    document = load_object(raw, "the result")
    transcripts = _list(document, "transcripts", "result")
    parsed = tuple(parse_channel(item, f"transcripts[{index}]") for index, item in enumerate(transcripts))
    channel_ids = [transcript.channel_id for transcript in parsed]
    if len(set(channel_ids)) != len(channel_ids):
        raise BadResult(f"a channel appears twice in the result: {each_described(channel_ids)}")
    file_url = document.get("file_url")
    return TranscriptionResult(file_url=file_url if isinstance(file_url, str) else None, transcripts=parsed)


def load_object(raw: bytes | str, what: str, *, constants: Callable[[str], float] = _refuse_constant) -> dict[str, Any]:
    """The JSON object that `raw` must be. `constants` reads NaN and the infinities, which JSON does not have.

    Raises:
        BadResult: longer than any result, not JSON, or another kind of value; `what` names it in the message.
    """
    if len(raw) > MAX_RESULT_BYTES:
        raise BadResult(f"{what} is {len(raw):,} bytes; more than {MAX_RESULT_BYTES:,} is not a result")
    try:
        document = json.loads(raw, parse_constant=constants)
    except (ValueError, RecursionError) as error:
        raise BadResult(f"{what} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadResult(f"{what} is a JSON {type(document).__name__}, not an object")
    return document


def join_words(words: Iterable[Word]) -> str:
    """The text of words, as the service spaces them: word and punctuation, nothing added between."""
    return "".join(word.text + word.punctuation for word in words).strip()


def parse_channel(item: Any, place: str, *, may_lack_times: bool = False) -> ChannelTranscript:
    """One element of `transcripts`: its channel, text and sentences, in order and each with times.

    With `may_lack_times` both times of a sentence may be None; of the others the order is still asked for.

    Raises:
        BadResult: as `parse_result`; `place` begins its message.
    """
    if not isinstance(item, dict):
        raise BadResult(f"{place} is not an object")
    channel_id = item.get("channel_id")
    if isinstance(channel_id, bool) or not isinstance(channel_id, int):
        raise BadResult(f"{place}.channel_id is {described(channel_id)}, not a whole number")
    rows = _list(item, "sentences", place)
    sentences = tuple(
        _sentence(row, index, f"{place}.sentences[{index}]", may_lack_times=may_lack_times)
        for index, row in enumerate(rows)
    )
    begin_ms = 0
    for index, sentence in enumerate(sentences):
        if sentence.begin_ms is not None and sentence.begin_ms < begin_ms:
            raise BadResult(f"{place}.sentences[{index}] begins before the one ahead of it")
        begin_ms = begin_ms if sentence.begin_ms is None else sentence.begin_ms
    return ChannelTranscript(
        channel_id=channel_id,
        text=valid_text(item, "text", place),
        sentences=sentences,
        engine=None if item.get("engine") is None else valid_text(item, "engine", place),
    )


def _sentence(row: Any, index: int, place: str, *, may_lack_times: bool) -> Sentence:
    if not isinstance(row, dict):
        raise BadResult(f"{place} is not an object")
    begin_ms: int | None = None
    end_ms: int | None = None
    if not may_lack_times or row.get("begin_time") is not None or row.get("end_time") is not None:
        begin_ms, end_ms = _times(row, place)
    words = row.get("words") or []
    if not isinstance(words, list):
        raise BadResult(f"{place}.words is not a list")
    return Sentence(
        sentence_id=index,
        begin_ms=begin_ms,
        end_ms=end_ms,
        text=valid_text(row, "text", place),
        language=known_label(row, "language", LANGUAGE_CODES, place),
        emotion=known_label(row, "emotion", EMOTIONS, place),
        words=tuple(_word(word, f"{place}.words[{number}]") for number, word in enumerate(words)),
        speaker_id=_speaker(row, place),
        confidence=_confidence(row, place),
    )


def _speaker(row: dict[str, Any], place: str) -> int | None:
    speaker_id = row.get("speaker_id")
    if speaker_id is not None and (isinstance(speaker_id, bool) or not isinstance(speaker_id, int)):
        raise BadResult(f"{place}.speaker_id is {described(speaker_id)}, not a whole number")
    return speaker_id


def _word(word: Any, place: str) -> Word:
    if not isinstance(word, dict):
        raise BadResult(f"{place} is not an object")
    begin_ms, end_ms = _times(word, place)
    punctuation = "" if word.get("punctuation") is None else valid_text(word, "punctuation", place)
    return Word(begin_ms, end_ms, valid_text(word, "text", place), punctuation, _confidence(word, place))


def _confidence(item: dict[str, Any], place: str) -> float | None:
    value = item.get("confidence")
    if value is None or is_confidence(value):
        return value
    raise BadResult(f"{place}.confidence is {described(value)}, not a number from 0 to 1")


def is_confidence(value: Any) -> bool:
    """Whether `value` is a number from 0 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _times(item: dict[str, Any], place: str) -> tuple[int, int]:
    begin_ms, end_ms = _whole(item, "begin_time", place), _whole(item, "end_time", place)
    if end_ms < begin_ms:
        raise BadResult(f"{place} ends at {end_ms} ms, before it begins at {begin_ms} ms")
    return begin_ms, end_ms


def _whole(item: dict[str, Any], key: str, place: str) -> int:
    value = item.get(key)
    is_finite = not isinstance(value, float) or math.isfinite(value)  # a whole number may be too large to ask
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_finite:
        raise BadResult(f"{place}.{key} is {described(value)}, not a number")
    if value < 0:
        raise BadResult(f"{place}.{key} is {described(value)}, below zero")
    if value > LONGEST_MS:
        raise BadResult(f"{place}.{key} lies more than {LONGEST_MS:,} ms after the beginning, past any recording")
    return round(value)


def valid_text(item: dict[str, Any], key: str, place: str) -> str:
    """The text of `item`; a database must be able to hold it.

    Raises:
        BadResult: missing, not text, or not valid Unicode.
    """
    value = item.get(key)
    if not isinstance(value, str):
        raise BadResult(f"{place}.{key} is {described(value)}, not text")
    try:
        value.encode()  # JSON can spell half a surrogate pair, no database can hold one
    except UnicodeEncodeError:
        raise BadResult(f"{place}.{key} holds characters that are not valid Unicode") from None
    return value


def _list(item: dict[str, Any], key: str, place: str) -> list[Any]:
    value = item.get(key)
    if not isinstance(value, list):
        raise BadResult(f"{place}.{key} is {'missing' if key not in item else 'not a list'}")
    return value


def known_label(row: dict[str, Any], key: str, allowed: tuple[str, ...], place: str) -> str | None:
    """The language or emotion of `row`, None where it is missing or empty.

    Raises:
        BadResult: it is none of `allowed`.
    """
    value = row.get(key)
    if value is None or value == "":
        return None
    if value not in allowed:
        raise BadResult(f"{place}.{key} is {described(value)}, not one of: {', '.join(allowed)}")
    return str(value)
