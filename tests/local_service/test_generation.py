"""Synchronous models: shapes, streams, sources, limits, refusals and the bill, over plain HTTP."""

from __future__ import annotations

import base64
import http.server
import json
import threading
import wave
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.local_service.call_requests import parse_chat, parse_generation
from qa_pipeline.local_service.errors import ServiceError
from tests.local_service.shapes import DOCUMENTED, documented_shape, shape

GENERATION = "/services/aigc/multimodal-generation/generation"
FLASH, QWEN_AUDIO, FUN_FLASH = "qwen3-asr-flash", "qwen-audio-asr", "fun-asr-flash-2026-06-15"
MIXED = "您好， Hello there. 请讲。"
"""Both sides of the known call in the order they began to speak."""

SSE = {"X-DashScope-SSE": "enable"}
RESOLVE = {"X-DashScope-OssResourceResolve": "enable"}


def asking(audio: Any, model: str = FLASH, *, context: str | None = None, **parameters: Any) -> dict[str, Any]:
    part = {"type": "input_audio", "input_audio": {"data": audio}} if model == FUN_FLASH else {"audio": audio}
    messages = [{"role": "user", "content": [part]}]
    if context is not None:
        messages.insert(0, {"role": "system", "content": [{"text": context}]})
    return {"model": model, "input": {"messages": messages}, "parameters": parameters}


def ask(api: Any, body: dict[str, Any], **headers: str) -> Any:
    return api.request("POST", GENERATION, json=body, headers=headers)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["output"]["choices"][0]["message"]["content"][0]["text"])


def refused(answer: Any) -> tuple[int, str]:
    assert shape(answer.json()) == documented_shape("error.json"), answer.text
    return answer.status_code, answer.json()["code"]


def blocks_of(text: str) -> list[tuple[list[str], Any]]:
    """Each block's lines before the data, and the data."""
    assert text.endswith("\n\n")
    blocks = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        *head, data = block.split("\n")
        blocks.append((head, json.loads(data.removeprefix("data:"))))
    return blocks


def message_of(data: Any) -> Any:
    return data["output"]["choices"][0]["message"]


def inline(path: Path) -> str:
    return f"data:audio/wav;base64,{base64.b64encode(path.read_bytes()).decode()}"


def silent_wav(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(2 * round(8000 * seconds)))
    return path


