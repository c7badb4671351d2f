"""Thresholds are checked by name, and every set of them has its own version."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest

from qa_pipeline.conversation.definitions import DEFINITION, MetricThresholds
from qa_pipeline.transcription.models import EMOTIONS
from tests.conversation.building import talk


def test_the_version_changes_with_any_threshold_and_only_then() -> None:
    version = MetricThresholds().version
    assert version == MetricThresholds().version
    assert version.startswith(f"{DEFINITION}.")
    for field in dataclasses.fields(MetricThresholds):
        value: Any = ("x",) if isinstance(field.default, tuple) else 1 if field.default != 1 else 2
        if field.name == "swap_talk_share":
            value = 0.5
        assert MetricThresholds(**{field.name: value}).version != version, field.name


def test_thresholds_are_stored_beside_the_values() -> None:
    metrics = talk(thresholds=MetricThresholds(dead_air_ms=4000, agent_phrases=("您好科万",))).metrics
    stored = json.loads(metrics.thresholds)
    assert (stored["dead_air_ms"], stored["agent_phrases"]) == (4000, ["您好科万"])
    assert set(stored) == {field.name for field in dataclasses.fields(MetricThresholds)}
    assert "您好科万" in metrics.thresholds


@pytest.mark.parametrize(("wrong", "message"), [
    ({"dead_air_ms": -1}, "dead_air_ms is -1; give 0 or more"),
    ({"valence_happy": math.nan}, "valence_happy is nan; give a number"),
    ({"heard_share": 1.5}, "heard_share is 1.5; give a share between 0 and 1"),
    ({"backchannel_words": ("yo", " ")}, "backchannel_words holds an empty phrase; take it out"),
])  # fmt: skip
def test_an_impossible_threshold_is_refused_by_name(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MetricThresholds(**wrong)


def test_every_emotion_of_the_service_has_a_valence() -> None:
    assert set(MetricThresholds().valences) == set(EMOTIONS)


def test_thresholds_of_zero_are_allowed() -> None:
    names = [field.name for field in dataclasses.fields(MetricThresholds) if not isinstance(field.default, tuple)]
    zero = MetricThresholds(**dict.fromkeys(names, 0))
    assert talk(thresholds=zero).turns == ()
