"""Each missing metric has one reason, the most telling one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.wording.missing_metrics import (
    CallFacts,
    RoleFacts,
    why_missing,
    why_no_labels,
    why_no_metrics,
    why_no_turns,
)

FULL = RoleFacts("qwen3-asr-flash-filetrans", None, True, True, True, True)
ROW: dict[str, Any] = {"thresholds": {}}


def call(agent: RoleFacts = FULL, customer: RoleFacts = FULL, **others: Any) -> CallFacts:
    facts: dict[str, Any] = {
        "status": "ok",
        "call_date": dt.date(2025, 9, 1),
        "is_dual_mono": False,
        "kept_emotions": ("agent", "customer"),
    }
    return CallFacts(roles={"agent": agent, "customer": customer}, **(facts | others))


@pytest.mark.parametrize(
    ("facts", "column", "said"),
    [
        (call(is_dual_mono=True), "talk_ratio",
         "both channels carry the same sound, so the roles cannot be told apart"),
        (call(RoleFacts(), RoleFacts(failure="BAD")), "agent_talk_s", "no channel was transcribed: BAD"),
        (call(customer=RoleFacts(failure="BAD")), "overlap_s", "the customer's channel was not transcribed: BAD"),
        (call(customer=RoleFacts()), "agent_interruptions", "the customer's channel was not transcribed"),
        (call(RoleFacts("qwen-audio-asr", None, True, False)), "overlap_s", "qwen-audio-asr gives no times"),
        (
            call(RoleFacts("qwen3-asr-flash-filetrans", None, True, False)), "overlap_s",
            "a sentence of the agent has no times that can be believed (table transcript_remarks)",
        ),
        (call(customer=RoleFacts("fun-asr", None, True, True)), "negative_share", "fun-asr gives no emotions"),
        (call(customer=RoleFacts(FULL.model, None, True, True)), "trajectory",
         "no emotion of the customer was labelled"),
        (call(customer=RoleFacts(FULL.model)), "customer_languages", "no speech of the customer"),
        (call(kept_emotions=("customer",), agent=RoleFacts(FULL.model, None, True, True)), "agent_valence",
         "emotions of the agent are not kept (setting emotion_roles)"),
        (call(), "valence_shift", "labelled speech in fewer than two quarters"),
        (call(), "customer_valence_q3", "no labelled speech in that quarter"),
        (call(), "agent_talk_speed", "under 5 s of talk in sentences of 1 s and more"),
        (call(), "response_ms_p50", "no customer turn is followed by an agent turn"),
        (call(), "dead_air_s", "no speech"),
        (call(), "agent_words_without_sound", "no acoustics of the channel"),
    ],
)  # fmt: skip
def test_the_most_telling_reason_is_given(facts: CallFacts, column: str, said: str) -> None:
    assert why_missing(facts, ROW)[column] == said


def test_a_known_metric_needs_no_reason_and_neither_does_a_column_that_explains_another() -> None:
    known = dict.fromkeys(CATALOGUE, 1) | ROW
    assert why_missing(call(), known) == {}
    beside = ("agent_channel_evidence", "agent_talk_speed_unit", "customer_talk_speed_unit", "talk_speed_unit")
    assert why_missing(call(), known | dict.fromkeys(beside) | {"talk_ratio": None}) == {"talk_ratio": "no speech"}


def test_the_thresholds_of_the_row_are_named_and_not_the_defaults() -> None:
    row = {"thresholds": {"talk_speed_min_talk_ms": 2500}}
    assert why_missing(call(), row)["agent_talk_speed"] == "under 2.5 s of talk in sentences of 1 s and more"


def test_why_a_call_has_no_row_of_metrics() -> None:
    assert why_no_metrics(call(status="quarantined")) == "the call was quarantined before anything was sent"
    assert why_no_metrics(call(RoleFacts(), RoleFacts())) == "no channel was transcribed"
    assert why_no_metrics(call()).startswith("not computed yet; `qa-pipeline run --from 2025-09-01` computes them")
    assert why_no_metrics(call(has_metrics_table=False)).startswith("this snapshot was published by a version without")


def test_why_a_call_has_no_turns() -> None:
    assert why_no_turns(call(customer=RoleFacts("qwen-audio-asr", None, True)), has_metrics=True) == (
        "qwen-audio-asr gives no times"
    )
    assert why_no_turns(call(), has_metrics=True) == "no speech"
    assert why_no_turns(call(), has_metrics=False).startswith("not computed yet")


def test_labels_that_are_there_need_no_reason() -> None:
    assert why_no_labels(call(), "agent", "emotion") is None
