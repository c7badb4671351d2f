"""Where in a call the figure of a metric comes from: the stretches that are added up or counted in it.

Only metrics that are made of stretches have places; of means and shares of a whole call there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from qa_pipeline.conversation.intervals import Coverage, Interval, gaps, union
from qa_pipeline.conversation.silences import dead_air_in, overlaps_of, silences_between
from qa_pipeline.transcription.roles import Role

MOST_PLACES = 100
"""Of one answer: the longest ones."""


class TurnPlace(NamedTuple):
    """A turn as far as it is a place: `first_sentence_id` to `last_sentence_id` are those of its role's channel."""

    role: Role
    begin_ms: int
    end_ms: int
    first_sentence_id: int
    last_sentence_id: int
    is_backchannel: bool
    interrupts: bool
    interruption_ms: int


@dataclass(frozen=True, slots=True)
class PlaceLimits:
    """The thresholds, in ms, with which the metrics of the call were made."""

    dead_air_ms: float
    turn_taking_ms: float


@dataclass(frozen=True, slots=True)
class SpokenPlaces:
    """What a call's places are looked for in: each role's sentences in ms, its recordings (none where it has one only),
    its turns in their order."""

    agent: Sequence[Interval]
    customer: Sequence[Interval]
    recordings: Sequence[Interval] = ()
    turns: Sequence[TurnPlace] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the call in ms; `role` is whose it is, None for the call's. Its sentences are those with these ids,
    both included."""

    begin_ms: int
    end_ms: int
    role: Role | None = None
    sentence_ids: tuple[int, ...] = ()


def places_of(metric: str, value: float, call: SpokenPlaces, limits: PlaceLimits) -> tuple[Place, ...]:
    """The places that the `value` of a metric comes from, in their order; none for a metric without places."""
    found = _places(metric, value, call, limits)
    longest = sorted(found, key=lambda place: place.begin_ms - place.end_ms)[:MOST_PLACES]
    return tuple(sorted(longest, key=lambda place: (place.begin_ms, place.end_ms)))


def has_places(metric: str) -> bool:
    """Whether the metric is made of stretches."""
    return metric in _SILENCES or metric in _INTERRUPTIONS or metric in _RESPONSES or metric == "overlap_s"


_SILENCES = ("dead_air_count", "dead_air_s", "longest_silence_s")
_INTERRUPTIONS: dict[str, Role] = {
    "agent_interruptions": "agent",
    "agent_interruptions_s": "agent",
    "customer_interruptions": "customer",
    "customer_interruptions_s": "customer",
}
_RESPONSES = ("response_ms_p50", "response_ms_p90")


def _places(metric: str, value: float, call: SpokenPlaces, limits: PlaceLimits) -> list[Place]:
    if metric in _SILENCES:
        missing = Coverage(gaps(union(call.recordings)))
        silences = silences_between(Coverage([*call.agent, *call.customer]), missing)
        if metric != "longest_silence_s":
            silences = dead_air_in(silences, limits.dead_air_ms)
        return [Place(*each) for each in _longest(silences, 1 if metric == "longest_silence_s" else MOST_PLACES)]
    if metric == "overlap_s":
        overlaps = overlaps_of(Coverage(call.agent), Coverage(call.customer), limits.turn_taking_ms)
        return [Place(*each) for each in overlaps]
    if metric in _INTERRUPTIONS:
        return [
            Place(turn.begin_ms, turn.begin_ms + turn.interruption_ms, turn.role, _sentences(turn))
            for turn in call.turns
            if turn.interrupts and turn.role == _INTERRUPTIONS[metric]
        ]
    return _responses(call.turns, value) if metric in _RESPONSES else []


def _longest(stretches: Sequence[Interval], number: int) -> list[Interval]:
    return sorted(stretches, key=lambda each: each[0] - each[1])[:number]


def _responses(turns: Sequence[TurnPlace], at_least_ms: float) -> list[Place]:
    """The waits of a customer for the agent's turn that are as long as that, with the turn that ended them."""
    main = [turn for turn in turns if not turn.is_backchannel]
    return [
        Place(before.end_ms, turn.begin_ms, "agent", _sentences(turn))
        for before, turn in pairwise(main)
        if before.role == "customer" and turn.role == "agent" and turn.begin_ms - before.end_ms >= max(at_least_ms, 1)
    ]


def _sentences(turn: TurnPlace) -> tuple[int, ...]:
    return tuple(range(turn.first_sentence_id, turn.last_sentence_id + 1))
