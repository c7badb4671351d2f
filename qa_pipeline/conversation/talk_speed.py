"""How fast a role speaks: words a minute of its talk, or characters a minute where a script has no words to count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.intervals import Interval, length, union
from qa_pipeline.conversation.scripts import (
    CHARACTER_LANGUAGES,
    count_characters,
    count_words,
    is_counted_in_characters,
)
from qa_pipeline.conversation.sentences import TimedSentence
from qa_pipeline.transcription.placeholders import has_placeholder

SpeedUnit = Literal["characters/min", "words/min"]

MS_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class TalkSpeed:
    """Units of `unit` a minute."""

    per_minute: float
    unit: SpeedUnit


def talk_speed(placed: Sequence[TimedSentence], thresholds: MetricThresholds) -> TalkSpeed | None:
    """The speed of a role, in the unit of the language it speaks longest; None with too little talk.

    Sentences of the other unit are left out: characters and words can't be added. So are sentences under
    `talk_speed_min_sentence_ms`, and those of which something personal was taken out; with less than
    `talk_speed_min_talk_ms` of talk left there is no speed.
    """
    unit = _unit_of_role(placed)
    if unit is None:
        return None
    counted = [
        item
        for item in placed
        if item.length_ms >= thresholds.talk_speed_min_sentence_ms
        and _unit_of(item) == unit
        and not has_placeholder(item.sentence.text)
    ]
    talk_ms = length(union((item.begin_ms, item.end_ms) for item in counted))
    if talk_ms == 0 or talk_ms < thresholds.talk_speed_min_talk_ms:
        return None
    count = count_characters if unit == "characters/min" else count_words
    return TalkSpeed(sum(count(item.sentence.text) for item in counted) * MS_PER_MINUTE / talk_ms, unit)


def longest_language(placed: Sequence[TimedSentence]) -> str | None:
    """The language a role speaks longest, overlaps counted once; the first in the alphabet of equals.

    The rule of `transcripts.language`, which SQL works out; here it only chooses a unit.
    """
    spans: dict[str, list[Interval]] = {}
    for item in placed:
        if item.sentence.language is not None:
            spans.setdefault(item.sentence.language, []).append((item.begin_ms, item.end_ms))
    if len(spans) <= 1:
        return next(iter(spans), None)
    return min(spans, key=lambda language: (-length(union(spans[language])), language))


def _unit_of_role(placed: Sequence[TimedSentence]) -> SpeedUnit | None:
    language = longest_language(placed)
    if language is not None:
        return "characters/min" if language in CHARACTER_LANGUAGES else "words/min"
    if not placed:
        return None
    spans: dict[SpeedUnit, list[Interval]] = {"characters/min": [], "words/min": []}
    for item in placed:
        spans[_unit_of(item)].append((item.begin_ms, item.end_ms))
    characters, words = (length(union(own)) for own in spans.values())
    return "characters/min" if characters > words else "words/min"


def _unit_of(item: TimedSentence) -> SpeedUnit:
    sentence = item.sentence
    return "characters/min" if is_counted_in_characters(sentence.language, sentence.text) else "words/min"
