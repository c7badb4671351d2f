"""`QA_MODEL=auto` takes the model by need and length, and says why."""

from __future__ import annotations

import pytest

from qa_pipeline.transcription.choosing import NoModel, choose
from qa_pipeline.transcription.limits import Ask

SHORT = Ask(name="a.mp4", container="mp4", size_bytes=40_000_000, duration_s=240.0)
LONG = Ask(name="a.wav", container="wav", size_bytes=40_000_000, duration_s=2400.0)


@pytest.mark.parametrize(
    ("ask", "words", "emotion", "model", "reason"),
    [
        (SHORT, True, True, "qwen3-asr-flash-filetrans", "4 min; word times and emotion are asked"),
        (LONG, True, True, "qwen3-asr-flash-filetrans", "40 min; word times and emotion are asked"),
        (LONG, True, False, "fun-asr", "40 min; word times are asked, emotion is not: only speech is billed"),
        (SHORT, False, True, "qwen3-asr-flash", "4 min; up to 5 min and no word times asked: answered at once"),
        (LONG, False, True, "qwen3-asr-flash-filetrans", "40 min; sentence times, language and emotion"),
    ],
)
def test_need_comes_before_length(ask: Ask, words: bool, emotion: bool, model: str, reason: str) -> None:
    choice = choose(ask, words=words, emotion=emotion)
    assert choice.model.id == model
    assert choice.reason.startswith(reason)


def test_a_language_that_the_first_choice_does_not_know_goes_to_one_that_does() -> None:
    turkish = Ask(name="a.wav", container="wav", duration_s=60.0, language="tr")
    assert choose(turkish, words=True, emotion=False).model.id == "qwen3-asr-flash-filetrans"


@pytest.mark.parametrize("words", [True, False])
def test_in_the_us_only_one_model_is_there(words: bool) -> None:
    here = Ask(name="a.wav", container="wav", duration_s=60.0, region="us")
    choice = choose(here, words=words, emotion=True)
    assert (choice.model.id, choice.reason) == ("qwen3-asr-flash-us", "1 min; the only model of this region")


def test_a_recording_that_no_model_takes_is_refused_with_the_reason() -> None:
    with pytest.raises(NoModel, match=r"a\.wav lasts 40 min; qwen3-asr-flash-us takes 5 min"):
        choose(Ask(name="a.wav", container="wav", duration_s=2400.0, region="us"), words=True, emotion=True)


def test_an_address_whose_length_nobody_knows_is_not_given_to_a_model_for_short_ones() -> None:
    assert choose(Ask(name="https://example.com/a", form="url"), words=False, emotion=True).model.is_task_based
