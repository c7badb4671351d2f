"""Word and character errors, by hand on small cases and against an edit distance of the tests' own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.accuracy.errors import Counts, Piece, measure
from qa_pipeline.accuracy.transcripts import Utterance


def said(*texts: str, language: str | None = None) -> list[Utterance]:
    return [Utterance(text, language) for text in texts]


def marked(pieces: tuple[Piece, ...]) -> str:
    """The text with what differs in brackets."""
    return "".join(f"[{piece.text}]" if piece.differs else piece.text for piece in pieces)


def test_english_by_hand() -> None:
    reference = said("I see that it left the depot on Monday.", "No! I want a Refund, now!", language="en")
    transcript = said("I see it left the despot on monday no I", "want a big refund now please.")
    first, second = measure(reference, transcript)
    assert first.words == Counts(reference=9, substituted=1, deleted=1)
    assert second.words == Counts(reference=6, inserted=2)
    assert (marked(first.said), marked(first.heard)) == (
        "I see [that] it left the [depot] on Monday.",
        "I see it left the [despot] on monday",
    )
    assert (marked(second.said), marked(second.heard)) == (
        "No! I want a Refund, now!",
        "no I want a [big] refund now [please].",
    )
    assert first.characters == Counts(reference=30, deleted=4, inserted=1)
    assert first.main is first.words
    assert first.words is not None
    assert first.words.rate == pytest.approx(2 / 9)


def test_chinese_by_hand_is_measured_in_characters_only() -> None:
    reference = said("您好，科万客服中心。", "请说。", language="zh")
    first, second = measure(reference, said("你好,可万客服中心 请说吧。"))
    assert first.words is None
    assert second.words is None
    assert first.characters == first.main == Counts(reference=8, substituted=2)
    assert second.characters == Counts(reference=2, inserted=1)
    assert marked(first.heard) == "[你]好,[可]万客服中心"


def test_a_call_that_changes_language_has_each_sentence_in_its_own_measure() -> None:
    reference = [Utterance("我要 cancel 订单", "zh"), Utterance("Can we go on in English?", "en")]
    first, second = measure(reference, said("我要取消订单 can we go in English"))
    assert first.words is None
    # of the six letters of `cancel` two became 取消, four are missing
    assert first.characters == Counts(reference=10, substituted=2, deleted=4)
    assert second.words == Counts(reference=6, deleted=1)


def test_korean_is_measured_in_words_and_in_characters() -> None:
    [only] = measure(said("안녕하세요 고객님", language="ko"), said("안녕하세요고객님"))
    assert only.words == Counts(reference=2, substituted=1, deleted=1)
    assert only.characters == Counts(reference=8)


def test_writing_is_no_error() -> None:
    [only] = measure(
        said("Don't pay 1,000 – call Straße Nº 5!", language="en"), said("DONT PAY 1000 call strasse no 5")
    )
    assert (only.words, only.characters) == (Counts(reference=7), Counts(reference=25))
    assert only.main.edits == 0


def test_nobody_spoke_and_nothing_was_heard_is_no_error() -> None:
    [only] = measure([], [])
    assert (only.words, only.characters) == (Counts(), Counts())
    assert only.main.rate is None
    assert (only.said, only.heard) == ((), ())


def test_nobody_spoke_and_something_was_heard_is_all_inserted_and_has_no_rate() -> None:
    [only] = measure([], said("thank you for watching"))
    assert only.words == Counts(inserted=4)
    assert only.characters == Counts(inserted=len("thankyouforwatching"))
    assert only.main.rate is None
    assert marked(only.heard) == "[thank you for watching]"


def test_a_silent_transcript_is_all_deleted() -> None:
    first, second = measure(said("good morning", "bye", language="en"), [])
    assert (first.words, second.words) == (Counts(reference=2, deleted=2), Counts(reference=1, deleted=1))
    assert (marked(first.said), first.heard) == ("[good morning]", ())


def test_a_sentence_without_a_word_takes_no_errors_from_its_neighbours() -> None:
    before, between, after = measure(said("yes", "...", "no", language="en"), said("yes well no"))
    assert (before.words, between.words, after.words) == (
        Counts(reference=1, inserted=1),
        Counts(),
        Counts(reference=1),
    )
    assert (marked(between.said), between.heard) == ("...", ())


def test_what_was_heard_before_the_first_word_belongs_to_the_first_sentence_with_words() -> None:
    between, first = measure(said("...", "yes", language="en"), said("um yes"))
    assert between.words == Counts()
    assert first.words == Counts(reference=1, inserted=1)
    assert marked(first.heard) == "[um] yes"


def test_more_may_be_invented_than_was_said() -> None:
    assert measure(said("yes", language="en"), said("yes and no and more"))[0].main.rate == 4.0


def test_where_the_engine_cuts_its_sentences_makes_no_difference() -> None:
    reference = said("good morning this is billing", "how can I help", language="en")
    whole = measure(reference, said("good morning this is building how can help"))
    cut = measure(reference, said("good", "morning this", "is building how", "can help"))
    assert [item.words for item in whole] == [item.words for item in cut]


WORDS = st.lists(st.sampled_from(["a", "b", "c", "dd"]), max_size=7)


def edit_distance(left: list[str], right: list[str]) -> int:
    """The least number of edits, by the plain table."""
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, start=1):
        previous, row[0] = row[0], i
        for j, other in enumerate(right, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (one != other))
    return row[-1]


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS)
def test_the_sentences_of_a_channel_add_up_to_the_least_edits(sentences: list[list[str]], heard: list[str]) -> None:
    found = measure(said(*(" ".join(words) for words in sentences), language="en"), said(" ".join(heard)))
    reference = [word for words in sentences for word in words]
    for counts, left, right in (
        (sum((item.words for item in found if item.words), start=Counts()), reference, heard),
        (sum((item.characters for item in found), start=Counts()), list("".join(reference)), list("".join(heard))),
    ):
        assert counts.reference == len(left)
        assert counts.edits == edit_distance(left, right)
        assert counts.reference - counts.deleted + counts.inserted == len(right)
    assert [item.words.reference for item in found if item.words] == [len(words) for words in sentences]


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS)
def test_the_parts_of_the_transcript_that_are_shown_are_all_of_it_in_order(
    sentences: list[list[str]], heard: list[str]
) -> None:
    found = measure(said(*(" ".join(words) for words in sentences), language="en"), said(" ".join(heard)))
    shown = " ".join("".join(piece.text for piece in item.heard) for item in found)
    assert shown.split() == heard
    told = " ".join("".join(piece.text for piece in item.said) for item in found)
    assert told.split() == [word for words in sentences for word in words]
