from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.file_names import compile_patterns
from qa_pipeline.recordings.metadata import CallMetadata
from tests.recordings.scanning import scan

Put = Callable[..., Path]


@pytest.fixture
def describe(zone: Path, timezone: dt.tzinfo) -> Callable[..., tuple[dict[str, CallMetadata], tuple[str, ...]]]:
    def read(*patterns: str) -> tuple[dict[str, CallMetadata], tuple[str, ...]]:
        found = scan(zone)
        reader = MetadataReader(found, patterns=compile_patterns(patterns), timezone=timezone)
        return {file.relative_path: reader.describe(file) for file in found.files}, reader.notes()

    return read


def test_the_folders_list_describes_recordings_by_id_file_or_the_id_in_the_name(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/track7.mp3", b"x")
    put("2025-09-02/2025-09-02_a-chen_c3.wav", b"x")
    put("2025-09-02/calls.csv", "call_id,file,queue\nc1,,one\nc2,track7.mp3,two\nc3,,three\n")
    calls, notes = describe()
    assert [(call.call_id, call.queue, call.source) for call in calls.values()] == [
        ("c3", "three", "calls.csv"),
        ("c1", "one", "calls.csv"),
        ("c2", "two", "calls.csv"),
    ]
    assert calls["2025-09-02/2025-09-02_a-chen_c3.wav"].agent_id == "a-chen"
    assert notes == ()


def test_the_nearest_list_that_knows_a_recording_counts(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/c2.wav", b"x")
    put("2025-09-02/calls.csv", "call_id,queue\nc1,near\n")
    put("calls.csv", "call_id,queue\nc1,far\nc2,far\n")
    calls, notes = describe()
    assert [call.queue for call in calls.values()] == ["near", "far"]
    assert notes == ("calls.csv, line 2: there is no recording of c1.",)


def test_a_sidecar_that_renames_its_call_is_found_in_the_list(put: Put, describe: Callable) -> None:
    put("track.wav", b"x")
    put("track.json", {"call_id": "c9", "queue": "own"})
    put("calls.csv", "call_id,queue,agent_id\nc9,list,17\n")
    calls, _ = describe()
    assert (calls["track.wav"].queue, calls["track.wav"].agent_id) == ("own", "17")


def test_a_list_of_which_few_lines_have_recordings_makes_one_note_with_the_number_and_places(
    put: Put, describe: Callable
) -> None:
    put("c1.wav", b"x")
    put("calls.csv", "call_id,queue\n" + "".join(f"c{number},a\n" for number in range(1, 5001)))
    _, notes = describe()
    assert notes == (
        "calls.csv, line 3: there is no recording of c2. (4,999 of this kind; also calls.csv, line 4 and calls.csv, "
        "line 5)",
    )


def test_remarks_that_differ_in_their_values_alone_are_one_note(put: Put, describe: Callable) -> None:
    for number in range(10):
        put(f"c{number}.wav", b"x")
        put(f"c{number}.json", {"callid_x": number, "queu": f"q{number}"})
    _, notes = describe()
    assert len(notes) <= 2


def test_lines_without_a_recording_and_bad_lines_are_told(put: Put, describe: Callable) -> None:
    put("c1.wav", b"x")
    put("calls.csv", "call_id,queue\nc1,a\nc2,b\n,c\nc4,d,e\n")
    calls, notes = describe()
    assert calls["c1.wav"].problems == ()
    assert [note.split(" ", 1)[0] for note in notes] == ["calls.csv,"] * 3
    assert "line 3: there is no recording of c2" in notes[0]
    assert "line 4, names neither" in notes[1]
    assert "line 5, has 3 cells" in notes[2]


def test_two_lines_that_say_different_things_spoil_their_call_only(put: Put, describe: Callable) -> None:
    for name in ("c1", "c2", "c3"):
        put(f"{name}.wav", b"x")
    put("calls.csv", "call_id,queue\nc1,a\nc2,a\nc1,b\nc3,a\nc3,a\n")
    calls, _ = describe()
    assert calls["c1.wav"].problems == (
        "calls.csv, lines 2 and 4, say different things of the same call; delete the wrong one.",
    )
    assert calls["c2.wav"].problems == calls["c3.wav"].problems == ()


def test_a_list_that_can_not_be_read_spoils_only_calls_that_depend_on_it(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/c2.wav", b"x")
    put("2025-09-02/c2.json", {"queue": "own"})
    put("2025-09-03/c3.wav", b"x")
    put("2025-09-02/20250902_a_c4.wav", b"x")
    put("2025-09-02/calls.csv", "call,agent_name\nc1,陈\n")
    calls, notes = describe()
    assert [path for path, call in calls.items() if call.problems] == ["2025-09-02/c1.wav"]
    assert "2025-09-02/calls.csv needs a column call_id or file" in calls["2025-09-02/c1.wav"].problems[0]
    assert notes == calls["2025-09-02/c1.wav"].problems


def test_a_broken_sidecar_spoils_its_call_and_names_itself(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/c1.json", "{")
    put("2025-09-02/c2.wav", b"x")
    calls, _ = describe()
    assert "2025-09-02/c1.json is not valid JSON" in calls["2025-09-02/c1.wav"].problems[0]
    assert calls["2025-09-02/c1.wav"].call_date == dt.date(2025, 9, 2)
    assert calls["2025-09-02/c2.wav"].problems == ()


@pytest.mark.parametrize("name", ["c1.json", "calls.csv"])
def test_metadata_behind_a_link_out_of_the_zone_is_not_read(
    zone: Path, elsewhere: Path, put: Put, describe: Callable, name: str
) -> None:
    secret = elsewhere / "secret"
    secret.write_text('{"agent_name": "nobody should see this"}')
    put("c1.wav", b"x")
    (zone / name).symlink_to(secret)
    calls, _ = describe()
    assert calls["c1.wav"].problems == (
        f"{name} is a link out of the landing zone and was not read; copy the file into the zone.",
    )


def test_a_users_pattern_reads_the_names(put: Put, describe: Callable) -> None:
    put("billing-20250903-1026-x7.wav", b"x")
    calls, _ = describe("{queue}-{date}-{agent_id}-{call_id}")
    call = calls["billing-20250903-1026-x7.wav"]
    assert (call.queue, call.call_date, call.agent_id, call.call_id) == ("billing", dt.date(2025, 9, 3), "1026", "x7")


def test_a_name_no_id_can_be_made_of_is_a_problem_with_a_readable_id(put: Put, describe: Callable) -> None:
    put("2025-09-01/a\nb.wav", b"x")
    put(f"2025-09-01/{'c' * 230}.wav", b"x")
    calls, _ = describe()
    assert {call.call_id for call in calls.values()} == {"a_b", "c" * 100}
    assert all("call_id is" in call.problems[0] for call in calls.values())


def test_a_key_that_resembles_one_is_named_once_with_the_number_of_files(put: Put, describe: Callable) -> None:
    for name in ("c1", "c2"):
        put(f"2025-09-02/{name}.wav", b"x")
        put(f"2025-09-02/{name}.json", {"startTime": "2025-09-01", "agent_idd": "a", "ticket": "t", "queue": "q"})
    calls, notes = describe()
    assert notes == (
        "2025-09-02/c1.json (and 1 more): 'startTime' is not a key and was kept as it is; is started_at meant?",
        "2025-09-02/c1.json (and 1 more): 'agent_idd' is not a key and was kept as it is; is agent_id meant?",
    )
    assert all(call.problems == () for call in calls.values())


def test_a_value_with_a_remark_is_among_the_notes(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("calls.csv", "call_id,agent_id\nc1,17.0\n")
    calls, notes = describe()
    assert calls["2025-09-02/c1.wav"].agent_id == "17"
    assert len(notes) == 1
    assert notes[0].startswith("calls.csv, line 2: agent_id is '17.0'; it was read as 17")


def test_a_bad_line_costs_its_own_call(put: Put, describe: Callable) -> None:
    for name in ("c1", "c2", "c3"):
        put(f"2025-09-02/{name}.wav", b"x")
    put("calls.csv", 'call_id,queue\nc1,a\nc2,"b\nc3,c\nc4,"d\n')
    calls, notes = describe()
    assert [(call.queue, bool(call.problems)) for call in calls.values()] == [("a", False), (None, True), ("c", False)]
    assert "calls.csv, line 3, has a quote" in calls["2025-09-02/c2.wav"].problems[0]
    assert [note.split(" has")[0] for note in notes] == ["calls.csv, line 5,"]


def test_an_id_that_a_spreadsheet_shortened_is_named_as_such(put: Put, describe: Callable) -> None:
    put("2025-09-02/00712.wav", b"x")
    put("calls.csv", "call_id,queue\n712,a\n1.23E+15,b\n")
    _, notes = describe()
    assert "there is no recording of 712, but one of 00712; a spreadsheet drops zeros" in notes[0]
    assert "there is no recording of 1.23E+15; a spreadsheet shortened the id" in notes[1]


def test_a_heading_that_resembles_a_key_is_named(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("calls.csv", "call_id,Agent\nc1,7\n")
    _, notes = describe()
    assert notes == ("calls.csv: 'Agent' is not a key and was kept as it is; is agent_id meant?",)


@pytest.mark.parametrize("growing", [True, False])
def test_the_last_line_of_a_list_that_still_grows_is_left(
    zone: Path, put: Put, timezone: dt.tzinfo, growing: bool
) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/c2.wav", b"x")
    path = put("calls.csv", "call_id,queue\nc2,sales\nc1,bil")
    found = scan(zone)
    reader = MetadataReader(found, patterns=compile_patterns(), timezone=timezone, growing=[path] if growing else [])
    assert [reader.describe(file).queue for file in found.files] == [None if growing else "bil", "sales"]
    [note] = reader.notes()
    assert note.startswith("calls.csv, line 3, the last one, has no line end")
    assert ("left for the next run" in note) is growing


def test_legs_of_a_call_are_told_apart_by_their_column(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("calls.csv", "call_id,leg,agent_id,queue\nc1,10,17,\nc1,2,9,sales\nc1,11,18,billing\n")
    calls, notes = describe()
    call = calls["2025-09-02/c1.wav"]
    assert (call.agent_id, call.queue, call.problems, notes) == ("9", "sales", (), ())
    assert [leg["agent_id"] for leg in call.extra["legs"]] == ["9", "17", "18"]


def test_a_later_leg_fills_what_the_first_leaves_open(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("calls.csv", "call_id,Leg,agent_id,queue\nc1,a,9,\nc1,b,17,billing\n")
    call = describe()[0]["2025-09-02/c1.wav"]
    assert (call.agent_id, call.queue) == ("9", "billing")


def test_two_lines_of_one_leg_that_differ_are_a_problem(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("calls.csv", "call_id,leg,agent_id\nc1,1,9\nc1,2,17\nc1,2,18\n")
    [problem] = describe()[0]["2025-09-02/c1.wav"].problems
    assert "lines 3 and 4, say different things" in problem


def test_each_of_several_sidecars_says_its_part(put: Put, describe: Callable) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/c1.wav.json", {"agent_id": "near"})
    put("2025-09-02/c1.cdr.json", {"agent_id": "far", "queue": "billing"})
    call = describe()[0]["2025-09-02/c1.wav"]
    assert (call.agent_id, call.queue) == ("near", "billing")
