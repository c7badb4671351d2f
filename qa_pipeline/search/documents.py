"""The folded text of each channel of a call, in which phrases are found across the border of two sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa_pipeline.search.folding import fold

INTERJECTION_MS = 1000
"""A sentence of somebody else that is shorter does not part two sentences of a speaker: mhm, yes, right."""

BREAK = " \n "
"""Between two sentences that no phrase may cross."""


class SearchedSentence(NamedTuple):
    """A sentence of a call, as it is searched; times in ms, both None where the model gives none."""

    role: str
    channel_id: int
    sentence_id: int
    begin_ms: int | None
    end_ms: int | None
    text: str


@dataclass(frozen=True, slots=True)
class ChannelText:
    """What was said on a channel: `body` has a blank before, between and after its words, and `BREAK` where the other
    party spoke. Sentence `sentences[i]` (a place in what was given) begins at `begins[i]` of the body."""

    role: str
    channel_id: int
    body: str
    sentences: tuple[int, ...]
    begins: tuple[int, ...]


def channel_texts(sentences: Sequence[SearchedSentence], folded: Callable[[str], str] = fold) -> list[ChannelText]:
    """The texts of a call's channels, in the order of their ids; `folded` is `folding.fold` or what remembers it."""
    order = sorted(range(len(sentences)), key=lambda place: _in_time(sentences[place]))
    by_channel: dict[int, list[int]] = {}
    for place in order:
        by_channel.setdefault(sentences[place].channel_id, []).append(place)
    rank = {place: number for number, place in enumerate(order)}
    texts = []
    for channel_id, own in sorted(by_channel.items()):
        parts, begins, length = [" "], [], 1
        for number, place in enumerate(own):
            if number:
                before = own[number - 1]
                between = (sentences[order[other]] for other in range(rank[before] + 1, rank[place]))
                border = BREAK if _is_parted(sentences[before], sentences[place], between) else " "
                parts.append(border)
                length += len(border)
            begins.append(length)
            words = folded(sentences[place].text)
            parts.append(words)
            length += len(words)
        parts.append(" ")
        texts.append(ChannelText(sentences[own[0]].role, channel_id, "".join(parts), tuple(own), tuple(begins)))
    return texts


def _in_time(sentence: SearchedSentence) -> tuple[float, int, int]:
    begin = sentence.begin_ms if sentence.begin_ms is not None else float("inf")
    return begin, sentence.channel_id, sentence.sentence_id


def _is_parted(before: SearchedSentence, after: SearchedSentence, between: Iterable[SearchedSentence]) -> bool:
    """Whether somebody else says more than an interjection between two sentences of a channel."""
    if before.end_ms is None or after.begin_ms is None:
        return False
    return any(
        other.begin_ms is not None
        and other.end_ms is not None
        and before.end_ms <= other.begin_ms
        and other.end_ms <= after.begin_ms
        and other.end_ms - other.begin_ms >= INTERJECTION_MS
        for other in between
    )
