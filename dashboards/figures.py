"""Figures as people read them: with their units, and how sure a mean is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.wording import length
from qa_pipeline.conversation.catalogue import CATALOGUE

_BOUNDS: dict[str, tuple[float, float]] = {"0 to 1": (0, 1), "−5 to 5": (-5, 5), "−10 to 10": (-10, 10)}
"""By unit; all other figures are 0 or more."""

_NO_BREAK = "\u00a0"
_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean of a metric over n calls, its 95 % interval (None below 2), its `unit` where the column has several."""

    n: int
    mean: float
    ci_low: float | None
    ci_high: float | None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """An agent or a queue: its calls, those with figures of both roles (`n`), and the means by metric."""

    key: str
    name: str | None
    calls: int
    n: int
    means: Mapping[str, Mean]


def shown(column: str, value: object, unit: str | None = None) -> str:
    """A value of a column of `call_metrics` with its unit in words; a dash where it is not known.

    `unit` is that of a talk speed (`words/min`, `characters/min`).
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    match CATALOGUE[column].unit:
        case "0 to 1":
            return f"{100 * value:.0f}{_NO_BREAK}%"
        case "s":
            return f"{value:.1f}{_NO_BREAK}s" if value < 60 else length(value)
        case "ms":
            return f"{value / 1000:.1f}{_NO_BREAK}s"
        case "per minute":
            return f"{value:.0f}{_NO_BREAK}{unit or 'per minute'}"
        case "count":
            return f"{value:,.0f}" if isinstance(value, int) else f"{value:.1f}"
        case _:
            return signed(value)


def signed(value: float) -> str:
    """A number on a scale that goes both ways: +1.2, −0.4, 0.0."""
    text = f"{abs(value):.1f}"
    return text if text == "0.0" else f"{'+' if value > 0 else _MINUS}{text}"


def bounds(column: str) -> tuple[float, float]:
    """What a figure can be at all: an interval over few calls reaches further, and need not be shown there."""
    return _BOUNDS.get(CATALOGUE[column].unit, (0.0, float("inf")))


def interval(column: str, mean: Mean) -> str:
    """The 95 % interval in words, as far as it is possible; empty where there is none."""
    if mean.ci_low is None or mean.ci_high is None:
        return ""
    low, high = bounds(column)
    if CATALOGUE[column].unit == "per minute":  # its unit is long, and stands beside the mean
        return f"{max(low, mean.ci_low):.0f} to {min(high, mean.ci_high):.0f}"
    return f"{shown(column, max(low, mean.ci_low), mean.unit)} to {shown(column, min(high, mean.ci_high), mean.unit)}"
