"""The language of each sentence of the calls that were read, from all that is known of a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qa_pipeline.transcription.engine_abilities import abilities_of
from qa_pipeline.transcription.labels import known_language
from qa_pipeline.transcription.languages import REQUEST_LANGUAGES
from qa_pipeline.transcription.results import ChannelTranscript
from qa_pipeline.transcription.sentence_languages import HeardChannel


def heard_channel(transcript: ChannelTranscript, engine: str, model: str) -> HeardChannel:
    """A transcript with whether its engine labels sentences. `engine` is who was asked; the answer may know better."""
    return HeardChannel(transcript, abilities_of(transcript.engine or engine, model).labels_sentences)


def stated_languages(metadata: str | None, requests: Iterable[Mapping[str, Any]]) -> list[str]:
    """The language that a call's metadata name, then those that its channels were asked for, by the codes of settings.

    `requests` are parameters as the ledger keeps them.
    """
    asked = [code for request in requests for code in (request.get("language"), *(request.get("language_hints") or ()))]
    found = [code if code in REQUEST_LANGUAGES else known_language(code) for code in (metadata, *asked)]
    return list(dict.fromkeys(code for code in found if code is not None))
