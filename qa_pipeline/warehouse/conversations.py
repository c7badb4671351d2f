"""Reads what was said in whole days, call by call and quickly, and writes turns and metrics.

A day of 10,000 calls has 600,000 sentences. They come as Arrow, those of some calls at a time, in the order of their
calls, so that memory does not grow with the day; rows go back as columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from qa_pipeline.conversation.agents import AGENT_METRICS, RecordedStretch
from qa_pipeline.conversation.analysis import Conversation
from qa_pipeline.conversation.intervals import Interval
from qa_pipeline.conversation.sentences import SpokenSentence
from qa_pipeline.conversation.turns import Turn
from qa_pipeline.statements.files import read_sql
from qa_pipeline.transcription.roles import Role
from qa_pipeline.warehouse.database import insert_columns, insert_rows
from qa_pipeline.warehouse.day_rows import days_with_rows_of, delete_moved_rows, delete_rows
from qa_pipeline.warehouse.refilling import ARRIVING, begin_arriving, put_arriving
from qa_pipeline.warehouse.stretches import stretches

CONVERSATION_TABLES = ("turns", "call_metrics", "agent_metrics")

BATCH = 50_000
"""Rows that are Python objects at the same time."""

CALLS_AT_ONCE = 200
SOUND_S_AT_ONCE = 100_000.0
"""What is read together: some hundred calls of a few minutes, or a few of hours."""


@dataclass(frozen=True, slots=True)
class SpokenCall:
    """One call with what `conversation.analysis` wants to know of it.

    `known_roles` are those with a transcript; `speech` the segments that sound on a role's channel. Where nobody knows
    who speaks (dual mono, voices that were not told apart for sure) no role is known, and what was said is in nobody's
    mouth. `is_one_channel` as in `analyse_call`.

    Of a call of several recordings `recordings` are those of which both parties are known; None for a call of one. What
    was said in the others is left out.
    """

    call_id: str
    call_date: dt.date
    duration_s: float
    direction: str | None
    known_roles: tuple[Role, ...]
    speech: dict[Role, list[Interval]]
    sentences: list[SpokenSentence]
    recordings: tuple[RecordedStretch, ...] | None = None
    has_several_agents: bool = False
    is_one_channel: bool = False


def spoken_calls(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> Iterator[SpokenCall]:
    """The calls of `days` that came to their end and are not set aside, in the order of their ids."""
    calls = connection.execute(read_sql("steps/list_conversations.sql"), {"days": list(days)}).to_arrow_table()
    of_calls = f"from ({read_sql('steps/list_conversation_sentences.sql')}) where call_id between $first and $last"
    named = zip(calls["call_id"].to_pylist(), calls["duration_s"].to_pylist(), strict=True)
    start = 0
    for some in stretches(named, itemgetter(1), number=CALLS_AT_ONCE, total=SOUND_S_AT_ONCE):
        chosen = {"days": list(days), "first": some[0][0], "last": some[-1][0]}
        said = connection.execute(f"{of_calls} order by call_id", chosen).to_arrow_table()
        yield from spoken_calls_in(calls.slice(start, len(some)), said)
        start += len(some)


def spoken_calls_in(calls: pa.Table, sentences: pa.Table) -> Iterator[SpokenCall]:
    """The calls of two tables as `list_conversations` and `list_conversation_sentences` give them, in their order."""
    said = groupby(_rows(sentences), key=itemgetter(0))
    of_call: tuple[str, Iterator[tuple[Any, ...]]] | None = next(said, None)
    for call_id, call_date, duration_s, direction, is_untold, is_one_channel, known, *sounds in _rows(calls):
        while of_call is not None and of_call[0] < call_id:
            of_call = next(said, None)
        spoken: list[SpokenSentence] = []
        if of_call is not None and of_call[0] == call_id and not is_untold:
            spoken = [SpokenSentence._make(row[1:]) for row in of_call[1]]
        sounding, begins, ends, *rest = sounds
        spans_of = zip(sounding, begins or [], ends or [], strict=True)
        speech = {role: list(zip(*spans, strict=True)) for role, *spans in spans_of}
        roles = () if is_untold else tuple(known)
        *stretches, several = rest
        recordings = _recordings(*stretches)
        if recordings is not None:
            there = {stretch.segment for stretch in recordings}
            spoken = [sentence for sentence in spoken if sentence.segment in there]
        yield SpokenCall(
            call_id, call_date, duration_s, direction, roles, speech, spoken, recordings, several, is_one_channel
        )


def _recordings(
    stretches: Sequence[Sequence[int]] | None, agents: Sequence[str | None] | None
) -> tuple[RecordedStretch, ...] | None:
    if stretches is None:
        return None
    return tuple(
        RecordedStretch(segment, begin_ms, end_ms, agent_id)
        for (segment, begin_ms, end_ms), agent_id in zip(stretches, agents or (), strict=True)
    )


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """The rows of an Arrow table, a batch of them at a time as Python values."""
    batches = table.to_batches(max_chunksize=BATCH)
    return chain.from_iterable(zip(*(column.to_pylist() for column in batch.columns), strict=True) for batch in batches)


def clear_conversations(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Takes away turns and metrics of `days`, and of calls that moved there from another day."""
    moved_from = days_with_rows_of(connection, "call_metrics", days)
    for table in CONVERSATION_TABLES:
        delete_rows(connection, table, days, moved_from)


