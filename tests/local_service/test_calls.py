"""What is made of what was heard: text, labels, tokens and the pieces of a stream."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.local_service.calls import MAX_PIECES, Heard, count_tokens, pieces_of
from qa_pipeline.transcription.results import Sentence


def heard(*sentences: Sentence, duration_s: float = 2.0, requested_language: str | None = None) -> Heard:
    return Heard(sentences, duration_s, "0" * 64, requested_language)


def said(text: str, begin: int, end: int, language: str | None = None, emotion: str | None = None) -> Sentence:
    return Sentence(0, begin, end, text, language, emotion)


def test_scripts_without_spaces_are_joined_without_and_others_with() -> None:
    assert heard(said("您好。", 0, 1), said("请讲。", 1, 2), said("Hello.", 2, 3), said("Yes?", 3, 4)).text == (
        "您好。请讲。 Hello. Yes?"
    )


def test_the_label_of_a_recording_is_the_one_of_most_of_its_time() -> None:
    mixed = heard(said("a", 0, 100, "zh", "angry"), said("b", 100, 900, "en", None), said("c", 900, 950, "zh", "happy"))
    assert (mixed.language, mixed.emotion) == ("en", "angry")


def test_labels_that_nobody_made_stay_unknown() -> None:
    assert (heard(said("a", 0, 9)).language, heard(said("a", 0, 9)).emotion) == (None, None)
    assert (heard().language, heard().emotion, heard().text) == (None, None, "")


def test_a_requested_language_is_the_label() -> None:
    assert heard(said("a", 0, 9, "en"), requested_language="zh").language == "zh"


def test_seconds_and_audio_tokens_count_a_part_of_a_second_whole() -> None:
    assert [(heard(duration_s=at).seconds, heard(duration_s=at).audio_tokens) for at in (1.0, 1.001, 59.9)] == [
        (1, 25),
        (2, 50),
        (60, 1500),
    ]


def test_tokens_are_words_marks_and_characters() -> None:
    assert count_tokens("Welcome to Alibaba Cloud.") == 5
    assert count_tokens("欢迎使用。") == 5
    assert count_tokens(" \n ") == 0


def test_a_text_is_streamed_about_a_word_at_a_time() -> None:
    assert pieces_of("Hello there. 您好") == ["Hello", " there", ".", " 您", "好"]


@given(st.text(st.sampled_from("aé 好。.\n한"), max_size=900))
def test_the_pieces_of_a_stream_are_the_text_again(text: str) -> None:
    pieces = pieces_of(text)
    assert "".join(pieces) == text
    assert len(pieces) <= MAX_PIECES + 1
    assert all(pieces)
