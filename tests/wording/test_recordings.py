from __future__ import annotations

import datetime as dt
from typing import Any

from qa_pipeline.wording.recordings import recording_lines, unrecorded_ms


def row(segment: int, begin_s: float, end_s: float, **values: Any) -> dict[str, Any]:
    began = dt.datetime(2025, 9, 1, 14, 3, tzinfo=dt.UTC) + dt.timedelta(seconds=begin_s)
    known = {"started_at": began, "agent_id": None, "agent_name": None, "queue": None, "is_parallel": False}
    return {"segment": segment, "begin_ms": begin_s * 1000, "end_ms": end_s * 1000} | known | values


def test_a_recording_is_told_with_agent_queue_times_and_what_was_not_recorded_before_it() -> None:
    rows = [
        row(0, 0, 61, agent_id="a-1", agent_name="Ana", queue="billing"),
        row(1, 180, 240, agent_id="a-2"),
        row(2, 240.4, 300),
    ]
    assert recording_lines(rows) == [
        "recording 1 of 3, Ana (a-1), queue billing, 14:03:00-14:04:01",
        "recording 2 of 3, agent a-2, 14:06:00-14:07:00, not recorded 14:04:01-14:06:00 (1:59)",
        "recording 3 of 3, 14:07:00-14:08:00",
    ]
    assert unrecorded_ms(rows) == [(61_000, 180_000)]


def test_without_start_times_places_are_those_in_the_call() -> None:
    rows = [row(0, 0, 61, started_at=None), row(1, 61, 70, started_at=None, is_parallel=True)]
    assert recording_lines(rows) == [
        "recording 1 of 2, 0:00-1:01",
        "recording 2 of 2, 1:01-1:10, recorded beside the call, in no metric",
    ]


def test_a_recording_inside_another_leaves_nothing_unrecorded() -> None:
    assert unrecorded_ms([row(0, 0, 60), row(1, 10, 20), row(2, 60, 90)]) == []
