"""What others write of their confidence, and a sentence's from its words'."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.transcription.confidence import known_confidence, sentence_confidence
from qa_pipeline.transcription.results import Sentence, Word
from tests.transcription.test_results import JSON_VALUES


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (0, 0.0), (1, 1.0), (0.5, 0.5), ("0.93", 0.93), ("93%", 0.93), (" 93 % ", 0.93), ("1 %", 0.01), (98, 0.98),
        (98.5, 0.985), ("100", 1.0), (".5", 0.5), ("5e-1", 0.5), (1.0000001, 1.0), (-1e-9, 0.0), (100.4, 1.0),
    ],
)  # fmt: skip
def test_a_share_and_a_percentage_are_told_apart_by_their_size(value: Any, meant: float) -> None:
    assert known_confidence(value)[0] == pytest.approx(meant)


@pytest.mark.parametrize(
    "value",
    [-0.33, -5, 1.5, 250, float("nan"), float("inf"), True, "high", "", "%", "1e999", "nan", "0,9,1", [0.5],
     {"value": 1}, 10**400, "٩"],
)  # fmt: skip
def test_what_means_no_confidence_is_none_and_never_zero(value: Any) -> None:
    assert known_confidence(value)[0] is None


@given(JSON_VALUES)
def test_whatever_stands_there_is_a_share_or_nothing(value: Any) -> None:
    found, _ = known_confidence(value)
    assert found is None or 0 <= found <= 1


def said(*words: tuple[str, float | None], confidence: float | None = None) -> Sentence:
    found = tuple(Word(0, 1, text, "", value) for text, value in words)
    return Sentence(0, 0, 1, "x", words=found, confidence=confidence)


def test_the_engine_s_own_confidence_of_a_sentence_goes_before_its_words() -> None:
    assert sentence_confidence(said(("a", 0.1), confidence=0.9)) == 0.9


def test_a_long_word_weighs_more_than_a_short_one() -> None:
    assert sentence_confidence(said(("I", 0.1), ("reservation", 0.7))) == pytest.approx((0.1 + 11 * 0.7) / 12)
    assert sentence_confidence(said(("我", 0.25), ("们", 0.75))) == 0.5


def test_words_that_say_nothing_are_left_out_and_none_at_all_is_not_known() -> None:
    assert sentence_confidence(said(("yes", 0.4), ("and", None))) == pytest.approx(0.4)
    assert sentence_confidence(said(("yes", None))) is None
    assert sentence_confidence(said()) is None


@given(st.lists(st.tuples(st.text(), st.floats(0, 1)), min_size=1))
def test_a_mean_stays_among_what_it_is_made_of(words: list[tuple[str, float]]) -> None:
    found = sentence_confidence(said(*words))
    values = [value for _, value in words]
    assert found is not None
    assert min(values) - 1e-9 <= found <= min(1.0, max(values) + 1e-9)