class TestAnswers:
    def test_qwen3_answers_in_the_documented_shape(self, api: Any, hotel: str) -> None:
        answer = ask(api, asking(hotel))
        assert shape(answer.json()) == documented_shape("generation-qwen3.json")
        assert text_of(answer) == MIXED
        assert answer.json()["usage"]["seconds"] == 2  # of 1.2
        assert answer.headers["x-qa-engine"] == "local/reference"

    def test_qwen_audio_answers_in_the_documented_shape(self, api: Any, hotel: str) -> None:
        answer = ask(api, asking(hotel, QWEN_AUDIO))
        assert shape(answer.json()) == documented_shape("generation-qwen-audio.json")
        assert text_of(answer) == MIXED
        assert answer.json()["usage"] == {"input_tokens": 78, "output_tokens": 9, "audio_tokens": 50}

    def test_fun_asr_flash_answers_with_text_and_timed_sentences(self, api: Any, hotel: str) -> None:
        body = ask(api, asking(hotel, FUN_FLASH, format="wav", sample_rate="16000")).json()
        assert body["output"]["text"] == MIXED
        first, second, third = body["output"]["sentences"]
        assert (first["sentence_id"], first["begin_time"], first["end_time"]) == (1, 0, 400)
        assert (second["text"], len(second["words"])) == ("Hello there.", 2)
        assert third["sentence_id"] == 3
        assert body["usage"] == {"duration": 2}

    @pytest.mark.parametrize("model", ["qwen3-asr-flash-2025-09-08", "qwen3-asr-flash-us"])
    def test_dated_and_regional_ids_answer_too(self, api: Any, hotel: str, model: str) -> None:
        assert text_of(ask(api, asking(hotel, model))) == MIXED

    def test_a_channel_cut_to_a_mono_file_answers_with_that_side(
        self, api: Any, references: Path, write_call: Any
    ) -> None:
        cut = write_call(references / "cut.wav", tones=(440,))
        answer = ask(api, asking(cut.as_uri()))
        assert text_of(answer) == "Hello there."
        assert message_of(answer.json())["annotations"] == [
            {"type": "audio_info", "language": "en", "emotion": "angry"}
        ]

    def test_the_same_sound_on_both_channels_is_heard_once(self, api: Any, references: Path, write_call: Any) -> None:
        doubled = write_call(references / "doubled.wav", tones=(440, 440))
        assert text_of(ask(api, asking(doubled.as_uri()))) == "Hello there."

    def test_a_requested_language_is_what_the_annotation_says(self, api: Any, hotel: str) -> None:
        answer = ask(api, asking(hotel, asr_options={"language": "zh", "enable_itn": False, "enable_lid": True}))
        assert message_of(answer.json())["annotations"][0]["language"] == "zh"

    def test_what_nobody_labelled_has_no_annotation(
        self, api: Any, references: Path, write_call: Any, write_transcript: Any, say: Any
    ) -> None:
        plain = write_call(references / "plain.wav", tones=(700,))
        write_transcript(plain, [say("Nothing known.")])
        assert "annotations" not in message_of(ask(api, asking(plain.as_uri())).json())

    def test_a_recording_without_speech_is_an_answer_without_text(
        self, api: Any, references: Path, write_call: Any, write_transcript: Any
    ) -> None:
        quiet = write_call(references / "quiet.wav", tones=(0,))
        write_transcript(quiet, [])
        assert text_of(ask(api, asking(quiet.as_uri()))) == ""

    def test_context_is_taken_and_counted(self, api: Any, hotel: str) -> None:
        answer = ask(api, asking(hotel, context="Hilton, Marriott"))
        assert text_of(answer) == MIXED
        assert answer.json()["usage"]["input_tokens_details"] == {"text_tokens": 3}

    def test_fun_asr_flash_takes_pairs_of_context(self, api: Any, hotel: str) -> None:
        body = asking(hotel, FUN_FLASH)
        body["input"]["messages"][:0] = [
            {"role": "user", "content": [{"type": "input_text", "text": "Bulge Bracket"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "They are banks."}]},
        ]
        assert ask(api, body).json()["output"]["text"] == MIXED


