"""When to ask again, and how long to wait before: exponential backoff with full jitter.

Whether an error may be repeated at all is the error's own word (`retry_limit`); this module only counts and
waits. Full jitter (a uniform draw between nothing and the growing ceiling) keeps callers that failed together
from coming back together.
"""

from __future__ import annotations

import asyncio
import email.utils
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from qa_pipeline.dashscope.errors import DashScopeError, Throttled, Transient

FIRST_DELAY_S = 0.5
MAX_DELAY_S = 8.0
FIRST_THROTTLE_DELAY_S = 1.0
MAX_THROTTLE_DELAY_S = 60.0
"""The service counts by the minute and recovers within one."""
MAX_RETRY_AFTER_S = 120.0
RETRY_AFTER_SPREAD_S = 0.5
"""Added at random to a wait the service asked for, so that everyone told the same does not return at once."""

T = TypeVar("T")
logger = logging.getLogger("qa_pipeline.dashscope")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long one call may go on: attempts in all, and seconds waited between them in all."""

    max_attempts: int = 8
    max_waited_s: float = 300.0

    def __post_init__(self) -> None:
        if self.max_attempts < 1 or self.max_waited_s < 0:
            raise ValueError(f"a retry policy needs at least one attempt and no negative wait: {self}")


ONCE = RetryPolicy(max_attempts=1)
"""No retries: for callers that schedule their own."""


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait that a Retry-After header asks for (a number or an HTTP date), between 0 and 120.

    None when the header is missing or says nothing readable.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        seconds = float(text)
    else:
        try:
            moment = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def delay_before_retry(
    error: DashScopeError, attempt: int, uniform: Callable[[float, float], float] = random.uniform
) -> float:
    """Seconds to wait after the `attempt`-th failure (counted from 1)."""
    if isinstance(error, Transient) and error.retry_after is not None:
        return error.retry_after + uniform(0.0, RETRY_AFTER_SPREAD_S)
    throttled = isinstance(error, Throttled)
    first = FIRST_THROTTLE_DELAY_S if throttled else FIRST_DELAY_S
    ceiling = MAX_THROTTLE_DELAY_S if throttled else MAX_DELAY_S
    return uniform(0.0, min(ceiling, first * 2.0 ** (attempt - 1)))


async def with_retries(
    attempt_once: Callable[[], Awaitable[T]],
    *,
    policy: RetryPolicy,
    what: str,
    on_error: Callable[[DashScopeError, float], Awaitable[None]] | None = None,
) -> T:
    """Calls until it succeeds, the error forbids another try, or the policy is used up; raises the last error.

    `on_error` hears of each error and of the wait that it deserves, also of the last one (the rate limiter holds
    everyone back after a 429). Only the waits between attempts count against the policy, not the queueing for a
    rate limit.
    """
    waited_s = 0.0
    attempt = 0
    while True:
        attempt += 1
        try:
            return await attempt_once()
        except DashScopeError as error:
            delay_s = delay_before_retry(error, attempt)
            if on_error is not None:
                await on_error(error, delay_s)
            if not _may_repeat(error, attempt, waited_s + delay_s, policy):
                raise
            logger.info("%s failed (%s); attempt %d follows in %.1f s", what, error, attempt + 1, delay_s)
            await asyncio.sleep(delay_s)
            waited_s += delay_s


def _may_repeat(error: DashScopeError, attempt: int, waited_s: float, policy: RetryPolicy) -> bool:
    if error.retry_limit is not None and attempt > error.retry_limit:
        return False
    return attempt < policy.max_attempts and waited_s <= policy.max_waited_s
