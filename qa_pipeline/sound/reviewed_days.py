"""What a review of the days' calls changes in the working database, and whose voices are told apart then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import closing
from itertools import islice

import duckdb

from qa_pipeline.landing.call_sounds import call_sounds
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings
from qa_pipeline.sound.verdicts import ReviewedCalls
from qa_pipeline.sound.voice_network import open_embedder, telling_version
from qa_pipeline.sound.voices import tell_voices_of
from qa_pipeline.voices.embedding import NoVoiceNetwork
from qa_pipeline.voices.telling import Unsure
from qa_pipeline.warehouse.acoustics import drop_other_calls, keep_measurements
from qa_pipeline.warehouse.calls import put_forms, release_calls, set_statuses
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.voices import add_voices, known_voices, replace_voices, speech_of, voices_of

WRITTEN_AT_ONCE = 200
"""Calls; what was measured stays when a run is stopped."""


def apply_review(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    calls: Sequence[UsableCall],
    reviewed: ReviewedCalls,
) -> None:
    """Brings the days' rows in line with the review of all of their calls; new measurements are written already."""
    judged, set_aside = reviewed.judged, reviewed.set_aside
    keep_measurements(connection, reviewed.kept, judged)
    drop_other_calls(connection, days, calls)  # afterwards: a renamed call's rows are under the old name till then
    put_forms(connection, reviewed.usable)
    release_calls(connection, [call_id for call_id in judged if call_id not in set_aside])
    set_statuses(connection, set_aside)


def tell_voices_apart(
    settings: Settings, warehouse: Warehouse, days: Sequence[dt.date], reviewed: ReviewedCalls
) -> list[str]:
    """Tells the voices of calls with both parties on one channel apart, where that was not done yet, and takes calls
    for what they are then; returns why of some the voices could not be told."""
    calls = [call for call in reviewed.usable if call.is_told_by_sound]
    notes: list[str] = []
    embedder = None
    if calls:
        try:
            embedder = open_embedder(settings)
        except NoVoiceNetwork as error:
            notes.append(f"the voices of {len(calls)} mono recordings were not told apart: {error}")
    version = telling_version(embedder) if embedder else ""
    with warehouse.transaction() as connection:
        known = known_voices(connection, calls, version)
        speech = speech_of(connection, calls)
        kept = [(call, known[call.recording_id]) for call in calls if call.recording_id in known]
        replace_voices(connection, days, kept, version)
        left = [call for call in calls if call.recording_id not in known and call.call_id in speech]
        if embedder is None or not left:
            put_forms(connection, _with_one_voice(connection, days, reviewed))
            return notes
    with closing(tell_voices_of(left, speech, call_sounds(settings), embedder)) as found:
        for some in iter(lambda: list(islice(found, WRITTEN_AT_ONCE)), []):
            with warehouse.transaction() as connection:
                add_voices(connection, [(item.call, item.told) for item in some if item.told], version)
            notes += [f"the voices of call {item.call.call_id}: {item.problem}" for item in some if item.problem]
    with warehouse.transaction() as connection:
        put_forms(connection, _with_one_voice(connection, days, reviewed))
    return notes


def _with_one_voice(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], reviewed: ReviewedCalls
) -> list[UsableCall]:
    """The calls on one channel of a stereo file on which one voice speaks, as they were: the other party, whose channel
    is silent, is not there, and the channel says who speaks."""
    told = voices_of(connection, days)
    alone = {call_id for call_id, voices in told.items() if voices.unsure is Unsure.ONE_VOICE}
    return [
        item.call
        for item in reviewed.each
        if item.one_channel
        and item.call.call_id in alone
        and item.verdict
        and ChannelAction.SKIP_SILENT in item.verdict.actions
    ]


def channels_by_defect(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> dict[str, int]:
    """How many channels of the days have each defect."""
    counts = connection.execute(
        "select defect, count(*) from (select unnest(defects) as defect from acoustics "
        "where in_days(call_date, ?)) group by defect order by defect",
        [list(days)],
    ).fetchall()
    return dict(counts)
