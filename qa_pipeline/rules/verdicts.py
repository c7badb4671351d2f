"""What a condition comes to in a call: true, false, or not to be told, with its evidence; and what of it can be
trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, StrEnum
from functools import lru_cache
from typing import NamedTuple

from qa_pipeline.rules.calls import RuleCall, RuleSentence, WordTime

NEAR_MS = 1000
"""A fault of the recognizer this near to a window may have moved words out of it."""


class Outcome(StrEnum):
    """What a rule comes to in a call."""

    HIT = "hit"
    MISS = "miss"
    NOT_APPLICABLE = "not_applicable"
    NOT_EVALUATED = "not_evaluated"


class State(Enum):
    """What a condition comes to; with UNKNOWN, there are reasons."""

    HIT = "hit"
    MISS = "miss"
    UNKNOWN = "unknown"


class Hit(NamedTuple):
    """Evidence: from a character of the first sentence to a character (excluded) of the last one, and when that was
    said.

    `order` is the place of the first sentence in the call. Where something is missing there are no sentences, and the
    times are those in which it was expected. Times are None where the model gives none.
    """

    role: str
    channel_id: int | None
    sentence_id: int | None
    begin_char: int | None
    last_sentence_id: int | None
    end_char: int | None
    begin_ms: int | None
    end_ms: int | None
    text: str
    order: int


class Verdict(NamedTuple):
    """What a condition comes to. Reasons are codes of docs/rules.md, each once.

    `doubts` are those why there may be more places than the `hits`. `is_everywhere`: what is true has no place (a
    metric, something that is not said), so it holds in all of the call.
    """

    state: State
    hits: tuple[Hit, ...] = ()
    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    is_everywhere: bool = False


HIT = Verdict(State.HIT, is_everywhere=True)
MISS = Verdict(State.MISS)
OTHER_RULE_NOT_APPLICABLE = "rule_not_applicable"


def unknown(reasons: Iterable[str]) -> Verdict:
    """That it can't be told, and why."""
    return Verdict(State.UNKNOWN, reasons=tuple(dict.fromkeys(reasons)))


def found(hits: Sequence[Hit], doubts: Iterable[str] = (), *, is_everywhere: bool = False) -> Verdict:
    """That it is so, with the evidence in the order of the call, each place once."""
    ordered = sorted(set(hits), key=lambda hit: (hit.order, hit.begin_char or 0, hit.role))
    return Verdict(State.HIT, tuple(ordered), doubts=tuple(dict.fromkeys(doubts)), is_everywhere=is_everywhere)


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """True where each is; false where any is, whatever can't be told of the others."""
    if any(each.state is State.MISS for each in verdicts):
        return MISS
    if reasons := [reason for each in verdicts for reason in each.reasons if each.state is State.UNKNOWN]:
        return unknown(reasons)
    return found(
        [hit for each in verdicts for hit in each.hits],
        [doubt for each in verdicts for doubt in each.doubts],
        is_everywhere=all(each.is_everywhere for each in verdicts),
    )


def any_of(verdicts: Sequence[Verdict]) -> Verdict:
    """True where any is; false only where each is."""
    if hits := [each for each in verdicts if each.state is State.HIT]:
        return found(
            [hit for each in hits for hit in each.hits],
            [doubt for each in verdicts for doubt in (*each.doubts, *each.reasons)],
            is_everywhere=any(each.is_everywhere for each in hits),
        )
    if reasons := [reason for each in verdicts for reason in each.reasons]:
        return unknown(reasons)
    return MISS


def opposite(verdict: Verdict) -> Verdict:
    """True for false; what can't be told stays so."""
    if verdict.state is State.UNKNOWN:
        return verdict
    return HIT if verdict.state is State.MISS else MISS


def doubts(call: RuleCall, role: str, begin_ms: int | None, end_ms: int | None, *, margin_ms: int = 0) -> Iterator[str]:
    """Why what is written of a role between two moments must not be relied on; None leaves that side open."""
    for stretch in call.unreliable.get(role, ()):
        is_before_end = end_ms is None or stretch.begin_ms < end_ms + margin_ms
        is_after_begin = begin_ms is None or stretch.end_ms is None or stretch.end_ms > begin_ms - margin_ms
        if is_before_end and is_after_begin:
            yield stretch.reason


def moment_of(said: RuleSentence, character: int, *, at_end: bool = False) -> int | None:
    """When a character of a sentence was said, ms (the end of it with `at_end`): by the times of words where there are
    any, else by its share of the letters."""
    if said.begin_ms is None or said.end_ms is None:
        return None
    if said.words is not None and (words := said.words()):
        for begin, end, word in _placed(said.text, tuple(words)):
            if character < end or (at_end and character <= end):
                return word.begin_ms if not at_end else word.end_ms if character > begin else word.begin_ms
        return said.end_ms
    length = len(said.text)
    if not length or character <= 0:
        return said.begin_ms
    return said.begin_ms + round((said.end_ms - said.begin_ms) * min(character, length) / length)


@lru_cache(maxsize=256)
def _placed(text: str, words: tuple[WordTime, ...]) -> list[tuple[int, int, WordTime]]:
    """The characters that each word stands at; one that is not found is left out."""
    placed: list[tuple[int, int, WordTime]] = []
    after = 0
    for word in words:
        begin = text.find(word.text, after) if word.text else -1
        if begin >= 0:
            after = begin + len(word.text)
            placed.append((begin, after, word))
    return placed
