from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.recordings.file_names import (
    SHIPPED_PATTERNS,
    BadPattern,
    compile_pattern,
    compile_patterns,
    date_of_folder,
    date_of_folders,
    read_file_name,
)

SHIPPED = compile_patterns()


@pytest.mark.parametrize(
    ("stem", "parts"),
    [
        ("c0101", {"call_id": "c0101"}),
        ("2025-09-03_a-brooks_c0304", {"date": "2025-09-03", "agent_id": "a-brooks", "call_id": "c0304"}),
        ("20250903_1026_c_304", {"date": "2025-09-03", "agent_id": "1026", "call_id": "c_304"}),
        (
            "Auto0_GUID_000_AGENT_ChrisL_DT_2025-02-19T06-01-22_Mono",
            {"call_id": "000", "agent_id": "ChrisL", "started_at": "2025-02-19T06:01:22"},
        ),
        (
            "Auto7_5F0C2A9E_c0309_AGENT_ReneeM_DT_2025-09-03T10-22-05",
            {"guid": "5F0C2A9E", "call_id": "c0309", "agent_id": "ReneeM", "started_at": "2025-09-03T10:22:05"},
        ),
        (
            "8d3f9c1e-07aa_20250902T23:27_UTC",
            {"call_id": "8d3f9c1e-07aa", "started_at": "2025-09-02T23:27:00Z"},
        ),
        ("40011225_ext7_9", {"call_id": "40011225_ext7_9"}),  # eight digits that are no date of a call
        ("20251399_ext7_9", {"call_id": "20251399_ext7_9"}),
        ("通话 7", {"call_id": "通话 7"}),
    ],
)
def test_the_shipped_patterns_read_the_common_names(stem: str, parts: dict[str, str]) -> None:
    assert read_file_name(stem, SHIPPED) == parts


@pytest.mark.parametrize(
    ("pattern", "stem", "parts"),
    [
        (
            "{started_at}-{queue}-{agent_id}-{call_id}",
            "20250903T102205+0800-billing-17-x",
            {"started_at": "2025-09-03T10:22:05+0800", "queue": "billing", "agent_id": "17", "call_id": "x"},
        ),
        (
            "{date} {time} {agent_name} ({call_id})",
            "2025.09.03 10.22 Jonas (77)",
            {"started_at": "2025-09-03T10:22:00", "agent_name": "Jonas", "call_id": "77"},
        ),
        ("rec-{_}-{call_id}-ch{agent_channel}", "rec-xyz-77-ch1", {"call_id": "77", "agent_channel": "1"}),
        (
            "{language}{date}{time}.{call_id}",
            "en20250903102205.a.b",
            {"language": "en", "started_at": "2025-09-03T10:22:05", "call_id": "a.b"},
        ),
        (
            "{started_at}_{call_id}_{language}_{agent_channel}",
            "20250903102205123_c1_en-US_right",
            {
                "started_at": "2025-09-03T10:22:05.123",
                "call_id": "c1",
                "language": "en-US",
                "agent_channel": "right",
            },
        ),
        (
            "{call_id}_{date}_{time}_{agent_id}",
            "c1_20250903_10_22_05_7",
            {"started_at": "2025-09-03T10:22:05", "call_id": "c1", "agent_id": "7"},
        ),
        ("{language}-{queue}-{call_id}", "en-sale-x-1", {"language": "en", "queue": "sale", "call_id": "x-1"}),
        ("{{{call_id}}}", "{c1}", {"call_id": "c1"}),
    ],
)
def test_a_users_pattern_comes_first_and_is_read_as_written(pattern: str, stem: str, parts: dict[str, str]) -> None:
    assert read_file_name(stem, compile_patterns([pattern])) == parts


@pytest.mark.parametrize(
    ("pattern", "stem"),
    [
        ("{call_id}_{started_at}", "c1_20250902T23:27_UTC"),
        ("{call_id}_{started_at}_UTC", "c1_20250902T23:27_UTC"),
        ("{call_id}_{started_at}_{_}", "c1_20250902T23:27_UTC"),
        ("{call_id}_{date}-{time}{_}", "c1_20250902-2327 GMT"),
        ("{call_id}_{date}-{time}-UTC.{_}", "c1_20250902-2327-UTC.x"),
        ("{started_at}-{call_id}", "20250902T2327Z-c1"),
    ],
)
def test_the_zone_that_a_name_says_counts(pattern: str, stem: str) -> None:
    found = read_file_name(stem, compile_patterns([pattern]))
    assert (found["call_id"], found["started_at"]) == ("c1", "2025-09-02T23:27:00Z")


