"""Reads and writes of the `calls` table that more than one asset needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from qa_pipeline.transcription.tables import CallStatus


@dataclass(frozen=True, slots=True)
class UsableCall:
    """A call that is not quarantined; `duration_s` in seconds, `source_uri` where its recording lies."""

    call_id: str
    recording_id: str
    call_date: dt.date
    duration_s: float
    agent_channel: int
    language: str | None
    source_uri: str


def usable_calls(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[UsableCall]:
    """The calls of `days` that can be transcribed, in the order of their ids."""
    rows = connection.execute(
        "select call_id, recording_id, call_date, duration_s, agent_channel, language, source_uri from calls "
        "where status <> 'quarantined' and list_contains(cast(? as date[]), call_date) order by call_id",
        [list(days)],
    ).fetchall()
    return [UsableCall(*row) for row in rows]


def set_statuses(connection: duckdb.DuckDBPyConnection, statuses: Mapping[str, CallStatus]) -> None:
    """Writes the status of each call (keys are call ids)."""
    if not statuses:
        return
    connection.execute(
        "create or replace temp table new_statuses "
        "(call_id varchar, status varchar, status_reason varchar, status_message varchar)"
    )
    connection.executemany(
        "insert into new_statuses values (?, ?, ?, ?)",
        [[call_id, status.status, status.reason, status.message] for call_id, status in statuses.items()],
    )
    connection.execute(
        "update calls set status = new_statuses.status, status_reason = new_statuses.status_reason, "
        "status_message = new_statuses.status_message from new_statuses where calls.call_id = new_statuses.call_id"
    )
    connection.execute("drop table new_statuses")
