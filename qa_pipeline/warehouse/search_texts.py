"""What searches look in: folded texts of each day's calls, written when the day is published."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import duckdb

from qa_pipeline.search.documents import ChannelText, SearchedSentence, channel_texts
from qa_pipeline.search.folding import FOLDING
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.database import insert_columns
from qa_pipeline.warehouse.held import Say, say_nothing
from qa_pipeline.warehouse.stretches import stretches

SAYS_EVERY_S = 5.0
SENTENCES_AT_ONCE = 30_000
"""Sentences that are Python objects at the same time, unless one call has more."""


def refill_search_texts(
    connection: duckdb.DuckDBPyConnection, days: Collection[dt.date], say: Say = say_nothing
) -> int:
    """Replaces the texts of `days`, and of days that have none or were folded by other rules; returns their number.

    The work is that of the sentences of these days, some calls in memory at a time; where it takes long, `say` hears
    every few seconds how far it is.
    """
    chosen = sorted({*days, *_days_to_fold(connection)})
    connection.execute("delete from search_texts where list_contains($days::date[], call_date)", {"days": chosen})
    count, said = 0, time.monotonic()
    for number, day in enumerate(chosen, start=1):
        count += _fold_day(connection, day)
        if time.monotonic() - said >= SAYS_EVERY_S:
            said = time.monotonic()
            say(f"texts for searches: {number} of {len(chosen)} days")
    return count


def _fold_day(connection: duckdb.DuckDBPyConnection, day: dt.date) -> int:
    counted = connection.execute(
        "select call_id, count(*) from sentences where call_date = $day group by call_id order by call_id", {"day": day}
    ).fetchall()
    return sum(
        _fold_calls(connection, day, [call_id for call_id, _ in some])
        for some in stretches(counted, itemgetter(1), number=len(counted), total=SENTENCES_AT_ONCE)
    )


def _fold_calls(connection: duckdb.DuckDBPyConnection, day: dt.date, call_ids: Sequence[str]) -> int:
    chosen = {"call_dates": [day], "call_ids": call_ids}
    rows = connection.execute(read_sql("pages/read_sentences_to_search.sql"), chosen).fetchall()
    texts: list[tuple[str, ChannelText]] = []
    for call_id, sentences in groupby(rows, key=lambda row: str(row[0])):
        own = channel_texts([SearchedSentence._make(row[1:]) for row in sentences])
        texts += [(call_id, text) for text in own]
    columns: dict[str, Sequence[Any]] = {
        "call_id": [call_id for call_id, _ in texts],
        "channel_id": [text.channel_id for _, text in texts],
        "call_date": [day] * len(texts),
        "role": [text.role for _, text in texts],
        "body": [text.body for _, text in texts],
        "folding": [FOLDING] * len(texts),
    }
    return insert_columns(connection, "search_texts", columns) if texts else 0


def _days_to_fold(connection: duckdb.DuckDBPyConnection) -> list[dt.date]:
    """Days that were published by a version without these texts, or with other ones."""
    rows = connection.execute(
        "select distinct call_date from transcripts where call_date is not null "
        "except select call_date from search_texts where folding = $folding",
        {"folding": FOLDING},
    ).fetchall()
    return [day for (day,) in rows]
