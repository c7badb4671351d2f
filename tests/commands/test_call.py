"""`qa-pipeline call`: one published call for people and as JSON, whatever became of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.cells import cell_len

from qa_pipeline.commands.call.reading import _ONE_CALL
from qa_pipeline.conversation.analysis import analyse_call
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import SpokenSentence
from tests import scenario
from tests.commands.conftest import Outcome, Typed
from tests.scenario import Said, ScenarioCall

CALLS = scenario.CALLS + scenario.CALLS_WITH_DEFECTS
CALL_IDS = [call.call_id for call in CALLS]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A QA_HOME with the calls of the scenario published."""
    folder = tmp_path_factory.mktemp("published")
    scenario.publish_snapshot(folder, CALLS)
    return folder


@pytest.fixture
def snapshot(home: Path, published: Path) -> Path:
    """The snapshot of this test's own QA_HOME."""
    shutil.copytree(published, home, symlinks=True)
    return (home / "qa.duckdb").resolve()


@contextmanager
def changing(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(snapshot)) as connection:
        yield connection


def lines(done: Outcome) -> list[str]:
    assert done.code == 0, done.err
    assert done.err == ""
    return done.out.splitlines()


def part(done: Outcome, title: str) -> list[str]:
    """The lines below a heading, as far as the next empty line."""
    rows = lines(done)
    [start] = [number for number, line in enumerate(rows) if line == title or line.startswith(f"{title}  ")]
    rest = rows[start + 1 :]
    return rest[: rest.index("")] if "" in rest else rest


def squeezed(rows: list[str]) -> list[str]:
    return [" ".join(row.split()) for row in rows]


def document(done: Outcome) -> dict[str, Any]:
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def recompute(connection: duckdb.DuckDBPyConnection, call_id: str, **options: Any) -> None:
    """Metrics and turns of a call from what its sentences are now."""
    rows = connection.execute(
        "select role, channel_id, sentence_id, begin_ms, end_ms, text, language, emotion from sentences "
        "where call_id = ?", [call_id],
    ).fetchall()  # fmt: skip
    found = connection.execute("select call_date, duration_s from calls where call_id = ?", [call_id]).fetchone()
    assert found is not None
    conversation = analyse_call([SpokenSentence(*row) for row in rows], found[1], direction="inbound", **options)
    for table in ("turns", "call_metrics"):
        connection.execute(f"delete from {table} where call_id = ?", [call_id])
    key = {"call_id": call_id, "call_date": found[0]}
    for turn in conversation.turns:
        scenario.insert(connection, "turns", key | turn._asdict())
    scenario.insert(
        connection, "call_metrics", key | conversation.metrics.row() | {"loaded_at": dt.datetime.now(dt.UTC)}
    )


def test_a_call_is_shown_from_who_it_was_to_what_was_said(typed: Typed, snapshot: Path) -> None:
    done = typed("call", "c0102")
    shown = squeezed(lines(done))
    assert shown[:9] == [
        "c0102 ok",
        "when 2025-09-01 02:30:00 (UTC)",
        "length 1:20",
        "agent Lucía Ortiz (a-ortiz)",
        "customer k-c0102",
        "queue delivery",
        "direction inbound",
        "recording c0102.wav, pcm_mulaw, 8,000 Hz, stereo",
        "paid US$ 0.0052 for 162 s of sound in 3 requests",
    ]
    assert squeezed(part(done, "Turns")) == [
        "0:00.5 agent Good morning, delivery desk.",
        "0:03.5 customer My parcel is late.",
        "0:08.5 agent overlap 2.0 s I see that it left the depot on Monday.",
        "0:13.0 customer interrupts 2.0 s No! I want a Refund, now! This is the third time.",
        "0:25.0 agent gap 1.0 s I can offer a refund.",
    ]
    assert squeezed(part(done, "Emotions, by share of speech")) == [
        "agent neutral 79%, happy 21%",
        "customer angry 69%, neutral 31%",
    ]


