"""Quiet hours, digests, waits and pace: when something leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qa_pipeline.alerts.channels import Channel, QuietHours
from qa_pipeline.alerts.timing import TOGETHER_FROM, Waiting, due_groups, retry_after, wait_after, wait_for_pace
from tests.alerts.building import channel

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT: dict[str, Any] = {"from": "19:00", "to": "07:30"}


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def groups(its: Channel, waiting: list[Waiting], now: str) -> list[list[str]]:
    return due_groups(its, waiting, at(now), lambda moment: dt.datetime.fromtimestamp(moment, BERLIN))


def waiting(*raised: str, severity: Any = "high") -> list[Waiting]:
    return [Waiting(f"k{number}", at(moment), severity) for number, moment in enumerate(raised)]


@pytest.mark.parametrize(
    ("moment", "is_quiet"),
    [
        ("2025-09-01 18:59", False),
        ("2025-09-01 19:00", True),
        ("2025-09-02 00:00", True),
        ("2025-09-02 07:29", True),
        ("2025-09-02 07:30", False),
        ("2025-10-26 02:30", True),  # the hour that is there twice
        ("2025-03-30 03:30", True),
    ],
)
def test_quiet_hours_go_past_midnight_by_the_clock_of_their_zone(moment: str, is_quiet: bool) -> None:
    hours = QuietHours.model_validate(NIGHT)
    assert hours.hold(dt.datetime.fromisoformat(moment).replace(tzinfo=BERLIN)) is is_quiet


def test_quiet_hours_begin_on_their_days_alone() -> None:
    hours = QuietHours.model_validate({**NIGHT, "days": ["fri"]})  # 2025-09-05 is a Friday
    said = {
        moment: hours.hold(dt.datetime.fromisoformat(moment))
        for moment in ("2025-09-05 20:00", "2025-09-06 07:00", "2025-09-06 20:00", "2025-09-05 07:00")
    }
    assert list(said.values()) == [True, True, False, False]


def test_quiet_hours_within_a_day() -> None:
    lunch = QuietHours.model_validate({"from": "12:00", "to": "13:00"})
    moments = [dt.datetime(2025, 9, 1, hour, 30, tzinfo=BERLIN) for hour in (11, 12, 13)]
    assert [lunch.hold(moment) for moment in moments] == [False, True, False]


def test_each_alert_is_a_message_of_its_own_at_first() -> None:
    assert groups(channel(), waiting("2025-09-01 12:00", "2025-09-01 12:00"), "2025-09-01 12:00") == [["k0"], ["k1"]]


def test_many_at_once_are_one_message() -> None:
    many = waiting(*["2025-09-01 12:00"] * TOGETHER_FROM)
    assert groups(channel(), many, "2025-09-01 12:00") == [[each.key for each in many]]


def test_what_comes_in_quiet_hours_is_one_message_afterwards() -> None:
    its = channel(quiet=NIGHT)
    came = waiting("2025-09-01 20:00", "2025-09-02 03:00", "2025-09-02 07:40")
    assert groups(its, came[:2], "2025-09-02 07:29") == []
    assert groups(its, came, "2025-09-02 07:41") == [["k0", "k1"], ["k2"]]


def test_a_digest_waits_for_its_window_and_takes_all_that_came() -> None:
    its = channel(digest_minutes=60)
    came = waiting("2025-09-01 12:00", "2025-09-01 12:59")
    assert groups(its, came, "2025-09-01 12:59") == []
    assert groups(its, came, "2025-09-01 13:00") == [["k0", "k1"]]


def test_what_is_urgent_waits_for_neither() -> None:
    its = channel(quiet=NIGHT, digest_minutes=60, urgent="critical")
    came = [*waiting("2025-09-01 20:00"), Waiting("fire", at("2025-09-01 20:01"), "critical")]
    assert groups(its, came, "2025-09-01 20:01") == [["fire"]]
    storm = [Waiting(f"f{number}", at("2025-09-01 20:01"), "critical") for number in range(TOGETHER_FROM)]
    assert groups(its, storm, "2025-09-01 20:01") == [[each.key for each in storm]]


def test_waits_double_up_to_an_hour_and_follow_what_the_receiver_asks_for() -> None:
    assert [wait_after(attempt, None) for attempt in (1, 2, 3, 8, 9, 500)] == [30, 60, 120, 3600, 3600, 3600]
    assert wait_after(1, 90.0) == 90
    assert wait_after(5, 1.0) == 480, "never sooner than by itself"
    assert wait_after(1, 1e9) == 24 * 3600


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("0.5", 0.5), ("Tue, 02 Sep 2025 12:01:00 GMT", 60.0), ("soon", None), (None, None), ("", None)],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, at("2025-09-02 12:00", ZoneInfo("UTC"))) == seconds


def test_no_more_are_sent_in_a_minute_than_is_said() -> None:
    assert wait_for_pace([0.0, 10.0, 20.0], 30.0, 3) == 30.0
    assert wait_for_pace([0.0, 10.0, 20.0], 60.0, 3) == 0.0
    assert wait_for_pace([], 0.0, 1) == 0.0
