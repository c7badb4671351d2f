"""Calls that are answered at once: what is sent for each model, what comes back, and what a lost answer is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.dashscope import answering, errors
from qa_pipeline.dashscope.generation import GenerationRequest
from qa_pipeline.dashscope.retry import RetryPolicy
from qa_pipeline.dashscope.wire import Timeouts
from qa_pipeline.transcription.generation import read_generation
from qa_pipeline.transcription.inline_audio import data_uri
from qa_pipeline.transcription.models import find_model
from qa_pipeline.transcription.prompting import DEFAULT_PROMPT
from qa_pipeline.transcription.silence import NO_SPEECH_CODES
from tests.dashscope.scripted_service import KEY, Answer, ScriptedService, error

pytestmark = pytest.mark.anyio

GENERATE = "/api/v1/services/aigc/multimodal-generation/generation"
CHAT = "/compatible-mode/v1/chat/completions"
REFERENCE = Path(__file__).resolve().parents[1] / "fixtures" / "reference"
QWEN3 = (REFERENCE / "generation-qwen3.json").read_bytes()
STREAM = (REFERENCE / "generation-qwen3-stream.txt").read_bytes()
OMNI = (REFERENCE / "chat-omni-stream.txt").read_bytes()
WAV = data_uri(b"RIFF", "wav")


def request(model_id: str = "qwen3-asr-flash", audio: str = "https://x/a.mp3", **options: Any) -> GenerationRequest:
    return GenerationRequest(find_model(model_id), audio, **options)


def streamed(*pieces: bytes, **options: Any) -> Answer:
    return Answer(pieces=list(pieces), **options)


def in_pieces(raw: bytes, size: int) -> list[bytes]:
    return [raw[at : at + size] for at in range(0, len(raw), size)]


async def sent_for(service: ScriptedService, asked: GenerationRequest) -> tuple[dict[str, str | None], Any]:
    """Headers of interest, and the body."""
    path, answer = (CHAT, streamed(OMNI)) if asked.model.request == "chat" else (GENERATE, Answer(body=QWEN3))
    service.on("POST", path, answer)
    async with service.client() as client:
        await client.generate(asked)
    (received,) = service.received
    assert received.header("authorization") == f"Bearer {KEY}"
    assert received.header("content-type") == "application/json"
    names = ("accept", "x-dashscope-sse", "x-dashscope-ossresourceresolve", "x-dashscope-async")
    return {name: received.header(name) for name in names if received.header(name)}, received.json


class TestRequests:
    async def test_qwen3_flash_has_context_as_a_system_message_and_its_options(self, service: ScriptedService) -> None:
        asked = request(language="zh", enable_itn=True, context="热词 ü")
        headers, body = await sent_for(service, asked)
        assert headers == {"accept": "application/json", "x-dashscope-sse": "disable"}
        assert body == {
            "model": "qwen3-asr-flash",
            "input": {
                "messages": [
                    {"role": "system", "content": [{"text": "热词 ü"}]},
                    {"role": "user", "content": [{"audio": "https://x/a.mp3"}]},
                ]
            },
            "parameters": {"asr_options": {"enable_itn": True, "language": "zh"}},
        }

    async def test_a_dated_id_is_asked_for_as_it_was_named(self, service: ScriptedService) -> None:
        _, body = await sent_for(service, request("qwen3-asr-flash-2026-02-10"))
        assert body["model"] == "qwen3-asr-flash-2026-02-10"
        assert body["parameters"] == {"asr_options": {"enable_itn": False}}

    async def test_a_stream_is_asked_for_in_header_and_parameters(self, service: ScriptedService) -> None:
        headers, body = await sent_for(service, request(stream=True))
        assert headers == {"accept": "text/event-stream", "x-dashscope-sse": "enable"}
        assert body["parameters"]["incremental_output"] is True

    async def test_a_temporary_upload_says_that_it_must_be_resolved(self, service: ScriptedService) -> None:
        headers, _ = await sent_for(service, request(audio="oss://dashscope-instant/a/b.wav"))
        assert headers["x-dashscope-ossresourceresolve"] == "enable"

    async def test_qwen_audio_asr_gets_the_audio_and_nothing_else(self, service: ScriptedService) -> None:
        _, body = await sent_for(service, request("qwen-audio-asr"))
        messages = [{"role": "user", "content": [{"audio": "https://x/a.mp3"}]}]
        assert body == {"model": "qwen-audio-asr", "input": {"messages": messages}, "parameters": {}}

    async def test_fun_asr_flash_gets_format_and_rate_and_context_in_a_pair(self, service: ScriptedService) -> None:
        asked = request("fun-asr-flash-2026-06-15", WAV, sample_rate=16000, context="Bulge Bracket")
        _, body = await sent_for(service, asked)
        assert body["input"]["messages"] == [
            {"role": "user", "content": [{"type": "input_text", "text": "Bulge Bracket"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "OK"}]},
            {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": WAV}}]},
        ]
        assert body["parameters"] == {"format": "wav", "sample_rate": "16000"}

    async def test_omni_is_asked_in_the_openai_style_and_always_streams(self, service: ScriptedService) -> None:
        headers, body = await sent_for(service, request("qwen3-omni-flash", WAV, context="Acme"))
        assert headers == {"accept": "text/event-stream"}
        sound, prompt = body["messages"][0]["content"]
        assert sound == {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}
        assert prompt["text"].startswith(DEFAULT_PROMPT)
        assert prompt["text"].endswith("Acme")
        assert {name: body[name] for name in ("model", "modalities", "stream", "stream_options")} == {
            "model": "qwen3-omni-flash",
            "modalities": ["text"],
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    async def test_omni_takes_a_prompt_of_its_users_and_an_address_without_an_ending(
        self, service: ScriptedService
    ) -> None:
        _, body = await sent_for(service, request("qwen3.5-omni-plus", "https://x/a?b=c.mp3", prompt="What is said?"))
        sound, prompt = body["messages"][0]["content"]
        assert sound["input_audio"] == {"data": "https://x/a?b=c.mp3"}
        assert prompt == {"type": "text", "text": "What is said?"}

    @pytest.mark.parametrize(
        ("model_id", "audio"),
        [
            ("qwen3-asr-flash-filetrans", "https://x/a"),
            ("qwen3-asr-flash", "/a.wav"),
            ("qwen3-omni-flash", "oss://a/b"),
        ],
    )
    async def test_what_cannot_be_asked_so_is_refused_before(self, model_id: str, audio: str) -> None:
        with pytest.raises(ValueError, match=r"submitted|needs an|no temporary uploads"):
            request(model_id, audio)

    async def test_the_audio_stands_in_no_repr(self) -> None:
        assert "a.mp3" not in repr(request())


class TestAnswers:
    async def test_a_whole_answer_has_its_text_labels_bill_and_bytes(self, service: ScriptedService) -> None:
        service.on("POST", GENERATE, Answer(body=QWEN3))
        async with service.client() as client:
            answer = await client.generate(request())
        assert (answer.text, answer.language, answer.emotion) == ("欢迎使用阿里云。", "zh", "neutral")
        assert (answer.billed_s, answer.fault, answer.raw) == (1.0, None, QWEN3)
        assert answer.request_id == "568e2bf0-d6f2-97f8-9f15-a57b11dc6977"

    @pytest.mark.parametrize("size", [1, 7, 100_000])
    @pytest.mark.parametrize("crlf", [False, True])
    async def test_a_stream_in_any_pieces_tells_the_text_as_it_grows(
        self, service: ScriptedService, size: int, crlf: bool
    ) -> None:
        raw = (b": keep-alive\n\n" + STREAM).replace(b"Alibaba", "阿里".encode())
        raw = raw.replace(b"\n", b"\r\n") if crlf else raw
        service.on("POST", GENERATE, streamed(*in_pieces(raw, size)))
        told: list[str] = []
        async with service.client() as client:
            answer = await client.generate(request(stream=True), on_text=told.append)
        assert told == ["Welcome", "Welcometo", "Welcometo阿里", "Welcometo阿里Cloud", "Welcometo阿里Cloud."]
        assert (answer.text, answer.language, answer.billed_s) == (told[-1], "zh", 1.0)
        assert answer.raw == raw
        assert read_generation(answer.raw, channel_id=0).transcripts[0].text == told[-1]

    async def test_omnis_stream_has_text_and_no_seconds(self, service: ScriptedService) -> None:
        service.on("POST", CHAT, streamed(*in_pieces(OMNI, 50)))
        async with service.client() as client:
            answer = await client.generate(request("qwen3-omni-flash", WAV))
        assert (answer.text, answer.language, answer.billed_s) == ("Hello, how can I help?", None, None)
        assert answer.request_id == "chatcmpl-0f1e2d3c"

    async def test_a_label_of_no_list_costs_itself(self, service: ScriptedService) -> None:
        service.on("POST", GENERATE, Answer(body=QWEN3.replace(b'"zh"', b'"tlh"')))
        async with service.client() as client:
            found = await client.generate(request())
        assert (found.text, found.language, found.emotion, found.fault) == ("欢迎使用阿里云。", None, "neutral", None)

    @pytest.mark.parametrize("foreign", [b"event: ping\ndata: {}\n\n", b"event: comment\ndata: still here\n\n"])
    async def test_an_event_of_an_unknown_name_does_not_cost_the_answer(
        self, service: ScriptedService, foreign: bytes
    ) -> None:
        first, _, rest = STREAM.partition(b"\n\n")
        service.on("POST", GENERATE, streamed(foreign + first + b"\n\n" + foreign + rest))
        async with service.client() as client:
            found = await client.generate(request(stream=True))
        assert (found.text, found.fault) == ("WelcometoAlibabaCloud.", None)

    @pytest.mark.parametrize(
        "answer",
        [
            error(400, "ASR_RESPONSE_HAVE_NO_WORDS"),
            error(400, "InvalidParameter", "SUCCESS_WITH_NO_VALID_FRAGMENT"),
            Answer({"error": {"code": "ASR_RESPONSE_HAVE_NO_WORDS", "message": "x"}}, 400),
            Answer(body=b'event:error\ndata:{"code":"ASR_RESPONSE_HAVE_NO_WORDS"}\n\n', status=400),
            Answer({"code": "ASR_RESPONSE_HAVE_NO_WORDS", "message": "x", "request_id": "r"}),
            streamed(b'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"ASR_RESPONSE_HAVE_NO_WORDS"}\n\n'),
        ],
        ids=["json", "in the message", "openai style", "framed", "under 200", "block of a stream"],
    )
    async def test_silence_is_an_answer_without_text_and_costs_nothing(
        self, service: ScriptedService, answer: Answer
    ) -> None:
        service.on("POST", GENERATE, answer)
        async with service.client() as client:
            found = await client.generate(request())
        assert (found.text, found.billed_s, found.fault) == ("", 0.0, None)
        assert found.silence in NO_SPEECH_CODES
        assert b"NO_" in found.raw
        assert read_generation(found.raw, channel_id=1).channel(1).sentences == ()

    @pytest.mark.parametrize(
        ("answer", "fault"),
        [
            (Answer(body=b'{"output":{"choices":['), "not JSON"),
            (Answer({"output": {"task_id": "t"}}), "neither choices nor text"),
            (Answer(body=QWEN3.replace(b'"stop"', b'"length"')), "finish_reason length"),
            (streamed(STREAM.replace(b'"content":[{"text":"to"}]', b'"content":')), "block 2 is not JSON"),
            (streamed(STREAM.replace(b'"stop"', b'"length"')), "finish_reason length"),
        ],
    )
    async def test_an_answer_that_makes_no_sense_is_kept_and_says_why(
        self, service: ScriptedService, answer: Answer, fault: str
    ) -> None:
        service.on("POST", GENERATE, answer)
        async with service.client() as client:
            found = await client.generate(request())
        assert found.text is None
        assert fault in (found.fault or "")
        raw = b"".join(answer.pieces) if answer.pieces else answer.body or json.dumps(answer.document).encode()
        assert found.raw == raw

    async def test_nobody_speaking_is_an_empty_text_and_no_fault(self, service: ScriptedService) -> None:
        service.on("POST", GENERATE, Answer({"output": {"text": "", "sentences": []}, "usage": {"duration": 4}}))
        async with service.client() as client:
            answer = await client.generate(request("fun-asr-flash-2026-06-15"))
        assert (answer.text, answer.fault, answer.billed_s) == ("", None, 4.0)


def error_block(code: str, *, status: int | None = None, comment: int | None = None) -> bytes:
    lines = ["id:1", "event:error"]
    lines += [f":HTTP_STATUS/{comment}"] if comment else []
    lines += [f"status:{status}"] if status else []
    document = {"code": code, "message": "no luck", "request_id": "r-1"}
    return ("\n".join([*lines, f"data:{json.dumps(document)}"]) + "\n\n").encode()


FIRST_BLOCK = STREAM.partition(b"id:2")[0]
CHAT_ERROR = b'data: {"error":{"message":"no luck","type":"server_error","code":"internal_error"}}\n\n'


class TestFailures:
    @pytest.mark.parametrize(
        "refusal",
        [
            error(429, "Throttling.RateQuota", **{"retry-after": "0"}),
            error(503, "ServiceUnavailable"),
            error(400, "InvalidFile.DownloadFailed"),
            streamed(error_block("Throttling.RateQuota", status=429)),
            streamed(error_block("ServiceUnavailable", comment=503)),
        ],
        ids=["429", "503", "download", "429 in the stream", "503 in the stream"],
    )
    async def test_a_call_that_certainly_did_nothing_is_made_again(
        self, service: ScriptedService, refusal: Answer
    ) -> None:
        service.on("POST", GENERATE, refusal, Answer(body=QWEN3))
        moments: list[int] = []

        async def note() -> None:
            moments.append(len(service.received))

        async with service.client() as client:
            assert (await client.generate(request(), before_send=note)).text == "欢迎使用阿里云。"
        assert moments == [0, 1]
        assert len(service.received) == 2

    @pytest.mark.parametrize(
        "answer",
        [
            error(500, "InternalError"),
            error(504, "GatewayTimeout"),
            Answer(status=503, body=b"upstream connect error", headers={"content-type": "text/plain"}),
            Answer(status=403, body=b"<html>", headers={"content-type": "text/html"}),
            error(408, "RequestTimeout"),
            Answer(hang_up=True),
            Answer(body=QWEN3[:40], announced_length=len(QWEN3)),
            Answer(body=b"<html>hello</html>", headers={"content-type": "text/html"}),
            Answer({"request_id": "r", "code": "Odd", "message": "a code under 200"}),
            streamed(FIRST_BLOCK),
            streamed(FIRST_BLOCK, cut=True),
            streamed(STREAM[:-40], cut=True),
            streamed(),
            streamed(error_block("InternalError.Algo")),
            streamed(error_block("InternalError", status=500)),
            streamed(FIRST_BLOCK, error_block("Throttling.RateQuota", status=429)),
            streamed(FIRST_BLOCK, error_block("ServiceUnavailable", status=503)),
        ],
        ids=["500", "504", "503 text", "403 html", "408", "hang-up", "cut JSON", "html", "code in 200", "no last block",
             "cut stream", "cut in the last block", "empty stream", "error block", "500 block", "429 after text",
             "503 after text"],
    )  # fmt: skip
    async def test_a_call_whose_answer_is_lost_is_never_made_again(
        self, service: ScriptedService, answer: Answer
    ) -> None:
        service.on("POST", GENERATE, answer, Answer(body=QWEN3))
        async with service.client() as client:
            with pytest.raises(errors.AnswerLost, match="may have been billed") as caught:
                await client.generate(request())
        assert len(service.received) == 1
        assert isinstance(caught.value, errors.AmbiguousSubmit)
        assert isinstance(caught.value.__cause__, errors.DashScopeError)

    @pytest.mark.parametrize(
        "answer",
        [
            streamed(OMNI.partition(b"data: [DONE]")[0]),
            streamed(OMNI.partition(b"data: [DONE]")[0], CHAT_ERROR),
            streamed(CHAT_ERROR),
        ],
        ids=["no DONE", "error at the end", "nothing but an error"],
    )
    async def test_omnis_answer_is_lost_without_its_end(self, service: ScriptedService, answer: Answer) -> None:
        service.on("POST", CHAT, answer)
        async with service.client() as client:
            with pytest.raises(errors.AnswerLost):
                await client.generate(request("qwen3-omni-flash", WAV))
        assert len(service.received) == 1

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (error(400, "InvalidParameter"), errors.InvalidRequest),
            (error(401, "InvalidApiKey"), errors.AuthenticationFailed),
            (error(403, "AccessDenied"), errors.NotEntitled),
            (error(400, "Arrearage"), errors.PaymentDue),
            (Answer(status=302, headers={"location": "https://login.example.com"}), errors.Redirected),
            (streamed(error_block("InvalidParameter", status=400)), errors.InvalidRequest),
            (streamed(error_block("InvalidParameter")), errors.InvalidRequest),
            (streamed(error_block("InvalidApiKey", comment=401)), errors.AuthenticationFailed),
            (streamed(FIRST_BLOCK, error_block("DataInspectionFailed", status=400)), errors.ContentRefused),
        ],
    )
    async def test_a_refused_call_is_named_and_not_made_again(
        self, service: ScriptedService, answer: Answer, kind: type[errors.DashScopeError]
    ) -> None:
        service.on("POST", GENERATE, answer)
        async with service.client() as client:
            with pytest.raises(kind):
                await client.generate(request(stream=True))
        assert len(service.received) == 1

    async def test_a_refusal_framed_as_a_block_is_read(self, service: ScriptedService) -> None:
        body = error_block("InvalidParameter", comment=400)
        service.on("POST", GENERATE, Answer(body=body, status=400, headers={"content-type": "text/event-stream"}))
        async with service.client() as client:
            with pytest.raises(errors.InvalidRequest, match="no luck"):
                await client.generate(request(stream=True))

    async def test_an_openai_style_refusal_is_named(self, service: ScriptedService) -> None:
        body = (REFERENCE / "error-chat.json").read_bytes()
        service.on("POST", CHAT, Answer(body=body, status=401))
        async with service.client() as client:
            with pytest.raises(errors.AuthenticationFailed, match="invalid_api_key"):
                await client.generate(request("qwen3-omni-flash", WAV))

    async def test_no_connection_is_no_lost_answer(self, service: ScriptedService) -> None:
        async with service.client(retry=RetryPolicy(max_attempts=2)) as client:
            service_port, service.port = service.port, 0
            assert service_port
            await service.__aexit__(None, None, None)
            with pytest.raises(errors.NotSent):
                await client.generate(request())

    async def test_an_answer_that_does_not_come_in_time_is_lost(self, service: ScriptedService) -> None:
        service.on("POST", GENERATE, Answer(body=QWEN3, delay_s=30))
        async with service.client(timeouts=Timeouts(answer_s=2)) as client:
            with pytest.raises(errors.AnswerLost, match="within"):
                await client.generate(request())

    async def test_a_model_may_be_silent_for_longer_than_other_replies_may(self, service: ScriptedService) -> None:
        service.on("POST", GENERATE, Answer(body=QWEN3, delay_s=0.3))
        async with service.client(timeouts=Timeouts(read_s=0.05, reply_s=0.1)) as client:
            assert (await client.generate(request())).fault is None

    @pytest.mark.parametrize("make", [lambda body: streamed(body, body), lambda body: Answer(body=body * 2)])
    async def test_an_endless_answer_is_broken_off(
        self, service: ScriptedService, monkeypatch: pytest.MonkeyPatch, make: Callable[[bytes], Answer]
    ) -> None:
        monkeypatch.setattr(answering, "MAX_RESULT_BYTES", 2_000_000)
        service.on("POST", GENERATE, make(b"data:" + b"x" * 1_500_000))
        async with service.client() as client:
            with pytest.raises(errors.AnswerLost, match="longer than 2,000,000 bytes"):
                await client.generate(request())

    async def test_a_large_stream_is_read_whole(self, service: ScriptedService) -> None:
        document = {"choices": [{"delta": {"content": "word " * 200}, "finish_reason": None}]}
        block = f"data: {json.dumps(document)}\n\n".encode()
        service.on("POST", CHAT, streamed(*in_pieces(block * 4000 + b"data: [DONE]\n\n", 65_000)))
        async with service.client() as client:
            answer = await client.generate(request("qwen3-omni-flash", WAV))
        assert len(answer.text or "") == 4000 * 1000
