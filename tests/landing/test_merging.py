"""What a run does to the calls the warehouse has already: late, moved, corrected, repeated and tidied-up recordings."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.landing.merging import (
    call_row,
    channel_rows,
    merge_keeping_paid,
    merge_with_known,
    statuses_of,
    unknown_so_far,
)
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.landed_calls import Call
from qa_pipeline.recordings.quarantine import QuarantineReason
from qa_pipeline.recordings.segments import join_recordings
from qa_pipeline.warehouse.calls import KnownCall
from tests.warehouse.building import DAY_1, DAY_2, DAY_3, recording_id

ROOT = Path("/landing")


def landed(call_id: str, day: dt.date | None, *, audio: str | None = None, at: str | None = None, **more: Any) -> Call:
    """A call as it lies in the landing zone; `audio` names its sound, `at` its path."""
    path = at or f"{day or 'undated'}/{call_id}.wav"
    return Call(call_id, ROOT / path, path, 1000, recording_id=recording_id(audio or call_id), call_date=day, **more)


def broken(call_id: str, day: dt.date | None, **more: Any) -> Call:
    return landed(call_id, day, **more).quarantined(QuarantineReason.MONO, "one channel")


def known(call: Call, status: str | None = None) -> KnownCall:
    """The row that an earlier run wrote of a call."""
    usual = "ok" if call.is_usable else "quarantined"
    return KnownCall(call.call_id, call.recording_id, call.call_date, call.path.as_uri(), status or usual)


def outcome(calls: list[Call]) -> dict[str, str]:
    """Call id → `usable` or the reason it was set aside."""
    return {call.call_id: str(call.status_reason) if call.status_reason else "usable" for call in calls}


def test_a_first_run_takes_its_days_and_those_of_no_day(tmp_path: Path) -> None:
    found, removed = merge_with_known([landed("a", DAY_1), landed("b", DAY_2), broken("u", None)], [], [DAY_1])
    assert (outcome(found), removed) == ({"a": "usable", "u": "mono"}, [])


def test_a_rerun_writes_the_same_calls_again_in_place_of_themselves() -> None:
    zone = [landed("a", DAY_1), broken("m", DAY_1)]
    found, removed = merge_with_known(zone, [known(call) for call in zone], [DAY_1])
    assert (outcome(found), sorted(removed)) == ({"a": "usable", "m": "mono"}, ["a", "m"])


def test_calls_of_other_days_are_not_touched() -> None:
    found, removed = merge_with_known([landed("a", DAY_1)], [known(landed("b", DAY_2))], [DAY_1])
    assert (outcome(found), removed) == ({"a": "usable"}, [])


def test_a_call_whose_recording_was_tidied_away_stays() -> None:
    assert merge_with_known([], [known(landed("a", DAY_1))], [DAY_1]) == ([], [])


def test_a_quarantine_whose_recording_was_tidied_away_goes() -> None:
    assert merge_with_known([], [known(broken("m", DAY_1))], [DAY_1]) == ([], ["m"])


def test_a_corrected_date_moves_the_call_when_its_new_day_is_run() -> None:
    before, after = landed("a", DAY_1, at="inbox/a.wav"), landed("a", DAY_2, at="inbox/a.wav")
    assert merge_with_known([after], [known(before)], [DAY_1]) == ([], [])
    found, removed = merge_with_known([after], [known(before)], [DAY_2])
    assert (outcome(found), removed) == ({"a": "usable"}, ["a"])


def test_a_recording_moved_to_another_folder_and_day_moves_its_call() -> None:
    before, after = landed("a", DAY_1), landed("a", DAY_2)
    found, removed = merge_with_known([after], [known(before)], [DAY_2])
    assert (outcome(found), removed) == ({"a": "usable"}, ["a"])


def test_a_corrected_id_replaces_the_old_one() -> None:
    before, after = landed("old", DAY_1, at="inbox/x.wav"), landed("new", DAY_1, at="inbox/x.wav", audio="old")
    found, removed = merge_with_known([after], [known(before)], [DAY_1])
    assert (outcome(found), removed) == ({"new": "usable"}, ["old"])


def test_a_call_that_got_a_date_leaves_the_undated() -> None:
    before = landed("a", None, at="inbox/a.wav").quarantined(QuarantineReason.NO_DATE, "no date")
    found, removed = merge_with_known([landed("a", DAY_1, at="inbox/a.wav")], [known(before)], [DAY_1])
    assert (outcome(found), removed) == ({"a": "usable"}, ["a"])


def test_the_same_sound_on_a_later_day_is_set_aside_and_the_paid_one_stays() -> None:
    first = landed("a", DAY_1)
    found, removed = merge_with_known([first, landed("again", DAY_2, audio="a")], [known(first)], [DAY_2])
    assert (outcome(found), removed) == ({"again": "duplicate_audio"}, [])


def test_the_same_id_on_a_later_day_is_set_aside_under_an_id_of_its_own() -> None:
    first = landed("a", DAY_1)
    found, removed = merge_with_known([first, landed("a", DAY_2, audio="other")], [known(first)], [DAY_2])
    assert list(outcome(found).values()) == ["duplicate_call_id"]
    assert found[0].call_id != "a"
    assert removed == []


def test_an_id_that_only_a_broken_recording_of_another_day_holds_is_free() -> None:
    """The broken export is kept; the good one that follows must not be lost to it."""
    bad, good = broken("a", DAY_1, audio="half"), landed("a", DAY_2, audio="whole")
    found, removed = merge_with_known([bad, good], [known(bad)], [DAY_2])
    assert sorted(outcome(found).values()) == ["mono", "usable"]
    assert (outcome(found)["a"], removed) == ("usable", ["a"])
    again, removed = merge_with_known([bad, good], [known(good)], [DAY_1])
    assert list(outcome(again).values()) == ["mono"]
    assert again[0].call_id.startswith("a~")
    assert removed == []


def test_whatever_the_order_of_the_days_the_same_calls_are_usable_in_the_end() -> None:
    zone = [
        landed("a", DAY_1),
        landed("again", DAY_2, audio="a"),
        broken("b", DAY_1, audio="b-half"),
        landed("b", DAY_2),
        landed("c", DAY_3),
        broken("u", None),
    ]
    ends = set()
    for order in itertools.permutations([DAY_1, DAY_2, DAY_3]):
        rows: dict[str, KnownCall] = {}
        for day in (*order, *order):
            found, removed = merge_with_known(zone, list(rows.values()), [day])
            for call_id in removed:
                rows.pop(call_id)
            for call in found:
                assert call.call_id not in rows, "ids are the table's key"
                rows[call.call_id] = known(call)
        usable = [row for row in rows.values() if row.status == "ok"]
        assert len({row.recording_id for row in usable}) == len(usable)
        assert len(rows) == len(zone)
        ends.add(tuple(sorted({str(row.recording_id) for row in usable})))
    assert len(ends) == 1


def sharing(rows: Iterable[KnownCall], calls: list[Call], day: dt.date) -> list[KnownCall]:
    """What the working database finds for a run of the day: see list_known_calls.sql."""
    ids, files, uris = ({each for call in calls for each in some(call)} for some in (by_id, by_file, by_uri))
    return [
        row
        for row in rows
        if row.call_date in (day, None)
        or row.call_id in ids
        or not files.isdisjoint(row.file_ids)
        or not uris.isdisjoint(row.file_uris)
    ]


def in_several(rows: Iterable[KnownCall]) -> set[str]:
    usable = Counter(file_id for row in rows if row.status != "quarantined" for file_id in row.file_ids)
    return {file_id for file_id, calls in usable.items() if calls > 1}


def by_id(call: Call) -> list[str]:
    return [call.call_id]


def by_file(call: Call) -> tuple[str, ...]:
    return call.file_ids


def by_uri(call: Call) -> tuple[str, ...]:
    return call.file_uris


@pytest.mark.parametrize("seed", range(200))
def test_what_is_known_as_it_is_need_not_be_looked_for_on_other_days(seed: int) -> None:
    """Recordings come, go, move and change their metadata between runs, and calls are released; each run comes to the
    same whether it knows of other days all that has something in common with what landed, or only with what is not
    known as it is."""
    chance = random.Random(seed)
    zone: dict[str, Call] = {}
    rows: dict[str, KnownCall] = {}
    for _ in range(12):
        for _ in range(chance.randint(0, 2)):
            place = f"{chance.choice(['one', 'two', 'inbox'])}/{chance.choice('xyz')}.wav"
            day = chance.choice([DAY_1, DAY_2, DAY_3])
            call = landed(chance.choice("abc"), day, audio=chance.choice("stuv"), at=place)
            zone[place] = call if chance.random() < 0.8 else call.quarantined(QuarantineReason.MONO, "one channel")
        if zone and chance.random() < 0.3:
            zone.pop(chance.choice(list(zone)))
        calls, day = list(zone.values()), chance.choice([DAY_1, DAY_2, DAY_3])
        if rows and chance.random() < 0.1:  # a setting or another machine has it that a call is usable
            call_id = chance.choice(list(rows))
            rows[call_id] = replace(rows[call_id], status="ok")
        of_day = sharing(rows.values(), [], day)
        some = sharing(rows.values(), unknown_so_far(calls, of_day, in_several(rows.values())), day)
        found, removed = merge_with_known(calls, some, [day])
        assert (found, removed) == merge_with_known(calls, sharing(rows.values(), calls, day), [day])
        for call_id in removed:
            rows.pop(call_id)
        rows |= {call.call_id: known(call) for call in found}


def test_usable_calls_of_one_recording_are_told_apart_by_the_next_run_however_they_came_about() -> None:
    one, other = landed("a", DAY_1), landed("b", DAY_2, audio="a")
    rows = [known(one), known(other)]
    changed = unknown_so_far([one, other], sharing(rows, [], DAY_2), in_several(rows))
    found, _ = merge_with_known([one, other], sharing(rows, changed, DAY_2), [DAY_2])
    assert outcome(found) == {"b": "duplicate_audio"}


def test_a_call_that_is_known_as_it_is_is_not_looked_for() -> None:
    same, moved = landed("a", DAY_1), landed("b", DAY_1, at="2025-01-01/elsewhere.wav")
    other, aside = landed("c", DAY_1, audio="new"), broken("m", DAY_1)
    rows = [known(same), known(landed("b", DAY_1)), known(landed("c", DAY_1)), known(aside)]
    assert unknown_so_far([same, moved, other, aside], rows) == [moved, other, aside]
    assert unknown_so_far([same], rows, in_several={*same.file_ids}) == [same]


# -- rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["pending", "ok", "partial", "failed"])
def test_a_call_that_was_transcribed_keeps_its_status_until_its_channels_are_read_again(status: str) -> None:
    call = landed("a", DAY_1)
    assert call_row(call, statuses_of([known(call, status)]))["status"] == status


def test_a_new_call_is_pending() -> None:
    assert call_row(landed("a", DAY_1), {})["status"] == "pending"


def test_a_call_that_is_usable_at_last_is_pending() -> None:
    assert call_row(landed("a", DAY_1), statuses_of([known(broken("a", DAY_1))]))["status"] == "pending"


def test_other_sound_under_the_same_id_does_not_inherit_what_the_old_sound_came_to() -> None:
    before, after = landed("a", DAY_1, audio="first"), landed("a", DAY_1, audio="second")
    assert call_row(after, statuses_of([known(before, "ok")]))["status"] == "pending"


def test_a_call_that_got_another_id_is_pending_until_its_rows_stand_under_it() -> None:
    before, after = landed("old", DAY_1, audio="x"), landed("new", DAY_1, audio="x")
    assert call_row(after, statuses_of([known(before, "ok")]))["status"] == "pending"


def test_a_row_keeps_how_metadata_was_read() -> None:
    row = call_row(landed("m", DAY_1, metadata_remarks=("c.json: agent_id is '17.0'; it was read as 17.",)), {})
    assert json.loads(row["metadata_remarks"]) == ["c.json: agent_id is '17.0'; it was read as 17."]


def test_a_row_says_why_a_recording_was_set_aside_and_keeps_what_nobody_asked_for() -> None:
    call = broken("m", DAY_1, metadata_extra={"seat": 7, "when": dt.date(2025, 9, 1), "名": "陈"})
    row = call_row(call, {})
    assert (row["status"], row["status_reason"], row["status_message"]) == ("quarantined", "mono", "one channel")
    assert row["metadata_remarks"] is None
    assert json.loads(row["metadata_extra"]) == {"seat": 7, "when": "2025-09-01", "名": "陈"}
    assert row["source_uri"] == "file:///landing/2025-09-01/m.wav"


# -- what is transcribed and whose metadata is faulty now -------------------------------------------------------------


def faulty(call: Call, reason: QuarantineReason = QuarantineReason.BAD_METADATA) -> Call:
    return call.quarantined(reason, "its list can't be read")


@pytest.mark.parametrize("reason", [QuarantineReason.BAD_METADATA, QuarantineReason.NO_DATE])
@pytest.mark.parametrize("days", [[DAY_1], [DAY_2]])
def test_a_transcribed_call_stays_while_its_metadata_is_faulty(reason: QuarantineReason, days: list[dt.date]) -> None:
    before = landed("from the list", DAY_1, audio="a", at="inbox/a.wav")
    day = None if reason is QuarantineReason.NO_DATE else DAY_1
    now = faulty(landed("a", day, audio="a", at="inbox/a.wav"), reason)
    merged = merge_keeping_paid([now], [known(before)], days, paid=())
    assert (merged.found, merged.removed) == ([], [])
    if day in (*days, None):
        assert merged.kept == {"from the list": now}


def test_a_call_that_is_mended_is_written_again() -> None:
    before, now = landed("a", DAY_1), landed("a", DAY_1, agent_id="17")
    merged = merge_keeping_paid([now], [known(before)], [DAY_1], paid=())
    assert (merged.found, merged.removed, merged.kept) == ([now], ["a"], {})


def test_what_was_never_transcribed_or_is_another_recording_is_quarantined() -> None:
    now = faulty(landed("a", DAY_1))
    pending, other = known(landed("a", DAY_1), "pending"), known(landed("a", DAY_1, audio="other"))
    sound = landed("a", DAY_1).quarantined(QuarantineReason.TRUNCATED, "cut off")
    for call, before in ((now, pending), (now, other), (sound, known(landed("a", DAY_1)))):
        merged = merge_keeping_paid([call], [before], [DAY_1], paid=())
        assert (outcome(merged.found), merged.removed) == ({"a": str(call.status_reason)}, ["a"])
    under_way = merge_keeping_paid([now], [pending], [DAY_1], paid={now.recording_id or ""})
    assert list(under_way.kept) == ["a"], "the service may have been paid already"


def test_a_faulty_copy_keeps_no_call_whose_recording_is_there_with_good_metadata() -> None:
    before, now = landed("a", DAY_1), landed("a", DAY_2, at="moved/a.wav")
    copy = faulty(landed("copy", None, audio="a", at="inbox/copy.wav"))
    merged = merge_keeping_paid([now, copy], [known(before)], [DAY_2], paid=())
    assert (outcome(merged.found), merged.removed, merged.kept) == (
        {"a": "usable", "copy": "bad_metadata"},
        ["a"],
        {},
    )


def test_one_id_for_two_calls_takes_neither_away() -> None:
    first, second = landed("a", DAY_1, at="1/x.wav"), landed("b", DAY_1, at="1/y.wav")
    same_id = landed("a", DAY_1, audio="b", at="1/y.wav")
    merged = merge_keeping_paid([first, same_id], [known(first), known(second)], [DAY_1], paid=())
    assert outcome(merged.found) == {"a": "usable"}
    assert (merged.removed, list(merged.kept)) == (["a"], ["b"])


def test_a_new_recording_takes_no_id_from_a_transcribed_one() -> None:
    """The new one lies before it by its path, and would win among new ones."""
    before, newcomer = landed("a", DAY_1, at="1/z.wav"), landed("a", DAY_1, audio="new", at="1/b.wav")
    merged = merge_keeping_paid([before, newcomer], [known(before)], [DAY_1], paid=())
    assert list(merged.kept) == ["a"]
    assert [call.status_reason for call in merged.found] == [QuarantineReason.DUPLICATE_CALL_ID]
    assert merged.removed == []


# -- several recordings of one call ----------------------------------------------------------------------------------


def of_call(name: str, start_s: float, *, day: dt.date = DAY_1, seconds: float = 60.0, **more: Any) -> Call:
    """A recording of the call `c`, begun so long after noon."""
    began = dt.datetime(2025, 9, 1, 12, tzinfo=dt.UTC) + dt.timedelta(seconds=start_s)
    uri = (ROOT / f"{day}/{name}.wav").as_uri()
    sources = stereo_sources(recording_id(name), uri, seconds, 0)
    known: dict[str, Any] = {"started_at": began, "duration_s": seconds, "sources": sources, "has_given_id": True}
    return replace(landed("c", day, audio=name, at=f"{day}/{name}.wav"), **(known | more))


def known_joined(call: Call) -> KnownCall:
    files = tuple((source.recording_id, source.source_uri) for source in call.sources)
    return replace(known(call), files=files)


def test_a_late_recording_is_joined_to_the_call_that_is_known_already() -> None:
    first, late = of_call("one", 0), of_call("two", 100)
    found, removed = merge_with_known(join_recordings([first, late]), [known_joined(first)], [DAY_1])
    assert removed == ["c"]
    [call] = found
    assert call.file_ids == (recording_id("one"), recording_id("two"))
    before = statuses_of([known_joined(first)])
    assert call_row(call, before)["status"] == "pending", "it is to be read again, and its status made of all"


def test_a_late_recording_that_comes_before_the_known_one_moves_the_call_to_its_day() -> None:
    early, second = of_call("one", 0), of_call("two", 100, day=DAY_2)
    zone, before = join_recordings([early, second]), [known_joined(second)]
    assert merge_with_known(zone, before, [DAY_2]) == ([], []), "it stays until its new day is run"
    found, removed = merge_with_known(zone, before, [DAY_1])
    assert ([(call.call_id, call.call_date) for call in found], removed) == ([("c", DAY_1)], ["c"])


def test_a_row_that_was_quarantined_for_the_id_of_another_recording_becomes_part_of_the_call() -> None:
    first, second = of_call("one", 0), of_call("two", 100)
    quarantined = KnownCall("c~12345678", recording_id("two"), DAY_1, second.source_uri, "quarantined")
    found, removed = merge_with_known(join_recordings([first, second]), [known_joined(first), quarantined], [DAY_1])
    assert [call.file_uris for call in found] == [(first.source_uri, second.source_uri)]
    assert sorted(removed) == ["c", "c~12345678"]


def test_a_call_of_which_a_recording_was_tidied_away_stays_whole() -> None:
    both = join_recordings([of_call("one", 0), of_call("two", 100)])
    assert merge_with_known([of_call("two", 100)], [known_joined(both[0])], [DAY_1]) == ([], [])


def test_a_changed_recording_takes_the_place_of_the_old_one_alone() -> None:
    first, second = of_call("one", 0), of_call("two", 100)
    [before] = join_recordings([first, second])
    changed = replace(second, recording_id="new", sources=stereo_sources("new", second.source_uri, 60.0, 0))
    found, removed = merge_with_known(join_recordings([first, changed]), [known_joined(before)], [DAY_1])
    assert ([call.file_ids for call in found], removed) == ([(recording_id("one"), "new")], ["c"])


def test_a_list_that_names_one_recording_wrong_leaves_the_whole_call_as_it_was() -> None:
    first, second = of_call("one", 0), of_call("two", 100)
    [before] = join_recordings([first, second])
    wrong = replace(second, sources=()).quarantined(QuarantineReason.BAD_METADATA, "calls.csv is wrong.")
    merged = merge_keeping_paid(join_recordings([first, wrong]), [known_joined(before)], [DAY_1], ())
    assert (merged.found, merged.removed) == ([], [])
    assert {call_id: call.status_message for call_id, call in merged.kept.items()} == {"c": "calls.csv is wrong."}


def test_the_rows_of_the_channels_name_the_agent_of_each_recording_and_none_that_is_not_known() -> None:
    [call] = join_recordings([of_call("one", 0, agent_id="a-1", queue="billing"), of_call("two", 100)])
    rows = [row for row in channel_rows(call) if row["channel_id"] == 0]
    assert [(row["segment"], row["offset_ms"], row["agent_id"], row["queue"]) for row in rows] == [
        (0, 0, "a-1", "billing"),
        (1, 100_000, None, None),
    ]
    assert call_row(call, {})["recordings"] == 2


def test_a_late_recording_of_a_call_whose_recordings_left_the_zone_is_named_with_what_to_do() -> None:
    found, removed = merge_with_known([of_call("two", 100)], [known_joined(of_call("one", 0))], [DAY_1])
    assert removed == []
    [late] = found
    assert late.status_reason == QuarantineReason.DUPLICATE_CALL_ID
    assert "have left the landing zone (put them back to have this one joined to them)" in (late.status_message or "")
