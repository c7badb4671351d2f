"""When doubt about what was sent is a reason to send no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from qa_pipeline.dashscope import errors
from qa_pipeline.dispatch.errors_policy import DOUBTED_AFTER, STRANGERS_AFTER, SendPolicy
from qa_pipeline.dispatch.report import Tally


def policy() -> tuple[SendPolicy, Tally]:
    run: Any = SimpleNamespace(tally=Tally())
    return SendPolicy(run), run.tally


def lost(cause: errors.DashScopeError) -> errors.AmbiguousSubmit:
    error = errors.AmbiguousSubmit(cause.code, cause.message, cause.http_status)
    error.__cause__ = cause
    return error


def test_ten_doubts_in_a_row_stop_the_sending_and_one_answer_in_between_does_not() -> None:
    decided, tally = policy()
    broken = lost(errors.ServiceUnavailable("HTTP_503", "upstream connect error", 503))
    for _ in range(DOUBTED_AFTER - 1):
        decided.doubt(broken)
    decided.reached()
    for _ in range(DOUBTED_AFTER - 1):
        decided.doubt(broken)
    assert not decided.is_stopped
    decided.doubt(broken)
    assert decided.is_stopped
    assert "the last 10 requests got no answer that says what became of them" in str(tally.stopped_by)
    assert "run again later" in str(tally.stopped_by)


def test_three_answers_of_something_else_than_the_service_do() -> None:
    decided, tally = policy()
    for _ in range(STRANGERS_AFTER):
        assert not decided.is_stopped
        decided.doubt(lost(errors.NotTheService("HTTP_403", "blocked", 403)))
    assert "something else than the service answers what is sent: HTTP_403: blocked" in str(tally.stopped_by)
