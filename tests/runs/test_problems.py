"""What a failed run says: the sentence that names the service and the way out, not the exception below it."""

from __future__ import annotations

import dagster as dg
import pytest

from qa_pipeline.runs.outcome import problems

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class ServiceDown(RuntimeError):
    """An error as the product raises them: it says which service, and what to do."""


def raise_plainly() -> None:
    raise ServiceDown("the service at https://example.com does not answer: check the network")


def raise_from_below() -> None:
    try:
        raise ConnectionRefusedError(111, "Connection refused")
    except OSError as error:
        raise ServiceDown("the service at https://example.com does not answer: check the network") from error


def raise_from_deep_below() -> None:
    try:
        raise_from_below()
    except ServiceDown as error:
        raise ServiceDown("the day's recordings cannot be sent: run again later") from error


def raise_failure() -> None:
    raise dg.Failure("2 of 4 channels remain: check DASHSCOPE_API_KEY")


def raise_without_words() -> None:
    raise ServiceDown


def raise_while_handling() -> None:
    try:
        raise KeyError("x")
    except KeyError:
        raise ServiceDown("address: wrong: correct it") from None


SAID = {
    "one error": (raise_plainly, "the service at https://example.com does not answer: check the network"),
    "an error below it": (
        raise_from_below,
        "the service at https://example.com does not answer: check the network ([Errno 111] Connection refused)",
    ),
    "several below it": (
        raise_from_deep_below,
        "the day's recordings cannot be sent: run again later ([Errno 111] Connection refused)",
    ),
    "a failure with a description": (raise_failure, "2 of 4 channels remain: check DASHSCOPE_API_KEY"),
    "no words": (raise_without_words, "ServiceDown"),
    "colons of its own": (raise_while_handling, "address: wrong: correct it"),
}


@pytest.mark.parametrize(("fault", "said"), SAID.values(), ids=SAID)
def test_a_failed_step_is_told_by_its_outer_sentence(fault: object, said: str) -> None:
    @dg.op
    def step() -> None:
        fault()  # type: ignore[operator]

    @dg.job
    def job() -> None:
        step()

    result = job.execute_in_process(raise_on_error=False, run_config=QUIET)
    assert problems(result.all_events) == [f"step: {said}"]
