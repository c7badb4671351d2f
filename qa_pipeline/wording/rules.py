"""Reasons of rules, in words."""

from __future__ import annotations

from qa_pipeline.conversation.catalogue import CATALOGUE

REASONS = {
    "other_queue": "the rule is for other queues",
    "other_direction": "the rule is for calls of another direction",
    "other_language": "the rule is for other languages",
    "too_short": "the call is shorter than the rule asks for",
    "not_in_effect": "the rule was not in force on the day of the call",
    "precondition": "its precondition did not occur",
    "rule_not_applicable": "another rule, which it names, is not applicable",
    "queue_unknown": "the queue is not known",
    "direction_unknown": "the direction is not known",
    "language_unknown": "the language is not known",
    "duration_unknown": "the length of the call is not known",
    "channel_failed": "a channel that it looks at could not be transcribed",
    "channel_silent": "nobody is heard on a channel that it looks at",
    "mixed_channel": "both parties are on one channel, or cannot be told apart",
    "words_without_sound": "words are written down there where nothing sounds",
    "sound_without_words": "somebody speaks there and no words are written down",
    "recording_truncated": "the recording ends too early",
    "almost_said": "something like it is said there, which may be the recognizer's mistake",
    "no_times": "the model gives no times",
    "no_emotions": "no emotion is known there",
    "no_languages": "no language is known there",
    "metric_unknown": "the metric is not known of this call",
}
"""Code of a reason → a clause. A code may be followed by a colon and what it is about."""


def reason_in_words(reason: str | None) -> str:
    """One or several codes, by commas, as clauses; an unknown one as it is written."""
    codes = [code.strip() for code in (reason or "").split(",") if code.strip()]
    return "; ".join(_one(code) for code in codes)


def _one(code: str) -> str:
    name, _, about = code.partition(":")
    said = REASONS.get(name, code)
    if not about:
        return said
    shown = CATALOGUE[about].label if about in CATALOGUE else about
    return f"{said} ({shown})"
