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
from qa_pipeline.transcription.languages import REQUEST_LANGUAGES

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


@pytest.mark.parametrize(("raw", "clean"), [("17.0", "17"), (17.0, "17"), ("0017", "0017"), ("17.5", "17.5")])
def test_an_id_that_a_program_took_for_a_number_is_the_number(raw: Any, clean: str) -> None:
    remarks: list[str] = []
    assert clean_id(raw, remarks=remarks) == clean
    assert len(remarks) == (clean == "17")


@pytest.mark.parametrize("raw", ["1.23E+15", "1e6", "4,9E+12", 1.23e15, float("nan"), "1234567890123456.0"])
def test_an_id_that_lost_digits_in_a_spreadsheet_is_refused(raw: Any) -> None:
    with pytest.raises(BadValue, match=r"spreadsheet|digits"):
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
        "1e9",
        True,
    ],
)
def test_times_that_would_have_to_be_guessed_are_refused(raw: Any) -> None:
    with pytest.raises(BadValue):
        parse_moment(raw, SHANGHAI)


# -- times that have one reading ------------------------------------------------------------------------------------

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = dt.datetime(2025, 9, 2, 10, 5, 14, tzinfo=BERLIN)
EXACT_MORNING = MORNING.replace(microsecond=123_000)


@pytest.mark.parametrize(
    ("raw", "wall"),
    [
        ("20250902100514", MORNING),
        ("20250902100514123", EXACT_MORNING),
        ("20250902100514.123", EXACT_MORNING),
        ("20250902T100514,123", EXACT_MORNING),
        ("20250902-100514", MORNING),
        ("20250902_100514", MORNING),
        ("202509021005", MORNING.replace(second=0)),
        (20250902100514, MORNING),
        ("2025.09.02 10.05.14", MORNING),
        ("2025-09-02-10.05.14.123456", MORNING.replace(microsecond=123_456)),
        ("2025-W36-2T10:05:14", MORNING),
        ("02-Sep-2025 10:05:14", MORNING),
        ("2 September 2025 10:05:14", MORNING),
        ("Sep 2, 2025, 10:05:14 AM", MORNING),
        ("2. September 2025, 10:05:14", MORNING),
        ("2 de septiembre de 2025 10:05:14", MORNING),
        ("Tue, 02 Sep 2025 10:05:14", MORNING),
        ("Tue Sep  2 10:05:14 2025", MORNING),
        ("02/Sep/2025:10:05:14", MORNING),
        ("10:05:14 2025-09-02", MORNING),
        ("2025-09-02 10:05:14\u202fAM", MORNING),
        ("2025-09-02 10:05:14 p.m.", MORNING.replace(hour=22)),
        ("2025-09-02 12:05:14 AM", MORNING.replace(hour=0)),
        ("2025-09-02 12:05:14 PM", MORNING.replace(hour=12)),
        ("2025年9月2日 10时05分14秒", MORNING),
        ("2025年9月2日 下午10:05:14", MORNING.replace(hour=22)),
        ("2025-09-02 24:00:00", dt.datetime(2025, 9, 3, tzinfo=BERLIN)),
        ("\u200e2025/\u200e9/\u200e2 \u200f10:05:14", MORNING),
    ],
)
def test_what_has_one_reading_is_read_whatever_program_wrote_it(raw: Any, wall: dt.datetime) -> None:
    remarks: list[str] = []
    assert parse_moment(raw, BERLIN, remarks=remarks) == wall
    assert remarks == []


@pytest.mark.parametrize(
    ("raw", "hours"),
    [
        ("20250902100514+0200", 2),
        ("20250902100514Z", 0),
        ("2025-09-02 10:05:14 UTC", 0),
        ("2025-09-02T10:05:14 GMT+8", 8),
        ("2025-09-02T10:05:14\u221203:00", -3),
        ("2025-09-02T10:05:14[Asia/Shanghai]", 8),
        ("2025-09-02T10:05:14+08:00[Asia/Shanghai]", 8),
        ("2025-09-02 10:05:14 Asia/Shanghai", 8),
        ("2025-09-02 10:05:14 CEST", 2),
        ("10:05:14 PDT 2025-09-02", -7),
        ("Tue, 02 Sep 2025 10:05:14 +0800 (CST)", 8),
        ("Tue Sep 02 2025 10:05:14 GMT+0800 (China Standard Time)", 8),
        ("Tue Sep  2 10:05:14 UTC 2025", 0),
    ],
)
def test_the_zone_behind_a_time_counts(raw: str, hours: int) -> None:
    zone = dt.timezone(dt.timedelta(hours=hours))
    assert parse_moment(raw, BERLIN) == MORNING.replace(tzinfo=zone)


