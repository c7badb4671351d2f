"""Reads and writes of the `calls` table that more than one asset needs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import duckdb

from qa_pipeline.audio.defects import Defect
from qa_pipeline.recordings.channels import ONE_CHANNEL, STEREO, ChannelSource
from qa_pipeline.recordings.sound_handling import SKIPPED, ChannelAction
from qa_pipeline.recordings.transcript_files import ImportedChannel
from qa_pipeline.recordings.usable_calls import UsableCall, on_two_channels
from qa_pipeline.statements.files import read_sql
from qa_pipeline.transcription.tables import CallStatus
from qa_pipeline.warehouse.database import insert_rows
from qa_pipeline.warehouse.recording_keys import note_recordings, other_days_with_recordings_of
from qa_pipeline.warehouse.refilling import ARRIVING, begin_arriving

ROWS_AT_ONCE = 500
"""Rows of calls that are Python objects at the same time."""


def calls_of_days(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[str]:
    """The ids of the calls of these days."""
    of_days = "select distinct call_id from calls where in_days(call_date, $days)"
    rows = connection.execute(of_days, {"days": list(days)})
    return [call_id for (call_id,) in rows.fetchall()]


def usable_calls(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[UsableCall]:
    """The calls of `days` that can be transcribed, in the order of their ids, with what was heard on their channels."""
    return [
        replace(call, skipped={}, is_dual_mono=False) if is_stereo_file and call.form in ONE_CHANNEL else call
        for call, is_stereo_file in _list_usable_calls(connection, days, with_set_aside=False)
    ]


def calls_to_hear(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> list[UsableCall]:
    """The usable calls of `days`, and those that were set aside for what was heard on them: a setting may lift that.

    A stereo call that was taken as one with both parties on one channel is the stereo call again.
    """
    return [
        on_two_channels(call) if is_stereo_file and call.form in ONE_CHANNEL else call
        for call, is_stereo_file in _list_usable_calls(connection, days, with_set_aside=True)
    ]


def _list_usable_calls(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], *, with_set_aside: bool
) -> list[tuple[UsableCall, bool]]:
    """Each call, and whether it is a file with two channels."""
    values = {"days": list(days), "with_set_aside": with_set_aside}
    result = connection.execute(read_sql("steps/list_usable_calls.sql"), values)
    return [_usable_call(row) for some in iter(lambda: result.fetchmany(ROWS_AT_ONCE), []) for row in some]


def _usable_call(row: tuple[Any, ...]) -> tuple[UsableCall, bool]:
    call_id, recording_id, call_date, duration_s, agent_channel, language, source_uri, form, *columns = row
    queue, direction, sample_rate, imports, missing, channels, customer_id, extra, heard, sources = columns
    actions = {channel["channel_id"]: ChannelAction(channel["action"]) for channel in heard or ()}
    call = UsableCall(
        call_id=call_id,
        recording_id=recording_id,
        call_date=call_date,
        duration_s=duration_s,
        agent_channel=agent_channel,
        language=language,
        source_uri=source_uri,
        sources=tuple(ChannelSource(**source) for source in sources or ()),
        queue=queue,
        direction=direction,
        sample_rate=sample_rate,
        form=form,
        missing=tuple(missing or ()),
        customer_id=customer_id,
        extra=extra,
        imports=imports_of(imports),
        skipped={channel_id: action for channel_id, action in sorted(actions.items()) if action in SKIPPED},
        is_dual_mono=any(Defect.DUAL_MONO in channel["defects"] for channel in heard or ()),
    )
    return call, channels == len(STEREO)


def imports_json(imports: Sequence[ImportedChannel]) -> str | None:
    """The column `imports` of a call; null where nothing was found."""
    rows = [{key: value for key, value in asdict(item).items() if value is not None} for item in imports]
    return json.dumps(rows, ensure_ascii=False) if rows else None


def imports_of(column: str | None) -> tuple[ImportedChannel, ...]:
    """What `imports_json` wrote."""
    return tuple(ImportedChannel(**row) for row in json.loads(column or "[]"))


def set_statuses(connection: duckdb.DuckDBPyConnection, statuses: Mapping[str, CallStatus]) -> None:
    """Writes the status of each call (keys are call ids)."""
    if not statuses:
        return
    connection.execute(
        "create or replace temp table new_statuses "
        "(call_id varchar, status varchar, status_reason varchar, status_message varchar)"
    )
    rows = [
        {
            "call_id": call_id,
            "status": status.status,
            "status_reason": status.reason,
            "status_message": status.message,
        }
        for call_id, status in statuses.items()
    ]
    insert_rows(connection, "new_statuses", rows)
    connection.execute(read_sql("steps/update_statuses.sql"))
    connection.execute("drop table new_statuses")


def release_calls(connection: duckdb.DuckDBPyConnection, call_ids: Sequence[str]) -> None:
    """Those of these calls that are set aside are not any more; the others keep their status."""
    connection.execute(
        "update calls set status = 'pending', status_reason = null, status_message = null "
        "where status = 'quarantined' and call_id in (select unnest(cast(? as varchar[])))",
        [list(call_ids)],
    )


def put_forms(connection: duckdb.DuckDBPyConnection, calls: Sequence[UsableCall]) -> None:
    """Writes the form of those of these calls that are stereo files, where it is another one now, with their channels
    and the roles of what was heard on these."""
    rows = [
        {
            "call_id": call.call_id,
            "form": call.form,
            "channel_id": source.channel_id,
            "segment": source.segment,
            "role": source.role,
            "source_channel": source.source_channel,
        }
        for call in calls
        if call.form == "stereo" or call.form in ONE_CHANNEL
        for source in call.sources
    ]
    connection.execute(
        "create or replace temp table going_on "
        "(call_id varchar, form varchar, channel_id integer, segment integer, role varchar, source_channel integer)"
    )
    insert_rows(connection, "going_on", rows)
    replaced = read_sql("steps/list_replaced_channels.sql")
    connection.execute(f"create or replace temp table replaced_channels as {replaced}")
    connection.execute("delete from call_channels where call_id in (select call_id from replaced_channels)")
    inserted = connection.execute("insert into call_channels by name select * from replaced_channels").fetchall()
    if inserted != [(0,)]:
        note_recordings(connection, sorted({call.call_date for call in calls}))
    connection.execute(
        "update calls set form = going_on.form from going_on "
        "where calls.call_id = going_on.call_id and calls.channels = 2"
    )
    connection.execute(read_sql("steps/update_roles_of_one_channel.sql"))
    connection.execute("drop table replaced_channels")
    connection.execute("drop table going_on")


TRANSCRIBED = ("ok", "partial")
"""Statuses of calls with a transcript of one channel at least."""


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A call that the warehouse has already; `files` are (sha256, URI), in the order of time."""

    call_id: str
    recording_id: str | None
    call_date: dt.date | None
    source_uri: str
    status: str
    files: tuple[tuple[str, str], ...] = ()

    @property
    def file_ids(self) -> tuple[str, ...]:
        """The sha256 of each of its files; none where nothing could be read."""
        return tuple(dict.fromkeys(sha256 for sha256, _ in self.files)) or (
            (self.recording_id,) if self.recording_id else ()
        )

    @property
    def file_uris(self) -> tuple[str, ...]:
        """Where each of its files was."""
        return tuple(dict.fromkeys(uri for _, uri in self.files)) or (self.source_uri,)


