"""Reads and writes of the table `acoustics`: what was heard on each channel, and what is done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.acoustics import Acoustics, ChannelAcoustics
from qa_pipeline.audio.correlation import PairLikeness
from qa_pipeline.audio.defects import Defect, drift_ms_per_min, late_s
from qa_pipeline.audio.measuring_version import measuring_version, options_json
from qa_pipeline.recordings.sound_handling import SoundVerdict
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.statements.files import read_sql
from qa_pipeline.transcription.roles import ChannelRole
from qa_pipeline.warehouse.database import insert_rows
from qa_pipeline.warehouse.parts import quoted

MeasuredChannel = dict[str, Any]
"""A row of `acoustics` without what depends on the call and on what is done about defects: see `measured_channels`."""


def measured_channels(
    acoustics: Acoustics,
    defects: Sequence[Sequence[Defect]],
    options: AcousticOptions,
    *,
    recording_id: str,
    greeting_channel: int | None,
    timeline: str | None = None,
) -> list[MeasuredChannel]:
    """What is stored of a measured recording, a row per channel; it stays true as long as the recording, the options,
    the channel that is to greet and the `timeline` of its sources stay the same."""
    return [
        {
            "channel_id": channel.channel_id,
            "defects": [defect.value for defect in of_channel],
            "missing": acoustics.missing,
            "greeting_channel": greeting_channel,
            "timeline": timeline,
            "recording_id": recording_id,
            "definition_version": measuring_version(options),
            "options": options_json(options),
            **_of_channel(channel),
            **_of_pair(channel.channel_id, acoustics.pair),
            "late_s": late_s(acoustics, channel.channel_id, options),
            "drift_ms_per_min": drift_ms_per_min(acoustics, channel.channel_id),
        }
        for channel, of_channel in zip(acoustics.channels, defects, strict=True)
    ]


def _of_channel(channel: ChannelAcoustics) -> dict[str, Any]:
    return {
        "speech_s": channel.speech_s,
        "speech_ratio": channel.speech_ratio,
        "speech_loudness_db": channel.speech_loudness_db,
        "loudness_db": channel.loudness_db,
        "loudness_per_s_db": list(channel.loudness_per_s_db),
        "peak_db": channel.peak_db,
        "clipping_ratio": channel.clipping_ratio,
        "segments": [{"begin_ms": begin, "end_ms": end} for begin, end in channel.segments_ms],
        "sounds": [
            {"begin_ms": sound.begin_ms, "end_ms": sound.end_ms, "kind": sound.kind.value} for sound in channel.sounds
        ],
        "waveform": channel.waveform,
        "channel_sha256": channel.digest,
    }


def _of_pair(channel_id: int, pair: PairLikeness | None) -> dict[str, Any]:
    """The pair as seen from one channel: lag and gain are this channel's against the other. Of further channels than
    the two parties' there is none."""
    if pair is None or channel_id > 1:
        return {}
    sign = 1 if channel_id == 1 else -1
    columns: dict[str, Any] = {"correlation": pair.correlation}
    if pair.lag_ms is not None and pair.level_difference_db is not None:
        columns |= {
            "correlation_lag_ms": sign * pair.lag_ms or 0.0,
            "correlation_gain_db": sign * pair.level_difference_db or 0.0,
        }
    copy = pair.copy_in[channel_id]
    if copy.windows:
        columns |= {
            "copy_s": copy.windows,
            "copy_correlation": copy.correlation,
            "copy_lag_ms": copy.lag_ms,
            "copy_gain_db": copy.gain_db,
        }
    return columns


@dataclass(frozen=True, slots=True)
class KnownMeasurement:
    """What the table has of a recording: under which call, by which version, and the defects of each channel.
    `seconds` is its length as it was measured, to the next whole second; None where that is not known."""

    call_id: str
    recording_id: str
    definition_version: str
    greeting_channel: int | None
    defects: tuple[tuple[Defect, ...], ...]
    missing: str | None
    seconds: int | None = None
    timeline: str | None = None


def known_measurements(
    connection: duckdb.DuckDBPyConnection, recording_ids: Iterable[str], days: Sequence[dt.date] | None = None
) -> dict[str, list[KnownMeasurement]]:
    """What was measured of these recordings, whatever call they stood under, by recording: under these days, or under
    any."""
    values = {"ids": sorted(set(recording_ids)), "days": days}
    rows = connection.execute(read_sql("steps/list_measurements.sql"), values).fetchall()
    known: dict[str, list[KnownMeasurement]] = {}
    for call_id, recording_id, version, greeting, defects, missing, seconds, timeline in rows:
        named = tuple(tuple(Defect(name) for name in of_channel) for of_channel in defects)
        found = KnownMeasurement(call_id, recording_id, version, greeting, named, missing, seconds, timeline)
        known.setdefault(found.recording_id, []).append(found)
    return known


def put_measurements(
    connection: duckdb.DuckDBPyConnection,
    measured: Mapping[str, Sequence[MeasuredChannel]],
    judged: Mapping[str, tuple[UsableCall, SoundVerdict]],
) -> None:
    """Writes the rows of calls that were measured (keys are call ids), in place of those they had."""
    loaded_at = dt.datetime.now(dt.UTC)
    rows = []
    for call_id, channels in measured.items():
        call, verdict = judged[call_id]
        rows += call_rows(
            channels, verdict, call_id=call_id, call_date=call.call_date, loaded_at=loaded_at, roles=call.roles,
        )  # fmt: skip
    _delete(connection, list(measured))
    insert_rows(connection, "acoustics", rows)