def test_metrics_stand_in_the_sections_of_their_definitions_with_units(typed: Typed, snapshot: Path) -> None:
    done = typed("call", "c0102")
    shown = squeezed(part(done, "Metrics"))
    sections = dict.fromkeys(entry.section for entry in CATALOGUE.values())
    assert [line for line in shown if line in sections] == [name for name in sections if "versions" not in name]
    for line in (
        "talk_s 12.0 s 14.5 s", "talk_ratio 45%", "silence_s 55.7 s", "interruptions_s 0.0 s 2.0 s",
        "response_ms_p50 0.8 s", "talk_speed 90 words/min 62 words/min", "valence +1.0 −3.4", "trajectory worsening",
        "escalated no", "languages 1 1 1",
    ):  # fmt: skip
        assert line in shown
    with changing(snapshot) as connection:
        [version] = connection.execute("select definition_version from call_metrics where call_id = 'c0102'").fetchone()  # type: ignore[misc]
    assert f"Metrics  defined in docs/metrics.md; version {version}" in lines(done)


def test_the_course_of_the_mood_is_drawn_by_quarter(typed: Typed, snapshot: Path) -> None:
    shown = part(typed("call", "c0101"), "Metrics")
    start = next(number for number, line in enumerate(shown) if "sentiment by quarter" in line)
    assert shown[start + 1 : start + 5] == [
        "    0:00 to 0:15  −5.0  █████│",
        "    0:15 to 0:30  +5.0       │█████",
        "    0:30 to 0:45    –²",
        "    0:45 to 1:00    –²",
    ]
    assert "  ²  no labelled speech in that quarter" in shown


@pytest.mark.parametrize(
    "call_id", [pytest.param(name, marks=pytest.mark.thorough if at % 2 else ()) for at, name in enumerate(CALL_IDS)]
)
def test_every_call_is_shown_and_its_json_has_the_rows_of_all_tables_and_reasons_for_what_is_unknown(
    typed: Typed, snapshot: Path, call_id: str
) -> None:
    assert lines(typed("call", call_id))[0].split()[0] == call_id
    found = document(typed("call", call_id, "--json"))
    with changing(snapshot) as connection:
        for table in _ONE_CALL:
            rows = connection.execute(f"from {table} where call_id = ?", [call_id]).to_arrow_table().to_pylist()
            in_json = found[table] if isinstance(found[table], list) else [found[table]] if found[table] else []
            assert len(in_json) == len(rows)
            for row in rows:
                row.pop("waveform", None)
                assert any(set(row) == set(item) for item in in_json)
                assert any(
                    all(item[name] == value for name, value in row.items() if isinstance(value, str | int | float)
                        and name not in ("thresholds", "options"))
                    for item in in_json
                )  # fmt: skip
    assert found["calls"]["call_id"] == call_id
    check_reasons(found["call_metrics"], found["unknown_metrics"])


def check_reasons(metrics: dict[str, Any] | None, reasons: dict[str, str]) -> None:
    """Each unknown metric has a reason, and no known one."""
    if metrics is None:
        assert reasons == {"*": "the call was quarantined before anything was sent"}
        return
    assert "no known reason" not in reasons.values()
    beside_others = {"agent_channel_evidence", *(name for name in metrics if name.endswith("talk_speed_unit"))}
    assert set(reasons) == {name for name in CATALOGUE if metrics[name] is None} - beside_others


@pytest.mark.parametrize(
    ("call_id", "column", "reason"),
    [
        ("c0103", "customer_talk_s", "the customer's channel was not transcribed: FILE_DOWNLOAD_FAILED"),
        ("c0103", "talk_ratio", "the customer's channel was not transcribed: FILE_DOWNLOAD_FAILED"),
        ("c0103", "agent_talk_speed", "under 5 s of talk in sentences of 1 s and more"),
        ("c0203", "silence_s", "no channel was transcribed: DECODE_ERROR"),
        ("c0205", "customer_valence", "no emotion of the customer was labelled"),
        ("c0205", "response_ms_p50", "no customer turn is followed by an agent turn"),
        ("c0302", "valence_shift", "labelled speech in fewer than two quarters"),
        ("c0304", "customer_valence", "no speech of the customer"),
        ("c0304", "agent_channel_suspect", "neither uses such a phrase, and only one speaks or the call is outbound"),
        ("c0305", "agent_talk_s", "both channels carry the same sound, so the roles cannot be told apart"),
    ],
)
def test_the_reason_is_the_one_that_tells(typed: Typed, snapshot: Path, call_id: str, column: str, reason: str) -> None:
    assert document(typed("call", call_id, "--json"))["unknown_metrics"][column] == reason


