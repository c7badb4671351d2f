"""Other vendors' languages, emotions, numbers and texts."""

from __future__ import annotations

from typing import Any

import pytest

from qa_pipeline.transcription.imports.labels import clean_text, milliseconds
from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.labels import known_emotion, known_language
from qa_pipeline.transcription.results import BadResult


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("en", "en"), ("en-US", "en"), ("EN_gb", "en"), ("English", "en"), ("zh-CN", "zh"), ("zh-HK", "yue"),
        ("zh-Hant-HK", "yue"), ("yue-Hant-HK", "yue"), ("cmn-Hans-CN", "zh"), ("tl", "fil"), ("nb-NO", "no"),
        ("pt-BR", "pt"),
        ("nl", None), ("", None), ("auto", None), (None, None), (7, None), (["en"], None),
    ],
)  # fmt: skip
def test_a_language_is_one_of_the_27_or_none(theirs: Any, ours: str | None) -> None:
    assert known_language(theirs) == ours


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("happy", "happy"), (" Angry ", "angry"), ("joyful", None), ("", None), (None, None), (1, None)],
)
def test_an_emotion_is_one_of_the_seven_or_none(theirs: Any, ours: str | None) -> None:
    assert known_emotion(theirs) == ours


def test_times_are_whole_milliseconds() -> None:
    assert [milliseconds(value, "x") for value in (0, 1, 0.0005, 1.2345, "2.5", "7")] == [0, 1000, 0, 1234, 2500, 7000]
    assert milliseconds(250, "x", per_unit=1) == 250


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "not a number"), (True, "not a number"), ("soon", "not a number"), ("1e3", "not a number"),
        ([1], "not a number"), (float("nan"), "not a number"), (float("inf"), "not a number"), (-0.1, "below zero"),
        (86_401, "past any recording"), (10**400, "past any recording"), ("9" * 400, "not a number"),
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_its_place(value: Any, reason: str) -> None:
    with pytest.raises(BadResult, match=f"segments.3.*{reason}"):
        milliseconds(value, "segments[3].start")


def test_texts_are_joined_as_their_scripts_are_written() -> None:
    assert join_texts(["Hello.", "How are you?"]) == "Hello. How are you?"
    assert join_texts(["您好。", "请讲。"]) == "您好。请讲。"
    assert join_texts(["สวัสดี", "ครับ"]) == "สวัสดีครับ"
    assert join_texts(["안녕", "하세요"]) == "안녕 하세요"
    assert join_texts(["这是", "Wi-Fi"]) == "这是 Wi-Fi"
    assert join_texts([]) == ""


def test_text_is_one_line_and_keeps_the_blanks_that_were_written() -> None:
    assert clean_text(" a\t b \n\n c ", "x") == "a b c"
    assert clean_text("科万 客服", "x") == "科万 客服"
    for wrong in ("\ud800", 7, None):
        with pytest.raises(BadResult, match="x"):
            clean_text(wrong, "x")
