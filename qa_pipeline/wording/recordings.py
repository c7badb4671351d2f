"""The recordings of a call in words, for pages and the terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from qa_pipeline.wording.clocks import clock, duration
from qa_pipeline.wording.languages import t

WORTH_SAYING_MS = 1000
"""Less time between two recordings is how clocks are written down."""

Recordings = Sequence[Mapping[str, Any]]
"""Rows of `sql/pages/read_recordings.sql`, in the order of time."""


def unrecorded_ms(recordings: Recordings) -> list[tuple[int, int]]:
    """Begin and end of the time between recordings that none of them holds, in ms of the call."""
    missing, end_ms = [], 0
    for row in recordings:
        if row["segment"] and row["begin_ms"] - end_ms >= WORTH_SAYING_MS:
            missing.append((end_ms, int(row["begin_ms"])))
        end_ms = max(end_ms, int(row["end_ms"]))
    return missing


def recording_lines(recordings: Recordings) -> list[str]:
    """A line per recording: `recording 2 of 3, Ben (a-2), queue cards, 14:06:00-14:06:52, not recorded
    14:04:03-14:06:00`.

    Times are of the day where it is known when the recording began, else from the beginning of the call.
    """
    missing = {end: begin for begin, end in unrecorded_ms(recordings)}
    return [_line(row, len(recordings), missing.get(row["begin_ms"])) for row in recordings]


def _line(row: Mapping[str, Any], count: int, silent_from_ms: int | None) -> str:
    name, agent_id = row["agent_name"], row["agent_id"]
    parts = [t("recording {number} of {count}", number=row["segment"] + 1, count=count)]
    if name or agent_id:
        parts.append(f"{name} ({agent_id})" if name and agent_id else t("agent {name}", name=name or agent_id))
    parts += [t("queue {name}", name=row["queue"])] if row["queue"] else []
    parts.append(f"{_at(row, row['begin_ms'])}-{_at(row, row['end_ms'])}")
    if row["is_parallel"]:
        parts.append(t("recorded beside the call, in no metric"))
    if silent_from_ms is not None:
        length = duration((row["begin_ms"] - silent_from_ms) / 1000)
        begin, end = _at(row, silent_from_ms), _at(row, row["begin_ms"])
        parts.append(t("not recorded {begin}-{end} ({length})", begin=begin, end=end, length=length))
    return t(", ").join(parts)


def _at(row: Mapping[str, Any], at_ms: int) -> str:
    if row["started_at"] is None:
        return clock(at_ms / 1000)
    return f"{row['started_at'] + dt.timedelta(milliseconds=at_ms - row['begin_ms']):%H:%M:%S}"
