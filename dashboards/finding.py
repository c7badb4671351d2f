"""Which calls a choice leaves, how often they say what is searched, and what to do when there are none.

The words of a search are looked up in `search_texts`; in a snapshot of an earlier version, which has none, in the
sentences of the newest days (`unfolded`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from dashboards.date_presets import UNDATED
from dashboards.filters import LISTED_METRICS, CallFilter
from dashboards.queries import ask, ask_in_batches, knows_recordings, knows_voices
from dashboards.remembered import Remembered
from dashboards.search_hits import snippets_of
from dashboards.unfolded import searched_days, times_said
from qa_pipeline.published.call_ranges import Ends
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.search.folding import FOLDING, fold, is_character
from qa_pipeline.search.query import SearchQuery, SearchTerm, id_prefix
from qa_pipeline.search.query_reading import parse

MOST_COUNTED = 2000
"""Hits are counted in this many calls; in more, nobody asks for them. Of a search, as many are looked up at once."""

LAST_PAGE = 2**31 - 1
"""The largest number that a select takes for a page, and for the calls of one."""

SUGGESTED = 5
SHORTEST_NAME = 2

_FOUND: Remembered[list[Row]] = Remembered(8)


def find_calls(
    snapshot: Snapshot,
    chosen: CallFilter,
    *,
    sort: str,
    descending: bool,
    page: int,
    size: int,
) -> list[Row]:
    """One page of the call list, `page` counted from 1; `sort` is one of `SORTS`. `total` of each row counts all pages.

    `snippets` are the sentences with hits, in the order of time.

    Raises:
        ValueError: `chosen.on` has not said which the days are.
    """
    rows = _found(snapshot, chosen, sort=sort, descending=descending, page=page, page_size=size)
    if not rows:
        return []
    call_ids = [row["call_id"] for row in rows]
    snippets = snippets_of(snapshot, parse(chosen.text), call_ids, _dates_of(rows))
    rows = [row | {"snippets": snippets.get(row["call_id"], [])} for row in with_what_was_heard(snapshot, rows)]
    return _with_agents(snapshot, rows)


def find_all_calls(
    snapshot: Snapshot, chosen: CallFilter, *, sort: str, descending: bool, size: int
) -> Iterator[list[Row]]:
    """All calls of a choice, of any number, in the order of the list, `size` at a time. They are looked up once.

    Raises:
        UnreadableSnapshot: the snapshot is damaged, also after some calls were given.
    """
    query = parse(chosen.text)
    if query.text and not query.terms:
        return
    values, ranges = _choice(snapshot, searched(snapshot, chosen), sort, descending, 1, LAST_PAGE)
    yield from ask_in_batches(snapshot, "find_calls", size=size, metric_ranges=ranges, **values)


def with_what_was_heard(snapshot: Snapshot, calls: Sequence[Row]) -> list[Row]:
    """The calls, rows of `find_calls.sql`, with their languages, engines and the course of the customer's emotions."""
    ids = [row["call_id"] for row in calls]
    described = ask(snapshot, "what_was_heard_in_calls", call_ids=ids, call_dates=_dates_of(calls))
    more = {row["call_id"]: row for row in described}
    return [row | more[row["call_id"]] for row in calls]


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
    names = agent_names(snapshot)
    found = ask(snapshot, "find_ids", prefix=prefix, agents=_named_agents(prefix, names), most=SUGGESTED)
    return [row | {"name": names.get(row["id"], row["name"])} if row["kind"] == "agent" else row for row in found]


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
    values, ranges = _choice(snapshot, chosen, sort, descending, page, page_size)
    return ask(snapshot, "find_calls", metric_ranges=ranges, **values)


def _choice(
    snapshot: Snapshot, chosen: CallFilter, sort: str, descending: bool, page: int, page_size: int
) -> tuple[dict[str, Any], dict[str, Ends]]:
    """The parameters of find_calls.sql, and the ranges of metrics."""
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
    return values, {name: (span.low, span.high) for name, span in chosen.metrics}


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
        "rule": term.rule[0] if term.rule else None,
        "outcome": term.rule[1] if term.rule else None,
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


def _calls_with(snapshot: Snapshot, chosen: CallFilter) -> list[str] | None:
    """Calls with the chosen defects, forms, outcomes and repeats, which other tables know; None where none is."""
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
    if chosen.outcomes:
        wanted = [{"name": name, "low": span.low, "high": span.high} for name, span in chosen.outcomes]
        rows = ask(snapshot, "find_calls_with_outcomes", chosen.range, outcomes=wanted)
        found.append({row["call_id"] for row in rows})
    if chosen.repeats:
        rows = ask(snapshot, "find_repeat_calls", chosen.range, repeats=list(chosen.repeats))
        found.append({row["call_id"] for row in rows})
    return sorted(set.intersection(*found)) if found else None


def _calls_of_several(snapshot: Snapshot, chosen: CallFilter) -> dict[str, list[str]]:
    """Calls of several recordings of which any has one of the chosen agents, teams, supervisors or queues."""
    rows: list[Row] = []
    people: dict[str, Any] = {"teams": list(chosen.teams) or None, "supervisors": list(chosen.supervisors) or None}
    if (chosen.agents or chosen.queues or any(people.values())) and knows_recordings(snapshot):
        agents, queues = list(chosen.agents), list(chosen.queues)
        rows = ask(snapshot, "find_calls_of", chosen.range, agents=agents, queues=queues, **people)
    return {
        "calls_of_agents": [row["call_id"] for row in rows if row["by_agent"]],
        "calls_of_people": [row["call_id"] for row in rows if row["by_people"]],
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
