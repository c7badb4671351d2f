from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.recordings.values import (
    BadValue,
    clean_id,
    clean_text,
    parse_agent_channel,
    parse_direction,
    parse_language,
    parse_moment,
)
from qa_pipeline.transcription.languages import LANGUAGE_CODES

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA_TIME = dt.timezone(dt.timedelta(hours=8))


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  陈薇 ", "陈薇"),
        ("佐藤\u3000遥", "佐藤\u3000遥"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (1026, "1026"),
        ("", None),
        ("   ", None),
    ],
)
def test_names_of_every_script_and_numbers_are_texts(raw: Any, clean: str | None) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize("raw", [True, 1.5, None, ["a"], {"a": 1}, "a\nb", "a\x00b", "\ud800", "x" * 501, "a\u2028b"])
def test_what_is_no_text_or_can_not_be_stored_is_refused(raw: Any) -> None:
    with pytest.raises(BadValue):
        clean_text(raw)


@pytest.mark.parametrize("raw", ["a/b", "..\\b", "..", ".", "x" * 201, "a\u200bb", "\ufeffc1", "c\u202e1"])
def test_an_id_that_could_lead_astray_is_refused(raw: str) -> None:
    with pytest.raises(BadValue):
        clean_id(raw)


@given(st.text())
def test_every_id_that_is_taken_can_be_stored_and_put_into_a_path(raw: str) -> None:
    try:
        clean = clean_id(raw)
    except BadValue:
        return
    if clean is not None:
        clean.encode()
        assert not set(clean) & {"/", "\\", "\x00", "\n"}


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2025-09-02T10:05:14+08:00", dt.datetime(2025, 9, 2, 10, 5, 14, tzinfo=CHINA_TIME)),
        ("2025-09-02T02:05:14Z", dt.datetime(2025, 9, 2, 2, 5, 14, tzinfo=dt.UTC)),
        ("2025-09-02T10:05:14.250", dt.datetime(2025, 9, 2, 10, 5, 14, 250_000, tzinfo=SHANGHAI)),
        ("20250902T100514+0800", dt.datetime(2025, 9, 2, 10, 5, 14, tzinfo=CHINA_TIME)),
        ("2025-09-02 10:05:14 +08:00", dt.datetime(2025, 9, 2, 10, 5, 14, tzinfo=CHINA_TIME)),
        ("2025/9/2 9:05", dt.datetime(2025, 9, 2, 9, 5, tzinfo=SHANGHAI)),
        ("2025/9/2 9:05:07", dt.datetime(2025, 9, 2, 9, 5, 7, tzinfo=SHANGHAI)),
        ("2025-09-02", dt.date(2025, 9, 2)),
        ("20250902", dt.date(2025, 9, 2)),
        ("2025/9/2", dt.date(2025, 9, 2)),
        ("", None),
    ],
)
def test_times_are_read_as_iso_8601_and_as_spreadsheets_write_it(raw: str, moment: dt.date | None) -> None:
    found = parse_moment(raw, SHANGHAI)
    assert found == moment
    assert type(found) is type(moment)


@pytest.mark.parametrize(
    "raw",
    [
        "yesterday",
        "02/09/2025 10:05",
        "2025-13-01",
        "2025-02-30T10:00:00",
        "10:05",
        "0001-01-01T00:00:00",
        1756778714,
        "1e9",
        True,
    ],
)
def test_times_that_would_have_to_be_guessed_are_refused(raw: Any) -> None:
    with pytest.raises(BadValue):
        parse_moment(raw, SHANGHAI)


@given(st.text() | st.datetimes().map(str) | st.integers() | st.none() | st.floats())
def test_a_moment_is_aware_and_in_a_believable_year_or_refused(raw: Any) -> None:
    try:
        moment = parse_moment(raw, SHANGHAI)
    except BadValue:
        return
    if moment is not None:
        assert 1990 <= moment.year <= 2100
        assert not isinstance(moment, dt.datetime) or moment.utcoffset() is not None


@pytest.mark.parametrize(
    ("raw", "direction"),
    [("Inbound", "inbound"), ("OUT", "outbound"), (" incoming ", "inbound"), ("internal", "internal")],
)
def test_directions_are_known_in_their_usual_spellings(raw: str, direction: str) -> None:
    assert parse_direction(raw) == direction


def test_an_unknown_direction_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadValue, match="inbound, outbound or internal"):
        parse_direction("sideways")


@pytest.mark.parametrize(("raw", "channel"), [(0, 0), (1, 1), ("0", 0), (" 1 ", 1), ("", None)])
def test_the_agents_channel_is_0_or_1(raw: Any, channel: int | None) -> None:
    assert parse_agent_channel(raw) == channel


@pytest.mark.parametrize("raw", [7, -1, "left", True, 0.0, "01", None])
def test_any_other_channel_is_refused(raw: Any) -> None:
    with pytest.raises(BadValue):
        parse_agent_channel(raw)


def test_a_language_is_one_of_the_services_codes() -> None:
    assert [parse_language(code.upper()) for code in LANGUAGE_CODES] == list(LANGUAGE_CODES)
    assert len(LANGUAGE_CODES) == 27


@pytest.mark.parametrize("raw", ["klingon", "zh-CN", "eng"])
def test_another_language_is_refused_with_all_27_codes(raw: str) -> None:
    with pytest.raises(BadValue, match=", ".join(LANGUAGE_CODES)):
        parse_language(raw)
