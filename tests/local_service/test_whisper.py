"""Real recognition with Whisper tiny.en: a telephone call, noise, silence, and a folder that is none."""

from __future__ import annotations

import json
import shutil
import wave
from collections.abc import Callable
from pathlib import Path

import jiwer
import numpy as np
import pytest

from qa_pipeline.accuracy.normalization import shown, words
from qa_pipeline.audio.decoding import channel_digests
from qa_pipeline.audio.probing import probe
from qa_pipeline.local_service.errors import ConfigError, TaskFailure
from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions, RecordingAudio
from qa_pipeline.local_service.recognizers.whisper import WhisperRecognizer
from qa_pipeline.transcription.results import ChannelTranscript, join_words
from tests.weights import whisper_tiny_en

SHARED = Path(__file__).resolve().parents[3] / "shared" / "audio"
PLAIN = RecognitionOptions()
RATE = 8000


def recording_at(path: Path) -> RecordingAudio:
    return RecordingAudio(path, path.name, "0" * 64, probe(path), lambda: channel_digests(path))


@pytest.fixture(scope="session")
def tiny() -> WhisperRecognizer:
    return WhisperRecognizer(whisper_tiny_en(), workers=1)


@pytest.fixture(scope="session")
def bankcard(tiny: WhisperRecognizer) -> tuple[ChannelTranscript, ChannelTranscript]:
    path = SHARED / "calls" / "bankcard.wav"
    if not path.exists():
        pytest.skip(f"the real recordings are not at {SHARED}")
    heard = [tiny.recognize(ChannelAudio(recording_at(path), channel), PLAIN) for channel in (0, 1)]
    return heard[0], heard[1]


def spelt(text: str) -> str:
    return " ".join(unit.text for unit in words(shown(text)))


@pytest.mark.recordings
class TestACallOverTheTelephone:
    @pytest.fixture
    def written(self) -> list[ChannelTranscript]:
        from qa_pipeline.transcription.results import parse_result

        return list(parse_result((SHARED / "calls" / "bankcard.transcript.json").read_bytes()).transcripts)

    def test_at_most_one_word_in_ten_is_wrong(
        self, bankcard: tuple[ChannelTranscript, ...], written: list[ChannelTranscript]
    ) -> None:
        wer = jiwer.wer([spelt(item.text) for item in written], [spelt(item.text) for item in bankcard])
        assert wer <= 0.10

    def test_what_was_said_begins_when_it_was_said(
        self, bankcard: tuple[ChannelTranscript, ...], written: list[ChannelTranscript]
    ) -> None:
        pairs = [
            (said.span_ms[0], [row.span_ms[0] for row in heard.sentences])
            for transcript, heard in zip(written, bankcard, strict=True)
            for said in transcript.sentences
        ]
        near = [min(abs(begin - found) for found in begins) <= 1000 for begin, begins in pairs]
        assert (sum(near), len(near)) in ((16, 17), (17, 17))

    def test_each_sentence_has_its_language_its_words_in_order_and_how_sure_they_are(
        self, bankcard: tuple[ChannelTranscript, ...]
    ) -> None:
        for row in (row for transcript in bankcard for row in transcript.sentences):
            begin_ms, end_ms = row.span_ms
            times = [time for word in row.words for time in (word.begin_ms, word.end_ms)]
            assert row.language == "en"
            assert join_words(row.words) == row.text
            assert times == sorted(times)
            assert (times[0], times[-1]) == (begin_ms, end_ms)
            assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in row.words)
            assert row.confidence is not None
        sure = {row.text: row.confidence for transcript in bankcard for row in transcript.sentences}
        assert sure["Have a great day."] > 0.9

    def test_pauses_are_not_talked_over(self, bankcard: tuple[ChannelTranscript, ...]) -> None:
        spans = [row.span_ms for row in bankcard[0].sentences]
        assert max(end - begin for begin, end in spans) < 4000, "a row was stretched over a pause"


def write_wav(path: Path, samples: np.ndarray) -> RecordingAudio:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.clip(samples, -32768, 32767).astype("<i2").tobytes())
    return recording_at(path)


TIME_S = np.arange(16 * RATE) / RATE


def tones(*hz: float, on_s: float, every_s: float) -> np.ndarray:
    """A signal of the telephone network: pitches together, for a while of each period."""
    return np.where(TIME_S % every_s < on_s, sum(4000 * np.sin(2 * np.pi * pitch * TIME_S) for pitch in hz), 0)


