from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.recordings.duplicates import resolve_duplicates
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.quarantine import QuarantineReason

DAY_1, DAY_2 = dt.date(2025, 9, 1), dt.date(2025, 9, 2)


def call(
    call_id: str,
    audio: str | None,
    path: str,
    *,
    day: dt.date | None = DAY_1,
    hour: int | None = None,
    reason: QuarantineReason | None = None,
) -> Call:
    started_at = dt.datetime(2025, 9, day.day, hour, tzinfo=dt.UTC) if day and hour is not None else None
    made = Call(call_id, Path("/zone") / path, path, 100, recording_id=audio, call_date=day, started_at=started_at)
    return made.quarantined(reason, "for a reason of its own") if reason else made


def outcome(calls: list[Call]) -> dict[str, tuple[str, str | None]]:
    return {each.relative_path: (each.call_id, each.status_reason) for each in calls}


def test_calls_of_their_own_are_left_alone_and_sorted_by_path() -> None:
    calls = [call("b", "2", "b.wav"), call("a", "1", "a.wav")]
    assert resolve_duplicates(calls) == [calls[1], calls[0]]


def test_the_earliest_of_two_calls_with_the_same_sound_wins_and_is_named() -> None:
    late = call("c1", "same", "a.wav", day=DAY_2)
    early = call("c2", "same", "z.wav", day=DAY_1)
    resolved = resolve_duplicates([late, early])
    assert outcome(resolved) == {"a.wav": ("c1", "duplicate_audio"), "z.wav": ("c2", None)}
    assert resolved[0].status_message == (
        "a.wav is byte for byte the recording of call c2 (z.wav); remove one of the two, or correct the export."
    )


def test_within_a_day_the_time_and_then_the_path_decide() -> None:
    calls = [call("c1", "s", "a.wav"), call("c2", "s", "c.wav", hour=9), call("c3", "s", "b.wav", hour=9)]
    assert outcome(resolve_duplicates(calls)) == {
        "a.wav": ("c1", "duplicate_audio"),
        "b.wav": ("c3", None),
        "c.wav": ("c2", "duplicate_audio"),
    }


def test_a_call_known_from_another_day_wins_whatever_its_date() -> None:
    resolved = resolve_duplicates([call("c1", "same", "a.wav")], known_recordings={"same": "c0"}, taken_call_ids={"c0"})
    assert outcome(resolved) == {"a.wav": ("c1", "duplicate_audio")}
    assert "of call c0;" in (resolved[0].status_message or "")


def test_two_recordings_that_claim_one_id_are_kept_apart() -> None:
    first, second = call("c1", "1", "a/c1.wav", hour=9), call("c1", "2", "b/c1.wav", hour=10)
    resolved = resolve_duplicates([second, first])
    assert resolved[0] == first
    assert resolved[1].status_reason == "duplicate_call_id"
    assert resolved[1].call_id.startswith("c1~")
    assert "(a/c1.wav)" in (resolved[1].status_message or "")


def test_an_id_of_another_day_is_taken() -> None:
    resolved = resolve_duplicates([call("c1", "2", "b.wav")], taken_call_ids=["c1"])
    assert resolved[0].status_reason == "duplicate_call_id"
    assert resolved[0].call_id != "c1"


def test_a_copy_of_the_same_file_under_the_same_id_is_the_same_sound() -> None:
    calls = [call("c1", "same", "a/c1.wav"), call("c1", "same", "b/c1.wav")]
    assert [each.status_reason for each in resolve_duplicates(calls)] == [None, "duplicate_audio"]


def test_a_quarantined_call_keeps_its_own_reason_and_takes_nothing_from_a_good_one() -> None:
    mono = call("c1", "same", "a.wav", reason=QuarantineReason.MONO)
    good = call("c1", "same", "b.wav", day=DAY_2)
    resolved = resolve_duplicates([mono, good])
    assert resolved[1] == good
    assert (resolved[0].status_reason, resolved[0].status_message) == ("mono", "for a reason of its own")
    assert resolved[0].call_id.startswith("c1~")


def test_a_quarantined_call_alone_keeps_its_id() -> None:
    mono = call("c1", None, "a.wav", reason=QuarantineReason.MONO, day=None)
    assert resolve_duplicates([mono]) == [mono]


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["c1", "c2", "c3"]),
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from([DAY_1, DAY_2]),
        st.sampled_from([None, 9, 10]),
        st.booleans(),
    ),
    max_size=8,
)


@given(CALLS, st.randoms(use_true_random=False))
def test_the_order_of_the_files_decides_nothing_and_every_row_has_its_own_id(
    drawn: list[tuple[str, str, dt.date, int | None, bool]], chance: random.Random
) -> None:
    calls = [
        call(call_id, audio, f"{index}.wav", day=day, hour=hour, reason=QuarantineReason.MONO if mono else None)
        for index, (call_id, audio, day, hour, mono) in enumerate(drawn)
    ]
    shuffled = list(calls)
    chance.shuffle(shuffled)
    known = {"known_recordings": {"z": "c3"}, "taken_call_ids": ["c3"]}
    resolved = resolve_duplicates(calls, **known)
    assert resolve_duplicates(shuffled, **known) == resolved
    ids = [each.call_id for each in resolved]
    assert len(set(ids)) == len(ids) == len(calls)
    assert "c3" not in ids
    heard = [each.recording_id for each in resolved if each.is_usable]
    assert len(set(heard)) == len(heard)
    assert "z" not in heard
