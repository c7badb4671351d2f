"""Which recordings are one call, in which order and where on its clock; and which only claim the same id."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.duplicates import resolve_duplicates
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.quarantine import QuarantineReason
from qa_pipeline.recordings.segments import join_recordings
from qa_pipeline.recordings.transcript_files import ImportedChannel

DAY = dt.date(2025, 9, 1)
TWO = dt.datetime(2025, 9, 1, 14, 0, 7, tzinfo=dt.UTC)


def recording(path: str, start_s: float | None = None, *, seconds: float = 60.0, **values: Any) -> Call:
    """A recording of call-1 of `seconds`, begun `start_s` after two o'clock."""
    audio = values.pop("audio", path)
    agent_channel = values.get("agent_channel", 0)
    uri = (Path("/zone") / path).as_uri()
    known: dict[str, Any] = {
        "call_date": DAY,
        "started_at": None if start_s is None else TWO + dt.timedelta(seconds=start_s),
        "duration_s": seconds,
        "has_given_id": True,
        "recording_id": audio,
        "sources": stereo_sources(audio, uri, seconds, agent_channel),
    }
    return Call("call-1", Path("/zone") / path, path, 100, **known | values)


def one(*calls: Call) -> Call:
    [joined] = join_recordings(calls)
    return joined


def places(call: Call) -> list[tuple[int, str, int, str, int]]:
    return [(s.channel_id, s.role, s.segment, s.recording_id, s.offset_ms) for s in call.sources]


def begins(call: Call) -> list[tuple[str, int]]:
    return [(s.recording_id, s.offset_ms) for s in call.sources if s.channel_id == 0]


def test_recordings_of_one_id_are_one_call_and_follow_each_other() -> None:
    call = one(recording("seg2.wav"), recording("seg1.wav", seconds=3), recording("seg10.wav"))
    assert places(call) == [
        (0, "agent", 0, "seg1.wav", 0),
        (0, "agent", 1, "seg2.wav", 3000),
        (0, "agent", 2, "seg10.wav", 63_000),
        (1, "customer", 0, "seg1.wav", 0),
        (1, "customer", 1, "seg2.wav", 3000),
        (1, "customer", 2, "seg10.wav", 63_000),
    ]
    assert (call.duration_s, call.status, call.relative_path) == (123, None, "seg1.wav")
    assert call.recording_id not in {"seg1.wav", "seg2.wav", "seg10.wav"}
    assert "seg2.wav has no start time of its own; it was put behind the recording before it." in call.metadata_remarks


def test_start_times_decide_before_numbers_and_names_and_leave_time_between() -> None:
    call = one(
        recording("a.wav", 200, segment=0, agent_id="a-2", queue="billing", agent_name="Ben"),
        recording("b.wav", 0, segment=1, agent_id="a-1", customer_id="k-1"),
    )
    assert begins(call) == [("b.wav", 0), ("a.wav", 200_000)]
    assert (call.duration_s, call.started_at, call.agent_id) == (260, TWO, "a-1")
    assert (call.queue, call.customer_id) == ("billing", "k-1")
    assert [(s.agent_id, s.agent_name) for s in call.sources if s.channel_id == 0] == [("a-1", None), ("a-2", "Ben")]


def test_without_start_times_numbers_decide_before_names() -> None:
    assert begins(one(recording("b.wav", segment=1), recording("a.wav", segment=2))) == [
        ("b.wav", 0),
        ("a.wav", 60_000),
    ]


def test_a_list_that_gives_all_recordings_the_start_of_the_call_puts_them_behind_each_other() -> None:
    call = one(recording("p2.wav", 0), recording("p1.wav", 0), recording("p3.wav", 0))
    assert begins(call) == [("p1.wav", 0), ("p2.wav", 60_000), ("p3.wav", 120_000)]


@pytest.mark.parametrize(("start_s", "offset_ms"), [(58.5, 60_000), (60, 60_000), (61, 61_000)])
def test_a_clock_that_is_a_second_off_makes_no_overlap(start_s: float, offset_ms: int) -> None:
    assert begins(one(recording("a.wav", 0), recording("b.wav", start_s)))[1] == ("b.wav", offset_ms)


def test_times_that_are_given_to_the_minute_make_no_overlap() -> None:
    starts = [dt.datetime(2025, 9, 1, 14, minute, tzinfo=dt.UTC) for minute in (0, 1)]
    call = one(recording("a.wav", started_at=starts[0], seconds=90), recording("b.wav", started_at=starts[1]))
    assert begins(call)[1] == ("b.wav", 90_000)


def test_a_call_over_midnight_is_of_the_day_on_which_it_began() -> None:
    late = recording("2.wav", 36_000, call_date=DAY + dt.timedelta(days=1))
    call = one(late, recording("1.wav", 35_000))
    assert (call.call_date, begins(call)) == (DAY, [("1.wav", 0), ("2.wav", 1_000_000)])


def test_a_warm_transfer_keeps_both_recordings_in_their_places() -> None:
    call = one(recording("a.wav", 0), recording("b.wav", 40))
    assert (begins(call), call.duration_s) == ([("a.wav", 0), ("b.wav", 40_000)], 100)
    assert call.metadata_remarks == ("b.wav begins 20 s before the recording before it ends; both are kept.",)


