"""Numbers in words, the same in the terminal and on the pages."""

from __future__ import annotations

from typing import Any

import pytest

from qa_pipeline.wording.figures import bounds, count, figure, interval, money, share, signed


@pytest.mark.parametrize(
    ("column", "value", "unit", "expected"),
    [
        ("talk_ratio", 0.452, None, "45%"),
        ("dead_air_s", 12.04, None, "12.0 s"),
        ("silence_s", 4000.0, None, "1:06:40"),
        ("response_ms_p50", 750.0, None, "0.8 s"),
        ("agent_talk_speed", 151.6, "words/min", "152 words/min"),
        ("agent_interruptions", 1200, None, "1,200"),
        ("agent_interruptions", 0.25, None, "0.2"),
        ("customer_valence", -2.04, None, "−2.0"),
        ("customer_valence", -0.04, None, "0.0"),
        ("valence_shift", 3, None, "+3.0"),
        ("escalated", False, None, "no"),
        ("trajectory", "improving", None, "improving"),
        ("talk_ratio", None, None, "–"),
    ],
)
def test_a_value_is_worded_by_its_unit(column: str, value: Any, unit: str | None, expected: str) -> None:
    assert figure(column, value, unit) == expected


def test_signs_are_written_out() -> None:
    assert (signed(1.26), signed(-1.26), signed(0.0)) == ("+1.3", "−1.3", "0.0")


def test_an_interval_ends_where_the_figure_does() -> None:
    assert bounds("valence_shift") == (-10, 10)
    assert interval("talk_ratio", None, None) == ""
    assert interval("talk_ratio", 0.4, 1.2) == "40% to 100%"
    assert interval("agent_talk_speed", 139.6, 160.4) == "140 to 160"


@pytest.mark.parametrize(
    ("usd", "said"), [(0, "US$ 0.00"), (0.00384, "US$ 0.0038"), (1, "US$ 1.00"), (1234.5, "US$ 1,234.50")]
)
def test_a_small_sum_is_not_nothing(usd: float, said: str) -> None:
    assert money(usd) == said


def test_a_share_of_nothing_is_not_zero() -> None:
    assert (share(1, 4), share(0, 0)) == ("25%", "–")


def test_a_few_are_not_none_and_nearly_all_are_not_all() -> None:
    assert [share(part, 8000) for part in (0, 34, 7990, 8000)] == ["0%", "<1%", ">99%", "100%"]


def test_counts_read_like_words() -> None:
    assert (count(1, "call"), count(1200, "call"), count(0, "call")) == ("1 call", "1,200 calls", "0 calls")
    assert (count(1, "call", "is", "are"), count(2, "call", "is", "are")) == ("1 call is", "2 calls are")
