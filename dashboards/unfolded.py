"""Searching a snapshot that has no folded texts: one of an earlier version, until the next run publishes.

Its sentences are folded when they are searched, which takes seconds for some hundred thousand of them. So the newest
days of a choice are searched, as many as that allows, and pages say which; how many is a matter of the snapshot alone,
so that a list, its counts and its files always are about the same days.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from dashboards.filters import DateRange
from dashboards.queries import ask
from dashboards.remembered import Remembered
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.search.documents import SearchedSentence
from qa_pipeline.search.folding import fold_lines
from qa_pipeline.search.hits import matching_terms, times_in_lines
from qa_pipeline.search.query import SearchQuery

MOST_SEARCHED = 400_000
"""Sentences that are folded for a search: some two seconds of a processor. The newest day is searched in any case."""

AT_ONCE = 50_000
"""About as many sentences are in memory."""

Times = Mapping[str, Sequence[int]]
"""Call → how often it says each term of a search; without calls that say none."""

_SAID: Remembered[Times] = Remembered(8)


def searched_days(snapshot: Snapshot, dates: DateRange) -> DateRange:
    """The newest of these days, as many as a search can read."""
    first, read = dates.last, 0
    for row in ask(snapshot, "count_sentences_by_day", dates):
        read += row["sentences"]
        if read > MOST_SEARCHED and read > row["sentences"]:
            return DateRange(first, dates.last)
        first = row["call_date"]
    return dates


def times_said(snapshot: Snapshot, query: SearchQuery, dates: DateRange) -> Times:
    """How often the calls of these days say each of the query's terms; 0 for one that is about ids."""
    return _SAID.get(
        (snapshot.identity, query.text, dates),
        lambda: {call: times for days in _portions(snapshot, dates) for call, times in _said(snapshot, query, days)},
    )


def read_sentences(
    snapshot: Snapshot, dates: Sequence[dt.date], call_ids: Sequence[str]
) -> Iterator[tuple[str, list[SearchedSentence]]]:
    """Calls of these days, each with its sentences."""
    rows = ask(snapshot, "read_sentences_to_search", call_dates=list(dates), call_ids=list(call_ids))
    for call_id, own in groupby(rows, key=lambda row: str(row["call_id"])):
        yield call_id, [SearchedSentence(*(row[name] for name in SearchedSentence._fields)) for row in own]


def _portions(snapshot: Snapshot, dates: DateRange) -> Iterator[DateRange]:
    """The days in ranges of about `AT_ONCE` sentences."""
    last, count = None, 0
    for row in ask(snapshot, "count_sentences_by_day", dates):
        last, count = last or row["call_date"], count + row["sentences"]
        if count >= AT_ONCE:
            yield DateRange(row["call_date"], last)
            last, count = None, 0
    if last:
        yield DateRange(dates.first, last)


def _said(snapshot: Snapshot, query: SearchQuery, dates: DateRange) -> Iterator[tuple[str, Sequence[int]]]:
    terms = [(place, term) for place, term in enumerate(query.terms) if term.needle]
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(query.terms))
    unclear: set[str] = set()
    for row in ask(snapshot, "read_channels_to_search", from_date=dates.first, to_date=dates.last):
        lines = f" {fold_lines(row['lines'])} "
        for place, term in terms:
            if term.role in (None, row["role"]):
                times = times_in_lines(lines, term)
                if times is None:
                    unclear.add(row["call_id"])
                elif times:
                    found[row["call_id"]][place] += times
    if unclear:
        for call_id, sentences in read_sentences(snapshot, dates.days, sorted(unclear)):
            found[call_id] = matching_terms(sentences, query)
    yield from found.items()
