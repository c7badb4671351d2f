"""How sure a server of the OpenAI kind was, where it says so."""

from __future__ import annotations

from typing import Any

import pytest

from qa_pipeline.local_service.recognizers.openai_answers import read_transcription

SEGMENT = {"start": 0, "end": 2, "text": "Good day.", "avg_logprob": -0.25}
WORDS = [{"word": "Good", "start": 0, "end": 1, "probability": 0.9}, {"word": "day.", "start": 1, "end": 2}]


def heard(*segments: Any, words: Any = None) -> list[tuple[float | None, list[float | None]]]:
    document = {"text": "Good day.", "segments": list(segments), "words": words}
    sentences = read_transcription(document).sentences(0, 2000)
    return [(said.confidence, [word.confidence for word in said.words]) for said in sentences]


def test_words_know_better_than_the_half_minute_they_are_in() -> None:
    assert heard(SEGMENT, words=WORDS) == [(None, [0.9, None])]
    [(confidence, words)] = heard(SEGMENT)
    assert (confidence, words) == (pytest.approx(0.7788, abs=1e-4), [])


@pytest.mark.parametrize(
    "odd", [{"avg_logprob": 3}, {"avg_logprob": None}, {"confidence": "high", "avg_logprob": True}]
)
def test_an_odd_value_says_nothing(odd: dict[str, Any]) -> None:
    assert heard(SEGMENT | odd) == [(None, [])]


def test_a_confidence_of_nothing_is_one() -> None:
    assert heard(SEGMENT | {"confidence": 0}) == [(0.0, [])]
