"""Sentences become one text as their script is written."""

from __future__ import annotations

import pytest

from qa_pipeline.local_service.calls import Heard
from qa_pipeline.transcription.joining import is_unspaced, join_texts
from qa_pipeline.transcription.results import Sentence


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (["您好，", "请讲。"], "您好，请讲。"),
        (["สวัสดี", "ครับ"], "สวัสดีครับ"),
        (["안녕하세요", "네, 맞아요"], "안녕하세요 네, 맞아요"),
        (["好的，", "OK"], "好的， OK"),
        (["Hi. ", "", " Bye."], "Hi. Bye."),
        ([], ""),
    ],
)
def test_a_blank_stands_between_texts_of_scripts_that_have_blanks(texts: list[str], joined: str) -> None:
    assert join_texts(texts) == joined
    sentences = tuple(Sentence(index, 0, 0, text) for index, text in enumerate(texts))
    assert Heard(sentences, 1.0, "0" * 64).text == joined, "an answer given at once is put together otherwise"


def test_nothing_is_of_no_script() -> None:
    assert not is_unspaced("")
