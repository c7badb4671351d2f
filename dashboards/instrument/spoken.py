"""What was said, as the browser takes it: short rows for a whole call, words in blocks as they come into sight."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboards.serving.masked_spans import MaskedSpan
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.remarks import remark_line
from qa_pipeline.wording.unsure_words import is_unsure

BLOCK = 400
"""Sentences whose words travel together."""

Json = Any


def sentence_rows(rows: Iterable[Row], roles: Sequence[str]) -> list[Json]:
    """Rows of `read_sentences`: [index of the role, begin ms, end ms, text, language, who says the language, emotion,
    confidence], null where there is none."""
    places = {role: place for place, role in enumerate(roles)}
    return [
        [
            places[row["role"]],
            row["begin_ms"],
            row["end_ms"],
            row["text"],
            row["language"],
            row["language_source"],
            row["emotion"],
            row["confidence"],
        ]
        for row in rows
    ]


def words_of(rows: Iterable[Row], unsure_below: float) -> list[list[int]]:
    """For each row of `read_sentences` with words, its words one after the other in a flat list: first character,
    character after the last, begin ms, end ms, 1 where the engine was unsure.

    Characters count as JavaScript counts them, in UTF-16. A word that the text spells otherwise (numbers as digits) has
    no place in it and is passed over. Where only the sentence has a confidence, it is one long word.
    """
    return [_words(row, unsure_below) for row in rows]


def _words(row: Row, unsure_below: float) -> list[int]:
    text, words = row["text"], row["words"] or ()
    flat: list[int] = []
    at = 0
    for word in words:
        said = str(word["text"]).strip()
        begin = text.find(said, at) if said else -1
        if begin < 0:
            continue
        at = begin + len(said)
        times = (row["begin_ms"], row["end_ms"]) if word["begin_ms"] is None else (word["begin_ms"], word["end_ms"])
        flat += [utf16(text, begin), utf16(text, at), times[0] or 0, times[1] or 0]
        flat.append(int(is_unsure(word.get("confidence"), unsure_below)))
    says_words = any(word.get("confidence") is not None for word in words)
    if is_unsure(row["confidence"], unsure_below) and not says_words:
        return [0, utf16(text, len(text)), row["begin_ms"] or 0, row["end_ms"] or 0, 1]
    return flat


def utf16(text: str, place: int) -> int:
    """A place in a text as JavaScript counts it, in UTF-16 units."""
    return place if text.isascii() else len(text[:place].encode("utf-16-le", "surrogatepass")) // 2


def turn_rows(turns: Iterable[Row], sentences: Sequence[Row]) -> tuple[list[Json], list[int]]:
    """The turns, and for each sentence the place of its turn in them, -1 where it is in none.

    A turn: [number, silence before it ms, overlap ms, back-channel 0 or 1, number of the turn it interrupts or null,
    ms of that].
    """
    turns = list(turns)
    begins: dict[tuple[str, int], list[tuple[int, int, int]]] = {}
    for place, turn in enumerate(turns):
        stretch = (turn["first_sentence_id"], turn["last_sentence_id"], place)
        begins.setdefault((turn["role"], turn["channel_id"]), []).append(stretch)
    for stretches in begins.values():
        stretches.sort()
    of_sentence = [_turn_of(row, begins.get((row["role"], row["channel_id"]), [])) for row in sentences]
    rows = [
        [
            turn["turn_id"],
            turn["gap_ms"],
            turn["overlap_ms"],
            int(turn["is_backchannel"]),
            turn["interrupted_turn_id"] if turn["interrupts"] else None,
            turn["interruption_ms"],
        ]
        for turn in turns
    ]
    return rows, of_sentence


def _turn_of(sentence: Row, stretches: Sequence[tuple[int, int, int]]) -> int:
    index = bisect_right(stretches, sentence["sentence_id"], key=lambda stretch: stretch[0]) - 1
    if index < 0 or stretches[index][1] < sentence["sentence_id"]:
        return -1
    return stretches[index][2]


def remarks_of(remarks: Iterable[Row], sentences: Sequence[Row]) -> Mapping[int, list[str]]:
    """Number of the sentence → what was not taken as the result had it, a line each."""
    numbers = {(row["channel_id"], row["sentence_id"]): row["number"] for row in sentences}
    found: dict[int, list[str]] = {}
    for remark in remarks:
        number = numbers.get((remark["channel_id"], remark["sentence_id"]))
        if number is not None:
            found.setdefault(number, []).append(remark_line({**remark, "sentence_id": None}))
    return found


def masked_places(masked: Iterable[MaskedSpan], sentences: Sequence[Row]) -> Mapping[int, list[list[Json]]]:
    """Number of the sentence → its placeholders in the order of the text: first character, the one after the last, as
    JavaScript counts them, and what was masked."""
    known = {(row["channel_id"], row["sentence_id"]): row for row in sentences}
    found: dict[int, list[list[Json]]] = {}
    for span in masked:
        row = known.get((span.channel_id, span.sentence_id))
        if row is None or span.begin_char is None or span.end_char is None:
            continue
        if 0 <= span.begin_char < span.end_char <= len(row["text"]):
            places = [utf16(row["text"], span.begin_char), utf16(row["text"], span.end_char), span.kind]
            found.setdefault(row["number"], []).append(places)
    return {number: sorted(places) for number, places in found.items()}
