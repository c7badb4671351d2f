"""Texts with placeholders instead of what is personal: `[card]`, `[card …1234]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from qa_pipeline.privacy.policy import Policy, RedactionPolicy
from qa_pipeline.privacy.sentences import Span


class Replacement(NamedTuple):
    """A span of a text (`begin` to `end`) and what stands there instead: `at` to `at + len(text)` of the new text.
    Where the policy is `keep` that is what stood there."""

    span: Span
    policy: Policy
    text: str
    at: int


class MaskedText(NamedTuple):
    """A text without what is personal, and what was replaced in it."""

    text: str
    replacements: tuple[Replacement, ...]


def mask(text: str, spans: Sequence[Span], policy: RedactionPolicy) -> MaskedText:
    """The text of a sentence with what the policy says at each of its spans, which are in order and don't overlap."""
    parts: list[str] = []
    replaced: list[Replacement] = []
    length = before = 0
    for span in spans:
        chosen = policy.of(span.kind)
        shown = text[span.begin : span.end] if chosen == "keep" else placeholder(span, chosen)
        kept = text[before : span.begin]
        parts += [kept, shown]
        replaced.append(Replacement(span, chosen, shown, length + len(kept)))
        length += len(kept) + len(shown)
        before = span.end
    return MaskedText("".join([*parts, text[before:]]), tuple(replaced))


def placeholder(span: Span, policy: Policy) -> str:
    """What stands instead of a value."""
    return f"[{span.kind} …{span.last4}]" if policy == "last4" and len(span.last4) == 4 else f"[{span.kind}]"


class WordPlace(NamedTuple):
    """Where a word stands in the text of its sentence."""

    begin: int
    end: int


def word_places(text: str, words: Sequence[Mapping[str, Any]]) -> list[WordPlace] | None:
    """Where each word of a sentence stands in its text, by letters and digits; None where the text is made of others,
    as where an engine gives words as they sound and the text as it is written."""
    places = [(at, char) for at, char in enumerate(text.casefold()) if char.isalnum()]
    if len(text.casefold()) != len(text):
        places = [(at, char.casefold()) for at, char in enumerate(text) if char.isalnum()]
    found: list[WordPlace] = []
    at, end = 0, 0
    for word in words:
        own = [char.casefold() for char in str(word["text"]) if char.isalnum()]
        if [char for _, char in places[at : at + len(own)]] != own:
            return None
        begin = places[at][0] if own else end
        end = places[at + len(own) - 1][0] + 1 if own else end
        found.append(WordPlace(begin, end))
        at += len(own)
    return found if at == len(places) else None


def masked_words(text: str, words: Sequence[Mapping[str, Any]], masked: MaskedText) -> list[dict[str, Any]] | None:
    """The words of a sentence with one word for each placeholder, from the begin of the first word that it stands for
    to the end of the last one, as sure as the least sure of them; None where it is not known which they are."""
    taken = [each for each in masked.replacements if each.policy != "keep"]
    if not taken:
        return [dict(word) for word in words]
    places = word_places(text, words)
    if places is None:
        return None
    found: list[dict[str, Any]] = []
    said = list(zip(words, places, strict=True))
    hits = [[each for each in taken if _overlap(place, each.span)] for place in places]
    at = 0
    while at < len(said):
        after = at + 1
        while len(hits[at]) == 1 and after < len(said) and hits[after] == hits[at]:
            after += 1
        found.append(_one_word(text, said[at:after], hits[at]) if hits[at] else dict(words[at]))
        at = after
    return found


def _overlap(place: WordPlace, span: Span) -> bool:
    return place.begin < span.end and span.begin < place.end


def _one_word(
    text: str, said: Sequence[tuple[Mapping[str, Any], WordPlace]], hits: Sequence[Replacement]
) -> dict[str, Any]:
    """The words of a placeholder as one word, with what the first and the last one have besides."""
    (first, begin), (last, end) = said[0], said[-1]
    before = sum(map(str.isalnum, text[begin.begin : hits[0].span.begin]))
    behind = sum(map(str.isalnum, text[hits[-1].span.end : end.end]))
    known = [word["confidence"] for word, _ in said if word["confidence"] is not None]
    shown = "".join(each.text for each in hits)
    return {
        **first,
        "text": f"{_head(str(first['text']), before)}{shown}{_tail(str(last['text']), behind)}",
        "end_ms": max(word["end_ms"] for word, _ in said),
        "punctuation": last["punctuation"],
        "confidence": min(known, default=None),
    }


def _head(word: str, count: int) -> str:
    """The begin of a word with so many letters and digits; without any, its blanks."""
    if not count:
        return word[: len(word) - len(word.lstrip())]
    places = [at for at, char in enumerate(word) if char.isalnum()]
    return word[: places[count - 1] + 1]


def _tail(word: str, count: int) -> str:
    """The end of a word with so many letters and digits, and the signs before them."""
    places = [at for at, char in enumerate(word) if char.isalnum()]
    kept = len(places) - count
    return word[places[kept - 1] + 1 :] if 0 < kept <= len(places) else ""


def time_of(
    text: str, span: Span, words: Sequence[Mapping[str, Any]], begin_ms: int | None, end_ms: int | None
) -> tuple[int | None, int | None]:
    """When a span of a sentence is said, ms: by its words, else by its share of the sentence; None without times."""
    if words and (places := word_places(text, words)) is not None:
        hit = [word for word, at in zip(words, places, strict=True) if at.begin < span.end and span.begin < at.end]
        if hit:
            return min(word["begin_ms"] for word in hit), max(word["end_ms"] for word in hit)
    if begin_ms is None or end_ms is None or not text:
        return None, None
    length = end_ms - begin_ms
    return begin_ms + length * span.begin // len(text), begin_ms + -(-length * span.end // len(text))
