"""The row of `call_metrics`. What each column means, its formula and an example are in docs/metrics.md."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from qa_pipeline.conversation.emotions import Trajectory


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMetrics:
    """One call's metrics, without its `call_id` and date. None is "not known", never zero."""

    definition_version: str
    thresholds: str
    duration_s: float
    unrecorded_s: float = 0.0

    agent_sentences: int | None = None
    customer_sentences: int | None = None
    agent_turns: int | None = None
    customer_turns: int | None = None
    agent_backchannels: int | None = None
    customer_backchannels: int | None = None

    agent_talk_s: float | None = None
    customer_talk_s: float | None = None
    talk_ratio: float | None = None
    overlap_s: float | None = None
    silence_s: float | None = None
    silence_ratio: float | None = None
    dead_air_count: int | None = None
    dead_air_s: float | None = None
    longest_silence_s: float | None = None

    agent_interruptions: int | None = None
    agent_interruptions_s: float | None = None
    customer_interruptions: int | None = None
    customer_interruptions_s: float | None = None
    response_ms_p50: float | None = None
    response_ms_p90: float | None = None

    agent_talk_speed: float | None = None
    agent_talk_speed_unit: str | None = None
    customer_talk_speed: float | None = None
    customer_talk_speed_unit: str | None = None
    talk_speed_unit: str | None = None

    agent_unsure_share: float | None = None
    customer_unsure_share: float | None = None

    agent_words_without_sound: int | None = None
    agent_words_without_sound_s: float | None = None
    agent_sound_without_words: int | None = None
    agent_sound_without_words_s: float | None = None
    customer_words_without_sound: int | None = None
    customer_words_without_sound_s: float | None = None
    customer_sound_without_words: int | None = None
    customer_sound_without_words_s: float | None = None

    agent_valence: float | None = None
    customer_valence: float | None = None
    customer_valence_q1: float | None = None
    customer_valence_q2: float | None = None
    customer_valence_q3: float | None = None
    customer_valence_q4: float | None = None
    valence_shift: float | None = None
    trajectory: Trajectory | None = None
    negative_share: float | None = None
    escalated: bool | None = None
    recovered: bool | None = None

    languages: int | None = None
    agent_languages: int | None = None
    customer_languages: int | None = None
    code_switches: int | None = None
    agent_code_switches: int | None = None
    customer_code_switches: int | None = None

    agent_channel_suspect: bool | None = None
    agent_channel_evidence: str | None = None

    def row(self) -> dict[str, Any]:
        """The columns by name, in order."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = tuple(field.name for field in dataclasses.fields(CallMetrics))
"""Names of the columns, in order."""