def put_conversations(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    analysed: Iterable[Sequence[tuple[SpokenCall, Conversation]]],
    loaded_at: dt.datetime,
) -> None:
    """Makes what was analysed, some calls at a time, the turns and metrics of `days`, also of calls that moved there
    from another day. What is there already as it was made now stays, with the time when it was written."""
    for table in CONVERSATION_TABLES:
        begin_arriving(connection, table)
    for some in analysed:
        add_conversations(connection, some, loaded_at, into=ARRIVING)
    moved_from = days_with_rows_of(connection, "call_metrics", days)
    for table in CONVERSATION_TABLES:
        delete_moved_rows(connection, table, days, moved_from)
        put_arriving(connection, table, days, but=() if table == "turns" else ("loaded_at",))


def add_conversations(
    connection: duckdb.DuckDBPyConnection,
    conversed: Sequence[tuple[SpokenCall, Conversation]],
    loaded_at: dt.datetime,
    *,
    into: str = "",
) -> None:
    """Writes the turns and the row of metrics of each call, and of each agent where several took part. `into` comes
    before the names of the tables."""
    turns = [turn for _, conversation in conversed for turn in conversation.turns]
    if turns:
        owners = [call for call, conversation in conversed for _ in conversation.turns]
        columns = dict(zip(Turn._fields, map(list, zip(*turns, strict=True)), strict=True))
        columns |= {"call_id": [call.call_id for call in owners], "call_date": [call.call_date for call in owners]}
        insert_columns(connection, f"{into}turns", columns)
    insert_rows(
        connection,
        f"{into}agent_metrics",
        [
            {
                "call_id": call.call_id,
                "agent_id": agent_id,
                "call_date": call.call_date,
                **{name: value for name, value in metrics.row().items() if name in AGENT_METRICS},
                "loaded_at": loaded_at,
            }
            for call, conversation in conversed
            for agent_id, metrics in conversation.by_agent.items()
        ],
    )
    insert_rows(
        connection,
        f"{into}call_metrics",
        [
            {
                "call_id": call.call_id,
                "call_date": call.call_date,
                **conversation.metrics.row(),
                "loaded_at": loaded_at,
            }
            for call, conversation in conversed
        ],
    )


class Announced(NamedTuple):
    """A stretch of a channel of a call in which a recording speaks, ms."""

    call_id: str
    channel_id: int
    begin_ms: int
    end_ms: int


def announced_in(call_id: str, conversation: Conversation) -> list[Announced]:
    """The stretches of one call."""
    found = conversation.announcements
    return [Announced(call_id, each.channel_id, each.begin_ms, each.end_ms) for each in found]


def name_announcements(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], announced: Sequence[Announced]
) -> None:
    """Puts the announcements of the days' calls among the `sounds` of their channels, in place of those that were named
    before."""
    columns = {
        "call_ids": [each.call_id for each in announced],
        "channel_ids": [each.channel_id for each in announced],
        "begins": [each.begin_ms for each in announced],
        "ends": [each.end_ms for each in announced],
    }
    connection.execute(read_sql("steps/name_announcements.sql"), {"days": list(days), **columns})
