"""The course of a role's mood: valence, its quarters, and what became of it. Shares are the table `emotions`.

Only sentences with an emotion and a length count; a sentence nobody labelled is never taken for neutral.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import TimedSentence

Trajectory = Literal["improving", "worsening", "positive", "negative", "neutral"]

SCALE = 5.0
"""Valence goes from −5 to +5, as in Contact Lens."""

QUARTERS = 4


@dataclass(frozen=True, slots=True)
class EmotionCourse:
    """How a role's mood went; `quarters` are valences, None where nothing labelled was said."""

    valence: float
    quarters: tuple[float | None, ...]
    shift: float | None
    trajectory: Trajectory
    negative_share: float
    escalated: bool
    recovered: bool


def valence(placed: Sequence[TimedSentence], thresholds: MetricThresholds) -> float | None:
    """−5 to +5: the mean weight of the emotions, each as long as its sentence, on a scale whose ends are the lowest
    and the highest weight. None without labelled speech."""
    return _scaled_mean(_labelled(placed), thresholds.valences)


def emotion_course(
    placed: Sequence[TimedSentence], duration_ms: int, thresholds: MetricThresholds
) -> EmotionCourse | None:
    """The course over a recording of `duration_ms`; None without labelled speech.

    A sentence belongs to the quarter of its midpoint. "Last" and "first" are the quarters with labelled speech.
    """
    labelled = _labelled(placed)
    weights = thresholds.valences
    mean = _scaled_mean(labelled, weights)
    if mean is None:
        return None
    by_quarter: list[list[TimedSentence]] = [[] for _ in range(QUARTERS)]
    for item in labelled:
        by_quarter[_quarter_of(item, duration_ms)].append(item)
    spoken = [index for index, items in enumerate(by_quarter) if items]
    first, last = spoken[0], spoken[-1]
    quarters = tuple(_scaled_mean(items, weights) for items in by_quarter)
    negative = [any(_weight(item, weights) < 0 for item in items) for items in by_quarter]
    angry = [any(item.sentence.emotion == "angry" for item in items) for items in by_quarter]
    shift = _shift(quarters[first], quarters[last]) if first != last else None
    return EmotionCourse(
        valence=mean,
        quarters=quarters,
        shift=shift,
        trajectory=_trajectory(mean, shift, thresholds),
        negative_share=_length([item for item in labelled if _weight(item, weights) < 0]) / _length(labelled),
        escalated=angry[last] and not angry[first],
        recovered=any(negative[: QUARTERS // 2]) and not negative[last],
    )


def _labelled(placed: Sequence[TimedSentence]) -> list[TimedSentence]:
    return [item for item in placed if item.sentence.emotion is not None and item.length_ms]


def _weight(item: TimedSentence, weights: dict[str, float]) -> float:
    emotion = item.sentence.emotion
    if emotion not in weights:
        raise ValueError(f"sentence {item.sentence.sentence_id} has the emotion {emotion!r}, which has no valence")
    return weights[emotion]


def _length(items: Sequence[TimedSentence]) -> int:
    return sum(item.length_ms for item in items)


def _scaled_mean(items: Sequence[TimedSentence], weights: dict[str, float]) -> float | None:
    if not items:
        return None
    mean = sum(item.length_ms * _weight(item, weights) for item in items) / _length(items)
    end = max(weights.values()) if mean > 0 else -min(weights.values())
    # rounding may put the mean of equal weights a hair past them
    return max(-SCALE, min(SCALE, SCALE * mean / end)) if mean else 0.0


def _quarter_of(item: TimedSentence, duration_ms: int) -> int:
    """0 to 3, by the midpoint in half ms; a midpoint on a border belongs to the later quarter."""
    return min(QUARTERS - 1, QUARTERS * (item.begin_ms + item.end_ms) // (2 * duration_ms))


def _shift(first: float | None, last: float | None) -> float | None:
    return None if first is None or last is None else last - first


def _trajectory(mean: float, shift: float | None, thresholds: MetricThresholds) -> Trajectory:
    if shift is not None and shift and abs(shift) >= thresholds.trajectory_shift:
        return "improving" if shift > 0 else "worsening"
    if mean and abs(mean) >= thresholds.trajectory_level:
        return "positive" if mean > 0 else "negative"
    return "neutral"
