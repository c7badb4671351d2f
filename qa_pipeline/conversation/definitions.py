"""Which definitions a row of metrics was made by: their version, and every threshold with its reason.

A value without its thresholds can't be compared with another, so both are stored beside it. `DEFINITION` goes up
when a formula changes; a changed threshold changes the version by itself.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
from dataclasses import dataclass

DEFINITION = 2
"""Version of the formulas of docs/metrics.md."""

_SHARES = ("unsure_below", "heard_share", "swap_talk_share")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricThresholds:
    """Every number and list a metric depends on. Each is a setting; times are in ms.

    Raises:
        ValueError: a number is not finite, a time is below zero, or a share is not between 0 and 1.
    """

    dead_air_ms: int = 3000
    """A silence of both sides longer than this is dead air. Contact Lens: 3 s, fixed."""

    interruption_lead_ms: int = 300
    """Who begins within this time of the other began with them, and interrupts nobody."""

    interruption_overlap_ms: int = 1000
    """Talking over the other this long is an interruption even if the other goes on. MiiTel: 1 s."""

    turn_taking_ms: int = 200
    """A shorter overlap at the end of a turn is how people take turns, and how recognizers pad their times."""

    breath_ms: int = 300
    """A pause of one speaker up to this does not end the turn, whatever the other does in it."""

    backchannel_ms: int = 700
    """A shorter turn inside the other's is a back-channel ("mm-hm"), whatever its words."""

    backchannel_words: tuple[str, ...] = ()
    """Words and phrases that count as back-channels beside the listed ones, in every language."""

    talk_speed_min_sentence_ms: int = 1000
    """Shorter sentences are left out of talk speed: "Yes." says nothing about speed."""

    talk_speed_min_talk_ms: int = 5000
    """With less talk than this left, no speed is given."""

    valence_happy: float = 1.0
    valence_surprised: float = 0.0
    valence_neutral: float = 0.0
    valence_sad: float = -1.0
    valence_fearful: float = -1.0
    valence_disgusted: float = -1.0
    valence_angry: float = -1.5
    """Valences: what a second of speech in the emotion weighs. The lowest becomes −5 and the highest +5."""

    trajectory_shift: float = 2.0
    """A change from the first to the last quarter of at least this is improving or worsening. From PCA's recovery,
    a start of −1 or less and an end of +1 or more, which is a change of 2."""

    trajectory_level: float = 1.0
    """Without such a change, a mean at least this far from 0 is positive or negative. PCA's ±1."""

    unsure_below: float = 0.5
    """A word of which the engine was less sure than this is unsure. Whisper base on real calls: 98% of its words from
    0.9 on were right, 78 to 84% from 0.3 to 0.9, 50% below."""

    heard_share: float = 0.1
    """A sentence of which less than this share is sound counts as words without sound."""

    sound_margin_ms: int = 300
    """Sound this near to a sentence belongs to it: two detectors never cut at the same place."""

    wordless_sound_ms: int = 1000
    """Sound without words counts from this length: coughs and clicks are shorter, music and hold are longer."""

    swap_window: int = 3
    """Sentences at each end of a channel in which greetings and closings are looked for."""

    swap_talk_share: float = 0.7
    """A customer who spoke first and has at least this share of the talk may be the agent."""

    agent_phrases: tuple[str, ...] = ()
    """What only your agents say when they greet or close, beside the listed phrases, in every language."""

    announcements: tuple[str, ...] = ()
    """What recordings on your lines say (queue, voice mail, recording notice), beside the listed phrases, in every
    language. A sentence that holds one of them is nobody's speech."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(field.name, getattr(self, field.name))

    @property
    def valences(self) -> dict[str, float]:
        """Valence by emotion."""
        names = (field.name for field in dataclasses.fields(self))
        return {name.removeprefix("valence_"): getattr(self, name) for name in names if name.startswith("valence_")}

    def as_json(self) -> str:
        """All thresholds as they are stored beside the values: JSON, keys in order."""
        return _as_json(self)

    @property
    def version(self) -> str:
        """`call_metrics.definition_version`: the version of the formulas, then 8 hex digits of the thresholds' hash."""
        return _version(self)


def _check(name: str, value: float | tuple[str, ...]) -> None:
    if isinstance(value, tuple):
        if any(not isinstance(phrase, str) or not phrase.strip() for phrase in value):
            raise ValueError(f"{name} holds an empty phrase; take it out")
        return
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value}; give a number")
    if value < 0 and not name.startswith("valence_"):
        raise ValueError(f"{name} is {value}; give 0 or more")
    if name in _SHARES and value > 1:
        raise ValueError(f"{name} is {value}; give a share between 0 and 1")


@functools.cache
def _as_json(thresholds: MetricThresholds) -> str:
    return json.dumps(dataclasses.asdict(thresholds), sort_keys=True, ensure_ascii=False)


@functools.cache
def _version(thresholds: MetricThresholds) -> str:
    return f"{DEFINITION}.{hashlib.sha256(_as_json(thresholds).encode()).hexdigest()[:8]}"
