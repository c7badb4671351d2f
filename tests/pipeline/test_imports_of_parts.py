"""Transcripts and mixes beside the parts of a call: who speaks for whom, and what is paid."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.transcriptions import transcriptions
from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.pipeline.steps import rows, run_steps
from tests.pipeline.test_forms import OTHER, PARTS, THREE, expected, part, rate_of, sound_of

pytestmark = pytest.mark.whole_run

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Customer>My card.\n\n00:03.000 --> 00:04.000\n<v Agent>Which one?\n"
OF_ONE = "WEBVTT\n\n00:01.000 --> 00:02.000\nI lost it.\n"
TURNS = [
    {"ParticipantRole": role, "Content": text, "BeginOffsetMillis": begin, "EndOffsetMillis": begin + 900}
    for role, text, begin in (("AGENT", "Hello.", 100), ("CUSTOMER", "Hi.", 1200))
]
ENGINES = "select call_id, role, text, engine from transcripts order by call_id, role"


def land_parts(pipeline: Pipeline, folder: Path, sample: str, call_id: str) -> None:
    for channel_id, word in enumerate(("out", "in")):
        made = part(sample, channel_id, folder / f"{call_id}-{word}.wav")
        pipeline.land(made, f"{GOLDEN_DAY}/{made.name}")


def land_mix(pipeline: Pipeline, folder: Path, sample: str, call_id: str) -> None:
    path = folder / f"{call_id}.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate_of(sample), 0, "NONE", ""))
        out.writeframes((sound_of(sample).astype(np.int32).sum(axis=0) // 2).astype("<i2").tobytes())
    pipeline.land(path, f"{GOLDEN_DAY}/{path.name}")


def land_text(pipeline: Pipeline, folder: Path, name: str, content: str) -> None:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    pipeline.land(path, f"{GOLDEN_DAY}/{name}")


def billed(pipeline: Pipeline) -> tuple[int, set[int]]:
    usage = pipeline.usage()
    return len(usage.charges), usage.times


def test_transcripts_beside_mix_and_parts_speak_for_their_parties_and_the_rest_is_sent_once(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    land_parts(pipeline, made, PARTS, "77")
    land_mix(pipeline, made, PARTS, "77")
    land_text(pipeline, made, "77.vtt", VTT)
    land_parts(pipeline, made, OTHER, "78")
    land_text(pipeline, made, "78-in.vtt", OF_ONE)
    land_parts(pipeline, made, THREE, "79")
    analytics: dict[str, Any] = {"LanguageCode": "en-US", "Transcript": TURNS}
    land_text(pipeline, made, "79.transcript.json", json.dumps(analytics))
    run_steps(pipeline, GOLDEN_DAY)
    states = "select call_id, form, status, status_reason from calls order by length(call_id), call_id"
    found = rows(pipeline, states)
    assert found[:3] == [(call_id, "parts", "ok", None) for call_id in ("77", "78", "79")]
    assert [row[2:] for row in found[3:]] == [("quarantined", "duplicate_audio")]
    reference = expected(OTHER)[0]
    assert rows(pipeline, ENGINES) == [
        ("77", "agent", "Which one?", "import webvtt"),
        ("77", "customer", "My card.", "import webvtt"),
        ("78", "agent", reference, "local reference"),
        ("78", "customer", "I lost it.", "import webvtt"),
        ("79", "agent", "Hello.", "import amazon transcribe call analytics"),
        ("79", "customer", "Hi.", "import amazon transcribe call analytics"),
    ]
    assert billed(pipeline) == (1, {1}), "the agent's part of 78 alone"


def test_a_mix_that_was_taken_for_the_call_gives_way_to_its_parts_and_nothing_is_paid_twice(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    """As in a home of a version that didn't know mixes: there the mix was a call of its own, and paid."""
    made = tmp_path / "made"
    made.mkdir()
    pipeline.settings["QA_ON_MONO"] = "single"
    mix = part(PARTS, 0, made / "77.wav")  # sound that the service has a transcript of, in a file of its own
    mix.write_bytes(mix.read_bytes() + b"LIST\x04\0\0\0INFO")
    pipeline.land(mix, f"{GOLDEN_DAY}/77.wav")
    run_steps(pipeline, GOLDEN_DAY)
    assert rows(pipeline, "select call_id, form, status from calls") == [("77", "single", "ok")]
    before = pipeline.usage().charges
    assert len(before) == 1
    land_parts(pipeline, made, PARTS, "77")
    run_steps(pipeline, GOLDEN_DAY)
    assert rows(pipeline, "select form, status from calls where call_id = '77'") == [("parts", "ok")]
    assert rows(pipeline, "select status, status_reason from calls where call_id <> '77'") == [
        ("quarantined", "duplicate_audio")
    ]
    assert [row[2] for row in rows(pipeline, ENGINES)] == expected(PARTS)
    assert billed(pipeline) == (3, {1})
    assert before.items() <= pipeline.usage().charges.items(), "what was paid for the mix is not paid again"
    run_steps(pipeline, GOLDEN_DAY, only=(calls, transcriptions))
    assert billed(pipeline) == (3, {1})
