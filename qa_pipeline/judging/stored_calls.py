"""Reads stored calls as rules see them, some hundreds at a time: of the working database, or of what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.calls import RuleCall, RuleSentence, WordTime, turns_of
from qa_pipeline.rules.reliance import ChannelFacts, unreliable_stretches
from qa_pipeline.statements.files import read_sql

CALLS_AT_ONCE = 500
"""Calls that are read at the same time: some 30,000 sentences, and enough stretches of a day for all cores."""


class StoredCalls(NamedTuple):
    """Some calls as tables, each in the order of their ids; of `metrics`, call_id and the figures that rules name."""

    calls: pa.Table
    channels: pa.Table
    sentences: pa.Table
    metrics: pa.Table


@dataclass(frozen=True, slots=True)
class Stretch:
    """Calls of some days, both included, with ids from one to another, both included."""

    first_day: dt.date
    last_day: dt.date
    first_call: str
    last_call: str

    def values(self) -> dict[str, Any]:
        """What statements want of it."""
        return {
            "first_day": self.first_day,
            "last_day": self.last_day,
            "first_call": self.first_call,
            "last_call": self.last_call,
        }


def stretches(
    connection: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date, *, at_once: int = CALLS_AT_ONCE
) -> list[Stretch]:
    """The calls of some days, both included, in stretches of at most so many calls: parts of a day, or whole days."""
    rows = connection.execute(
        read_sql("steps/list_rule_stretches.sql"), {"first": first, "last": last, "size": at_once}
    ).fetchall()
    found: list[Stretch] = []
    room = 0
    for day, first_call, last_call, calls, is_whole in rows:
        if is_whole and calls <= room:
            before = found.pop()
            found.append(
                Stretch(before.first_day, day, min(before.first_call, first_call), max(before.last_call, last_call))
            )
            room -= calls
        else:
            found.append(Stretch(day, day, first_call, last_call))
            room = at_once - calls if is_whole else 0
    return found


def read_days(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], metrics: Sequence[str]
) -> Iterator[StoredCalls]:
    """The calls of some days, stretch by stretch; read when they are wanted."""
    for first, last in _without_gaps(days):
        for stretch in stretches(connection, first, last):
            yield read_calls(connection, stretch, metrics)


def _without_gaps(days: Sequence[dt.date]) -> list[tuple[dt.date, dt.date]]:
    """Days as the first and last ones of rows without a gap."""
    rows: list[tuple[dt.date, dt.date]] = []
    for day in sorted(days):
        if rows and day - rows[-1][1] <= dt.timedelta(days=1):
            rows[-1] = (rows[-1][0], day)
        else:
            rows.append((day, day))
    return rows


def metrics_named(book: RuleBook) -> list[str]:
    """The figures of calls that rules name."""
    conditions = (condition for rule in book.rules for _, condition in rule.rule.conditions())
    return sorted({condition.metric.name for condition in conditions if condition.metric})


def read_calls(connection: duckdb.DuckDBPyConnection, stretch: Stretch, metrics: Sequence[str]) -> StoredCalls:
    """The tables of some calls; `metrics` are columns of call_metrics."""
    values = stretch.values()
    names = ["list_rule_calls", "list_rule_channels", "list_rule_sentences"]
    tables = [connection.execute(read_sql(f"steps/{name}.sql"), values).to_arrow_table() for name in names]
    columns = ", ".join(["call_id", *(f'cast("{name}" as double) as "{name}"' for name in metrics)])
    chosen = "call_date between $first_day and $last_day and call_id between $first_call and $last_call"
    figures = connection.execute(f"select {columns} from call_metrics where {chosen} order by call_id", values)
    calls, channels, sentences = tables
    return StoredCalls(calls, channels, sentences, figures.to_arrow_table())


def read_stored_call(
    connection: duckdb.DuckDBPyConnection, call_id: str, book: RuleBook, thresholds: MetricThresholds
) -> RuleCall | None:
    """One call; None where there is none of this id that came to its end."""
    row = connection.execute("select call_date from calls where call_id = ? and call_date is not null", [call_id])
    found = row.fetchone()
    if found is None:
        return None
    stretch = Stretch(found[0], found[0], call_id, call_id)
    return next(rule_calls(read_calls(connection, stretch, metrics_named(book)), thresholds), None)


def rule_calls(stored: StoredCalls, thresholds: MetricThresholds) -> Iterator[RuleCall]:
    """The calls of the tables, in the order of their ids."""
    channels = _by_call(stored.channels.to_pylist())
    figures = {row.pop("call_id"): row for row in stored.metrics.to_pylist()}
    sentences = groupby(_sentences(stored.sentences), key=itemgetter(0))
    upcoming = next(sentences, None)
    for call in stored.calls.to_pylist():
        while upcoming is not None and upcoming[0] < call["call_id"]:
            upcoming = next(sentences, None)
        of_call = [row[1:] for row in upcoming[1]] if upcoming is not None and upcoming[0] == call["call_id"] else []
        yield _call(call, channels.get(call["call_id"], []), of_call, figures.get(call["call_id"], {}), thresholds)


def _by_call(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["call_id"], []).append(row)
    return found


def _sentences(table: pa.Table) -> Iterator[tuple[str, int | None, RuleSentence]]:
    """Each sentence with its call and its turn. The times of words become Python values only when they are wanted."""
    for batch in table.to_batches(max_chunksize=20_000):
        words = batch.column("words")
        others = [
            column.to_pylist()
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
            if name != "words"
        ]
        for place, (call_id, *said, turn_id) in enumerate(zip(*others, strict=True)):
            times = partial(_words, words, place) if words[place].is_valid else None
            yield call_id, turn_id, RuleSentence._make([*said, times])


def _words(column: pa.Array, place: int) -> list[WordTime]:
    """The words of a sentence that have times."""
    return [
        WordTime(word["text"] or "", word["begin_ms"], word["end_ms"])
        for word in column[place].as_py()
        if word["begin_ms"] is not None and word["end_ms"] is not None
    ]


def _call(
    call: dict[str, Any],
    channels: Sequence[dict[str, Any]],
    sentences: Sequence[tuple[int | None, RuleSentence]],
    figures: dict[str, float | None],
    thresholds: MetricThresholds,
) -> RuleCall:
    said = [sentence for _, sentence in sentences]
    duration_ms = None if call["duration_s"] is None else round(call["duration_s"] * 1000)
    facts = [_facts(channel) for channel in channels]
    heard = {channel["language"] for channel in channels if channel["language"] and channel["role"] != "other"}
    return RuleCall(
        call["call_id"],
        _turns(sentences),
        duration_ms,
        call_date=call["call_date"],
        queue=call["queue"],
        direction=call["direction"],
        languages=frozenset(heard or {call["language"]} - {None}),
        metrics=figures,
        unreliable=unreliable_stretches(
            facts,
            said,
            duration_ms or 0,
            thresholds,
            is_untold=call["is_untold"],
            is_one_channel=call["is_one_channel"],
        ),
    )


def _facts(channel: dict[str, Any]) -> ChannelFacts:
    sounding = None if channel["begins"] is None else list(zip(channel["begins"], channel["ends"], strict=True))
    failed = list(zip(channel["failed_begins"] or (), channel["failed_ends"] or (), strict=True))
    return ChannelFacts(
        channel["channel_id"],
        channel["role"],
        channel["is_written"],
        channel["action"],
        channel["defects"],
        sounding,
        failed,
    )


def _turns(sentences: Sequence[tuple[int | None, RuleSentence]]) -> list[list[RuleSentence]]:
    """Turns as the table has them; of sentences in none, what one speaker says until another one does."""
    turns: list[list[RuleSentence]] = []
    for turn_id, of_turn in groupby(sentences, key=itemgetter(0)):
        said = [sentence for _, sentence in of_turn]
        turns += turns_of(said) if turn_id is None else [said]
    return turns
