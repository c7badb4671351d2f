"""What counts as the same words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.search.folding import fold, fold_lines, folded_words
from qa_pipeline.search.variants import SIMPLIFIED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("REFUND", "refund"),
        ("Straße", "STRASSE"),
        ("réfund naïve Ångström", "refund naive angstrom"),
        ("cafe\u0301", "café"),
        ("ｉＰｈｏｎｅ　１２", "iphone 12"),
        ("退款", "退 款"),
        ("退款", "退，款！"),
        ("發票後來", "发票后来"),
        ("用iPhone付款", "用 iPhone 付款"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("か\u3099", "が"),
        ("don't", "don’t"),
        ("1,000", "1000"),
        ("أَهْلًا", "اهلا"),
        ("שָׁלוֹם", "שלום"),
        ("Ελληνικά", "ελληνικα"),
        ("ІЙ", "ии".replace("и", "і", 1)),
        ("İzmir", "izmir"),
        ("thank you", " Thank\tyou. "),
        ("co\u00adop\u200bera", "coopera"),
        ("ﬁne", "fine"),
    ],
)
def test_these_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("money back", "moneyback"), ("3.5", "35"), ("カード", "かーど"), ("12,34", "1234"), ("我", "你"), ("か", "が"),
     ("e-mail", "email"), ("हिन्दी", "हन्द")],
)  # fmt: skip
def test_these_differ(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize("nothing", ["", " ", "%", "… ?!", "\u200b", "☎", "'"])
def test_signs_alone_are_nothing(nothing: str) -> None:
    assert fold(nothing) == ""


MIXED = st.text(st.sampled_from("aZé1,.'’ -\u0301\u3099退發，。ｶﾞがน้\u200dßİ\n각ㅏ\u1161أَ"), max_size=14) | st.text(
    max_size=10
)


@given(MIXED)
def test_the_quick_way_and_the_one_with_places_agree(text: str) -> None:
    words = folded_words(text)
    assert fold(text) == " ".join(word.text for word in words)
    for word in words:
        assert len(word.text) == len(word.begins) == len(word.ends)
        assert all(0 <= begin < end <= len(text) for begin, end in zip(word.begins, word.ends, strict=True))


@given(st.lists(MIXED.filter(lambda text: "\n" not in text), max_size=4))
def test_many_lines_at_once_are_folded_as_one_by_one(texts: list[str]) -> None:
    lines = fold_lines("\n".join(texts)).split("\n")
    assert [line.strip() for line in lines] == [fold(text) for text in texts or [""]]


@given(MIXED)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_no_simplified_character_is_folded_on() -> None:
    assert not set(SIMPLIFIED) & set(SIMPLIFIED.values())
    assert {SIMPLIFIED[char] for char in "發髮"} == {"发"}
