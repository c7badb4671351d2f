"""Which differences of writing are no errors, and what counts as a word or a character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.accuracy.normalization import characters, is_unsegmented, shown, words


def compared(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return [unit.text for unit in words(shown(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No! I want a Refund, now!", ["no", "i", "want", "a", "refund", "now"]),
        ("ＡＢＣ１２３　ok", ["abc123", "ok"]),
        ("Straße GROẞ", ["strasse", "gross"]),
        ("don't it’s rock 'n' roll", ["dont", "its", "rock", "n", "roll"]),
        ("e-mail / wi‑fi", ["e", "mail", "wi", "fi"]),
        (
            "1,000 and 12,345,678 and 3.5 and 3,5 and 10.",
            ["1000", "and", "12345678", "and", "3.5", "and", "3", "5", "and", "10"],
        ),
        ("$5 50% +49", ["5", "50", "49"]),
        ("您好，科万5G网络。", ["您", "好", "科", "万", "5g", "网", "络"]),
        ("我要 cancel 订单", ["我", "要", "cancel", "订", "单"]),
        ("ネットワーク・ルーター", list("ネットワークルーター")),
        ("ｶﾞｽ", ["ガ", "ス"]),
        ("สวัสดี", list("สวัสดี")),
        ("안녕하세요, 고객님", ["안녕하세요", "고객님"]),
        ("خدمة العملاء؟", ["خدمة", "العملاء"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("zero\u200bwidth", ["zerowidth"]),
        ("re\u0301sume\u0301", ["r\u00e9sum\u00e9"]),
        ("three 3 III", ["three", "3", "iii"]),
        ("...", []),
        ("", []),
    ],
)
def test_words_are_compared_without_case_width_and_punctuation(text: str, expected: list[str]) -> None:
    assert compared(text) == expected


def test_numbers_as_digits_and_as_words_are_different() -> None:
    assert compared("twenty five") != compared("25")
    assert compared("二十五") != compared("25")


def test_traditional_and_simplified_characters_are_different() -> None:
    assert compared("電話") != compared("电话")


def test_characters_have_no_blanks_between() -> None:
    assert characters(words(shown("My Bill, 帐单"))) == list("mybill帐单")


@given(st.text(max_size=80))
def test_every_word_is_where_it_says_and_places_rise(text: str) -> None:
    line = shown(text)
    units = words(line)
    ends = [0]
    for unit in units:
        assert ends[-1] <= unit.begin < unit.end <= len(line)
        assert unit.text[0] in line[unit.begin].casefold()
        ends.append(unit.end)


@given(st.text(max_size=80))
def test_what_was_normalized_once_stays(text: str) -> None:
    line = shown(text)
    assert shown(line) == line


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "ok", True),
        ("yue", "你好", True),
        ("ja", "はい", True),
        ("th", "ok", True),
        ("ko", "안녕", False),
        ("en", "你好", False),
        (None, "你好 ok", False),
        (None, "你好吗 ok", True),
        (None, "안녕하세요", False),
        (None, "", False),
    ],
)
def test_the_language_says_whether_there_are_words_else_the_script(
    language: str | None, text: str, expected: bool
) -> None:
    assert is_unsegmented(language, words(shown(text))) is expected