@pytest.mark.parametrize(
    "raw", ["1756778714", 1756778714, 1756778714.0, "1756778714000", 1756778714000, "1756778714000000", "1756778714.0"]
)
def test_the_time_since_1970_is_read_in_every_unit(raw: Any) -> None:
    assert parse_moment(raw, BERLIN) == dt.datetime(2025, 9, 2, 2, 5, 14, tzinfo=dt.UTC)


@given(st.integers(662_688_000_000, 1_987_977_600_000))
def test_a_moment_is_the_same_however_it_is_written(milliseconds: int) -> None:
    utc = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=milliseconds)
    wall = utc.replace(tzinfo=None)
    stamp = wall.strftime("%Y%m%d%H%M%S")
    written = [
        utc.isoformat(),
        f"{wall:%Y-%m-%d %I:%M:%S.%f %p} UTC",
        f"{stamp}.{wall:%f}+0000",
        f"{wall:%d-%b-%Y %H:%M:%S.%f} GMT",
        f"{wall:%H:%M:%S.%f} UTC {wall:%Y-%m-%d}",
        str(milliseconds),
        milliseconds,
    ]
    assert [parse_moment(item, SHANGHAI) for item in written] == [utc] * len(written)
    naive = [
        f"{stamp}{wall.microsecond // 1000:03}",
        f"{wall:%a, %d %b %Y %H:%M:%S.%f}",
        f"{wall:%Y/%m/%d %H.%M.%S.%f}",
    ]
    assert [parse_moment(item, dt.UTC) for item in naive] == [utc] * len(naive)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("02/09/2025", "time_format"),
        ("25/09/2025 10:05", "time_format"),
        ("02.09.2025 10:05", "time_format"),
        ("9/2/25 10:05 AM", "time_format"),
        ("02-SEP-25 10.05.14 AM", "time_format"),
        ("2025090210", "ISO 8601"),
        ("2025090210051", "ISO 8601"),
        ("2025-09-02x10:05", "ISO 8601"),
        ("2025-09-02T10-05", "ISO 8601"),
        ("2025-09-02 24:00:01", "ISO 8601"),
        ("2025-09-02 13:05 AM", "ISO 8601"),
        ("Mon, 02 Sep 2025 10:05", "was not a Mon"),
        ("2025-09-02T10:05:14+02:00[Asia/Shanghai]", "Asia/Shanghai was not at"),
        ("2025-09-02 10:05 IST", "write the offset"),
        ("2025-09-02 10:05 Asia/Nowhere", "not a time zone"),
        ("45902.42", "spreadsheet"),
        ("1.75678E+09", "ISO 8601"),
    ],
)
def test_what_has_no_reading_or_two_is_refused_with_what_to_do(raw: str, reason: str) -> None:
    with pytest.raises(BadValue, match=reason):
        parse_moment(raw, BERLIN)


@pytest.mark.parametrize(
    ("raw", "moment", "said"),
    [
        ("2025-10-26 02:30", "2025-10-26T00:30:00+00:00", "twice; the first"),
        ("2025-03-30 02:30", "2025-03-30T01:30:00+00:00", "no clock of Europe/Berlin"),
        ("2025-09-02 10:05 CET", "2025-09-02T09:05:00+00:00", "summer"),
        ("２０２５-０９-０２ 10:05", "2025-09-02T08:05:00+00:00", "2025-09-02 10:05"),
    ],
)
def test_a_reading_that_somebody_should_know_of_is_a_remark(raw: str, moment: str, said: str) -> None:
    remarks: list[str] = []
    found = parse_moment(raw, BERLIN, remarks=remarks)
    assert isinstance(found, dt.datetime)
    assert found.astimezone(dt.UTC).isoformat() == moment
    assert len(remarks) == 1
    assert said in remarks[0]


def test_an_abbreviation_is_that_of_the_place_where_it_has_one() -> None:
    chicago = ZoneInfo("America/Chicago")
    in_winter = "2025-01-02 10:05:14 CST"
    found = [parse_moment(in_winter, zone) for zone in (SHANGHAI, chicago)]
    assert [str(item)[-6:] for item in found] == ["+08:00", "-06:00"]
    with pytest.raises(BadValue):
        parse_moment(in_winter, BERLIN)


