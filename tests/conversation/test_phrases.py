"""Murmurs and agents' phrases are found however they are written, and nothing else is."""

from __future__ import annotations

import pytest

from qa_pipeline.conversation.phrase_lists import AGENT_PHRASES, ANY, BACKCHANNELS
from qa_pipeline.conversation.phrases import agent_phrases_in, fold, is_backchannel
from qa_pipeline.transcription.joining import join_texts
from qa_pipeline.transcription.models import LANGUAGE_CODES


@pytest.mark.parametrize(("text", "language"), [
    ("Mm-hm.", "en"), ("Uh huh, YEAH.", "en"), ("嗯，好的好的。", "zh"), ("嗯，OK！", "zh"),
    ("はい、そうですね。", "ja"), ("네, 알겠습니다.", "ko"), ("ค่ะ", "th"), ("D’accord !", "fr"),
    ("Ja, ja, genau.", "de"), ("ＯＫ。", "ja"), ("Sí, claro", None), ("嗯嗯", None), ("हाँ जी", "hi"),
])  # fmt: skip
def test_a_text_of_nothing_but_murmurs_is_one(text: str, language: str | None) -> None:
    assert is_backchannel([(text, language)])


@pytest.mark.parametrize(("text", "language"), [
    ("Yeah, but no.", "en"), ("No.", "en"), ("Right away", "en"), ("yeahright", "en"), ("好的，我要退订。", "zh"),
    ("", "en"), ("…", "en"), ("Genau.", "en"), ("はいどうぞ", "ja"), ("yeah " * 30, "en"),
])  # fmt: skip
def test_a_text_with_anything_else_in_it_is_none(text: str, language: str) -> None:
    assert not is_backchannel([(text, language)])


def test_each_sentence_is_looked_up_in_its_own_language() -> None:
    assert is_backchannel([("Genau.", "de"), ("Right.", "en")])
    assert not is_backchannel([("Genau.", "de"), ("Right.", "de")])


def test_many_ways_to_cut_a_text_are_no_trouble() -> None:
    assert is_backchannel([("嗯" * 80, "zh")])
    assert not is_backchannel([("嗯" * 79 + "退", "zh")])


@pytest.mark.parametrize(("text", "language", "phrase"), [
    ("Thank you for calling, how CAN I help?", "en", "how can i help"),
    ("你好，請問有咩可以幫到你？", "yue", "有咩可以幫"),
    ("무엇을 도와드릴까요?", "ko", "무엇을도와드릴까요"),
    ("Que puis-je faire pour vous ?", None, "que puis je faire pour vous"),
    ("شكراً لاتصالك", "ar", "شكرا لاتصالك"),
])  # fmt: skip
def test_an_agents_phrase_is_found_inside_a_sentence(text: str, language: str | None, phrase: str) -> None:
    assert phrase in agent_phrases_in(text, language)


def test_a_phrase_begins_where_a_word_begins_and_belongs_to_its_language() -> None:
    assert agent_phrases_in("Show can I help", "en") == set()
    assert agent_phrases_in("How can I help?", "de") == set()
    assert agent_phrases_in("Corvane, moin!", "de", ("Moin",)) == {"moin"}


def test_the_lists_know_only_languages_of_the_service_and_no_phrase_twice() -> None:
    assert set(BACKCHANNELS) - {ANY} <= set(LANGUAGE_CODES)
    assert set(AGENT_PHRASES) <= set(LANGUAGE_CODES)
    for phrases in (*BACKCHANNELS.values(), *AGENT_PHRASES.values()):
        assert all(fold(phrase) for phrase in phrases)
        assert len(set(phrases)) == len(phrases)


def test_sentences_are_joined_as_their_script_is_written() -> None:
    assert join_texts(["你好。", "再见。"]) == "你好。再见。"
    assert join_texts(["네.", "안녕히 계세요."]) == "네. 안녕히 계세요."
    assert join_texts(["Hi.", "", " Bye. "]) == "Hi. Bye."
    assert join_texts(["好的，", "OK"]) == "好的， OK"
