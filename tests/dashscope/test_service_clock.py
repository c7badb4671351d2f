from __future__ import annotations

import pytest

from qa_pipeline.dashscope.service_clock import ServiceClock

NOON = 1_757_073_600.0  # 2025-09-05 12:00:00 UTC


@pytest.mark.parametrize(
    ("date", "offset_s"),
    [
        ("Fri, 05 Sep 2025 12:00:00 GMT", 0.5),
        ("Fri, 05 Sep 2025 12:10:00 GMT", 600.5),
        ("Fri, 05 Sep 2025 11:50:00 GMT", -599.5),
        ("Fri, 05 Sep 2025 20:00:00 +0800", 0.5),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_clock_is_read_from_the_date_of_a_reply(date: str | None, offset_s: float | None) -> None:
    clock = ServiceClock(lambda: NOON)
    clock.learn(date)
    assert clock.offset_s == offset_s


def test_a_date_that_cannot_be_read_leaves_what_was_learnt() -> None:
    clock = ServiceClock(lambda: NOON)
    clock.learn("Fri, 05 Sep 2025 12:10:00 GMT")
    clock.learn("soon")
    assert clock.offset_s == 600.5