def test_remarks_on_metadata_are_shown(typed: Typed, snapshot: Path) -> None:
    with changing(snapshot) as connection:
        connection.execute(
            "update calls set metadata_remarks = ? where call_id = 'c0102'", [json.dumps(["c.json: one", "two"])]
        )
    assert [line.split() for line in lines(typed("call", "c0102")) if "one" in line or line.strip() == "two"] == [
        ["remarks", "c.json:", "one"],
        ["two"],
    ]
    shown = json.loads(typed("call", "c0102", "--json").out)["calls"]
    assert shown["metadata_remarks"] == ["c.json: one", "two"]


def test_a_model_without_times_gives_sentences_and_says_why_there_is_no_more(typed: Typed, snapshot: Path) -> None:
    with changing(snapshot) as connection:
        connection.execute(
            "update sentences set begin_ms = null, end_ms = null, emotion = null where call_id = 'c0102'"
        )
        connection.execute(
            "update transcripts set speech_s = null, emotion = null, model = 'qwen-audio-asr' where call_id = 'c0102'"
        )
        connection.execute("update languages set speech_s = null where call_id = 'c0102'")
        connection.execute("delete from emotions where call_id = 'c0102'")
        recompute(connection, "c0102")
    done = typed("call", "c0102")
    assert "Sentences  no turns: qwen-audio-asr gives no times" in lines(done)
    assert squeezed(part(done, "Sentences"))[0] == "– agent Good morning, delivery desk."
    assert "qwen-audio-asr gives no times" in "\n".join(part(done, "Metrics"))
    assert "Dead air  –¹" in "\n".join(part(done, "Metrics"))
    assert squeezed(part(done, "Languages, by share of speech")) == [
        f"{role} en 100% (of sentences, without times)" for role in ("agent", "customer")
    ]
    assert squeezed(part(done, "Emotions, by share of speech")) == [
        f"{role} – qwen-audio-asr gives no emotions" for role in ("agent", "customer")
    ]
    assert document(typed("call", "c0102", "--json"))["unknown_metrics"]["dead_air_s"].endswith("gives no times")


