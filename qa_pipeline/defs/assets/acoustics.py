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
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings
from qa_pipeline.sound.measuring import measure_recordings
from qa_pipeline.sound.reviewed_days import WRITTEN_AT_ONCE, apply_review, channels_by_defect, tell_voices_apart
from qa_pipeline.sound.verdicts import ReviewedCalls, SoundReview, review_calls
from qa_pipeline.warehouse.acoustics import put_measurements
from qa_pipeline.warehouse.calls import calls_to_hear
from qa_pipeline.warehouse.database import Warehouse

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
        review = review_calls(loaded, connection, calls)
        if not review.to_measure:
            reviewed, result = _decide(connection, days, calls, review)
    if review.to_measure:
        _measure(loaded, opened, review)
        with opened.transaction() as connection:
            reviewed, result = _decide(connection, days, calls, review)
    told_apart = tell_voices_apart(loaded, opened, days, reviewed)
    for note in (*shown_notes(reviewed), *told_apart[:NOTES_SHOWN]):
        context.log.warning(note)
    return result


def _measure(settings: Settings, warehouse: Warehouse, review: SoundReview) -> None:
    """Measures what is left to be measured. It takes long, and others may write meanwhile."""
    with closing(measure_recordings(review.to_measure, call_sounds(settings), settings.acoustics)) as found:
        for some in iter(lambda: list(islice(found, WRITTEN_AT_ONCE)), []):
            fresh = review.add(some)
            with warehouse.transaction() as connection:
                put_measurements(connection, fresh.measured, fresh.judged)


def _decide(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], calls: Sequence[UsableCall], review: SoundReview
) -> tuple[ReviewedCalls, dg.MaterializeResult]:
    """What all of the days' calls come to, once each is measured."""
    reviewed = review.result()
    apply_review(connection, days, calls, reviewed)
    return reviewed, sound_result(connection, days, reviewed)


def sound_result(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], reviewed: ReviewedCalls
) -> dg.MaterializeResult:
    """What is told to Dagster of the days' sound, once their calls are reviewed."""
    result = table_result(
        connection,
        ACOUSTICS,
        days,
        {
            "calls_measured": len(reviewed.judged) - len(reviewed.kept),
            "calls_measured_before": len(reviewed.kept),
            "channels_by_action": dg.MetadataValue.json(reviewed.actions),
            "notes": dg.MetadataValue.json(shown_notes(reviewed)),
        },
    )
    defects = dg.MetadataValue.json(channels_by_defect(connection, days))
    [check] = result.check_results
    return result._replace(check_results=[check._replace(metadata={**check.metadata, "channels_by_defect": defects})])


def shown_notes(reviewed: ReviewedCalls) -> list[str]:
    """Why calls could not be listened to, as far as a person reads on."""
    notes = reviewed.notes[:NOTES_SHOWN]
    if len(reviewed.notes) > NOTES_SHOWN:
        notes.append(f"{len(reviewed.notes) - NOTES_SHOWN:,} more calls could not be listened to")
    return notes
