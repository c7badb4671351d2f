"""What rules come to, how much they matter, and why one can't be told, in words."""

from __future__ import annotations

from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.wording.languages import t, to_translate

OUTCOMES = {
    "hit": to_translate("hit"),
    "miss": to_translate("miss"),
    "not_applicable": to_translate("not applicable"),
    "not_evaluated": to_translate("not evaluated"),
}
"""What a rule comes to in a call → its English word."""

NO_RULE = to_translate("no such rule")
"""What is said of a rule that one of two sets of rules lacks."""

SEVERITIES = {
    "critical": to_translate("critical"),
    "high": to_translate("high"),
    "medium": to_translate("medium"),
    "low": to_translate("low"),
    "info": to_translate("info"),
}
"""How much a rule matters → its English word, the most first."""

REASONS = {
    "other_queue": to_translate("the rule is for other queues"),
    "other_direction": to_translate("the rule is for calls of another direction"),
    "other_language": to_translate("the rule is for other languages"),
    "too_short": to_translate("the call is shorter than the rule asks for"),
    "not_in_effect": to_translate("the rule was not in force on the day of the call"),
    "precondition": to_translate("its precondition did not occur"),
    "rule_not_applicable": to_translate("another rule, which it names, is not applicable"),
    "queue_unknown": to_translate("the queue is not known"),
    "direction_unknown": to_translate("the direction is not known"),
    "language_unknown": to_translate("the language is not known"),
    "duration_unknown": to_translate("the length of the call is not known"),
    "channel_failed": to_translate("a channel that it looks at could not be transcribed"),
    "channel_silent": to_translate("nobody is heard on a channel that it looks at"),
    "mixed_channel": to_translate("both parties are on one channel, or cannot be told apart"),
    "words_without_sound": to_translate("words are written down there where nothing sounds"),
    "sound_without_words": to_translate("somebody speaks there and no words are written down"),
    "recording_truncated": to_translate("the recording ends too early"),
    "almost_said": to_translate("something like it is said there, which may be the recognizer's mistake"),
    "no_times": to_translate("the model gives no times"),
    "no_emotions": to_translate("no emotion is known there"),
    "no_languages": to_translate("no language is known there"),
    "metric_unknown": to_translate("the metric is not known of this call"),
}
"""Code of a reason → a clause. A code may be followed by a colon and what it is about."""


def outcome_label(outcome: str) -> str:
    """An outcome in the reader's language."""
    return t(OUTCOMES.get(outcome, NO_RULE))


def severity_label(severity: str) -> str:
    """A severity in the reader's language; an unknown one as it is written."""
    return t(SEVERITIES.get(severity, severity))


def reason_in_words(reason: str | None) -> str:
    """One or several codes, by commas, as clauses; an unknown one as it is written."""
    codes = [code.strip() for code in (reason or "").split(",") if code.strip()]
    return "; ".join(_one(code) for code in codes)


def _one(code: str) -> str:
    name, _, about = code.partition(":")
    said = t(REASONS.get(name, code))
    if not about:
        return said
    shown = t(CATALOGUE[about].label) if about in CATALOGUE else about
    return f"{said} ({shown})"
