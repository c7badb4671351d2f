"""Changed thresholds are named with their defaults."""

from __future__ import annotations

import json

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.wording.thresholds import changed_thresholds


def worded(thresholds: MetricThresholds) -> str:
    return changed_thresholds(json.loads(thresholds.as_json()))


def test_only_what_differs_is_named() -> None:
    assert worded(MetricThresholds()) == "default thresholds"
    assert worded(MetricThresholds(dead_air_ms=500, agent_phrases=("moin",), valence_sad=-1.25)) == (
        "changed thresholds: agent_phrases moin (default empty), dead_air_ms 500 (default 3000), "
        "valence_sad -1.25 (default -1)"
    )


def test_a_threshold_of_another_version_is_not_compared() -> None:
    assert changed_thresholds({"of_another_version": 7}) == "default thresholds"
