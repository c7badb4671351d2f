from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.recordings.metadata import CallMetadata, Place, merge, readable_id

SHANGHAI = ZoneInfo("Asia/Shanghai")
SIDECAR, LIST, NAME = "zone/c1.json", "zone/calls.csv, line 2", "zone/c1.wav"


def merged(
    sidecar: dict[str, Any] | None = None,
    listed: dict[str, Any] | None = None,
    named: dict[str, Any] | None = None,
    folder: dt.date | None = None,
    timezone: dt.tzinfo = SHANGHAI,
) -> CallMetadata:
    places = [
        Place("sidecar", SIDECAR, sidecar) if sidecar is not None else None,
        Place("calls.csv", LIST, listed) if listed is not None else None,
        Place("file name", NAME, named if named is not None else {"call_id": "c1"}),
    ]
    present = [place for place in places if place is not None]
    return merge(present, stem="c1", folder_date=folder, timezone=timezone)


def test_everything_a_sidecar_says_is_kept() -> None:
    found = merged(
        {
            "call_id": "x-17",
            "started_at": "2025-09-01T09:12:40+08:00",
            "agent_id": 1026,
            "agent_name": "陈薇",
            "customer_id": "k-1",
            "queue": "billing",
            "direction": "Inbound",
            "agent_channel": 1,
            "language": "ZH",
            "Campaign": {"id": 7},
        }
    )
    assert found == CallMetadata(
        call_id="x-17",
        call_date=dt.date(2025, 9, 1),
        started_at=dt.datetime(2025, 9, 1, 9, 12, 40, tzinfo=dt.timezone(dt.timedelta(hours=8))),
        agent_id="1026",
        agent_name="陈薇",
        customer_id="k-1",
        queue="billing",
        direction="inbound",
        agent_channel=1,
        agent_channel_from="sidecar",
        language="zh",
        source="sidecar",
        extra={"Campaign": {"id": 7}},
    )


def test_each_key_comes_from_the_nearest_place_that_has_it() -> None:
    found = merged(
        {"agent_id": "from-sidecar", "queue": "  "},
        {"agent_id": "from-list", "queue": "from-list", "language": "en"},
        {"agent_id": "from-name", "queue": "from-name", "language": "fr", "customer_id": "from-name", "call_id": "c9"},
    )
    assert (found.agent_id, found.queue, found.language) == ("from-sidecar", "from-list", "en")
    assert (found.customer_id, found.call_id, found.source) == ("from-name", "c9", "sidecar")


@pytest.mark.parametrize("nothing", ["", "  ", "NULL", "\\N", "NaN", "nan", "None", "N/A", "#N/A", "<NA>", None])
def test_what_programs_write_for_no_value_says_nothing(nothing: str | None) -> None:
    found = merged(dict.fromkeys(("agent_id", "agent_channel", "language"), nothing), {"agent_id": "far"})
    assert (found.agent_id, found.agent_channel, found.language, found.problems) == ("far", 0, None, ())


@pytest.mark.parametrize(
    ("places", "source"),
    [
        ({"sidecar": {"queue": "a"}, "listed": {"queue": "b"}}, "sidecar"),
        ({"sidecar": {}, "listed": {"queue": "b"}}, "calls.csv"),
        ({"named": {"call_id": "c1", "agent_id": "a"}, "folder": dt.date(2025, 9, 1)}, "file name"),
        ({"folder": dt.date(2025, 9, 1)}, "folder"),
        ({}, "file name"),
    ],
)
def test_the_source_is_the_nearest_place_that_said_anything(places: dict[str, Any], source: str) -> None:
    assert merged(**places).source == source


@pytest.mark.parametrize(
    ("places", "date"),
    [
        ({"sidecar": {"started_at": "2025-09-01T23:30:00+08:00"}, "folder": dt.date(2025, 9, 5)}, dt.date(2025, 9, 1)),
        ({"sidecar": {"started_at": "2025-09-01T16:30:00Z"}}, dt.date(2025, 9, 2)),  # 00:30 in Shanghai
        ({"listed": {"started_at": "2025-09-01 23:30"}}, dt.date(2025, 9, 1)),
        ({"listed": {"started_at": "2025/9/1"}, "folder": dt.date(2025, 9, 5)}, dt.date(2025, 9, 1)),
        ({"named": {"call_id": "c", "date": "2025-09-04"}, "folder": dt.date(2025, 9, 5)}, dt.date(2025, 9, 4)),
        ({"sidecar": {"queue": "a"}, "folder": dt.date(2025, 9, 5)}, dt.date(2025, 9, 5)),
        ({}, None),
    ],
)
def test_the_day_is_that_of_the_call_in_the_products_time_zone(places: dict[str, Any], date: dt.date | None) -> None:
    assert merged(**places).call_date == date


def test_a_time_without_a_zone_is_of_the_products_zone() -> None:
    started_at = merged({"started_at": "2025-09-01T09:00:00"}).started_at
    assert started_at == dt.datetime(2025, 9, 1, 1, 0, tzinfo=dt.UTC)


