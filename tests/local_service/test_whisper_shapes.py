"""A folder in the shape of large-v3 works as it is: 128 mel bands, one more language, and so other token numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions
from qa_pipeline.local_service.recognizers.log_mel import LogMel
from qa_pipeline.local_service.recognizers.whisper import WhisperRecognizer
from qa_pipeline.local_service.recognizers.whisper_model import WhisperModel
from qa_pipeline.local_service.recognizers.whisper_tokens import NO_TIMES, START, TRANSCRIBE, read_tokens
from tests.local_service.test_whisper import write_wav
from tests.local_service.tiny_whisper import write_tiny_whisper
from tests.weights import whisper_tiny_en

LANGUAGES = 100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("large-v3-like")
    text = (whisper_tiny_en() / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:50_256]
    # an empty token is how CTranslate2 knows a multilingual vocabulary
    write_tiny_whisper(made, [*text, ""])
    return made


def test_token_numbers_are_those_of_the_folder(folder: Path) -> None:
    tokens = read_tokens(folder)
    names = (START, "<|yue|>", TRANSCRIBE, NO_TIMES)
    assert [tokens.special(name) for name in names] == [50_258, 50_358, 50_360, 50_364]
    assert len(tokens.languages) == LANGUAGES
    assert not tokens.is_text(tokens.special(TRANSCRIBE))


def test_all_its_languages_are_known(folder: Path) -> None:
    languages = WhisperRecognizer(folder, workers=1).describe()["languages"]
    assert len(languages) == LANGUAGES
    assert "yue" in languages


def test_sound_is_given_in_as_many_bands_as_it_takes(folder: Path) -> None:
    model = WhisperModel(folder, read_tokens(folder), workers=1)
    window = model.encode((np.random.default_rng(1).standard_normal(32_000) * 1000).astype(np.int16))
    shares = model.language_shares(window)
    assert len(shares) == LANGUAGES
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)


@pytest.mark.thorough
def test_a_channel_passes_through_it(folder: Path, tmp_path: Path) -> None:
    """With weights by chance it says nothing that makes sense, but it runs from sound to text."""
    recognizer = WhisperRecognizer(folder, workers=1)
    audio = write_wav(tmp_path / "a.wav", np.random.default_rng(7).standard_normal(24_000) * 3000)
    heard = recognizer.recognize(ChannelAudio(audio, 0), RecognitionOptions(language="yue"))
    assert {row.language for row in heard.sentences} <= {"yue"}


@pytest.mark.parametrize("bands", [80, 128])
def test_each_band_hears_its_own_pitch(bands: int) -> None:
    hears = LogMel(bands)
    at_s = np.arange(16_000, dtype=np.float32) / 16_000
    loudest = [int(hears(np.sin(2 * np.pi * hertz * at_s))[:, 50].argmax()) for hertz in (200, 600, 1500, 3500, 7000)]
    assert loudest == sorted(set(loudest))
    # Slaney's scale: 15 mels up to 1 kHz, then a step of 6.4 ^ (1 / 27) each
    mels = [
        15 * 200 / 1000,
        15 * 600 / 1000,
        *(15 + np.log(hertz / 1000) / (np.log(6.4) / 27) for hertz in (1500, 3500, 7000)),
    ]
    highest = 15 + np.log(8) / (np.log(6.4) / 27)
    assert loudest == pytest.approx([mel / highest * (bands + 1) - 1 for mel in mels], abs=0.8)
