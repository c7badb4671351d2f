"""Assets `transcripts` and `sentences`, read in shards of a day and registered in one transaction."""

from collections.abc import Iterator

import dagster as dg

from qa_pipeline.defs.assets.transcripts import SENTENCES, TRANSCRIPTS, reading_results, warn_of
from qa_pipeline.defs.partitions import StepContext, days_of
from qa_pipeline.defs.sharded_step import Resources, sharded_step
from qa_pipeline.ledger.read_days import note_read
from qa_pipeline.reading.tables import begin_reading, clear_read, write_outcomes, write_transcripts
from qa_pipeline.sharding.opening import shards_of
from qa_pipeline.sharding.reading import KIND, READING, cut_reading, read_elsewhere, read_shard, wanted_calls
from qa_pipeline.warehouse.voices import note_voices


def _cut(context: StepContext, resources: Resources) -> list[str]:
    settings, warehouse, operations = resources
    loaded, days = settings.load(), days_of(context)
    return cut_reading(loaded, warehouse.open_days(context), operations.ledger(), shards_of(loaded, KIND), days)


def _read(context: StepContext, resources: Resources, name: str) -> None:
    settings, _, operations = resources
    loaded = settings.load()
    read_shard(loaded, operations.raw_store(), shards_of(loaded, KIND), name)


def _register(context: StepContext, resources: Resources) -> Iterator[dg.MaterializeResult]:
    settings, warehouse, operations = resources
    loaded, days, ledger = settings.load(), days_of(context), operations.ledger()
    opened, shards = warehouse.open_days(context), shards_of(loaded, KIND)
    for name in cut_reading(loaded, opened, ledger, shards, days, again=False):
        read_shard(loaded, operations.raw_store(), shards, name)  # of calls that changed while shards were at work
    with opened.transaction() as connection:
        wanted = wanted_calls(loaded, connection, ledger, days)
        is_new = not opened.is_made_of(READING, wanted.digest)
        if is_new:
            clear_read(connection, days)
            begin_reading(connection)
        found = read_elsewhere(loaded, connection, shards, wanted, days, with_rows=is_new)
        if is_new:
            write_transcripts(connection, days)
        ledger.note_unreadable(found.answers.unreadable)  # before the rows of the tasks are read, which show it
        write_outcomes(connection, days, found.answers, [each.call for each in wanted.days.calls], ledger)
        note_voices(connection, days, found.voices.all_calls())
        opened.note_made_of(READING, wanted.digest)
        results = reading_results(connection, days, found.answers, wanted.days.channels, loaded)
    ledger.mark_parsed(found.answers.read_units)
    note_read(ledger.engine, days, loaded.redaction.version)
    warn_of(context, found.answers)
    yield from results


transcripts_and_sentences = sharded_step(
    TRANSCRIPTS, SENTENCES, name="transcripts_and_sentences", cut=_cut, shard=_read, register=_register
)
