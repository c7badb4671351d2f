"""Rules answer questions by an explicit mapping: first match, and never an answer for want of evidence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.machine import OUTCOMES
from qa_pipeline.scorecards.question_versions import question_version
from qa_pipeline.scorecards.rule_answers import answers_of_rules, rule_answer
from qa_pipeline.scorecards.scoring import Given, NoOption, score_call

YES, NO, PARTLY = ("yes",), ("no",), ("partly",)
NA, CANNOT_TELL = NoOption.NOT_APPLICABLE, NoOption.CANNOT_TELL
NAMES = ("a", "b", "c")


def card(*entries: tuple[str, str, str], **keys: Any) -> Card:
    options = [{"id": name, "text": name, "points": points} for name, points in (("yes", 2), ("partly", 1), ("no", 0))]
    rules = [{"rule": rule, "outcome": outcome, "answer": answer} for rule, outcome, answer in entries]
    asked = {
        "id": "q",
        "text": "Q",
        "not_applicable": True,
        "options": options,
        "answered_by": {"rules": rules},
        **keys,
    }
    return Card.model_validate(
        {
            "scorecard": "c",
            "title": "C",
            "scoring": "points",
            "sections": [{"id": "s", "title": "S", "questions": [asked]}],
        }
    )


GREETED = card(("greeting", "hit", "yes"), ("greeting", "miss", "no"), ("greeting", "not_applicable", "not_applicable"))
TWO = card(("full", "hit", "yes"), ("short", "hit", "partly"), ("full", "miss", "no"))


@pytest.mark.parametrize(
    ("outcome", "answer"), [("hit", YES), ("miss", NO), ("not_applicable", NA), ("not_evaluated", CANNOT_TELL)]
)
def test_an_outcome_is_what_the_card_says_it_is(outcome: str, answer: Given) -> None:
    assert answers_of_rules(GREETED, {"greeting": outcome}) == {"q": answer}


@pytest.mark.parametrize(
    ("full", "short", "answer"),
    [
        ("hit", "hit", YES),
        ("miss", "hit", PARTLY),
        ("miss", "miss", NO),
        ("not_applicable", "miss", CANNOT_TELL),
        ("not_evaluated", "hit", CANNOT_TELL),  # it may have been said in full
        ("not_evaluated", "miss", CANNOT_TELL),
        ("miss", "not_evaluated", CANNOT_TELL),  # and here in short
        ("hit", "not_evaluated", YES),
    ],
)
def test_the_first_entry_that_fits_counts_unless_one_before_it_may_have_fitted(
    full: str, short: str, answer: Given
) -> None:
    assert answers_of_rules(TWO, {"full": full, "short": short}) == {"q": answer}


def test_a_rule_that_was_not_applied_can_not_be_told_and_is_named() -> None:
    asked = TWO.questions[0]
    found = rule_answer(asked, {"full": "miss"})
    assert found is not None
    assert (found.answer, found.rule) == (CANNOT_TELL, "short")
    nothing = rule_answer(asked, {"full": "not_applicable", "short": "miss"})
    assert nothing is not None
    assert (nothing.answer, nothing.rule) == (CANNOT_TELL, None), "no entry is for these"


def test_a_doubt_that_would_give_the_same_answer_is_none() -> None:
    made = card(("a", "hit", "yes"), ("b", "hit", "yes"))
    assert answers_of_rules(made, {"a": "not_evaluated", "b": "hit"}) == {"q": YES}


ENTRIES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(OUTCOMES[:3]), st.sampled_from(("yes", "partly", "no"))),
    min_size=1, max_size=6, unique_by=lambda entry: entry[:2],
)  # fmt: skip


@given(ENTRIES, st.fixed_dictionaries({name: st.sampled_from(OUTCOMES) for name in NAMES}))
def test_an_answer_holds_whatever_a_rule_that_was_not_evaluated_would_have_come_to(
    entries: list[tuple[str, str, str]], outcomes: dict[str, str]
) -> None:
    made = card(*entries)
    answer = answers_of_rules(made, outcomes)["q"]
    for name in [name for name, outcome in outcomes.items() if outcome == "not_evaluated"]:
        for other in OUTCOMES[:3]:
            told = answers_of_rules(made, {**outcomes, name: other})["q"]
            assert answer in (CANNOT_TELL, told)


def test_a_rule_fails_the_card_as_a_persons_answer_does() -> None:
    options = [{"id": "no", "text": "No", "points": 1}, {"id": "yes", "text": "Yes", "auto_fail": "card"}]
    made = card(("promise", "hit", "yes"), ("promise", "miss", "no"), options=options)
    found = score_call(made, answers_of_rules(made, {"promise": "hit"}))
    assert (found.score, found.score_before_fail, found.failed_by) == (0.0, 0.0, ("q",))
    assert score_call(made, answers_of_rules(made, {"promise": "miss"})).score == 100.0
    assert score_call(made, answers_of_rules(made, {"promise": "not_evaluated"})).score is None


def test_another_mapping_is_another_question_to_those_who_compare_it() -> None:
    other = card(("greeting", "hit", "yes"), ("greeting", "miss", "no"))
    assert question_version(other.questions[0]) != question_version(GREETED.questions[0])
    assert other.version != GREETED.version
    assert GREETED.rule_ids == ("greeting",)
