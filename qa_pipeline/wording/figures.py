"""Numbers as people read them: a metric with its unit, a share, a count, a sum of money."""

from __future__ import annotations

from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.wording.clocks import UNKNOWN, duration
from qa_pipeline.wording.languages import t

_MINUS = "\u2212"
_BOUNDS: dict[str, tuple[float, float]] = {"0 to 1": (0, 1), "−5 to 5": (-5, 5), "−10 to 10": (-10, 10)}
"""By unit; all other figures are 0 or more."""


def figure(column: str, value: object, unit: str | None = None) -> str:
    """A value of a column of `call_metrics`, or a mean of it, with its unit.

    `unit` is that of a talk speed (`words/min`, `characters/min`).
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if not isinstance(value, int | float):
        return t(str(value))
    match CATALOGUE[column].unit:
        case "0 to 1":
            return f"{value:.0%}"
        case "s":
            return duration(value)
        case "ms":
            return t("{seconds} s", seconds=f"{value / 1000:.1f}")
        case "per minute":
            return f"{value:,.0f} {t(unit or 'per minute')}"
        case "count":
            return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
        case _:
            return signed(value)


def signed(value: float) -> str:
    """A number on a scale that goes both ways: +1.2, −0.4, 0.0."""
    text = f"{abs(value):.1f}"
    return text if text == "0.0" else f"{'+' if value > 0 else _MINUS}{text}"


def bounds(column: str) -> tuple[float, float]:
    """The range of values that a metric can have; an interval over few calls reaches further."""
    return _BOUNDS.get(CATALOGUE[column].unit, (0.0, float("inf")))


def interval(column: str, low: float | None, high: float | None) -> str:
    """The 95% interval of a mean, cut to what is possible; empty without one, or where both ends read alike."""
    if low is None or high is None:
        return ""
    least, most = bounds(column)
    low, high = max(least, low), min(most, high)
    if CATALOGUE[column].unit == "per minute":  # its unit is long, and stands beside the mean
        ends = f"{low:,.0f}", f"{high:,.0f}"
    else:
        ends = figure(column, low), figure(column, high)
    return "" if ends[0] == ends[1] else t("{low} to {high}", low=ends[0], high=ends[1])


def difference(column: str, value: float, unit: str | None = None) -> str:
    """How much a metric went up or down, with its sign: +2.4 points, −0.3 s, +12 words/min."""
    match CATALOGUE[column].unit:
        case "0 to 1":
            return t("{by} points", by=signed(value * 100))
        case "s":
            return f"{'+' if value > 0 else _MINUS}{duration(abs(value))}"
        case "ms":
            return t("{seconds} s", seconds=signed(value / 1000))
        case "per minute":
            return f"{'+' if value > 0 else _MINUS}{abs(value):,.0f} {t(unit or 'per minute')}"
        case _:
            return signed(value)


def share(part: float, whole: float) -> str:
    """A share in per cent; unknown where there is nothing to share. Some is never 0%, and not all is never 100%."""
    if not whole:
        return UNKNOWN
    said = f"{part / whole:.0%}"
    if said == "0%" and part > 0:
        return "<1%"
    return ">99%" if said == "100%" and part < whole else said


def count(number: int, thing: str, singular: str = "", plural: str = "") -> str:
    """1 call, 2 calls, 1,000 calls; with a verb: 1 call is, 2 calls are."""
    text, verb = (f"{number:,} {thing}", singular) if number == 1 else (f"{number:,} {thing}s", plural)
    return f"{text} {verb}" if verb else text


def money(usd: float) -> str:
    """US dollars with their currency: US$ 12.50, US$ 0.0038."""
    return f"US$ {dollars(usd)}"


def dollars(usd: float) -> str:
    """US dollars, for a place that names them: cents from a dollar on, four digits below, so that a small sum does not
    look like nothing."""
    return f"{usd:,.2f}" if usd >= 1 or usd == 0 else f"{usd:.4f}"
