"""The sentences of calls that say what is searched, with what is marked in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboards.unfolded import read_sentences
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.search.documents import SearchedSentence
from qa_pipeline.search.hits import HitPart, hits_in
from qa_pipeline.search.query import SearchQuery


@dataclass(frozen=True, slots=True)
class Snippet:
    """A sentence with hits: where it is (s, None without times), and which characters are hits."""

    role: str
    at_s: float | None
    text: str
    marks: tuple[tuple[int, int], ...]


def snippets_of(
    snapshot: Snapshot, query: SearchQuery, call_ids: Sequence[str], dates: Sequence[dt.date]
) -> dict[str, list[Snippet]]:
    """The sentences with hits of each call, in the order of time; empty where nothing is searched."""
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
