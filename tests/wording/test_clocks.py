"""Times in words."""

from __future__ import annotations

import datetime as dt

import pytest

from qa_pipeline.wording.clocks import ago, amount, clock, duration, moment, place


@pytest.mark.parametrize(
    ("seconds", "said"), [(None, "–"), (0, "0:00"), (59.9, "0:59"), (65, "1:05"), (3599, "59:59"), (3723.4, "1:02:03")]
)
def test_a_length_reads_like_a_clock(seconds: float | None, said: str) -> None:
    assert clock(seconds) == said


@pytest.mark.parametrize(
    ("milliseconds", "digits", "said"),
    [(None, 1, "–"), (0, 1, "0:00.0"), (1999, 1, "0:01.9"), (65_050, 3, "1:05.050"), (42_570_000, 1, "11:49:30.0")],
)
def test_a_place_is_cut_and_not_rounded(milliseconds: int | None, digits: int, said: str) -> None:
    assert place(milliseconds, digits) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (0, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1:00"),
        (80.2, "1:20"),
        (3599.6, "1:00:00"),
        (12_240, "3:24:00"),
        (3_600_000, "1000:00:00"),
    ],
)
def test_a_duration_is_written_like_a_place_from_a_minute_on(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (80.2, "80 s"), (120, "2 min"), (7199, "120 min"), (9000, "2.5 h")]
)
def test_a_sum_is_rounded_to_one_unit(seconds: float, said: str) -> None:
    assert amount(seconds) == said


def test_moments_and_ages() -> None:
    assert (moment(dt.datetime(2025, 9, 1, 9, 5)), moment(None)) == ("2025-09-01 09:05", "–")  # noqa: DTZ001
    assert [ago(seconds) for seconds in (20, 5 * 60, 3 * 3600, 3 * 86_400)] == [
        "just now", "5 min ago", "3 h ago", "3 days ago",
    ]  # fmt: skip
