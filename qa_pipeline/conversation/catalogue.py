"""What kind of figure each column of `call_metrics` is, and where its definition stands: for whoever shows them.

Held to docs/metrics.md by a test: same sections, same columns, same units, same order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PAGE = "docs/metrics.md"

_SECTIONS: dict[str, dict[str, str]] = {
    "Talk, overlap and silence": {
        "duration_s": "s",
        "agent_talk_s": "s",
        "customer_talk_s": "s",
        "talk_ratio": "0 to 1",
        "overlap_s": "s",
        "silence_s": "s",
        "silence_ratio": "0 to 1",
    },
    "Dead air": {
        "dead_air_count": "count",
        "dead_air_s": "s",
        "longest_silence_s": "s",
    },
    "Turns and back-channels": {
        "agent_sentences": "count",
        "customer_sentences": "count",
        "agent_turns": "count",
        "customer_turns": "count",
        "agent_backchannels": "count",
        "customer_backchannels": "count",
    },
    "Interruptions": {
        "agent_interruptions": "count",
        "agent_interruptions_s": "s",
        "customer_interruptions": "count",
        "customer_interruptions_s": "s",
    },
    "Response time": {
        "response_ms_p50": "ms",
        "response_ms_p90": "ms",
    },
    "Talk speed": {
        "agent_talk_speed": "a minute",
        "agent_talk_speed_unit": "",
        "customer_talk_speed": "a minute",
        "customer_talk_speed_unit": "",
        "talk_speed_unit": "",
    },
    "Words without sound, sound without words": {
        "agent_words_without_sound": "count",
        "agent_words_without_sound_s": "s",
        "agent_sound_without_words": "count",
        "agent_sound_without_words_s": "s",
        "customer_words_without_sound": "count",
        "customer_words_without_sound_s": "s",
        "customer_sound_without_words": "count",
        "customer_sound_without_words_s": "s",
    },
    "Emotions": {
        "agent_valence": "−5 to 5",
        "customer_valence": "−5 to 5",
        "customer_valence_q1": "−5 to 5",
        "customer_valence_q2": "−5 to 5",
        "customer_valence_q3": "−5 to 5",
        "customer_valence_q4": "−5 to 5",
        "valence_shift": "−10 to 10",
        "trajectory": "",
        "negative_share": "0 to 1",
        "escalated": "true, false",
        "recovered": "true, false",
    },
    "Languages": {
        "languages": "count",
        "agent_languages": "count",
        "customer_languages": "count",
        "code_switches": "count",
        "agent_code_switches": "count",
        "customer_code_switches": "count",
    },
    "Swapped channels": {
        "agent_channel_suspect": "true, false",
        "agent_channel_evidence": "",
    },
    "Thresholds and versions": {
        "definition_version": "",
        "thresholds": "JSON",
    },
}
"""Section of the page → its columns → their units."""


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """A column with its unit ("s", "ms", "count", "0 to 1" ...; empty for words) and the section that defines it."""

    column: str
    unit: str
    section: str

    @property
    def link(self) -> str:
        """The definition, from the project's root."""
        return f"{PAGE}#{re.sub(r'[^a-z0-9 -]', '', self.section.lower()).replace(' ', '-')}"


CATALOGUE: dict[str, MetricEntry] = {
    column: MetricEntry(column, unit, section)
    for section, columns in _SECTIONS.items()
    for column, unit in columns.items()
}
"""Every column of `call_metrics`, in the order of the page."""
