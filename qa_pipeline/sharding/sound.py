"""Measuring sound in shards: each measures some calls of a day on one machine, and what it found is registered at once.

What is done about a call's sound depends on settings and is decided when it is registered, as on one machine.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import duckdb
from pydantic import TypeAdapter

from qa_pipeline.audio.defects import Defect
from qa_pipeline.audio.measuring_version import measuring_version
from qa_pipeline.landing.call_sounds import call_sounds
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings, SettingsError
from qa_pipeline.sharding.cutting import cut, worth_a_shard
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.sharding.shards import DoneCall, DoneCalls, Shards, call_key
from qa_pipeline.sharding.states import DayMovedOn
from qa_pipeline.sound.measuring import NotMeasured, greeting_channel, measure_recordings
from qa_pipeline.sound.reviewed_days import apply_review
from qa_pipeline.sound.verdicts import MeasuredElsewhere, ReviewedCalls, SoundReview, review_calls, rows_of
from qa_pipeline.warehouse.acoustics import (
    begin_measured,
    put_measured,
    read_measured,
    write_measured,
)
from qa_pipeline.warehouse.calls import calls_to_hear
from qa_pipeline.warehouse.database import empty_database, insert_rows

KIND = "acoustics"
SOUND_S_PER_SHARD = 1200.0
"""Seconds of sound that are worth a step of their own: about a second of computing."""

KEPT_AT_ONCE = 50
"""Calls whose rows are Python objects at the same time."""

_MEASURED = "measured"
_CALLS = TypeAdapter(list[UsableCall])


def cut_sound(
    settings: Settings, warehouse: DayWarehouse, shards: Shards, days: Sequence[dt.date], *, again: bool = True
) -> list[str]:
    """Cuts the calls of the days that must be measured into shards and returns their names; what shards have measured
    before is not measured again, but with `again` what failed for a reason that may have passed."""
    with warehouse.reading() as connection:
        review = _review(settings, connection, days)
    names = []
    done = shards.done(day.isoformat() for day in days) if review.to_measure else DoneCalls()
    of_days = defaultdict(list)
    wanted = _keys(settings, review)
    missing = set(done.missing(wanted, count_all=not again))
    for call in review.to_measure:
        if call.call_id in missing:
            of_days[call.call_date].append(call)
    for day, calls in sorted(of_days.items()):
        for some in cut(
            calls, _seconds, least=worth_a_shard(settings, SOUND_S_PER_SHARD), most=settings.shards_per_day
        ):
            keys = {call.call_id: wanted[call.call_id] for call in some}
            version = measuring_version(settings.acoustics)
            content = {"calls": _CALLS.dump_python(some, mode="json"), "keys": keys, "version": version}
            names.append(shards.plan(day.isoformat(), keys.values(), content))
    return names


def measure_shard(settings: Settings, shards: Shards, name: str, *, cores: int | None = None) -> None:
    """Measures the calls of a shard, unless that is done; on so many cores, by default on all.

    Raises:
        LookupError: what goes into the shard is gone.
        SettingsError: it was cut by other settings than those of this machine.
        StorageError: the lake's or the landing zone's bucket cannot be used.
    """
    if shards.is_done(name):
        return
    content, options = shards.input(name), settings.acoustics
    if content["version"] != measuring_version(options):
        raise SettingsError(f"shard {name} was cut with other settings of [acoustics]; set the same on all machines")
    calls = _CALLS.validate_python(content["calls"])
    done: list[DoneCall] = []
    with (
        closing(empty_database()) as connection,
        tempfile.TemporaryDirectory(prefix="qa-shard-") as folder,
        closing(measure_recordings(calls, call_sounds(settings), options, cores=cores)) as found,
    ):
        begin_measured(connection)
        for some in iter(lambda: list(islice(found, KEPT_AT_ONCE)), []):
            for item in some:
                call, problem = item.call, None
                if isinstance(item, NotMeasured):
                    problem = [item.code, item.sentence]
                else:
                    rows = [{**row, "call_id": call.call_id} for row in rows_of(item, options)]
                    insert_rows(connection, _MEASURED, rows)
                is_final = problem is None or problem[0] is not None
                done.append(DoneCall(call.call_id, content["keys"][call.call_id], name, {"problem": problem}, is_final))
        target = Path(folder) / "measured.parquet"
        write_measured(connection, target)
        shards.put(name, {_MEASURED: target}, done)


def register_sound(
    settings: Settings, connection: duckdb.DuckDBPyConnection, shards: Shards, days: Sequence[dt.date]
) -> ReviewedCalls:
    """Writes what shards have measured of the days' calls, and decides what is done about each.

    Raises:
        DayMovedOn: calls came to the days that no shard has measured.
    """
    review = _review(settings, connection, days)
    calls = review.calls
    wanted = _keys(settings, review)
    done = shards.done(day.isoformat() for day in days) if wanted else DoneCalls()
    if left := done.missing(wanted, count_all=True):
        raise DayMovedOn(f"{len(left)} calls came while the others were measured; run the day again")
    by_id = {call.call_id: call for call in calls}
    with tempfile.TemporaryDirectory(prefix="qa-shard-") as folder:
        target = Path(folder) / "measured.parquet"
        for shard, of_shard in sorted(done.chosen(wanted).items()):
            shards.get(shard, _MEASURED, target)
            measured = read_measured(connection, target)
            fresh = review.add([_found(by_id[call.call_id], call, measured) for call in of_shard])
            put_measured(connection, {id_: judged for id_, judged in fresh.judged.items() if id_ in measured})
    reviewed = review.result()
    apply_review(connection, days, calls, reviewed)
    return reviewed


def _found(
    call: UsableCall, done: DoneCall, measured: dict[str, tuple[tuple[tuple[Defect, ...], ...], str | None]]
) -> MeasuredElsewhere | NotMeasured:
    if (problem := done.facts["problem"]) is not None:
        code, sentence = problem
        return NotMeasured(call, sentence, code)
    defects, missing = measured[call.call_id]
    return MeasuredElsewhere(call, defects, missing)


def _review(settings: Settings, connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> SoundReview:
    calls = calls_to_hear(connection, days)
    return review_calls(settings, connection, calls)


def _seconds(call: UsableCall) -> float:
    return call.duration_s


def _keys(settings: Settings, review: SoundReview) -> dict[str, str]:
    return {call.call_id: _key(settings, call) for call in review.to_measure}


def _key(settings: Settings, call: UsableCall) -> str:
    """By all that a measurement is made of; where a recording lies says nothing of its sound."""
    sources = [replace(source, source_uri="") for source in call.sources]
    return call_key(
        measuring_version(settings.acoustics), call.call_id, call.recording_id, call.form, call.duration_s, sources,
        greeting_channel(call),
    )  # fmt: skip
