"""Asset `acoustics`, measured in shards of a day. What each recording comes to is decided in one place, as before."""

from collections.abc import Iterator

import dagster as dg

from qa_pipeline.defs.assets.acoustics import ACOUSTICS, NOTES_SHOWN, shown_notes, sound_result
from qa_pipeline.defs.partitions import StepContext, days_of
from qa_pipeline.defs.sharded_step import Resources, sharded_step
from qa_pipeline.sharding.opening import shards_of
from qa_pipeline.sharding.sound import KIND, cut_sound, measure_shard, register_sound
from qa_pipeline.sound.reviewed_days import tell_voices_apart


def _cut(context: StepContext, resources: Resources) -> list[str]:
    settings, warehouse, _ = resources
    loaded = settings.load()
    return cut_sound(loaded, warehouse.open_days(context), shards_of(loaded, KIND), days_of(context))


def _measure(context: StepContext, resources: Resources, name: str) -> None:
    loaded = resources[0].load()
    measure_shard(loaded, shards_of(loaded, KIND), name, cores=1 if loaded.uses_workers else None)


def _register(context: StepContext, resources: Resources) -> Iterator[dg.MaterializeResult]:
    settings, warehouse, _ = resources
    loaded, days, opened = settings.load(), days_of(context), warehouse.open_days(context)
    shards = shards_of(loaded, KIND)
    for name in cut_sound(loaded, opened, shards, days, again=False):
        measure_shard(loaded, shards, name)  # of calls that came while the shards were at work
    with opened.transaction() as connection:
        reviewed = register_sound(loaded, connection, shards, days)
        result = sound_result(connection, days, reviewed)
    told_apart = tell_voices_apart(loaded, opened, days, reviewed)
    for note in (*shown_notes(reviewed), *told_apart[:NOTES_SHOWN]):
        context.log.warning(note)
    yield result


acoustics = sharded_step(ACOUSTICS, name="acoustics", cut=_cut, shard=_measure, register=_register)
