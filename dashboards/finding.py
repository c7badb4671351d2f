"""Which calls a choice leaves, where they say what is searched, and what to do when there are none.

The words of a search are looked up in `search_texts`; in a snapshot of an earlier version, which has none, in the
sentences of the newest days (`unfolded`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboards.date_presets import UNDATED
from dashboards.filters import LISTED_METRICS, CallFilter
from dashboards.queries import ask, knows_recordings, knows_voices
from dashboards.remembered import Remembered
from dashboards.unfolded import read_sentences, searched_days, times_said
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.search.documents import SearchedSentence
from qa_pipeline.search.folding import FOLDING, fold, is_character
from qa_pipeline.search.hits import HitPart, hits_in
from qa_pipeline.search.query import SearchQuery, SearchTerm, id_prefix, parse

MOST_COUNTED = 2000
"""Hits are counted in this many calls; in more, nobody asks for them. Of a search, as many are looked up at once."""

SUGGESTED = 5
SHORTEST_NAME = 2

_FOUND: Remembered[list[Row]] = Remembered(8)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A sentence with hits: where it is (s, None without times), and which characters are hits."""

    role: str
    at_s: float | None
    text: str
    marks: tuple[tuple[int, int], ...]


def find_calls(
    snapshot: Snapshot,
    chosen: CallFilter,
    *,
    sort: str,
    descending: bool,
    page: int,
    size: int,
    with_snippets: bool = True,
) -> list[Row]:
    """One page of the call list, `page` counted from 1; `sort` is one of `SORTS`. `total` of each row counts all pages.

    `snippets` are the sentences with hits, in the order of time,.

    Raises:
        ValueError: `chosen.on` has not said which the days are.
    """
    rows = _found(snapshot, chosen, sort=sort, descending=descending, page=page, page_size=size)
    if not rows:
        return []
    call_ids = [row["call_id"] for row in rows]
    dates = _dates_of(rows)
    described = ask(snapshot, "what_was_heard_in_calls", call_ids=call_ids, call_dates=dates)
    more = {row["call_id"]: row for row in described}
    snippets = _snippets(snapshot, parse(chosen.text), call_ids, dates) if with_snippets else {}
    rows = [row | more[row["call_id"]] | {"snippets": snippets.get(row["call_id"], [])} for row in rows]
    return _with_agents(snapshot, rows)


def count_calls(snapshot: Snapshot, chosen: CallFilter) -> int:
    """How many calls a choice leaves."""
    rows = _found(snapshot, chosen, sort="call", descending=False, page=1, page_size=1)
    return rows[0]["total"] if rows else 0


def count_hits(snapshot: Snapshot, chosen: CallFilter, *, sort: str = "call", descending: bool = False) -> int | None:
    """How often the calls of a choice say what is searched; None where nothing is, or in too many calls. In the order
    in which the list was asked for, it is not searched again."""
    query = parse(chosen.text)
    needles = [{"needle": term.needle, "role": term.role} for term in query.wanted if term.needle]
    if not needles:
        return None
    rows = _found(snapshot, chosen, sort=sort, descending=descending, page=1, page_size=MOST_COUNTED)
    if not rows or rows[0]["total"] > MOST_COUNTED:
        return None
    call_ids = [row["call_id"] for row in rows]
    if knows_texts(snapshot):
        [counted] = ask(snapshot, "count_hits", chosen.range, call_ids=call_ids, needles=needles)
        return int(counted["hits"])
    said = times_said(snapshot, query, searched_days(snapshot, chosen.range))
    wanted = [place for place, term in enumerate(query.terms) if term in query.wanted]
    return sum(said[call][place] for call in call_ids if call in said for place in wanted)


def searched(snapshot: Snapshot, chosen: CallFilter) -> CallFilter:
    """The choice as far as it can be searched: a snapshot without folded texts is searched in its newest days."""
    if chosen.dates == UNDATED or not _has_words(parse(chosen.text)) or knows_texts(snapshot):
        return chosen
    return replace(chosen, dates=searched_days(snapshot, chosen.range))


def without_each(chosen: CallFilter) -> Iterator[tuple[str, CallFilter]]:
    """The choice without one of its filters, by the URL parameter that goes; dates become all days."""
    for name in chosen.to_query():
        query = {other: values for other, values in chosen.to_query().items() if other != name}
        if name in ("dates", "from", "to"):
            continue
        yield name, CallFilter.from_query(query)


