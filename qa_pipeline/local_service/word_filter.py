"""`special_word_filter` of the fun-asr family: words that come starred, and words that do not come at all.

The service's own list of sensitive words (`system_reserved_filter`) is not public: asked for, it changes nothing here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa_pipeline.local_service.errors import invalid_parameter
from qa_pipeline.transcription.results import ChannelTranscript, Sentence, Word

MAX_WORDS = 1000
_PLACE = "parameters.special_word_filter"


@dataclass(frozen=True, slots=True)
class WordFilter:
    """Words to star (as many stars as characters) and words to leave out, as they were given."""

    starred: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def apply(self, transcript: ChannelTranscript) -> ChannelTranscript:
        """The transcript with the filter over its text, its sentences and their words."""
        if not self.starred and not self.dropped:
            return transcript
        sentences = tuple(self._of_sentence(sentence) for sentence in transcript.sentences)
        return replace(transcript, text=self._of_text(transcript.text), sentences=sentences)

    def _of_sentence(self, sentence: Sentence) -> Sentence:
        words = tuple(word for word in self._of_words(sentence.words) if word.text)
        return replace(sentence, text=self._of_text(sentence.text), words=words)

    def _of_text(self, text: str) -> str:
        starred = _pattern(self.starred).sub(lambda found: "*" * len(found[0]), text)
        kept = _pattern(self.dropped).sub("", starred)
        return starred if kept == starred else re.sub(r"  +", " ", kept).strip()

    def _of_words(self, words: Sequence[Word]) -> Iterator[Word]:
        """A listed word may be several of `words` (one a character in Chinese), so it is looked for in their text."""
        starts, spoken = [], ""
        for word in words:
            is_apart = not (spoken and word.text and _is_latin(spoken[-1]) and _is_latin(word.text[0]))
            spoken += "" if is_apart else " "  # words may come without the space between them
            starts.append(len(spoken))
            spoken += word.text
        marks = list(spoken)
        for found in _pattern(self.starred).finditer(spoken):
            marks[found.start() : found.end()] = "*" * len(found[0])
        for found in _pattern(self.dropped).finditer(spoken):
            marks[found.start() : found.end()] = [""] * len(found[0])
        for word, start in zip(words, starts, strict=True):
            yield replace(word, text="".join(marks[start : start + len(word.text)]))


def parse_word_filter(value: Any) -> WordFilter:
    """The filter that a submit's JSON text describes; an absent one filters nothing.

    Raises:
        ServiceError: 400, not a JSON object in a string, or a list that is none.
    """
    if value is None or value == "":
        return WordFilter()
    if not isinstance(value, str):
        raise invalid_parameter(f"{_PLACE} must be a string that holds a JSON object.")
    try:
        document = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise invalid_parameter(f"{_PLACE} is not JSON: {str(error)[:200]}.") from error
    if not isinstance(document, dict):
        raise invalid_parameter(f"{_PLACE} must hold a JSON object.")
    return WordFilter(_words(document, "filter_with_signed"), _words(document, "filter_with_empty"))


def _words(document: dict[str, Any], name: str) -> tuple[str, ...]:
    part = document.get(name)
    if part is None:
        return ()
    words = part.get("word_list") if isinstance(part, dict) else None
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise invalid_parameter(f"{_PLACE}: {name}.word_list must be an array of strings.")
    if len(words) > MAX_WORDS:
        raise invalid_parameter(f"{_PLACE}: {name}.word_list has {len(words)} words; at most {MAX_WORDS}.")
    return tuple(words)


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Any of the words, the longest first; one written in letters of spaced scripts only as a whole word."""
    if not words:
        return re.compile(r"(?!)")
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(_whole(word) for word in ordered), re.IGNORECASE)


def _whole(word: str) -> str:
    before = r"(?<![A-Za-z0-9])" if _is_latin(word[0]) else ""
    after = r"(?![A-Za-z0-9])" if _is_latin(word[-1]) else ""
    return before + re.escape(word) + after


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
