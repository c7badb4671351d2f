"""Cuts of speech without what sounds on the line, in constant memory; voices are a call's, ringing is made here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.probing import probe
from qa_pipeline.local_service.recognizers.mono_sound import SPEECH_RATE, mono_sound
from qa_pipeline.local_service.recognizers.speech_cuts import SpeechCut
from qa_pipeline.local_service.recognizers.spoken_stretches import spoken_stretches

SAMPLE = Path(__file__).resolve().parents[2] / "samples/recordings/2025-09-03/2025-09-03_a-chen_c0301.wav"


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    return np.concatenate([*mono_sound(SAMPLE, probe(SAMPLE).sample_rate, 0)])


def ringing(seconds: float) -> np.ndarray:
    time_s = np.arange(round(seconds * SPEECH_RATE)) / SPEECH_RATE
    tone = 4000 * (np.sin(2 * np.pi * 440 * time_s) + np.sin(2 * np.pi * 480 * time_s))
    return np.where(time_s % 6 < 2, tone, 0).astype(np.int16)


def cuts_in(*parts: np.ndarray) -> list[SpeechCut]:
    def pieces() -> Iterator[np.ndarray]:
        for part in parts:
            yield from np.array_split(part, max(1, len(part) // SPEECH_RATE))

    return list(spoken_stretches(pieces()))


def test_speech_is_kept_as_it_was_cut(voice: np.ndarray) -> None:
    cuts = cuts_in(voice)
    assert cuts
    for cut in cuts:
        assert len(cut.samples) == 320 * len(cut.is_speech)
        assert np.array_equal(cut.samples[:320], voice[cut.first : cut.first + 320])


def test_ringing_before_it_is_left_out_and_moves_nothing(voice: np.ndarray) -> None:
    alone, after = cuts_in(voice), cuts_in(ringing(18), voice)
    assert [cut.first - 18 * SPEECH_RATE for cut in after] == pytest.approx([cut.first for cut in alone], abs=1600)


def test_ringing_alone_leaves_nothing() -> None:
    assert cuts_in(ringing(90)) == []
