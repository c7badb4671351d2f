"""Unions count every moment once, whatever overlaps, touches or is out of order."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.conversation.intervals import Coverage, difference, gaps, length, union

SPANS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)).map(lambda pair: (min(pair), max(pair))))


def moments(spans: list[tuple[int, int]]) -> set[int]:
    return {moment for span in spans for moment in range(*span)}


def test_overlapping_touching_and_nested_intervals_become_one() -> None:
    assert union([(5, 9), (0, 4), (4, 5), (6, 7), (20, 30)]) == [(0, 9), (20, 30)]


def test_an_interval_without_length_vanishes() -> None:
    assert union([(3, 3)]) == []
    assert union([(3, 3), (1, 2), (2, 2)]) == [(1, 2)]


def test_gaps_are_what_lies_between_not_around() -> None:
    assert gaps(union([(2, 4), (10, 12), (7, 8)])) == [(4, 7), (8, 10)]
    assert gaps([]) == gaps([(2, 4)]) == []


@given(SPANS, SPANS)
def test_every_operation_means_the_same_as_on_sets_of_moments(first: list, second: list) -> None:  # type: ignore[type-arg]
    one, two = union(first), union(second)
    assert moments(one) == moments(first)
    assert length(one) == len(moments(first))
    assert moments(difference(one, two)) == moments(first) - moments(second)
    assert Coverage(first).shared_ms(two) == len(moments(first) & moments(second))
    assert Coverage(first).covered_ms(50, 150) == len(moments(first) & set(range(50, 150)))
    assert all(earlier[1] < later[0] for earlier, later in itertools.pairwise(one))
