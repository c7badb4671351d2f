"""Listened to before anything is sent: what need not be paid for is not, by the service's own count."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.probing import probe
from tests.pipeline.harness import Pipeline
from tests.serving import SAMPLES

DAY = "2025-09-01"
DUAL_MONO, SILENT_CUSTOMER, GOOD = "c0190.wav", "c0191.wav", "c0104.m4a"


def billed(pipeline: Pipeline) -> tuple[float, set[int]]:
    """The service's own count: seconds, and how often each channel was billed."""
    usage = pipeline.usage()
    return usage.seconds, usage.times


def muted(source: Path, target: Path, channel: int) -> Path:
    """A recording of which one channel is line noise at -75 dB; written as PCM."""
    samples = np.concatenate(list(decode_blocks(source)), axis=1)
    samples[channel] = np.random.default_rng(7).normal(0, 6, samples.shape[1]).astype(np.int16)
    with wave.open(str(target), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(probe(source).sample_rate)
        file.writeframes(samples.T.astype("<i2").tobytes())
    return target


def statuses(pipeline: Pipeline) -> dict[str, tuple[str, str | None]]:
    return {row[0]: row[1:] for row in pipeline.query("select call_id, status, status_reason from calls")}


def line_of(text: str, beginning: str) -> str:
    return next((line for line in text.splitlines() if line.startswith(beginning)), "")


@pytest.mark.whole_run
def test_silent_channels_are_not_billed_and_dual_mono_is_billed_once(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.land(muted(SAMPLES / DAY / GOOD, tmp_path / "muted.wav", 1), f"{DAY}/muted.wav")
    pipeline.land(SAMPLES / DAY / SILENT_CUSTOMER, f"{DAY}/silent.wav")
    pipeline.land(SAMPLES / DAY / DUAL_MONO, f"{DAY}/dual.wav")
    pipeline.land(SAMPLES / DAY / "c0105.mp3", f"{DAY}/whole.mp3")
    before = pipeline.command("cost", "--from", DAY)
    assert "4 recordings were not listened to yet" in before.stderr
    done = pipeline.run(DAY)
    actions = pipeline.query("select call_id, action, defects from acoustics where channel_id = 1 order by call_id")
    assert actions == [
        ("dual", "skip_duplicate", ["dual_mono"]),
        ("muted", "skip_silent", ["silent"]),
        ("silent", "skip_silent", ["silent"]),
        ("whole", "transcribe", []),
    ]
    assert statuses(pipeline) == {
        "dual": ("partial", "DUAL_MONO"),
        "muted": ("ok", None),
        "silent": ("ok", None),
        "whole": ("ok", None),
    }
    rows = pipeline.query(
        "select text, sentence_count, speech_s, model, engine, role from transcripts where model = 'none'"
    )
    assert rows == [("", 0, 0.0, "none", "none (silent channel)", "customer")] * 2
    sent = pipeline.query("select channel_id, count(*) from transcription_tasks group by all order by all")
    assert sent == [(0, 4), (1, 1)]
    seconds = dict(pipeline.query("select call_id, ceil(duration_s) from calls"))
    assert billed(pipeline) == (sum(seconds.values()) + seconds["whole"], {1})

    assert line_of(done.stdout, "Defects") == "Defects   2 one_sided, 2 silent, 1 dual_mono (calls)"
    not_sent = "Not sent  2 silent, 1 the same as the other channel (channels; nothing is paid for them)"
    assert line_of(done.stdout, "Not sent") == not_sent
    status = pipeline.command("status").stdout
    assert line_of(status, "Not sent") == not_sent
    assert line_of(status, "Partial").endswith("dual; record each party apart, or set on_dual_mono to both")
    cost = pipeline.command("cost", "--from", DAY).stdout
    assert line_of(cost, "silent (never sent)").split()[-3:] == ["2", "0", "0.0000"]
    assert line_of(cost, "same as the other channel (never sent)").split()[-3:] == ["1", "0", "0.0000"]
    assert line_of(cost, "to be sent").split()[-3:] == ["0", "0", "0.0000"]

    # Of dual mono nobody knows who speaks, nor whose emotion it is.
    metrics = "select talk_ratio, agent_talk_s, customer_valence, languages, duration_s > 0 from call_metrics"
    nobody_knows = [(None, None, None, None, True)]
    emotions = "select count(emotion) from sentences where call_id = ? and role = 'customer'"
    assert pipeline.query(f"{metrics} where call_id = 'dual'") == nobody_knows
    assert pipeline.query("select distinct call_id from turns order by all") == [
        ("muted",),
        ("silent",),
        ("whole",),
    ]
    assert pipeline.query("select count(emotion) > 0 from sentences where call_id = 'dual'") == [(True,)]

    # The second run pays for what is now asked for and for nothing else.
    pipeline.settings |= {
        "QA_ON_DUAL_MONO": "both", "QA_ON_SILENT_CHANNEL": "quarantine", "QA_EMOTION_ROLES": "customer",
    }  # fmt: skip
    paid, _ = billed(pipeline)
    pipeline.run(DAY)
    assert billed(pipeline) == (paid + seconds["dual"], {1})
    assert statuses(pipeline) == {
        "dual": ("ok", None),
        "muted": ("quarantined", "silent_channel"),
        "silent": ("quarantined", "silent_channel"),
        "whole": ("ok", None),
    }
    cost_then = pipeline.command("cost", "--from", DAY)
    assert "2 calls are quarantined for their sound (silent_channel) and not counted" in cost_then.stderr
    assert {row[0] for row in pipeline.query("select call_id from transcripts")} == {"dual", "whole"}
    assert pipeline.query(f"{metrics} where call_id = 'dual'") == nobody_knows
    assert pipeline.query(emotions, "dual") == [(0,)], "the agent is on the customer's channel too"
    assert pipeline.query(emotions, "whole")[0][0] > 0
