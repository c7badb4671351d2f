"""Words of a sample's sentence: cut as the service cuts them, timed by what espeak-ng said when."""

from __future__ import annotations

import pytest

from samples.word_times import spoken_words, tokens_of


def cut(text: str, language: str) -> list[str]:
    return [f"{token.text}|{token.punctuation}" for token in tokens_of(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "Senior, it is gone.", ["Senior|, ", "it |", "is |", "gone|."]),
        ("fr", "C'est 14,90 € ! Oui.", ["C'est |", "14,90 |", "€| ! ", "Oui|."]),
        ("es", "¿Cómo está?", ["¿Cómo |", "está|?"]),
        ("zh", "工号1026，你好。", ["工|", "号|", "1026|，", "你|", "好|。"]),
        ("ja", "8,000円です。", ["8,000|", "円|", "で|", "す|。"]),
        ("ko", "네, 김수진이고요.", ["네|, ", "김수진이고요|."]),
        ("zh", "APP打不开？", ["APP|", "打|", "不|", "开|？"]),
    ],
)
def test_words_are_cut_as_the_service_cuts_them(language: str, text: str, words: list[str]) -> None:
    assert cut(text, language) == words
    assert "".join(words).replace("|", "") == text


def test_a_word_lasts_from_the_first_to_the_last_part_that_was_said_of_it() -> None:
    found = spoken_words(
        "My 128 dollars.", "en", "My 128 dollars.", [(0, 0, 10), (3, 12, 20), (4, 20, 31), (7, 31, 50)]
    )
    assert [(word.text, word.begin, word.end) for word in found] == [
        ("My ", 0, 10),
        ("128 ", 12, 31),
        ("dollars", 31, 50),
    ]


def test_what_was_read_in_other_letters_shares_the_time_between_what_was_read_alike() -> None:
    parts = [(0, 0, 10), (4, 10, 30), (10, 30, 60), (15, 60, 70)]
    found = spoken_words("now $49 off", "en", "now forty nine off", parts)
    assert [(word.begin, word.end) for word in found] == [(0, 10), (10, 60), (60, 70)]
    kana = spoken_words("荷物の", "ja", "にもつの", [(0, 100, 500)])
    assert [(word.text, word.begin, word.end) for word in kana] == [
        ("荷", 100, 250),
        ("物", 250, 400),
        ("の", 400, 500),
    ]


def test_a_word_of_which_nothing_was_said_shares_the_time_of_the_one_before_it() -> None:
    found = spoken_words("a b c", "en", "a c", [(0, 0, 20), (2, 30, 40)])
    assert [(word.begin, word.end) for word in found] == [(0, 10), (10, 20), (30, 40)]
    first = spoken_words("b c", "en", "c", [(0, 30, 40)])
    assert [(word.begin, word.end) for word in first] == [(30, 35), (35, 40)]


@pytest.mark.parametrize(("text", "parts"), [("Hello.", []), ("...", [(0, 0, 10)])])
def test_a_sentence_without_words_or_sound_is_refused(text: str, parts: list[tuple[int, int, int]]) -> None:
    with pytest.raises(ValueError, match=r"part of the text|no words"):
        spoken_words(text, "en", text, parts)
