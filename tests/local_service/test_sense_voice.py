"""SenseVoice through the real sherpa-onnx, over tiny models of the same signature (see tiny_sense_voice)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_pipeline.local_service.errors import ConfigError, TaskFailure
from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions, RecordingAudio
from qa_pipeline.local_service.recognizers.sense_voice import SenseVoiceRecognizer
from qa_pipeline.transcription.models import EMOTIONS
from qa_pipeline.transcription.results import join_words
from tests.local_service import tiny_sense_voice as tiny
from tests.local_service.sounds import Sound, quiet, tone, write_wav
from tests.local_service.tiny_sense_voice import HEARD_LANGUAGE, LANGUAGE_IDS, write_weights

pytest.importorskip("sherpa_onnx", reason="needs the extra local-asr")

PLAIN = RecognitionOptions()


AGENT = np.concatenate(
    [quiet(1), tone(300, 0.6), tone(1200, 0.6), tone(6000, 0.3), tone(2500, 0.6), tone(6000, 0.3), quiet(2),
     tone(1200, 1), quiet(1)]
)  # fmt: skip
"""From 1.0 s on: low mid. high. (until 3.4 s); from 5.4 s on: mid (until 6.4 s)."""
CUSTOMER = np.concatenate([quiet(3.6), tone(2500, 0.8), quiet(3)])
"""From 3.6 s to 4.4 s: high"""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def recognizer(weights: Path) -> SenseVoiceRecognizer:
    return SenseVoiceRecognizer(weights)


@pytest.fixture(scope="module")
def byte_by_byte(tmp_path_factory: pytest.TempPathFactory) -> SenseVoiceRecognizer:
    """One that writes a byte a token, as for rare characters."""
    words = {300: "<0xE4>", 1200: "<0xBD>", 2500: "<0xA0>", 6000: "."}
    return SenseVoiceRecognizer(write_weights(tmp_path_factory.mktemp("byte_weights"), words=words))


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> RecordingAudio:
    return write_wav(tmp_path_factory.mktemp("call") / "call.wav", AGENT, CUSTOMER)


class TestHearing:
    def test_each_channel_is_heard_on_its_own(self, recognizer: SenseVoiceRecognizer, call: RecordingAudio) -> None:
        agent = recognizer.recognize(ChannelAudio(call, 0), PLAIN)
        customer = recognizer.recognize(ChannelAudio(call, 1), PLAIN)
        assert (agent.channel_id, agent.text) == (0, "low mid. high. mid")
        assert (customer.channel_id, customer.text) == (1, "high")

    def test_sentences_stand_where_they_were_said(self, recognizer: SenseVoiceRecognizer, call: RecordingAudio) -> None:
        sentences = recognizer.recognize(ChannelAudio(call, 0), PLAIN).sentences
        assert [(row.sentence_id, row.text) for row in sentences] == [(0, "low mid."), (1, "high."), (2, "mid")]
        said = [(1000, 2500), (2500, 3400), (5400, 6400)]
        for row, (begin_ms, end_ms) in zip(sentences, said, strict=True):
            assert row.begin_ms == pytest.approx(begin_ms, abs=130)
            assert row.end_ms == pytest.approx(end_ms, abs=130)

    def test_words_have_times_and_join_to_the_text(
        self, recognizer: SenseVoiceRecognizer, call: RecordingAudio
    ) -> None:
        sentence = recognizer.recognize(ChannelAudio(call, 0), PLAIN).sentences[0]
        assert [(word.text, word.punctuation) for word in sentence.words] == [("low ", ""), ("mid", ".")]
        assert sentence.words[1].begin_ms == pytest.approx(1600, abs=130)
        assert join_words(sentence.words) == sentence.text

    def test_all_channels_as_one_are_heard_in_their_average(
        self, recognizer: SenseVoiceRecognizer, call: RecordingAudio
    ) -> None:
        heard = recognizer.recognize_mixed(call, PLAIN).sentences
        assert [row.text for row in heard] == ["low mid.", "high.", "high", "mid"]

    @pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
    def test_any_sample_rate_gives_the_same_text_at_the_same_time(
        self, rate: int, recognizer: SenseVoiceRecognizer, tmp_path: Path
    ) -> None:
        positions = np.arange(round(5 * rate)) / rate
        sound = np.where((positions > 2) & (positions < 3.5), 0.3 * np.sin(2 * np.pi * 1200 * positions), 0)
        recording = write_wav(tmp_path / "a.wav", sound.astype(np.float32), rate=rate)
        [heard] = recognizer.recognize(ChannelAudio(recording, 0), PLAIN).sentences
        assert heard.text == "mid"
        assert heard.begin_ms == pytest.approx(2000, abs=130)
        assert heard.end_ms == pytest.approx(3500, abs=130)

    @pytest.mark.parametrize("sound", [quiet(2), quiet(0.01), tone(300, 2, 0.001)], ids=["silence", "short", "faint"])
    def test_without_speech_there_are_no_sentences(
        self, sound: Sound, recognizer: SenseVoiceRecognizer, tmp_path: Path
    ) -> None:
        heard = recognizer.recognize(ChannelAudio(write_wav(tmp_path / "a.wav", sound), 0), PLAIN)
        assert (heard.text, heard.sentences) == ("", ())

    def test_speech_until_the_last_sample_is_heard_and_ends_with_the_recording(
        self, recognizer: SenseVoiceRecognizer, tmp_path: Path
    ) -> None:
        recording = write_wav(tmp_path / "a.wav", np.concatenate([quiet(1), tone(300, 1.0153)]))
        [heard] = recognizer.recognize(ChannelAudio(recording, 0), PLAIN).sentences
        assert (heard.text, heard.end_ms) == ("low", 2015)

    def test_speech_without_a_pause_is_cut_before_the_model_gets_too_much_and_nothing_is_lost(
        self, recognizer: SenseVoiceRecognizer, tmp_path: Path
    ) -> None:
        minute = np.concatenate([tone(300, 20), tone(1200, 20), tone(2500, 20)])
        rows = recognizer.recognize(ChannelAudio(write_wav(tmp_path / "a.wav", minute), 0), PLAIN).sentences
        spans = [row.span_ms for row in rows]
        assert " ".join(row.text for row in rows) == "low mid mid high high"
        assert [begin for begin, _ in spans[1:]] == [end for _, end in spans[:-1]]
        assert max(end - begin for begin, end in spans) < 28_500
        assert (spans[0][0], spans[-1][1]) == (0, 60_000)


class TestLabels:
    @pytest.mark.parametrize("tag", tiny.EMOTION_TAGS)
    def test_the_seven_emotions_are_the_services_seven_and_an_unknown_one_is_none(
        self, tag: str, tmp_path: Path
    ) -> None:
        recognizer = SenseVoiceRecognizer(write_weights(tmp_path / "weights", emotion=tag))
        recording = write_wav(tmp_path / "a.wav", np.concatenate([tone(300, 1), quiet(1)]))
        [heard] = recognizer.recognize(ChannelAudio(recording, 0), PLAIN).sentences
        name = tag.strip("<|>").lower()
        assert heard.emotion == (name if name in EMOTIONS else None)
        assert (heard.emotion is None) == (tag == "<|EMO_UNKNOWN|>")

    def test_every_emotion_of_the_service_has_its_tag(self) -> None:
        assert sorted(tag.strip("<|>").lower() for tag in tiny.EMOTION_TAGS if "UNKNOWN" not in tag) == sorted(EMOTIONS)

    @pytest.mark.parametrize("language", [code for code in LANGUAGE_IDS if code != "auto"])
    def test_a_requested_language_reaches_the_model(
        self, language: str, recognizer: SenseVoiceRecognizer, call: RecordingAudio
    ) -> None:
        rows = recognizer.recognize(ChannelAudio(call, 1), RecognitionOptions(language=language)).sentences
        assert {row.language for row in rows} == {language}

    @pytest.mark.parametrize("language", [None, "de", "fil"])
    def test_without_one_or_with_one_it_does_not_know_the_model_finds_out_itself(
        self, language: str | None, recognizer: SenseVoiceRecognizer, call: RecordingAudio
    ) -> None:
        rows = recognizer.recognize(ChannelAudio(call, 1), RecognitionOptions(language=language)).sentences
        assert {row.language for row in rows} == {HEARD_LANGUAGE}

    def test_what_the_model_takes_for_no_speech_is_none(self, tmp_path: Path, call: RecordingAudio) -> None:
        recognizer = SenseVoiceRecognizer(write_weights(tmp_path / "weights", heard="<|nospeech|>"))
        assert recognizer.recognize(ChannelAudio(call, 0), PLAIN).sentences == ()

    def test_a_script_without_spaces_is_written_and_split_as_it_is(self, tmp_path: Path) -> None:
        words = {300: "你", 1200: "好", 6000: "。"}
        recognizer = SenseVoiceRecognizer(write_weights(tmp_path / "weights", words=words, heard="<|zh|>"))
        sound = np.concatenate([tone(300, 0.5), tone(1200, 0.5), tone(6000, 0.3), tone(1200, 0.5), tone(300, 0.5)])
        heard = recognizer.recognize(ChannelAudio(write_wav(tmp_path / "a.wav", sound), 0), PLAIN)
        assert [row.text for row in heard.sentences] == ["你好。", "好你"]
        assert heard.text == "你好。好你"
        assert [(word.text, word.punctuation) for word in heard.sentences[0].words] == [("你", ""), ("好", "。")]


class TestCharactersInPieces:
    """Rare characters come as one token a byte: 你 is E4 BD A0."""

    def test_a_character_that_is_whole_is_written(self, byte_by_byte: SenseVoiceRecognizer, tmp_path: Path) -> None:
        sound = np.concatenate([quiet(1), tone(300, 0.5), tone(1200, 0.5), tone(2500, 0.5), tone(6000, 0.3), quiet(1)])
        [heard] = byte_by_byte.recognize(ChannelAudio(write_wav(tmp_path / "a.wav", sound), 0), PLAIN).sentences
        assert (heard.text, heard.words) == ("你.", ())

    def test_one_that_breaks_off_is_seen_as_unreadable_and_nothing_else_is_lost(
        self, byte_by_byte: SenseVoiceRecognizer, tmp_path: Path
    ) -> None:
        sound = np.concatenate([quiet(1), tone(300, 0.5), quiet(1), tone(6000, 0.5), quiet(1)])
        heard = byte_by_byte.recognize(ChannelAudio(write_wav(tmp_path / "a.wav", sound), 0), PLAIN)
        assert [row.text for row in heard.sentences] == ["\ufffd", "."]


class TestThreads:
    def test_many_at_once_hear_what_one_hears(self, recognizer: SenseVoiceRecognizer, call: RecordingAudio) -> None:
        alone = [recognizer.recognize(ChannelAudio(call, channel), PLAIN) for channel in (0, 1)]
        with ThreadPoolExecutor(8) as pool:
            heard = list(pool.map(lambda n: recognizer.recognize(ChannelAudio(call, n % 2), PLAIN), range(24)))
        assert heard == alone * 12

    def test_one_that_is_stopped_leaves_off_and_says_so(self, weights: Path, call: RecordingAudio) -> None:
        recognizer = SenseVoiceRecognizer(weights)
        recognizer.stop()
        with pytest.raises(TaskFailure, match="LOCAL_RECOGNIZER_STOPPED"):
            recognizer.recognize(ChannelAudio(call, 0), PLAIN)


Spoil = Callable[[Path], object]


def wrong_metadata(**entries: Any) -> Spoil:
    return lambda folder: tiny.write_sense_voice(folder / "model.int8.onnx", metadata=entries)


def bytes_in(name: str, content: bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(content)


def cut_short(name: str) -> Spoil:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-1000])


def copied(source: str, target: str) -> Spoil:
    return lambda folder: (folder / target).write_bytes((folder / source).read_bytes())


WRONG = {
    "not a model": (bytes_in("model.int8.onnx", b"<html>Not found</html>"), "model.int8.onnx is not an ONNX model"),
    "an empty file": (bytes_in("model.int8.onnx", b""), "model.int8.onnx is not an ONNX model: it is empty"),
    "a model cut short": (cut_short("model.int8.onnx"), "model.int8.onnx is not an ONNX model: it breaks off"),
    "another model": (
        copied("silero_vad.onnx", "model.int8.onnx"),
        "is not a SenseVoice model: it has no input x_length",
    ),
    "no metadata": (wrong_metadata(vocab_size=None), "its metadata vocab_size is ''"),
    "a count of zero": (wrong_metadata(lfr_window_shift=0), "its metadata lfr_window_shift is '0'"),
    "a language left out": (wrong_metadata(lang_yue=None), "its metadata lang_yue is ''"),
    "means of another length": (wrong_metadata(neg_mean="0,0"), "its metadata neg_mean is not 560 numbers"),
    "means that are no numbers": (wrong_metadata(inv_stddev="a,b"), "its metadata inv_stddev is not 560 numbers"),
    "a Nano model": (wrong_metadata(comment="Fun-ASR-Nano"), "names neither language nor emotion"),
    "other tokens": (bytes_in("tokens.txt", b"<unk> 0\na 1\n"), "tokens, tokens.txt beside it has 2"),
    "tokens without numbers": (bytes_in("tokens.txt", b"one\ntwo\n"), "tokens.txt is not a list of tokens"),
    "no tokens": (bytes_in("tokens.txt", b""), "tokens.txt is not a list of tokens"),
    "another detector": (
        copied("model.int8.onnx", "silero_vad.onnx"),
        "silero_vad.onnx is not a silero voice activity",
    ),
}


class TestWrongWeights:
    @pytest.mark.parametrize(("spoil", "says"), WRONG.values(), ids=WRONG)
    def test_files_that_are_none_are_named_although_somebody_vouched_for_them(
        self, spoil: Spoil, says: str, tmp_path: Path
    ) -> None:
        folder = write_weights(tmp_path / "weights")
        spoil(folder)
        tiny.vouch(folder)
        with pytest.raises(ConfigError) as refused:
            SenseVoiceRecognizer(folder)
        assert says in str(refused.value)
        assert "qa-pipeline models pull sense-voice" in str(refused.value)

    def test_a_graph_that_cannot_run_is_refused_in_the_engines_words(self, tmp_path: Path) -> None:
        folder = write_weights(tmp_path / "weights")
        content = (folder / "model.int8.onnx").read_bytes()
        (folder / "model.int8.onnx").write_bytes(content.replace(b"MatMul", b"MatMux"))
        tiny.vouch(folder)
        with pytest.raises(ConfigError, match=r"can't be loaded: .*MatMux"):
            SenseVoiceRecognizer(folder)

    def test_a_folder_without_them_says_what_to_type(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"model.int8.onnx is missing; run `qa-pipeline models pull sense-voice"):
            SenseVoiceRecognizer(tmp_path)

    def test_a_file_that_changed_since_it_was_placed_is_found(self, tmp_path: Path) -> None:
        folder = write_weights(tmp_path / "weights")
        tiny.write_sense_voice(folder / "model.int8.onnx", emotion="<|SAD|>")
        with pytest.raises(ConfigError, match=r"model.int8.onnx is not the file it should be"):
            SenseVoiceRecognizer(folder)

    @pytest.mark.parametrize("form", ["k2-fsa", "v4", "v5"])
    def test_all_three_forms_of_the_detector_are_taken(self, form: str, tmp_path: Path, call: RecordingAudio) -> None:
        folder = write_weights(tmp_path / "weights")
        tiny.write_vad(folder / "silero_vad.onnx", form=form)
        recognizer = SenseVoiceRecognizer(tiny.vouch(folder))
        assert recognizer.recognize(ChannelAudio(call, 0), PLAIN).text == "low mid. high. mid"

    def test_without_the_package_the_extra_is_named(self, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
        with pytest.raises(ConfigError, match=r"sherpa-onnx.*pip install '\.\[local-asr\]'"):
            SenseVoiceRecognizer(weights)


class TestAsAService:
    def test_a_task_is_answered_with_times_language_and_emotion(
        self, start: Any, weights: Path, call: RecordingAudio
    ) -> None:
        api = start(
            recognizer="sense-voice", sense_voice_dir=weights, references=(), source_folders=(call.path.parent,)
        )
        result = api.result(api.transcribe(call.path.as_uri(), channel_id=[0, 1], enable_words=True))
        agent, customer = result["transcripts"]
        assert (agent["text"], customer["text"]) == ("low mid. high. mid", "high")
        assert [row["emotion"] for row in agent["sentences"]] == ["neutral"] * 3
        assert agent["sentences"][0]["words"][1]["punctuation"] == "."
        health = api.local("/healthz")
        assert health["engine"] == "local/sense-voice"
        assert health["recognizer"]["languages"] == ["zh", "en", "ja", "ko", "yue"]

    def test_silence_is_no_valid_fragment(self, start: Any, weights: Path, tmp_path: Path) -> None:
        recording = write_wav(tmp_path / "a.wav", quiet(2))
        api = start(recognizer="sense-voice", sense_voice_dir=weights, source_folders=(tmp_path,))
        assert api.transcribe(recording.path.as_uri())["output"]["code"] == "SUCCESS_WITH_NO_VALID_FRAGMENT"

    @pytest.mark.process
    def test_a_service_without_weights_does_not_start_and_says_why_in_one_line(self, tmp_path: Path) -> None:
        ended = subprocess.run(
            [sys.executable, "-m", "qa_pipeline.local_service", "--recognizer", "sense-voice",
             "--sense-voice-dir", str(tmp_path)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert ended.returncode == 1
        assert ended.stdout == ""
        [line] = ended.stderr.splitlines()
        assert line.startswith("local service: it could not start: recognizer sense-voice: ")
        assert "qa-pipeline models pull sense-voice" in line