@pytest.mark.parametrize(
    ("raw", "formats", "moment"),
    [
        ("02/09/2025 10:05", ("%d/%m/%Y %H:%M",), dt.datetime(2025, 9, 2, 10, 5, tzinfo=BERLIN)),
        ("02/09/2025 10:05", ("%m/%d/%Y %H:%M",), dt.datetime(2025, 2, 9, 10, 5, tzinfo=BERLIN)),
        ("02/09/2025", ("%d/%m/%Y %H:%M", "%d/%m/%Y"), dt.date(2025, 9, 2)),
        ("9/2/25 10:05 PM", ("%m/%d/%y %I:%M %p",), dt.datetime(2025, 9, 2, 22, 5, tzinfo=BERLIN)),
        ("02/09/2025 10:05:14", ("%d/%m/%Y %H:%M",), MORNING),
        ("02/09/2025 10:05", ("%d/%m/%Y %H:%M:%S",), MORNING.replace(second=0)),
        ("02/09/2025", ("%d/%m/%Y %H:%M",), dt.date(2025, 9, 2)),
        ("02/09/2025 10:05 UTC", ("%d/%m/%Y %H:%M",), dt.datetime(2025, 9, 2, 10, 5, tzinfo=dt.UTC)),
        ("02/09/2025 10:05 +08:00", ("%d/%m/%Y %H:%M %z",), dt.datetime(2025, 9, 2, 10, 5, tzinfo=CHINA_TIME)),
        ("2025-09-02T10:05:00Z", ("%d/%m/%Y %H:%M",), dt.datetime(2025, 9, 2, 10, 5, tzinfo=dt.UTC)),
    ],
)
def test_a_format_says_which_is_the_day(raw: str, formats: tuple[str, ...], moment: dt.date) -> None:
    found = parse_moment(raw, BERLIN, formats=formats)
    assert (found, type(found)) == (moment, type(moment))


def test_a_time_that_fits_no_format_says_which_were_tried() -> None:
    with pytest.raises(BadValue, match="does not fit time_format '%d/%m/%Y'"):
        parse_moment("02.09.2025", BERLIN, formats=("%d/%m/%Y",))


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
    ("direction", "written"),
    [
        (
            "inbound",
            ["Inbound", " incoming ", "IN", "Incoming Call", "inbound_call", "呼入", "来电", "着信", "Eingehend"],
        ),
        ("outbound", ["OUT", "outbound_api", "outbound-dial", "Outgoing API", "呼出", "外呼", "발신", "saliente"]),
        ("internal", ["internal", "Internal Call", "内线", "interne"]),
    ],
)
def test_directions_are_known_in_the_words_of_phone_systems(direction: str, written: list[str]) -> None:
    assert [parse_direction(raw) for raw in written] == [direction] * len(written)


@pytest.mark.parametrize("raw", ["sideways", "not inbound", "inbound/outbound", "call", "in or out"])
def test_an_unknown_direction_is_refused_with_the_known_ones(raw: str) -> None:
    with pytest.raises(BadValue, match="inbound, outbound or internal"):
        parse_direction(raw)


@pytest.mark.parametrize(
    ("raw", "channel"),
    [
        *[(raw, 0) for raw in (0, "0", 0.0, "0.0", False, "left", "L", "channel 0", "左", "false")],
        *[(raw, 1) for raw in (1, " 1 ", 1.0, "1.0", True, "Right", "r", "ch1", "右声道", "true")],
        ("", None),
    ],
)
def test_the_agents_channel_is_0_or_1(raw: Any, channel: int | None) -> None:
    assert parse_agent_channel(raw) == channel


@pytest.mark.parametrize("raw", [7, -1, "middle", 2.0, 0.5, "01", None])
def test_any_other_channel_is_refused(raw: Any) -> None:
    with pytest.raises(BadValue):
        parse_agent_channel(raw)


def test_a_language_is_one_of_the_services_codes() -> None:
    assert [parse_language(code.upper()) for code in REQUEST_LANGUAGES] == list(REQUEST_LANGUAGES)
    assert len(REQUEST_LANGUAGES) == 34


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("en", ["en-US", "en_GB", "EN", "eng", "English", "English (United States)", "英语", "en_US.UTF-8"]),
        ("zh", ["zh-CN", "zh-Hans-CN", "zh_TW", "cmn", "cmn-Hans-CN", "Chinese", "Mandarin", "中文", "zh-cmn"]),
        ("yue", ["yue-HK", "yue", "Cantonese", "粤语", "zh-yue", "Chinese (Cantonese, Traditional)"]),
        ("de", ["de-AT", "deu", "ger", "Deutsch", "German"]),
        ("nl", ["nl-BE", "nld", "Dutch"]),
        ("el", ["ell", "Greek"]),
        ("no", ["nb-NO", "nob", "Norsk"]),
        ("nl", ["nl-BE", "nld", "Dutch", "Nederlands"]),
        ("fil", ["tl", "tgl", "fil-PH", "Tagalog"]),
        (None, ["und", "auto", ""]),
    ],
)
def test_a_language_is_known_by_tag_code_and_name(code: str | None, written: list[str]) -> None:
    assert [parse_language(raw) for raw in written] == [code] * len(written)


@pytest.mark.parametrize("raw", ["klingon", "zh-HK", "zh-wuu", "eo", "e", "en US"])
def test_another_language_is_refused_with_all_codes(raw: str) -> None:
    with pytest.raises(BadValue, match=", ".join(REQUEST_LANGUAGES)):
        parse_language(raw)
