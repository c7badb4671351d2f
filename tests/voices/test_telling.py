"""Who of two voices speaks when, and whether to rely on it: told by vectors of a small network."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.voices.embedding import NoVoiceNetwork, OnnxEmbedder
from qa_pipeline.voices.telling import Unsure, VoicesTold, tell_voices
from tests.voices.sounds import HIGH, LOW, MIDDLE, Turn, in_pieces, segments_of, spoken, turn_by_turn, write_network


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> OnnxEmbedder:
    return OnnxEmbedder(write_network(tmp_path_factory.mktemp("voices") / "embedder.int8.onnx"))


def told(turns: list[Turn], embedder: OnnxEmbedder, *, piece: int = 160_000) -> VoicesTold:
    sound = spoken(turns, turns[-1][1] + 0.5)
    return tell_voices(in_pieces(sound, piece), segments_of(turns), embedder)


def test_two_voices_that_take_turns_are_told_apart(embedder: OnnxEmbedder) -> None:
    turns = turn_by_turn((LOW, HIGH), 12)
    found = told(turns, embedder)
    assert (found.voices, found.unsure) == (2, None)
    voices = [span.voice for span in found.spans]
    assert voices in ([0, 1] * 6, [1, 0] * 6)
    assert [(span.begin_ms, span.end_ms) for span in found.spans] == segments_of(turns)


def test_it_is_the_same_however_the_sound_comes_in(embedder: OnnxEmbedder) -> None:
    turns = turn_by_turn((LOW, HIGH), 10)
    whole, small = told(turns, embedder), told(turns, embedder, piece=777)
    assert small.spans == whole.spans
    assert small.separation == pytest.approx(whole.separation, abs=1e-3)


def test_a_segment_without_a_pause_between_two_voices_is_cut_where_they_change(embedder: OnnxEmbedder) -> None:
    turns = turn_by_turn((LOW, HIGH), 10, pause_s=0.0)
    sound = spoken(turns, turns[-1][1] + 0.5)
    found = tell_voices(in_pieces(sound, 160_000), [(300, round(turns[-1][1] * 1000))], embedder)
    assert len(found.spans) == 10
    for span, (begin_s, _, _) in zip(found.spans, turns, strict=True):
        assert span.begin_ms == pytest.approx(begin_s * 1000, abs=500)


@pytest.mark.parametrize(
    ("turns", "voices", "unsure"),
    [
        (turn_by_turn((LOW, HIGH), 4), 2, Unsure.TOO_SHORT),
        (turn_by_turn((LOW,), 10), 1, Unsure.ONE_VOICE),
        (turn_by_turn((LOW, HIGH, MIDDLE), 24), 2, Unsure.MORE_THAN_TWO),
    ],
)
def test_what_must_not_be_relied_on_is_said(
    turns: list[Turn], voices: int, unsure: Unsure, embedder: OnnxEmbedder
) -> None:
    found = told(turns, embedder)
    assert (found.voices, found.unsure) == (voices, unsure)


def test_one_voice_is_not_made_two(embedder: OnnxEmbedder) -> None:
    assert {span.voice for span in told(turn_by_turn((HIGH,), 10), embedder).spans} == {0}


def test_nobody_speaks_and_nobody_is_told(embedder: OnnxEmbedder) -> None:
    assert tell_voices(iter(()), [], embedder) == VoicesTold((), 0, None, Unsure.NO_SPEECH)


def test_sound_that_ends_before_the_speech_is_no_fault(embedder: OnnxEmbedder) -> None:
    turns = turn_by_turn((LOW, HIGH), 10)
    found = tell_voices(in_pieces(spoken(turns, turns[-1][1] + 0.5)[:280_000], 160_000), segments_of(turns), embedder)
    assert len(found.spans) == 10


def test_another_network_is_refused_with_what_it_should_be(tmp_path: Path) -> None:
    with pytest.raises(NoVoiceNetwork, match=r"takes \[80, 20\].*takes \[80, 40\]"):
        OnnxEmbedder(write_network(tmp_path / "other.onnx", bands=20))
    (tmp_path / "junk.onnx").write_bytes(b"junk")
    with pytest.raises(NoVoiceNetwork, match=r"junk.onnx can't be loaded .*; pull the weights again"):
        OnnxEmbedder(tmp_path / "junk.onnx")
