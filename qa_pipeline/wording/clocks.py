"""Times as people read them: places in a recording, lengths, moments, ages."""

from __future__ import annotations

import datetime as dt

from qa_pipeline.wording.languages import t

UNKNOWN = "–"
"""Stands for a value that is not known."""


def clock(seconds: float | None) -> str:
    """A place in a recording or its length: 1:05, 1:02:03."""
    return UNKNOWN if seconds is None else _clock(int(seconds))


def place(milliseconds: int | None, digits: int = 1) -> str:
    """A place in a recording with fractions of a second, cut and not rounded: 1:05.2, 1:02:03.0."""
    if milliseconds is None:
        return UNKNOWN
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_clock(seconds)}.{rest:03d}"[: digits - 3 or None]


def duration(seconds: float | None) -> str:
    """How long something lasts: 12.0 s; from a minute on as the places of a recording are written, 1:20, 3:24:00."""
    if seconds is None:
        return UNKNOWN
    return t("{seconds} s", seconds=f"{seconds:.1f}") if seconds < 59.95 else _clock(round(seconds))


def amount(seconds: float) -> str:
    """A sum of lengths, rounded to one unit for narrow places: 45 s, 12 min, 3.4 h."""
    if seconds < 120:
        return t("{seconds} s", seconds=f"{seconds:.0f}")
    if seconds < 7200:
        return t("{minutes} min", minutes=f"{seconds / 60:.0f}")
    return t("{hours} h", hours=f"{seconds / 3600:,.1f}")


def moment(when: dt.datetime | None) -> str:
    """Date and time to the minute."""
    return f"{when:%Y-%m-%d %H:%M}" if when else UNKNOWN


def ago(seconds: float) -> str:
    """How long ago something was: just now, 5 min ago, 3 h ago, 2 days ago."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return t("just now")
    if minutes < 120:
        return t("{minutes} min ago", minutes=minutes)
    if minutes < 48 * 60:
        return t("{hours} h ago", hours=minutes // 60)
    return t("{days} days ago", days=minutes // 1440)


def _clock(seconds: int) -> str:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