class TestStreams:
    def test_blocks_are_framed_and_shaped_as_documented(self, api: Any, hotel: str) -> None:
        answer = ask(api, asking(hotel, incremental_output=True), **SSE)
        assert answer.headers["content-type"].startswith("text/event-stream")
        documented = blocks_of((DOCUMENTED / "generation-stream.txt").read_text(encoding="utf-8"))
        blocks = blocks_of(answer.text)
        assert [head for head, _ in blocks] == [
            [f"id:{number}", "event:result", ":HTTP_STATUS/200"] for number in range(1, len(blocks) + 1)
        ]
        assert documented[0][0] == blocks[0][0]
        assert {json.dumps(shape(data), sort_keys=True) for _, data in blocks[:-1]} == {
            json.dumps(shape(documented[0][1]), sort_keys=True)
        }
        assert shape(blocks[-1][1]) == shape(documented[-1][1])
        reasons = [data["output"]["choices"][0]["finish_reason"] for _, data in blocks]
        assert reasons == ["null"] * (len(blocks) - 1) + ["stop"]
        assert len({data["request_id"] for _, data in blocks}) == 1

    def test_incremental_blocks_add_up_to_the_text(self, api: Any, hotel: str) -> None:
        blocks = blocks_of(ask(api, asking(hotel, incremental_output=True), **SSE).text)
        pieces = [message_of(data)["content"][0]["text"] for _, data in blocks[:-1]]
        assert len(pieces) > 5
        assert "".join(pieces) == MIXED

    def test_other_blocks_repeat_the_text_from_its_beginning(self, api: Any, hotel: str) -> None:
        blocks = blocks_of(ask(api, asking(hotel), **SSE).text)
        texts = [message_of(data)["content"][0]["text"] for _, data in blocks[:-1]]
        assert texts[-1] == MIXED
        assert all(later.startswith(earlier) and later != earlier for earlier, later in pairwise(texts))

    def test_the_accept_header_asks_for_a_stream_unless_the_switch_says_no(self, api: Any, hotel: str) -> None:
        events = {"Accept": "text/event-stream"}
        assert ask(api, asking(hotel), **events).text.startswith("id:1\nevent:result\n")
        assert text_of(ask(api, asking(hotel), **events, **{"X-DashScope-SSE": "disable"})) == MIXED

    def test_an_error_in_a_stream_is_a_block_with_its_status(self, api: Any, references: Path) -> None:
        answer = ask(api, asking((references / "gone.wav").as_uri()), **SSE)
        assert answer.status_code == 200
        [(head, data)] = blocks_of(answer.text)
        assert head == ["id:1", "event:error", ":HTTP_STATUS/400", "status:400"]
        assert shape(data) == documented_shape("error.json")
        assert data["code"] == "BadRequest.InputDownloadFailed"

    def test_qwen_audio_streams_without_annotations(self, api: Any, hotel: str) -> None:
        blocks = blocks_of(ask(api, asking(hotel, QWEN_AUDIO, incremental_output=True), **SSE).text)
        assert all("annotations" not in message_of(data) for _, data in blocks)
        assert "".join(part["text"] for _, data in blocks for part in message_of(data)["content"]) == MIXED

    @pytest.mark.parametrize(("seconds", "texts"), [(59, ["One. Two."]), (60, ["One.", "One. Two."])])
    def test_fun_asr_flash_sends_intermediate_results_from_a_minute_on(
        self, api: Any, references: Path, write_transcript: Any, seconds: int, texts: list[str]
    ) -> None:
        long = silent_wav(references / "long.wav", seconds)
        write_transcript(
            long, [{"begin_time": at, "end_time": at + 9, "text": text} for at, text in ((0, "One."), (9, "Two."))]
        )
        blocks = blocks_of(ask(api, asking(long.as_uri(), FUN_FLASH), **SSE).text)
        assert [data["output"]["text"] for _, data in blocks] == texts


class Recordings(http.server.BaseHTTPRequestHandler):
    content: bytes

    def do_GET(self) -> None:
        found = self.path == "/hotel.wav"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(self.content) if found else 0))
        self.end_headers()
        if found:
            self.wfile.write(self.content)

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""


