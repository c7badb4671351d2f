"""Reads and writes of the table `call_voices`: who of two voices speaks when on one channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.statements.files import read_sql
from qa_pipeline.voices.telling import Unsure, VoiceSpan, VoicesTold
from qa_pipeline.warehouse.database import insert_rows


@dataclass(frozen=True, slots=True)
class VoicesRead:
    """What came of a call's voices with its transcript: why agent and customer are not to be relied on (None where they
    are), the separation where it was measured, and which voice is the agent and by what."""

    unsure: Unsure | None
    separation: float | None = None
    agent_voice: int | None = None
    agent_by: str | None = None


def speech_of(connection: duckdb.DuckDBPyConnection, calls: Sequence[UsableCall]) -> dict[str, list[tuple[int, int]]]:
    """Where the one channel of each call sounds, as `acoustics` has it: call id → (begin, end) in ms."""
    rows = connection.execute(
        read_sql("steps/list_speech_of_one_channel.sql"), {"call_ids": [call.call_id for call in calls]}
    ).fetchall()
    return {call_id: [(segment["begin_ms"], segment["end_ms"]) for segment in segments] for call_id, segments in rows}


def known_voices(
    connection: duckdb.DuckDBPyConnection, calls: Iterable[UsableCall], version: str
) -> dict[str, VoicesTold]:
    """What this version told of the recordings of these calls, whatever call they stood under, by recording."""
    ids = sorted({call.recording_id for call in calls})
    rows = connection.execute(read_sql("steps/list_voices.sql"), {"ids": ids, "version": version}).fetchall()
    return {recording_id: _told(*columns) for recording_id, *columns in rows}


def replace_voices(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    told: Sequence[tuple[UsableCall, VoicesTold]],
    version: str,
) -> None:
    """Writes the voices of these calls, in place of all that the days had."""
    connection.execute("delete from call_voices where in_days(call_date, ?)", [list(days)])
    add_voices(connection, told, version)


def add_voices(
    connection: duckdb.DuckDBPyConnection, told: Sequence[tuple[UsableCall, VoicesTold]], version: str
) -> None:
    """Writes the voices of these calls, in place of what was known of them."""
    connection.execute(
        "delete from call_voices where call_id in (select unnest(cast(? as varchar[])))",
        [[call.call_id for call, _ in told]],
    )
    loaded_at = dt.datetime.now(dt.UTC)
    insert_rows(connection, "call_voices", [_row(call, voices, version, loaded_at) for call, voices in told])


def voices_of(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> dict[str, VoicesTold]:
    """What was told of the voices of the days' calls, by call id."""
    rows = connection.execute(read_sql("steps/list_voices_of_days.sql"), {"days": list(days)}).fetchall()
    return {call_id: _told(*columns) for call_id, *columns in rows}


def note_voices(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], read: Mapping[str, VoicesRead]) -> None:
    """Writes what came of the voices of the calls of `days` (call id → it) into `calls` and `call_voices`, where it is
    not there already; of the days' other calls nothing is known of voices then."""
    connection.execute(
        "create or replace temp table noted_voices (call_id varchar, separation double, is_unsure boolean, "
        "unsure_reason varchar, agent_voice integer, agent_by varchar)"
    )
    rows = [
        {
            "call_id": call_id,
            "separation": voices.separation,
            "is_unsure": voices.unsure is not None,
            "unsure_reason": voices.unsure and voices.unsure.value,
            "agent_voice": voices.agent_voice,
            "agent_by": voices.agent_by,
        }
        for call_id, voices in read.items()
    ]
    insert_rows(connection, "noted_voices", rows)
    for step in ("note_voices_in_calls", "note_agents_by_voice"):
        connection.execute(read_sql(f"steps/{step}.sql"), {"days": list(days)})
    connection.execute("drop table noted_voices")


def _told(
    voices: int, separation: float | None, unsure: str | None, segments: Sequence[Mapping[str, int]]
) -> VoicesTold:
    spans = tuple(VoiceSpan(item["begin_ms"], item["end_ms"], item["voice"]) for item in segments)
    return VoicesTold(spans, voices, separation, None if unsure is None else Unsure(unsure))


def _row(call: UsableCall, told: VoicesTold, version: str, loaded_at: dt.datetime) -> dict[str, Any]:
    return {
        "call_id": call.call_id,
        "call_date": call.call_date,
        "recording_id": call.recording_id,
        "voices": told.voices,
        "separation": told.separation,
        "unsure_reason": told.unsure and told.unsure.value,
        "segments": [{"begin_ms": span.begin_ms, "end_ms": span.end_ms, "voice": span.voice} for span in told.spans],
        "definition_version": version,
        "loaded_at": loaded_at,
    }
