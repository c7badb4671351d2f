"""Reading answers in shards: each reads some calls of a day on one machine, and the rows are registered at once."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from pydantic import TypeAdapter

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.reading.days import (
    CallToRead,
    DaysToRead,
    ReadCall,
    days_to_read,
    read_together,
    what_came_of,
)
from qa_pipeline.reading.keys import reading_key
from qa_pipeline.reading.rows import Answers
from qa_pipeline.reading.tables import begin_reading, read_some
from qa_pipeline.reading.voices import VoiceReader
from qa_pipeline.settings import Settings
from qa_pipeline.sharding.cutting import cut
from qa_pipeline.sharding.day_warehouse import DayWarehouse, StepTables
from qa_pipeline.sharding.shards import DoneCall, Shards, call_key
from qa_pipeline.sharding.states import DayMovedOn
from qa_pipeline.warehouse.calls import usable_calls
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.parts import quoted
from qa_pipeline.warehouse.voices import voices_of

KIND = "transcripts"
SOUND_S_PER_SHARD = 20_000.0
"""Seconds of sound whose transcripts are worth a step of their own: a hundred calls, which take a second to read."""

READING = StepTables("reading", frozenset({"transcripts", "sentences", "transcript_remarks", "redactions"}))
TABLES = ("sentences", "transcript_remarks", "redactions", "channel_texts")

_CALLS = TypeAdapter(list[CallToRead])
_READ = TypeAdapter(ReadCall)


@dataclass(frozen=True, slots=True)
class WantedCalls:
    """The calls of some days as they are to be read now, and the key of each by its id."""

    days: DaysToRead
    keys: Mapping[str, str]
    by_id: Mapping[str, CallToRead] = field(repr=False)

    @property
    def digest(self) -> str:
        """What all rows of these calls are made of."""
        return call_key(sorted(self.keys.items()))


def wanted_calls(
    settings: Settings, connection: duckdb.DuckDBPyConnection, ledger: Ledger, days: Sequence[dt.date]
) -> WantedCalls:
    """The calls of the days by the state that `connection` shows and the ledger as it is."""
    found = days_to_read(usable_calls(connection, days), voices_of(connection, days), settings, ledger)
    keys = {each.call.call_id: reading_key(settings, each) for each in found.calls}
    return WantedCalls(found, keys, {each.call.call_id: each for each in found.calls})


def cut_reading(
    settings: Settings,
    warehouse: DayWarehouse,
    ledger: Ledger,
    shards: Shards,
    days: Sequence[dt.date],
    *,
    again: bool = True,
) -> list[str]:
    """Cuts what is to be read of the days into shards and returns their names; what shards have read before is not read
    again, but with `again` what could not be read."""
    with warehouse.reading() as connection:
        wanted = wanted_calls(settings, connection, ledger, days)
    done = shards.done(day.isoformat() for day in days)
    of_days: defaultdict[dt.date, list[CallToRead]] = defaultdict(list)
    for call_id in done.missing(wanted.keys, count_all=not again):
        each = wanted.by_id[call_id]
        of_days[each.call.call_date].append(each)
    names = []
    for day, calls in sorted(of_days.items()):
        for some in cut(calls, _seconds, least=SOUND_S_PER_SHARD, most=settings.shards_per_day):
            keys = {each.call.call_id: wanted.keys[each.call.call_id] for each in some}
            content = {"calls": _CALLS.dump_python(some, mode="json"), "keys": keys}
            names.append(shards.plan(day.isoformat(), keys.values(), content))
    return names


def read_shard(settings: Settings, raw_store: RawStore, shards: Shards, name: str) -> None:
    """Reads the calls of a shard, unless that is done.

    Raises:
        LookupError: what goes into the shard is gone.
        StorageError: a bucket cannot be used.
    """
    if shards.is_done(name):
        return
    content = shards.input(name)
    calls, keys = _CALLS.validate_python(content["calls"]), content["keys"]
    done = []
    with (
        closing(empty_database()) as connection,
        tempfile.TemporaryDirectory(prefix="qa-shard-") as folder,
    ):
        begin_reading(connection)
        for some in read_together(calls):
            found = read_some(connection, some, raw_store, settings)
            for each in some:
                read = found[each.call.call_id]
                facts = _READ.dump_python(read, mode="json")
                done.append(
                    DoneCall(each.call.call_id, keys[each.call.call_id], name, facts, final=not read.unreadable)
                )
        files = {table: Path(folder) / f"{table}.parquet" for table in TABLES}
        for table, file in files.items():
            connection.execute(f"copy {table} to '{quoted(file)}' (format parquet, compression zstd)")
        shards.put(name, files, done)


@dataclass(slots=True)
class Registered:
    """What shards have read of the days' calls, without their rows; `voices` is what came of the voices of each call
    with both parties on one channel."""

    answers: Answers
    voices: VoiceReader


def read_elsewhere(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    shards: Shards,
    wanted: WantedCalls,
    days: Sequence[dt.date],
    *,
    with_rows: bool,
) -> Registered:
    """What shards have read of these calls; with their rows, which are added to the tables.

    Raises:
        DayMovedOn: something changed since the shards were cut.
    """
    done = shards.done(day.isoformat() for day in days)
    if left := done.missing(wanted.keys, count_all=True):
        raise DayMovedOn(f"{len(left)} calls changed while the others were read; run the day again")
    found: dict[str, ReadCall] = {}
    with tempfile.TemporaryDirectory(prefix="qa-shard-") as folder:
        target = Path(folder) / "rows.parquet"
        for shard, of_shard in sorted(done.chosen(wanted.keys).items()):
            for each in of_shard:
                found[each.call_id] = _READ.validate_python(each.facts)
            for table in TABLES if with_rows else ():
                shards.get(shard, table, target)
                rows = f"select * from read_parquet('{quoted(target)}') where list_contains($calls, call_id)"
                connection.execute(f"insert into {table} by name {rows}", {"calls": [e.call_id for e in of_shard]})
    return Registered(*what_came_of(wanted.days.calls, found, settings))


def _seconds(each: CallToRead) -> float:
    return each.call.duration_s
