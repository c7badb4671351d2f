"""Turns and metrics in shards: each analyses some calls of a day on one machine; the rows are registered at once."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from qa_pipeline import __version__
from qa_pipeline.reading.conversations import conversations
from qa_pipeline.settings import Settings, SettingsError
from qa_pipeline.sharding.cutting import cut
from qa_pipeline.sharding.day_warehouse import DayWarehouse, StepTables
from qa_pipeline.sharding.shards import DoneCall, Shards, call_key
from qa_pipeline.sharding.states import DayMovedOn
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.conversations import (
    Announced,
    add_conversations,
    announced_in,
    clear_conversations,
    name_announcements,
    spoken_calls_in,
)
from qa_pipeline.warehouse.database import empty_database
from qa_pipeline.warehouse.parts import quoted

KIND = "conversations"
SENTENCES_PER_SHARD = 30_000.0
"""Sentences that are worth a step of their own: a second of computing."""

KEPT_AT_ONCE = 500
"""Calls whose turns are Python objects at the same time."""

TABLES = ("turns", "call_metrics", "agent_metrics")
CONVERSATIONS = StepTables("conversations", frozenset({*TABLES, "acoustics"}))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The key of each call by its id, its day, and how many sentences it has."""

    keys: Mapping[str, str]
    days: Mapping[str, dt.date]
    sentences: Mapping[str, int]

    @property
    def digest(self) -> str:
        return call_key(sorted(self.keys.items()))


def cut_conversations(
    settings: Settings, warehouse: DayWarehouse, shards: Shards, days: Sequence[dt.date]
) -> list[str]:
    """Cuts the days' calls into shards and returns their names; none where the days' turns and metrics are made of the
    same, and of no call that a shard has analysed before."""
    with warehouse.reading() as connection:
        wanted = _wanted(settings, connection, days)
        if warehouse.is_made_of(CONVERSATIONS, wanted.digest):
            return []
        of_days: defaultdict[dt.date, list[str]] = defaultdict(list)
        for call_id in shards.done(day.isoformat() for day in days).missing(wanted.keys):
            of_days[wanted.days[call_id]].append(call_id)
        return [
            _plan(settings, connection, shards, day, {call_id: wanted.keys[call_id] for call_id in some})
            for day, call_ids in sorted(of_days.items())
            for some in cut(
                call_ids,
                lambda call_id: wanted.sentences[call_id],
                least=SENTENCES_PER_SHARD,
                most=settings.shards_per_day,
            )
        ]


def analyse_shard(settings: Settings, shards: Shards, name: str) -> None:
    """Analyses the calls of a shard, unless that is done.

    Raises:
        LookupError: what goes into the shard is gone.
        SettingsError: it was cut by other settings than those of this machine.
    """
    if shards.is_done(name):
        return
    content, thresholds = shards.input(name), settings.metrics
    if content["version"] != thresholds.version:
        raise SettingsError(f"shard {name} was cut with other settings of [metrics]; set the same on all machines")
    keys: dict[str, str] = content["keys"]
    facts: dict[str, list[Announced]] = {call_id: [] for call_id in keys}
    faults: dict[str, str] = {}
    with (
        closing(empty_database()) as connection,
        tempfile.TemporaryDirectory(prefix="qa-shard-") as folder,
    ):
        spoken, said = (Path(folder) / f"{table}.parquet" for table in ("spoken", "said"))
        shards.get(name, "spoken", spoken)
        shards.get(name, "said", said)
        analysed = conversations(spoken_calls_in(pq.read_table(spoken), pq.read_table(said)), thresholds, faults)
        loaded_at = dt.datetime.now(dt.UTC)
        for some in iter(lambda: list(islice(analysed, KEPT_AT_ONCE)), []):
            add_conversations(connection, some, loaded_at)
            for call, conversation in some:
                facts[call.call_id] = announced_in(call.call_id, conversation)
        files = {table: Path(folder) / f"{table}.parquet" for table in TABLES}
        for table, file in files.items():
            connection.execute(f"copy {table} to '{quoted(file)}' (format parquet, compression zstd)")
        done = [
            DoneCall(call_id, key, name, {"announced": facts[call_id], "fault": faults.get(call_id)})
            for call_id, key in keys.items()
        ]
        shards.put(name, files, done)


def register_conversations(
    settings: Settings,
    warehouse: DayWarehouse,
    connection: duckdb.DuckDBPyConnection,
    shards: Shards,
    days: Sequence[dt.date],
) -> list[str]:
    """Replaces turns and metrics of the days' calls by what shards made of them, in a transaction of `warehouse`,
    unless they are that already; returns what is wrong with calls that have none.

    Raises:
        DayMovedOn: something changed since the shards were cut.
    """
    wanted = _wanted(settings, connection, days)
    if warehouse.is_made_of(CONVERSATIONS, wanted.digest):
        return []
    done = shards.done(day.isoformat() for day in days)
    if left := done.missing(wanted.keys):
        raise DayMovedOn(f"{len(left)} calls changed while the others were analysed; run the day again")
    clear_conversations(connection, days)
    announced: list[Announced] = []
    faults = []
    with tempfile.TemporaryDirectory(prefix="qa-shard-") as folder:
        target = Path(folder) / "rows.parquet"
        for shard, of_shard in sorted(done.chosen(wanted.keys).items()):
            for each in of_shard:
                announced += [Announced(*stretch) for stretch in each.facts["announced"]]
                faults += [each.facts["fault"]] if each.facts["fault"] else []
            for table in TABLES:
                shards.get(shard, table, target)
                rows = f"select * from read_parquet('{quoted(target)}') where list_contains($calls, call_id)"
                connection.execute(f"insert into {table} by name {rows}", {"calls": [e.call_id for e in of_shard]})
    name_announcements(connection, days, announced)
    warehouse.note_made_of(CONVERSATIONS, wanted.digest)
    return faults


def _plan(
    settings: Settings, connection: duckdb.DuckDBPyConnection, shards: Shards, day: dt.date, keys: Mapping[str, str]
) -> str:
    name = shards.plan(day.isoformat(), keys.values(), {"keys": dict(keys), "version": settings.metrics.version})
    orders = {"spoken": "call_id", "said": "call_id, channel_id, sentence_id"}
    with tempfile.TemporaryDirectory(prefix="qa-shard-") as folder:
        for table, order in orders.items():
            target = Path(folder) / f"{table}.parquet"
            rows = f"from {table} where list_contains($calls, call_id) order by {order}"
            connection.execute(f"copy ({rows}) to '{quoted(target)}' (format parquet)", {"calls": list(keys)})
            shards.put_extra(name, table, target)
    return name


def _wanted(settings: Settings, connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> _Wanted:
    for table, select in (("spoken", "list_conversations"), ("said", "list_conversation_sentences")):
        rows = read_sql(f"steps/{select}.sql")
        connection.execute(f"create or replace temp table {table} as {rows}", {"days": list(days)})
    found = connection.execute(read_sql("steps/list_conversation_keys.sql")).fetchall()
    version = (__version__, settings.metrics.version)
    return _Wanted(
        {call_id: call_key(*version, call_id, hashed) for call_id, _, hashed, _ in found},
        {call_id: day for call_id, day, _, _ in found},
        {call_id: sentences for call_id, *_, sentences in found},
    )
