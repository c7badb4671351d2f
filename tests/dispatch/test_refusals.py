"""When the same refusal is about the settings, and when it is about the recordings."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from qa_pipeline.dashscope import errors
from qa_pipeline.dispatch.refusals import FEW, Refusals
from qa_pipeline.ledger.rows import LedgerRow

NOTHING: dict[str, Any] = dict.fromkeys(field.name for field in dataclasses.fields(LedgerRow))


def channel(recording: int, channel_id: int = 0) -> LedgerRow:
    return LedgerRow(**NOTHING | {"submission_id": f"s{recording}-{channel_id}", "recording_id": f"r{recording}"})


def refuse(refusals: Refusals, *recordings: int, message: str = "no", code: str = "InvalidParameter") -> None:
    for number in recordings:
        refusals.hold(channel(number), errors.InvalidRequest(code, message.format(number), 400))


def test_a_few_equal_refusals_with_nothing_taken_are_a_reason_to_halt() -> None:
    refusals = Refusals()
    refuse(refusals, *range(FEW - 1))
    assert refusals.brake() is None
    refuse(refusals, FEW)
    reason = str(refusals.brake())
    assert "gave 5 recordings the same refusal and took none: InvalidParameter: no (HTTP 400)" in reason
    assert "check QA_MODEL, QA_REGION and what the settings send along, then run again" in reason


@pytest.mark.parametrize(
    "message",
    ["can't read oss://a/b{0}.wav", "no file '{0}.wav'", "request 8{0}f4-77aa refused", "{0} seconds are too many"],
)
def test_messages_that_differ_in_names_and_numbers_only_are_equal(message: str) -> None:
    refusals = Refusals()
    refuse(refusals, *range(FEW), message=message)
    assert refusals.brake() is not None


def test_both_channels_of_a_recording_are_one_voice() -> None:
    refusals = Refusals()
    for recording in range(FEW - 1):
        for channel_id in (0, 1):
            refusals.hold(channel(recording, channel_id), errors.InvalidRequest("InvalidParameter", "no", 400))
    assert refusals.brake() is None


def test_refusals_that_differ_do_not_add_up() -> None:
    refusals = Refusals()
    refuse(refusals, *range(FEW - 1))
    refuse(refusals, *range(FEW, 2 * FEW - 1), message="never")
    assert refusals.brake() is None
    assert len(refusals.verdicts()) == 2 * (FEW - 1)


def test_a_day_that_is_refused_as_a_whole_is_braked_for_and_a_single_recording_is_not() -> None:
    refusals = Refusals()
    refuse(refusals, 1)
    assert refusals.brake(at_the_end=True) is None
    refuse(refusals, 2)
    assert refusals.brake(at_the_end=True) is not None


def test_once_something_was_taken_a_refusal_is_a_verdict() -> None:
    refusals = Refusals()
    refuse(refusals, *range(FEW))
    refusals.taken()
    assert refusals.brake() is None
    assert not refusals.hold(channel(9), errors.InvalidRequest("InvalidParameter", "no", 400))
    assert len(refusals.verdicts()) == FEW


@pytest.mark.parametrize("code", ["InvalidFile.AudioLengthError", "BadRequest.TooLarge", "DataInspectionFailed"])
def test_what_is_said_about_the_bytes_of_a_file_is_never_about_the_settings(code: str) -> None:
    refusals = Refusals()
    refuse(refusals, *range(2 * FEW), code=code)
    assert (refusals.brake(), refusals.verdicts()) == (None, [])
