"""The real network on real calls, mixed down: who speaks when is mostly right, and what can't be relied on says so."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.voices import mixes, speech_of, wrong_share
from qa_pipeline.audio.samples import Samples
from qa_pipeline.sound.voices import channel_sound
from qa_pipeline.voices.embedding import OnnxEmbedder
from qa_pipeline.voices.log_mel import VOICE_RATE
from qa_pipeline.voices.telling import Unsure, VoicesTold, tell_voices
from tests.serving import REAL_RECORDINGS
from tests.weights import speaker_embedder

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.weights,
    pytest.mark.skipif(not REAL_RECORDINGS.is_dir(), reason="the real recordings are not beside this checkout"),
]


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(speaker_embedder())


def told(sound: Samples, embedder: OnnxEmbedder) -> VoicesTold:
    edges = [*range(0, len(sound), 10 * VOICE_RATE), len(sound)]
    return tell_voices((sound[begin:end] for begin, end in pairwise(edges)), speech_of(sound), embedder)


@pytest.mark.parametrize(
    ("name", "most_wrong"),
    [
        pytest.param("repairs40.wav", 0.03, marks=pytest.mark.chaos),
        pytest.param("audiohook-mulaw.wav", 0.05, marks=pytest.mark.chaos),
        ("bankcard.wav", 0.12),
    ],
)
def test_a_call_is_divided_with_few_errors_or_marked(name: str, most_wrong: float, embedder: OnnxEmbedder) -> None:
    for mix, sound, parties in mixes(REAL_RECORDINGS / name):
        found = told(sound, embedder)
        wrong = wrong_share(found, parties, len(sound) * 1000 // VOICE_RATE)
        assert found.unsure is not None or (wrong is not None and wrong <= most_wrong), mix


@pytest.mark.parametrize(
    "name",
    [*(pytest.param(name, marks=pytest.mark.chaos) for name in ("bank-16k.wav", "support-10s.wav")), "two-readers.wav"],
)
def test_a_short_call_is_marked(name: str, embedder: OnnxEmbedder) -> None:
    for _, sound, _ in mixes(REAL_RECORDINGS / name):
        assert told(sound, embedder).unsure is Unsure.TOO_SHORT


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        *(pytest.param("repairs40.wav", channel, marks=pytest.mark.chaos) for channel in (0, 1)),
        ("audiohook-mulaw.wav", 0),
    ],
)
def test_one_party_alone_is_one_voice(name: str, channel: int, embedder: OnnxEmbedder) -> None:
    found = told(_channel(REAL_RECORDINGS / name, channel), embedder)
    assert (found.voices, found.unsure) == (1, Unsure.ONE_VOICE)


def test_a_third_voice_is_noticed(embedder: OnnxEmbedder) -> None:
    _, call, _ = next(iter(mixes(REAL_RECORDINGS / "audiohook-mulaw.wav")))
    stranger = _channel(REAL_RECORDINGS / "repairs40.wav", 1)[: 60 * VOICE_RATE]
    found = told(np.concatenate([call, stranger]), embedder)
    assert found.unsure in (Unsure.MORE_THAN_TWO, Unsure.BADLY_SEPARATED)


def _channel(path: Path, channel: int) -> Samples:
    return np.concatenate(list(channel_sound(path, channel)))
