"""Evaluations in words: their states and types, scores in percent, and shares with their intervals."""

from __future__ import annotations

from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.languages import t, to_translate

STATES = {
    "draft": to_translate("draft"),
    "submitted": to_translate("to be released"),
    "released": to_translate("released"),
    "acknowledged": to_translate("acknowledged"),
    "disputed": to_translate("disputed"),
    "upheld": to_translate("upheld"),
    "changed": to_translate("changed"),
    "rule_changed": to_translate("rule changed"),
    "retracted": to_translate("retracted"),
    "withdrawn": to_translate("given up"),
}
"""State of an evaluation → its English word."""

TYPES = {
    "standard": to_translate("standard"),
    "blind": to_translate("blind"),
    "calibration": to_translate("calibration"),
    "dispute": to_translate("decided dispute"),
    "machine": to_translate("machine"),
}
"""Type of an evaluation → its English word."""

NO_OPTIONS = {
    "not_applicable": to_translate("not applicable"),
    "cannot_tell": to_translate("can't be told"),
    "not_asked": to_translate("not asked"),
    "unanswered": to_translate("not answered"),
}
"""Answer that is not an option → its English words."""


def state_label(state: str) -> str:
    """The state in the reader's language; one of another version as it is written."""
    return t(STATES.get(state, state))


def type_label(evaluation_type: str) -> str:
    """The type in the reader's language; one of another version as it is written."""
    return t(TYPES.get(evaluation_type, evaluation_type))


def score_text(score: float | None) -> str:
    """A score, 0 to 100, in percent with a digit behind the point: 60.0%."""
    return UNKNOWN if score is None else f"{score:.1f}%"


def score_interval(low: float | None, high: float | None) -> str:
    """The 95% interval of a mean score, cut to what scores can be; empty without one."""
    if low is None or high is None:
        return ""
    return t("{low} to {high}", low=f"{max(0.0, low):.1f}", high=score_text(min(100.0, high)))


def share_text(share: float | None) -> str:
    """A share, 0 to 1, in percent."""
    return UNKNOWN if share is None else f"{share:.0%}"


def share_interval(low: float | None, high: float | None) -> str:
    """The 95% interval of a share, 0 to 1; empty without one."""
    return "" if low is None or high is None else t("{low} to {high}", low=f"{low:.0%}", high=f"{high:.0%}")