def suggestions(snapshot: Snapshot, text: str) -> list[Row]:
    """Calls, customers and agents whose id or name is what was written, or begins with it; exact ones first."""
    prefix = id_prefix(parse(text).name or "")
    if not fold(prefix) or (len(prefix) < SHORTEST_NAME and not is_character(prefix)):
        return []
    agents = _named_agents(prefix, agent_names(snapshot))
    return ask(snapshot, "find_ids", prefix=prefix, agents=agents, most=SUGGESTED)


def further_choices(snapshot: Snapshot) -> dict[str, list[str]]:
    """Reasons and engines that the calls can be narrowed to."""
    [row] = ask(snapshot, "list_further_filters")
    return {name: [value for value in values or [] if value] for name, values in row.items()}


def agent_names(snapshot: Snapshot) -> dict[str, str]:
    """Agents and their newest names; an agent without one has its id."""
    return {row["agent_id"]: row["agent_name"] or row["agent_id"] for row in ask(snapshot, "list_agents")}


def knows_texts(snapshot: Snapshot) -> bool:
    """Whether the snapshot has what searches look in; one of an earlier version does not."""
    return bool(ask(snapshot, "are_texts_folded", folding=FOLDING)[0]["folded"])


def _found(
    snapshot: Snapshot, chosen: CallFilter, *, sort: str, descending: bool, page: int, page_size: int
) -> list[Row]:
    """A page of the calls of a choice. A search over all days reads much, so its first pages are kept together."""
    query = parse(chosen.text)
    if query.text and not query.terms:
        return []
    chosen = searched(snapshot, chosen)
    if not _has_words(query) or page * page_size > MOST_COUNTED:
        return _look_up(snapshot, chosen, sort, descending, page, page_size)
    asked = (snapshot.identity, snapshot.time_zone, chosen, sort, descending)
    rows = _FOUND.get(asked, lambda: _look_up(snapshot, chosen, sort, descending, 1, MOST_COUNTED))
    last_page = -(-rows[0]["total"] // page_size) if rows else 1
    first = (min(page, last_page) - 1) * page_size
    return rows[first : first + page_size]


def _look_up(
    snapshot: Snapshot, chosen: CallFilter, sort: str, descending: bool, page: int, page_size: int
) -> list[Row]:
    query = parse(chosen.text)
    names = agent_names(snapshot) if query.terms else {}
    values: dict[str, Any] = {
        "undated": chosen.dates == UNDATED,
        "from_date": chosen.range.first,
        "to_date": chosen.range.last,
        "terms": [_as_parameter(number, term, names) for number, term in enumerate(query.terms)],
        "accepted": query.accepted() if query.terms else [True],
        "told": _told(snapshot, query, chosen),
        "call_ids": _calls_with(snapshot, chosen),
        "sort": sort,
        "sort_metric": sort if sort in LISTED_METRICS else None,
        "descending": descending,
        "page": page,
        "page_size": page_size,
    }
    values |= _calls_of_several(snapshot, chosen) | chosen.values()
    ranges = {name: (span.low, span.high) for name, span in chosen.metrics}
    return ask(snapshot, "find_calls", metric_ranges=ranges, **values)


def _has_words(query: SearchQuery) -> bool:
    return any(term.needle for term in query.terms)


def _as_parameter(number: int, term: SearchTerm, names: dict[str, str]) -> dict[str, Any]:
    prefix = term.id_prefix
    if prefix is not None and term.scope is None and not any(char.isdigit() for char in prefix):
        prefix = None  # "call" is a word before it is the beginning of all ids
    return {
        "bit": number,
        "needle": term.needle,
        "role": term.role,
        "id_prefix": prefix,
        "agents": _named_agents(term.id_prefix, names),
    }


def _named_agents(prefix: str | None, names: dict[str, str]) -> list[str]:
    """Agents of whom a word of the name, or the id, begins with what was written."""
    begin = fold(prefix or "")
    if not begin or (len(begin) < SHORTEST_NAME and not is_character(begin)):
        return []
    return [agent for agent, name in names.items() if f" {begin}" in f" {fold(name)}" or agent.lower() == prefix]


def _told(snapshot: Snapshot, query: SearchQuery, chosen: CallFilter) -> list[dict[str, Any]]:
    """Which terms calls say, where the snapshot has no folded texts."""
    if chosen.dates == UNDATED or not _has_words(query) or knows_texts(snapshot):
        return []
    return [
        {"call_id": call_id, "bits": sum(1 << bit for bit, count in enumerate(times) if count)}
        for call_id, times in times_said(snapshot, query, chosen.range).items()
    ]


def _snippets(
    snapshot: Snapshot, query: SearchQuery, call_ids: Sequence[str], dates: Sequence[dt.date]
) -> dict[str, list[Snippet]]:
    if not any(term.needle for term in query.wanted):
        return {}
    return {call_id: _marked(own, query) for call_id, own in read_sentences(snapshot, dates, call_ids)}


def _marked(sentences: Sequence[SearchedSentence], query: SearchQuery) -> list[Snippet]:
    marks: dict[int, list[HitPart]] = {}
    for hit in hits_in(sentences, query):
        for part in hit.parts:
            marks.setdefault(part.sentence, []).append(part)
    found = [(sentences[place], own) for place, own in marks.items()]
    found.sort(key=lambda each: (each[0].begin_ms is None, each[0].begin_ms, each[0].channel_id, each[0].sentence_id))
    return [
        Snippet(
            said.role,
            None if said.begin_ms is None else said.begin_ms / 1000,
            said.text,
            merged((part.begin, part.end) for part in own),
        )
        for said, own in found
    ]


def parts_of(text: str, marks: Sequence[tuple[int, int]], around: int = 60) -> list[tuple[str, bool]]:
    """`text` in parts that are hits (True) and parts that aren't. Of a long text, what is more than `around` characters
    before the first hit or behind the last one is left out."""
    low = max(0, marks[0][0] - around) if marks else 0
    high = min(len(text), marks[-1][1] + around) if marks else len(text)
    parts, place = [("…" if low else "", False)], low
    for begin, end in marks:
        parts += [(text[place:begin], False), (text[begin:end], True)]
        place = end
    parts += [(text[place:high], False), ("…" if high < len(text) else "", False)]
    return [part for part in parts if part[0]]


def merged(marks: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges of characters without overlaps, in their order."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(marks):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)


def _calls_with(snapshot: Snapshot, chosen: CallFilter) -> list[str] | None:
    """Calls with the chosen defects and forms, which other tables know; None where neither is chosen."""
    found: list[set[str]] = []
    if chosen.defects:
        knows_sound = "acoustics" in snapshot.tables()
        defects = list(chosen.defects)
        rows = ask(snapshot, "find_calls_with_defects", chosen.range, defects=defects) if knows_sound else []
        found.append({row["call_id"] for row in rows})
    if chosen.forms:
        forms = list(chosen.forms)
        rows = ask(snapshot, "find_calls_of_form", chosen.range, forms=forms) if knows_voices(snapshot) else []
        found.append({row["call_id"] for row in rows})
    return sorted(set.intersection(*found)) if found else None


def _calls_of_several(snapshot: Snapshot, chosen: CallFilter) -> dict[str, list[str]]:
    """Calls of several recordings of which any has one of the chosen agents or queues."""
    rows: list[Row] = []
    if (chosen.agents or chosen.queues) and knows_recordings(snapshot):
        agents, queues = list(chosen.agents), list(chosen.queues)
        rows = ask(snapshot, "find_calls_of", chosen.range, agents=agents, queues=queues)
    return {
        "calls_of_agents": [row["call_id"] for row in rows if row["by_agent"]],
        "calls_of_queues": [row["call_id"] for row in rows if row["by_queue"]],
    }


def _with_agents(snapshot: Snapshot, calls: list[Row]) -> list[Row]:
    """The rows with the names of all `agents` who took part, in the order of time."""
    found: dict[str, list[str]] = {}
    if calls and knows_recordings(snapshot):
        rows = ask(snapshot, "which_agents_took_part", call_ids=[call["call_id"] for call in calls])
        found = {row["call_id"]: row["agents"] for row in rows}
    return [call | {"agents": found.get(call["call_id"], [])} for call in calls]


def _dates_of(rows: Sequence[Row]) -> list[dt.date]:
    return sorted({row["call_date"] for row in rows if row["call_date"] is not None})
