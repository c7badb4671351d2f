"""How each agent did where several took part in one call: the call's metrics over the recordings of each alone.

A call that was transferred has two agents on its agent's channel, one after the other. What both did added together
describes neither, so each has metrics of their own, from the begin of their first recording to the end of their last;
the recordings of others in between count as not recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from qa_pipeline.conversation.analysis import DEFAULTS, analyse_call
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.intervals import Interval, difference, union
from qa_pipeline.conversation.metrics import CallMetrics
from qa_pipeline.conversation.sentences import ROLES, SpokenSentence
from qa_pipeline.transcription.roles import Role


class RecordedStretch(NamedTuple):
    """One recording of a call: its number in order of time, where it lies (ms from the call's start), its agent."""

    segment: int
    begin_ms: int
    end_ms: int
    agent_id: str | None = None


AGENT_METRICS = frozenset(
    {
        "definition_version", "duration_s", "unrecorded_s", "agent_talk_s", "customer_talk_s", "silence_s",
        "agent_talk_speed", "agent_talk_speed_unit", "customer_talk_speed_unit", "talk_ratio", "silence_ratio",
        "dead_air_s", "overlap_s", "agent_interruptions", "response_ms_p50", "customer_valence", "valence_shift",
        "negative_share", "escalated", "recovered",
    }
)  # fmt: skip
"""The metrics that are kept of each agent: those that the daily tables show."""


def unrecorded_in(recordings: Sequence[RecordedStretch], duration_ms: int) -> list[Interval]:
    """The time of a call of `duration_ms` that none of these recordings holds."""
    return difference([(0, duration_ms)], union((stretch.begin_ms, stretch.end_ms) for stretch in recordings))


def analyse_agents(
    sentences: Sequence[SpokenSentence],
    recordings: Sequence[RecordedStretch],
    thresholds: MetricThresholds = DEFAULTS,
    *,
    speech: Mapping[Role, Sequence[Interval]] | None = None,
    known_roles: Collection[Role] = ROLES,
    direction: str | None = None,
) -> dict[str, CallMetrics]:
    """The metrics of each agent over their own recordings; a recording without an agent is nobody's.

    Other arguments as `analyse_call`.

    Raises:
        ValueError: as `analyse_call`.
    """
    found = {}
    for agent_id in dict.fromkeys(stretch.agent_id for stretch in recordings):
        if agent_id is None:
            continue
        own = [stretch for stretch in recordings if stretch.agent_id == agent_id]
        begin_ms, end_ms = min(stretch.begin_ms for stretch in own), max(stretch.end_ms for stretch in own)
        segments = {stretch.segment for stretch in own}
        missing = unrecorded_in(
            [
                stretch._replace(begin_ms=stretch.begin_ms - begin_ms, end_ms=stretch.end_ms - begin_ms)
                for stretch in own
            ],
            end_ms - begin_ms,
        )
        heard = {
            role: difference([(begin - begin_ms, end - begin_ms) for begin, end in spans], missing)
            for role, spans in (speech or {}).items()
        }
        found[agent_id] = analyse_call(
            [_moved(sentence, begin_ms) for sentence in sentences if sentence.segment in segments],
            (end_ms - begin_ms) / 1000,
            thresholds,
            speech=None if speech is None else heard,
            known_roles=known_roles,
            direction=direction,
            unrecorded=missing,
        ).metrics
    return found


def _moved(sentence: SpokenSentence, by_ms: int) -> SpokenSentence:
    if sentence.begin_ms is None or sentence.end_ms is None:
        return sentence
    return sentence._replace(begin_ms=max(0, sentence.begin_ms - by_ms), end_ms=max(0, sentence.end_ms - by_ms))
