"""A transferred call from its recordings to tables and export: paid once, whatever arrives late or is broken."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.pipeline.harness import GOLDEN_DAY, LONG_AGO, Pipeline
from tests.pipeline.steps import rows, run_steps, working_tables
from tests.serving import SAMPLES

LIST = "file,call_id,agent_id,agent_name,queue,started_at\n"
FIRST = "first.mp3,call-9,a-1,Ana,billing,2025-09-01T14:03:00+08:00\n"
SECOND = "second.m4a,call-9,a-2,Ben,cards,2025-09-01T14:06:00+08:00\n"
BROKEN = "broken.wav,call-9,a-2,Ben,cards,2025-09-01T14:07:30+08:00\n"
LATE = "late.opus,call-9,a-2,Ben,cards,2025-09-01T14:09:00+08:00\n"
SOUNDS = {"first.mp3": "c0101.mp3", "second.m4a": "c0104.m4a", "late.opus": "c0108.opus"}


def land(pipeline: Pipeline, *names: str) -> None:
    for name in names:
        pipeline.land(SAMPLES / GOLDEN_DAY / SOUNDS[name], f"{GOLDEN_DAY}/{name}")


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.mark.whole_run
def test_a_transferred_call_is_one_call_with_two_agents_and_a_late_recording_is_taken_up(pipeline: Pipeline) -> None:
    folder = pipeline.landing / GOLDEN_DAY
    land(pipeline, "first.mp3", "second.m4a")
    put(folder / "calls.csv", LIST + FIRST + SECOND)
    run_steps(pipeline, GOLDEN_DAY)
    [call] = rows(pipeline, "select call_id, recordings, status, agent_id, queue, round(duration_s) from calls")
    assert call == ("call-9", 2, "ok", "a-1", "billing", 232)
    assert pipeline.usage().times == {1}
    assert len(pipeline.usage().charges) == 4
    billed = pipeline.usage().charges
    text_before = rows(pipeline, "select text from transcripts order by channel_id")

    land(pipeline, "late.opus")
    put(folder / "broken.wav", "this is no sound")
    put(folder / "calls.csv", LIST + FIRST + SECOND + BROKEN + LATE)
    pipeline.run(GOLDEN_DAY)
    assert {key: value for key, value in pipeline.usage().charges.items() if key in billed} == billed
    assert len(pipeline.usage().charges) == 6
    known = pipeline.query(
        "select call_id, status, status_reason, recordings, status_message from calls order by call_id"
    )
    assert [row[:4] for row in known] == [
        ("call-9", "partial", "MISSING_RECORDING", 3),
        (known[1][0], "quarantined", "not_audio", None),
    ]
    assert known[0][4].startswith(f"recording {GOLDEN_DAY}/broken.wav is missing: ")
    for (before,), (after,) in zip(
        text_before, pipeline.query("select text from transcripts order by channel_id"), strict=True
    ):
        assert after.startswith(before)
        assert len(after) > len(before)
    in_order = pipeline.query(
        "select channel_id, list(segment order by sentence_id), list(begin_ms order by sentence_id) from sentences "
        "group by channel_id order by channel_id"
    )
    for _, segments, begins in in_order:
        assert segments == sorted(segments)
        assert set(segments) == {0, 1, 2}
        assert begins == sorted(begins)
        assert 180_000 <= begins[segments.index(1)] < 360_000 <= begins[segments.index(2)]
    [(unrecorded_s, duration_s)] = pipeline.query("select unrecorded_s, duration_s from call_metrics")
    assert unrecorded_s == pytest.approx(duration_s - 63.6 - 52.4 - 67.1, abs=0.5)
    assert pipeline.query("select agent_id, calls, talk_ratio_n from agents_daily order by all") == [
        ("a-1", 1, 1),
        ("a-2", 1, 1),
    ]
    [(audio_s, billed_s)] = pipeline.query("select sum(audio_s), sum(billed_s) from costs_daily")
    assert (round(audio_s, 1), billed_s) == (366.2, 370)

    before = pipeline.tables()
    run_steps(pipeline, GOLDEN_DAY)
    assert pipeline.usage().times == {1}
    assert len(pipeline.usage().charges) == 6
    assert working_tables(pipeline) == before

    shown = pipeline.command("call", "call-9").stdout
    assert "Ana (a-1), then Ben (a-2)" in shown
    assert "recording 2 of 3, Ben (a-2), queue cards, 06:06:00-06:06:52, not recorded 06:04:03-06:06:00" in shown
    written = pipeline.home / "exported"
    exported = pipeline.command("export", "--call", "call-9", "--format", "vcon", "--output", str(written))
    assert exported.returncode == 0, exported.stderr
    vcon = json.loads((written / "call-9.vcon").read_text(encoding="utf-8"))
    assert [party.get("name") for party in vcon["parties"]] == ["Ana", None, "Ben"]
    assert [(each["filename"], each["parties"]) for each in vcon["dialog"]] == [
        ("first.mp3", [0, 1]),
        ("second.m4a", [1, 2]),
        ("late.opus", [1, 2]),
    ]
