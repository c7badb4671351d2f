"""How pages word evaluations: states, scores, shares and their intervals."""

from __future__ import annotations

from qa_pipeline.reviews.states import EvaluationState, EvaluationType
from qa_pipeline.scorecards.scoring import NoOption
from qa_pipeline.wording.evaluations import (
    NO_OPTIONS,
    STATES,
    TYPES,
    score_interval,
    score_text,
    share_interval,
    share_text,
    state_label,
)


def test_every_state_type_and_answer_has_a_word() -> None:
    assert set(STATES) == set(EvaluationState)
    assert set(TYPES) == set(EvaluationType)
    assert set(NO_OPTIONS) == set(NoOption)
    assert state_label("of_another_version") == "of_another_version"


def test_scores_and_shares_stay_within_what_they_can_be() -> None:
    assert [score_text(score) for score in (None, 0.0, 60.04, 100.0)] == ["–", "0.0%", "60.0%", "100.0%"]
    assert score_interval(-3.2, 104.0) == "0.0 to 100.0%"
    assert score_interval(None, 12.0) == ""
    assert (share_text(0.666), share_text(None), share_interval(0.722, 1.0)) == ("67%", "–", "72% to 100%")
