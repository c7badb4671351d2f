"""Which words of a text are marked as unsure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.wording.unsure_words import labelled_by, legend, pieces_of, sure


def words(*said: tuple[str, float | None]) -> list[dict[str, object]]:
    return [{"text": text, "confidence": confidence} for text, confidence in said]


def test_unsure_words_are_found_in_the_text_in_their_order() -> None:
    found = pieces_of("No, no. Not now!", words(("No", 0.9), ("no", 0.2), ("Not", 0.9), ("now", 0.4)), 0.5)
    assert found == [("No, ", False), ("no", True), (". Not ", False), ("now", True), ("!", False)]


def test_unsure_words_side_by_side_are_one_piece() -> None:
    assert pieces_of("一二三", words(("一", 0.9), ("二", 0.1), ("三", 0.1)), 0.5) == [("一", False), ("二三", True)]
    assert pieces_of("a b c", words(("a", 0.1), ("b", 0.1)), 0.5) == [("a b", True), (" c", False)]


def test_a_word_that_the_text_spells_otherwise_is_passed_over() -> None:
    rows = words(("four", 0.1), ("hundred", 0.1), ("euros", 0.2))
    assert pieces_of("400 euros", rows, 0.5) == [("400 ", False), ("euros", True)]


@pytest.mark.parametrize("rows", [None, [], words(("a", None)), [{"text": "a"}], words(("a", 0.5), ("", 0.1))])
def test_without_an_unsure_word_the_text_is_whole(rows: list[dict[str, object]] | None) -> None:
    assert pieces_of("a b", rows, 0.5) == [("a b", False)]


@given(st.text(alphabet="ab <*\n"), st.lists(st.tuples(st.text(alphabet="ab <*", max_size=3), st.floats(0, 1))))
def test_the_pieces_make_up_the_text(text: str, said: list[tuple[str, float]]) -> None:
    assert "".join(piece for piece, _ in pieces_of(text, words(*said), 0.5)) == text


def test_figures_and_sources_are_said_in_words() -> None:
    assert (sure(0.384), legend(0.5)) == ("38% sure", "grey words: the engine was less than 50% sure of them")
    assert [labelled_by(source) for source in ("engine", "text", "metadata", None)] == [
        "", "by its text", "by the metadata", "",
    ]  # fmt: skip
