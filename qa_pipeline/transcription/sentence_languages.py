"""The language of each sentence of a call, where an engine gives one for a window, a channel or nothing at all.

An engine that labels sentences is believed. Else a sentence keeps the language that was given for where it stands,
unless its text speaks clearly for another one that is possible in the call: one that an engine named in it, that the
metadata name, that was asked for, or that a long sentence leaves no doubt of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.transcription.results import ChannelTranscript, LanguageSource, Sentence
from qa_pipeline.transcription.text_languages import LATIN, is_alike, is_cantonese, language_of, weight_of, written_in

SHORT_WEIGHT = 8
"""Below so many letters only the script of a text tells: "Okay.", "Bye bye" and "No." are said in every language."""

LONG_WEIGHT = 24
SURE = 0.8
SURE_OF_FEW = 0.95
"""How likely a language must be to go before the one that was given: for texts of `LONG_WEIGHT` letters, and for
shorter ones."""

NAMING_WEIGHT = 30
"""Letters of a sentence that may name a language of the call that nobody else names; it must be `SURE_OF_FEW`."""
STATED_WEIGHT = 60
"""Letters in another language that it takes on a channel for its short sentences not to be in the metadata's."""
MOST_LOOKED_AT = 200
"""Sentences of a channel that are read for it; a long call is not in other languages than its first half hour."""


@dataclass(frozen=True, slots=True)
class HeardChannel:
    """A channel of a call, or a part of one, and whether its engine labels sentences (see `engine_abilities`)."""

    transcript: ChannelTranscript
    labels_sentences: bool


def label_languages(channels: Sequence[HeardChannel], stated: Iterable[str | None] = ()) -> list[ChannelTranscript]:
    """The transcripts of one call with the language of each sentence and who said so, as far as anybody can.

    `stated` are the languages that the call's metadata name and that were asked for, the likeliest first.
    """
    if all(channel.labels_sentences and _is_labelled(channel.transcript) for channel in channels):
        return [channel.transcript for channel in channels]
    of_call = _CallLanguages(channels, [code for code in stated if code is not None])
    return [of_call.labelled(channel) for channel in channels]


class _CallLanguages:
    """What may be spoken in one call."""

    def __init__(self, channels: Sequence[HeardChannel], stated: Sequence[str]) -> None:
        named = [said.language for channel in channels for said in channel.transcript.sentences if said.language]
        self._stated = stated[0] if stated else None
        self.possible = list(dict.fromkeys([*named, *stated]))
        for language in _spoken(channels, whole=not self.possible):
            if language not in self.possible and not any(is_alike(language, other) for other in self.possible):
                self.possible.append(language)

    def labelled(self, channel: HeardChannel) -> ChannelTranscript:
        """A channel with its sentences labelled."""
        transcript = channel.transcript
        if channel.labels_sentences and _is_labelled(transcript):
            return transcript
        usual, source = self._usual(transcript)
        sentences = [
            said if channel.labels_sentences and _has_own(said) else self._sentence(said, usual, source)
            for said in transcript.sentences
        ]
        return replace(transcript, sentences=tuple(sentences))

    def _usual(self, transcript: ChannelTranscript) -> tuple[str | None, LanguageSource | None]:
        """What is mostly spoken on a channel, and who says so."""
        given: Counter[str] = Counter()
        for said in transcript.sentences:
            if said.language:
                given[said.language] += 1 + weight_of(said.text)
        if given:
            usual = _most(given)
            sources = {_source_of(said) for said in transcript.sentences if said.language == usual}
            return usual, "engine" if "engine" in sources else "metadata"
        read: Counter[str] = Counter() if self._stated is None else Counter({self._stated: STATED_WEIGHT})
        for said in transcript.sentences:
            if found := _clear_language(said.text, self.possible):
                read[found] += weight_of(said.text)
        if read:
            usual = _most(read)
            return usual, "metadata" if usual == self._stated else "text"
        return None, None  # what the other party speaks is no reason

    def _sentence(self, said: Sentence, usual: str | None, source: LanguageSource | None) -> Sentence:
        given, by = (said.language, _source_of(said)) if said.language else (usual, source)
        given, by = self._fitting(said.text, given, by, usual, source)
        found = _clear_language(said.text, self.possible)
        if found is not None and found != given and not (given == "yue" and found == "zh"):
            given, by = found, "text"
        if given not in LANGUAGE_CODES:  # Dutch, say, which tables have no code for
            given, by = None, None
        return replace(said, language=given, language_source=by)

    def _fitting(
        self,
        text: str,
        given: str | None,
        by: LanguageSource | None,
        usual: str | None,
        source: LanguageSource | None,
    ) -> tuple[str | None, LanguageSource | None]:
        """The language that was given, unless the text is not written in it and the channel's usual one is."""
        written = written_in(text)
        if given in written or usual not in written:
            return given, by
        return usual, source


def _clear_language(text: str, possible: Collection[str]) -> str | None:
    """The language that a text speaks for clearly enough to go before another one; None where it does not."""
    written = written_in(text)
    if not written:
        return None
    candidates = [code for code in possible if code in written]
    if not candidates and written == LATIN:  # every other language is said with a word or two of it: OK, e-mail, Wi-Fi
        return _likely(text, LATIN, short_weight=LONG_WEIGHT)
    if not candidates:  # written in none of them, so it is none of them, however short it is
        found = language_of(text, written) if "zh" not in written else None
        return found.language if found else written[0]
    if "yue" in candidates and is_cantonese(text):
        return "yue"
    if len(candidates) == 1:
        is_word_of_another = written == LATIN and len(possible) > 1 and weight_of(text) < SHORT_WEIGHT
        return None if is_word_of_another else candidates[0]
    return _likely(text, candidates, short_weight=SHORT_WEIGHT)


def _likely(text: str, candidates: Collection[str], *, short_weight: int) -> str | None:
    weight = weight_of(text)
    if weight < short_weight:
        return None
    found = language_of(text, candidates)
    enough = SURE if weight >= LONG_WEIGHT else SURE_OF_FEW
    return found.language if found is not None and found.probability >= enough else None


def _spoken(channels: Sequence[HeardChannel], *, whole: bool) -> Iterator[str]:
    """The languages that long sentences are clearly in, and with `whole` those of whole channels."""
    for channel in channels:
        said = [sentence.text for sentence in channel.transcript.sentences[:MOST_LOOKED_AT]]
        texts = [(text, SURE_OF_FEW) for text in said if weight_of(text) >= NAMING_WEIGHT]
        if whole:
            texts.insert(0, (" ".join(said), SURE))
        for text, sure in texts:
            found = language_of(text, written_in(text), or_alike=True)
            if found is not None and found.probability >= sure:
                yield found.language


def _most(weights: Counter[str]) -> str:
    """The one with the greatest weight, the first in the alphabet of equal ones."""
    return min(weights, key=lambda code: (-weights[code], code))


def _is_labelled(transcript: ChannelTranscript) -> bool:
    return all(_has_own(said) or not written_in(said.text) for said in transcript.sentences)


def _has_own(said: Sentence) -> bool:
    """Whether the language is the engine's label of this very sentence, and not of the whole transcript."""
    return said.language is not None and said.language_source is None


def _source_of(said: Sentence) -> LanguageSource:
    return said.language_source or "engine"
