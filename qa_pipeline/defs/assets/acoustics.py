"""Asset `acoustics`: every usable recording is listened to before anything is sent, and what is wrong with it is named.

What is measured of a recording stays true as long as recording and options do, so nothing is measured twice; what is
done about its defects is decided anew each time, as that is a setting.
"""

import datetime as dt
from collections.abc import Sequence
from contextlib import closing
from itertools import islice

import dagster as dg
import duckdb

from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import SOUND_POOL, Asset, Check, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.landing.call_sounds import call_sounds
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings
from qa_pipeline.sound.measuring import measure_recordings
from qa_pipeline.sound.verdicts import ReviewedCalls, SoundReview
from qa_pipeline.sound.voice_network import open_embedder, telling_version
from qa_pipeline.sound.voices import tell_voices_of
from qa_pipeline.voices.embedding import NoVoiceNetwork
from qa_pipeline.voices.telling import Unsure
from qa_pipeline.warehouse.acoustics import (
    drop_other_calls,
    keep_measurements,
    known_measurements,
    put_measurements,
)
from qa_pipeline.warehouse.calls import calls_to_hear, put_forms, release_calls, set_statuses
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.voices import add_voices, known_voices, replace_voices, speech_of, voices_of

WRITTEN_AT_ONCE = 200
"""Calls; what was measured stays when a run is stopped."""
NOTES_SHOWN = 50

ACOUSTICS = Asset(
    "acoustics",
    "Each channel of each usable recording: speech, loudness, likeness to the other channel, waveform; its defects by "
    "name, and what is done about them. Silent and duplicate channels are not sent.",
    group="landing",
    deps=["calls"],
    kinds={"duckdb", "python"},
    checks=[
        Check(
            "recordings_are_without_defects",
            "No channel has a defect that spoils what is heard",
            blocking=False,
            severity=dg.AssetCheckSeverity.WARN,
        )
    ],
)


@step(ACOUSTICS, pool=SOUND_POOL)
def acoustics(
    context: dg.AssetExecutionContext, settings: SettingsResource, warehouse: WarehouseResource
) -> dg.MaterializeResult:
    """Measures what is not measured yet and decides what is done about the days' calls."""
    loaded, days, opened = settings.load(), days_of(context), warehouse.open(context)
    with opened.transaction() as connection:
        calls = calls_to_hear(connection, days)
        review = SoundReview(loaded, calls, known_measurements(connection, [call.recording_id for call in calls]))
    with closing(measure_recordings(review.to_measure, call_sounds(loaded), loaded.acoustics)) as found:
        for some in iter(lambda: list(islice(found, WRITTEN_AT_ONCE)), []):
            fresh = review.add(some)
            with opened.transaction() as connection:
                put_measurements(connection, fresh.measured, fresh.judged)
    reviewed = review.result()
    judged, kept, set_aside = reviewed.judged, reviewed.kept, reviewed.set_aside
    notes = reviewed.notes[:NOTES_SHOWN]
    if len(reviewed.notes) > NOTES_SHOWN:
        notes.append(f"{len(reviewed.notes) - NOTES_SHOWN:,} more calls could not be listened to")
    with opened.transaction() as connection:
        keep_measurements(connection, kept, judged)
        drop_other_calls(connection, days, calls)  # afterwards: a renamed call's rows are under the old name till then
        put_forms(connection, reviewed.usable)
        release_calls(connection, [call_id for call_id in judged if call_id not in set_aside])
        set_statuses(connection, set_aside)
        result = table_result(
            connection,
            ACOUSTICS,
            days,
            {
                "calls_measured": len(judged) - len(kept),
                "calls_measured_before": len(kept),
                "channels_by_action": dg.MetadataValue.json(reviewed.actions),
                "notes": dg.MetadataValue.json(notes),
            },
        )
        defects = dg.MetadataValue.json(_channels_by_defect(connection, days))
    told_apart = _tell_voices(loaded, opened, days, [call for call in reviewed.usable if call.is_told_by_sound])
    with opened.transaction() as connection:
        put_forms(connection, _with_one_voice(connection, days, reviewed))
    for note in (*notes, *told_apart[:NOTES_SHOWN]):
        context.log.warning(note)
    [check] = result.check_results
    return result._replace(check_results=[check._replace(metadata={**check.metadata, "channels_by_defect": defects})])


def _tell_voices(
    settings: Settings, warehouse: Warehouse, days: Sequence[dt.date], calls: Sequence[UsableCall]
) -> list[str]:
    """Tells the voices of these calls apart where that was not done yet; returns why of some it could not be."""
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
    if embedder is None:
        return notes
    left = [call for call in calls if call.recording_id not in known and call.call_id in speech]
    with closing(tell_voices_of(left, speech, call_sounds(settings), embedder)) as found:
        for some in iter(lambda: list(islice(found, WRITTEN_AT_ONCE)), []):
            with warehouse.transaction() as connection:
                add_voices(connection, [(item.call, item.told) for item in some if item.told], version)
            notes += [f"the voices of call {item.call.call_id}: {item.problem}" for item in some if item.problem]
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


def _channels_by_defect(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> dict[str, int]:
    counts = connection.execute(
        "select defect, count(*) from (select unnest(defects) as defect from acoustics "
        "where in_days(call_date, ?)) group by defect order by defect",
        [list(days)],
    ).fetchall()
    return dict(counts)
