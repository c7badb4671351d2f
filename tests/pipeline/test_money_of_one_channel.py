"""Calls with both parties on one channel, sent to the service: each channel is billed once, whatever `on_mono` says
before and afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.audio.decoding import cut_channel
from qa_pipeline.local_service.weights.catalogue import VOICES
from qa_pipeline.local_service.weights.placed import sha256_of
from qa_pipeline.local_service.weights.pull import pull_weights
from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.pipeline.steps import rows, run_steps
from tests.serving import SAMPLES
from tests.voices.sounds import write_network

DUAL, LEFT_ONLY, MONO = "c0190.wav", "c0191.wav", "m1.wav"
OTHER_SOUND = "c0106.mp3"
FORMS = "select call_id, form, status, status_reason from calls order by call_id"
ROLES = "select call_id, list(role order by role) from transcripts group by call_id order by call_id"


@pytest.fixture
def landed(pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    """Two stereo files of which one channel is worth sending, and a mono file; the network for voices."""
    for name in (DUAL, LEFT_ONLY):
        pipeline.land(SAMPLES / GOLDEN_DAY / name, f"{GOLDEN_DAY}/{name}")
    _land_mono(pipeline, "c0101.mp3", tmp_path)
    network = write_network(tmp_path / "embedder.int8.onnx")
    vouched = {network.name: sha256_of(network)}
    pull_weights(VOICES, pipeline.home / "models" / "voices", source=str(tmp_path), vouched=vouched)
    return pipeline


def _land_mono(pipeline: Pipeline, sample: str, folder: Path) -> None:
    made = folder / "made.wav"
    cut_channel(SAMPLES / GOLDEN_DAY / sample, 0, made)
    pipeline.land(made, f"{GOLDEN_DAY}/{MONO}")


@pytest.mark.whole_run
def test_on_mono_may_change_as_often_as_one_likes_and_every_channel_is_billed_once(
    landed: Pipeline, tmp_path: Path
) -> None:
    landed.settings["QA_ON_MONO"] = "single"
    run_steps(landed, GOLDEN_DAY)
    assert rows(landed, FORMS) == [(call, "single", "ok", None) for call in ("c0190", "c0191", "m1")]
    assert rows(landed, ROLES) == [(call, ["mixed"]) for call in ("c0190", "c0191", "m1")]
    assert rows(landed, "select count(*) from call_metrics where talk_ratio is not null") == [(0,)]
    billed = landed.usage()
    assert (len(billed.charges), billed.times) == (3, {1})

    landed.settings["QA_ON_MONO"] = "diarize"
    run_steps(landed, GOLDEN_DAY)
    assert rows(landed, "select call_id, form, status from calls order by call_id") == [
        (call, "diarized", "ok") for call in ("c0190", "c0191", "m1")
    ]
    channels = "select distinct call_id, role, source_channel from call_channels order by call_id"
    assert rows(landed, channels) == [("c0190", "mixed", 0), ("c0191", "mixed", 0), ("m1", "mixed", 0)]
    assert rows(landed, "select count(*) from calls where voices_unsure is null") == [(0,)]
    assert landed.usage() == billed

    landed.settings["QA_ON_MONO"] = "quarantine"
    run_steps(landed, GOLDEN_DAY)
    assert rows(landed, FORMS) == [
        ("c0190", "stereo", "partial", "DUAL_MONO"),
        ("c0191", "stereo", "ok", None),
        ("m1", None, "quarantined", "mono"),
    ]
    assert rows(landed, "select call_id, role from transcripts where call_id = 'c0191' order by role") == [
        ("c0191", "agent"),
        ("c0191", "customer"),
    ]
    assert landed.usage() == billed

    landed.settings["QA_ON_MONO"] = "single"
    _land_mono(landed, OTHER_SOUND, tmp_path)
    landed.run(GOLDEN_DAY)
    assert landed.query(ROLES) == [(call, ["mixed"]) for call in ("c0190", "c0191", "m1")]
    again = landed.usage()
    assert (len(again.charges), again.times) == (4, {1}), "only the mono file that was replaced is another recording"
