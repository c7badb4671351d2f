"""A mono recording is a call if the settings or a transcript beside it say so: sent once, and divided by voice."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import pytest

from qa_pipeline.local_service.weights.catalogue import VOICES
from qa_pipeline.local_service.weights.placed import sha256_of
from qa_pipeline.local_service.weights.pull import pull_weights
from tests.pipeline.harness import LONG_AGO, Pipeline
from tests.pipeline.steps import rows, run_steps
from tests.voices.sounds import HIGH, LOW, spoken, turn_by_turn, write_network

DAY = "2025-09-01"
TURNS = turn_by_turn((LOW, HIGH), 10)
SAID = ("Good morning.", "I lost my card.", "Which one?", "The red one.", "Where?", "At home.", "When?", "Today.")


def land_mono(pipeline: Pipeline, name: str) -> Path:
    path = pipeline.landing / DAY / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(spoken(TURNS, TURNS[-1][1] + 0.5).astype("<i2").tobytes())
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def write_beside(path: Path, voices: tuple[str, str]) -> None:
    """A WebVTT file with a cue for each turn."""
    cues = ["WEBVTT"]
    for number, ((begin, end, _), text) in enumerate(zip(TURNS, SAID, strict=False)):
        voice = f"<v {voices[number % 2]}>" if voices[number % 2] else ""
        cues.append(f"00:{begin:06.3f} --> 00:{end:06.3f}\n{voice}{text}")
    beside = path.with_suffix(".vtt")
    beside.write_text("\n\n".join(cues) + "\n", encoding="utf-8")
    os.utime(beside, (LONG_AGO, LONG_AGO))


@pytest.mark.chaos
def test_a_transcript_that_names_its_voices_makes_a_mono_recording_a_call(pipeline: Pipeline) -> None:
    write_beside(land_mono(pipeline, "c1.wav"), ("Customer", "Agent"))
    pipeline.run(DAY)
    assert pipeline.query("select form, status, voices_unsure, voices_separation from calls") == [
        ("diarized", "ok", False, None)
    ]
    said = pipeline.query("select role, channel_id, text, engine from transcripts order by role")
    assert said == [
        ("agent", 0, "I lost my card. The red one. At home. Today.", "import webvtt"),
        ("customer", 1, "Good morning. Which one? Where? When?", "import webvtt"),
    ]
    assert pipeline.query("select agent_turns, customer_turns, overlap_s, agent_interruptions from call_metrics") == [
        (4, 4, None, None)
    ]
    assert pipeline.usage().seconds == 0
    assert pipeline.query("select role, len(segments) > 0 from acoustics") == [("mixed", True)]


@pytest.mark.whole_run
def test_voices_divide_what_was_said_once_and_single_keeps_it_whole(pipeline: Pipeline, tmp_path: Path) -> None:
    path = land_mono(pipeline, "c1.wav")
    pipeline.settings["QA_ON_MONO"] = "diarize"
    run_steps(pipeline, DAY)
    [(status, reason, message)] = rows(pipeline, "select status, status_reason, status_message from calls")
    assert (status, reason) == ("quarantined", "mono")
    assert "can't be told apart here" in message
    assert "qa-pipeline models pull voices" in message

    network = write_network(tmp_path / "embedder.int8.onnx")
    vouched = {network.name: sha256_of(network)}
    pull_weights(VOICES, pipeline.home / "models" / "voices", source=str(tmp_path), vouched=vouched)
    write_beside(path, ("", ""))  # who speaks is for the sound to tell
    pipeline.run(DAY)
    assert pipeline.query("select form, status, voices_unsure, voices_separation > 0.5 from calls") == [
        ("diarized", "ok", False, True)
    ]
    said = pipeline.query("select role, text from transcripts order by role")
    assert said == [
        ("agent", "Good morning. Which one? Where? When?"),
        ("customer", "I lost my card. The red one. At home. Today."),
    ]
    assert pipeline.query("select voices, agent_by from call_voices") == [(2, "first")]
    pipeline.settings["QA_ON_MONO"] = "single"
    pipeline.run(DAY)
    assert pipeline.query("select form, status, voices_unsure from calls") == [("single", "ok", None)]
    assert pipeline.query("select role, text from transcripts") == [("mixed", " ".join(SAID))]
    assert pipeline.query("select talk_ratio, agent_turns, silence_s from call_metrics") == [(None, None, None)]
    assert pipeline.usage().seconds == 0


@pytest.mark.chaos  # named in tests/landing, billed once in tests/pipeline/test_money_of_one_channel.py
@pytest.mark.whole_run
def test_a_mono_recording_is_set_aside_unless_somebody_says_otherwise(pipeline: Pipeline) -> None:
    land_mono(pipeline, "c1.wav")
    pipeline.run(DAY)
    [(reason, message)] = pipeline.query("select status_reason, status_message from calls")
    assert reason == "mono"
    assert "set on_mono to diarize or single" in message
