"""What each engine gives, by the name that is stored beside its transcripts."""

from __future__ import annotations

import pytest

from qa_pipeline.transcription.engine_abilities import EVERYTHING, abilities_of


@pytest.mark.parametrize("engine", ["dashscope beijing", "dashscope other via gateway", "local reference"])
def test_the_service_labels_each_sentence_and_says_nothing_of_confidence(engine: str) -> None:
    found = abilities_of(engine, "qwen3-asr-flash-filetrans")
    assert (found.labels_sentences, found.gives_emotions, found.gives_confidence) == (True, True, False)


@pytest.mark.parametrize("model", ["fun-asr", "qwen-audio-3.1-asr-flash-filetrans", "qwen3-asr-flash"])
def test_a_model_that_labels_no_sentence_makes_no_engine_label_one(model: str) -> None:
    assert not abilities_of("dashscope beijing", model).labels_sentences
    assert not abilities_of("local/sense-voice", model).labels_sentences


@pytest.mark.parametrize("engine", ["local/whisper base d01c3014", "local whisper", "local/openai"])
def test_engines_that_label_windows_or_files_are_sure_or_unsure_instead(engine: str) -> None:
    found = abilities_of(engine, "qwen3-asr-flash-filetrans")
    assert (found.labels_sentences, found.gives_emotions, found.gives_confidence) == (False, False, True)


@pytest.mark.parametrize("engine", ["import vcon (verint/x)", "import webvtt", "none (silent channel)", "", "locality"])
def test_of_an_engine_that_is_not_known_nothing_is_doubted(engine: str) -> None:
    assert abilities_of(engine, "imported") == EVERYTHING