def write_measured(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Writes all rows of `measured` (see `begin_measured`) into a Parquet file."""
    connection.execute(f"copy (from measured order by call_id, channel_id) to '{quoted(target)}' (format parquet)")


def begin_measured(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the table `measured`, for rows of measured calls (`MeasuredChannel` and call_id)."""
    without = "exclude (call_date, role, action, loaded_at)"
    connection.execute(f"create or replace temp table measured as select * {without} from acoustics limit 0")


def read_measured(
    connection: duckdb.DuckDBPyConnection, file: Path
) -> dict[str, tuple[tuple[tuple[Defect, ...], ...], str | None]]:
    """What `write_measured` wrote of each call: the defects of each channel, and what is missing of its sound."""
    connection.execute(f"create or replace temp view measured_elsewhere as from read_parquet('{quoted(file)}')")
    rows = connection.execute(
        "select call_id, list(defects order by channel_id), any_value(missing) from measured_elsewhere group by call_id"
    ).fetchall()
    return {
        call_id: (tuple(tuple(Defect(name) for name in of_channel) for of_channel in defects), missing)
        for call_id, defects, missing in rows
    }


def put_measured(connection: duckdb.DuckDBPyConnection, judged: Mapping[str, tuple[UsableCall, SoundVerdict]]) -> None:
    """Writes the rows of these calls that `read_measured` has read, in place of those they had."""
    rows = [
        {
            "call_id": call_id,
            "channel_id": channel_id,
            "call_date": call.call_date,
            "role": call.role_of(channel_id),
            "action": action.value,
        }
        for call_id, (call, verdict) in judged.items()
        for channel_id, action in enumerate(verdict.actions)
    ]
    connection.execute(
        "create or replace temp table judged_channels "
        "(call_id varchar, channel_id integer, call_date date, role varchar, action varchar)"
    )
    insert_rows(connection, "judged_channels", rows)
    _delete(connection, list(judged))
    select = read_sql("steps/list_measured_elsewhere.sql")
    connection.execute(f"insert into acoustics by name {select}", {"loaded_at": dt.datetime.now(dt.UTC)})
    connection.execute("drop table judged_channels")


def keep_measurements(
    connection: duckdb.DuckDBPyConnection,
    kept: Mapping[str, KnownMeasurement],
    judged: Mapping[str, tuple[UsableCall, SoundVerdict]],
) -> None:
    """Brings rows that still hold up to date: who speaks there, what is done, the day; and the id of a renamed call."""
    rows = [
        {
            "source_call_id": known.call_id,
            "call_id": call_id,
            "channel_id": channel_id,
            "call_date": judged[call_id][0].call_date,
            "role": judged[call_id][0].role_of(channel_id),
            "action": action.value,
        }
        for call_id, known in kept.items()
        for channel_id, action in enumerate(judged[call_id][1].actions)
    ]
    connection.execute(
        "create or replace temp table kept_channels (source_call_id varchar, call_id varchar, channel_id integer, "
        "call_date date, role varchar, action varchar)"
    )
    insert_rows(connection, "kept_channels", rows)
    connection.execute(read_sql("steps/update_kept_measurements.sql"))
    connection.execute(f"create or replace temp table renamed as {read_sql('steps/list_renamed_measurements.sql')}")
    _delete(connection, [call_id for call_id, known in kept.items() if call_id != known.call_id])
    connection.execute("insert into acoustics by name select * from renamed")
    connection.execute("drop table renamed")
    connection.execute("drop table kept_channels")


def drop_other_calls(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], calls: Sequence[UsableCall]
) -> None:
    """Takes away rows of `days` of calls that are not among `calls`, and of these calls under another recording."""
    connection.execute("create or replace temp table heard_calls (call_id varchar, recording_id varchar)")
    insert_rows(
        connection, "heard_calls", [{"call_id": call.call_id, "recording_id": call.recording_id} for call in calls]
    )
    moved_from = [
        day
        for (day,) in connection.execute(
            "select distinct call_date from acoustics where not in_days(call_date, ?) "
            "and call_id in (select call_id from heard_calls)",
            [list(days)],
        ).fetchall()
    ]
    of_others = "(call_id, recording_id) not in (select call_id, recording_id from heard_calls)"
    connection.execute(f"delete from acoustics where in_days(call_date, ?) and {of_others}", [list(days)])
    if moved_from:
        connection.execute(
            f"delete from acoustics where in_days(call_date, ?) and call_id in (select call_id from heard_calls) "
            f"and {of_others}",
            [moved_from],
        )
    connection.execute("drop table heard_calls")


def _delete(connection: duckdb.DuckDBPyConnection, call_ids: Sequence[str]) -> None:
    connection.execute("delete from acoustics where call_id in (select unnest(cast(? as varchar[])))", [list(call_ids)])


def call_rows(
    channels: Sequence[MeasuredChannel],
    verdict: SoundVerdict,
    *,
    call_id: str,
    call_date: dt.date,
    roles: Mapping[int, ChannelRole],
    loaded_at: dt.datetime,
) -> list[dict[str, Any]]:
    """The rows of `acoustics` of one call; `roles` says who is on each channel."""
    return [
        {
            **channel,
            "call_id": call_id,
            "call_date": call_date,
            "role": roles[channel["channel_id"]],
            "action": verdict.actions[channel["channel_id"]].value,
            "loaded_at": loaded_at,
        }
        for channel in channels
    ]
