"""The arithmetic of a shared rate limit: which moment belongs to whom. Pure; the clock is the caller's.

A generic cell rate algorithm. One number, `next_at`, is the moment from which the next request is due at an even
pace; a request takes it and moves it on by one `interval_s`. A request may run ahead of its moment by the burst
allowance and behind it by `lateness_s` (a busy event loop, a slow network); whoever comes later still takes a
new moment. Moments are at least `interval_s` apart, so the requests that really leave within any window of
`window_s` belong to moments of a stretch of `window_s + (burst - 1) * interval_s + lateness_s`, and with

    interval_s = (window_s + lateness_s) / (limit - burst + 1)

that stretch holds at most `limit` moments: no window ever sees more than the limit. The price is a pace below the
limit by the lateness's share of the window and by the burst.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

_FURTHEST_INTERVALS = 64
_FURTHEST_S = 30.0
"""`next_at` further ahead than this cannot come from this rate; it is damage, and would hold everyone up."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` requests in any `window_s`, `burst` of them at once after a quiet time."""

    limit: float
    window_s: float
    lateness_s: float
    burst: int = 1

    def __post_init__(self) -> None:
        if not (math.isfinite(self.limit) and self.limit >= 1):
            raise ValueError(f"a rate limit must be at least 1 per {self.window_s:g} s, not {self.limit:g}")
        if not 1 <= self.burst <= self.limit:
            raise ValueError(f"a burst must lie between 1 and the limit of {self.limit:g}, not at {self.burst}")

    @property
    def interval_s(self) -> float:
        """Seconds between moments; see the module's text."""
        return (self.window_s + self.lateness_s) / (math.floor(self.limit) - self.burst + 1)

    @property
    def ahead_s(self) -> float:
        """How far a request may run ahead of its moment."""
        return (self.burst - 1) * self.interval_s


@dataclass(frozen=True, slots=True)
class LimiterState:
    """What everyone under one limit shares; all three are seconds of the same clock."""

    next_at: float
    held_until: float
    written_at: float


@dataclass(frozen=True, slots=True)
class Permit:
    """Permission for one request, to leave between the two moments."""

    opens_at: float
    closes_at: float


DAMAGED = LimiterState(next_at=math.inf, held_until=-math.inf, written_at=-math.inf)
"""Stands for a state that was there but could not be read; `repaired` makes a fresh one of it."""


def unused(now: float) -> LimiterState:
    """The state of a limiter nobody has used yet: the whole burst may leave at once."""
    return LimiterState(next_at=now, held_until=now, written_at=now)


def fresh(rate: Rate, now: float) -> LimiterState:
    """The state to continue with where nothing reliable is known of the past: an even pace and no burst."""
    return LimiterState(next_at=now + rate.ahead_s + rate.interval_s, held_until=now, written_at=now)


def repaired(state: LimiterState, rate: Rate, now: float, longest_hold_s: float) -> LimiterState:
    """The state with a clock set back (a restarted machine) put right, or a fresh one where numbers are damaged."""
    if state.written_at > now:
        back = state.written_at - now
        state = LimiterState(state.next_at - back, state.held_until - back, now)
    furthest = now + rate.ahead_s + _FURTHEST_INTERVALS * rate.interval_s + _FURTHEST_S + longest_hold_s
    if state.next_at > furthest or state.held_until > now + longest_hold_s:
        return fresh(rate, now)
    return state


def take(
    state: LimiterState, rate: Rate, now: float, count: int, waiting_since: float | None = None
) -> tuple[LimiterState, list[Permit]]:
    """Takes the next `count` permits, in order.

    Who has been waiting since before `now` gets moments that a busy event loop let pass, as far back as half the
    lateness and never from within a hold; without that a busy machine loses pace at every reservation. A time when
    nobody waited earns nothing.
    """
    next_at = state.next_at
    earliest = now
    if waiting_since is not None:
        earliest = min(now, max(waiting_since, now - rate.lateness_s / 2, state.held_until))
    if state.held_until > now:
        # after a 429 everyone starts evenly again, without the burst that a pause would have earned
        next_at = max(next_at, state.held_until + rate.ahead_s)
    permits: list[Permit] = []
    for _ in range(count):
        moment = max(next_at, earliest)
        permits.append(Permit(opens_at=max(moment - rate.ahead_s, now), closes_at=moment + rate.lateness_s))
        next_at = moment + rate.interval_s
    return replace(state, next_at=next_at, written_at=now), permits


def hold(state: LimiterState, now: float, seconds: float) -> LimiterState:
    """Nobody leaves for `seconds`; a longer hold already set stays."""
    return replace(state, held_until=max(state.held_until, now + seconds), written_at=now)
