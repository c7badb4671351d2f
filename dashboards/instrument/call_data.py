"""What a snapshot holds of one call, as the browser takes it."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping, Sequence, Set
from typing import Any

from dashboards.instrument import marks
from dashboards.instrument.outline import PAIRS_PER_SECOND, TILE_PAIRS, at_level, overview_level, pairs_of, tile
from dashboards.instrument.spoken import (
    BLOCK,
    Json,
    masked_places,
    remarks_of,
    sentence_rows,
    turn_rows,
    utf16,
    words_of,
)
from dashboards.palette import ROLES
from dashboards.queries import ask, recordings_of, sources_of
from dashboards.serving.masked_spans import masked_spans
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.search.documents import SearchedSentence
from qa_pipeline.search.hits import hits_in
from qa_pipeline.search.query_reading import parse
from qa_pipeline.wording.recordings import unrecorded_ms

MOST_SENTENCES = 1_000_000
PARTIES, BOTH = frozenset({"agent", "customer"}), "mixed"


def call_data(snapshot: Snapshot, call: Row, unsure_below: float) -> dict[str, Json]:
    """Everything of a call (a row of `read_call`) that is needed before somebody looks closer.

    Raises:
        UnreadableSnapshot: the snapshot does not answer.
    """
    call_id = call["call_id"]
    tables = snapshot.tables()
    sentences = _sentences(snapshot, call_id, MOST_SENTENCES, with_words=False)
    turns = ask(snapshot, "read_turns", call_id=call_id) if "turns" in tables else []
    sounds = ask(snapshot, "how_channels_sound", call_id=call_id) if "acoustics" in tables else []
    metrics = ask(snapshot, "read_call_metrics", call_id=call_id) if "call_metrics" in tables else []
    remarks = ask(snapshot, "read_remarks", call_id=call_id) if "transcript_remarks" in tables else []
    recordings = recordings_of(snapshot, call_id)
    unrecorded = unrecorded_ms(recordings)
    duration_ms = _duration_ms(call, sentences)
    masked = masked_spans(snapshot, call_id)
    found = marks.in_order(
        [
            *marks.recordings(recordings),
            *marks.defects(sounds, duration_ms),
            *marks.not_recorded(unrecorded),
            *marks.besides_speech(_besides_speech(snapshot, call_id)),
            *(marks.silent_and_overlapping(sentences, unrecorded, metrics[0]) if metrics else ()),
            *marks.interruptions(turns),
            *marks.rule_hits(ask(snapshot, "list_rule_hits_of_call", call_id=call_id)),
            *marks.masked(masked, duration_ms),
        ]
    )
    channels = _channels(sounds, sources_of(snapshot, call_id))
    roles = _roles({row["role"] for row in sentences}, {channel["role"] for channel in channels})
    turns_sent, turn_of_sentence = turn_rows(turns, sentences)
    return {
        "duration_ms": duration_ms,
        "channels": channels,
        "outline": _outline(sounds),
        "roles": roles,
        "sentences": sentence_rows(sentences, roles),
        "ids": [row["sentence_id"] for row in sentences],
        "block": BLOCK,
        "turns": turns_sent,
        "turn_of": turn_of_sentence,
        "marks": [dataclasses.asdict(mark) for mark in found],
        "remarks": remarks_of(remarks, sentences),
        "masked": masked_places(masked, sentences),
        "unplaced": sorted({span.role for span in masked if not span.has_times}),
        "words": words_block(snapshot, call_id, 0, unsure_below) if len(sentences) <= BLOCK else None,
    }


def words_block(snapshot: Snapshot, call_id: str, number: int, unsure_below: float) -> list[list[int]]:
    """The words of the block of sentences of that number, as `words_of`."""
    return words_of(_sentences(snapshot, call_id, BLOCK, number * BLOCK, with_words=True), unsure_below)


def raw_rows(
    snapshot: Snapshot, call_id: str, raw: Mapping[tuple[int, int], Row], unsure_below: float
) -> list[list[Json]]:
    """Sentences as they were said (channel and sentence id → a row as of `sentences`), for the browser: number of the
    sentence in the call, text, words as of `words_of`."""
    published = _sentences(snapshot, call_id, MOST_SENTENCES, with_words=False)
    numbered = [(row["number"], raw.get((row["channel_id"], row["sentence_id"]))) for row in published]
    said = [(number, row) for number, row in numbered if row is not None]
    words = words_of([row for _, row in said], unsure_below)
    return [[number, row["text"], of_row] for (number, row), of_row in zip(said, words, strict=True)]


def hits(snapshot: Snapshot, call_id: str, asked: str) -> list[list[list[int]]]:
    """Where the words of a search (the language of the list of calls) are said: for each hit its parts, one or one per
    sentence: number of the sentence, first character and the one after the last, counted as JavaScript does."""
    rows = _sentences(snapshot, call_id, MOST_SENTENCES, with_words=False)
    searched = [SearchedSentence(*(row[name] for name in SearchedSentence._fields)) for row in rows]
    return [
        [
            [
                part.sentence,
                utf16(searched[part.sentence].text, part.begin),
                utf16(searched[part.sentence].text, part.end),
            ]
            for part in hit.parts
        ]
        for hit in hits_in(searched, parse(asked))
    ]


def outline_tile(snapshot: Snapshot, call_id: str, channel_id: int, level: int, number: int) -> bytes:
    """A tile of a channel's outline; empty where there is none."""
    sounds = ask(snapshot, "how_channels_sound", call_id=call_id)
    waveform = next((row["waveform"] for row in sounds if row["channel_id"] == channel_id), b"")
    return tile(pairs_of(waveform), level, number)


