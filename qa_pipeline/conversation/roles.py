"""Whether the channels look swapped: the role that speaks like an agent is not the one declared to be it.

What people say decides: greetings and closings that only agents use. Where neither side uses one, who spoke first
and how much is a weaker sign, and only of inbound calls: on outbound ones it is the customer who picks up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.intervals import length, union
from qa_pipeline.conversation.phrases import agent_phrases_in
from qa_pipeline.conversation.sentences import RoleSentences, SpokenSentence, TimedSentence


@dataclass(frozen=True, slots=True)
class SwapVerdict:
    """`suspect` is None where nothing tells; `evidence` says in words what told."""

    suspect: bool | None
    evidence: str | None


def judge_roles(
    agent: RoleSentences, customer: RoleSentences, direction: str | None, thresholds: MetricThresholds
) -> SwapVerdict:
    """Whether what was said and how speaks against the declared roles. `direction` is the call's, or None."""
    by_agent = _agent_phrases_of(agent.sentences, thresholds)
    by_customer = _agent_phrases_of(customer.sentences, thresholds)
    if by_agent or by_customer:
        return SwapVerdict(len(by_customer) > len(by_agent), _phrases_in_words(by_agent, by_customer))
    if direction == "outbound" or not agent.placed or not customer.placed:
        return SwapVerdict(None, None)
    return _judge_by_talk(agent.placed, customer.placed, thresholds)


def _judge_by_talk(
    agent: Sequence[TimedSentence], customer: Sequence[TimedSentence], thresholds: MetricThresholds
) -> SwapVerdict:
    customer_ms = length(union((item.begin_ms, item.end_ms) for item in customer))
    talk_ms = customer_ms + length(union((item.begin_ms, item.end_ms) for item in agent))
    if not talk_ms:
        return SwapVerdict(None, None)
    share = customer_ms / talk_ms
    if customer[0].begin_ms < agent[0].begin_ms and share >= thresholds.swap_talk_share:
        return SwapVerdict(True, f"the customer speaks first and has {share:.0%} of the talk")
    return SwapVerdict(False, None)


def _agent_phrases_of(sentences: Sequence[SpokenSentence], thresholds: MetricThresholds) -> set[str]:
    window = thresholds.swap_window
    ends = sentences if len(sentences) <= 2 * window else (*sentences[:window], *sentences[len(sentences) - window :])
    found: set[str] = set()
    for sentence in ends:
        found |= agent_phrases_in(sentence.text, sentence.language, thresholds.agent_phrases)
    return found


def _phrases_in_words(by_agent: set[str], by_customer: set[str]) -> str:
    sides = (("agent", by_agent), ("customer", by_customer))
    return "; ".join(f"{role} says {', '.join(sorted(phrases)) or 'no such phrase'}" for role, phrases in sides)