@pytest.fixture
def web(references: Path) -> Iterator[str]:
    """A web server of this machine with the known call."""
    handler = type("Handler", (Recordings,), {"content": (references / "hotel.wav").read_bytes()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestSources:
    def test_a_url_of_this_machine(self, api: Any, web: str) -> None:
        assert text_of(ask(api, asking(f"{web}/hotel.wav"))) == MIXED
        assert refused(ask(api, asking(f"{web}/gone.wav"))) == (400, "BadRequest.InputDownloadFailed")

    def test_inline_audio(self, api: Any, references: Path) -> None:
        assert text_of(ask(api, asking(inline(references / "hotel.wav")))) == MIXED

    @pytest.mark.parametrize(
        "audio", ["data:audio/wav;base64,###", "data:audio/wav,abc", "data:", "ftp://x/y", "a.wav"]
    )
    def test_what_is_no_audio_address_is_said(self, api: Any, audio: str) -> None:
        assert refused(ask(api, asking(audio))) == (400, "InvalidURL")

    def test_qwen_audio_takes_no_inline_audio(self, api: Any, references: Path) -> None:
        answer = ask(api, asking(inline(references / "hotel.wav"), QWEN_AUDIO))
        assert refused(answer) == (400, "InvalidParameter")
        assert "Base64" in answer.json()["message"]

    def test_an_upload_needs_the_resolve_header_and_its_own_model(self, api: Any, references: Path) -> None:
        url = api.upload(references / "hotel.wav", model=FLASH)
        assert text_of(ask(api, asking(url), **RESOLVE)) == MIXED
        assert text_of(ask(api, asking(url, "qwen3-asr-flash-2025-09-08"), **RESOLVE)) == MIXED
        without = ask(api, asking(url))
        assert refused(without) == (400, "InvalidURL")
        assert "X-DashScope-OssResourceResolve" in without.json()["message"]
        other = ask(api, asking(url, QWEN_AUDIO), **RESOLVE)
        assert refused(other) == (400, "BadRequest.InputDownloadFailed")
        assert "another model" in other.json()["message"]

    def test_no_inline_audio_stays_on_the_disk(self, start: Any, references: Path, tmp_path: Path) -> None:
        state = tmp_path / "state"
        api = start(state_dir=state)
        text_of(ask(api, asking(inline(references / "hotel.wav"))))
        ask(api, asking(f"data:audio/wav;base64,{base64.b64encode(b'no sound').decode()}"))
        assert list((state / "incoming").iterdir()) == []


class TestLimits:
    def test_a_file_over_ten_megabytes_is_too_large(self, api: Any, references: Path) -> None:
        big = references / "big.wav"
        big.write_bytes(bytes(10 * 1024 * 1024 + 1))
        answer = ask(api, asking(big.as_uri()))
        assert refused(answer) == (400, "BadRequest.TooLarge")
        assert "10,485,760" in answer.json()["message"]

    def test_inline_audio_over_ten_megabytes_as_base64_is_too_large(self, api: Any) -> None:
        head = "data:audio/wav;base64,"
        fits = head + "A" * (10 * 1024 * 1024 - len(head) - 2)
        assert refused(ask(api, asking(fits))) == (400, "BadRequest.UnsupportedFileFormat")
        assert refused(ask(api, asking(fits + "AAAA"))) == (400, "BadRequest.TooLarge")

    def test_five_minutes_are_the_limit(self, api: Any, references: Path) -> None:
        longest = silent_wav(references / "longest.wav", 300.0)
        assert refused(ask(api, asking(longest.as_uri()))) == (400, "LOCAL_MODEL_NOT_INSTALLED")
        longer = ask(api, asking(silent_wav(references / "longer.wav", 300.01).as_uri()))
        assert refused(longer) == (400, "InvalidFile.AudioLengthError")
        assert "qwen3-asr-flash-filetrans" in longer.json()["message"]

    def test_what_is_no_sound_is_no_format(self, api: Any, references: Path) -> None:
        (references / "letter.wav").write_text("Dear all, " * 100)
        assert refused(ask(api, asking((references / "letter.wav").as_uri()))) == (
            400,
            "BadRequest.UnsupportedFileFormat",
        )

    def test_an_empty_file_is_empty_audio(self, api: Any, references: Path) -> None:
        (references / "empty.wav").touch()
        answer = ask(api, asking((references / "empty.wav").as_uri()))
        assert refused(answer) == (400, "InvalidParameter")
        assert answer.json()["message"].startswith("The audio is empty")

    def test_an_unknown_recording_says_what_is_missing(self, api: Any, references: Path, write_call: Any) -> None:
        stranger = write_call(references / "stranger.wav", tones=(900,))
        answer = ask(api, asking(stranger.as_uri()))
        assert refused(answer) == (400, "LOCAL_MODEL_NOT_INSTALLED")
        for part in ("No local speech model", "stranger.wav", "DASHSCOPE_API_KEY"):
            assert part in answer.json()["message"]

    def test_calls_are_limited_for_each_key_and_model(self, start: Any, hotel: str) -> None:
        api = start(submits_per_minute=2)
        names = [FLASH, "qwen3-asr-flash-2025-09-08", FLASH, QWEN_AUDIO]
        answers = [ask(api, asking(hotel, name)) for name in names]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
        assert refused(answers[2]) == (429, "Throttling.RateQuota")
        assert "2 calls per minute" in answers[2].json()["message"]


def messages(*items: Any, model: str = FLASH) -> dict[str, Any]:
    return {"model": model, "input": {"messages": list(items)}}


USER = {"role": "user", "content": [{"audio": "https://x/a.wav"}]}
SYSTEM = {"role": "system", "content": [{"text": "context"}]}
REPLY = {"role": "assistant", "content": "hi"}


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "status", "code", "says"),
        [
            ({}, 400, "BadRequest.EmptyModel", "model"),
            ({"model": 7}, 400, "InvalidParameter", "string"),
            ({"model": "whisper-1"}, 404, "ModelNotFound", "whisper-1"),
            ({"model": FLASH}, 400, "BadRequest.EmptyInput", "input"),
            ({"model": FLASH, "input": []}, 400, "BadRequest.IllegalInput", "object"),
            ({"model": FLASH, "input": {"file_url": "https://x"}}, 400, "InvalidParameter", "input.messages"),
            (messages(), 400, "InvalidParameter", "array"),
            (messages("hello"), 400, "InvalidParameter", "array"),
            (messages(SYSTEM), 400, "InvalidParameter", "the user's"),
            (messages(USER, SYSTEM), 400, "InvalidParameter", "the user's"),
            (messages(SYSTEM, SYSTEM, USER), 400, "InvalidParameter", "one system message"),
            (messages(USER, USER), 400, "InvalidParameter", "'user'"),
            (messages(SYSTEM, USER, model=QWEN_AUDIO), 400, "InvalidParameter", "no message before"),
            (messages(REPLY, USER, model=FUN_FLASH), 400, "InvalidParameter", "answer one"),
            (messages({"role": "user", "content": []}), 400, "InvalidParameter", "exactly one audio"),
            (messages({"role": "user", "content": [{"audio": 7}]}), 400, "InvalidParameter", "exactly one audio"),
            (
                messages({"role": "user", "content": [{"audio": "a"}, {"audio": "b"}]}),
                400,
                "InvalidParameter",
                "exactly one audio",
            ),
            (messages({"role": "system", "content": [{"image": "x"}]}, USER), 400, "InvalidParameter", "text only"),
            (asking("https://x", asr_options=[]), 400, "InvalidParameter", "asr_options"),
            (asking("https://x", asr_options={"language": "klingon"}), 400, "InvalidParameter", "yue"),
            (asking("https://x", asr_options={"enable_itn": "no"}), 400, "InvalidParameter", "asr_options.enable_itn"),
            (asking("https://x", incremental_output=1), 400, "InvalidParameter", "incremental_output"),
            (asking("https://x/" + "a" * 9000), 400, "InvalidParameter", "longer"),
            ({**asking("https://x"), "parameters": 1}, 400, "InvalidParameter", "parameters"),
        ],
        ids=lambda value: str(value)[:50],
    )
    def test_each_mistake_has_its_documented_code_and_names_the_field(
        self, shared_api: Any, body: Any, status: int, code: str, says: str
    ) -> None:
        answer = ask(shared_api, body)
        assert refused(answer) == (status, code)
        assert says in answer.json()["message"]

    @pytest.mark.parametrize("model", ["qwen3-asr-flash-filetrans", "fun-asr", "paraformer-v2"])
    def test_a_model_of_tasks_does_not_answer_at_once(self, shared_api: Any, model: str) -> None:
        answer = ask(shared_api, asking("https://x/a.wav", model))
        assert refused(answer) == (403, "AccessDenied")
        assert answer.json()["message"] == "current user api does not support synchronous calls."

    def test_the_async_header_is_refused(self, shared_api: Any) -> None:
        answer = ask(shared_api, asking("https://x/a.wav"), **{"X-DashScope-Async": "enable"})
        assert refused(answer) == (403, "AccessDenied")
        assert answer.json()["message"] == "current user api does not support asynchronous calls."

    def test_a_wrong_key_is_refused(self, start: Any, hotel: str) -> None:
        assert refused(ask(start(api_key="sk-right"), asking(hotel))) == (401, "InvalidApiKey")

    def test_a_body_that_is_far_too_large_is_refused(self, shared_api: Any) -> None:
        assert refused(ask(shared_api, asking("https://x", note="x" * 13_000_000))) == (400, "BadRequest.TooLarge")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["messages", "role", "content", "audio", "input_audio", "data", "text", "language"]), inner
        )
    ),
    max_leaves=8,
)
message_values = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "system"]) | json_values, "content": json_values}
)


