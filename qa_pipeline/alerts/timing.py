"""When something is sent: what goes together, what waits, how long after a failure, and how fast."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa_pipeline.alerts.causes import Severity, rank
from qa_pipeline.alerts.channels import Channel

TOGETHER_FROM = 11
"""So many causes that wait at once are one message, also without a digest."""

FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0
LONGEST_RETRY_AFTER_S = 24 * 3600.0
REFUSALS = 5
"""A message that its receiver refuses so many times is given up: what is in it will not change."""

_MINUTE_S = 60.0

Local = Callable[[float], dt.datetime]
"""UTC epoch seconds → the moment in the zone of a channel's quiet hours."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A cause that is in no message yet; `raised_at` in UTC epoch seconds."""

    key: str
    raised_at: float
    severity: Severity


def is_urgent(channel: Channel, severity: Severity) -> bool:
    """Whether something waits neither for a digest nor for the end of quiet hours."""
    return channel.urgent is not None and rank(severity) >= rank(channel.urgent)


def is_quiet(channel: Channel, at: float, local: Local) -> bool:
    """Whether the channel has quiet hours at a moment."""
    return channel.quiet is not None and channel.quiet.hold(local(at))


def due_groups(channel: Channel, waiting: Sequence[Waiting], now: float, local: Local) -> list[list[str]]:
    """The keys of causes that become messages now, message by message, in the order in which they came."""
    urgent = [[each.key] for each in waiting if is_urgent(channel, each.severity)]
    others = [each for each in waiting if not is_urgent(channel, each.severity)]
    if len(urgent) >= TOGETHER_FROM:
        urgent = [[key for [key] in urgent]]
    if not others or is_quiet(channel, now, local):
        return urgent
    if channel.digest_minutes is not None:
        first = min(now, *(each.raised_at for each in others))  # a clock may have been ahead
        is_over = now - first >= channel.digest_minutes * _MINUTE_S
        return [*urgent, *([[each.key for each in others]] if is_over else [])]
    if len(others) >= TOGETHER_FROM:
        return [*urgent, [each.key for each in others]]
    held = [each.key for each in others if is_quiet(channel, min(each.raised_at, now), local)]
    return [*urgent, *([held] if held else []), *([each.key] for each in others if each.key not in held)]


def wait_after(attempts: int, asked_s: float | None) -> float:
    """Seconds to wait after the `attempts`-th failure (from 1); `asked_s` is what the receiver asked for."""
    own = min(FIRST_WAIT_S * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT_S)
    return max(own, min(asked_s, LONGEST_RETRY_AFTER_S)) if asked_s is not None else own


def is_too_soon(not_before: float, now: float) -> bool:
    """Whether a failure is still waited out. A moment further off than anybody waits is of a clock that was ahead, and
    counts as none."""
    return now < not_before <= now + LONGEST_RETRY_AFTER_S


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a Retry-After header asks for, a number or an HTTP date; None where it says nothing readable."""
    text = (value or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return max(moment.timestamp() - now, 0.0)


def wait_for_pace(sent_at: Sequence[float], now: float, per_minute: int) -> float:
    """Seconds until one more may be sent; `sent_at` are the moments of those before. Later ones than now are of a clock
    that was ahead."""
    recent = sorted(at for at in sent_at if now - _MINUTE_S < at <= now)
    return 0.0 if len(recent) < per_minute else recent[-per_minute] + _MINUTE_S - now
