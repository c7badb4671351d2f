"""When a task that could not read its audio is sent again with a fresh address, and what is said when it is not."""

from __future__ import annotations

import datetime as dt

import pytest

from qa_pipeline.dispatch.expired_urls import ATTEMPTS, UNREAD_AUDIO, renewal

SIGNED = dt.datetime(2025, 9, 1, 12, tzinfo=dt.UTC)
URL = "https://s3.example/c1.wav?X-Amz-Date=20250901T120000Z&X-Amz-Expires=3600&X-Amz-Signature=0"
BY_ROLE = f"{URL}&X-Amz-Security-Token=t"


def after(minutes: float) -> dt.datetime:
    return SIGNED + dt.timedelta(minutes=minutes)


@pytest.mark.parametrize("code", sorted(UNREAD_AUDIO))
def test_an_expired_address_is_renewed_and_a_valid_one_is_not(code: str) -> None:
    late, early = renewal(code, "no", URL, after(61), 1), renewal(code, "no", URL, after(10), 1)
    assert late is not None
    assert early is not None
    assert (late.again, early.again) == (True, False)
    assert late.message == "no; its address expired at 2025-09-01 13:00 UTC; it is sent again with a fresh one"
    assert "still valid (until 2025-09-01 13:00 UTC)" in early.message


def test_one_that_was_about_to_expire_counts_as_expired() -> None:
    nearly = renewal("FILE_403_FORBIDDEN", "no", URL, after(56), 1)
    assert nearly is not None
    assert nearly.again


def test_it_is_renewed_so_often_and_then_the_way_out_is_named() -> None:
    again = [renewal("FILE_403_FORBIDDEN", "no", URL, after(90), attempt) for attempt in range(1, ATTEMPTS + 1)]
    assert [item is not None and item.again for item in again] == [True, True, False]
    assert again[-1] is not None
    assert "raise QA_PRESIGNED_TTL_S" in again[-1].message


def test_an_address_of_temporary_keys_may_have_died_with_them() -> None:
    early, later, last = (
        renewal("FILE_403_FORBIDDEN", "no", BY_ROLE, after(minutes), attempt)
        for minutes, attempt in ((5, 1), (20, 1), (20, ATTEMPTS))
    )
    assert early is not None
    assert later is not None
    assert last is not None
    assert (early.again, later.again, last.again) == (False, True, False)
    assert "temporary keys" in later.message
    assert "sign with keys of a user" in last.message


@pytest.mark.parametrize(
    ("code", "url"),
    [
        ("DECODE_ERROR", URL),
        ("FILE_404_NOT_FOUND", URL),
        ("FILE_403_FORBIDDEN", None),
        ("FILE_DOWNLOAD_FAILED", "oss://dashscope-instant/a.wav"),
        ("FILE_DOWNLOAD_FAILED", "https://files.example/a.wav?submission=qa-0"),
    ],
)
def test_other_faults_and_other_addresses_are_none_of_its_business(code: str, url: str | None) -> None:
    assert renewal(code, "no", url, after(90), 1) is None
