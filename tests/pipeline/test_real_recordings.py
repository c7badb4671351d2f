"""Recordings made by people, from the landing zone to the tables: what is known comes out, what isn't says so."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from tests.pipeline.harness import Pipeline
from tests.serving import REAL_RECORDINGS

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.whole_run,
    pytest.mark.skipif(not REAL_RECORDINGS.is_dir(), reason="the real recordings are not beside this checkout"),
]

DAY = "2025-09-10"
STEREO = {  # name: codec, rate in Hz, length in s
    "bankcard": ("pcm_s16le", 8000, 51.11),
    "repairs40": ("pcm_s16le", 8000, 245.38),
    "audiohook-mulaw": ("pcm_mulaw", 8000, 70.85),
    "bank-16k": ("pcm_s16le", 16000, 6.67),
    "support-10s": ("pcm_s16le", 16000, 9.98),
    "two-readers": ("pcm_s16le", 16000, 5.00),
}


@pytest.mark.whole_run
def test_real_calls_go_all_the_way_or_say_why_not(pipeline: Pipeline) -> None:
    pipeline.settings["QA_MAX_FAILED_SHARE"] = "1"  # five of six have no reference transcript, and that is no surprise
    pipeline.land_sample_day("2025-09-02")
    for source in sorted(REAL_RECORDINGS.iterdir()):
        if not source.name.endswith(".json"):
            pipeline.land(source, f"{DAY}/{source.name}")
    done = pipeline.run("2025-09-02", DAY)

    check_probes(pipeline)
    check_bankcard(pipeline)
    check_unknown_recordings(pipeline, done.stdout)
    check_mono(pipeline)
    samples = pipeline.query("select status, count(*) from calls where call_date = '2025-09-02' group by all")
    assert dict(samples)["ok"] >= 8, "a recording without a recognizer disturbed the other calls"


def check_probes(pipeline: Pipeline) -> None:
    rows = pipeline.query(
        "select call_id, codec, sample_rate, duration_s, channels from calls where call_date = ? and channels = 2", DAY
    )
    found = {call_id: (codec, rate, duration_s) for call_id, codec, rate, duration_s, _ in rows}
    assert set(found) == set(STEREO)
    for call_id, (codec, rate, duration_s) in STEREO.items():
        assert found[call_id][:2] == (codec, rate)
        assert found[call_id][2] == pytest.approx(duration_s, abs=0.01)


def check_bankcard(pipeline: Pipeline) -> None:
    assert pipeline.query("select status, call_date from calls where call_id = 'bankcard'") == [
        ("ok", dt.date.fromisoformat(DAY))
    ]
    human = json.loads((REAL_RECORDINGS / "bankcard.transcript.json").read_text(encoding="utf-8"))
    for channel_id, role, count in ((0, "agent", 7), (1, "customer", 10)):
        rows = pipeline.query(
            "select begin_ms, text, emotion, language from sentences "
            "where call_id = 'bankcard' and role = ? order by sentence_id",
            role,
        )
        expected = human["transcripts"][channel_id]["sentences"]
        assert len(rows) == len(expected) == count
        assert [row[0] for row in rows] == [sentence["begin_time"] for sentence in expected]
        assert [row[1] for row in rows] == [sentence["text"] for sentence in expected]
        assert {row[2] for row in rows} == {None}, "nobody labelled an emotion; none may be invented"
        assert {row[3] for row in rows} == {"en"}
    assert pipeline.query("select count(*) from emotions where call_id = 'bankcard'") == [(0,)]


def check_unknown_recordings(pipeline: Pipeline, printed: str) -> None:
    rows = pipeline.query(
        "select call_id, status_reason, status_message from calls where call_date = ? and status = 'failed'", DAY
    )
    assert {row[0] for row in rows} == set(STEREO) - {"bankcard"}
    for call_id, reason, message in rows:
        assert reason == "LOCAL_MODEL_NOT_INSTALLED"
        assert "No local speech model is in use" in message
        assert "DASHSCOPE_API_KEY" in message
        assert call_id in printed


def check_mono(pipeline: Pipeline) -> None:
    rows = pipeline.query("select call_id, status, status_reason from calls where call_date = ? and channels = 1", DAY)
    assert len(rows) >= 6
    assert {(status, reason) for _, status, reason in rows} <= {
        ("quarantined", "mono"),
        ("quarantined", "bad_metadata"),
    }