def known_calls(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    call_ids: Iterable[str] = (),
    recording_ids: Iterable[str] = (),
    uris: Iterable[str] = (),
) -> list[KnownCall]:
    """The calls of `days` and of no day, and those of other days with one of these ids, files (sha256) or places."""
    asked = {
        "days": list(days),
        "call_ids": sorted(set(call_ids)),
        "recording_ids": sorted(set(recording_ids)),
        "uris": sorted(set(uris)),
    }
    rows = connection.execute(read_sql("steps/list_known_calls.sql"), asked).fetchall()
    return [
        KnownCall(call_id, recording_id, call_date, uri, status, tuple((each[0], each[1]) for each in files or ()))
        for call_id, recording_id, call_date, uri, status, files in rows
    ]


def recordings_in_several(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> set[str]:
    """The recordings (sha256) of `days` that stand under more than one usable call, on any day."""
    values = {"days": list(days), "other_days": other_days_with_recordings_of(connection, days)}
    rows = connection.execute(read_sql("checks/calls_are_told_apart.sql"), values).fetchall()
    return {recording_id for recording_id, _ in rows}


def undated_calls(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Where each recording without a date lies → when its row was written, UTC epoch seconds."""
    rows = connection.execute("select source_uri, epoch(loaded_at) from calls where call_date is null").fetchall()
    return dict(rows)


def rename_calls(connection: duckdb.DuckDBPyConnection, renamed: Mapping[str, str]) -> None:
    """Gives calls that are set aside other ids (old → new)."""
    for table in ("call_channels", "calls"):
        for old, new in renamed.items():
            connection.execute(f"update {table} set call_id = ? where call_id = ?", [new, old])


def note_stale(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], reasons: Mapping[str, str]) -> None:
    """Says of calls why they are as they were and not as the landing zone has them now (call id → a sentence).

    Of the other calls of `days` that is said no more.
    """
    connection.execute(
        "update calls set stale_reason = null where stale_reason is not null and in_days(call_date, ?)",
        [list(days)],
    )
    for call_id, reason in reasons.items():
        connection.execute("update calls set stale_reason = ? where call_id = ?", [reason, call_id])


def replace_calls(
    connection: duckdb.DuckDBPyConnection,
    removed: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    channels: Sequence[Mapping[str, Any]],
) -> None:
    """Takes away the calls with the ids `removed` and adds `rows`, with their `channels` (rows of `call_channels`).

    A call that stays usable keeps its status; a new one is `pending` until its channels are read. Calls with a date
    that stand there as they arrive stay, and are not written again. One that was set aside for its sound, or taken for
    another form, does not: the next step judges it anew.
    """
    for table, arriving in (("calls", rows), ("call_channels", channels)):
        begin_arriving(connection, table)
        insert_rows(connection, f"{ARRIVING}{table}", arriving)
    days = sorted({row["call_date"] for row in rows if row["call_date"] is not None})
    unchanged = f"create or replace temp table unchanged_calls as {read_sql('steps/list_unchanged_calls.sql')}"
    connection.execute(unchanged, {"days": days})
    leaving = "create or replace temp table leaving_calls as select unnest($ids::varchar[]) as call_id"
    connection.execute(f"{leaving} except from unchanged_calls", {"ids": list(removed)})
    for table in ("calls", "call_channels"):
        connection.execute(f"delete from {table} where call_id in (select call_id from leaving_calls)")
        connection.execute(
            f"insert into {table} from {ARRIVING}{table} where call_id not in (select call_id from unchanged_calls)"
        )
        connection.execute(f"drop table {ARRIVING}{table}")
    for table in ("unchanged_calls", "leaving_calls"):
        connection.execute(f"drop table {table}")
    note_recordings(connection, days)