def _sentences(snapshot: Snapshot, call_id: str, limit: int, offset: int = 0, *, with_words: bool) -> list[Row]:
    question = "read_sentences"
    return ask(snapshot, question, call_id=call_id, limit=limit, offset=offset, with_words=with_words)


def _duration_ms(call: Row, sentences: Sequence[Row]) -> int:
    """The call's length; a sentence may end after what the header of the recording says."""
    return max([round((call["duration_s"] or 0) * 1000), *(row["end_ms"] or 0 for row in sentences)])


def _besides_speech(snapshot: Snapshot, call_id: str) -> list[Row]:
    """Stretches of ringing, tones, music and announcements; a snapshot of an earlier version does not have them."""
    if "sounds" not in snapshot.columns("acoustics"):
        return []
    return ask(snapshot, "what_sounded_besides_speech", call_id=call_id)


def _channels(sounds: Sequence[Row], sources: Sequence[Row]) -> list[dict[str, Any]]:
    """The channels in the order of the sound: number, role, and a name where the role is not enough."""
    named = {row["channel_id"]: row["name"] for row in sources}
    roles = {row["channel_id"]: row["role"] for row in (*sources, *sounds)}
    return [{"id": number, "role": role, "name": named.get(number)} for number, role in sorted(roles.items())]


def _roles(said: Set[str], on_channels: Set[str]) -> list[str]:
    """Who has a lane: agent and customer, and others where they occur. Where both parties are on one channel, that is
    those who were told apart; the two together have one for what nobody told apart."""
    is_one_voice = BOTH in on_channels and not said & PARTIES
    lanes = (said | on_channels | (set() if is_one_voice else PARTIES)) - (set() if is_one_voice else {BOTH} - said)
    return [role for role in ROLES if role in lanes]


def _outline(sounds: Sequence[Row]) -> dict[str, Json]:
    pairs = {row["channel_id"]: pairs_of(row["waveform"]) for row in sounds}
    level = overview_level(max(map(len, pairs.values()), default=0))
    return {
        "per_s": PAIRS_PER_SECOND,
        "tile": TILE_PAIRS,
        "level": level,
        "channels": {
            channel: base64.b64encode(at_level(found, level).tobytes()).decode() for channel, found in pairs.items()
        },
    }
