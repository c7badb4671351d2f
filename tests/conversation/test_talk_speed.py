"""Speed in the unit of the language, and none where there is too little to tell."""

from __future__ import annotations

import pytest

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import SpokenSentence
from qa_pipeline.conversation.talk_speed import TalkSpeed, talk_speed
from tests.conversation.building import placed, said, talk

THRESHOLDS = MetricThresholds()


def speed(*sentences: SpokenSentence) -> TalkSpeed | None:
    return talk_speed(placed(*sentences), THRESHOLDS)


@pytest.mark.parametrize(("language", "text", "unit", "count"), [
    ("zh", "您的套餐9月15日到期。", "characters/min", 11),
    ("yue", "唔使客氣，拜拜。", "characters/min", 6),
    ("ja", "はい、それで大丈夫です。", "characters/min", 10),
    ("ko", "무엇을 도와드릴까요?", "characters/min", 9),
    ("th", "ขอบคุณที่โทรมา", "characters/min", 11),
    ("en", "I don't know, e-mail is better.", "words/min", 6),
    ("de", "Das kostet 39,90 € im Monat.", "words/min", 5),
    ("hi", "मैं आपकी सहायता करूँ", "words/min", 4),
    ("vi", "xin chào quý khách", "words/min", 4),
])  # fmt: skip
def test_the_unit_is_the_one_of_the_language(language: str, text: str, unit: str, count: int) -> None:
    found = speed(said("agent", 0, 6000, text, language=language))
    assert found is not None
    assert (found.unit, found.per_minute) == (unit, pytest.approx(count * 10))


def test_of_a_mixed_call_only_sentences_of_the_main_languages_unit_are_counted() -> None:
    found = speed(
        said("agent", 0, 6000, "我要取消这个", language="zh"),
        said("agent", 7000, 10_000, "one two three four", language="en"),
    )
    assert found == TalkSpeed(60.0, "characters/min")


def test_languages_of_one_unit_are_counted_together() -> None:
    found = speed(
        said("agent", 0, 6000, "one two three", language="en"), said("agent", 6000, 10_000, "uno dos", language="es")
    )
    assert found == TalkSpeed(30.0, "words/min")


def test_a_word_of_another_script_is_one_unit_in_a_sentence_of_the_main_language() -> None:
    found = speed(said("agent", 0, 6000, "我的Wi-Fi不OK", language="zh"))
    assert found == TalkSpeed(50.0, "characters/min")


@pytest.mark.parametrize(("text", "unit"), [("请稍等，我看一下。", "characters/min"), ("one moment", "words/min")])
def test_without_a_language_the_script_decides(text: str, unit: str) -> None:
    found = speed(said("agent", 0, 6000, text))
    assert found is not None
    assert found.unit == unit


def test_short_sentences_are_left_out_and_with_little_talk_there_is_no_speed() -> None:
    spoken = said("agent", 0, 5000, "one two three four five", language="en")
    assert speed(spoken, said("agent", 6000, 6999, "six seven", language="en")) == TalkSpeed(60.0, "words/min")
    assert speed(spoken._replace(end_ms=4999)) is None
    assert speed(spoken._replace(end_ms=4999), said("agent", 6000, 6999, "six", language="en")) is None


def test_overlapping_sentences_share_their_time() -> None:
    found = speed(
        said("agent", 0, 6000, "one two three", language="en"),
        said("agent", 3000, 6000, "four five six", language="en"),
    )
    assert found == TalkSpeed(60.0, "words/min")


def test_roles_of_different_units_are_told_apart() -> None:
    metrics = talk(
        said("agent", 0, 6000, "我要取消这个", language="zh"), said("customer", 7000, 13_000, "one two", language="en")
    ).metrics
    assert (metrics.agent_talk_speed, metrics.agent_talk_speed_unit) == (60.0, "characters/min")
    assert (metrics.customer_talk_speed, metrics.customer_talk_speed_unit) == (20.0, "words/min")
    assert metrics.talk_speed_unit == "mixed"


def test_a_sentence_with_something_masked_says_nothing_of_the_speed() -> None:
    found = speed(
        said("agent", 0, 6000, "one two three", language="en"),
        said("agent", 7000, 30_000, "your card is [card …1111]", language="en"),
    )
    assert found == TalkSpeed(30.0, "words/min")
