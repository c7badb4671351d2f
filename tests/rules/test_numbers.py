"""Spoken numbers are the same words as written ones."""

from __future__ import annotations

import pytest

from qa_pipeline.rules.phrases import phrase_words

SAME = {
    "twenty four hours": "24 hours",
    "a hundred and five dollars": "105 dollars",
    "two thousand and five": "2005",
    "nineteen eighty four": "1984",
    "one hundred twenty three thousand four hundred": "123,400",
    "4 million": "four million",
    "double four oh five": "4405",
    "triple seven": "777",
    "oh one two": "012",
    "4111 1111": "four one one one one one one one",
    "三百五十": "350",
    "三百五": "350",
    "两万三": "23000",
    "一万零五": "10005",
    "幺三八零": "1380",
    "二〇二五年": "2025年",
    "３万元": "30000元",
    "兩百元": "200元",
}
DIFFERENT = {
    "oh no": "0 no",
    "千万不要": "10000000 不要",
    "three point five": "35",
    "double trouble": "22 trouble",
    "ten to five": "105",
}


@pytest.mark.parametrize(("one", "other"), SAME.items())
def test_the_same(one: str, other: str) -> None:
    assert phrase_words(one) == phrase_words(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.items())
def test_not_the_same(one: str, other: str) -> None:
    assert phrase_words(one) != phrase_words(other)


@pytest.mark.parametrize(
    "zh", ["一" + "亿" * 600, "一亿" * 3000, "九" * 6000 + "万", "1" * 6000 + "万", "1" * 6000 + "亿亿"]
)
def test_what_is_longer_than_any_amount_is_read_all_the_same(zh: str) -> None:
    """One sentence that a recognizer filled with 亿 must not stop the rules of a day."""
    words = phrase_words(zh)
    assert words
    assert sum(map(len, words)) <= 9 * len(zh)


def test_numbers_end_where_they_would_outgrow_amounts() -> None:
    assert phrase_words("一亿亿") == ("100000000", "亿")
    assert phrase_words("九千九百九十九万亿") == ("9999" + "0" * 12,)
    assert phrase_words("一二三四五六七八九零一二三四五六万") == ("1234567890123456", "万")
