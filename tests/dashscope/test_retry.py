from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qa_pipeline.dashscope import errors, retry
from qa_pipeline.dashscope.retry import RetryPolicy, delay_before_retry, parse_retry_after, with_retries

NOW = datetime(2026, 3, 5, 12, 0, 0, tzinfo=UTC)
pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("0", 0.0),
        ("900", 120.0),
        ("Thu, 05 Mar 2026 12:00:30 GMT", 30.0),
        ("Thu, 05 Mar 2026 13:00:00 GMT", 120.0),
        ("Thu, 05 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("", None),
        ("1.2.3", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_and_believed_up_to_two_minutes(
    header: str | None, seconds: float | None
) -> None:
    assert parse_retry_after(header, NOW) == seconds


def ceiling(low: float, high: float) -> float:
    assert low == 0.0
    return high


def test_the_wait_doubles_to_a_cap_and_throttling_waits_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    broken = errors.ServiceUnavailable("InternalError", "")
    throttled = errors.Throttled("Throttling", "")
    assert [delay_before_retry(broken, n, ceiling) for n in (1, 2, 3, 5, 9)] == [0.5, 1.0, 2.0, 8.0, 8.0]
    assert [delay_before_retry(throttled, n, ceiling) for n in (1, 2, 7, 9)] == [1.0, 2.0, 60.0, 60.0]


def test_waits_are_spread_over_their_whole_range() -> None:
    broken = errors.ServiceUnavailable("InternalError", "")
    waits = [delay_before_retry(broken, 20) for _ in range(400)]
    assert min(waits) < 1.0
    assert max(waits) > 7.0
    assert max(waits) <= retry.MAX_DELAY_S


def test_the_services_own_wait_comes_first() -> None:
    asked = errors.Throttled("Throttling", "", retry_after=11.0)
    assert delay_before_retry(asked, 1, lambda low, high: low) == 11.0


class Failing:
    def __init__(self, *failures: errors.DashScopeError) -> None:
        self.failures = list(failures)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


async def test_what_may_pass_is_asked_again_until_it_does() -> None:
    call = Failing(errors.ServiceUnavailable("a", ""), errors.Throttled("b", ""), errors.NotSent("c", ""))
    assert await with_retries(call, policy=RetryPolicy(), what="it") == "done"
    assert call.calls == 4


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (errors.InvalidRequest("a", ""), 1),
        (errors.AuthenticationFailed("a", ""), 1),
        (errors.PaymentDue("a", ""), 1),
        (errors.QuotaExhausted("a", ""), 1),
        (errors.AmbiguousSubmit("a", ""), 1),
        (errors.ResultExpired("a", ""), 1),
        (errors.InputUnreachable("a", ""), 2),
        (errors.BadReply("a", ""), 3),
        (errors.Throttled("a", ""), 5),
    ],
)
async def test_each_error_is_repeated_as_often_as_it_allows(error: errors.DashScopeError, calls: int) -> None:
    call = Failing(*[error] * 10)
    with pytest.raises(type(error)):
        await with_retries(call, policy=RetryPolicy(max_attempts=5), what="it")
    assert call.calls == calls


async def test_a_wait_beyond_the_policy_is_not_begun() -> None:
    call = Failing(*[errors.Throttled("a", "", retry_after=100.0)] * 3)
    with pytest.raises(errors.Throttled):
        await with_retries(call, policy=RetryPolicy(max_waited_s=60.0), what="it")
    assert call.calls == 1


async def test_the_last_failure_is_told_as_well() -> None:
    told: list[str] = []

    async def tell(error: errors.DashScopeError, delay_s: float) -> None:
        told.append(error.code)

    with pytest.raises(errors.Throttled):
        await with_retries(
            Failing(*[errors.Throttled("x", "")] * 3), policy=RetryPolicy(max_attempts=2), what="it", on_error=tell
        )
    assert told == ["x", "x"]


def test_a_policy_without_an_attempt_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one attempt"):
        RetryPolicy(max_attempts=0)
