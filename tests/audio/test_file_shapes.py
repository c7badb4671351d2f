"""Every shape of file is taken whole, or refused for its true reason."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.audio.acoustics import measure_acoustics
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.faults import AudioFault, UnusableAudio
from qa_pipeline.audio.probing import probe
from qa_pipeline.audio.sent_copies import as_measured
from tests.audio.file_shapes import BROKEN, COMPARED, SECONDS, STRANGERS, VOICES, WHOLE


@pytest.mark.parametrize("shape", WHOLE)
def test_the_whole_sound_is_measured_decoded_and_sent(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "c.wav"
    path.write_bytes(WHOLE[shape]())
    assert probe(path).duration_s == pytest.approx(SECONDS, abs=0.01)
    assert measure_acoustics(path).missing is None
    decoded = np.concatenate(list(decode_blocks(path)), axis=1)
    assert decoded.shape[1] / 8000 == pytest.approx(SECONDS, abs=0.01)
    if shape in COMPARED:
        compared = min(decoded.shape[1], VOICES.shape[1])
        assert np.abs(decoded[:, :compared].astype(int) - VOICES[:, :compared]).max() <= 1
    with as_measured(path) as sent:
        if sent == path:
            assert probe(path).unheard_s is None
            return
        heard = np.concatenate(list(decode_blocks(sent)), axis=1)
        assert np.array_equal(heard, decoded)
        assert probe(sent).unheard_s is None
        if probe(sent).codec == "pcm_s16le" and "extensible" not in shape:
            with wave.open(str(sent)) as plain:  # a reader that believes every count
                assert plain.getnframes() == decoded.shape[1]


@pytest.mark.parametrize("shape", BROKEN)
def test_what_is_missing_is_named(shape: str, tmp_path: Path) -> None:
    make, code, words = BROKEN[shape]
    path = tmp_path / "c.wav"
    path.write_bytes(make())
    with pytest.raises(UnusableAudio) as refused:
        probe(path)
    assert refused.value.code.value == code, refused.value.sentence
    assert words in refused.value.sentence


@pytest.mark.parametrize("shape", STRANGERS)
def test_what_is_no_recording_is_named_and_gets_no_advice_that_makes_noise_of_it(shape: str, tmp_path: Path) -> None:
    make, words = STRANGERS[shape]
    path = tmp_path / "c.wav"
    path.write_bytes(make())
    with pytest.raises(UnusableAudio) as refused:
        probe(path)
    assert refused.value.code is AudioFault.NOT_AUDIO
    assert words in refused.value.sentence
    assert "ffmpeg -f" not in refused.value.sentence
