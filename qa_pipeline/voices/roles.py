"""Which of two voices is the agent: by what they say, as swapped channels are found, else by who speaks first.

Greetings and closings that only agents use decide. Where neither or both alike use them, the party that picks up speaks
first: the agent of an inbound call, the customer of an outbound one. A call whose direction is not known is taken for
inbound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.phrases import agent_phrases_in
from qa_pipeline.transcription.results import ChannelTranscript, Sentence


@dataclass(frozen=True, slots=True)
class AgentVoice:
    """`voice` is the agent's, 0 or 1; `by` what told: `phrases`, `first` (who speaks first) or `speakers` (a transcript
    that names its voices)."""

    voice: int
    by: str


def agent_of(
    voices: tuple[ChannelTranscript, ChannelTranscript], direction: str | None, thresholds: MetricThresholds
) -> AgentVoice:
    """The agent's voice; `direction` is the call's, or None."""
    said = [len(_phrases(voice.sentences, thresholds)) for voice in voices]
    if said[0] != said[1]:
        return AgentVoice(int(said[1] > said[0]), "phrases")
    picks_up = 0 if _first_ms(voices[0]) <= _first_ms(voices[1]) else 1
    return AgentVoice(1 - picks_up if direction == "outbound" else picks_up, "first")


def _phrases(sentences: Sequence[Sentence], thresholds: MetricThresholds) -> set[str]:
    window = thresholds.swap_window
    ends = sentences if len(sentences) <= 2 * window else (*sentences[:window], *sentences[-window:])
    return {phrase for said in ends for phrase in agent_phrases_in(said.text, said.language, thresholds.agent_phrases)}


def _first_ms(voice: ChannelTranscript) -> float:
    return min((said.begin_ms for said in voice.sentences if said.begin_ms is not None), default=float("inf"))
