"""Texts and words with placeholders, and when what was masked is said."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from qa_pipeline.privacy.masking import mask, masked_words, time_of
from qa_pipeline.privacy.policy import Kind, RedactionPolicy
from qa_pipeline.privacy.sentences import Span
from qa_pipeline.search.folding import fold, folded_words
from qa_pipeline.transcription.placeholders import PLACEHOLDER_KINDS, has_placeholder

POLICY = RedactionPolicy()
CARD = Span(0, 11, 20, "card", "shape", "1111")
TEXT = "My card is 4111 1111, thanks."


def words(*pieces: str) -> list[dict[str, Any]]:
    return [
        {"begin_ms": n * 100, "end_ms": n * 100 + 90, "text": piece, "punctuation": "", "confidence": 1 - n / 10}
        for n, piece in enumerate(pieces)
    ]


def test_placeholders_stand_where_the_rows_say() -> None:
    masked = mask(TEXT, [CARD], POLICY)
    assert masked.text == "My card is [card], thanks."
    [place] = masked.replacements
    assert masked.text[place.at : place.at + len(place.text)] == "[card]"


def test_kept_values_stay_and_are_listed() -> None:
    masked = mask(TEXT, [CARD], RedactionPolicy(card="keep"))
    assert (masked.text, masked.replacements[0].policy) == (TEXT, "keep")


def test_the_words_of_a_number_become_one_word_with_all_of_their_time() -> None:
    said = words("My ", "card ", "is ", "4111 ", "1111, ", "thanks.")
    found = masked_words(TEXT, said, mask(TEXT, [CARD], POLICY))
    assert found is not None
    assert [word["text"] for word in found] == ["My ", "card ", "is ", "[card], ", "thanks."]
    assert (found[3]["begin_ms"], found[3]["end_ms"], found[3]["confidence"]) == (300, 490, 0.6)


def test_words_that_are_not_those_of_the_text_are_left_out() -> None:
    spoken = words("my", "card", "is", "four", "one", "thanks")
    assert masked_words(TEXT, spoken, mask(TEXT, [CARD], POLICY)) is None
    assert masked_words("Thanks.", words("thanks"), mask("Thanks.", [], POLICY)) == words("thanks")


def test_a_word_keeps_what_of_it_is_not_personal() -> None:
    text = "老卡号是4111111111111111，花了1250元。另一张4222222222222，谢谢"
    spans = [Span(0, 4, 20, "card", "shape"), Span(0, text.index("4222"), text.index("，谢谢"), "card", "shape")]
    first, second = text[:32], text[32:]
    found = masked_words(text, words(first, second), mask(text, spans, POLICY))
    assert found is not None
    assert "".join(word["text"] for word in found) == "老卡号是[card]，花了1250元。另一张[card]，谢谢"
    [joined] = masked_words(text, words(text), mask(text, spans, POLICY)) or []
    assert joined["text"] == "老卡号是[card][card]，谢谢"


def test_times_are_those_of_the_words_else_a_share_of_the_sentence() -> None:
    said = words("My ", "card ", "is ", "4111 ", "1111, ", "thanks.")
    assert time_of(TEXT, CARD, said, 0, 600) == (300, 490)
    begin, end = time_of(TEXT, CARD, [], 0, 2900)
    assert (begin, end) == (1100, 2000)
    assert time_of(TEXT, CARD, [], None, None) == (None, None)


def test_the_kinds_of_placeholders_are_those_of_the_policy() -> None:
    assert get_args(Kind) == PLACEHOLDER_KINDS


def test_searches_and_rules_pass_over_placeholders() -> None:
    assert fold("my card is [card …1111] yes") == "my card is 1111 yes"
    assert [word.text for word in folded_words("电话[phone]吗")] == ["电", "话", "吗"]
    assert folded_words("a [phone] b")[1].begins == (10,)
    assert fold("a [remark] b") == "a remark b"


@pytest.mark.parametrize(("text", "has"), [("[card]", True), ("[card …1]", True), ("[cards]", False), ("card", False)])
def test_placeholders_are_told_from_other_brackets(text: str, has: bool) -> None:
    assert has_placeholder(text) is has
