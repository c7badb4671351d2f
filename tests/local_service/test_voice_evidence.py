"""A voice is told from notes, hum, bells and noise by its pitch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.probing import probe
from qa_pipeline.audio.resampling import Resampler
from qa_pipeline.local_service.recognizers.spoken_stretches import spoken_stretches
from qa_pipeline.local_service.recognizers.voice_evidence import is_spoken
from tests.audio.line_sounds import TIMBRES, music
from tests.audio.telephone_sounds import CASES, on_line

RATE = 16_000
SHARED = Path(__file__).resolve().parents[3] / "shared" / "audio"


def at_rate(samples: np.ndarray, rate: int) -> np.ndarray:
    resampler = Resampler(rate, RATE)
    return np.concatenate([resampler.feed(samples), resampler.finish()])


@pytest.mark.parametrize(
    "name",
    ["ring, UK", "bell, single strokes", "ringtone, marimba", "hum 100 Hz", "drums, kick and snare"],
)
def test_signals_are_not_spoken(name: str) -> None:
    sound = on_line(CASES[name].make(RATE), RATE, snr_db=30)
    assert not any(is_spoken(sound[at : at + 2 * RATE]) for at in range(0, sound.size - 2 * RATE, 4 * RATE))


@pytest.mark.parametrize("timbre", TIMBRES)
def test_notes_are_not_spoken(timbre: str) -> None:
    assert not is_spoken(at_rate((music(timbre, seconds=4) * 8000).astype(np.int16), 8000))


def test_noise_and_next_to_nothing_are_not_spoken() -> None:
    noise = (np.random.default_rng(1).standard_normal(2 * RATE) * 1000).astype(np.int16)
    assert [is_spoken(sound) for sound in (noise, noise[:0], noise[:900], np.zeros(RATE, np.int16))] == [False] * 4


@pytest.mark.recordings
def test_voices_are() -> None:
    """In many languages, and over the telephone."""
    if not SHARED.is_dir():
        pytest.skip(f"the real recordings are not at {SHARED}")
    found = []
    for path in sorted((SHARED / "speech").glob("ibm_*Narrowband*.wav")):
        samples = np.concatenate(list(decode_blocks(path)), axis=1)[0][: 10 * 44_100]
        cuts = spoken_stretches(iter([at_rate(samples, probe(path).sample_rate)]))
        found += [is_spoken(cut.samples) for cut in cuts if cut.samples.size > RATE]
    assert len(found) > 8
    assert all(found)
