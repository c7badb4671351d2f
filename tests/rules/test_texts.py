"""The words and the text of a call: what a phrase becomes, where a sentence ends, what a pattern is looked for in."""

from __future__ import annotations

import pytest

from qa_pipeline.rules.calls import RuleSentence
from qa_pipeline.rules.phrases import lost_sign, phrase_words
from qa_pipeline.rules.places import compiled
from qa_pipeline.rules.plain_texts import plain, plain_pattern, plain_turn
from qa_pipeline.rules.texts import RoleText, WordSpan


def turn(*texts: str) -> list[RuleSentence]:
    return [RuleSentence(number, 0, "agent", number, number + 1, text) for number, text in enumerate(texts)]


@pytest.mark.parametrize("written", ["100%", "100 ％", "a hundred percent", "one hundred per cent", "5% of 3"])
def test_percent_is_a_word_with_its_place_in_the_text(written: str) -> None:
    text = f"It's, well, {written} – 十% or per\ncent."
    role_text = RoleText([turn("Ｆor %one:", text)])
    [place] = list(role_text.occurrences(phrase_words(written)))[:1]
    assert role_text.characters(place) == (1, 12, 1, 12 + len(written))
    for word in range(len(role_text.words)):
        role_text.characters(WordSpan(word, word))
    assert role_text.words[-1] == "percent"


def test_a_phrase_keeps_its_numbers_apart_as_a_text_does() -> None:
    assert phrase_words("9:30") == ("9", "30")
    assert phrase_words("3.5") == ("3.5",) == phrase_words("three point five")
    assert phrase_words("cancel* 24/7*") == ("cancel*", "24", "7*")


@pytest.mark.parametrize("phrase", ["$100", "100€", "+1 800", "５００￥", "20°", "5‰", "#1"])
def test_a_sign_that_would_be_lost_is_named(phrase: str) -> None:
    assert lost_sign(phrase) is not None


@pytest.mark.parametrize("phrase", ["100%", "AT&T", "3.5", "№ 5", "½ hour", "don't", "24/7", "您好！", "1-2"])
def test_other_signs_are_no_loss(phrase: str) -> None:
    assert lost_sign(phrase) is None


@pytest.mark.parametrize(
    ("sentences", "words"),
    [
        (["The code is five two.", "One moment please."], ["52", "1", "moment"]),
        (["The code is five two", "one moment please"], ["521", "moment"]),
        (["密码是五二。", "一会儿见"], ["52", "1", "会"]),
        (["Four four.", "Zero six."], ["4406"]),
        (["Four four,", "zero six, yes."], ["4406", "yes"]),
        (["It is twenty.", "One moment please."], ["20", "1", "moment"]),
        (["It is twenty. One moment please."], ["20", "1", "moment"]),
        (["二十。一会儿见"], ["20", "1", "会"]),
        (["44.", "06 it is."], ["4406", "it"]),
        (["4111-", "1111 it is"], ["41111111"]),
    ],
)
def test_a_number_ends_with_its_sentence_unless_the_next_one_goes_on(sentences: list[str], words: list[str]) -> None:
    said = RoleText([turn(*sentences)]).words
    assert any(said[place : place + len(words)] == words for place in range(len(said))), said


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("您好，请", "您好，请讲"),
        ("您好，请", "您好,请讲"),
        ("好吗？$", "好吗？"),
        ("（加急）", "订单（加急）"),
        ("[，！]好", "！好"),
        ("[０-９]{3}", "一二345"),
        ("[！-～]x", "Ａ?x"),
        ("A：\\，", "a:,"),
        ("\\Q（？\\E.好", "（？ 好"),
        ("你　好", "你　好"),
        ("[一-龥]{2}号", "订单号"),
    ],
)
def test_a_full_width_sign_of_a_pattern_stands_for_itself(pattern: str, text: str) -> None:
    assert compiled(pattern).search(plain(text)) is not None


def test_the_signs_of_the_language_of_patterns_stay() -> None:
    assert plain_pattern("(退|換)(款)?\\d+") == "(退|换)(款)?\\d+"
    assert compiled("好吗？").search(plain("好")) is None


def test_a_sentence_without_words_parts_words_as_well() -> None:
    found = plain_turn(turn("thank you", "", "for calling", "", "您", "", "好"))
    assert found.text == "thank you for calling 您好"
    assert found.characters(*compiled("you for").search(found.text).span()) == (0, 6, 2, 3)
