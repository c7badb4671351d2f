"""What an engine can give of a channel, by the name that its transcripts carry: the one place that is asked.

A page hides what could never be there; a language that was given for a stretch is not taken for each sentence's own.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from qa_pipeline.transcription.models import UnknownModel, find_model


@dataclass(frozen=True, slots=True)
class EngineAbilities:
    """What an engine gives.

    `labels_sentences`: its language is that of each sentence, not of a window or of the whole channel.
    `gives_confidence`: it says how sure it was of words or sentences.
    """

    labels_sentences: bool
    gives_emotions: bool
    gives_confidence: bool
    gives_word_times: bool


EVERYTHING = EngineAbilities(labels_sentences=True, gives_emotions=True, gives_confidence=True, gives_word_times=True)
"""Of an engine that is not known, as of most imported transcripts: nothing of what it says is doubted or hidden."""

_SERVICE = EngineAbilities(labels_sentences=True, gives_emotions=True, gives_confidence=False, gives_word_times=True)
"""The paid service, as far as the model that is asked goes; and the references, which answer as that model does."""

_LOCAL: dict[str, EngineAbilities] = {
    "reference": _SERVICE,
    "benchmark": _SERVICE,
    "sense-voice": _SERVICE,
    "whisper": EngineAbilities(
        labels_sentences=False, gives_emotions=False, gives_confidence=True, gives_word_times=True
    ),
    "openai": EngineAbilities(
        labels_sentences=False, gives_emotions=False, gives_confidence=True, gives_word_times=True
    ),
}
"""The local service's recognizers. SenseVoice labels each stretch between two pauses, Whisper half a minute at a time,
a server of the OpenAI kind the whole file."""

_IMPORTED = EngineAbilities(labels_sentences=True, gives_emotions=False, gives_confidence=True, gives_word_times=True)
_IMPORTED_NAME = re.compile(r"import (?:amazon|azure|google|whisper)\b")
"""Imported transcripts of makers who label no emotions."""

_LOCAL_NAME = re.compile(r"local[ /]([^\s/]+)")


@functools.cache
def abilities_of(engine: str, model: str | None = None) -> EngineAbilities:
    """What the engine gives that is named `engine` in the tables: `dashscope beijing`, `local/whisper base d01c3014`.

    With the `model` that was asked for, what both give: a model without emotions is answered without them.
    """
    found = EVERYTHING
    if engine.startswith("dashscope"):
        found = _SERVICE
    elif _IMPORTED_NAME.match(engine):
        found = _IMPORTED
    elif local := _LOCAL_NAME.match(engine):
        found = _LOCAL.get(local[1], EVERYTHING)
    if model is None or found is EVERYTHING:
        return found
    try:
        asked = find_model(model)
    except UnknownModel:
        return found
    return EngineAbilities(
        labels_sentences=found.labels_sentences and asked.returns_language and asked.returns_sentence_times,
        gives_emotions=found.gives_emotions and asked.returns_emotion,
        gives_confidence=found.gives_confidence,
        gives_word_times=found.gives_word_times and asked.returns_word_times,
    )