@given(
    st.sampled_from([FLASH, QWEN_AUDIO, FUN_FLASH]) | json_values,
    st.lists(message_values, max_size=3) | json_values,
    st.fixed_dictionaries({}, optional={"asr_options": json_values, "incremental_output": json_values}) | json_values,
)
def test_any_json_is_either_understood_or_refused(model: Any, asked: Any, options: Any) -> None:
    generation = {"model": model, "input": {"messages": asked}, "parameters": options}
    chat = {"model": model, "messages": asked, "asr_options": options, "stream_options": options}
    statuses = set()
    for parse, body in ((partial(parse_generation, stream=False), generation), (parse_chat, chat)):
        try:
            assert parse(json.dumps(body).encode()).audio
        except ServiceError as error:
            statuses.add(error.status)
    assert statuses <= {400, 404}


class TestBill:
    def test_each_call_costs_the_recording_once_whatever_its_channels(self, api: Any, hotel: str) -> None:
        for headers in ({}, SSE):
            ask(api, asking(hotel), **headers)
        usage = api.local("/_local/usage")
        assert (usage["billed_seconds"], usage["billed_channels"]) == (4.0, 2)
        [row] = usage["by_channel"]
        assert (row["channel_id"], row["model"], row["billed_s"], row["count"]) == (0, FLASH, 4, 2)

    def test_what_was_refused_costs_nothing(self, api: Any, references: Path, hotel: str) -> None:
        ask(api, asking((references / "gone.wav").as_uri()))
        ask(api, asking((references / "gone.wav").as_uri()), **SSE)
        ask(api, asking(hotel, asr_options={"language": "klingon"}))
        assert api.local("/_local/usage")["billed_channels"] == 0


class TestFaults:
    def test_the_endpoint_can_be_made_to_fail(self, api: Any, hotel: str) -> None:
        rule = {"endpoint": "generation", "action": "status", "status": 503, "code": "ServiceUnavailable", "nth": [1]}
        assert api.set_faults({"rules": [rule]}).status_code == 200
        assert refused(ask(api, asking(hotel))) == (503, "ServiceUnavailable")
        assert text_of(ask(api, asking(hotel))) == MIXED

    def test_a_file_can_be_made_to_fail(self, api: Any, hotel: str) -> None:
        rule = {"endpoint": "task", "action": "fail_task", "code": "DECODE_ERROR", "file_pattern": "hotel*"}
        assert api.set_faults({"rules": [rule]}).status_code == 200
        assert refused(ask(api, asking(hotel))) == (400, "DECODE_ERROR")


def test_health_names_the_models_that_answer_at_once(api: Any) -> None:
    assert {FLASH, QWEN_AUDIO, FUN_FLASH, "qwen3-asr-flash-us"} <= set(api.local("/healthz")["models"])


def test_load_trials_get_made_up_sentences(start: Any, hotel: str) -> None:
    assert "nobody spoke" in text_of(ask(start(recognizer="benchmark"), asking(hotel)))
