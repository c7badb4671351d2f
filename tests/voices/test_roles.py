"""The agent is the voice that greets like one; else who picks up the telephone speaks first."""

from __future__ import annotations

import pytest

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.transcription.results import ChannelTranscript, Sentence
from qa_pipeline.voices.roles import AgentVoice, agent_of


def voice(number: int, begin_ms: int, text: str) -> ChannelTranscript:
    return ChannelTranscript(number, text, (Sentence(0, begin_ms, begin_ms + 900, text, "en"),))


@pytest.mark.parametrize(
    ("direction", "texts", "agent"),
    [
        ("inbound", ("Hello?", "Thank you for calling Harper Valley, how can I help you?"), AgentVoice(1, "phrases")),
        ("outbound", ("Hello?", "Thank you for calling Harper Valley, how can I help you?"), AgentVoice(1, "phrases")),
        ("inbound", ("Good morning.", "I lost my card."), AgentVoice(0, "first")),
        (None, ("Good morning.", "I lost my card."), AgentVoice(0, "first")),
        ("outbound", ("Hello?", "It is about your card."), AgentVoice(1, "first")),
    ],
)
def test_who_the_agent_is(direction: str | None, texts: tuple[str, str], agent: AgentVoice) -> None:
    voices = (voice(0, 0, texts[0]), voice(1, 1000, texts[1]))
    assert agent_of(voices, direction, MetricThresholds()) == agent


def test_a_voice_that_says_nothing_does_not_speak_first() -> None:
    voices = (ChannelTranscript(0, "", ()), voice(1, 1000, "I am here."))
    assert agent_of(voices, "inbound", MetricThresholds()).voice == 1
