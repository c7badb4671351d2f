"""A server of one's own behind the local service: both of its addresses, and all that can go wrong with it."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_pipeline.local_service.config import OPENAI_KEY_VARIABLE
from qa_pipeline.local_service.errors import TaskFailure
from qa_pipeline.local_service.recognizers import ChannelAudio, RecognitionOptions, RecordingAudio, openai_requests
from qa_pipeline.local_service.recognizers.openai_server import OpenAiRecognizer
from qa_pipeline.transcription.results import ChannelTranscript, join_words
from tests.local_service.asr_server import MODEL, AsrServer, Special, never, raw, running_asr_server, status
from tests.local_service.sounds import quiet, tone, voice, write_wav

PLAIN, WORDS = RecognitionOptions(), RecognitionOptions(enable_words=True)
Listen = Callable[..., ChannelTranscript]


@pytest.fixture(scope="module")
def running() -> Iterator[AsrServer]:
    with running_asr_server() as server:
        yield server


@pytest.fixture
def server(running: AsrServer) -> AsrServer:
    running.forget()
    return running


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> RecordingAudio:
    """Agent: low and high from 1 s to 3 s, low from 6 s to 7 s. Customer: high from 4 s to 5 s."""
    agent = np.concatenate([quiet(1), voice(300, 1), voice(2500, 1), quiet(3), voice(300, 1), quiet(1)])
    customer = np.concatenate([quiet(4), voice(2500, 1), quiet(3)])
    return write_wav(tmp_path_factory.mktemp("call") / "tel 13800000000.wav", agent, customer)


@pytest.fixture
def listen(server: AsrServer, call: RecordingAudio, monkeypatch: pytest.MonkeyPatch) -> Listen:
    """Recognizes a channel of the call through the server; nobody waits between attempts."""
    monkeypatch.setattr(openai_requests, "FIRST_DELAY_S", 0.0)

    def listen(channel: int = 0, options: RecognitionOptions = PLAIN, **settings: Any) -> ChannelTranscript:
        with recognizing(**{"base_url": server.url, "model": MODEL, **settings}) as recognizer:
            return recognizer.recognize(ChannelAudio(call, channel), options)

    return listen


@contextmanager
def recognizing(base_url: str, model: str = MODEL, **settings: Any) -> Iterator[OpenAiRecognizer]:
    recognizer = OpenAiRecognizer(base_url, model, **settings)
    try:
        yield recognizer
    finally:
        recognizer.stop()


class TestTranscriptions:
    def test_segments_stand_at_their_place_in_the_recording(self, listen: Listen) -> None:
        heard = listen()
        assert heard.text == "Low. High. Low."
        assert [row.sentence_id for row in heard.sentences] == [0, 1, 2]
        for row, (begin_ms, end_ms) in zip(heard.sentences, [(1000, 2000), (2000, 3000), (6000, 7000)], strict=True):
            assert row.begin_ms == pytest.approx(begin_ms, abs=250)
            assert row.end_ms == pytest.approx(end_ms, abs=250)
        assert {(row.language, row.emotion, row.words) for row in heard.sentences} == {("en", None, ())}

    def test_each_channel_is_sent_on_its_own_without_its_silence_or_its_files_name(
        self, listen: Listen, server: AsrServer
    ) -> None:
        assert listen(1).text == "High."
        [asked] = server.asked
        assert asked.rate == 16_000
        assert asked.seconds == pytest.approx(1.4, abs=0.2)
        assert asked.fields == {"model": MODEL, "response_format": "verbose_json", "temperature": "0"}
        assert "13800000000" not in str(asked)

    def test_words_are_asked_for_when_they_are_wanted(self, listen: Listen, server: AsrServer) -> None:
        first = listen(options=WORDS).sentences[0]
        assert server.asked[0].fields["timestamp_granularities[]"] == ["word", "segment"]
        assert join_words(first.words) == "low"
        assert first.words[0].begin_ms == first.begin_ms

    def test_a_language_is_passed_on_by_the_name_it_has_there(self, listen: Listen, server: AsrServer) -> None:
        listen(1, RecognitionOptions(language="zh"))
        listen(1, RecognitionOptions(language="fil"))
        assert [asked.fields["language"] for asked in server.asked] == ["zh", "tl"]

    @pytest.mark.parametrize(("forms", "times"), [(("segments", "text"), 3), (("text",), 2)], ids=str)
    def test_less_is_asked_of_a_server_that_has_less_and_only_once_found_out(
        self, forms: tuple[str, ...], times: int, server: AsrServer, call: RecordingAudio
    ) -> None:
        server.forms = forms
        with recognizing(server.url) as recognizer:
            heard = recognizer.recognize(ChannelAudio(call, 0), WORDS)
            assert len(heard.sentences) == times
            assert heard.text.lower().replace(".", "") == "low high low"
            before = len(server.asked)
            assert before == 2 + 3 - len(forms), "two pieces, and each refused form once"
            recognizer.recognize(ChannelAudio(call, 1), WORDS)
        assert len(server.asked) == before + 1

    def test_text_without_times_stands_where_its_piece_does(self, listen: Listen, server: AsrServer) -> None:
        server.forms = ("text",)
        first, second = listen().sentences
        assert (first.text, second.text) == ("low high", "low")
        assert (first.begin_ms, first.end_ms) == (pytest.approx(900, abs=150), pytest.approx(3100, abs=150))
        assert second.begin_ms == pytest.approx(5900, abs=150)

    def test_all_channels_as_one_are_sent_as_their_average(self, server: AsrServer, call: RecordingAudio) -> None:
        with recognizing(server.url) as recognizer:
            rows = recognizer.recognize_mixed(call, PLAIN).sentences
        assert [row.text for row in rows] == ["Low.", "High.", "High.", "Low."]


class TestChat:
    @pytest.fixture
    def chat(self, listen: Listen) -> Listen:
        return lambda *args, **settings: listen(*args, endpoint="chat", **settings)

    def test_what_qwen3_asr_writes_before_its_text_is_the_language(self, chat: Listen, server: AsrServer) -> None:
        server.says = lambda words: f"language Cantonese<asr_text>{words}"
        heard = chat()
        assert [(row.text, row.language) for row in heard.sentences] == [("low high", "yue"), ("low", "yue")]
        assert server.asked[0].path == "/v1/chat/completions"
        assert server.asked[0].fields == {"model": MODEL, "temperature": 0}

    def test_a_piece_in_which_the_model_hears_nobody_is_no_sentence(self, chat: Listen, server: AsrServer) -> None:
        server.says = lambda words: (
            "language None<asr_text>" if words == "low" else f"language English<asr_text>{words}"
        )
        assert chat().text == "low high"

    def test_annotations_name_language_and_emotion(self, chat: Listen, server: AsrServer) -> None:
        server.annotations = [{"type": "audio_info", "language": "zh", "emotion": "angry"}]
        [row] = chat(1).sentences
        assert (row.text, row.language, row.emotion) == ("high", "zh", "angry")

    def test_text_in_parts_is_put_together(self, chat: Listen, server: AsrServer) -> None:
        server.specials = [
            raw(b'{"choices": [{"message": {"content": [{"type": "text", "text": "a "}, {"text": "b"}]}}]}')
        ]
        assert chat(1).text == "a b"

    def test_labels_that_the_service_has_not_are_none(self, chat: Listen, server: AsrServer) -> None:
        server.annotations = [{"type": "audio_info", "language": "tlh", "emotion": "bored"}]
        [row] = chat(1).sentences
        assert (row.language, row.emotion) == (None, None)


class TestTrouble:
    @pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
    def test_passing_trouble_is_waited_out(self, code: int, listen: Listen, server: AsrServer) -> None:
        server.specials = [status(code), status(code)]
        assert listen(1).text == "High."
        assert len(server.asked) == 3

    def test_trouble_without_an_end_is_given_up_on_so_that_the_recording_can_be_tried_again(
        self, listen: Listen, server: AsrServer
    ) -> None:
        server.specials = [status(503, {"error": {"message": "Overloaded."}})] * 50
        with pytest.raises(
            TaskFailure, match=r"^LOCAL_RECOGNIZER_UNAVAILABLE: .*4 attempts: status 503: Overloaded\.$"
        ):
            listen(1)
        assert len(server.asked) == 4

    def test_a_wish_to_be_asked_later_is_heard(
        self, listen: Listen, server: AsrServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waited: list[float] = []
        monkeypatch.setattr(openai_requests, "LONGEST_RETRY_AFTER_S", 0.01)
        delay_s = openai_requests._delay_s
        monkeypatch.setattr(openai_requests, "_delay_s", lambda *args: waited.append(delay_s(*args)) or waited[-1])
        server.specials = [status(429, **{"Retry-After": "7"})]
        assert listen(1).text == "High."
        assert waited == [0.01], "seven seconds, but not longer than the limit"

    def test_a_server_that_is_not_there_is_named_with_the_setting(self, listen: Listen) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        with pytest.raises(TaskFailure, match=rf"LOCAL_RECOGNIZER_UNAVAILABLE.*127.0.0.1:{port}.*QA_OPENAI_BASE_URL"):
            listen(1, base_url=f"http://user:secret@127.0.0.1:{port}/v1")

    def test_a_password_in_the_address_is_not_repeated(self, listen: Listen) -> None:
        with pytest.raises(TaskFailure) as failed:
            listen(1, base_url="http://user:secret@127.0.0.1:9/v1")
        assert "secret" not in str(failed.value)
        assert "secret" not in str(OpenAiRecognizer("http://user:secret@127.0.0.1:9/v1", MODEL).describe())

    def test_a_server_that_takes_too_long_counts_as_not_there(self, listen: Listen, server: AsrServer) -> None:
        server.specials = [never]
        assert listen(1, answer_timeout_s=1.0).text == "High."
        assert len(server.asked) > 1

    def test_a_wrong_key_is_refused_at_once_and_the_variable_named(self, listen: Listen, server: AsrServer) -> None:
        server.key = "sk-right"
        assert listen(1, api_key="sk-right").text == "High."
        server.asked.clear()
        with pytest.raises(TaskFailure, match=rf"LOCAL_RECOGNIZER_REFUSED: .*401: Incorrect.*{OPENAI_KEY_VARIABLE}"):
            listen(1, api_key="sk-wrong")
        assert len(server.asked) == 1

    def test_without_a_key_none_is_sent(self, listen: Listen, server: AsrServer) -> None:
        listen(1)
        assert "authorization" not in server.asked[0].headers

    def test_a_model_that_is_not_served_is_named(self, listen: Listen) -> None:
        with pytest.raises(
            TaskFailure, match=r"REFUSED: .*404: The model `other` does not exist; check QA_OPENAI_MODEL"
        ):
            listen(1, model="other")

    def test_an_address_that_does_not_end_as_it_should_is_a_404_with_advice(
        self, listen: Listen, server: AsrServer
    ) -> None:
        with pytest.raises(TaskFailure, match=r"404.*QA_OPENAI_BASE_URL ends as it should"):
            listen(1, base_url=server.url.removesuffix("/v1"))

    def test_a_redirect_is_not_followed(self, listen: Listen, server: AsrServer) -> None:
        server.specials = [status(307, Location=f"{server.url}/audio/transcriptions")]
        with pytest.raises(TaskFailure, match="answers 307"):
            listen(1)

    @pytest.mark.parametrize(
        "body",
        [
            b"<html>", b"", b"[]", b'{"txt": "a"}', b'{"text": 3}', b'{"text": "a", "segments": [3]}', b"[" * 100_000,
            b'{"text": "a", "segments": [{"start": "0", "end": 1, "text": "a"}]}',
            b'{"text": "a", "segments": [{"start": NaN, "end": 1, "text": "a"}]}',
            b'{"text": "a", "segments": [{"start": -1, "end": 1, "text": "a"}]}',
            b'{"text": "a", "segments": [{"start": 1e300, "end": 1e301, "text": "a"}]}',
            b'{"text": "a", "segments": [{"start": 0, "end": 1}]}',
            b'{"text": "a", "segments": 3}', b'{"text": "a", "words": [{"word": "a", "start": true, "end": 1}],'
            b' "segments": [{"start": 0, "end": 1, "text": "a"}]}',
            b'{"text": "\\ud800"}',
        ],
        ids=lambda body: body[:40].decode(),
    )  # fmt: skip
    def test_an_answer_that_is_no_transcript_fails_the_recording_and_nothing_else(
        self, body: bytes, listen: Listen, server: AsrServer
    ) -> None:
        server.specials = [raw(body)]
        with pytest.raises(TaskFailure, match=r"^LOCAL_RECOGNIZER_FAILED: "):
            listen(1)
        assert listen(1).text == "High."

    @pytest.mark.parametrize(
        "body",
        [
            b"{}", b'{"choices": []}', b'{"choices": {}}', b'{"choices": [{"message": {"content": null}}]}',
            b'{"choices": [{"message": {"content": "a", "annotations": 3}}]}',
            b'{"choices": [{"message": {"content": "\\ud800"}}]}',
        ],
        ids=lambda body: body.decode(),
    )  # fmt: skip
    def test_a_chat_answer_without_a_message_fails_too(self, body: bytes, listen: Listen, server: AsrServer) -> None:
        server.specials = [raw(body)]
        with pytest.raises(TaskFailure, match=r"^LOCAL_RECOGNIZER_FAILED: "):
            listen(1, endpoint="chat")

    def test_an_endless_answer_is_cut_off(
        self, listen: Listen, server: AsrServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(openai_requests, "MAX_ANSWER_BYTES", 1000)
        server.specials = [raw(b'{"text": "' + b"a" * 2000 + b'"}')]
        with pytest.raises(TaskFailure, match="more than 1,000 bytes"):
            listen(1)

    @pytest.mark.parametrize("special", [status(503), never], ids=["between attempts", "within a request"])
    def test_stopping_ends_what_is_waited_for(
        self, special: Special, server: AsrServer, call: RecordingAudio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(openai_requests, "FIRST_DELAY_S", 300.0)
        monkeypatch.setattr(openai_requests, "LONGEST_DELAY_S", 300.0)
        server.specials = [special] * 9
        recognizer = OpenAiRecognizer(server.url, MODEL)
        failures: list[str] = []

        def work() -> None:
            with pytest.raises(TaskFailure) as failed:
                recognizer.recognize(ChannelAudio(call, 1), PLAIN)
            failures.append(failed.value.code)

        thread = threading.Thread(target=work)
        thread.start()
        while not server.asked:
            time.sleep(0.005)
        recognizer.stop()
        thread.join(30)
        assert failures == ["LOCAL_RECOGNIZER_STOPPED"]


class TestAsAService:
    def test_a_task_is_answered_by_the_server(self, start: Any, server: AsrServer, call: RecordingAudio) -> None:
        server.key = "sk-server"
        api = start(
            recognizer="openai", openai_base_url=server.url, openai_model=MODEL, openai_api_key="sk-server",
            references=(), source_folders=(call.path.parent,), run_in="process",
        )  # fmt: skip
        result = api.result(api.transcribe(call.path.as_uri(), channel_id=[0, 1]))
        assert [row["text"] for row in result["transcripts"]] == ["Low. High. Low.", "High."]
        health = api.local("/healthz")
        assert health["engine"] == "local/openai"
        assert health["recognizer"] == {
            "name": "openai", "server": server.url, "model": MODEL, "endpoint": "transcriptions",
        }  # fmt: skip
        assert "sk-server" not in str(health)

    def test_a_refusal_is_the_tasks_failure_in_the_servers_words(
        self, start: Any, server: AsrServer, call: RecordingAudio
    ) -> None:
        api = start(
            recognizer="openai", openai_base_url=server.url, openai_model="other", source_folders=(call.path.parent,)
        )
        output = api.transcribe(call.path.as_uri())["output"]
        assert (output["task_status"], output["code"]) == ("FAILED", "LOCAL_RECOGNIZER_REFUSED")
        assert "The model `other` does not exist" in output["message"]

    def test_a_call_that_is_answered_at_once_tells_its_callers_fault_from_the_servers(
        self, start: Any, server: AsrServer, call: RecordingAudio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(openai_requests, "FIRST_DELAY_S", 0.0)
        api = start(
            recognizer="openai", openai_base_url=server.url, openai_model=MODEL, source_folders=(call.path.parent,)
        )
        audio = [{"role": "user", "content": [{"audio": call.path.as_uri()}]}]
        body = {"model": "qwen3-asr-flash", "input": {"messages": audio}}
        server.specials = [*[status(503)] * 4, status(401)]
        asked = [api.request("POST", "/services/aigc/multimodal-generation/generation", json=body) for _ in range(3)]
        assert [(reply.status_code, reply.json().get("code")) for reply in asked] == [
            (503, "LOCAL_RECOGNIZER_UNAVAILABLE"), (500, "LOCAL_RECOGNIZER_REFUSED"), (200, None),
        ]  # fmt: skip
        message = asked[2].json()["output"]["choices"][0]["message"]
        assert message["content"] == [{"text": "Low. High. High. Low."}]

    @pytest.mark.process
    def test_a_server_that_is_not_named_is_asked_for_at_the_start(self, tmp_path: Path) -> None:
        ended = subprocess.run(
            [sys.executable, "-m", "qa_pipeline.local_service", "--recognizer", "openai"],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert ended.returncode == 2
        assert ended.stderr == (
            "local service: recognizer openai needs openai_base_url: set QA_OPENAI_BASE_URL or --openai-base-url\n"
        )


def test_where_nobody_speaks_the_server_is_not_asked(tmp_path: Path, server: AsrServer) -> None:
    recording = write_wav(tmp_path / "tone.wav", tone(300, 2, 0.0003))
    with recognizing(server.url) as recognizer:
        assert recognizer.recognize(ChannelAudio(recording, 0), PLAIN).sentences == ()
    assert server.asked == []
