"""The figures of agreement, held to those of the papers and to plain arithmetic over single ratings."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.agreement.coefficients import cohen_kappa, gwet_ac1, krippendorff_alpha, percent
from qa_pipeline.agreement.questions import agreement_by_question, agreement_of
from qa_pipeline.agreement.ratings import Patterns, Rating, Scale, answers_by_call, patterns_of

GAP = None
KRIPPENDORFF_2011 = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3),
    (GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP),
)


def table(both_yes: int, first_yes: int, second_yes: int, both_no: int) -> list[Rating]:
    """Calls that two evaluators have answered, by their four cells."""
    cells = {("yes", "yes"): both_yes, ("yes", "no"): first_yes, ("no", "yes"): second_yes, ("no", "no"): both_no}
    pairs = [pair for pair, times in cells.items() for _ in range(times)]
    return [
        Rating(f"c{number}", rater, value)
        for number, pair in enumerate(pairs)
        for rater, value in zip(("ana", "ben"), pair, strict=True)
    ]


def patterns(ratings: list[Rating]) -> Patterns:
    calls = answers_by_call(ratings)
    return patterns_of(calls, sorted({rating.value for rating in ratings}, key=str))


def once(found: Patterns) -> np.ndarray:
    return found.calls[None, :].astype(float)


@pytest.mark.parametrize(
    ("cells", "agreed", "kappa", "ac1"),
    [((90, 4, 4, 2), 0.92, 0.29, 0.91), ((45, 4, 4, 47), 0.92, 0.84, 0.84), ((118, 5, 2, 0), 0.944, -0.02, None)],
)
def test_kappa_falls_where_nearly_all_calls_pass_and_ac1_does_not(
    cells: tuple[int, int, int, int], agreed: float, kappa: float, ac1: float | None
) -> None:
    found = agreement_of(table(*cells))
    assert found.percent.value == pytest.approx(agreed, abs=0.0005)
    assert found.kappa == pytest.approx(kappa, abs=0.005)
    if ac1 is not None:
        assert found.ac1.value == pytest.approx(ac1, abs=0.005)


@pytest.mark.parametrize(
    ("scale", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_is_krippendorffs_own_for_four_observers_with_gaps(scale: str, expected: float) -> None:
    ratings = [
        Rating(f"u{unit}", f"o{observer}", float(value))
        for observer, row in enumerate(KRIPPENDORFF_2011)
        for unit, value in enumerate(row)
        if value is not None
    ]
    found = patterns(ratings)
    assert krippendorff_alpha(found, once(found), Scale(scale))[0] == pytest.approx(expected, abs=0.0005)


def single_alpha(calls: dict[str, dict[str, float]], scale: Scale) -> float:
    """By the definition, pair by pair."""
    shared = [list(own.values()) for own in calls.values() if len(own) > 1]
    values = [value for own in shared for value in own]
    times = {value: values.count(value) for value in set(values)}

    def apart(a: float, b: float) -> float:
        if a == b:
            return 0
        if scale is Scale.NOMINAL:
            return 1
        if scale is Scale.INTERVAL:
            return (a - b) ** 2
        if scale is Scale.RATIO:
            return ((a - b) / (a + b)) ** 2
        low, high = min(a, b), max(a, b)
        return (sum(n for value, n in times.items() if low <= value <= high) - (times[a] + times[b]) / 2) ** 2

    observed = sum(sum(apart(a, b) for a, b in permutations(own, 2)) / (len(own) - 1) for own in shared)
    expected = sum(apart(a, b) for a, b in permutations(values, 2)) / (len(values) - 1)
    return 1 - observed / expected if expected else math.nan


CALLS = st.dictionaries(
    st.sampled_from([f"c{n}" for n in range(9)]),
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from([0.0, 1.0, 2.0, 5.0]), min_size=1),
    min_size=1,
)


@settings(max_examples=60, deadline=None)
@given(CALLS, st.sampled_from(Scale))
def test_alpha_is_what_its_definition_says_pair_by_pair(calls: dict[str, dict[str, float]], scale: Scale) -> None:
    found = patterns_of(calls, [0.0, 1.0, 2.0, 5.0])
    assert krippendorff_alpha(found, once(found), scale)[0] == pytest.approx(single_alpha(calls, scale), nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(CALLS)
def test_figures_have_their_bounds_and_full_agreement_is_one(calls: dict[str, dict[str, float]]) -> None:
    found = patterns_of(calls, [0.0, 1.0, 2.0, 5.0])
    agreed, ac1 = percent(found, once(found))[0], gwet_ac1(found, once(found), 4)[0]
    if any(len(own) > 1 for own in calls.values()):
        assert 0 <= agreed <= 1
        assert ac1 <= 1
        is_full = all(len(set(own.values())) == 1 for own in calls.values())
        assert not is_full or agreed == ac1 == 1
    else:
        assert math.isnan(agreed)
        assert math.isnan(ac1)


def test_below_twenty_shared_calls_there_are_no_figures() -> None:
    found = agreement_of(table(17, 1, 1, 0))
    assert (found.n, found.is_too_few) == (19, True)
    assert [found.percent.value, found.ac1.value, found.alpha.value, found.kappa] == [None] * 4
    assert found.confusion.counts == ((0, 1), (1, 17)), "who answered what is no estimate"
    assert not agreement_of(table(18, 1, 1, 0)).is_too_few


def test_intervals_hold_the_figure_and_are_the_same_in_any_order_of_rows() -> None:
    ratings = table(60, 8, 5, 20)
    found, again = agreement_of(ratings), agreement_of(ratings[::-1])
    for one in (found.percent, found.ac1, found.alpha):
        assert one.interval is not None
        assert one.interval.low < one.value < one.interval.high
    assert found == again
    wide = agreement_of(table(15, 2, 1, 5)).percent.interval
    assert wide.high - wide.low > found.percent.interval.high - found.percent.interval.low


def test_one_answer_only_is_agreed_on_and_has_neither_alpha_nor_kappa() -> None:
    found = agreement_of(table(40, 0, 0, 0), order=("yes", "no"))
    assert found.percent.value == found.ac1.value == 1
    assert found.alpha.value is None
    assert found.kappa is None


def test_not_applicable_counts_as_an_answer_and_is_left_out_of_an_ordered_alpha() -> None:
    ratings = [rating for n in range(30) for rating in (Rating(f"c{n}", "ana", "good"), Rating(f"c{n}", "ben", "good"))]
    ratings += [Rating("x1", "ana", "not_applicable"), Rating("x1", "ben", "bad")]
    ratings += [Rating("x2", "ana", "bad"), Rating("x2", "ben", "bad")]
    found = agreement_of(ratings, scale=Scale.ORDINAL, order=("bad", "fair", "good"))
    assert found.n == 32
    assert found.percent.value == pytest.approx(31 / 32)
    assert found.alpha.value == 1
    with pytest.raises(ValueError, match="order"):
        agreement_of(ratings, scale=Scale.ORDINAL)


def test_two_answers_of_one_rater_to_a_call_are_refused() -> None:
    with pytest.raises(ValueError, match="ana has two answers"):
        agreement_of([Rating("c1", "ana", "yes"), Rating("c1", "ana", "no")])


def test_of_several_raters_the_table_counts_both_ways() -> None:
    found = agreement_of([Rating("c1", "ana", "yes"), Rating("c1", "ben", "no"), Rating("c2", "cai", "no")])
    assert found.confusion.raters == ("ana", "ben"), "who shares no call is no side of it"
    several = agreement_of([Rating("c1", name, value) for name, value in (("a", "y"), ("b", "n"), ("c", "n"))])
    assert several.confusion.raters is None
    assert several.confusion.counts == ((2, 2), (2, 0))
    assert several.confusion.values == ("n", "y")


def test_questions_are_looked_at_one_by_one_each_on_its_scale() -> None:
    rows = [("q1", *rating) for rating in table(50, 3, 3, 10)]
    rows += [("q2", f"c{n}", rater, float(n % 5 + (rater == "ben"))) for n in range(25) for rater in ("ana", "ben")]
    found = agreement_by_question(rows, {"q2": (Scale.INTERVAL, ())})
    assert found["q1"].n == 66
    assert found["q2"].percent.value == 0
    assert found["q2"].alpha.value > 0.5


def test_a_table_of_kappa_is_square() -> None:
    assert cohen_kappa([[0, 0], [0, 0]]) is None
    with pytest.raises(ValueError, match="as many rows"):
        cohen_kappa([[1, 2]])


def test_scales_of_numbers_refuse_what_they_cannot_compare() -> None:
    found = patterns([Rating("c1", "a", "x"), Rating("c1", "b", "y")])
    with pytest.raises(ValueError, match="finite numbers"):
        krippendorff_alpha(found, once(found), Scale.INTERVAL)
    found = patterns([Rating("c1", "a", -1.0), Rating("c1", "b", 2.0)])
    with pytest.raises(ValueError, match="begins at 0"):
        krippendorff_alpha(found, once(found), Scale.RATIO)