def test_a_date_without_a_time_gives_the_day_but_no_moment() -> None:
    found = merged({"started_at": "2025-09-01"})
    assert (found.started_at, found.call_date, found.problems) == (None, dt.date(2025, 9, 1), ())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"agent_channel": 7}, ["agent_channel is 7", "0 or 1"]),
        ({"started_at": "gestern"}, ["started_at is 'gestern'", "ISO 8601"]),
        ({"language": "xx"}, ["language is 'xx'", "zh, yue, en", "pl, sv"]),
        ({"direction": "up"}, ["direction is 'up'", "inbound"]),
        ({"call_id": "../etc"}, ["call_id is '../etc'", "slashes"]),
        ({"call_id": "a\x07"}, ["call_id is 'a\\x07'", "control"]),
        ({"call_id": "c" * 300}, ["call_id is 'ccc", "...", "200 characters"]),
        ({"agent_name": ["a"]}, ["agent_name is ['a']", "text"]),
    ],
)
def test_a_bad_value_is_named_with_its_file_and_key(values: dict[str, Any], words: list[str]) -> None:
    found = merged(values, folder=dt.date(2025, 9, 1))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"{SIDECAR}: ")
    assert all(word in found.problems[0] for word in words)
    assert (found.call_id, found.call_date) == ("c1", dt.date(2025, 9, 1))


def test_a_bad_value_is_not_replaced_by_one_from_further_away() -> None:
    found = merged({"language": "xx"}, {"language": "en"})
    assert found.language is None
    assert len(found.problems) == 1


def test_all_bad_values_are_named_and_the_good_ones_kept() -> None:
    found = merged({"language": "xx", "queue": "billing"}, {"direction": "up"})
    assert [problem.split(":")[0] for problem in found.problems] == [LIST, SIDECAR]
    assert found.queue == "billing"


def test_keys_that_mean_nothing_here_are_kept_but_for_those_of_the_file_itself() -> None:
    found = merged({"skill": 3}, {"file": "c1.wav", "skill": "4", "site": "b"}, {"call_id": "c1", "guid": "5F0C"})
    assert found.extra == {"skill": 3, "site": "b", "guid": "5F0C"}


def test_a_date_of_ones_own_making_in_a_sidecar_is_no_call_date() -> None:
    found = merged({"date": "2025-09-01"})
    assert (found.call_date, found.extra) == (None, {"date": "2025-09-01"})


@pytest.mark.parametrize(
    "keys",
    [
        ("callId", "startedAt", "agentId", "agentChannel"),
        ("CALL_ID", "STARTED_AT", "AGENT_ID", "AGENT_CHANNEL"),
        ("Call ID", "Started at", "agent-id", "Agent Channel"),
        ("callid", "startedat", "AgentID", "agentchannel"),
    ],
)
def test_keys_are_known_in_any_case_and_with_any_separator(keys: tuple[str, ...]) -> None:
    found = merged(dict(zip(keys, ("x-17", "2025-09-01T09:12:40+08:00", "a-7", 1), strict=True)))
    assert (found.call_id, found.agent_id, found.agent_channel, found.extra) == ("x-17", "a-7", 1, {})
    assert found.call_date == dt.date(2025, 9, 1)


def test_a_key_in_two_spellings_must_say_the_same() -> None:
    assert merged({"agent_id": "a", "agentId": "a"}).problems == ()
    found = merged({"agent_id": "a", "agentId": "b"})
    assert found.problems == (f"{SIDECAR}: agent_id is given twice, as 'a' and 'b'; delete the wrong one.",)


def test_a_value_that_was_read_in_its_own_way_is_used_and_named() -> None:
    found = merged({"agent_id": "17.0", "started_at": "2025-10-26 02:30"}, timezone=ZoneInfo("Europe/Berlin"))
    assert (found.agent_id, found.problems) == ("17", ())
    assert [remark.split(";")[0] for remark in found.remarks] == [
        f"{SIDECAR}: agent_id is '17.0'",
        f"{SIDECAR}: started_at is '2025-10-26 02:30'",
    ]


@pytest.mark.parametrize(
    ("places", "count"),
    [
        ({"named": {"call_id": "c", "date": "2025-09-02"}}, 1),
        ({"named": {"call_id": "c", "started_at": "2025-09-02T00:10:00"}}, 1),
        ({"named": {"call_id": "c", "started_at": "2025-09-01T20:10:00Z"}}, 0),  # the next day in Shanghai
        ({"sidecar": {"started_at": "2025-09-02"}}, 1),
        ({"sidecar": {"started_at": "2025-09-02T00:10:00"}}, 0),  # a recorder's folder ends when its clock says so
        ({"sidecar": {"started_at": "2025-09-09T00:10:00"}}, 1),
        ({"named": {"call_id": "c", "date": "2025-09-01"}}, 0),
    ],
)
def test_a_folder_of_another_day_is_named(places: dict[str, Any], count: int) -> None:
    found = merged(**places, folder=dt.date(2025, 9, 1))
    assert (len(found.remarks), found.problems) == (count, ())
    assert all("the folder 2025-09-01; the call belongs to" in remark for remark in found.remarks)


@given(st.text(max_size=300))
def test_any_name_gives_an_id_that_can_be_stored(name: str) -> None:
    made = readable_id(name)
    made.encode()
    assert not set(made) & {"/", "\\", "\x00"}
    assert len(made) <= 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["call_id", "started_at", "agent_id", "queue", "direction", "agent_channel", "language", "x"]),
        JSON,
    )
)
def test_whatever_a_sidecar_holds_gives_metadata_or_problems(values: dict[str, Any]) -> None:
    found = merged(values)
    assert found.call_id
    assert found.agent_channel in (0, 1)
    assert (found.call_date is None) or 1989 <= found.call_date.year <= 2101