NOISE = np.random.default_rng(7).standard_normal(6 * RATE)
NOTHING_SAID: dict[str, Callable[[], np.ndarray]] = {
    "silence": lambda: np.zeros(30 * RATE),
    "line noise at -65 dB": lambda: 18 * NOISE,
    "hiss at -55 dB": lambda: 58 * NOISE,
    "ringing": lambda: tones(440, 480, on_s=2, every_s=6),
    "ringing in Germany": lambda: tones(425, on_s=1, every_s=5),
    "a busy line": lambda: tones(480, 620, on_s=0.5, every_s=1),
    "the tone of a recorder": lambda: tones(1400, on_s=0.5, every_s=15),
    "rumble": lambda: 3000 * np.convolve(NOISE, np.ones(20) / 5, "same"),
}


@pytest.mark.parametrize("sound", NOTHING_SAID.values(), ids=NOTHING_SAID)
def test_where_nobody_speaks_nothing_is_written(
    sound: Callable[[], np.ndarray], tiny: WhisperRecognizer, tmp_path: Path
) -> None:
    heard = tiny.recognize(ChannelAudio(write_wav(tmp_path / "a.wav", sound()), 0), PLAIN)
    assert (heard.text, heard.sentences) == ("", ())


@pytest.mark.recordings
def test_what_is_mostly_invented_is_written_where_somebody_says_it(tiny: WhisperRecognizer) -> None:
    path = SHARED / "speech" / "nonspeech_phone_ringing.mp3"
    if not path.exists():
        pytest.skip(f"the real recordings are not at {SHARED}")
    heard = tiny.recognize(ChannelAudio(recording_at(path), 0), PLAIN)
    assert heard.text.lower().count("sound of phone ringing") == 3


def test_the_engine_is_named_by_its_model_and_its_weights(tiny: WhisperRecognizer) -> None:
    assert tiny.name == "whisper tiny.en 1a5afae0"
    assert tiny.describe()["languages"] == ["en"]


def test_a_service_that_stops_ends_it_between_two_windows(tmp_path: Path) -> None:
    recognizer = WhisperRecognizer(whisper_tiny_en(), workers=1)
    recognizer.stop()
    loud = write_wav(tmp_path / "a.wav", 3000 * NOISE)
    with pytest.raises(TaskFailure, match="LOCAL_RECOGNIZER_STOPPED"):
        recognizer.recognize(ChannelAudio(loud, 0), PLAIN)


class TestAFolderThatIsNone:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        copied = tmp_path / "my-whisper"
        copied.mkdir()
        for path in whisper_tiny_en().iterdir():
            if path.name == "model.bin":
                (copied / path.name).symlink_to(path)
            else:
                shutil.copyfile(path, copied / path.name)
        return copied

    def refused(self, folder: Path) -> str:
        with pytest.raises(ConfigError) as caught:
            WhisperRecognizer(folder, workers=1)
        return str(caught.value)

    @pytest.mark.parametrize("name", ["model.bin", "config.json"])
    def test_a_file_that_is_missing_is_named_with_the_command(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        said = self.refused(folder)
        assert said.startswith(f"recognizer whisper: {folder / name} is missing; run `qa-pipeline models pull whisper")

    def test_tokens_may_be_in_either_form(self, folder: Path) -> None:
        listed = (folder / "vocabulary.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
        (folder / "vocabulary.txt").unlink()
        assert "has none of vocabulary.json, vocabulary.txt" in self.refused(folder)
        (folder / "vocabulary.json").write_text(json.dumps(listed), encoding="utf-8")
        assert WhisperRecognizer(folder, workers=1).name == "whisper tiny.en 1a5afae0"

    @pytest.mark.parametrize("text", ["", "{}", "[1, 2]", "no JSON", "\x00\x01"])
    def test_tokens_that_are_none_are_refused(self, folder: Path, text: str) -> None:
        (folder / "vocabulary.txt").write_text(text, encoding="utf-8")
        assert "is not a vocabulary of Whisper" in self.refused(folder)

    def test_weights_that_are_cut_off_are_refused(self, folder: Path) -> None:
        model = folder / "model.bin"
        whole = model.read_bytes()
        model.unlink()
        for size in (0, 100, len(whole) // 2):
            model.write_bytes(whole[:size])
            assert f"the weights in {folder} can't be loaded" in self.refused(folder)

    def test_what_was_pulled_must_still_be_that(self, folder: Path) -> None:
        entry = {"sha256": "0" * 64, "source": "elsewhere"}
        (folder / "weights.json").write_text(json.dumps({"files": {"config.json": entry}}), encoding="utf-8")
        assert "is not the file it should be" in self.refused(folder)
