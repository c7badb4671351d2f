"""Whisper base on real recordings in many languages, and what several threads at once hear with it."""

from __future__ import annotations

import csv
import re
import wave
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import jiwer
import pytest

from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.audio.probing import probe
from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions
from qa_pipeline.local_service.recognizers.whisper import WhisperRecognizer
from qa_pipeline.transcription.results import parse_result
from tests.local_service.test_whisper import PLAIN, SHARED, recording_at, spelt
from tests.weights import whisper_base

pytestmark = [pytest.mark.weights, pytest.mark.recordings]

LISTENED_S = 10.0
OFTEN = ("en", "zh", "es")
"""Languages that are heard in each run of the tests; a clip costs two seconds of processor time."""

CALL = SHARED / "calls" / "bankcard.wav"


def clips() -> list[Any]:
    """File and language of each clip in which one known language is spoken; for ordinary, one in each of `OFTEN`."""
    manifest = SHARED / "manifest.csv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("speech/")]
    known = [row for row in rows if re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", row["language"])]
    spoken = [(row["file"], row["language"][:2]) for row in known]
    first = {language: file for file, language in reversed(spoken)}
    return [
        pytest.param(file, language, marks=() if language in OFTEN and first[language] == file else pytest.mark.chaos)
        for file, language in spoken
    ]


@pytest.fixture(scope="session")
def base() -> WhisperRecognizer:
    return WhisperRecognizer(whisper_base(), workers=2)


def beginning_of(clip: Path, folder: Path) -> Path:
    """The first `LISTENED_S` seconds of a clip: its language is known by then, and some clips last a minute."""
    rate = probe(clip).sample_rate
    [samples] = islice(decode_blocks(clip, block_s=LISTENED_S), 1)
    with wave.open(str(folder / "clip.wav"), "wb") as file:
        file.setparams((len(samples), 2, rate, 0, "NONE", ""))
        file.writeframes(samples.T.astype("<i2").tobytes())
    return folder / "clip.wav"


@pytest.mark.parametrize(("file", "language"), clips())
def test_the_language_of_a_clip_is_heard(file: str, language: str, base: WhisperRecognizer, tmp_path: Path) -> None:
    clip = beginning_of(SHARED / file, tmp_path)
    heard = base.recognize(ChannelAudio(recording_at(clip), 0), PLAIN)
    assert Counter(row.language for row in heard.sentences).keys() == {language}


@pytest.fixture
def call() -> Path:
    if not CALL.exists():
        pytest.skip(f"the real recordings are not at {SHARED}")
    return CALL


def test_of_a_call_at_most_six_words_in_a_hundred_are_wrong(call: Path, base: WhisperRecognizer) -> None:
    written = parse_result(call.with_suffix(".transcript.json").read_bytes()).transcripts
    heard = [base.recognize(ChannelAudio(recording_at(call), item.channel_id), PLAIN) for item in written]
    assert jiwer.wer([spelt(item.text) for item in written], [spelt(item.text) for item in heard]) <= 0.06


def test_threads_at_once_hear_what_one_hears(call: Path, base: WhisperRecognizer, tmp_path: Path) -> None:
    clip = recording_at(beginning_of(call, tmp_path))
    channels = [ChannelAudio(clip, channel) for channel in (0, 1)]
    alone = [base.recognize(channel, PLAIN) for channel in channels]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda channel: base.recognize(channel, PLAIN), channels * 2)) == alone * 2


def test_a_language_that_is_asked_for_is_taken(call: Path, base: WhisperRecognizer) -> None:
    heard = base.recognize(ChannelAudio(recording_at(call), 0), RecognitionOptions(language="de"))
    assert {row.language for row in heard.sentences} == {"de"}


def test_where_two_languages_are_spoken_in_turn_both_are_written(base: WhisperRecognizer) -> None:
    clip = SHARED / "speech" / "azure_en-zh_switch_44k.wav"
    if not clip.exists():
        pytest.skip(f"the real recordings are not at {SHARED}")
    texts = [row.text for row in base.recognize(ChannelAudio(recording_at(clip), 0), PLAIN).sentences]
    assert "What's the weather like today?" in texts
    assert "今天天气怎么样?" in texts, "in simplified characters, as all Chinese"
