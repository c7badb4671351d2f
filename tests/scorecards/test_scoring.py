"""Scores: the worked figures, and what holds for every card and every answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.scorecards.cards import Card, Scoring
from qa_pipeline.scorecards.metric_answers import answers_of_metrics
from qa_pipeline.scorecards.scoring import BadAnswer, CallFacts, Given, NoOption, needs_comment, score_call

YES, NO = ("yes",), ("no",)
NA, CANNOT_TELL = NoOption.NOT_APPLICABLE, NoOption.CANNOT_TELL
MODES = st.sampled_from(list(Scoring))


def question(name: str, points: float = 1, **keys: Any) -> dict[str, Any]:
    no = {"id": "no", "text": "No", "points": 0, **keys.pop("no", {})}
    options = [{"id": "yes", "text": "Yes", "points": points}, no]
    return {"id": name, "text": name, "options": options, "not_applicable": True, **keys}


def card(scoring: str, *sections: tuple[float, list[dict[str, Any]]], **keys: Any) -> Card:
    made = [
        {"id": f"s{number}", "title": "S", "weight": weight, "questions": questions}
        for number, (weight, questions) in enumerate(sections)
    ]
    return Card.model_validate({"scorecard": "c", "title": "C", "scoring": scoring, "sections": made, **keys})


@pytest.mark.parametrize(("scoring", "score"), [("points", 60.0), ("by_section", 66.7)])
def test_the_same_answers_give_60_percent_by_points_and_66_7_by_section(scoring: str, score: float) -> None:
    made = card(scoring, (40, [question("a", 2), question("b", 1)]), (20, [question("c", 2)]))
    found = score_call(made, {"a": YES, "b": YES, "c": NO})
    assert found.score == pytest.approx(score, abs=0.05)
    assert found.sections == {"s0": 100.0, "s1": 0.0}


def test_by_question_is_the_mean_of_shares_by_weight() -> None:
    made = card("by_question", (1, [question("a", 5, weight=30), question("b", 1, weight=10)]))
    assert score_call(made, {"a": YES, "b": NO}).score == pytest.approx(75.0)


def test_what_is_no_option_leaves_numerator_and_denominator() -> None:
    made = card("by_question", (1, [question("a"), question("b"), question("c")]), min_coverage=0)
    assert score_call(made, {"a": YES, "b": NO, "c": NA}).score == pytest.approx(50.0)
    assert score_call(made, {"a": YES, "b": NO, "c": CANNOT_TELL}).score == pytest.approx(50.0)
    assert score_call(made, {"a": YES, "b": NO}).score == pytest.approx(50.0)


def test_below_the_cards_coverage_there_is_no_score_but_a_reason() -> None:
    made = card("by_question", (1, [question("a"), question("b"), question("c")]))
    found = score_call(made, {"a": YES, "b": CANNOT_TELL, "c": YES})
    assert (found.score, found.score_before_fail) == (None, None)
    assert found.coverage == pytest.approx(2 / 3)
    assert found.reason == "67% of the weight was answered, below min_coverage 70%"
    found = score_call(made, {"a": YES, "b": NA, "c": YES})
    assert (found.score, found.coverage) == (None, pytest.approx(2 / 3)), "N/A is enabled, and gives nothing to go by"
    assert score_call(made, {"a": NA, "b": NA, "c": NA}).reason == "no question that counts was answered"


@pytest.mark.parametrize("scoring", list(Scoring))
def test_only_what_was_not_asked_is_not_enabled(scoring: str) -> None:
    condition = {"question": "a", "answers": ["no"]}
    made = card(scoring, (1, [question("a"), question("b", asked_when=condition)]), (1, [question("c")]))
    assert score_call(made, {"a": YES, "b": NO, "c": YES}).coverage == 1.0
    for answer in (NA, CANNOT_TELL, NoOption.UNANSWERED):
        by_section = scoring == Scoring.BY_SECTION
        assert score_call(made, {"a": NO, "b": answer, "c": YES}).coverage == pytest.approx(
            0.75 if by_section else 2 / 3
        )


def test_weights_are_stored_as_they_were_applied() -> None:
    sections = (
        (60, [question("a", 5, weight=3), question("b", weight=1), question("c", weight=4)]),
        (40, [question("d")]),
    )
    answers: dict[str, Given] = {"a": YES, "b": NO, "c": NA, "d": YES}

    def weights(scoring: str) -> list[float | None]:
        found = score_call(card(scoring, *sections, min_coverage=0), answers)
        counted = [each for each in found.answers if each.weight is not None]
        earned = sum(each.weight * each.earned / each.possible for each in counted)  # type: ignore[operator]
        assert found.score == pytest.approx(100 * earned / sum(each.weight or 0 for each in counted))
        return [each.weight for each in found.answers]

    assert weights("points") == [5, 1, None, 1]
    assert weights("by_question") == [3, 1, None, 1]
    assert weights("by_section") == [45, 15, None, 40]


def test_texts_and_dates_are_answered_as_such_and_count_for_nothing() -> None:
    text = {"id": "t", "text": "Remark", "type": "text"}
    day = {"id": "d", "text": "Called back on", "type": "date", "not_applicable": True}
    made = card("by_question", (1, [question("a"), text, day]))
    said: dict[str, Given] = {"t": "unanswered mail", "d": dt.date(2025, 3, 31)}
    found = score_call(made, {"a": YES, **said})
    assert (found.score, found.coverage, found.failed_by) == (100.0, 1.0, ())
    assert {each.question: each.answer for each in found.answers} == {"a": YES, **said}
    assert {(each.earned, each.possible, each.weight) for each in found.answers[1:]} == {(None, None, None)}
    assert score_call(made, {"a": YES, "d": NA}).coverage == 1.0
    assert not needs_comment(question_of(made, "t", comment_below=0.6), "x")
    for name, answer in [("t", dt.date(2025, 3, 31)), ("t", YES), ("t", 1.0), ("d", "2025-03-31"), ("d", 1.0),
                         ("d", dt.datetime(2025, 3, 31, tzinfo=dt.UTC)), ("d", YES), ("a", "yes")]:  # fmt: skip
        with pytest.raises(BadAnswer, match=f"{name} is answered with"):
            score_call(made, {name: answer})


def test_an_automatic_fail_makes_the_card_or_the_section_0_and_is_named() -> None:
    fails = question("a", no={"auto_fail": "card"})
    section = question("b", no={"auto_fail": "section"})
    made = card("by_section", (1, [fails]), (1, [section, question("c")]))
    found = score_call(made, {"a": NO, "b": YES, "c": YES})
    assert (found.score, found.score_before_fail, found.failed_by) == (0.0, 50.0, ("a",))
    found = score_call(made, {"a": YES, "b": NO, "c": YES})
    assert (found.score, found.score_before_fail, found.failed_by) == (50.0, 75.0, ("b",))
    assert found.sections == {"s0": 100.0, "s1": 0.0}


@pytest.mark.parametrize("scoring", list(Scoring))
def test_a_card_that_fails_is_0_below_its_coverage_too(scoring: str) -> None:
    fails, fails_section = (question(scope, no={"auto_fail": scope}) for scope in ("card", "section"))
    made = card(scoring, (1, [fails, fails_section]), (1, [question("c"), question("d")]))
    found = score_call(made, {"card": NO})
    assert (found.score, found.reason, found.failed_by) == (0.0, None, ("card",))
    assert (found.score_before_fail, found.coverage) == (None, pytest.approx(0.25))
    found = score_call(made, {"section": NO})
    assert (found.score, found.failed_by) == (None, ("section",)), "the other sections are not known"
    assert found.reason
    excluded = card(scoring, (1, [question("card", no={"auto_fail": "card"}, excluded=True), question("c")]))
    assert score_call(excluded, {"card": NO}).score == 0.0, "no question that counts was answered"


def test_a_bonus_lifts_up_to_the_cards_most_and_nothing_is_lost_without_it() -> None:
    questions = [question("a", weight=9), question("b"), question("extra", bonus=True)]
    made = card("by_question", (1, questions))
    assert score_call(made, {"a": YES, "b": NO, "extra": YES}).score == pytest.approx(100.0)
    assert score_call(made, {"a": YES, "b": YES, "extra": YES}).score == 100.0
    assert score_call(made, {"a": YES, "b": YES}).coverage == 1.0
    above = card("by_question", (1, questions), most=120)
    assert score_call(above, {"a": YES, "b": YES, "extra": YES}).score == pytest.approx(110.0)


def test_critical_questions_have_scores_of_their_own_and_excluded_ones_none() -> None:
    made = card(
        "by_question",
        (1, [question("a", critical=["customer"]), question("b", critical=["customer", "compliance"])]),
        (1, [question("c"), question("d", excluded=True)]),
    )
    found = score_call(made, {"a": YES, "b": NO, "c": YES, "d": NO})
    assert found.critical == {"customer": 50.0, "compliance": 0.0}
    assert found.score == pytest.approx(200 / 3)
    assert found.answers[-1].earned is None


def test_numbers_are_scored_by_their_band_and_several_choices_by_their_sum() -> None:
    bands = [{"below": 10, "points": 2}, {"at_least": 10, "below": 30, "points": 1}, {"at_least": 30, "points": 0}]
    number = {"id": "n", "text": "Dead air", "type": "number", "bands": bands}
    options = [{"id": name, "text": name, "points": 1} for name in ("x", "y")]
    several = {"id": "m", "text": "Which", "type": "several", "options": options}
    made = card("by_question", (1, [number, several]))
    assert score_call(made, {"n": 10.0, "m": ("x",)}).score == pytest.approx(50.0)
    assert score_call(made, {"n": 9.99, "m": ()}).score == pytest.approx(50.0)
    assert needs_comment(question_of(made, "n", comment_below=0.6), 10.0)
    for wrong in (float("nan"), float("inf"), True, "10", ("10",)):
        with pytest.raises(BadAnswer, match="n is answered with a number, not with"):
            score_call(made, {"n": wrong})
    assert not needs_comment(question_of(made, "n", comment_below=0.6), CANNOT_TELL)


def several(points: Mapping[str, float], **keys: Any) -> dict[str, Any]:
    options = [{"id": name, "text": name, "points": own} for name, own in points.items()]
    return {"id": "m", "text": "Which", "type": "several", "options": options, **keys}


@pytest.mark.parametrize(
    ("keys", "chosen", "earned", "possible"),
    [
        ({}, ("a", "b"), 5, 6),
        ({"cap": {"scope": "once"}}, ("a", "b"), 3, 3),
        ({"cap": {"scope": "once", "points": 2.5}}, ("a",), 2.5, 2.5),
        ({"cap": {"scope": "each_hit", "points": 4}}, ("a", "b"), 4, 4),
        ({"cap": {"scope": "each_hit", "points": 4}}, ("c",), 1, 4),
        ({"base": 1}, (), 1, 7),
    ],
)
def test_a_cap_says_whether_choices_count_once_or_each(
    keys: dict[str, Any], chosen: tuple[str, ...], earned: float, possible: float
) -> None:
    made = card("points", (1, [several({"a": 3, "b": 2, "c": 1}, **keys)]))
    [found] = score_call(made, {"m": chosen}).answers
    assert (found.earned, found.possible) == (earned, possible)


@pytest.mark.parametrize(
    ("cap", "chosen", "earned"),
    [
        (None, (), 6),
        (None, ("a",), 3),
        (None, ("a", "b", "c"), 0),
        ({"scope": "once"}, ("a", "b", "c"), 2),
        ({"scope": "each_hit", "points": 5}, ("a", "b", "c"), 1),
    ],
)
def test_choices_take_away_from_a_base_and_never_more_than_all(
    cap: Any, chosen: tuple[str, ...], earned: float
) -> None:
    made = card("points", (1, [several({"a": -3, "b": -4, "c": -1}, base=6, cap=cap), question("q", 4)]))
    found = score_call(made, {"m": chosen, "q": YES})
    assert (found.answers[0].earned, found.answers[0].possible) == (earned, 6)
    assert found.score == pytest.approx(100 * (earned + 4) / 10)


@pytest.mark.parametrize("scoring", list(Scoring))
def test_the_bonus_of_a_section_is_capped_by_the_section_and_then_by_the_card(scoring: str) -> None:
    def scored(most: float | None, answer: Given = YES) -> float | None:
        capped = {"id": "s0", "title": "S", "most": most, "questions": [question("a"), question("extra", bonus=True)]}
        sections = [capped, {"id": "s1", "title": "S", "questions": [question("b")]}]
        made = Card.model_validate(
            {"scorecard": "c", "title": "C", "scoring": scoring, "most": 200, "min_coverage": 0, "sections": sections}
        )
        return score_call(made, {"a": YES, "extra": answer, "b": YES}).score

    assert [scored(None), scored(150), scored(100), scored(80), scored(100, NO)] == [150, 125, 100, 90, 100]


def test_a_condition_may_look_at_the_number_of_an_earlier_question() -> None:
    bands = [{"below": 10, "points": 1}, {"at_least": 10, "points": 0}]
    number = {"id": "n", "text": "Holds", "type": "number", "bands": bands}

    def asked(condition: dict[str, Any], answer: Given) -> bool:
        made = card("points", (1, [number, question("a", asked_when={"question": "n", **condition})]))
        return score_call(made, {"n": answer, "a": YES}).answers[1].answer == YES

    assert [asked({"above": 2}, each) for each in (2.0, 2.1, CANNOT_TELL)] == [False, True, False]
    assert [asked({"at_least": 2, "at_most": 3}, each) for each in (1.9, 2.0, 3.0, 3.1)] == [False, True, True, False]


def test_a_comment_may_be_demanded_with_every_answer() -> None:
    asked = question_of(card("points", (1, [question("a")])), "a", comment_required=True)
    assert [needs_comment(asked, each) for each in (YES, NA, NoOption.UNANSWERED)] == [True, True, False]


def test_metrics_answer_by_ranges_and_what_they_cant_tell_is_never_no() -> None:
    ranges = [{"option": "yes", "below": 10}, {"option": "no", "at_least": 10, "below": 99}]
    number = {"id": "n", "text": "Silence", "type": "number", "bands": [{"at_least": 0, "points": 1}],
              "answered_by": {"metric": "silence_s"}}  # fmt: skip
    chosen = question("a", answered_by={"metric": "dead_air_s", "options": ranges}, trust="assisted")
    made = card("points", (1, [chosen, number, question("b")]))

    def found(dead_air: float | None) -> Given:
        return answers_of_metrics(made, {"dead_air_s": dead_air, "silence_s": 4})["a"]

    assert [found(each) for each in (9.9, 10, 99, float("nan"), None)] == [YES, NO, *[CANNOT_TELL] * 3]
    assert answers_of_metrics(made, {}) == {"a": CANNOT_TELL, "n": CANNOT_TELL}
    assert answers_of_metrics(made, {"silence_s": -1})["n"] == CANNOT_TELL, "no band holds it"
    assert [each.trusted for each in made.questions] == ["assisted", "advisory", None]


def question_of(made: Card, name: str, **changed: Any) -> Any:
    [found] = [each for each in made.questions if each.id == name]
    return found.model_copy(update=changed)


def test_a_question_whose_condition_does_not_hold_is_not_asked_whatever_was_answered() -> None:
    condition = {"all": [{"question": "a", "answers": ["yes"]}, {"not": {"metadata": "queue", "values": ["sales"]}},
                         {"any": [{"metric": "dead_air_s", "at_least": 5}]}]}  # fmt: skip
    made = card("by_question", (1, [question("a"), question("b", asked_when=condition)]))

    def asked(answer: Given, queue: str | None, dead_air: float | None) -> float:
        facts = CallFacts({"dead_air_s": dead_air}, {"queue": queue})
        score = score_call(made, {"a": answer, "b": NO}, facts).score
        assert score is not None
        return score

    assert asked(YES, "billing", 5) == 50.0
    assert [asked(YES, "sales", 5), asked(YES, "billing", 4.9), asked(YES, None, None)] == [100.0] * 3
    assert score_call(made, {"a": NO, "b": YES}, CallFacts({"dead_air_s": 9})).answers[1].answer is NoOption.NOT_ASKED


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"z": YES}, "no question z"),
        ({"a": ("maybe",)}, "a has no answer maybe"),
        ({"a": ("yes", "no")}, "a has no answer yes, no"),
        ({"a": 3.0}, "a is answered with an option, not with 3.0"),
        ({"b": NA}, "b may not be answered with not_applicable"),
    ],
)
def test_an_answer_that_its_question_does_not_have_is_refused(answers: Mapping[str, Given], said: str) -> None:
    made = card("points", (1, [question("a"), question("b", not_applicable=False)]))
    with pytest.raises(BadAnswer, match=said):
        score_call(made, answers)


ANSWERS = st.sampled_from([YES, NO, NA, CANNOT_TELL, NoOption.UNANSWERED])
WEIGHTS = st.floats(0.5, 50)
QUESTIONS = st.lists(st.tuples(WEIGHTS, WEIGHTS, ANSWERS), min_size=1, max_size=4)
SECTIONS = st.lists(st.tuples(WEIGHTS, QUESTIONS), min_size=1, max_size=3)


def made_of(scoring: str, sections: Any, factor: float = 1) -> tuple[Card, dict[str, Given]]:
    answers: dict[str, Given] = {}
    parts = []
    for number, (weight, questions) in enumerate(sections):
        names = [f"q{number}-{place}" for place in range(len(questions))]
        answers |= {name: answer for name, (_, _, answer) in zip(names, questions, strict=True)}
        parts.append(
            (
                weight * factor,
                [
                    question(name, points * factor, weight=own * factor)
                    for name, (own, points, _) in zip(names, questions, strict=True)
                ],
            )
        )
    return card(scoring, *parts), answers


@settings(max_examples=60, deadline=None)
@given(MODES, SECTIONS, st.floats(0.1, 20))
def test_scores_have_bounds_and_do_not_depend_on_the_scale_of_weights(
    scoring: str, sections: Any, factor: float
) -> None:
    made, answers = made_of(scoring, sections)
    found = score_call(made, answers)
    assert 0 <= found.coverage <= 1 + 1e-9
    assert (found.score is None) == (found.reason is not None)
    if found.score is not None:
        assert 0 <= found.score <= 100 + 1e-9
        assert found.coverage >= made.min_coverage - 1e-6
        assert score_call(made_of(scoring, sections, factor)[0], answers).score == pytest.approx(found.score)


@settings(max_examples=60, deadline=None)
@given(MODES, SECTIONS)
def test_not_applicable_never_lifts_a_score_above_that_of_the_best_answer(scoring: str, sections: Any) -> None:
    made, answers = made_of(scoring, sections)
    for name in answers:
        left_out = score_call(made, answers | {name: NA}).score
        best = score_call(made, answers | {name: YES}).score
        if left_out is not None and best is not None:
            assert left_out <= best + 1e-9


POINTS = st.floats(-5, 5).map(lambda value: round(value, 1))
CHOICES = st.lists(st.tuples(POINTS, st.booleans()), min_size=1, max_size=4)
CAPS = st.sampled_from([None, {"scope": "once"}, {"scope": "once", "points": 2}, {"scope": "each_hit", "points": 3}])


@settings(max_examples=60, deadline=None)
@given(MODES, CHOICES, st.floats(0, 6), CAPS, st.sampled_from([None, 60, 130]))
def test_what_choices_earn_lies_from_0_to_all_and_a_cap_never_gives_more_than_it_says(
    scoring: str, choices: Any, base: float, cap: Any, most: float | None
) -> None:
    points = {f"o{number}": own for number, (own, _) in enumerate(choices)}
    chosen = tuple(f"o{number}" for number, (_, is_in) in enumerate(choices) if is_in)
    parts = [several(points, base=base, cap=cap, excluded=not base and max(points.values()) <= 0), question("q")]
    extra = {"id": "s1", "title": "S", "questions": [question("r"), question("x", bonus=True)], "most": most}
    sections = [{"id": "s0", "title": "S", "questions": parts}, extra]
    made = Card.model_validate({"scorecard": "c", "title": "C", "scoring": scoring, "most": 200, "sections": sections})
    found = score_call(made, {"m": chosen, "q": YES, "r": YES, "x": YES})
    asked = made.questions[0]
    if asked.is_scored:
        assert 0 <= (found.answers[0].earned or 0) <= asked.possible
    assert found.sections["s1"] == pytest.approx(200 if most is None else min(most, 200))
    lifted = 200 if most is None else max(most, 100)
    assert 0 <= (found.score or 0) <= lifted + 1e-9