def test_a_consultation_that_was_recorded_in_parallel_has_the_role_other() -> None:
    call = one(recording("a.wav", 0), recording("consult.wav", 10, seconds=20), recording("c.wav", 70))
    assert places(call) == [
        (0, "agent", 0, "a.wav", 0),
        (0, "agent", 2, "c.wav", 70_000),
        (1, "customer", 0, "a.wav", 0),
        (1, "customer", 2, "c.wav", 70_000),
        (2, "other", 1, "consult.wav", 10_000),
        (3, "other", 1, "consult.wav", 10_000),
    ]
    assert [s.name for s in call.sources if s.role == "other"] == ["agent of recording 2", "customer of recording 2"]


def test_a_role_keeps_its_channel_whatever_side_of_a_file_it_is_on() -> None:
    call = one(recording("a.wav", 0), recording("b.wav", 100, agent_channel=1))
    assert [(s.channel_id, s.source_channel, s.role) for s in call.sources if s.segment == 1] == [
        (0, 1, "agent"),
        (1, 0, "customer"),
    ]


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (recording("b.wav", 60 + 3 * 3600), "it begins 3 hours after that one ended"),
        (recording("b.wav", call_date=dt.date(2025, 9, 2)), "it is of another day"),
        (recording("b.wav", 100, customer_id="k-2"), "its customer is another one"),
        (recording("a.wma", 0), "it has the same name, as a copy in another format would"),
        (recording("sub/a.wav"), "it has the same name, as a copy in another format would"),
    ],
)
def test_what_contradicts_is_not_joined_and_says_why(second: Call, why: str) -> None:
    first = recording("a.wav", 0, customer_id="k-1")
    joined = join_recordings([first, second])
    assert [call.file_ids for call in joined] == [first.file_ids, second.file_ids]
    resolved = {call.relative_path: call for call in resolve_duplicates(joined)}
    assert resolved["a.wav"].is_usable
    refused = resolved[second.relative_path]
    assert refused.status_reason == QuarantineReason.DUPLICATE_CALL_ID
    assert f"{why}, so it was not taken for another recording of that call; give" in (refused.status_message or "")


def test_an_id_that_is_only_the_name_of_the_file_joins_nothing() -> None:
    calls = [recording(f"{folder}/c1.wav", has_given_id=False) for folder in "ab"]
    assert join_recordings(calls) == calls


def test_the_same_bytes_under_one_id_are_a_duplicate_and_no_second_recording() -> None:
    copies = [recording("a.wav", 0, audio="x"), recording("copy.wav", 500, audio="x"), recording("b.wav", 100)]
    resolved = resolve_duplicates(join_recordings(copies))
    assert [(call.relative_path, call.status_reason) for call in resolved] == [
        ("a.wav", None),
        ("copy.wav", QuarantineReason.DUPLICATE_AUDIO),
    ]
    assert begins(resolved[0]) == [("x", 0), ("b.wav", 100_000)]


def test_bytes_of_another_call_take_nothing_of_this_one() -> None:
    other = replace(recording("z.wav", -500, audio="x"), call_id="call-0")
    joined = join_recordings(
        [recording("a.wav", 0), recording("b.wav", 100, audio="x"), other, recording("c.wav", 200)]
    )
    resolved = {call.relative_path: call for call in resolve_duplicates(joined)}
    assert resolved["b.wav"].status_reason == QuarantineReason.DUPLICATE_AUDIO
    assert begins(resolved["a.wav"]) == [("a.wav", 0), ("c.wav", 200_000)]


def test_a_broken_recording_is_named_and_the_call_keeps_the_others() -> None:
    broken = recording("b.wav", 100, sources=(), recording_id="b").quarantined(
        QuarantineReason.EMPTY_FILE, "b is empty."
    )
    joined = join_recordings([recording("a.wav", 0), broken, recording("c.wav", 200)])
    assert [call.relative_path for call in joined] == ["a.wav", "b.wav"]
    assert joined[0].missing == ("recording b.wav is missing: b is empty.",)
    assert begins(joined[0]) == [("a.wav", 0), ("c.wav", 200_000)]
    [alone, left] = join_recordings([recording("a.wav", 0), broken])
    assert (alone.missing, alone.recording_id, left) == (joined[0].missing, "a.wav", broken)


def test_the_order_in_which_files_are_found_decides_nothing() -> None:
    calls = [recording(f"{name}.wav", start) for name, start in (("a", 0), ("b", 100), ("c", 200))]
    assert one(*calls) == one(*reversed(calls))


def test_transcripts_beside_recordings_speak_for_their_recording_and_role() -> None:
    known = ImportedChannel(0, "file:///t.json", "t.json", "ab", "import x")
    call = one(
        recording("a.wav", 0, imports=(known,)),
        recording("b.wav", 100, agent_channel=1, imports=(known, replace(known, channel_id=7))),
    )
    assert [(item.channel_id, item.segment) for item in call.imports] == [(0, 0), (1, 1)]