def test_a_queue_that_begins_like_a_zone_is_no_zone() -> None:
    found = read_file_name("20250902T2327_UTCARS_c1", compile_patterns(["{started_at}_{queue}_{call_id}"]))
    assert found == {"started_at": "2025-09-02T23:27:00", "queue": "UTCARS", "call_id": "c1"}


def test_a_name_that_does_not_match_the_users_pattern_is_read_by_the_shipped_ones() -> None:
    assert read_file_name("c7", compile_patterns(["{date}-{call_id}"])) == {"call_id": "c7"}


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "no part in braces"),
        ("calls", "no part in braces"),
        ("{caller}_{call_id}", "there is no part {caller}"),
        ("{call_id}_{call_id}", "occurs in it twice"),
        ("{agent_id}{call_id}", "put a character between"),
        ("{call_id", "braces don't close"),
        ("call_id}", "braces don't close"),
        ("{call_id:>5}", "bare name"),
        ("{call_id!r}", "bare name"),
        ("{}", "there is no part {}"),
        ("{0}", "there is no part {0}"),
        ("{date}/{call_id}", "file's name only"),
        ("{date}_{started_at}", "already holds"),
        ("{time}_{call_id}", "{time} needs {date}"),
    ],
)
def test_a_pattern_that_can_not_work_is_named_with_its_reason(pattern: str, reason: str) -> None:
    with pytest.raises(BadPattern) as caught:
        compile_pattern(pattern)
    assert reason in str(caught.value)
    assert repr(pattern) in str(caught.value)
    assert "{date}_{agent_id}_{call_id}" in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_a_pattern_or_a_bad_one(text: str) -> None:
    try:
        pattern = compile_pattern(text)
    except BadPattern:
        return
    pattern.read("2025-09-03_a_b")


@given(st.text(min_size=1, max_size=80))
def test_every_name_is_read_and_gives_an_id(stem: str) -> None:
    assert read_file_name(stem, SHIPPED)["call_id"] in stem


def test_a_hostile_name_costs_no_more_than_its_length() -> None:
    """Nested repetition would need centuries here, not a moment."""
    many = compile_pattern("_".join(["{_}"] * 12) + "_{call_id}x")
    assert many.read("_" * 255) is None
    assert many.read("a_" * 127) is None
    assert compile_pattern(SHIPPED_PATTERNS[0]).read("a_" * 120 + "_AGENT_" * 5) is None


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2025-09-01", dt.date(2025, 9, 1)),
        ("2025-13-01", None),
        ("20250901", None),
        ("2025-09-01b", None),
        ("٢٠٢٥-٠٩-٠١", None),
        ("", None),
    ],
)
def test_only_a_folder_named_year_month_day_gives_a_date(name: str, date: dt.date | None) -> None:
    assert date_of_folder(name) == date


@pytest.mark.parametrize(
    ("path", "date"),
    [
        ("2025/09/01", dt.date(2025, 9, 1)),
        ("2025/9/1", dt.date(2025, 9, 1)),
        ("site/year=2025/month=09/day=01", dt.date(2025, 9, 1)),
        ("Year=2025/Month=9/Day=1", dt.date(2025, 9, 1)),
        ("2025-09/01", dt.date(2025, 9, 1)),
        ("2025/09-01", dt.date(2025, 9, 1)),
        ("date=2025-09-01", dt.date(2025, 9, 1)),
        ("2025/2025-09/2025-09-01", dt.date(2025, 9, 1)),
        ("2025/13/01", None),
        ("1234/09/01", None),
        ("2025/09/01/late", None),  # the folder above has the date
        ("2025/09", None),
        ("calls/09/01", None),
        ("", None),
    ],
)
def test_folders_in_folders_give_a_date_together(path: str, date: dt.date | None) -> None:
    assert date_of_folders(path.split("/")) == date