def test_emotions_that_are_not_kept_name_the_setting(
    typed: Typed, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with changing(snapshot) as connection:
        connection.execute("update sentences set emotion = null where call_id = 'c0102' and role = 'agent'")
        connection.execute("delete from emotions where call_id = 'c0102' and role = 'agent'")
        recompute(connection, "c0102")
    monkeypatch.setenv("QA_EMOTION_ROLES", "customer")
    done = typed("call", "c0102")
    assert "emotions of the agent are not kept (setting emotion_roles)" in "\n".join(part(done, "Metrics"))
    assert squeezed(part(done, "Emotions, by share of speech")) == [
        "agent – emotions of the agent are not kept (setting emotion_roles)",
        "customer angry 69%, neutral 31%",
    ]


def test_a_defect_is_explained_with_what_was_done_about_it(typed: Typed, snapshot: Path) -> None:
    silent = "\n".join(part(typed("call", "c0304"), "Channels"))
    assert "customer  channel 1  not sent, nothing was paid for it" in silent
    assert "silent: Nobody speaks on the channel: it has nothing but line noise, ringing, tones, music or" in silent
    assert "no speech: ringing 0:00.0 to 0:02.0, 0:06.0 to 0:08.0" in silent
    assert "→ the channel was not sent (setting on_silent_channel)" in silent
    assert "→ reported only; the channel is treated like any other (setting on_one_sided)" in silent
    twice = "\n".join(part(typed("call", "c0305"), "Channels"))
    assert twice.count("dual_mono: Both channels carry the same sound") == 2
    assert "→ the channel stands for both (setting on_dual_mono)" in twice
    assert "→ the channel was not sent: the other one stands for both (setting on_dual_mono)" in twice
    aside = "\n".join(part(typed("call", "c0306"), "Channels"))
    assert "→ the call was quarantined before anything was sent (setting on_bleeding)" in aside
    clipped = "\n".join(part(typed("call", "c0102"), "Channels"))
    assert "clipped: " in clipped
    assert "→ reported only; the channel is treated like any other\n" in clipped + "\n"


def test_a_stereo_file_that_was_divided_by_voice_says_what_was_heard_on_its_channel(
    snapshot: Path, typed: Typed
) -> None:
    of_both = "where call_id = 'c0305'"
    with changing(snapshot) as connection:
        for statement in (
            f"update acoustics set role = 'mixed' {of_both}",
            f"delete from call_channels {of_both} and channel_id = 1",
            f"update call_channels set role = 'mixed' {of_both}",
            f"update calls set form = 'diarized' {of_both}",
        ):
            connection.execute(statement)
    origin, speech, defect, done = squeezed(part(typed("call", "c0305"), "Channels"))
    assert origin.startswith("mixed channel 0 ")
    assert speech.startswith("speech ")
    assert "correlation with the other channel" in speech
    assert defect.startswith("dual_mono: ")
    assert done.startswith("→ the channel stands for both")


def test_a_likeness_of_nearly_nothing_is_no_negative_zero(typed: Typed, snapshot: Path) -> None:
    with changing(snapshot) as connection:
        connection.execute("update acoustics set correlation = -0.001 where call_id = 'c0101'")
    assert typed("call", "c0101").out.count("correlation with the other channel 0.00\n") == 2


def test_a_truncated_recording_says_what_is_missing(typed: Typed, snapshot: Path) -> None:
    with changing(snapshot) as connection:
        connection.execute(
            "update acoustics set defects = ['truncated', 'of_later_times'], missing = 'c0101.wav ends after 3 s of 9' "
            "where call_id = 'c0101'"
        )
    shown = "\n".join(part(typed("call", "c0101"), "Channels"))
    assert "truncated: c0101.wav ends after 3 s of 9" in shown
    assert "of_later_times: No description available in this version." in shown


def test_a_copy_that_was_set_aside_shows_nothing_of_what_the_first_one_cost(typed: Typed, snapshot: Path) -> None:
    assert "  paid       nothing was sent" in lines(typed("call", "c0303"))
    assert document(typed("call", "c0303", "--json"))["transcription_tasks"] == []


def test_an_imported_transcript_was_not_paid_for(typed: Typed, snapshot: Path) -> None:
    with changing(snapshot) as connection:
        for table in ("transcripts", "transcription_tasks"):
            connection.execute(f"update {table} set model = 'imported', engine = 'import WebVTT'")
    done = typed("call", "c0101")
    assert "  paid       nothing was sent" in lines(done)
    assert "imported, not transcribed here: import WebVTT" in done.out


def test_swapped_roles_are_said_with_the_evidence(typed: Typed, snapshot: Path) -> None:
    with changing(snapshot) as connection:
        connection.execute(
            "update sentences set text = 'Thank you for calling, how can I help?' "
            "where call_id = 'c0102' and role = 'customer' and sentence_id = 0"
        )
        recompute(connection, "c0102")
    shown = squeezed(part(typed("call", "c0102"), "Metrics"))
    [line] = [line for line in shown if line.startswith("agent_channel_suspect")]
    mark = line[-1]
    assert line == f"agent_channel_suspect yes{mark}"
    [remark] = [line for line in shown if line.startswith(f"{mark} ")]
    assert remark.startswith(f"{mark} agent says no such phrase; customer says how can i help, thank you for calling; ")
    assert "correct agent_channel (sidecar, calls.csv or setting)" in remark


def test_changed_thresholds_are_named(typed: Typed, snapshot: Path) -> None:
    assert "  Default thresholds" in lines(typed("call", "c0301"))
    with changing(snapshot) as connection:
        own = MetricThresholds(dead_air_ms=500, agent_phrases=("moin",))
        recompute(connection, "c0102", thresholds=own)
    done = typed("call", "c0102")
    assert (
        "  Changed thresholds: agent_phrases moin (default empty), dead_air_ms 500 (default 3000)"
        in part(done, "Metrics")
    )  # fmt: skip
    assert "0:25.0  agent     dead air 1.0 s    I can offer a refund." in "\n".join(part(done, "Turns"))


def test_what_was_said_can_neither_steer_the_terminal_nor_be_markup(typed: Typed, snapshot: Path) -> None:
    with changing(snapshot) as connection:
        for table in ("sentences", "turns"):
            connection.execute(
                f"update {table} set text = 'one' || chr(27) || '[2J' || chr(10) || '[red]two' where call_id = 'c0101'"
            )
    assert "one\\x1b[2J [red]two" in typed("call", "c0101").out
    assert scenario.HOSTILE_NAME in typed("call", "c0302").out
    assert scenario.HOSTILE_TEXT in typed("call", "c0302").out


@pytest.fixture(scope="module")
def published_long_call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 turns over twelve hours, and a murmur."""
    said = [
        Said("agent" if number % 2 else "customer", number * 430.0, number * 430.0 + 3, f"Turn {number}.", "en", None)
        for number in range(100)
    ]
    said.append(Said("customer", 431.0, 431.4, "Mm-hm.", "en", None))
    call = dataclasses.replace(CALLS[0], call_id="long", duration_s=43_200.0, said=tuple(said))
    folder = tmp_path_factory.mktemp("long")
    scenario.publish_snapshot(folder, (call,))
    return folder


@pytest.fixture
def long_call(home: Path, published_long_call: Path) -> None:
    shutil.copytree(published_long_call, home, symlinks=True)


@pytest.mark.thorough
def test_forty_turns_are_shown_unless_more_are_asked_for(typed: Typed, long_call: None) -> None:
    usual = typed("call", "long")
    assert len(part(usual, "Turns")) == 40
    assert "Turns  40 of 101; --turns all shows all" in lines(usual)
    assert len(part(typed("call", "long", "--turns", "7"), "Turns")) == 7
    assert part(typed("call", "long", "--turns", "0"), "Turns") == []
    everything = typed("call", "long", "--turns", "all")
    assert len(part(everything, "Turns")) == 101
    assert "Turns" in lines(everything)
    assert len(document(typed("call", "long", "--json"))["turns"]) == 101


def test_a_call_of_twelve_hours_has_places_with_hours_and_murmurs_are_marked(typed: Typed, long_call: None) -> None:
    done = typed("call", "long", "--turns", "all")
    assert "  length     12:00:00" in lines(done)
    shown = squeezed(part(done, "Turns"))
    assert shown[2] == "7:11.0 customer back-channel Mm-hm."
    assert shown[-1] == "11:49:30.0 agent dead air 427.0 s Turn 99."


def test_without_anything_said_that_is_said(typed: Typed, home: Path) -> None:
    silent = scenario.Sound(silent=("agent", "customer"))
    scenario.publish_snapshot(home, (ScenarioCall("quiet", scenario.DAY_1, 9, "a-chen", None, sound=silent),))
    done = typed("call", "quiet")
    assert squeezed(part(done, "Turns")) == ["no speech"]
    assert "no speech" in "\n".join(part(done, "Metrics"))
    assert "  queue      –" in lines(done)
    reasons = document(typed("call", "quiet", "--json"))["unknown_metrics"]
    assert reasons["talk_ratio"] == reasons["dead_air_s"] == "no speech"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["C101"], 2, "the newest snapshot has no call C101; similar: c0101, "),
        (["0205"], 2, "similar: c0205"),
        (["zz"], 2, "no similar id"),
        (["c01\x1b[2J"], 2, r"no call c01\x1b[2J"),
        (["c0101", "--turns", "few"], 2, "--turns few: give a number of turns, or all"),
        (["c0101", "--turns", "-1"], 2, "--turns -1: give a number of turns, or all"),
        (["c0101", "--json", "--turns", "3"], 2, "--json has all turns; leave --turns out"),
    ],
)
def test_wrong_use_is_explained(typed: Typed, snapshot: Path, arguments: list[str], code: int, said: str) -> None:
    done = typed("call", *arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_with_nothing_published_it_says_what_to_run(typed: Typed) -> None:
    done = typed("call", "c0101")
    assert done.code == 1
    assert "nothing is published yet" in done.err
    assert "`qa-pipeline run --from YYYY-MM-DD`" in done.err


def test_odd_values_of_the_results_are_named_with_what_was_done(typed: Typed, snapshot: Path) -> None:
    assert squeezed(part(typed("call", "c0205"), "Odd values in the results")) == [
        'agent emotion "calm": can\'t be believed; it is empty (sentence 0)',
        'customer emotion "calm": can\'t be believed; it is empty (sentence 0)',
    ]
    assert "Odd values" not in typed("call", "c0102").out
    with changing(snapshot) as connection:
        connection.execute(
            "insert into transcript_remarks select * exclude (range) replace (remark_id + 1 + range as remark_id) "
            "from transcript_remarks, range(20) where call_id = 'c0205'"
        )
    [heading] = [line for line in lines(typed("call", "c0205")) if line.startswith("Odd values")]
    assert heading.endswith("10 of 42; table transcript_remarks has all")


def test_a_snapshot_of_an_earlier_version_is_shown_as_far_as_it_goes(typed: Typed, snapshot: Path) -> None:
    with changing(snapshot) as connection:
        for table in ("acoustics", "turns", "call_metrics"):
            connection.execute(f"drop table {table}")
    done = typed("call", "c0102")
    [reason] = squeezed(part(done, "Metrics"))
    assert reason.startswith("none: this snapshot was published by a version without metrics; `qa-pipeline run --from ")
    assert "2025-09-01" in reason
    assert squeezed(part(done, "Channels"))[0].startswith("agent channel 0 transcribed by")
    assert len(part(done, "Sentences")) == 6
    assert document(typed("call", "c0102", "--json"))["turns"] == []


def test_a_call_whose_metrics_are_still_to_come_says_how(typed: Typed, snapshot: Path) -> None:
    with changing(snapshot) as connection:
        connection.execute("delete from call_metrics")
        connection.execute("delete from turns")
    assert squeezed(part(typed("call", "c0102"), "Metrics")) == [
        "none: not computed yet; `qa-pipeline run --from 2025-09-01` computes them; nothing is paid for twice"
    ]


def test_in_a_pipe_a_turn_is_one_line_however_narrow_the_terminal(
    typed: Typed, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = typed("call", "c0302").out
    monkeypatch.setenv("COLUMNS", "30")
    narrow = typed("call", "c0302").out
    assert narrow == wide
    assert "\x1b" not in narrow
    assert not any(line != line.rstrip() for line in narrow.splitlines())


@pytest.mark.parametrize("columns", [50, 120])
@pytest.mark.process
def test_on_a_terminal_nothing_is_wider_than_it_and_nothing_is_lost(snapshot: Path, columns: int) -> None:
    leader, follower = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    arguments = [sys.executable, "-m", "qa_pipeline", "call", "c0101"]
    with subprocess.Popen(arguments, stdout=follower, stdin=follower, env=environment, cwd=scenario.ROOT) as process:
        os.close(follower)
        written = b""
        try:
            while block := os.read(leader, 65_536):
                written += block
        except OSError:  # what a terminal answers when the other side is gone
            pass
        assert process.wait() == 0
    os.close(leader)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", written.decode()).splitlines()
    assert "\x1b[" in written.decode()
    assert max(map(cell_len, shown)) <= columns
    words = re.sub(r"\s", "", "".join(shown))
    for said in ("136characters/min", "87characters/min", "你们又多扣了我的钱！", "trajectory", "improving", "█████│"):
        assert said in words


def test_how_much_is_masked_is_said_by_kind_and_never_what(typed: Typed, snapshot: Path) -> None:
    assert "redacted" not in typed("call", "c0101").out
    snapshot.chmod(0o644)
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute(
            "insert into redactions by name select call_id, channel_id, role, call_date, sentence_id, "
            "row_number() over () as redaction_id, 'card' as kind, 'mask' as policy, 0 as begin_char, 6 as end_char, "
            "'shape' as detector from sentences where call_id = 'c0101' limit 2"
        )
    assert re.search(r"redacted +2 card", typed("call", "c0101").out)
